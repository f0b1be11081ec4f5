import { describe, expect, test } from "vitest";
import { fromField, kept, reverted, stepHunk, toField } from "./correction";

describe("a correction", () => {
  test("equal to the response is none", () => {
    expect(kept("Yes.\nNo.", "Yes.\nNo.")).toBeUndefined();
    expect(kept("Yes.\nNo.", "Yes.\r\nNo.")).toBeUndefined();
    expect(kept("Yes!\nNo.", "Yes.\r\nNo.")).toBe("Yes!\r\nNo.");
  });

  test("keeps the line ends of its response", () => {
    for (const text of ["a\nb", "a\r\nb\r\n", "no line end"]) expect(fromField(toField(text), text)).toBe(text);
    expect(fromField("a\nb\nc", "a\r\nb\nc")).toBe("a\nb\nc");
  });

  test("gives one hunk back and leaves the others, counted in UTF-16 units", () => {
    const text = "🌧 Report within 14 days, ok 👍🏽.";
    const start = text.indexOf("14");
    expect(reverted(text, { new_start: start, new_end: start + 2, old_text: "60" })).toBe("🌧 Report within 60 days, ok 👍🏽.");
    expect(reverted("ab", { new_start: 1, new_end: 1, old_text: "X" })).toBe("aXb");
    expect(reverted("aXb", { new_start: 1, new_end: 2, old_text: "" })).toBe("ab");
  });

  test("steps through hunks from the caret and around the ends", () => {
    const hunks = [2, 10, 20].map((at) => ({ new_start: at, new_end: at + 2, old_text: "" }));
    expect(stepHunk([], null, 1, 0)).toBeNull();
    expect(stepHunk(hunks, null, 1, 11)).toBe(1);
    expect(stepHunk(hunks, null, -1, 11)).toBe(1);
    expect(stepHunk(hunks, null, 1, 30)).toBe(0);
    expect(stepHunk(hunks, 2, 1, 0)).toBe(0);
    expect(stepHunk(hunks, 0, -1, 0)).toBe(2);
  });
});
