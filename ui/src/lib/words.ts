/** The contract's names as people read them. */
import type { Component, Flag, MessageRole, Progress, ResolutionCause, Stratum, Verdict } from "./backend/types";

export const components: Record<Component, string> = {
  representative: "Representative",
  golden: "Golden",
  edge: "Edge case",
  regression: "Regression",
  red_flag: "Red flag",
};

export const progresses: Record<Progress, string> = {
  todo: "To do",
  draft: "Draft",
  done: "Done",
  skipped: "Skipped",
};

export const verdicts: Record<Verdict, string> = { pass: "Pass", borderline: "Borderline", fail: "Fail" };

export const flags: Record<Flag, string> = {
  personal_data: "Personal data",
  unsafe: "Unsafe",
  cannot_judge: "Cannot judge",
  escalate: "Escalated",
};

export const causes: Record<ResolutionCause, string> = {
  ambiguous_sample: "Ambiguous sample",
  rubric_gap: "Gap in the rubric",
  rater_error: "A rater’s error",
  edge_case: "Edge case",
  taste: "A matter of taste",
};

export const roles: Record<MessageRole, string> = { system: "System", user: "User", assistant: "Assistant", tool: "Tool" };

export const strata: Record<Stratum, string> = { task: "Task type", locale: "Locale", model: "Model", component: "Component" };

/** `red_flag` as `red flag`: for names that come from data and have no table here. */
export function plain(name: string): string {
  return name.replaceAll("_", " ");
}

/** The last part of a path, on any system. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** The folder a file lies in, with the separator of its own system. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"), 0));
}
