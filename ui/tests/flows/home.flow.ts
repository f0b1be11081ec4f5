/** The first minutes with Assay, from a folder without projects. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { axe, Flow, keys } from "./harness";

let flow: Flow;
beforeEach(async () => (flow = await Flow.start()));
afterEach(async () => {
  const { problems } = flow;
  await flow.stop();
  expect(problems).toEqual([]);
});
afterAll(async () => flow?.stop());

test("the first start offers the demo project, and one key later there is something to grade", async () => {
  const page = await flow.open(null, { at: "home" });
  await page.getByText("Look around in the demo project").waitFor();
  expect(await axe(page)).toEqual([]);
  await keys(page, "d");
  await page.locator("[data-pane=current]").waitFor();
  expect((await flow.ask("home.get", {})).projects).toHaveLength(1);
});

test("a new project with the default rubric goes on to its first import", async () => {
  const page = await flow.open(null, { at: "home" });
  await page.getByText("Start a project of your own").waitFor();
  await keys(page, "n");
  await page.getByLabel("Name", { exact: true }).fill("Claims assistant, March");
  await page.getByLabel("Your name").fill("Ana Lindqvist");
  expect(await axe(page)).toEqual([]);
  await keys(page, "Enter");
  await page.getByRole("heading", { name: "Import samples" }).waitFor();
  const { projects } = await flow.ask("home.get", {});
  const made = await flow.ask("project.open", { project: projects[0]!.file });
  expect(made.me.name).toBe("Ana Lindqvist");
  expect(made.rubric.rubric.dimensions.map(({ id }) => id)).toEqual(["accuracy", "relevance", "completeness", "tone", "safety"]);
});

test("a project from scratch begins at its rubric, with one dimension to write", async () => {
  const page = await flow.open(null, { at: "home" });
  await page.getByText("Start a project of your own").waitFor();
  await keys(page, "n");
  await page.getByLabel("Name", { exact: true }).fill("مشروع المطالبات");
  await page.getByLabel("Your name").fill("Ana");
  await page.getByText("From scratch").click();
  await page.getByRole("button", { name: "Create project" }).click();
  await page.getByLabel("Name of the dimension").waitFor();
  expect(await page.getByLabel("Name of the dimension").inputValue()).toBe("Quality");
});

test("a file that is no project says so in the list, and the others open with the arrow keys and Enter", async () => {
  const { file } = await flow.ask("project.create", { name: "Good one", person: "Ana" });
  const folder = (await flow.ask("home.get", {})).folder;
  expect(existsSync(file)).toBe(true);
  writeFileSync(join(folder, "broken.assay"), "not a database at all");
  const page = await flow.open(null, { at: "home" });
  const broken = page.getByRole("button", { name: /broken/ });
  await broken.waitFor();
  expect(await page.locator(".problem").first().innerText()).not.toBe("");
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: /Good one/ }).focus();
  await keys(page, "ArrowDown", "ArrowUp", "ArrowUp");
  await page.getByRole("button", { name: /Good one/ }).focus();
  await keys(page, "Enter");
  await page.getByRole("heading", { name: "Import samples" }).waitFor();
});
