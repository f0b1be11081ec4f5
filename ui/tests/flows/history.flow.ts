import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { axe, Flow, keys } from "./harness";

let flow: Flow;
let project: string;

beforeAll(async () => {
  flow = await Flow.start();
  project = (await flow.ask("project.demo", {})).file;
  for (let done = 0; done < 3; done += 1) {
    const view = await flow.ask("grade.next", { project });
    const { work } = view!;
    await flow.ask("grade.skip", { project, sample: view!.sample, work, reason: "Outside my field" });
  }
});
afterAll(async () => flow?.stop());
afterEach(() => expect(flow.problems.splice(0)).toEqual([]));

test("what was submitted is listed, and Enter opens it again", async () => {
  const page = await flow.open(project, { at: "history" });
  await page.getByText("Outside my field").first().waitFor();
  const { recent } = await flow.ask("grade.queue", { project, limit: 1, recent: 500 });
  expect(await page.locator("tbody tr").count()).toBe(recent.length);
  expect(await axe(page)).toEqual([]);
  await keys(page, "ArrowDown", "Enter");
  await page.waitForFunction((sample) => location.hash === `#/grade/${sample}`, recent[1]!.sample);
  await page.locator("[data-pane=current]").getByText("Skipped").waitFor();
});

test("the History of an empty project leads to the import, and to grading once there are samples", async () => {
  const { file } = await flow.ask("project.create", { name: "Empty" });
  const page = await flow.open(file, { at: "history" });
  await page.getByText("Nothing submitted yet").waitFor();
  expect(await page.getByRole("button", { name: "Start grading" }).count()).toBe(0);
  await page.getByRole("button", { name: /Import samples/ }).click();
  await page.waitForFunction(() => location.hash === "#/samples/import");
  const source = resolve(import.meta.dirname, "../../../fixtures/pairs.jsonl");
  await flow.ask("import.start", { project: file, paths: [source], keep_good: false });
  await page.evaluate(() => (location.hash = "#/history"));
  await page.getByRole("button", { name: "Start grading" }).click();
  await page.locator("[data-pane=current]").waitFor();
});
