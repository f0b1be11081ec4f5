import { describe, expect, test } from "vitest";
import { compare } from "./hub";
import { coefficientName, decimal, headline, interval, place, reason, standing, trusted, type DimensionReport, type Estimate } from "./report";

const estimate = (of: Partial<Estimate>): Estimate => ({
  coefficient: "krippendorff_alpha",
  weights: "ordinal",
  value: 0.7,
  se: null,
  ci: [0.6, 0.8],
  ci_level: 0.95,
  ci_method: "bootstrap",
  p_value: null,
  observed: null,
  expected: null,
  n: 100,
  undefined: null,
  ...of,
});

const report = (of: Partial<DimensionReport>): DimensionReport => ({
  dimension: "tone",
  scale: [1, 2, 3, 4, 5],
  units: 100,
  units_paired: 90,
  raters: 3,
  ratings: 250,
  coefficients: [estimate({})],
  pairs: [],
  pairs_without_common_units: 0,
  by_rater: [],
  confusion: [],
  confused: [],
  reading: { coefficient: "krippendorff_alpha", weights: "ordinal", text: [], cautions: [] },
  ...of,
});

describe("what a coefficient says", () => {
  test("its interval decides, and never its value alone", () => {
    expect(standing(estimate({ value: 0.9, ci: [0.82, 0.95] }))).toBe("reliable");
    expect(standing(estimate({ value: 0.9, ci: [0.7, 0.97] }))).toBe("tentative");
    expect(standing(estimate({ value: 0.9, ci: [0.4, 0.99] }))).toBe("open");
    expect(standing(estimate({ value: 0.5, ci: [0.4, 0.6] }))).toBe("weak");
    expect(standing(estimate({ value: -0.5, ci: [-0.8, -0.2] }))).toBe("opposed");
    expect(standing(estimate({ value: 0.9, ci: null }))).toBe("open");
  });
  test("alpha's bounds are alpha's alone, and no difference at all is no proof", () => {
    const ac = { coefficient: "gwet_ac", value: 0.9, ci: [0.85, 0.95] as [number, number] };
    expect(standing(estimate(ac))).toBe("beyond");
    expect(standing(estimate({ ...ac, ci: [-0.1, 0.95] }))).toBe("open");
    expect(standing(estimate({ value: 0.9, ci: [0.82, 0.95] }), ["prevalence"])).toBe("beyond");
    expect(standing(estimate({ value: 1, ci: [1, 1] }), ["no_disagreement"])).toBe("equal");
  });
  test("undefined is a reason, and nothing else", () => {
    expect(standing(estimate({ value: null, undefined: "no_variation" }))).toBe("none");
    expect(reason("no_variation")).toBe("all grades are the same");
    expect(reason("something_new")).toBe("something new");
    expect(trusted(report({ reading: { coefficient: null, weights: null, text: [], cautions: [] } }))).toBeUndefined();
  });
  test("figures have two places and a real minus, and a rounded nothing has no sign", () => {
    expect(decimal(0.5837)).toBe("0.58");
    expect(decimal(-0.126)).toBe("−0.13");
    expect(decimal(-0.001)).toBe("0.00");
    expect(interval([-0.02, 0.25])).toBe("−0.02 to 0.25");
  });
  test("the bar is fixed from 0 to 1", () => {
    expect([-0.3, 0, 0.5, 1, 1.2].map(place)).toEqual([0, 0, 50, 100, 100]);
  });
  test("Gwet's AC has its number by its weights", () => {
    expect(coefficientName({ coefficient: "gwet_ac", weights: "identity" })).toBe("Gwet’s AC1");
    expect(coefficientName({ coefficient: "gwet_ac", weights: "ordinal" })).toBe("Gwet’s AC2, ordinal");
  });
});

describe("the headline", () => {
  test("says where raters agree and where they do not", () => {
    expect(
      headline([
        { name: "Safety", standing: "reliable" },
        { name: "Relevance", standing: "tentative" },
        { name: "Tone", standing: "weak" },
      ]),
    ).toBe("Raters agree too little on Tone; well on Safety; tentatively on Relevance");
    expect(headline([{ name: "Safety", standing: "reliable" }])).toBe("Raters agree well in every dimension");
    expect(headline([{ name: "Safety", standing: "open" }])).toBe("No dimension has enough grades to tell");
    expect(headline([{ name: "Safety", standing: "none" }])).toBe("Nothing can be compared yet");
    expect(headline([])).toBe("Nothing can be compared yet");
  });
});

describe("the hub beside this laptop", () => {
  const told = {
    dimension: "tone",
    units: 100,
    units_paired: 90,
    raters: 3,
    ratings: 250,
    coefficients: [{ coefficient: "krippendorff_alpha", weights: "ordinal", value: 0.7, undefined: null }],
  };
  test("is the same only to the last bit", () => {
    expect(compare(told, report({}))).toBe("same");
    expect(compare(told, report({ coefficients: [estimate({ value: 0.7 + Number.EPSILON })] }))).toBe("different");
    expect(compare({ ...told, ratings: 251 }, report({}))).toBe("different");
    expect(compare(undefined, report({}))).toBe("unknown");
  });
  test("undefined on both sides for the same reason is the same", () => {
    const none = { value: null, undefined: "no_variation" };
    expect(compare({ ...told, coefficients: [{ ...told.coefficients[0]!, ...none }] }, report({ coefficients: [estimate(none)] }))).toBe("same");
  });
});
