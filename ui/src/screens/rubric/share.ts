import type { Rubric } from "../../lib/backend/types";

/** A dimension's share of the weighted quality score, in whole percent. */
export function shareOf(rubric: Rubric, index: number): number {
  const weight = (value: number | null | undefined) => (Number.isFinite(value) ? Math.max(0, value!) : 0);
  const total = rubric.dimensions.reduce((sum, dimension) => sum + weight(dimension.weight), 0);
  return total === 0 ? 0 : Math.round((100 * weight(rubric.dimensions[index]?.weight)) / total);
}
