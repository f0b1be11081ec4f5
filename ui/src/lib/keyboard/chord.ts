/**
 * What a key press is called. A chord is `Ctrl+Enter`, `Alt+ArrowUp`, `e`, `5`, `?`; `Ctrl` is Cmd on a Mac.
 *
 * One press can have two names: what the layout says (`event.key`) and where the key lies (`event.code`).
 * The layout's name comes first; the place counts only where the layout gives no plain character, so that
 * the same fingers work on Arabic, Cyrillic or AZERTY keyboards.
 */
export interface Press {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  getModifierState?(name: string): boolean;
}

const PLACES: Record<string, string> = {
  BracketLeft: "[",
  BracketRight: "]",
  Equal: "=",
  Comma: ",",
  Period: ".",
  Slash: "/",
};

function byPlace(code: string): string | undefined {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter) return letter.toLowerCase();
  return /^Digit(\d)$/.exec(code)?.[1] ?? PLACES[code];
}

export function chordsOf(press: Press, mac: boolean): string[] {
  // AltGr writes characters ([ on a German keyboard) and is reported as Ctrl+Alt by some systems.
  const altGr = press.getModifierState?.("AltGraph") ?? false;
  const ctrl = !altGr && (mac ? press.metaKey : press.ctrlKey);
  const alt = !altGr && press.altKey;
  const before = (ctrl ? "Ctrl+" : "") + (alt ? "Alt+" : "");
  const named = press.key.length > 1 && press.key !== "Dead" && press.key !== "Unidentified";
  if (named) return [before + (press.shiftKey ? "Shift+" : "") + press.key];

  const names: string[] = [];
  const plain = /^[!-~]$/.test(press.key);
  // Shift is part of how a symbol is typed, but a letter with Shift is a chord of its own.
  const shifted = (key: string) => (press.shiftKey && /^[a-z]$/.test(key) ? "Shift+" : "") + key;
  if (plain) names.push(before + shifted(press.key.toLowerCase()));
  const place = byPlace(press.code);
  const digitRow = /^Digit/.test(press.code) && !press.shiftKey && !/^\d$/.test(press.key);
  if (place && (!plain || digitRow) && !(press.shiftKey && !/^[a-z]$/.test(place))) {
    names.push(before + shifted(place));
  }
  return [...new Set(names)];
}

/** A chord as it is drawn on keys: `["Ctrl", "⏎"]`. */
export function drawn(chord: string, mac: boolean): string[] {
  const faces: Record<string, string> = {
    Enter: "⏎", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→",
    Backspace: "⌫", Escape: "Esc", Ctrl: mac ? "⌘" : "Ctrl", Alt: mac ? "⌥" : "Alt", Shift: "⇧",
  };
  return chord.split("+").map((part) => faces[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}
