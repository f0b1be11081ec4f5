/** Characters that nobody sees but that turn text around or hide in it, named so that they can be shown. */
const HIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u200B\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/gu;

export type Part = { text: string; hidden?: undefined } | { hidden: string; text?: undefined };

export function visible(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const found of text.matchAll(HIDDEN)) {
    if (found.index > from) parts.push({ text: text.slice(from, found.index) });
    const code = found[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    parts.push({ hidden: `U+${code}` });
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}
