/** Short names for files, made from the names people give. */

/** `Tone of voice` as `tone_of_voice`; empty where a name has no letter or digit of the Latin script. */
export function idFrom(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 60);
}

/** An id that none of `taken` has: the wanted one, or with a number behind it. */
export function freshId(wanted: string, taken: string[]): string {
  if (!taken.includes(wanted)) return wanted;
  let n = 2;
  while (taken.includes(`${wanted}_${n}`)) n += 1;
  return `${wanted}_${n}`;
}
