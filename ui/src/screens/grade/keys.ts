/** The keys of the Grade screen, as the person's fingers and the help know them. */
import type { Verdict } from "../../lib/backend";
import { dialogs } from "../../lib/dialogs.svelte";
import { isTyping, type Shortcut } from "../../lib/keyboard/keyboard.svelte";
import type { Desk } from "./desk.svelte";
import type { Session } from "./session.svelte";
import type { View } from "./view.svelte";
import { GRADES, letter } from "./work";

export const REASON_KEYS = [..."1234567890"];
export const VERDICT_KEYS: Record<Verdict, string> = { pass: "p", borderline: "b", fail: "f" };
/** The id of the note field of a desk: the next sample’s stands in the document as well. */
export const noteOf = (desk: Desk): string => `note-${desk.key}`;

export function gradeKeys(session: Session, view: View): Shortcut[] {
  const { desk } = session;
  const submission = submitting(session);
  if (!desk) return submission.filter((one) => one.keys.includes("Ctrl+z"));
  return [
    ...modeKeys(session, desk),
    ...grading(session, desk),
    ...describing(desk, view),
    ...correcting(desk, view),
    ...comparing(desk),
    ...submission,
    ...moving(session, view),
    ...others(session, desk),
    { keys: ["Escape"], label: "Leave the text field", group: "Move", typing: true,
      when: () => isTyping(document.activeElement) || desk.editing, run: () => leaveField(desk) },
  ];
}

/** While reason codes or the verdict wait for a key, digits and letters mean those. */
function modeKeys(session: Session, desk: Desk): Shortcut[] {
  const { reason_codes, verdicts } = session.rubric;
  const back: Shortcut = { keys: ["Escape", "Enter"], label: "", hidden: true, run: () => (desk.mode = "grades") };
  if (desk.mode === "reasons") {
    const codes = reason_codes.slice(0, REASON_KEYS.length).map((code, at): Shortcut => ({
      keys: [REASON_KEYS[at]!], label: "", hidden: true, run: () => desk.toggleReason(code.id),
    }));
    return [...codes, back];
  }
  if (desk.mode === "verdict") {
    const words = verdicts.map((verdict, at): Shortcut => ({
      keys: [String(at + 1), VERDICT_KEYS[verdict]], label: "", hidden: true,
      run: () => {
        desk.setVerdict(verdict);
        desk.mode = "grades";
      },
    }));
    return [...words, back];
  }
  return [];
}

function grading(session: Session, desk: Desk): Shortcut[] {
  const group = "Grade";
  const last = session.rubric.dimensions.length - 1;
  const step = (by: number) => desk.moveTo(Math.max(0, Math.min(last, desk.dimension + by)));
  return [
    { keys: ["ArrowUp"], label: "Previous dimension", group, run: () => step(-1) },
    { keys: ["ArrowDown"], label: "Next dimension", group, run: () => step(1) },
    { keys: ["1", "2", "3", "4", "5"], label: "Grade, and go on to the next", group,
      run: (event) => session.grade(GRADES[digit(event) - 1] ?? null) },
    { keys: ["0"], label: "Not applicable", group, run: () => session.grade(null) },
    { keys: ["Backspace", "Delete"], label: "Clear the grade", group,
      run: () => desk.grade(session.rubric, desk.dimension, undefined) },
  ];
}

/** The digit of a press, by what it writes or where it lies: AZERTY writes “&” on the key of 1. */
function digit(event: KeyboardEvent): number {
  return Number(/^\d$/.test(event.key) ? event.key : event.code.at(-1));
}

function describing(desk: Desk, view: View): Shortcut[] {
  const group = "Describe";
  const mode = (mode: Desk["mode"]) => (desk.mode = desk.mode === mode ? "grades" : mode);
  return [
    { keys: ["r"], label: "Reason codes, then their digits", group, run: () => mode("reasons") },
    { keys: ["v"], label: "Verdict, then P, B, F or 1, 2, 3", group, run: () => mode("verdict") },
    { keys: ["n"], label: "Note", group, run: () => document.getElementById(noteOf(desk))?.focus() },
    { keys: ["f"], label: "Flag or escalate", group, run: () => (view.panel = "flags") },
    { keys: ["g"], label: "Guidelines", group, run: () => (view.panel = "guidelines") },
  ];
}

function correcting(desk: Desk, view: View): Shortcut[] {
  const group = "Correct";
  const changed = () => desk.corrected(desk.position);
  const chosen = () => desk.diffs[desk.position]!.chosen;
  return [
    { keys: ["e"], label: "Edit the response", group, run: () => (desk.editing = true) },
    { keys: ["d"], label: "Diff: inline, side by side, off", group, run: () => view.cycleDiff() },
    { keys: ["Alt+ArrowDown"], label: "Next change", group, typing: true, when: changed, run: () => desk.stepHunk(1) },
    { keys: ["Alt+ArrowUp"], label: "Previous change", group, typing: true, when: changed, run: () => desk.stepHunk(-1) },
    { keys: ["Alt+r"], label: "Revert the chosen change", group, typing: true, when: () => changed() && chosen() !== null,
      run: () => desk.revert(desk.position, chosen()!) },
  ];
}

function comparing(desk: Desk): Shortcut[] {
  if (!desk.several) return [];
  const group = "Compare";
  const last = desk.view.responses.length - 1;
  const go = (by: number) => {
    desk.activate(Math.max(0, Math.min(last, desk.position + by)));
    desk.focus += 1;
  };
  return [
    { keys: ["ArrowLeft", ","], label: "Response to the left", group, run: () => go(-1) },
    { keys: ["ArrowRight", "."], label: "Response to the right", group, run: () => go(1) },
    // D and E mean something else already, so from the fourth response on the letter takes Shift.
    ...desk.view.responses.map((_, at): Shortcut => ({
      keys: [(at < 3 ? "" : "Shift+") + letter(at).toLowerCase()], label: `Response ${letter(at)} is better`, group, run: () => desk.prefer(at),
    })),
    { keys: ["="], label: "Equally good", group, run: () => desk.prefer(null) },
  ];
}

function submitting(session: Session): Shortcut[] {
  const group = "Submit";
  return [
    { keys: ["Ctrl+Enter"], label: "Submit, and go on to the next sample", group, typing: true,
      run: (event) => session.submit(event.timeStamp) },
    { keys: ["Ctrl+z"], label: "Take the last submission back", group, run: () => void session.takeBack() },
  ];
}

function moving(session: Session, view: View): Shortcut[] {
  const group = "Move";
  return [
    { keys: ["["], label: "Previous sample", group, run: () => void session.previous() },
    { keys: ["]"], label: "Next sample", group, run: () => void session.next() },
    { keys: ["s"], label: "Skip, with a reason", group: "Submit", run: () => (view.panel = "skip") },
    { keys: ["PageDown"], label: "Scroll the text down", group, run: () => scrollText(1) },
    { keys: ["PageUp"], label: "Scroll the text up", group, run: () => scrollText(-1) },
    { keys: ["Shift+PageDown"], label: "Scroll the dimension’s meanings down", group, run: () => scrollMeanings(1) },
    { keys: ["Shift+PageUp"], label: "Scroll the dimension’s meanings up", group, run: () => scrollMeanings(-1) },
    { keys: ["q"], label: "Show or hide the queue", group, run: () => view.toggleQueue() },
  ];
}

/** Listed where the project's policy lets annotators look. */
function others(session: Session, desk: Desk): Shortcut[] {
  if (!session.asksForOthers) return [];
  return [
    { keys: ["o"], label: "What others did on a submitted sample", group: "Move", when: () => desk.submitted,
      run: () => dialogs.open({ name: "others", sample: desk.sample }) },
  ];
}

const scrollText = (by: 1 | -1) => scroll("[data-pane=current]", by);
const scrollMeanings = (by: 1 | -1) => scroll("[data-dimension].here", by);

function scroll(what: string, by: 1 | -1): void {
  const area = document.querySelector(what);
  area?.scrollBy({ top: by * area.clientHeight * 0.85 });
}

function leaveField(desk: Desk): void {
  desk.editing = false;
  desk.mode = "grades";
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  desk.focus += 1;
}
