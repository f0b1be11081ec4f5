/** Follows long work (import, export) by events, and by asking where events do not come through. */
import { backend, type Job } from "./backend";

const ASK_EVERY_MS = 1000;

export class FollowedJob {
  job = $state.raw<Job>() as Job;
  #stop: (() => void)[] = [];
  #heard = Date.now();

  constructor(job: Job, ended: (job: Job) => void = () => undefined) {
    this.job = job;
    const take = (next: Job) => {
      if (next.id !== this.job.id || this.job.state !== "running") return;
      this.#heard = Date.now();
      this.job = next;
      if (next.state === "running") return;
      this.stop();
      ended(next);
    };
    if (job.state !== "running") {
      queueMicrotask(() => ended(job));
      return;
    }
    this.#stop.push(backend.onEvent((event) => event.event === "job" && take(event.job)));
    const timer = setInterval(() => {
      if (Date.now() - this.#heard < ASK_EVERY_MS) return;
      backend.call("job.get", { job: job.id }).then(take, () => undefined);
    }, ASK_EVERY_MS);
    this.#stop.push(() => clearInterval(timer));
  }

  async cancel(): Promise<void> {
    await backend.call("job.cancel", { job: this.job.id });
  }

  /** Stops following; the work itself goes on. */
  stop(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }
}

/** The long work of this window. It goes on when its screen is left, so the shell shows it from here. */
class Jobs {
  all = $state.raw<{ followed: FollowedJob; screen: string }[]>([]);

  /** Follows a job to its end; `screen` is where its progress and outcome are shown in full. */
  follow(job: Job, screen: string, ended: (job: Job) => void): FollowedJob {
    const followed = new FollowedJob(job, (last) => {
      this.all = this.all.filter((one) => one.followed !== followed);
      ended(last);
    });
    this.all = [...this.all, { followed, screen }];
    return followed;
  }
}

export const jobs = new Jobs();
