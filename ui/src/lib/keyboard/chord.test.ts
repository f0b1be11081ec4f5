import { describe, expect, test } from "vitest";
import { chordsOf, drawn, type Press } from "./chord";

const press = (key: string, code: string, more: Partial<Press> = {}): Press => ({
  key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more,
});

describe("a press", () => {
  test("is named by what the layout writes", () => {
    expect(chordsOf(press("e", "KeyE"), false)).toEqual(["e"]);
    expect(chordsOf(press("3", "Digit3"), false)).toEqual(["3"]);
    expect(chordsOf(press("3", "Numpad3"), false)).toEqual(["3"]);
    expect(chordsOf(press("?", "Slash", { shiftKey: true }), false)).toEqual(["?"]);
    expect(chordsOf(press("Enter", "Enter", { ctrlKey: true }), false)).toEqual(["Ctrl+Enter"]);
  });

  test("is Cmd on a Mac where it is Ctrl elsewhere", () => {
    expect(chordsOf(press("z", "KeyZ", { metaKey: true }), true)).toEqual(["Ctrl+z"]);
    expect(chordsOf(press("z", "KeyZ", { ctrlKey: true }), true)).toEqual(["z"]);
  });

  test("falls back on the place of the key under Arabic, Cyrillic and AZERTY", () => {
    expect(chordsOf(press("ث", "KeyE"), false)).toEqual(["e"]);
    expect(chordsOf(press("я", "KeyZ", { ctrlKey: true }), false)).toEqual(["Ctrl+z"]);
    expect(chordsOf(press("х", "BracketLeft"), false)).toEqual(["["]);
    expect(chordsOf(press("&", "Digit1"), false)).toContain("1");
    expect(chordsOf(press("é", "Digit2"), false)).toEqual(["2"]);
    expect(chordsOf(press("٣", "Digit3"), false)).toEqual(["3"]);
  });

  test("does not take a shifted digit for the digit", () => {
    expect(chordsOf(press("=", "Digit0", { shiftKey: true }), false)).toEqual(["="]);
    expect(chordsOf(press("!", "Digit1", { shiftKey: true }), false)).toEqual(["!"]);
  });

  test("with AltGr is the character it writes", () => {
    const altGr = { ctrlKey: true, altKey: true, getModifierState: (name: string) => name === "AltGraph" };
    expect(chordsOf(press("[", "Digit8", altGr), false)).toContain("[");
  });

  test("tells a letter with Shift from the letter", () => {
    expect(chordsOf(press("D", "KeyD", { shiftKey: true }), false)).toEqual(["Shift+d"]);
  });

  test("with Alt writes another letter on a Mac and is still known", () => {
    expect(chordsOf(press("®", "KeyR", { altKey: true }), true)).toEqual(["Alt+r"]);
  });

  test("is drawn as on the keys", () => {
    expect(drawn("Ctrl+Enter", false)).toEqual(["Ctrl", "⏎"]);
    expect(drawn("Ctrl+z", true)).toEqual(["⌘", "Z"]);
  });
});
