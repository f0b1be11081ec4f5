/**
 * Active time: it runs while the window is in use and somebody did something in the last minute. Nothing
 * ticks; time is added up when something happens or somebody asks, so that it costs nothing while reading.
 */
const IDLE_AFTER_MS = 60_000;

export class ActiveTime {
  #total: number;
  #from: number;
  #input: number;
  #inUse: boolean;
  #now: () => number;

  constructor(before: number, inUse: boolean, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#total = before;
    this.#inUse = inUse;
    this.#from = this.#input = now();
  }

  /** Somebody typed, clicked, scrolled or moved the pointer. */
  input(): void {
    this.#add();
    this.#input = this.#now();
  }

  /** The window came to the front, or went away. */
  setInUse(inUse: boolean): void {
    this.#add();
    this.#inUse = inUse;
    if (inUse) this.#input = this.#now();
  }

  /** Milliseconds so far. */
  read(): number {
    this.#add();
    return Math.round(this.#total);
  }

  #add(): void {
    const now = this.#now();
    if (this.#inUse) this.#total += Math.max(0, Math.min(now, this.#input + IDLE_AFTER_MS) - this.#from);
    this.#from = now;
  }
}
