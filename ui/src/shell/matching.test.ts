import { expect, test } from "vitest";
import type { ProjectSummary } from "../lib/backend/types";
import { matching } from "./matching";

const project = (name: string): ProjectSummary => ({
  file: `/home/ana/${name.toLowerCase().replaceAll(" ", "-")}.assay`, name, modified: 0, role: "owner", team: null, problem: null,
  counts: { samples: 0, done: 0, skipped: 0, left: 0, returned: 0, drafts: 0 },
});
const projects = ["Claims assistant, March", "Old claims", "Élan vital", "Reclaimed water", "مشروع المطالبات"].map(project);
const found = (words: string) => matching(projects, words).map(({ name }) => name);

test("nothing typed finds everything, in the order given", () => {
  expect(found("  ")).toHaveLength(projects.length);
});

test("the beginning of a name comes before the beginning of a word, and that before the rest", () => {
  expect(found("claim")).toEqual(["Claims assistant, March", "Old claims", "Reclaimed water"]);
  expect(found("march claims")).toEqual(["Claims assistant, March"]);
});

test("case and accents do not matter, other scripts do not hinder, and signs are only signs", () => {
  expect(found("elan")).toEqual(["Élan vital"]);
  expect(found("المطالبات")).toEqual(["مشروع المطالبات"]);
  expect(found("c.*s")).toEqual([]);
});
