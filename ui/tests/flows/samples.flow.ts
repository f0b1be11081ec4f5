/** The table of samples. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { axe, Flow, keys } from "./harness";

let flow: Flow;
let project: string;
beforeAll(async () => {
  flow = await Flow.start();
  project = (await flow.ask("project.demo", {})).file;
});
afterAll(async () => flow?.stop());
afterEach(() => expect(flow.problems.splice(0)).toEqual([]));

test("a filter and a search narrow the table to what they say, and clearing them brings everything back", async () => {
  const page = await flow.open(project, { at: "samples" });
  await page.getByRole("row").nth(3).waitFor();
  expect(await axe(page)).toEqual([]);
  const golden = (await flow.ask("samples.facets", { project })).components.find(({ value }) => value === "golden")!.samples;
  await page.getByLabel("Component", { exact: true }).selectOption("golden");
  await page.getByRole("status").filter({ hasText: `${golden} samples` }).waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await keys(page, "/");
  await page.keyboard.type("hail");
  await page.getByRole("status").filter({ hasText: "of 104" }).waitFor();
  await page.getByText(/hail/i).first().waitFor();
  await page.getByLabel("Search prompts and ids").fill("zzzzzz");
  await page.getByRole("heading", { name: "No sample matches" }).waitFor();
  expect(await axe(page)).toEqual([]);
});

test("the keys go through the rows, show everybody's work on one, and open it in Grade", async () => {
  const page = await flow.open(project, { at: "samples" });
  await page.getByRole("row", { selected: true }).waitFor();
  await keys(page, "ArrowDown", "ArrowDown", "i");
  const side = page.getByRole("complementary", { name: "Sample 3" });
  await side.getByText(/Submitted work/).waitFor();
  expect(await axe(page)).toEqual([]);
  const third = (await flow.ask("samples.list", { project, filter: {}, limit: 3 })).rows[2]!;
  await keys(page, "Enter");
  await page.waitForFunction((id) => location.hash.endsWith(id), third.sample);
});

test("a number jumps to its row, and the end of the table is one key away", async () => {
  const page = await flow.open(project, { at: "samples" });
  await page.getByRole("row", { selected: true }).waitFor();
  await keys(page, "#");
  await page.keyboard.type("77");
  await keys(page, "Enter");
  await page.getByRole("row", { selected: true }).filter({ hasText: "77" }).waitFor();
  await keys(page, "End");
  await page.getByRole("row", { selected: true }).filter({ hasText: "104" }).waitFor();
});

test("in a narrow window one's progress stays in sight beside an open sample", async () => {
  const page = await flow.open(project, { at: "samples", size: { width: 900, height: 700 } });
  const grid = page.getByRole("grid");
  await grid.getByRole("row").nth(1).waitFor();
  await keys(page, "ArrowDown", "i");
  await page.getByRole("region", { name: "The sample" }).waitFor();
  expect(await grid.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
});
