/** A rubric from pasted JSON: its shape only. Whether it can be graded with, the backend says. */
import type { Dimension, Grade, Level, ReasonCode, Rubric, Verdict } from "../../lib/backend/types";
import { GRADES } from "./blank";
import { freshId, idFrom } from "./ids";

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown) => (typeof value === "string" ? value : "");
const list = (value: unknown) => (Array.isArray(value) ? value.filter(isObject) : []);

/** The rubric, or a sentence that says what is wrong with the text. */
export function readRubric(json: string): Rubric | string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (thrown) {
    return `This is not JSON: ${(thrown as Error).message}`;
  }
  if (!isObject(value)) return "This is not a rubric: it should be one JSON object.";
  if (list(value.dimensions).length === 0) return "This is not a rubric: it has no “dimensions”.";
  const taken: string[] = [];
  return {
    name: text(value.name) || "Rubric",
    guidelines: text(value.guidelines),
    dimensions: list(value.dimensions).map((one) => dimension(one, taken)),
    reason_codes: list(value.reason_codes).map(reason),
    verdicts: (["pass", "borderline", "fail"] as Verdict[]).filter(
      (verdict) => Array.isArray(value.verdicts) && value.verdicts.includes(verdict),
    ),
  };
}

function dimension(from: Json, taken: string[]): Dimension {
  const id = freshId(text(from.id) || idFrom(text(from.name)) || "dimension", taken);
  taken.push(id);
  return {
    id,
    name: text(from.name),
    description: text(from.description),
    weight: typeof from.weight === "number" ? from.weight : 1,
    ...(typeof from.threshold === "number" && { threshold: from.threshold }),
    levels: GRADES.map((grade) => level(grade, list(from.levels))),
    required: from.required !== false,
  };
}

function level(grade: Grade, levels: Json[]): Level {
  const found = levels.find((one) => one.grade === grade);
  return { grade, meaning: text(found?.meaning), example: text(found?.example) };
}

function reason(from: Json): ReasonCode {
  return { id: text(from.id) || idFrom(text(from.name)) || "reason", name: text(from.name), description: text(from.description) };
}
