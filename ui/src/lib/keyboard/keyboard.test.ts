import { describe, expect, test } from "vitest";
import type { Press } from "./chord";
import { keyboard, type Shortcut } from "./keyboard.svelte";

const press = (key: string): Press => ({ key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false });
const one = (key: string, label: string, more: Partial<Shortcut> = {}): Shortcut => ({ keys: [key], label, run: () => undefined, ...more });
const found = (key: string, typing = false) => keyboard.find(press(key), typing)?.label;

describe("the keyboard", () => {
  test("asks the topmost layer first and lets through what it does not know", () => {
    const below = keyboard.push({ title: "below", shortcuts: () => [one("a", "below"), one("b", "below")] });
    const above = keyboard.push({ title: "above", shortcuts: () => [one("a", "above")] });
    expect([found("a"), found("b"), found("c")]).toEqual(["above", "below", undefined]);
    above();
    expect(found("a")).toBe("below");
    below();
  });

  test("rests below a dialog", () => {
    const below = keyboard.push({ title: "below", shortcuts: () => [one("b", "below")] });
    const dialog = keyboard.push({ title: "dialog", modal: true, shortcuts: () => [one("a", "dialog")] });
    expect([found("a"), found("b")]).toEqual(["dialog", undefined]);
    dialog();
    below();
  });

  test("rests while somebody types, but for what says otherwise", () => {
    const screen = keyboard.push({ title: "screen", shortcuts: () => [one("e", "edit"), one("Escape", "leave", { typing: true })] });
    expect([found("e", true), found("Escape", true), found("e")]).toEqual([undefined, "leave", "edit"]);
    screen();
  });

  test("passes over what does not apply now", () => {
    const screen = keyboard.push({ title: "screen", shortcuts: () => [one("e", "never", { when: () => false }), one("e", "now")] });
    expect(found("e")).toBe("now");
    screen();
  });
});
