/** One expert at work: everything here is done with keys alone. */
import type { Page } from "playwright-core";
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

const current = (page: Page) => page.locator("[data-pane=current]");
/** Nothing is called saved while a pause in typing is waited for, so this waits for that as well. */
const saved = (page: Page) => page.locator("header .state.saved").waitFor();
/** The next sample is laid out: a submission shows it at once. */
const ahead = (page: Page) => page.locator("[data-pane=ahead]").waitFor({ state: "attached" });
/** The grades that are given on the screen; the rubric of the next sample is laid out beneath. */
const graded = (page: Page) => page.locator("[data-rubric=current] [role=radio][aria-checked=true]");
const textarea = (page: Page) => current(page).locator("textarea");
const id = async (page: Page) => {
  await current(page).waitFor();
  return (await page.evaluate(() => location.hash.split("/")[2])) ?? "";
};
/** The address follows the sample after the paint. */
async function opened(page: Page): Promise<string> {
  await page.waitForFunction(() => location.hash.split("/").length > 2 && document.querySelector("[data-pane=current]:not([inert])"));
  return id(page);
}
async function upcoming(responses: number): Promise<string> {
  const { upcoming } = await flow.ask("grade.queue", { project, limit: 100, recent: 1 });
  const found = upcoming.find((entry) => (responses > 1 ? entry.responses > 1 : entry.responses === 1) && !entry.has_draft);
  return found!.sample;
}
const openOne = async (responses = 1, more = {}) => flow.open(project, { at: `grade/${await upcoming(responses)}`, ...more });
const gradeAll = (page: Page) => keys(page, "5", "4", "3", "2", "1");
const work = async (sample: string) => (await flow.ask("grade.get", { project, sample })).work;

test("grades go to the disk with every key, and a reload finds them", async () => {
  const page = await openOne();
  const sample = await opened(page);
  await keys(page, "2", "5", "0", "r", "1", "3", "Escape", "v", "f", "n");
  await page.keyboard.type("The deadline is wrong.");
  await keys(page, "Escape");
  await saved(page);
  const rubric = (await flow.ask("project.open", { project })).rubric.rubric;
  const [a, b, c] = rubric.dimensions.map((dimension) => dimension.id);
  const first = (await work(sample)).responses[0]!;
  expect(first.grades).toEqual({ [a!]: 2, [b!]: 5, [c!]: null });
  expect(first.reason_codes).toEqual([rubric.reason_codes[0]!.id, rubric.reason_codes[2]!.id]);
  expect(first.verdict).toBe("fail");
  expect(first.note).toBe("The deadline is wrong.");
  await page.reload();
  await opened(page);
  expect(await page.locator("[data-rubric=current]").getByLabel("Note").inputValue()).toBe("The deadline is wrong.");
  expect(await graded(page).count()).toBe(3);
});

test("a note keeps every letter, however late the screen paints", async () => {
  const page = await openOne();
  const sample = await opened(page);
  // A busy machine: the frame in which the focus goes on to the next dimension comes late.
  await page.evaluate(() => {
    const frame = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (run) => Number(setTimeout(() => frame(run), 150));
  });
  await keys(page, "2", "5", "n");
  await page.keyboard.type("Misses the point.", { delay: 20 });
  await page.keyboard.press("Control+Enter");
  expect(await page.evaluate(() => document.activeElement?.matches("[data-rubric=current] textarea"))).toBe(true);
  await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "radio");
  await saved(page);
  expect((await work(sample)).responses[0]!.note).toBe("Misses the point.");
});

test("submitting shows the next sample at once and says how long that took", async () => {
  const page = await openOne();
  const sample = await opened(page);
  await gradeAll(page);
  await ahead(page);
  await keys(page, "Control+Enter");
  await page.waitForFunction((before) => location.hash.split("/")[2] !== before, sample);
  await page.waitForFunction(() => performance.getEntriesByName("submit-to-paint").length === 1);
  await saved(page);
  const after = await flow.ask("grade.get", { project, sample });
  expect(after.submission?.state).toBe("submitted");
  expect(after.submission!.work.active_ms).toBeGreaterThan(0);
  expect(after.submission!.work.time_to_first_edit_ms).toBeLessThanOrEqual(after.submission!.work.active_ms);
  await page.getByRole("complementary", { name: "Queue" }).getByText("just now").first().waitFor();

  await keys(page, "Control+z");
  await page.waitForFunction((before) => location.hash.split("/")[2] === before, sample);
  expect(await graded(page).count()).toBe(5);
  await current(page).getByText("Taken back just now.").waitFor();
});

test("submitting without a required grade names the dimension and goes there", async () => {
  const page = await openOne();
  await opened(page);
  await keys(page, "4", "4", "ArrowDown", "4", "4", "Control+Enter");
  const alert = page.locator("[data-rubric=current] .refused");
  await alert.getByText("Completeness has no grade yet.").waitFor();
  await page.waitForFunction(() => document.activeElement?.closest("[data-dimension]")?.getAttribute("data-dimension") === "completeness");
  await keys(page, "3");
  expect(await alert.textContent()).toBe("");
});

test("a correction is typed in place, its changes are seen, and one of them is taken back", async () => {
  const page = await openOne();
  const sample = await opened(page);
  const response = (await flow.ask("grade.get", { project, sample })).responses[0]!.text.replaceAll("\r\n", "\n");
  await keys(page, "e");
  expect(await textarea(page).inputValue()).toBe(response);
  await keys(page, "Control+Home");
  await page.keyboard.type("First of all: ");
  await keys(page, "Control+End");
  await page.keyboard.type(" That is all.");
  // Both texts at their whole length: while typing, the changes shown are those of a moment ago.
  await current(page).locator("ins", { hasText: "That is all." }).waitFor();
  await current(page).getByText("2 changes").waitFor();
  await keys(page, "Alt+ArrowDown", "Alt+r");
  await current(page).getByText("1 change", { exact: true }).or(current(page).getByText("Change 1 of 1")).waitFor();
  const left = await textarea(page).inputValue();
  expect([left === `First of all: ${response}`, left === `${response} That is all.`]).toContain(true);
  await keys(page, "Control+z");
  expect(await textarea(page).inputValue()).toBe(`First of all: ${response} That is all.`);
  await keys(page, "Escape");
  await saved(page);
  expect((await work(sample)).responses[0]!.correction?.replaceAll("\r\n", "\n")).toBe(`First of all: ${response} That is all.`);

  await current(page).getByRole("button", { name: "Reset" }).click();
  await saved(page);
  expect((await work(sample)).responses[0]!.correction).toBeUndefined();
});

test("a long response and its changes are both in sight, and nothing moves while somebody types", async () => {
  const { rows } = await flow.ask("samples.list", { project, filter: { text: "guide" }, limit: 20 });
  const views = await Promise.all(rows.map((row) => flow.ask("grade.get", { project, sample: row.sample })));
  const long = views.find((view) => view.responses[0]!.text.length > 15_000)!;
  const page = await flow.open(project, { at: `grade/${long.sample}` });
  await opened(page);
  await keys(page, "e");
  const top = async () => (await textarea(page).boundingBox())!.y;
  await current(page).getByText("Nothing is changed yet.").waitFor();
  const before = await top();
  await page.keyboard.type("First of all: ");
  const mark = current(page).locator("ins", { hasText: "First of all:" });
  await mark.waitFor();
  expect(await top()).toBe(before);
  const pane = (await current(page).boundingBox())!;
  const seen = (await mark.boundingBox())!;
  expect(seen.y + seen.height).toBeLessThanOrEqual(pane.y + pane.height);
});

test("two responses are graded each on their own, and one is preferred", async () => {
  const page = await openOne(2);
  const sample = await opened(page);
  const { presented } = await work(sample);
  await keys(page, "1", "ArrowRight", "5", "b");
  await saved(page);
  const now = await work(sample);
  expect(Object.values(now.responses[presented[0]!]!.grades)).toEqual([1]);
  expect(Object.values(now.responses[presented[1]!]!.grades)).toEqual([5]);
  expect(now.preference?.[0]).toBe(presented[1]);
  await keys(page, "=");
  await saved(page);
  expect((await work(sample)).preference?.[0]).toBeInstanceOf(Array);
});

test("a sample is skipped with a reason", async () => {
  const page = await openOne();
  const sample = await opened(page);
  await keys(page, "s", "3");
  await page.waitForFunction((before) => location.hash.split("/")[2] !== before, sample);
  await saved(page);
  expect((await flow.ask("grade.get", { project, sample })).submission?.state).toBe("skipped");
});

test("work that cannot be saved is said to be unsaved, stays, and is saved when tried again", async () => {
  const page = await openOne();
  const sample = await opened(page);
  const error = { code: "disk_full", message: "The disk is full.", hint: "Free some space, then try again.", where: {} };
  await page.route("**/rpc/grade.save", (route) => route.fulfill({ status: 507, json: { error } }));
  await keys(page, "4");
  const state = page.locator("header .state.failed");
  await state.getByText("Not saved: The disk is full.").waitFor();
  await page.unroute("**/rpc/grade.save");
  await state.click();
  await page.getByRole("button", { name: "Try again" }).click();
  await saved(page);
  expect(Object.values((await work(sample)).responses[0]!.grades)).toEqual([4]);
});

test("a submission that fails brings its sample back with the work as it was", async () => {
  const page = await openOne();
  const sample = await opened(page);
  await gradeAll(page);
  await ahead(page);
  const error = { code: "io", message: "The file cannot be written.", hint: "Look at the disk.", where: {} };
  await page.route("**/rpc/grade.submit", (route) => route.fulfill({ status: 500, json: { error } }));
  await keys(page, "Control+Enter");
  await page.getByRole("alert").getByText("The file cannot be written.").waitFor();
  await page.waitForFunction((before) => location.hash.split("/")[2] === before, sample);
  expect(await graded(page).count()).toBe(5);
  expect((await flow.ask("grade.get", { project, sample })).submission).toBeNull();
});

test("shortcuts rest while typing and work on an Arabic keyboard", async () => {
  const page = await openOne();
  await opened(page);
  await keys(page, "n");
  await page.keyboard.type("5 e s");
  expect(await graded(page).count()).toBe(0);
  await keys(page, "Escape");
  await page.evaluate(() => document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key: "ث", code: "KeyE", bubbles: true })));
  await textarea(page).waitFor();
  await keys(page, "Escape", "?");
  await page.getByRole("dialog", { name: "Keys of this screen" }).getByText("Edit the response").waitFor();
  await keys(page, "Escape");
});

test("a link in a response shows its address and never leads the window away", async () => {
  const { rows } = await flow.ask("samples.list", { project, filter: {}, limit: 200 });
  let sample = "";
  for (const row of rows) {
    const view = await flow.ask("grade.get", { project, sample: row.sample });
    if (view.responses.length === 1 && view.responses[0]!.html.includes("<a ")) sample = row.sample;
  }
  const page = await flow.open(project, { at: `grade/${sample}` });
  await opened(page);
  const before = page.url();
  await current(page).locator(".card a").first().focus();
  await keys(page, "Enter");
  await page.getByRole("dialog", { name: "Open this link in the browser?" }).getByText("https://").waitFor();
  await keys(page, "Escape");
  expect(page.url()).toBe(before);
});

test("a held key grades once", async () => {
  const page = await openOne();
  await opened(page);
  await page.keyboard.down("4");
  await page.keyboard.down("4");
  await page.keyboard.down("4");
  await page.keyboard.up("4");
  expect(await graded(page).count()).toBe(1);
});

test("the guidelines are read without leaving the sample", async () => {
  const page = await openOne();
  await opened(page);
  await keys(page, "g");
  await page.getByRole("dialog").waitFor();
  expect(await axe(page)).toEqual([]);
  const last = (await flow.ask("project.open", { project })).rubric.rubric.dimensions.at(-1)!;
  await keys(page, "End");
  await expect.poll(() => page.getByText(last.description).last().evaluate((element) => element.getBoundingClientRect().bottom < innerHeight)).toBe(true);
  await keys(page, "g");
  expect(await page.getByRole("dialog").count()).toBe(0);
});

for (const dark of [false, true]) {
  test(`nothing stands in the way of anybody: axe is silent, ${dark ? "dark" : "light"}`, async () => {
    const page = await openOne(2, { dark });
    await opened(page);
    await keys(page, "1", "2", "3");
    expect(await axe(page)).toEqual([]);
    await keys(page, "e");
    await page.keyboard.type("Changed ");
    await current(page).getByText("1 change", { exact: true }).waitFor();
    expect(await axe(page)).toEqual([]);
    await keys(page, "Escape", "s");
    expect(await axe(page)).toEqual([]);
    await keys(page, "Escape", "?");
    expect(await axe(page)).toEqual([]);
  });
}

test("the screen holds at 900 pixels and at 200 % zoom", async () => {
  for (const size of [{ width: 900, height: 700 }, { width: 640, height: 400 }]) {
    const page = await openOne(2, { size });
    await opened(page);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wider).toBe(0);
    await keys(page, "4");
    expect(await graded(page).count()).toBe(1);
    const room = async () => (await current(page).boundingBox())!.width;
    const before = await room();
    await keys(page, "q");
    expect(await room()).toBeGreaterThanOrEqual(before);
  }
});

test("on a small laptop every dimension's scale is in sight, whichever of them is explained", async () => {
  for (const responses of [1, 2]) {
    const page = await openOne(responses);
    await opened(page);
    const rubric = page.locator("[data-rubric=current]");
    const scales = await rubric.getByRole("radiogroup").count();
    expect(scales).toBe(5);
    const foot = (await rubric.getByRole("group", { name: /^What is wrong/ }).boundingBox())!.y;
    for (let at = 0; at < scales; at += 1) {
      await page.waitForFunction((n) => document.activeElement?.closest("[data-dimension]") === document.querySelectorAll("[data-rubric=current] [data-dimension]")[n], at);
      const last = (await rubric.getByRole("radiogroup").last().boundingBox())!;
      expect(last.y + last.height).toBeLessThanOrEqual(foot);
      expect((await rubric.getByRole("radiogroup").first().boundingBox())!.y).toBeGreaterThanOrEqual(44);
      await keys(page, "ArrowDown");
    }
    await page.context().close();
  }
});

test("a corrected response beside another keeps what can be done with it inside its card", async () => {
  for (const size of [{ width: 1280, height: 800 }, { width: 900, height: 700 }]) {
    const page = await openOne(2, { size });
    await opened(page);
    await keys(page, "e");
    await page.keyboard.type("Changed ");
    await keys(page, "Escape");
    const card = current(page).getByRole("article").filter({ has: page.getByRole("button", { name: "Reset" }) });
    await card.getByText(/^\d+ words? · \d+ characters?$/).waitFor();
    const { right } = await card.evaluate((element) => element.getBoundingClientRect());
    for (const button of await card.getByRole("button").all()) {
      expect((await button.evaluate((element) => element.getBoundingClientRect())).right).toBeLessThan(right);
    }
    await page.context().close();
  }
});

test("meanings that do not fit are scrolled by keyboard", async () => {
  const page = await openOne(1, { size: { width: 900, height: 600 } });
  await opened(page);
  const here = page.locator("[data-rubric=current] [data-dimension].here");
  const top = () => here.evaluate((element) => element.scrollTop);
  expect(await here.evaluate((element) => element.scrollHeight - element.clientHeight)).toBeGreaterThan(0);
  await keys(page, "Shift+PageDown");
  expect(await top()).toBeGreaterThan(0);
  await keys(page, "Shift+PageUp");
  expect(await top()).toBe(0);
});
