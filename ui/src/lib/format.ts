/** Figures as people read them. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function number(value: number): string {
  return value.toLocaleString("en");
}

/** `38 s`, `1 min 12 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** `just now`, `4 min ago`, `yesterday`, `12 Mar`. */
export function ago(time: number, now: number): string {
  const past = now - time;
  if (past < MINUTE) return "just now";
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min ago`;
  if (past < DAY) return `${Math.floor(past / HOUR)} h ago`;
  return day(time);
}

export function day(time: number): string {
  return new Date(time).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
}

export function clock(time: number): string {
  return new Date(time).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function bytes(size: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(size < 10 ? 1 : 0)} ${units[unit]}`;
}

/** A hint as a sentence of its own: the backend's are written to follow a colon. */
export function sentence(text: string): string {
  const begun = text.replace(/^./u, (first) => first.toUpperCase());
  return /[.!?…:]$/.test(begun) || begun === "" ? begun : `${begun}.`;
}

/** `1 sample`, `4 samples`. */
export function count(value: number, noun: string, plural = `${noun}s`): string {
  return `${number(value)} ${value === 1 ? noun : plural}`;
}

/** A moment to be found again: `14:02:31` today, `12 Mar, 14:02` before. */
export function when(time: number, now: number): string {
  if (new Date(time).toDateString() === new Date(now).toDateString()) return clock(time);
  return `${day(time)}, ${clock(time).slice(0, 5)}`;
}
