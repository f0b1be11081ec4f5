/** What the hub says beside what this laptop computes: the same to the last bit once both hold the same. */
import type { TeamNumbers, TeamStatus } from "../../lib/backend";
import { find, type DimensionReport } from "./report";

export type Comparison = "same" | "different" | "unknown";

/** Every number that both know, compared without rounding. */
export function compare(hub: TeamNumbers | undefined, here: DimensionReport): Comparison {
  if (!hub) return "unknown";
  const counts = hub.units === here.units && hub.units_paired === here.units_paired && hub.raters === here.raters && hub.ratings === here.ratings;
  const points = hub.coefficients.every((one) => {
    const other = find(here.coefficients, one.coefficient, one.weights);
    return other !== undefined && other.value === one.value && other.undefined === one.undefined;
  });
  return counts && points ? "same" : "different";
}

/** Over all dimensions: different if one is, unknown if the hub has not said anything of one. */
export function compareAll(status: TeamStatus, reports: DimensionReport[]): Comparison {
  const all = reports.map((report) => compare(status.agreement.find((one) => one.dimension === report.dimension), report));
  if (all.includes("different")) return "different";
  return all.length === 0 || all.includes("unknown") ? "unknown" : "same";
}
