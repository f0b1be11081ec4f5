/**
 * Text in the field against text in the file. A text field knows only `\n`, so a response with Windows line
 * ends is shown without and written back with them: otherwise every correction would change every line.
 */
import type { DiffHunk } from "../../lib/backend";

export function toField(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}

export function fromField(text: string, response: string): string {
  const windows = /\r\n/.test(response) && !/[^\r]\n|^\n/.test(response);
  return windows ? text.replace(/\n/g, "\r\n") : text;
}

/** The correction to keep: none when the field says the same as the response. */
export function kept(field: string, response: string): string | undefined {
  return field === toField(response) ? undefined : fromField(field, response);
}

/** The text with one hunk taken back. Offsets are UTF-16 code units, as everywhere in a text field. */
export function reverted(text: string, hunk: DiffHunk): string {
  return text.slice(0, hunk.new_start) + hunk.old_text + text.slice(hunk.new_end);
}

/** Replaces a range so that the field's own undo still works; a field without that gets the plain edit. */
export function replaceInField(field: HTMLTextAreaElement, start: number, end: number, text: string): void {
  field.focus();
  field.setSelectionRange(start, end);
  const done = text === "" ? document.execCommand("delete") : document.execCommand("insertText", false, text);
  if (!done) {
    field.setRangeText(text, start, end, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}

/** Marks a range and brings it into view: browsers scroll to the selection only when the focus comes. */
export function selectInField(field: HTMLTextAreaElement, start: number, end: number): void {
  field.blur();
  field.setSelectionRange(start, end);
  field.focus();
}

/** The hunk after (or before) another one, around the ends; the one nearest to `caret` where none is chosen. */
export function stepHunk(hunks: DiffHunk[], chosen: number | null, by: 1 | -1, caret: number): number | null {
  if (hunks.length === 0) return null;
  if (chosen !== null) return (chosen + by + hunks.length) % hunks.length;
  const after = hunks.findIndex((hunk) => hunk.new_end >= caret);
  if (by === 1) return after < 0 ? 0 : after;
  const before = hunks.findLastIndex((hunk) => hunk.new_start <= caret);
  return before < 0 ? hunks.length - 1 : before;
}
