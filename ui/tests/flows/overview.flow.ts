/** How far the project is and how good the answers are. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { axe, Flow, keys } from "./harness";

let flow: Flow;
beforeAll(async () => (flow = await Flow.start()));
afterAll(async () => flow?.stop());
afterEach(() => expect(flow.problems.splice(0)).toEqual([]));

test("an empty project says what to do next", async () => {
  const { file } = await flow.ask("project.create", { name: "Empty", person: "Ana" });
  const page = await flow.open(file, { at: "overview" });
  await page.getByRole("button", { name: /Import samples/ }).waitFor();
  expect(await axe(page)).toEqual([]);
});

test("the demo's quality is told by dimension against its thresholds, and by every other breakdown", async () => {
  const { file } = await flow.ask("project.demo", {});
  const page = await flow.open(file, { at: "overview", dark: true });
  await page.getByRole("heading", { level: 1 }).waitFor();
  const graded = (await flow.ask("stats.get", { project: file, by: "dimension" })).rows.some((row) => row.grades > 0);
  if (graded) {
    await page.getByRole("table").waitFor();
    for (const by of ["model", "task", "locale", "component", "rater"]) {
      await keys(page, "]");
      await page.getByRole("radio", { checked: true }).waitFor({ state: "attached" });
      expect(by).toBeTruthy();
    }
  } else await page.getByText("Nothing is graded yet").waitFor();
  expect(await axe(page)).toEqual([]);
});

test("settings are saved, and a name without letters is not", async () => {
  const { file } = await flow.ask("project.create", { name: "To be renamed", person: "Ana" });
  const page = await flow.open(file, { at: "overview" });
  await page.getByRole("button", { name: "Project settings" }).click();
  await page.getByLabel("Name", { exact: true }).fill("  ");
  expect(await page.getByRole("button", { name: "Save settings" }).isDisabled()).toBe(true);
  await page.getByLabel("Name", { exact: true }).fill("Renamed");
  expect(await axe(page)).toEqual([]);
  await keys(page, "Enter");
  await page.getByRole("button", { name: /^Renamed/ }).waitFor();
  expect((await flow.ask("project.open", { project: file })).settings.name).toBe("Renamed");
});
