/** Work into a dataset: the rows are seen before they are written, and land where it was said. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { axe, Flow, keys } from "./harness";

let flow: Flow;
let project: string;
beforeAll(async () => {
  flow = await Flow.start();
  project = (await flow.ask("project.demo", {})).file;
  // The demo may come without work of this person: one correction is enough for a pair.
  const { upcoming } = await flow.ask("grade.queue", { project, limit: 20, recent: 1 });
  for (const entry of upcoming.filter(({ responses }) => responses === 1).slice(0, 6)) {
    const view = await flow.ask("grade.get", { project, sample: entry.sample });
    const { dimensions, verdicts } = (await flow.ask("project.open", { project })).rubric.rubric;
    const grades = Object.fromEntries(dimensions.map(({ id }) => [id, 4 as const]));
    const correction = `${view.responses[0]!.text}\n\nCall us if anything is unclear.`;
    const responses = [{ grades, reason_codes: [], correction, ...(verdicts.length > 0 && { verdict: "pass" as const }) }];
    await flow.ask("grade.submit", { project, sample: entry.sample, work: { ...view.work, responses } });
  }
});
afterAll(async () => flow?.stop());
afterEach(() => expect(flow.problems.splice(0)).toEqual([]));

test("a preview shows real pairs side by side, and writing them makes the folder", async () => {
  const page = await flow.open(project, { at: "export" });
  await page.getByText("Chosen", { exact: true }).first().waitFor();
  await page.getByText("Rejected", { exact: true }).first().waitFor();
  expect(await axe(page)).toEqual([]);
  const folder = join(flow.folder, "out", "pairs");
  await keys(page, "f");
  await page.keyboard.type(folder);
  await keys(page, "Control+Enter");
  await page.getByRole("heading", { name: /rows? written/ }).waitFor();
  expect(await axe(page)).toEqual([]);
  expect(existsSync(join(folder, "README.md"))).toBe(true);
  const first = JSON.parse(readFileSync(join(folder, "data/train.jsonl"), "utf8").split("\n")[0]!) as Record<string, unknown>;
  expect(Object.keys(first)).toEqual(expect.arrayContaining(["chosen", "rejected"]));
});

test("golden samples stay out until they are named, and naming them is warned of", async () => {
  const page = await flow.open(project, { at: "export" });
  await page.getByText("held out").first().waitFor();
  await page.getByRole("checkbox", { name: /Golden/ }).check();
  await page.getByText(/are there to measure with/).waitFor();
  expect(await axe(page)).toEqual([]);
});

test("labels are shown as the table they will be", async () => {
  const page = await flow.open(project, { at: "export" });
  await page.getByRole("radio", { name: /labels/i }).first().check({ force: true });
  await page.getByRole("columnheader").first().waitFor();
  expect(await axe(page)).toEqual([]);
});

test("a split that does not add up is said beside it, and nothing can be written meanwhile", async () => {
  const page = await flow.open(project, { at: "export" });
  await page.getByText("Chosen", { exact: true }).first().waitFor();
  await page.getByLabel("Validation", { exact: true }).fill("10");
  await page.getByText("These add up to 110").waitFor();
  expect(await page.getByRole("button", { name: /Write dataset/ }).isDisabled()).toBe(true);
  await page.getByLabel("Train", { exact: true }).fill("90");
  await page.getByText(/train \d+ · validation \d+/).waitFor();
});

test("before anything is submitted, what the target needs is said once and is no error", async () => {
  const { file } = await flow.ask("project.create", { name: "Begun" });
  const source = resolve(import.meta.dirname, "../../../fixtures/pairs.jsonl");
  const { id: job } = await flow.ask("import.start", { project: file, paths: [source], keep_good: false });
  await expect.poll(async () => (await flow.ask("job.get", { job })).state).toBe("done");
  const page = await flow.open(file, { at: "export" });
  await page.getByRole("heading", { name: "No rows would be written" }).waitFor();
  expect(await page.getByText(/TRL DPO needs/).count()).toBe(1);
  expect(await page.getByText("Error").count()).toBe(0);
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Start grading" }).click();
  await page.locator("[data-pane=current]").waitFor();
});
