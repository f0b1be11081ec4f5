/**
 * A lead's days with a team over a real hub: invite, assign by plan, watch work arrive, remove somebody and plan again.
 * The tests follow each other.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { axe, Flow, keys, program } from "./harness";
import { Hub } from "./hub";

/** A loaded machine takes its time. */
const PATIENT = { timeout: 60_000 };
const SAMPLES = 6;

let hub: Hub;
let lead: Flow;
let bo: Flow;
let project: string;
let bos: string;
let page: Page;
const cysHome = mkdtempSync(join(tmpdir(), "assay-cy-"));

beforeAll(async () => {
  [hub, lead, bo] = await Promise.all([Hub.start(), Flow.start(), Flow.start()]);
  project = (await lead.ask("project.create", { name: "Claims", person: "Ada" })).file;
  const samples = Array.from({ length: SAMPLES }, (_, i) => ({ id: `s${i}`, prompt: `Question ${i}?`, response: `Answer ${i}.` }));
  const path = join(lead.folder, "claims.jsonl");
  writeFileSync(path, samples.map((sample) => JSON.stringify(sample)).join("\n") + "\n");
  await lead.ask("import.start", { project, paths: [path], keep_good: false });
  await vi.waitFor(async () => expect((await lead.ask("project.open", { project })).counts.samples).toBe(SAMPLES), PATIENT);
  await lead.ask("team.publish", { project, hub: `${hub.url}/#${hub.invite}` });
}, 120_000);
afterAll(async () => {
  await Promise.all([lead?.stop(), bo?.stop()]);
  await hub?.stop();
  rmSync(cysHome, { recursive: true, force: true });
});
afterEach(() => expect([...lead.problems.splice(0), ...bo.problems.splice(0)]).toEqual([]));

async function synced(flow: Flow, file: string): Promise<void> {
  const before = (await flow.ask("team.status", { project: file })).synced ?? 0;
  await flow.ask("team.sync", { project: file });
  await expect
    .poll(async () => {
      const { state, waiting, synced: at } = await flow.ask("team.status", { project: file });
      return state === "idle" && waiting === 0 && (at ?? 0) > before;
    }, PATIENT)
    .toBe(true);
}

/** Grades the first samples of somebody's queue. */
async function grade(flow: Flow, file: string, samples: string[], value: (n: number) => number): Promise<void> {
  const { rubric } = (await flow.ask("project.open", { project: file })).rubric;
  for (const [n, sample] of samples.entries()) {
    const view = await flow.ask("grade.get", { project: file, sample });
    const grades = Object.fromEntries(rubric.dimensions.map(({ id }) => [id, value(n)]));
    const work = { ...view.work, responses: view.work.responses.map((response) => ({ ...response, grades, verdict: "pass" as const })) };
    await flow.ask("grade.submit", { project: file, sample, work: work as typeof view.work });
  }
}
const row = (name: string) => page.getByRole("region", { name: "Members" }).getByRole("row").filter({ hasText: name });

test("an invite is made with its role explained, its link is shown once, and whoever uses it stands in the list", async () => {
  page = await lead.open(project, { at: "people" });
  await page.getByRole("button", { name: "Invite…" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Bo Li");
  await page.getByText("Grades what is assigned to them").waitFor();
  expect(await axe(page)).toEqual([]);
  await keys(page, "Enter");
  const link = await page.getByLabel("Link of the invite").inputValue(PATIENT);
  expect(link.startsWith(hub.url)).toBe(true);
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByText(/^open, ends in/).waitFor(PATIENT);

  const joined = await bo.ask("team.join", { url: link });
  bos = joined.project!;
  const cy = await lead.ask("team.invite", { project, name: "Cy", role: "annotator" });
  execFileSync(program(), ["--home", cysHome, "join", cy.url], { stdio: "pipe" });
  await lead.ask("team.sync", { project });
  await row("Bo Li").waitFor(PATIENT);
  await row("Cy").waitFor(PATIENT);
  await page.getByRole("button", { name: /used, expired or revoked/ }).click();
  await page.getByText("used by Bo Li").waitFor(PATIENT);
  expect(await axe(page)).toEqual([]);
});

test("in a narrow window the names stay in sight beside a person who is looked at", async () => {
  const narrow = await lead.open(project, { at: "people", size: { width: 900, height: 700 } });
  const members = narrow.getByRole("region", { name: "Members" });
  await members.getByRole("button", { name: "Bo Li" }).click();
  const side = narrow.getByRole("complementary", { name: "Bo Li" });
  await side.getByRole("button", { name: "Rename" }).waitFor();
  expect((await members.getByText("Ada", { exact: true }).boundingBox())!.width).toBeGreaterThan(20);
  const about = side.getByRole("region", { name: "About Bo Li" });
  for (const area of [members, about]) expect(await area.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
  await narrow.context().close();
});

test("a plan shows what it does to each person first, and then each gets what was shown", async () => {
  await keys(page, "p");
  const effect = page.getByRole("region", { name: "Effect by person" });
  await effect.getByRole("row").filter({ hasText: "Bo Li" }).getByText(`+${SAMPLES}`).waitFor(PATIENT);
  await effect.getByRole("row").filter({ hasText: "Cy" }).getByText(`+${SAMPLES}`).waitFor();
  await page.getByRole("button", { name: "Carry it out" }).click(PATIENT);
  await page.getByRole("heading", { name: `${2 * SAMPLES} assignments made` }).waitFor(PATIENT);
  expect(await axe(page)).toEqual([]);
  await synced(lead, project);
  await synced(bo, bos);
  await expect.poll(async () => (await bo.ask("grade.queue", { project: bos, limit: 20, recent: 1 })).counts.left, PATIENT).toBe(SAMPLES);
});

test("work that arrives shows in People and in Agreement, where the hub and this laptop say the same", async () => {
  const queue = (await bo.ask("grade.queue", { project: bos, limit: 20, recent: 1 })).upcoming.map((one) => one.sample);
  await grade(bo, bos, queue.slice(0, 4), (n) => 2 + (n % 3));
  await grade(lead, project, queue.slice(0, 4), (n) => 2 + ((n + (n === 3 ? 1 : 0)) % 3));
  await synced(bo, bos);
  await synced(lead, project);
  await page.getByRole("link", { name: "People" }).click();
  await row("Bo Li").getByText(`4 of ${SAMPLES}`).waitFor(PATIENT);
  await page.getByRole("link", { name: "Agreement" }).click();
  await page.getByRole("region", { name: "Agreement by dimension" }).getByText("4 of 4").first().waitFor(PATIENT);
  await page.getByText("The hub’s numbers and this laptop’s are the same to the last digit").waitFor(PATIENT);
  expect(await axe(page)).toEqual([]);

  // Annotators see totals from enough people, and two are too few here.
  const his = await bo.open(bos, { at: "agreement" });
  await his.getByRole("heading", { name: "No team totals yet" }).waitFor(PATIENT);
  expect(await axe(his)).toEqual([]);
  await his.getByRole("link", { name: "People" }).click();
  await his.getByRole("complementary", { name: "Bo Li" }).getByText("Devices").waitFor(PATIENT);
  expect(await his.getByText(`4 of ${SAMPLES}`).count()).toBe(0);
  expect(await axe(his)).toEqual([]);
  await his.context().close();
});

test("somebody who is removed gives back only what is untouched, and only when it is planned again", async () => {
  await page.getByRole("link", { name: "People" }).click();
  await row("Cy").getByRole("button").click(PATIENT);
  await page.getByRole("button", { name: "Remove from the project…" }).click();
  await page.getByText(`${SAMPLES} samples assigned to them are untouched`).waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByText(/^Removed · 1 person/).waitFor(PATIENT);
  await page.getByRole("button", { name: "Plan again…" }).click();

  const effect = page.getByRole("region", { name: "Effect by person" });
  await page.getByRole("checkbox", { name: "Ada" }).check(PATIENT);
  await page.getByLabel("People a sample").fill("2");
  const cy = effect.getByRole("row").filter({ hasText: "Cy" });
  await cy.getByText(`−${SAMPLES}`).waitFor(PATIENT);
  await page.getByRole("button", { name: "Carry it out" }).click(PATIENT);
  await page.getByRole("heading", { name: /assignments? made, 6 taken back/ }).waitFor(PATIENT);
  await synced(lead, project);
  const { members } = await lead.ask("team.members", { project });
  const of = (name: string) => members.find((one) => one.member.name === name)!;
  expect([of("Cy").assigned, of("Cy").active]).toEqual([0, false]);
  expect([of("Bo Li").assigned, of("Bo Li").submitted]).toEqual([SAMPLES, 4]);
});
