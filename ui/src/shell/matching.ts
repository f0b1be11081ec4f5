/** Which projects somebody means by a few letters. */
import type { ProjectSummary } from "../lib/backend/types";

/**
 * Projects whose name or file holds every word, the better ones first: a name that begins with the words before one
 * that holds them at the start of a word, before the rest. Among equals the order given stays.
 */
export function matching(projects: ProjectSummary[], words: string): ProjectSummary[] {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return projects;
  return projects
    .map((project) => ({ project, rank: rankOf(project, wanted) }))
    .filter(({ rank }) => rank < NONE)
    .sort((a, b) => a.rank - b.rank)
    .map(({ project }) => project);
}

const NONE = 3;

function rankOf({ name, file }: ProjectSummary, wanted: string[]): number {
  const folded = fold(name);
  if (folded.startsWith(wanted.join(" "))) return 0;
  if (wanted.every((word) => new RegExp(`(^|[^\\p{L}\\p{N}])${escaped(word)}`, "u").test(folded))) return 1;
  const all = `${folded} ${fold(file.split(/[\\/]/).at(-1) ?? "")}`;
  return wanted.every((word) => all.includes(word)) ? 2 : NONE;
}

/** Case and accents do not matter. */
function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
