/**
 * The keys of the window. Screens declare maps of shortcuts; layers stack (screen, open panel, dialog) and
 * the topmost layer that knows a key gets it. While somebody types, only shortcuts marked `typing` work.
 */
import { untrack } from "svelte";
import { chordsOf, type Press } from "./chord";

export interface Shortcut {
  /** Chords that run it (`["ArrowUp"]`, `["Ctrl+Enter"]`). */
  keys: string[];
  /** What it does, as the help says it. */
  label: string;
  /** Heading in the help. */
  group?: string;
  run: (event: KeyboardEvent) => void;
  /** Whether it applies now; the key falls through when it does not. */
  when?: () => boolean;
  /** Works in text fields too. */
  typing?: boolean;
  /** Not listed in the help (a second way to do what another line says). */
  hidden?: boolean;
}

export interface Layer {
  /** Heading in the help. */
  title: string;
  shortcuts: () => Shortcut[];
  /** Keeps every key from the layers below, as a dialog does. */
  modal?: boolean;
}

const MOVES = /^(Arrow|Page)/;

export const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

class Keyboard {
  layers = $state.raw<Layer[]>([]);
  helpOpen = $state(false);

  /** Adds a layer on top; the answer removes it. */
  push(layer: Layer): () => void {
    this.layers = [...this.layers, layer];
    return () => {
      this.layers = this.layers.filter((other) => other !== layer);
    };
  }

  /** The shortcut that a press means now. */
  find(press: Press, typing: boolean, mac = isMac): Shortcut | undefined {
    const chords = chordsOf(press, mac);
    for (const layer of this.layers.toReversed()) {
      const found = layer
        .shortcuts()
        .filter((one) => (!typing || one.typing) && (one.when?.() ?? true))
        .map((one) => ({ one, rank: chords.findIndex((chord) => one.keys.includes(chord)) }))
        .filter(({ rank }) => rank >= 0)
        .sort((a, b) => a.rank - b.rank)[0];
      if (found) return found.one;
      if (layer.modal) return undefined;
    }
    return undefined;
  }

  handle = (event: KeyboardEvent): void => {
    // An input method composes (Japanese, Chinese): its keys are not ours.
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    const shortcut = this.find(event, isTyping(event.target));
    if (!shortcut) return;
    event.preventDefault();
    // A key that is held moves on and on, but it grades, submits or skips only once.
    if (!event.repeat || MOVES.test(event.key)) shortcut.run(event);
  };
}

export const keyboard = new Keyboard();

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) {
    return true;
  }
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range", "file"].includes(target.type);
}

/** Declares the keys of a component for as long as it is on the screen. */
export function useKeys(layer: Layer): void {
  $effect(() => untrack(() => keyboard.push(layer)));
}
