/** How far raters agree, in a project on one laptop with three raters' work from files. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Report } from "../../src/screens/agreement/report";
import { axe, Flow, keys } from "./harness";

let flow: Flow;
let project: string;
beforeAll(async () => {
  flow = await Flow.start();
  project = (await flow.ask("project.demo", {})).file;
});
afterAll(async () => flow?.stop());
afterEach(() => expect(flow.problems.splice(0)).toEqual([]));

test("each dimension stands with the alpha that the program computes, and its reading", async () => {
  const page = await flow.open(project, { at: "agreement", size: { width: 1920, height: 1080 } });
  const report = (await flow.ask("agreement.get", { project })) as unknown as Report;
  const table = page.getByRole("region", { name: "Agreement by dimension" });
  const names = (await flow.ask("project.open", { project })).rubric.rubric.dimensions;
  for (const { id, name } of names) {
    const found = report.dimensions.find((one) => one.dimension === id)!;
    const alpha = found.coefficients.find((one) => one.coefficient === "krippendorff_alpha" && one.weights === "ordinal")!;
    const row = table.getByRole("row").filter({ hasText: name });
    await row.getByText(alpha.value!.toFixed(2).replace("-", "−"), { exact: true }).first().waitFor();
    await row.getByText(`${found.units_paired} of ${found.units}`).waitFor();
  }
  await page.getByText(report.dimensions[0]!.reading.text[0]!).waitFor();
  expect(await axe(page)).toEqual([]);
  expect(await page.getByText("The hub’s numbers").count()).toBe(0);
});

test("the keys go through the dimensions; a pair opens its grades, and all coefficients are one click away", async () => {
  const page = await flow.open(project, { at: "agreement", dark: true });
  const second = (await flow.ask("project.open", { project })).rubric.rubric.dimensions[1]!.name;
  await page.getByRole("button", { name: second, exact: true }).waitFor();
  await page.getByText(/^Computed at/).waitFor();
  await keys(page, "ArrowDown");
  await page.getByRole("heading", { level: 2, name: second, exact: true }).waitFor();
  await page.getByRole("button", { name: /^Amina and Boris/ }).click();
  await page.getByRole("heading", { name: "Amina against Boris" }).waitFor();
  await page.getByText(/^All \d+ coefficients/).click();
  await page.getByText("the one to trust").waitFor();
  expect(await axe(page)).toEqual([]);
});

test("a project in which nobody shares a response says so, and what to do next", async () => {
  const { file } = await flow.ask("project.create", { name: "Alone", person: "Ana" });
  const page = await flow.open(file, { at: "agreement" });
  await page.getByRole("heading", { name: "No samples to agree on yet" }).waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: /Import samples/ }).click();
  await page.getByRole("heading", { name: "Import samples" }).waitFor();
  const source = join(flow.folder, "one.jsonl");
  writeFileSync(source, '{"id":"a","prompt":"Why?","response":"Because."}\n');
  await flow.ask("import.start", { project: file, paths: [source], keep_good: false });
  await page.evaluate(() => (location.hash = "#/agreement"));
  await page.getByRole("heading", { name: "Nothing can be compared yet" }).waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: /Plan assignments/ }).click();
  await page.waitForFunction(() => location.hash === "#/samples/assign");
});
