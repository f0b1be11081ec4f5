/**
 * Agreement as this laptop computes it, dimension by dimension. The grades are read once, as a job that can be
 * watched and stopped; after that a report costs what is different in it, and a change of the project one more.
 */
import { asApiError, backend, type ApiError } from "../../lib/backend";
import { jobs, type FollowedJob } from "../../lib/jobs.svelte";
import type { DimensionReport, Report } from "./report";

/** Others' work comes in pages: the numbers follow when it pauses. */
const PAUSE_MS = 800;

class Agreement {
  /** By dimension, as far as they are there. */
  reports = $state.raw<ReadonlyMap<string, DimensionReport>>(new Map());
  followed = $state.raw<FollowedJob | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** Whether newer numbers are on their way. */
  working = $state(false);
  /** When the numbers shown were computed. */
  computed = $state<number | null>(null);
  stopped = $state(false);
  #file = "";
  #run = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  enter(file: string): void {
    if (this.#file === file) return;
    this.#file = file;
    this.reports = new Map();
    this.computed = null;
    this.error = null;
    this.followed = null;
  }

  /** Computes again after a pause; more calls meanwhile are one. */
  soon(dimensions: string[]): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.compute(dimensions), this.computed === null ? 0 : PAUSE_MS);
  }

  leave(): void {
    clearTimeout(this.#timer);
    this.#run += 1;
    this.working = false;
  }

  async compute(dimensions: string[]): Promise<void> {
    const run = ++this.#run;
    const file = this.#file;
    const current = () => run === this.#run && file === this.#file;
    this.working = true;
    this.stopped = false;
    try {
      if (!(await this.#read(file)) || !current()) {
        if (current()) this.working = false;
        return;
      }
      const next = new Map<string, DimensionReport>();
      for (const dimension of dimensions) {
        const report = (await backend.call("agreement.get", { project: file, dimension })) as unknown as Report;
        if (!current()) return;
        next.set(dimension, report.dimensions[0]!);
        // While there is nothing yet, each appears as it comes; afterwards all change at once.
        if (this.computed === null) this.reports = new Map(next);
      }
      this.reports = next;
      this.computed = Date.now();
      this.error = null;
    } catch (thrown) {
      if (current()) this.error = asApiError(thrown);
    }
    if (current()) this.working = false;
  }

  /** Reads the grades that came since the last time; whether it came to its end. */
  async #read(file: string): Promise<boolean> {
    const job = await backend.call("agreement.prepare", { project: file });
    return new Promise((done) => {
      const followed = jobs.follow(job, "agreement", (last) => {
        if (this.followed === followed) this.followed = null;
        if (last.state === "failed" && last.error) this.error = last.error;
        this.stopped = last.state === "cancelled";
        done(last.state === "done");
      });
      this.followed = followed;
    });
  }
}

export const agreement = new Agreement();
