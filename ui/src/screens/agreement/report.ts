/** The report `assay.agreement/1`, as far as the window shows it, and the words for what stands in it. */

export interface Estimate {
  coefficient: string;
  weights: string | null;
  /** Absent where it is undefined: never 0 for want of a value. */
  value: number | null;
  se: number | null;
  ci: [number, number] | null;
  ci_level: number;
  ci_method: "analytic" | "bootstrap" | "linearised" | null;
  p_value: number | null;
  observed: number | null;
  expected: number | null;
  /** Units it rests on. */
  n: number;
  undefined: string | null;
}

export interface PairReport {
  raters: [string, string];
  units: number;
  /** Units by the first's grade (row) and the second's (column). */
  confusion: number[][];
  coefficients: Estimate[];
}

export interface RaterReport {
  rater: string;
  ratings: number;
  units_shared: number;
  mean: number | null;
  /** Below 0 is severe, above 0 lenient. */
  mean_difference: number | null;
  mean_difference_se: number | null;
  agreement_with_others: number | null;
}

export interface Reading {
  coefficient: string | null;
  weights: string | null;
  text: string[];
  cautions: string[];
}

export interface DimensionReport {
  dimension: string;
  scale: number[];
  units: number;
  units_paired: number;
  raters: number;
  ratings: number;
  coefficients: Estimate[];
  pairs: PairReport[];
  pairs_without_common_units: number;
  by_rater: RaterReport[];
  /** Rating pairs within units by level, each in both directions. */
  confusion: number[][];
  confused: { values: [number, number]; share: number; ratio_to_chance: number }[];
  reading: Reading;
}

export interface Report {
  schema: string;
  dimensions: DimensionReport[];
}

/** What every line of coefficients has in common, the hub's and this laptop's. */
export interface Named {
  coefficient: string;
  weights: string | null;
}

export function find<T extends Named>(list: T[], coefficient: string, weights: string | null = null): T | undefined {
  return list.find((one) => one.coefficient === coefficient && one.weights === weights);
}

/** The coefficient that the reading says to trust. */
export function trusted(report: DimensionReport): Estimate | undefined {
  const { coefficient, weights } = report.reading;
  return coefficient === null ? undefined : find(report.coefficients, coefficient, weights);
}

export type Standing = "reliable" | "tentative" | "weak" | "opposed" | "beyond" | "equal" | "open" | "none";

/** Krippendorff's customary bounds. */
export const TENTATIVE = 0.667;
export const RELIABLE = 0.8;

/** How far the trusted coefficient carries, by its interval: what the reading's sentence says, in a word. */
export function standing(estimate: Estimate | undefined, cautions: string[] = []): Standing {
  if (!estimate || estimate.value === null) return "none";
  if (cautions.includes("no_disagreement") || cautions.includes("no_variation")) return "equal";
  if (!estimate.ci) return "open";
  const [low, high] = estimate.ci;
  // The bounds are alpha's: AC lies higher on the same grades, and has none of its own.
  if (estimate.coefficient !== "krippendorff_alpha" || cautions.includes("prevalence")) return low > 0 ? "beyond" : "open";
  if (low >= RELIABLE) return "reliable";
  if (low >= TENTATIVE) return "tentative";
  if (high < 0) return "opposed";
  return high < TENTATIVE ? "weak" : "open";
}

export const standings: Record<Standing, string> = {
  reliable: "reliable",
  tentative: "tentative",
  weak: "too low",
  opposed: "opposed",
  beyond: "beyond chance",
  equal: "no difference",
  open: "not settled",
  none: "undefined",
};

const COEFFICIENTS: Record<string, string> = {
  percent_agreement: "Percent agreement",
  percent_agreement_pooled: "Percent agreement, pooled",
  brennan_prediger: "Brennan–Prediger",
  fleiss_kappa: "Fleiss’ kappa",
  gwet_ac: "Gwet’s AC",
  conger_kappa: "Conger’s kappa",
  krippendorff_alpha: "Krippendorff’s alpha",
  krippendorff_alpha_gwet: "Krippendorff’s alpha, Gwet’s form",
  cohen_kappa: "Cohen’s kappa",
  scott_pi: "Scott’s pi",
  light_kappa: "Light’s kappa",
  icc_1: "ICC(1)",
  icc_2: "ICC(2)",
  icc_3: "ICC(3)",
  icc_1k: "ICC(1, k)",
  icc_2k: "ICC(2, k)",
  icc_3k: "ICC(3, k)",
  icc_1_unbalanced: "ICC(1), unbalanced",
  icc_1k_unbalanced: "ICC(1, k), unbalanced",
};

export function coefficientName({ coefficient, weights }: Named): string {
  const name = coefficient === "gwet_ac" ? `Gwet’s AC${weights === null || weights === "identity" ? "1" : "2"}` : (COEFFICIENTS[coefficient] ?? coefficient);
  return weights === null || weights === "identity" ? name : `${name}, ${weights}`;
}

const UNDEFINED: Record<string, string> = {
  no_pairable_items: "no response has two grades",
  no_variation: "all grades are the same",
  insufficient_raters: "fewer than two raters",
  insufficient_items: "fewer than two responses that can be used",
  single_category: "the scale has one level",
  no_defined_pair: "no pair of raters has a value",
};

/** Why there is no value. */
export function reason(undefined_: string | null): string {
  return undefined_ === null ? "not computed" : (UNDEFINED[undefined_] ?? undefined_.replaceAll("_", " "));
}

/** `0.58`, `−0.12`: two places, with a real minus. */
export function decimal(value: number, places = 2): string {
  const text = Math.abs(value).toFixed(places);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

export function interval(ci: [number, number] | null): string {
  return ci ? `${decimal(ci[0])} to ${decimal(ci[1])}` : "no interval";
}

/** Where a value stands on a bar from 0 to 1, in percent; what is below 0 stands at its edge. */
export function place(value: number): number {
  return 100 * Math.max(0, Math.min(1, value));
}

/** The sentence that the screen is opened for: which dimensions can be relied on, and which cannot. */
export function headline(reports: { name: string; standing: Standing }[]): string {
  if (reports.length === 0 || reports.every((one) => one.standing === "none")) return "Nothing can be compared yet";
  const names = (...wanted: Standing[]) => reports.filter((one) => wanted.includes(one.standing)).map((one) => one.name);
  const list = (all: string[]) => new Intl.ListFormat("en").format(all);
  const [good, fair, low, open] = [names("reliable"), names("tentative"), names("weak", "opposed"), names("open", "none")];
  if (good.length === reports.length) return "Raters agree well in every dimension";
  const parts: string[] = [];
  if (low.length > 0) parts.push(low.length === reports.length ? "Raters agree too little in every dimension" : `Raters agree too little on ${list(low)}`);
  if (good.length > 0) parts.push(`${parts.length > 0 ? "well" : "Raters agree well"} on ${list(good)}`);
  if (fair.length > 0) parts.push(`${parts.length > 0 ? "tentatively" : "Raters agree tentatively"} on ${list(fair)}`);
  const beyond = names("beyond", "equal");
  if (beyond.length > 0) parts.push(`${parts.length > 0 ? "more than by chance" : "Raters agree more than by chance"} on ${list(beyond)}`);
  if (parts.length === 0) return "No dimension has enough grades to tell";
  if (open.length > 0) parts.push(`${list(open)} cannot be told yet`);
  return parts.join("; ");
}
