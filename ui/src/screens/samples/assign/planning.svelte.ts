/**
 * A plan of assignments from its options to its outcome. Every change of an option asks for the plan anew: one
 * request at a time, the newest wish next, so that a large project is planned once and not once for each key.
 */
import { asApiError, backend, type ApiError, type AssignmentPlan, type Facets, type Team } from "../../../lib/backend";
import { assignable, beginWith, blank, obstacle, request, type Wish } from "./wish";

const PAUSE_MS = 200;

class Planning {
  wish = $state<Wish>(blank([]));
  team = $state.raw<Team | null>(null);
  facets = $state.raw<Facets | null>(null);
  /** What the options above would do. */
  plan = $state.raw<AssignmentPlan | null>(null);
  /** What was done. */
  outcome = $state.raw<AssignmentPlan | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** Whether the plan shown is not the one of the options any more. */
  looking = $state(false);
  making = $state(false);
  #file = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;
  #again = false;

  get obstacle(): string | null {
    return obstacle(this.wish);
  }

  async enter(file: string): Promise<void> {
    const another = this.#file !== file;
    this.#file = file;
    if (another) {
      this.team = null;
      this.plan = null;
      this.facets = null;
    }
    this.outcome = null;
    this.error = null;
    try {
      const [team, facets] = await Promise.all([backend.call("team.members", { project: file }), backend.call("samples.facets", { project: file })]);
      if (this.#file !== file) return;
      const ids = new Set(team.members.filter(assignable).map((one) => one.member.id));
      const kept = this.wish.to.filter((id) => ids.has(id));
      this.team = team;
      this.facets = facets;
      if (another || kept.length === 0) this.wish = blank(beginWith(team.members));
      else if (kept.length !== this.wish.to.length) {
        // Somebody of the plan was removed: it goes on with the others, as far as they suffice.
        this.wish = { ...this.wish, to: kept, overlap: Math.min(this.wish.overlap ?? 1, kept.length) };
      }
      this.look(0);
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }

  set(change: Partial<Wish>): void {
    this.wish = { ...this.wish, ...change };
    this.outcome = null;
    this.look(PAUSE_MS);
  }

  look(pause: number): void {
    clearTimeout(this.#timer);
    if (this.obstacle) {
      this.looking = false;
      this.plan = null;
      return;
    }
    this.looking = true;
    this.#timer = setTimeout(() => void this.#ask(), pause);
  }

  async #ask(): Promise<void> {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    do {
      this.#again = false;
      const file = this.#file;
      try {
        const plan = await backend.call("assignments.plan", request(file, $state.snapshot(this.wish)));
        if (!this.#again && file === this.#file) {
          this.plan = plan;
          this.error = null;
        }
      } catch (thrown) {
        if (!this.#again && file === this.#file) {
          this.plan = null;
          this.error = asApiError(thrown);
        }
      }
    } while (this.#again);
    this.#busy = false;
    this.looking = false;
  }

  async make(): Promise<void> {
    if (this.obstacle || this.making) return;
    this.making = true;
    this.error = null;
    try {
      this.outcome = await backend.call("assignments.make", request(this.#file, $state.snapshot(this.wish)));
      this.plan = null;
      this.team = await backend.call("team.members", { project: this.#file });
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
    this.making = false;
  }
}

export const planning = new Planning();
