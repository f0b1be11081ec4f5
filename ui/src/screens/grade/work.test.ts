import { describe, expect, test } from "vitest";
import type { Dimension, ResponseWork, Rubric, Work } from "../../lib/backend";
import { firstMissing, nextUngraded, prefer, preferred, quality } from "./work";

const dimension = (id: string, weight: number, required = true): Dimension => ({ id, name: id, description: "", weight, levels: [], required });
const rubric: Rubric = { name: "", guidelines: "", reason_codes: [], verdicts: [], dimensions: [dimension("a", 3), dimension("b", 1), dimension("c", 1, false)] };
const graded = (grades: ResponseWork["grades"]): ResponseWork => ({ grades, reason_codes: [] });

describe("work", () => {
  test("goes on to the next dimension without a grade, around the end", () => {
    expect(nextUngraded(rubric, graded({}), -1)).toBe(0);
    expect(nextUngraded(rubric, graded({ b: 2 }), 0)).toBe(2);
    expect(nextUngraded(rubric, graded({ b: 2, c: null }), 2)).toBe(0);
    expect(nextUngraded(rubric, graded({ a: 1, b: 2, c: null }), 1)).toBeNull();
  });

  test("misses required grades only, in the order of the screen", () => {
    const work: Work = { responses: [graded({ a: 1 }), graded({ a: 5, b: null })], presented: [1, 0], flags: [], active_ms: 0 };
    expect(firstMissing(rubric, work)).toEqual({ position: 1, dimension: 1 });
    work.responses[0]!.grades.b = 3;
    expect(firstMissing(rubric, work)).toBeNull();
  });

  test("weighs quality over what is graded, without what does not apply", () => {
    expect(quality(rubric, graded({}))).toBeNull();
    expect(quality(rubric, graded({ a: 5, b: 1 }))).toBe(4);
    expect(quality(rubric, graded({ a: null, b: 2 }))).toBe(2);
  });

  test("prefers one response over tied others, or none", () => {
    expect(prefer(2, 1)).toEqual([1, 0]);
    expect(prefer(3, 1)).toEqual([1, [0, 2]]);
    expect(prefer(2, null)).toEqual([[0, 1]]);
    expect(preferred([1, 0])).toBe(1);
    expect(preferred([[0, 1]])).toBe("tie");
    expect(preferred(undefined)).toBeNull();
  });
});
