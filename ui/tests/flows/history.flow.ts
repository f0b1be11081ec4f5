import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
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

test("a title that its column cuts off is told whole when it is pointed at", async () => {
  const { file } = await flow.ask("project.create", { name: "Long" });
  const source = join(flow.folder, "long.jsonl");
  const prompt = "How long is the notice period of a tenant who lived there?";
  writeFileSync(source, ["Why?", prompt].map((prompt, id) => JSON.stringify({ id: `${id}`, prompt, response: "Four weeks." })).join("\n"));
  const { id: job } = await flow.ask("import.start", { project: file, paths: [source], keep_good: false });
  await expect.poll(async () => (await flow.ask("job.get", { job })).state).toBe("done");
  for (let done = 0; done < 2; done += 1) {
    const { sample, work } = (await flow.ask("grade.next", { project: file }))!;
    await flow.ask("grade.skip", { project: file, sample, work, reason: "Unclear" });
  }
  const page = await flow.open(file, { at: "history", size: { width: 900, height: 700 } });
  const [short, long] = [page.getByRole("button", { name: "Why?" }), page.getByRole("button", { name: /notice period/ })];
  await long.hover();
  expect(await long.getAttribute("title")).toBe(await long.textContent());
  await short.hover();
  expect(await short.getAttribute("title")).toBeNull();
  await page.setViewportSize({ width: 1920, height: 900 });
  await page.mouse.move(0, 0);
  await long.hover();
  expect(await long.getAttribute("title")).toBeNull();
});
