/**
 * What the window needs from the program behind it. Two forms exist: the Tauri window and the loopback
 * HTTP of `assay serve`. Nothing outside this folder knows which one it talks to.
 */
import type { ApiError, Commands, Event } from "./types";

export type CommandName = keyof Commands;
export type Request<N extends CommandName> = Commands[N]["request"];
export type Answer<N extends CommandName> = Commands[N]["answer"];

export interface PickFiles {
  title: string;
  multiple: boolean;
  /** Name endings to offer first, without the dot: `["jsonl", "csv"]`. */
  endings?: string[];
}

/** Files over the window, gone again, or let go: then with paths the backend can read. */
export type Drop = { kind: "over" | "gone" } | { kind: "files"; paths: string[] };

export interface Backend {
  readonly kind: "window" | "browser";
  /** Rejects with an `ApiError`, whatever went wrong. */
  call<N extends CommandName>(name: N, request: Request<N>): Promise<Answer<N>>;
  /** Watches what happens elsewhere; the answer stops watching. */
  onEvent(fn: (event: Event) => void): () => void;
  /** Paths the backend can read, or null when the person chose none. */
  pickFiles(options: PickFiles): Promise<string[] | null>;
  /** A folder, or null when none was chosen or this form cannot ask: offer a text field then. */
  pickFolder(title: string): Promise<string | null>;
  /** Watches files dragged over the window from the system; the answer stops watching. */
  onDrop(fn: (drop: Drop) => void): () => void;
  /** Opens a link in the system's browser; never in this window. */
  openLink(url: string): void;
}

export function isApiError(value: unknown): value is ApiError {
  return typeof value === "object" && value !== null && "code" in value && "message" in value && "hint" in value;
}

/** Whatever was thrown, as the one shape of error that screens show. */
export function asApiError(thrown: unknown): ApiError {
  if (isApiError(thrown)) return thrown;
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: "internal",
    message: `Something unexpected happened: ${said}`,
    hint: "Try again. What was shown as saved is on the disk.",
    where: {},
  };
}
