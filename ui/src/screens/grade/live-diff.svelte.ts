/** The diff of a text that is being typed: a quick answer within the frame, a better one when typing rests. */
import { backend, type DiffView } from "../../lib/backend";

const PAUSE_MS = 30;
const FIRST_MS = 12;
const REFINED_MS = 250;

export class LiveDiff {
  /** The newest diff, and the text for which it is true. */
  shown = $state.raw<{ text: string; view: DiffView } | null>(null);
  /** The hunk that is chosen, by its place in the list. */
  chosen = $state<number | null>(null);
  #old: string;
  #asked: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(old: string) {
    this.#old = old;
  }

  /** Compares when typing pauses. */
  follow(text: string): void {
    if (text === this.#asked) return;
    this.#asked = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#compare(text), this.shown ? PAUSE_MS : 0);
  }

  async #compare(text: string): Promise<void> {
    for (const deadline_ms of [FIRST_MS, REFINED_MS]) {
      let view: DiffView;
      try {
        view = await backend.call("diff.texts", { old: this.#old, new: text, by: "words", deadline_ms });
      } catch {
        // A diff is a view of work that is safe elsewhere; the last one stays until the next key.
        this.#asked = null;
        return;
      }
      if (text !== this.#asked) return;
      this.shown = { text, view };
      if (this.chosen !== null && this.chosen >= view.hunks.length) this.chosen = null;
      if (!view.coarse) return;
    }
  }
}
