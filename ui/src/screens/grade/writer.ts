/**
 * Everything the Grade screen writes, in order, one at a time. A draft that waits is replaced by a newer one
 * of the same sample, so the newest work wins and never an older one. What could not be written is kept and
 * tried again; nothing is called saved before the disk has it.
 */
import type { ApiError, SampleId, Work } from "../../lib/backend";

export interface Watching {
  saving(): void;
  saved(time: number): void;
  failed(error: ApiError, retry: () => void): void;
}

interface Options {
  save: (sample: SampleId, work: Work) => Promise<{ time: number }>;
  asError: (thrown: unknown) => ApiError;
  watching: Watching;
  /** How long typing must pause. */
  pauseMs?: number;
}

const PAUSE_MS = 250;

export class Writer {
  #options: Options;
  /** Work that waits to be written, taken from the screen at the moment of writing. */
  #waiting = new Map<SampleId, () => Work>();
  #failed = new Map<SampleId, { take: () => Work; error: ApiError }>();
  #timers = new Map<SampleId, ReturnType<typeof setTimeout>>();
  #line: Promise<unknown> = Promise.resolve();
  #under = 0;
  #time: number | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Writes a draft now. */
  draft(sample: SampleId, take: () => Work): void {
    this.#unschedule(sample);
    this.#failed.delete(sample);
    const queued = this.#waiting.has(sample);
    this.#waiting.set(sample, take);
    if (!queued) void this.#inLine(() => this.#write(sample)).catch(() => undefined);
    this.#tell();
  }

  /** Writes a draft when typing pauses. */
  draftSoon(sample: SampleId, take: () => Work): void {
    this.#unschedule(sample);
    this.#timers.set(
      sample,
      setTimeout(() => this.draft(sample, take), this.#options.pauseMs ?? PAUSE_MS),
    );
    this.#soon.set(sample, take);
    this.#tell();
  }
  #soon = new Map<SampleId, () => Work>();

  /** Writes what still waits for a pause; done when the disk has everything. */
  flush(): Promise<unknown> {
    for (const [sample, take] of [...this.#soon]) this.draft(sample, take);
    return this.#line;
  }

  /** Runs something that follows all writes before it (a submission, taking one back). */
  after<T>(task: () => Promise<T>): Promise<T> {
    return this.#inLine(task);
  }

  /** Writes work for good. It contains the whole draft, so a draft of it that still waits is dropped. */
  submit<T>(sample: SampleId, task: () => Promise<T>): Promise<T> {
    this.#unschedule(sample);
    this.#waiting.delete(sample);
    this.#failed.delete(sample);
    return this.#inLine(async () => {
      const answer = await task();
      this.#time = Date.now();
      return answer;
    });
  }

  retry = (): void => {
    for (const [sample, { take }] of [...this.#failed]) this.draft(sample, take);
  };

  /** Whether something is not on the disk yet. */
  get unsaved(): boolean {
    return this.#under > 0 || this.#soon.size > 0 || this.#failed.size > 0;
  }

  #unschedule(sample: SampleId): void {
    clearTimeout(this.#timers.get(sample));
    this.#timers.delete(sample);
    this.#soon.delete(sample);
  }

  #inLine<T>(task: () => Promise<T>): Promise<T> {
    this.#under += 1;
    this.#tell();
    const done = this.#line.then(task);
    this.#line = done
      .catch(() => undefined)
      .then(() => {
        this.#under -= 1;
        this.#tell();
      });
    return done;
  }

  async #write(sample: SampleId): Promise<void> {
    const take = this.#waiting.get(sample);
    this.#waiting.delete(sample);
    if (!take) return;
    try {
      this.#time = (await this.#options.save(sample, take())).time;
    } catch (thrown) {
      // Newer work of this sample that came meanwhile is tried for itself.
      if (!this.#waiting.has(sample)) this.#failed.set(sample, { take, error: this.#options.asError(thrown) });
    }
  }

  #tell(): void {
    const { watching } = this.#options;
    const failure = this.#failed.values().next().value;
    if (failure) watching.failed(failure.error, this.retry);
    else if (this.#under > 0 || this.#soon.size > 0) watching.saving();
    else if (this.#time !== null) watching.saved(this.#time);
  }
}
