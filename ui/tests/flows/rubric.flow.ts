/** Changing the rubric: what a change does is said before it is saved. */
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

const open = () => flow.open(project, { at: "rubric" });
const now = async () => (await flow.ask("project.open", { project })).rubric;

test("another meaning of a level says what becomes of the work, and is saved as a version of its own", async () => {
  const before = await now();
  const page = await open();
  const level = page.getByLabel("When to give a 3");
  await level.waitFor();
  expect(await axe(page)).toEqual([]);
  await level.fill("Right in outline, with an error that nobody would notice.");
  await page.getByText("changes the meaning").first().waitFor();
  expect(await axe(page)).toEqual([]);
  await keys(page, "Control+s");
  await page.getByText(`Saved as version ${before.version + 1}.`).waitFor();
  const after = await now();
  expect(after.version).toBe(before.version + 1);
  expect(after.rubric.dimensions[0]!.levels[2]!.meaning).toContain("nobody would notice");
  await page.getByRole("complementary").getByText("in force").waitFor();
});

test("unsaved changes survive a look at another screen", async () => {
  const page = await open();
  await page.getByLabel("What is looked at").fill("Is every fact right?");
  await page.getByText("1 change").first().waitFor();
  await page.getByRole("link", { name: "Samples" }).click();
  await page.getByRole("grid").waitFor();
  await page.getByRole("link", { name: "Rubric" }).click();
  expect(await page.getByLabel("What is looked at").inputValue()).toBe("Is every fact right?");
  await page.getByRole("button", { name: "Discard" }).click();
  expect(await page.getByLabel("What is looked at").inputValue()).not.toBe("Is every fact right?");
});

test("a new dimension takes its id from its name, moves by key and shares the weight", async () => {
  const page = await open();
  await page.getByLabel("Name of the dimension").waitFor();
  await page.keyboard.press("a");
  await page.keyboard.type("Tone of voice");
  await page.getByText("tone_of_voice").waitFor();
  await keys(page, "Escape", "Alt+ArrowUp");
  await keys(page, "Control+s");
  await page.getByText(/Saved as version/).waitFor();
  const ids = (await now()).rubric.dimensions.map(({ id }) => id as string);
  expect(ids.indexOf("tone_of_voice")).toBe(ids.length - 2);
});

test("a version saved elsewhere meanwhile is said, and neither text is lost", async () => {
  const page = await open();
  await page.getByLabel("What is looked at").fill("Mine.");
  const { id, rubric } = await now();
  await flow.ask("rubric.save", { project, parent: id, rubric: { ...rubric, name: "Theirs" } });
  await page.getByText(/was saved elsewhere/).waitFor();
  await page.getByRole("button", { name: "Keep mine" }).click();
  expect(await page.getByLabel("What is looked at").inputValue()).toBe("Mine.");
  await page.getByRole("button", { name: "Discard" }).click();
});

test("at 200 % zoom the bar shows which screen is open, and the rubric all that can be done with a dimension", async () => {
  const page = await flow.open(project, { at: "rubric", size: { width: 640, height: 400 } });
  const inside = (name: string, role: "link" | "button") =>
    page.getByRole(role, { name, exact: true }).evaluate((element) => {
      const { left, right } = element.getBoundingClientRect();
      const around = element.closest("nav, section")!.getBoundingClientRect();
      return left >= around.left && right <= Math.min(around.right, innerWidth);
    });
  await page.getByRole("button", { name: "Remove", exact: true }).waitFor();
  await expect.poll(() => inside("Rubric", "link")).toBe(true);
  expect(await inside("Move up", "button")).toBe(true);
  await page.evaluate(() => (location.hash = "#/export"));
  await expect.poll(() => inside("Export", "link")).toBe(true);
});
