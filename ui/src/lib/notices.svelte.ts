/** What the window tells a person outside the screens: errors stay until dismissed, news goes by itself. */
import { asApiError } from "./backend/backend";
import type { ApiError } from "./backend/types";

export interface Notice {
  id: number;
  kind: "error" | "news";
  message: string;
  hint: string;
  where: string;
  action?: { label: string; run: () => void };
}

const NEWS_MS = 6000;

class Notices {
  all = $state.raw<Notice[]>([]);
  #last = 0;

  error(thrown: unknown, action?: Notice["action"]): void {
    const { message, hint, where } = asApiError(thrown);
    this.#add({ kind: "error", message, hint, where: placeOf(where), ...(action ? { action } : {}) });
  }

  news(message: string, action?: Notice["action"]): void {
    const id = this.#add({ kind: "news", message, hint: "", where: "", ...(action ? { action } : {}) });
    setTimeout(() => this.dismiss(id), NEWS_MS);
  }

  dismiss(id: number): void {
    this.all = this.all.filter((notice) => notice.id !== id);
  }

  #add(notice: Omit<Notice, "id">): number {
    const id = ++this.#last;
    // The same error said twice is one error.
    const others = this.all.filter((other) => other.kind !== notice.kind || other.message !== notice.message);
    this.all = [...others, { ...notice, id }].slice(-4);
    return id;
  }
}

export const notices = new Notices();

/** A place as people read it: `samples.jsonl, line 12, field "messages"`. */
export function placeOf(where: ApiError["where"]): string {
  return [where.file, where.line && `line ${where.line}`, where.field && `field “${where.field}”`]
    .filter(Boolean)
    .join(", ");
}
