/** Files into samples: what would come in is seen first, and a bad line changes nothing unless asked to. */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { axe, Flow, keys } from "./harness";

const FIXTURES = resolve(import.meta.dirname, "../../../fixtures");
let flow: Flow;
let project: string;
let n = 0;

beforeAll(async () => (flow = await Flow.start()));
afterAll(async () => flow?.stop());
beforeEach(async () => {
  project = (await flow.ask("project.create", { name: `Import ${(n += 1)}`, person: "Ana" })).file;
});
afterEach(() => expect(flow.problems.splice(0)).toEqual([]));

const count = async () => (await flow.ask("project.open", { project })).counts.samples;

async function choose(page: Page, file: string): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: /Choose/ }).waitFor();
  await page.keyboard.press("o");
  await (await chooser).setFiles(file);
}
/** Writes a file of its own into the flow's folder. */
function file(name: string, text: string): string {
  const path = join(flow.folder, name);
  writeFileSync(path, text);
  return path;
}

test("a table comes in by its columns, guessed and then put right, and a second time adds nothing", async () => {
  const page = await flow.open(project, { at: "samples/import" });
  await choose(page, join(FIXTURES, "table.csv"));
  await page.getByRole("heading", { name: "Columns" }).waitFor();
  expect(await page.getByLabel("Prompt, required").inputValue()).toBe("question");
  await page.getByText(/^\d+ more:/).click();
  await page.getByLabel("Task type").selectOption("topic");
  await page.getByText("billing").first().waitFor();
  expect(await axe(page)).toEqual([]);
  await keys(page, "Control+Enter");
  await page.getByRole("heading", { name: /added$/ }).waitFor();
  const added = await count();
  expect(added).toBeGreaterThan(5);
  const facets = await flow.ask("samples.facets", { project });
  expect(facets.task_types.some(({ value }) => value === "billing")).toBe(true);

  await page.getByRole("button", { name: "Import another file" }).click();
  await choose(page, join(FIXTURES, "table.csv"));
  await page.getByRole("heading", { name: "Columns" }).waitFor();
  await page.getByText(/^\d+ more:/).click();
  await page.getByLabel("Task type").selectOption("topic");
  await page.getByText("billing").first().waitFor();
  await keys(page, "Control+Enter");
  await page.getByRole("heading", { name: /Nothing new/ }).waitFor();
  expect(await count()).toBe(added);
});

test("bad lines are named by line and field, change nothing, and the good ones come in when asked for", async () => {
  const page = await flow.open(project, { at: "samples/import" });
  const lines = ['{"prompt": "Why?", "response": "Because."}', '{"prompt": "How?"', '{"prompt": "When?", "response": "Now."}'];
  await choose(page, file("some.jsonl", lines.join("\n") + "\n"));
  await page.getByRole("region", { name: "Lines that cannot be read" }).waitFor();
  expect(await axe(page)).toEqual([]);
  await keys(page, "Control+Enter");
  await page.getByRole("heading", { name: /Nothing was imported/ }).waitFor();
  expect(await count()).toBe(0);
  await page.getByRole("button", { name: "Import the good lines only" }).click();
  await page.getByRole("heading", { name: "2 samples added" }).waitFor();
  expect(await page.getByRole("region", { name: "Lines that cannot be read" }).innerText()).toContain("2");
  expect(await axe(page)).toEqual([]);
  expect(await count()).toBe(2);
});

test("a table whose columns say nothing is asked for by name instead of being refused", async () => {
  const page = await flow.open(project, { at: "samples/import" });
  await choose(page, file("odd.csv", "frage_x,antwort_x\nWarum?,Darum.\n"));
  await page.getByLabel("Prompt, required").waitFor();
  const fill = async (field: string, column: string) => {
    const control = page.getByLabel(field);
    await control.waitFor();
    if ((await control.evaluate((element) => element.tagName)) === "SELECT") await control.selectOption(column);
    else {
      await control.fill(column);
      await control.blur();
    }
  };
  await fill("Prompt, required", "frage_x");
  await fill("Response, required", "antwort_x");
  await page.getByText("Darum.").waitFor();
  await keys(page, "Control+Enter");
  await page.getByRole("heading", { name: "1 sample added" }).waitFor();
});

test("an import goes on while one looks elsewhere, and the top of the window says how far it is", async () => {
  const page = await flow.open(project, { at: "samples/import" });
  const rows = Array.from({ length: 60_000 }, (_, i) => JSON.stringify({ prompt: `Question ${i}?`, response: `Answer ${i}.` }));
  await choose(page, file("many.jsonl", rows.join("\n") + "\n"));
  await page.getByRole("button", { name: /^Import this file/ }).click();
  await page.getByRole("link", { name: "Rubric" }).click();
  await page.getByLabel("Name of the dimension").waitFor();
  await page.getByText(/60,000 samples added/).waitFor({ timeout: 120_000 });
  expect(await count()).toBe(60_000);
});
