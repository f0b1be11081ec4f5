/** What a person makes of a sample, as plain functions: no state, no window. */
import type { Dimension, Grade, GradeView, Preference, ResponseWork, Rubric, Work } from "../../lib/backend";

/** The work of a sample as the screen needs it: an entry for every response and the order they stand in. */
export function complete(view: GradeView): Work {
  const work = structuredClone(view.work);
  for (const response of view.responses) {
    work.responses[response.index] ??= { grades: {}, reason_codes: [] };
  }
  if (work.presented.length !== view.responses.length) work.presented = view.responses.map((response) => response.index);
  return work;
}

export function isGraded(work: ResponseWork, dimension: Dimension): boolean {
  return work.grades[dimension.id] !== undefined;
}

/** The next dimension without a grade, from `after` on and around; null when all have one. */
export function nextUngraded(rubric: Rubric, work: ResponseWork, after: number): number | null {
  const count = rubric.dimensions.length;
  for (let step = 1; step <= count; step += 1) {
    const at = (after + step) % count;
    const dimension = rubric.dimensions[at];
    if (dimension && !isGraded(work, dimension)) return at;
  }
  return null;
}

export function isComplete(rubric: Rubric, work: ResponseWork): boolean {
  return rubric.dimensions.every((one) => !one.required || isGraded(work, one));
}

export interface Missing {
  /** Place on the screen. */
  position: number;
  dimension: number;
}

/** The first required grade that is missing, in the order of the screen. */
export function firstMissing(rubric: Rubric, work: Work): Missing | null {
  for (const [position, index] of work.presented.entries()) {
    const response = work.responses[index];
    if (!response) continue;
    const dimension = rubric.dimensions.findIndex((one) => one.required && !isGraded(response, one));
    if (dimension >= 0) return { position, dimension };
  }
  return null;
}

/** The weighted quality of what is graded so far, 1 to 5; null before the first grade. */
export function quality(rubric: Rubric, work: ResponseWork): number | null {
  let sum = 0;
  let weights = 0;
  for (const dimension of rubric.dimensions) {
    const grade = work.grades[dimension.id];
    if (grade === null || grade === undefined) continue;
    sum += grade * dimension.weight;
    weights += dimension.weight;
  }
  return weights > 0 ? sum / weights : null;
}

/** Takes `index` as the best and leaves the others tied; `null` ties them all. */
export function prefer(count: number, index: number | null): Preference {
  const all = Array.from({ length: count }, (_, at) => at);
  if (index === null) return [all];
  const others = all.filter((at) => at !== index);
  return [index, others.length === 1 ? others[0]! : others];
}

/** Which response is preferred: its index, `tie`, or nothing yet. */
export function preferred(preference: Preference | undefined): number | "tie" | null {
  const first = preference?.[0];
  if (first === undefined) return null;
  return typeof first === "number" ? first : "tie";
}

export function toggled<T>(list: T[], item: T): T[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}

export function letter(position: number): string {
  return String.fromCharCode(65 + position);
}

export const GRADES: Grade[] = [1, 2, 3, 4, 5];
