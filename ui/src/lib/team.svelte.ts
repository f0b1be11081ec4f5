/** How the open project stands with its hub. Followed by events, and asked for when this laptop writes. */
import { backend, type RefusedFact, type SyncLine, type TeamStatus } from "./backend";
import { notices } from "./notices.svelte";

/** Writes come in bursts; what waits to be sent is counted when they pause. */
const PAUSE_MS = 300;

class CurrentTeam {
  status = $state.raw<TeamStatus | null>(null);
  refused = $state.raw<RefusedFact[]>([]);
  history = $state.raw<SyncLine[]>([]);

  #file: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Whether the open project belongs to a hub. */
  get shared(): boolean {
    return this.status !== null && this.status.hub !== null;
  }

  /** Follows a project; the answer stops following. Asking for its status also starts its syncs. */
  follow(file: string | null): () => void {
    this.#file = file;
    [this.status, this.refused, this.history] = [null, [], []];
    if (file === null) return () => undefined;
    void this.refresh();
    const stop = backend.onEvent((event) => {
      if (!("project" in event) || event.project !== file) return;
      if (event.event === "team") this.#take(event.status);
      else if (event.event === "changed" && this.shared && event.what.some((noun) => noun !== "draft")) {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.refresh(), PAUSE_MS);
      }
    });
    // The network is back: no need to wait for the next try.
    const back = () => this.status?.state === "offline" && void this.sync();
    window.addEventListener("online", back);
    return () => {
      stop();
      clearTimeout(this.#timer);
      window.removeEventListener("online", back);
    };
  }

  async refresh(): Promise<void> {
    await this.#ask((project) => backend.call("team.status", { project }), (status) => this.#take(status));
  }

  sync = (): Promise<void> =>
    this.#ask((project) => backend.call("team.sync", { project }), (status) => this.#take(status), true);

  stop = (): Promise<void> =>
    this.#ask((project) => backend.call("team.stop", { project }), (status) => this.#take(status), true);

  /** What the panel shows beside the status. */
  async details(): Promise<void> {
    await Promise.all([
      this.#ask((project) => backend.call("team.refused", { project }), (refused) => (this.refused = refused)),
      this.#ask((project) => backend.call("team.history", { project }), (history) => (this.history = history)),
    ]);
  }

  async decide(what: "team.send_again" | "team.keep_here", facts: string[]): Promise<void> {
    await this.#ask((project) => backend.call(what, { project, facts }), (refused) => (this.refused = refused), true);
    await this.refresh();
  }

  /** Begins again from the current rubric with what the refused version says; answers whether it went well. */
  async rebase(rubric: string): Promise<boolean> {
    let done = false;
    await this.#ask(
      (project) => backend.call("team.rebase_rubric", { project, rubric }),
      (refused) => ((this.refused = refused), (done = true)),
      true,
    );
    if (done) await this.sync();
    return done;
  }

  #take(status: TeamStatus): void {
    this.status = status;
  }

  async #ask<T>(ask: (project: string) => Promise<T>, take: (answer: T) => void, loud = false): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    try {
      const answer = await ask(file);
      if (this.#file === file) take(answer);
    } catch (thrown) {
      // What was not asked for by the person shows in the status, if it matters.
      if (loud) notices.error(thrown);
    }
  }
}

export const team = new CurrentTeam();
