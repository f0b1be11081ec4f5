/** The ends of the queue: a project without samples, and the last sample of one that has some. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { axe, Flow, keys } from "./harness";

let flow: Flow;

beforeAll(async () => {
  flow = await Flow.start();
});
afterAll(async () => flow?.stop());
afterEach(() => expect(flow.problems.splice(0)).toEqual([]));

test("a project without samples says what to do next", async () => {
  const { file } = await flow.ask("project.create", { name: "Empty" });
  const page = await flow.open(file);
  await page.getByText("No samples yet").waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Import samples" }).click();
  await page.waitForFunction(() => location.hash.startsWith("#/samples"));
});

test("after the last sample the screen says so, and the last submission can still be taken back", async () => {
  const { file: project } = await flow.ask("project.demo", {});
  for (;;) {
    const view = await flow.ask("grade.next", { project });
    const after = view && (await flow.ask("grade.next", { project, sample: view.sample }));
    if (!view || !after) break;
    await flow.ask("grade.skip", { project, sample: view.sample, work: view.work, reason: "Outside my field" });
  }
  const page = await flow.open(project);
  await page.locator("[data-pane=current]:not([inert])").waitFor();
  await keys(page, "s", "1");
  await page.getByText("Everything is graded").waitFor();
  expect(await axe(page)).toEqual([]);
  await keys(page, "Control+z");
  await page.locator("[data-pane=current]").waitFor();
  expect((await flow.ask("project.open", { project })).counts.left).toBe(1);
});
