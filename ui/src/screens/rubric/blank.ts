/** What a rubric and its parts begin as when nobody has written anything yet. */
import type { Dimension, Grade, Level, Rubric } from "../../lib/backend/types";

/** Neutral words that hold for any dimension, so that a new one can be saved and graded with at once. */
const MEANINGS: Record<Grade, string> = {
  1: "Unusable as it is.",
  2: "Serious faults; little of it can be kept.",
  3: "Usable after an edit.",
  4: "Good; a small thing could be better.",
  5: "Nothing to change.",
};
export const GRADES: Grade[] = [1, 2, 3, 4, 5];

function levels(): Level[] {
  return GRADES.map((grade) => ({ grade, meaning: MEANINGS[grade], example: "" }));
}

export function blankDimension(id: string, name: string): Dimension {
  return { id, name, description: "", weight: 10, levels: levels(), required: true };
}

export function emptyRubric(name: string): Rubric {
  return {
    name,
    guidelines: "",
    dimensions: [blankDimension("quality", "Quality")],
    reason_codes: [],
    verdicts: ["pass", "borderline", "fail"],
  };
}
