/**
 * The rubric as it is being changed. It outlives the screen, so that an edit survives a look at a sample; it
 * is in this window only until it is saved as a version.
 */
import { asApiError, backend, type ApiError, type Dimension, type Rubric, type RubricEffect, type RubricVersion } from "../../lib/backend";
import { project } from "../../lib/project.svelte";
import { blankDimension } from "./blank";
import { freshId } from "./ids";

const WEIGH_AFTER_MS = 350;

/** A rubric as text that does not depend on the order in which its fields were set. */
function written(rubric: Rubric): string {
  return JSON.stringify(rubric, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

class RubricDraft {
  rubric = $state<Rubric>({ name: "", guidelines: "", dimensions: [], reason_codes: [], verdicts: [] });
  base = $state.raw<RubricVersion | null>(null);
  effect = $state.raw<RubricEffect | null>(null);
  /** Why it could not be weighed or saved. */
  error = $state.raw<ApiError | null>(null);
  saving = $state(false);
  #project = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  readonly dirty = $derived.by(() => this.base !== null && written(this.rubric) !== written(this.base.rubric));
  /** A version that came from elsewhere while this one was being changed. */
  readonly newer = $derived.by(() => {
    const now = project.value?.rubric;
    return now && this.base && now.id !== this.base.id && this.dirty ? now : null;
  });
  /** Whether dimensions stand in another order; the list of changes speaks of texts and figures only. */
  readonly reordered = $derived.by(() => {
    const now = this.rubric.dimensions.map(({ id }) => id);
    const before = (this.base?.rubric.dimensions ?? []).map(({ id }) => id).filter((id) => now.includes(id));
    return now.filter((id) => before.includes(id)).join() !== before.join();
  });

  /** Takes up the project's rubric, or goes on with what was being changed in it. */
  enter(file: string, current: RubricVersion): void {
    if (this.#project === file && this.base !== null && (this.dirty || this.base.id === current.id)) return;
    this.#project = file;
    this.restart(current);
  }

  restart(current: RubricVersion): void {
    this.base = current;
    this.rubric = structuredClone(current.rubric);
    this.effect = null;
    this.error = null;
  }

  /** Keeps what was written and puts it on top of a version that came meanwhile. */
  rebase(current: RubricVersion): void {
    this.base = current;
    this.error = null;
    this.weigh();
  }

  replace(rubric: Rubric): void {
    this.rubric = structuredClone(rubric);
    this.weigh();
  }

  isNew(dimension: Dimension): boolean {
    return !this.base?.rubric.dimensions.some(({ id }) => id === dimension.id);
  }

  addDimension(): number {
    const taken = this.rubric.dimensions.map(({ id }) => id);
    this.rubric.dimensions.push(blankDimension(freshId("dimension", taken), ""));
    return this.rubric.dimensions.length - 1;
  }
  moveDimension(from: number, by: number): number {
    const to = from + by;
    const list = this.rubric.dimensions;
    if (to < 0 || to >= list.length) return from;
    const [moved] = list.splice(from, 1);
    list.splice(to, 0, moved!);
    return to;
  }
  removeDimension(index: number): void {
    this.rubric.dimensions.splice(index, 1);
  }

  /** Asks, after a pause in typing, what the changes would do. */
  weigh(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#weigh(), WEIGH_AFTER_MS);
  }

  async #weigh(): Promise<void> {
    const asked = ++this.#asked;
    if (!this.dirty) {
      this.effect = null;
      return;
    }
    try {
      const effect = await backend.call("rubric.weigh", { project: this.#project, rubric: $state.snapshot(this.rubric) });
      if (asked !== this.#asked) return;
      this.effect = effect;
      this.error = null;
    } catch (thrown) {
      if (asked === this.#asked) this.error = asApiError(thrown);
    }
  }

  /** Saves a new version; answers its number, or null when it was refused. */
  async save(): Promise<number | null> {
    if (!this.base || !this.dirty || this.saving) return null;
    this.saving = true;
    try {
      const saved = await backend.call("rubric.save", {
        project: this.#project,
        parent: this.base.id,
        rubric: $state.snapshot(this.rubric),
      });
      this.restart(saved);
      await project.refresh();
      return saved.version;
    } catch (thrown) {
      this.error = asApiError(thrown);
      // Somebody saved first: the project as it is now says what.
      if (this.error.code === "stale") await project.refresh();
      return null;
    } finally {
      this.saving = false;
    }
  }
}

export const draft = new RubricDraft();
