import { describe, expect, test } from "vitest";
import type { AssignmentPlan, PersonPlan, PlannedPerson } from "../../../lib/backend";
import { gaps, goldenApart, leaving, load, mixture } from "./effect";
import { blank, endOfDay, obstacle, request } from "./wish";

const person = (id: string, of: Partial<PersonPlan> = {}): PlannedPerson => ({
  member: { id, name: id, role: "annotator", kind: "person" },
  plan: { new: 0, kept: 0, done: 0, taken_back: 0, golden: 0, by_stratum: {}, ...of },
});
const plan = (of: Partial<AssignmentPlan>): AssignmentPlan => ({ carried_out: false, samples: 100, assigned: 0, taken_back: 0, covered: 100, short: 0, people: [], ...of });

describe("what a plan says", () => {
  test("a load before and after counts what stays in both", () => {
    expect(load(person("a", { new: 5, kept: 7, taken_back: 2 }))).toEqual({ before: 9, after: 12 });
  });
  test("those who are not ticked and lose something are named", () => {
    const people = [person("a", { new: 3 }), person("b", { taken_back: 3 }), person("c", { kept: 4 })];
    expect(leaving(plan({ people }), blank(["a"])).map((one) => one.member.id)).toEqual(["b"]);
  });
  test("what is left in the pool is said with its reason", () => {
    const wish = { ...blank(["a", "b"]), limit: 10 };
    expect(gaps(plan({ covered: 10, short: 90 }), wish)[0]).toContain("at most 10 new ones");
    expect(gaps(plan({ covered: 10, short: 90 }), { ...wish, limit: null })[0]).toContain("too few people");
    expect(gaps(plan({}), wish)).toEqual([]);
    expect(gaps(plan({ samples: 0, covered: 0 }), wish)[0]).toContain("No sample");
  });
  test("a golden share that cannot be reached is said with how many there are", () => {
    const wish = { ...blank(["a"]), golden: 20 };
    const short = plan({ samples: 104, covered: 100, people: [person("a", { new: 104, golden: 4 })] });
    expect(goldenApart(short)).toBe(4);
    expect(gaps(short, wish)[0]).toContain("3 % instead of 20 %");
    expect(gaps(plan({}), wish)[0]).toContain("no golden samples");
  });
  test("strata are shown for everybody, with zeros", () => {
    const people = [person("a", { by_stratum: { de: 2 } }), person("b", { by_stratum: { en: 1 } })];
    expect(mixture(people)).toEqual([
      { stratum: "de", counts: [2, 0] },
      { stratum: "en", counts: [0, 1] },
    ]);
  });
});

describe("what is wanted", () => {
  test("nothing that is left alone is asked for", () => {
    expect(request("p", { ...blank(["a"]), overlap: 1 })).toEqual({ project: "p", to: ["a"], overlap: 1 });
  });
  test("percent become a share, and a day its last moment", () => {
    const asked = request("p", { ...blank(["a", "b"]), golden: 5, due: "2026-11-30", locale: "de" });
    expect(asked.golden_share).toBe(0.05);
    expect(asked.locale).toBe("de");
    expect(asked.due).toBe(endOfDay("2026-11-30"));
    expect(new Date(asked.due!).getHours()).toBe(23);
  });
  test("what cannot be planned is said before it is asked", () => {
    expect(obstacle(blank([]))).toContain("who");
    expect(obstacle({ ...blank(["a", "b"]), overlap: 3 })).toBe("3 people a sample need 3 people; 2 are ticked.");
    expect(obstacle({ ...blank(["a"]), overlap: 1.5 })).toContain("whole number");
    expect(obstacle({ ...blank(["a"]), golden: 101 })).toContain("0 to 100");
    expect(obstacle({ ...blank(["a"]), expires: 0 })).toContain("more than 0 days");
    expect(obstacle({ ...blank(["a"]), limit: 0 })).toContain("whole number");
    expect(obstacle(blank(["a", "b"]))).toBeNull();
  });
});
