/**
 * A person at work: the sample on the desk, the next one already laid out behind it, the queue beside it.
 * Submitting never waits: the next sample is shown at once and the writing follows in order. When a
 * submission fails, its sample comes back with the work as it was.
 */
import { asApiError, backend, type ApiError, type GradeView, type Queue, type Submitted } from "../../lib/backend";
import { isTyping } from "../../lib/keyboard/keyboard.svelte";
import { notices } from "../../lib/notices.svelte";
import { project } from "../../lib/project.svelte";
import { mayAskForOthers } from "../../lib/roles";
import { router } from "../../lib/router.svelte";
import { saving } from "../../lib/saving.svelte";
import { Desk } from "./desk.svelte";
import { afterPaint, measureSubmit } from "./paint";
import { firstMissing, letter, nextUngraded } from "./work";
import { Writer } from "./writer";

const UPCOMING = 40;
const RECENT = 10;

export class Session {
  desk = $state.raw<Desk | null>(null);
  /**
   * Every sample that stands in the document with its rubric: the shown one on top, the next one laid out and
   * painted beneath it, the last one until it has left the screen. Showing the next is then a change of order.
   */
  panes = $state.raw<Desk[]>([]);
  /** The sample on the desk once it is painted: only then do the others give up the focus. */
  settled = $state.raw<Desk | null>(null);
  /** The next sample; `null` at the end of the queue; `undefined` while unknown. */
  #ahead: Desk | null | undefined = undefined;
  queue = $state.raw<Queue | null>(null);
  problem = $state.raw<ApiError | null>(null);
  loading = $state(true);
  /** Read out to people who do not see the screen. */
  said = $state("");
  readonly file = project.file;
  readonly writer = new Writer({
    save: (sample, work) => backend.call("grade.save", { project: this.file, sample, work }),
    asError: asApiError,
    watching: saving,
  });
  /** Steps up with every change of sample, so that late answers are known as late. */
  #turn = 0;
  #closed = false;
  #reload: ReturnType<typeof setTimeout> | undefined;

  get rubric() {
    return project.open.rubric.rubric;
  }
  /** Whether this person may ask what others did on what they submitted. */
  get asksForOthers() {
    const { me, settings } = project.open;
    return mayAskForOthers(me.role, settings.blind);
  }
  get counts() {
    return project.open.counts;
  }

  async start(sample: string | undefined): Promise<void> {
    void this.loadQueue();
    await (sample === undefined ? this.#openNext(undefined) : this.open(sample));
  }

  async loadQueue(): Promise<void> {
    try {
      this.queue = await backend.call("grade.queue", { project: this.file, limit: UPCOMING, recent: RECENT });
      project.setCounts(this.queue.counts);
    } catch (thrown) {
      notices.error(thrown);
    }
  }

  /** Reads the queue again soon, and what lies ahead, after something changed outside the desk. */
  reloadSoon(): void {
    clearTimeout(this.#reload);
    this.#reload = setTimeout(() => void this.#reloadNow(), 400);
  }

  /** Whoever had nothing left begins with the first sample that arrives. */
  async #reloadNow(): Promise<void> {
    await this.loadQueue();
    if (!this.#closed && !this.desk && !this.loading && (this.queue?.upcoming.length ?? 0) > 0) await this.#openNext(undefined);
  }

  async open(sample: string): Promise<void> {
    if (sample === this.desk?.sample) return;
    await this.#fetch(() => backend.call("grade.get", { project: this.file, sample }));
  }

  async previous(): Promise<void> {
    const from = this.desk?.sample;
    const request = from === undefined ? { project: this.file } : { project: this.file, sample: from };
    await this.#fetch(() => backend.call("grade.previous", request), "This is the first sample of the queue.");
  }

  async next(): Promise<void> {
    if (this.#ahead) this.#show(this.#ahead);
    else await this.#openNext(this.desk?.sample);
  }

  async #openNext(from: string | undefined): Promise<void> {
    await this.#fetch(
      () => backend.call("grade.next", from === undefined ? { project: this.file } : { project: this.file, sample: from }),
      "This is the last sample of the queue.",
    );
  }

  /** Asks for a sample and shows it; without one, says `none` and stays, or shows that nothing is left. */
  async #fetch(ask: () => Promise<GradeView | null>, none?: string): Promise<void> {
    const turn = ++this.#turn;
    this.#keepDraft();
    await this.writer.flush();
    try {
      const view = await ask();
      if (turn !== this.#turn) return;
      this.problem = null;
      if (view) this.#show(this.#lay(view));
      else if (this.desk && none !== undefined) notices.news(none);
      else this.#clear();
    } catch (thrown) {
      if (turn !== this.#turn) return;
      if (this.desk) notices.error(thrown);
      else this.problem = asApiError(thrown);
    }
    this.loading = false;
  }

  #lay(view: GradeView): Desk {
    const laid = new Desk(view, (desk, soon) => {
      if (soon) this.writer.draftSoon(desk.sample, desk.snapshot);
      else this.writer.draft(desk.sample, desk.snapshot);
    });
    // As it will be shown, so that showing it changes nothing in it.
    laid.aim(this.rubric);
    return laid;
  }

  #keepDraft(): void {
    const { desk, queue } = this;
    if (!desk?.touched) return;
    this.writer.draft(desk.sample, desk.snapshot);
    if (!queue) return;
    const upcoming = queue.upcoming.map((entry) => (entry.sample === desk.sample ? { ...entry, has_draft: true } : entry));
    this.queue = { ...queue, upcoming };
  }

  #show(desk: Desk): void {
    const turn = ++this.#turn;
    if (this.desk !== desk) {
      this.#keepDraft();
      this.desk?.rest();
      // The field stays where it is until the next sample is painted; keys are the next sample's already.
      const field = document.activeElement;
      if (isTyping(field) && field instanceof HTMLElement) field.blur();
    }
    desk.begin(this.rubric, inUse());
    this.desk = desk;
    this.#ahead = undefined;
    if (!this.panes.includes(desk)) this.panes = [...this.panes, desk];
    // What follows is for later and must not stand between the key and the paint.
    afterPaint(() => {
      if (turn !== this.#turn) return;
      this.settled = desk;
      this.panes = [desk];
      router.note("grade", desk.sample);
      void this.#lookAhead(turn, desk);
    });
  }

  #clear(): void {
    this.#turn += 1;
    this.desk = this.settled = null;
    this.panes = [];
    this.#ahead = undefined;
    router.note("grade");
  }

  async #lookAhead(turn: number, desk: Desk): Promise<void> {
    try {
      const view = await backend.call("grade.next", { project: this.file, sample: desk.sample });
      if (turn !== this.#turn) return;
      this.#ahead = view && this.#lay(view);
      this.panes = this.#ahead ? [desk, this.#ahead] : [desk];
    } catch {
      // Submitting asks again, and says then what is wrong.
    }
  }

  /** Drops what was laid out under an older rubric or older samples. */
  refreshAhead(): void {
    if (!this.desk) {
      // A sample that is on its way was asked for, and comes as it is now.
      if (!this.loading) void this.#openNext(undefined);
      return;
    }
    this.#ahead = undefined;
    void this.#lookAhead(this.#turn, this.desk);
  }

  grade(grade: 1 | 2 | 3 | 4 | 5 | null): void {
    const desk = this.desk;
    if (!desk) return;
    const at = desk.dimension;
    desk.grade(this.rubric, at, grade);
    this.said = `${this.rubric.dimensions[at]?.name}: ${grade ?? "not applicable"}`;
    const next = nextUngraded(this.rubric, desk.active, at);
    if (next !== null) desk.moveTo(next);
  }

  submit(pressed: number): void {
    const desk = this.desk;
    if (!desk) return;
    const missing = firstMissing(this.rubric, desk.work);
    if (missing) {
      desk.activate(missing.position);
      desk.editing = false;
      desk.moveTo(missing.dimension);
      const name = this.rubric.dimensions[missing.dimension]!.name;
      desk.refused = desk.several
        ? `Response ${letter(missing.position)} has no grade for ${name} yet.`
        : `${name} has no grade yet.`;
      return;
    }
    const work = desk.snapshot();
    this.#finish(desk, pressed, () => backend.call("grade.submit", { project: this.file, sample: desk.sample, work }));
  }

  skip(reason: string): void {
    const desk = this.desk;
    if (!desk) return;
    const work = desk.snapshot();
    this.#finish(desk, performance.now(), () =>
      backend.call("grade.skip", { project: this.file, sample: desk.sample, work, reason }),
    );
  }

  #finish(desk: Desk, pressed: number, write: () => Promise<Submitted>): void {
    desk.touched = false;
    const ahead = this.#ahead;
    const written = this.writer.submit(desk.sample, write);
    if (ahead) {
      measureSubmit(pressed);
      this.#show(ahead);
    }
    written.then(
      (answer) => {
        this.#account(desk.sample, answer);
        if (!ahead && !this.#closed && this.desk === desk) void this.#after(desk, ahead === undefined);
      },
      (thrown: unknown) => {
        // Back to the sample, with the work as it was; it is tried again as a draft at least.
        desk.touched = true;
        if (!this.#closed) this.#show(desk);
        this.writer.draft(desk.sample, desk.snapshot);
        notices.error(thrown);
      },
    );
  }

  /** Where nothing was laid out: what follows the sample, else what is still open before it, else the end. */
  async #after(desk: Desk, unknown: boolean): Promise<void> {
    const turn = ++this.#turn;
    try {
      let view = unknown ? await backend.call("grade.next", { project: this.file, sample: desk.sample }) : null;
      view ??= await backend.call("grade.next", { project: this.file });
      if (turn !== this.#turn) return;
      if (view && view.sample !== desk.sample) this.#show(this.#lay(view));
      else this.#clear();
    } catch (thrown) {
      notices.error(thrown);
    }
  }

  /** Takes a submission into the counts and the lists, without asking for them anew. */
  #account(sample: string, { counts, recent }: Submitted): void {
    project.setCounts(counts);
    if (!this.queue) return;
    const upcoming = this.queue.upcoming.filter((entry) => entry.sample !== sample);
    const others = this.queue.recent.filter((entry) => entry.sample !== sample);
    this.queue = { ...this.queue, counts, upcoming, recent: [recent, ...others].slice(0, RECENT) };
    this.reloadSoon();
  }

  async takeBack(): Promise<void> {
    this.#keepDraft();
    try {
      const { sample, counts } = await this.writer.after(() => backend.call("grade.take_back", { project: this.file }));
      project.setCounts(counts);
      this.reloadSoon();
      if (sample === null) return notices.news("There is no submission to take back.");
      this.said = "The last submission was taken back.";
      if (this.desk?.sample === sample) this.#clear();
      await this.open(sample);
    } catch (thrown) {
      notices.error(thrown);
    }
  }

  /** Drops the changes made since the last submission. */
  async discard(): Promise<void> {
    const desk = this.desk;
    if (!desk) return;
    desk.touched = false;
    await this.#fetch(() =>
      this.writer.submit(desk.sample, () => backend.call("grade.discard", { project: this.file, sample: desk.sample })),
    );
  }

  /** The window goes, or the screen: what was typed is written now. */
  leave(): void {
    this.#keepDraft();
    void this.writer.flush();
  }

  /** The person goes to another screen: answers that come later must not bring them back. */
  close(): void {
    this.leave();
    this.#closed = true;
    this.#turn += 1;
    clearTimeout(this.#reload);
  }
}

/** Whether the window is before a person's eyes and takes their keys. */
export function inUse(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}
