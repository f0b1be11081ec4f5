/**
 * One sample on the desk: what the backend gave, the work on it so far and where the person is in it.
 * Every change goes through `change`, so that none is left unsaved.
 */
import type { Flag, Grade, GradeView, RenderedResponse, ResponseWork, Rubric, Verdict, Work } from "../../lib/backend";
import { ActiveTime } from "./active-time";
import { kept, replaceInField, reverted, selectInField, stepHunk, toField } from "./correction";
import { LiveDiff } from "./live-diff.svelte";
import { complete, nextUngraded, prefer, preferred, toggled } from "./work";

export type Mode = "grades" | "reasons" | "verdict";

let made = 0;

export class Desk {
  readonly key = ++made;
  readonly view: GradeView;
  readonly diffs: LiveDiff[];
  work: Work;
  /** The active response, by its place on the screen. */
  position = $state(0);
  /** The focused dimension. */
  dimension = $state(0);
  mode = $state<Mode>("grades");
  editing = $state(false);
  /** Why submitting was refused, in a sentence. */
  refused = $state("");
  /** Steps up when the focus shall go to the focused dimension. */
  focus = $state(0);
  /** Whether anything changed since it was put on the desk. */
  touched = $state(false);
  /** The text field of the correction while it is open. */
  textarea = $state.raw<HTMLTextAreaElement | null>(null);
  #time: ActiveTime;
  #changed: (desk: Desk, soon: boolean) => void;

  constructor(view: GradeView, changed: (desk: Desk, soon: boolean) => void) {
    this.view = view;
    this.work = $state(complete(view));
    this.diffs = view.responses.map((response) => new LiveDiff(toField(response.text)));
    this.#time = new ActiveTime(this.work.active_ms, false);
    this.#changed = changed;
  }

  /** The first open dimension waits for a key. */
  aim(rubric: Rubric): void {
    this.dimension = nextUngraded(rubric, this.active, -1) ?? 0;
  }

  /** Comes on the screen: time runs. */
  begin(rubric: Rubric, inUse: boolean): void {
    this.#time.setInUse(inUse);
    this.aim(rubric);
    this.focus += 1;
  }

  /** Leaves the screen. */
  rest(): void {
    this.#time.setInUse(false);
  }

  get sample(): string {
    return this.view.sample;
  }
  /** Whether the work on it counts as it was handed in last. */
  get submitted(): boolean {
    return this.view.submission?.state === "submitted";
  }
  get several(): boolean {
    return this.view.responses.length > 1;
  }
  get response(): RenderedResponse {
    return this.view.responses[this.position]!;
  }
  /** The work on the active response. */
  get active(): ResponseWork {
    return this.of(this.position);
  }
  of(position: number): ResponseWork {
    return this.work.responses[this.view.responses[position]!.index]!;
  }

  input(): void {
    this.#time.input();
  }
  setInUse(inUse: boolean): void {
    this.#time.setInUse(inUse);
  }
  activeMs(): number {
    return this.#time.read();
  }

  /** The work as it is written: a plain copy with the time so far. */
  snapshot = (): Work => ({ ...$state.snapshot(this.work), active_ms: this.activeMs() });

  #change(soon: boolean): void {
    this.#time.input();
    this.work.time_to_first_edit_ms ??= this.activeMs();
    this.touched = true;
    this.refused = "";
    this.#changed(this, soon);
  }

  grade(rubric: Rubric, dimension: number, grade: Grade | null | undefined): void {
    const id = rubric.dimensions[dimension]?.id;
    if (id === undefined) return;
    if (grade === undefined) delete this.active.grades[id];
    else this.active.grades[id] = grade;
    this.#change(false);
  }
  toggleReason(id: string): void {
    this.active.reason_codes = toggled(this.active.reason_codes, id);
    this.#change(false);
  }
  setVerdict(verdict: Verdict): void {
    if (this.active.verdict === verdict) delete this.active.verdict;
    else this.active.verdict = verdict;
    this.#change(false);
  }
  setNote(note: string): void {
    if (note === "") delete this.active.note;
    else this.active.note = note;
    this.#change(true);
  }
  toggleFlag(flag: Flag): void {
    this.work.flags = toggled(this.work.flags, flag);
    this.#change(false);
  }
  /** Prefers the response at a place on the screen, or none of them; said again, takes it back. */
  prefer(position: number | null): void {
    const index = position === null ? null : this.view.responses[position]?.index;
    if (index === undefined) return;
    if (this.preferred === (position ?? "tie")) delete this.work.preference;
    else this.work.preference = prefer(this.view.responses.length, index);
    this.#change(false);
  }
  /** The preferred response by its place on the screen, `tie`, or nothing yet. */
  get preferred(): number | "tie" | null {
    const best = preferred(this.work.preference);
    return typeof best === "number" ? this.view.responses.findIndex((response) => response.index === best) : best;
  }

  /** The text in the field of a response: its correction, or the response itself. */
  field(position: number): string {
    return toField(this.of(position).correction ?? this.view.responses[position]!.text);
  }
  setField(position: number, text: string, soon = true): void {
    const correction = kept(text, this.view.responses[position]!.text);
    const work = this.of(position);
    if (work.correction === correction) return;
    if (correction === undefined) delete work.correction;
    else work.correction = correction;
    this.#change(soon);
  }
  corrected(position: number): boolean {
    return this.of(position).correction !== undefined;
  }

  /** Takes one hunk of a correction back, if the diff still belongs to the text. */
  revert(position: number, at: number): void {
    const diff = this.diffs[position]!;
    const text = this.field(position);
    const hunk = diff.shown?.text === text ? diff.shown.view.hunks[at] : undefined;
    if (!hunk) return;
    const field = position === this.position ? this.textarea : null;
    if (field) replaceInField(field, hunk.new_start, hunk.new_end, hunk.old_text);
    else this.setField(position, reverted(text, hunk), false);
  }
  /** Chooses the next or previous hunk of the active response, and marks it in the field. */
  stepHunk(by: 1 | -1): void {
    const diff = this.diffs[this.position]!;
    const hunks = diff.shown?.view.hunks ?? [];
    const at = stepHunk(hunks, diff.chosen, by, this.textarea?.selectionStart ?? 0);
    diff.chosen = at;
    const hunk = at === null ? undefined : hunks[at];
    if (hunk && this.textarea) selectInField(this.textarea, hunk.new_start, hunk.new_end);
  }

  activate(position: number): void {
    if (position < 0 || position >= this.view.responses.length || position === this.position) return;
    this.position = position;
    this.mode = "grades";
    this.editing = false;
  }
  moveTo(dimension: number): void {
    this.dimension = dimension;
    this.mode = "grades";
    this.focus += 1;
  }
}
