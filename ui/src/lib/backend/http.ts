/** The backend as a browser reaches it: the loopback HTTP of `assay serve`, behind a per-run token. */
import { asApiError, isApiError, type Answer, type Backend, type CommandName } from "./backend";
import type { ApiError, Event } from "./types";
import { notices } from "../notices.svelte";

const TOKEN = "assay.token";

/** Takes the token out of the address, so that it is neither bookmarked nor shown; a reload still has it. */
function takeToken(): string {
  const address = new URL(location.href);
  const given = address.searchParams.get("token");
  if (given === null) return sessionStorage.getItem(TOKEN) ?? "";
  sessionStorage.setItem(TOKEN, given);
  address.searchParams.delete("token");
  history.replaceState(history.state, "", address);
  return given;
}

const unreachable: ApiError = {
  code: "io",
  message: "The program behind this page does not answer.",
  hint: "Start `assay serve` again and open the address it prints.",
  where: {},
};

export function httpBackend(): Backend {
  const token = takeToken();
  const headers = { Authorization: `Bearer ${token}` };

  async function post<T>(path: string, body: BodyInit, type: string): Promise<T> {
    let answer: Response;
    try {
      answer = await fetch(path, { method: "POST", body, headers: { ...headers, "Content-Type": type } });
    } catch {
      throw unreachable;
    }
    const value: unknown = await answer.json().catch(() => null);
    if (answer.ok) return value as T;
    const error = (value as { error?: unknown } | null)?.error;
    throw isApiError(error) ? error : asApiError(new Error(`HTTP ${answer.status}`));
  }

  async function upload(files: File[]): Promise<string[]> {
    const paths: string[] = [];
    for (const file of files) {
      const where = `/upload?name=${encodeURIComponent(file.name)}`;
      paths.push((await post<{ path: string }>(where, file, "application/octet-stream")).path);
    }
    return paths;
  }

  // One stream for all who listen: a browser opens only six connections to a server.
  const listeners = new Set<(event: Event) => void>();
  let source: EventSource | null = null;
  function listen(): EventSource {
    const stream = new EventSource(`/events?token=${encodeURIComponent(token)}`);
    stream.onmessage = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as Event;
      for (const fn of [...listeners]) fn(event);
    };
    return stream;
  }

  return {
    kind: "browser",
    call: <N extends CommandName>(name: N, request: unknown) =>
      post<Answer<N>>(`/rpc/${name}`, JSON.stringify(request), "application/json"),
    onEvent(fn) {
      listeners.add(fn);
      source ??= listen();
      return () => {
        listeners.delete(fn);
        if (listeners.size > 0) return;
        source?.close();
        source = null;
      };
    },
    async pickFiles({ multiple, endings }) {
      const files = await chooseFiles(multiple, endings);
      return files && upload(files);
    },
    onDrop(fn) {
      const leave = new AbortController();
      const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
      const over = (event: DragEvent) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        if (event.type === "dragenter") fn({ kind: "over" });
      };
      window.addEventListener("dragenter", over, leave);
      window.addEventListener("dragover", over, leave);
      window.addEventListener("dragleave", (event) => event.relatedTarget === null && fn({ kind: "gone" }), leave);
      window.addEventListener(
        "drop",
        (event) => {
          if (!holdsFiles(event)) return;
          event.preventDefault();
          fn({ kind: "gone" });
          upload([...event.dataTransfer!.files]).then((paths) => fn({ kind: "files", paths }), (thrown) => notices.error(thrown));
        },
        leave,
      );
      return () => leave.abort();
    },
    pickFolder: () => Promise.resolve(null),
    openLink: (url) => void window.open(url, "_blank", "noopener,noreferrer"),
  };
}

function chooseFiles(multiple: boolean, endings: string[] = []): Promise<File[] | null> {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = multiple;
    input.accept = endings.map((ending) => `.${ending}`).join(",");
    input.hidden = true;
    const answer = (files: File[] | null) => {
      input.remove();
      resolve(files);
    };
    input.addEventListener("change", () => answer(input.files?.length ? [...input.files] : null));
    input.addEventListener("cancel", () => answer(null));
    document.body.append(input);
    input.click();
  });
}
