import { describe, expect, it } from "vitest";
import { readRubric } from "./read-rubric";

describe("a pasted rubric", () => {
  it("says in a sentence what is wrong with it", () => {
    expect(readRubric("{")).toMatch(/^This is not JSON/);
    expect(readRubric("[]")).toMatch(/one JSON object/);
    expect(readRubric("{}")).toMatch(/no “dimensions”/);
  });
  it("has all five levels of every dimension, empty where nothing was given", () => {
    const rubric = readRubric('{"dimensions": [{"name": "Tone", "levels": [{"grade": 5, "meaning": "Kind"}]}]}');
    expect(rubric).toMatchObject({ dimensions: [{ id: "tone", required: true }] });
    if (typeof rubric === "string") throw new Error(rubric);
    expect(rubric.dimensions[0]!.levels.map(({ grade, meaning }) => [grade, meaning])).toEqual([
      [1, ""], [2, ""], [3, ""], [4, ""], [5, "Kind"],
    ]);
  });
  it("never has two dimensions of one id", () => {
    const rubric = readRubric('{"dimensions": [{"name": "Tone"}, {"name": "Tone"}]}');
    expect(typeof rubric === "string" ? rubric : rubric.dimensions.map(({ id }) => id)).toEqual(["tone", "tone_2"]);
  });
});
