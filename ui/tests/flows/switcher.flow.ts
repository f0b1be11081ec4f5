/** From one project to another, from any screen, by keyboard. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { axe, Flow, keys } from "./harness";

let flow: Flow;
beforeAll(async () => {
  flow = await Flow.start();
  await flow.ask("project.demo", {});
  for (const name of ["Claims assistant, March", "مشروع المطالبات", "Old claims"]) await flow.ask("project.create", { name, person: "Ana" });
});
afterAll(async () => flow?.stop());
afterEach(() => expect(flow.problems.splice(0)).toEqual([]));

const here = "Claims assistant, March";
async function open() {
  const file = (await flow.ask("home.get", {})).projects.find(({ name }) => name === here)!.file;
  return flow.open(file, { at: "overview" });
}

test("a few letters and Enter lead to the other project, on the same screen", async () => {
  const page = await open();
  await page.getByRole("button", { name: here }).waitFor();
  await keys(page, "Control+k");
  await page.getByRole("option", { name: /open now/ }).waitFor();
  expect(await page.getByRole("option").count()).toBe(4 + 4);
  expect(await axe(page)).toEqual([]);
  await page.keyboard.type("northl");
  await page.getByRole("option", { name: /Northlight/, selected: true }).waitFor();
  await keys(page, "Enter");
  await page.getByRole("button", { name: "Northlight assistant" }).waitFor();
  expect(page.url()).toContain("#/overview");
});

test("the switcher also makes projects, joins teams and leads to the list; what matches nothing says so", async () => {
  const page = await open();
  await page.getByRole("button", { name: here }).click();
  const field = page.getByRole("combobox", { name: "Project" });
  await field.fill("no such thing");
  await page.getByText("No project is called like that.").waitFor();
  await field.fill("join");
  await keys(page, "Enter");
  await page.getByRole("dialog", { name: "Join a team" }).waitFor();
  expect(await axe(page)).toEqual([]);
  await keys(page, "Escape", "Control+k");
  await field.fill("new proj");
  await keys(page, "Enter");
  await page.getByRole("dialog", { name: "New project" }).waitFor();
  await keys(page, "Escape", "Control+k");
  await field.fill("all pro");
  await keys(page, "Enter");
  await page.getByRole("heading", { name: "Projects" }).waitFor();
});

test("the keys of every screen list it, and Escape changes nothing", async () => {
  const page = await open();
  await page.getByRole("button", { name: here }).waitFor();
  await keys(page, "?");
  await page.getByText("Switch project", { exact: true }).waitFor();
  await keys(page, "Escape", "Control+k");
  await page.getByRole("combobox").waitFor();
  await keys(page, "ArrowDown", "Escape");
  await page.getByRole("combobox").waitFor({ state: "detached" });
  await page.getByRole("button", { name: here }).waitFor();
});
