/**
 * A team over a real hub: a project is published, somebody joins it, works without the hub, and gets over what can go
 * wrong. The tests follow each other, as the days of a team do.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { axe, Flow, keys } from "./harness";
import { Hub } from "./hub";

/** A loaded machine takes its time; so does a laptop that tries again later and later. */
const PATIENT = { timeout: 90_000 };

let hub: Hub;
let owner: Flow;
let ana: Flow;
let anasPage: Page;
let published: string;
let joined: string;

beforeAll(async () => {
  [hub, owner, ana] = await Promise.all([Hub.start(), Flow.start(), Flow.start()]);
});
afterAll(async () => {
  await Promise.all([owner?.stop(), ana?.stop()]);
  await hub?.stop();
});
afterEach(() => expect([...owner.problems.splice(0), ...ana.problems.splice(0)]).toEqual([]));

const indicator = (page: Page) => page.locator("button.state");
const says = (page: Page, text: string | RegExp) => indicator(page).filter({ hasText: text }).waitFor(PATIENT);
const panel = (page: Page) => page.getByRole("dialog", { name: "Saved and sync state" });

/** Syncs, and waits until a sync that began after this came to its end with nothing left to send. */
async function synced(flow: Flow, project: string): Promise<void> {
  const before = (await flow.ask("team.sync", { project })).synced ?? 0;
  await expect
    .poll(async () => {
      const { state, waiting, synced } = await flow.ask("team.status", { project });
      return `${state}, ${waiting} waiting, ${(synced ?? 0) > before ? "synced" : "not synced"}`;
    }, PATIENT)
    .toBe("idle, 0 waiting, synced");
}

test("a project begun alone is published with all of its work, after a look at what goes", async () => {
  ({ file: published } = await owner.ask("project.create", { name: "Claims assistant", person: "Mina" }));
  const samples = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ id: `claim-${n}`, prompt: `Is claim ${n} covered?`, response: "Yes, after the excess." }));
  const source = join(owner.folder, "claims.jsonl");
  writeFileSync(source, samples.map((sample) => JSON.stringify(sample)).join("\n"));
  const { id: job } = await owner.ask("import.start", { project: published, paths: [source], keep_good: false });
  await expect.poll(async () => (await owner.ask("job.get", { job })).state, PATIENT).toBe("done");
  const page = await owner.open(published, { at: "overview" });
  await page.getByRole("button", { name: "Publish to a team…" }).click();
  await page.getByText("What goes to the hub").waitFor();
  const invite = page.getByLabel("The hub’s invite");
  await expect.poll(() => invite.evaluate((element) => element === document.activeElement)).toBe(true);
  await invite.fill(hub.url);
  await page.getByText("The code is missing").waitFor();
  await invite.fill(`${hub.url}/#AAAA-AAAA-AAAA-AAAA`);
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Publish 8 samples" }).click();
  await page.getByRole("alert").filter({ hasText: "no such invite" }).waitFor(PATIENT);
  expect((await owner.ask("team.status", { project: published })).hub).toBeNull();
  await invite.fill(`${hub.url}/#${hub.invite}`);
  await page.getByRole("button", { name: "Publish 8 samples" }).click();
  await page.getByText("Everything is on the hub.").waitFor(PATIENT);
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Close" }).click();
  await says(page, "Saved and synced");
  await page.context().close();
});

test("an invite is pasted, the project appears, and whoever has nothing to do yet learns what happens next", async () => {
  const invite = await owner.ask("team.invite", { project: published, name: "Ana Lindqvist", role: "annotator" });
  anasPage = await ana.open(null, { at: "home" });
  await anasPage.getByText("Join a team").waitFor();
  await keys(anasPage, "j");
  await anasPage.getByLabel("Invite").fill(`Dear Ana, please join: ${invite.url}`);
  await anasPage.getByText(invite.code).waitFor();
  expect(await axe(anasPage)).toEqual([]);
  await keys(anasPage, "Enter");
  await anasPage.getByText("Nothing is assigned to you yet").waitFor(PATIENT);
  expect(await axe(anasPage)).toEqual([]);
  joined = (await ana.ask("home.get", {})).projects[0]!.file;
  const project = await ana.ask("project.open", { project: joined });
  expect([project.me.name, project.me.role, project.settings.name]).toEqual(["Ana Lindqvist", "annotator", "Claims assistant"]);

  // The same invite again, on another laptop, is told to be used.
  const second = await owner.open(null, { at: "home" });
  await second.getByText("Join a team").waitFor();
  await keys(second, "j");
  await second.getByLabel("Invite").fill(invite.url);
  await keys(second, "Enter");
  await second.getByRole("alert").filter({ hasText: "used already" }).waitFor(PATIENT);
  expect(await axe(second)).toEqual([]);
  await second.context().close();
});

test("assigned samples arrive by themselves, and an annotator finds their own work and nobody else’s", async () => {
  await synced(owner, published);
  await owner.ask("assignments.make", { project: published, to: ["Ana Lindqvist"], limit: 6 });
  await synced(owner, published);
  await anasPage.getByRole("button", { name: "Look now" }).click();
  await anasPage.locator("[data-pane=current]").waitFor(PATIENT);
  expect((await ana.ask("project.open", { project: joined })).counts.samples).toBe(6);
  const screens = await anasPage.getByRole("navigation", { name: "Screens" }).getByRole("link").allInnerTexts();
  expect(screens).toEqual(expect.arrayContaining(["Grade", "History"]));
  for (const others of ["Overview", "Samples", "Rubric", "Export"]) expect(screens).not.toContain(others);
  await anasPage.evaluate(() => (location.hash = "#/samples"));
  await anasPage.locator("[data-pane=current]").waitFor();
  await says(anasPage, "Saved and synced");
});

test("without the hub the work goes on, is said to wait, and is sent by itself when the hub is back", async () => {
  await hub.kill();
  await keys(anasPage, "s", "1");
  await says(anasPage, "Offline, 1 to send");
  await keys(anasPage, "Alt+s");
  await panel(anasPage).getByText("The hub cannot be reached").waitFor();
  await panel(anasPage).getByText("1 item is safe on this laptop and will be sent then.").waitFor();
  await panel(anasPage).getByText("Next try").waitFor(PATIENT);
  expect(await axe(anasPage)).toEqual([]);
  await keys(anasPage, "Escape");
  await hub.run();
  await says(anasPage, "Saved and synced");
  const { members } = await owner.ask("team.members", { project: published });
  expect(members.find(({ member }) => member.name === "Ana Lindqvist")?.skipped).toBe(1);
  await keys(anasPage, "Alt+s");
  await panel(anasPage).getByText("The last syncs").click();
  await panel(anasPage).getByText("1 sent").first().waitFor();
  await panel(anasPage).getByText("cannot be reached").first().waitFor();
  await keys(anasPage, "Escape");
});

test("a refused rubric version stays, says why, and begins again from the one that counts", async () => {
  const lead = await Flow.start();
  try {
    const invite = await owner.ask("team.invite", { project: published, name: "Leo", role: "lead" });
    const project = (await lead.ask("team.join", { url: invite.url })).project!;
    await synced(lead, project);
    // Closed, it is not synced by itself: both leads change the same version.
    await lead.ask("project.close", { project });
    const change = async (flow: Flow, file: string, guidelines: string) => {
      const { id, rubric } = (await flow.ask("project.open", { project: file })).rubric;
      await flow.ask("rubric.save", { project: file, parent: id, rubric: { ...rubric, guidelines } });
    };
    await change(lead, project, "Read twice.");
    await change(owner, published, "Read the sources first.");
    await synced(owner, published);
    const page = await lead.open(project, { at: "overview" });
    await says(page, "1 refused");
    await keys(page, "Alt+s");
    await panel(page).getByText("The rubric was changed by somebody else meanwhile.").waitFor();
    expect(await axe(page)).toEqual([]);
    await panel(page).getByRole("button", { name: "Begin again from the current version" }).click();
    await says(page, "Saved and synced");
    await synced(owner, published);
    const { version, rubric } = (await owner.ask("project.open", { project: published })).rubric;
    expect([version, rubric.guidelines]).toEqual([3, "Read twice."]);
    expect(lead.problems).toEqual([]);
  } finally {
    await lead.stop();
  }
});

test("a laptop whose token was revoked says so, and goes on with an invite for another device", async () => {
  await keys(anasPage, "Alt+s");
  await panel(anasPage).getByRole("button", { name: "Invite another device of mine…" }).click();
  const invite = await anasPage.getByLabel("Invite for another device").inputValue();
  expect(await axe(anasPage)).toEqual([]);
  await anasPage.getByRole("button", { name: "Close" }).click();
  const { members } = await owner.ask("team.members", { project: published });
  const anas = members.find(({ member }) => member.name === "Ana Lindqvist")!;
  await owner.ask("team.revoke_device", { project: published, id: anas.devices[0]!.id });

  await keys(anasPage, "s", "1");
  await says(anasPage, "Not signed in, 1 to send");
  await keys(anasPage, "Alt+s");
  await panel(anasPage).getByText("This device’s token was revoked.").first().waitFor();
  expect(await axe(anasPage)).toEqual([]);
  await panel(anasPage).getByRole("button", { name: "Join again…" }).click();
  await anasPage.getByLabel("Invite").fill(invite);
  expect(await axe(anasPage)).toEqual([]);
  await keys(anasPage, "Enter");
  await anasPage.getByText("Signed in again").waitFor(PATIENT);
  await says(anasPage, "Saved and synced");
  // It is the same copy of the same member: nothing was begun anew.
  expect((await ana.ask("home.get", {})).projects).toHaveLength(1);
  expect((await ana.ask("project.open", { project: joined })).me.id).toBe(anas.member.id);
});

test("whoever has no device left is let in again by a lead, and what waited is sent", async () => {
  const { members } = await owner.ask("team.members", { project: published });
  const anas = members.find(({ member }) => member.name === "Ana Lindqvist")!;
  for (const { id } of anas.devices.filter((device) => !device.revoked)) await owner.ask("team.revoke_device", { project: published, id });
  await keys(anasPage, "s", "1");
  await says(anasPage, "Not signed in, 1 to send");

  const page = await owner.open(published, { at: "people" });
  await page.getByRole("button", { name: "Ana Lindqvist" }).click();
  await page.getByRole("button", { name: "Let a device in…" }).click();
  const invite = await page.getByLabel("Invite for another device").inputValue();
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Close", exact: true }).last().click();
  await page.getByRole("button", { name: "Revoke the invite for Ana Lindqvist" }).waitFor(PATIENT);
  await page.context().close();

  if (!(await panel(anasPage).isVisible())) await keys(anasPage, "Alt+s");
  await panel(anasPage).getByRole("button", { name: "Join again…" }).click();
  await anasPage.getByLabel("Invite").fill(invite);
  await keys(anasPage, "Enter");
  await anasPage.getByText("Signed in again").waitFor(PATIENT);
  await says(anasPage, "Saved and synced");
  expect((await ana.ask("home.get", {})).projects).toHaveLength(1);
  const after = (await owner.ask("team.members", { project: published })).members.find(({ member }) => member.id === anas.member.id)!;
  expect(after.skipped).toBe(anas.skipped + 1);
});

test("what others did is shown when the project's policy says so, to whoever submitted, and not before", async () => {
  const sample = (await ana.ask("grade.next", { project: joined }))!.sample;
  const asks = () => ana.ask("samples.others", { project: joined, sample });
  await expect(asks()).rejects.toThrow(/not_allowed/);

  const page = await owner.open(published, { at: "overview" });
  await page.getByRole("button", { name: "Project settings" }).click();
  expect(await page.getByRole("radio", { name: "Never" }).isChecked()).toBe(true);
  await page.getByRole("radio", { name: "Once they submitted it and a lead resolved it" }).check();
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Save settings" }).click();
  await page.getByText("Settings saved.").waitFor();
  await page.context().close();
  await synced(owner, published);
  await synced(ana, joined);
  await expect(asks()).rejects.toThrow(/once your own work on it is on the hub/);

  // Ana submits; a colleague has done so too, but nobody said the final word yet.
  await anasPage.evaluate((id) => (location.hash = `#/grade/${id}`), sample);
  await anasPage.waitForFunction((id) => location.hash === `#/grade/${id}`, sample);
  await keys(anasPage, "3", "3", "3", "3", "3", "Control+Enter");
  await expect.poll(async () => (await ana.ask("project.open", { project: joined })).counts.done, PATIENT).toBe(1);
  const theirs = await owner.ask("grade.get", { project: published, sample });
  const grades = { ...theirs.work.responses[0]!.grades };
  for (const { id } of (await owner.ask("project.open", { project: published })).rubric.rubric.dimensions) grades[id] = 4;
  const responses = [{ ...theirs.work.responses[0]!, grades, note: "It names the wrong clause." }];
  await owner.ask("grade.submit", { project: published, sample, work: { ...theirs.work, responses } });
  await synced(owner, published);
  await synced(ana, joined);
  await anasPage.evaluate(() => (location.hash = "#/history"));
  await anasPage.locator("tbody tr.here").waitFor();
  const dialog = anasPage.getByRole("dialog", { name: "What others did" });
  await keys(anasPage, "o");
  await dialog.getByText("shown once a lead has resolved it").waitFor(PATIENT);
  expect(await axe(anasPage)).toEqual([]);
  await keys(anasPage, "Escape");

  const final = join(owner.folder, "final.jsonl");
  writeFileSync(final, JSON.stringify({ sample: theirs.external_id, response: 0, grades: { accuracy: 2 }, note: "Clause 4 counts." }));
  await owner.ask("resolutions.from_file", { project: published, path: final, model: false });
  await synced(owner, published);
  await keys(anasPage, "o");
  await dialog.getByText("It names the wrong clause.").waitFor(PATIENT);
  await dialog.getByText("Clause 4 counts.").waitFor();
  expect(await axe(anasPage)).toEqual([]);
  await keys(anasPage, "Escape", "Enter");

  // In Grade it is a key away, and listed; what is submitted after a look says so.
  await anasPage.locator("[data-pane=current]").getByRole("button", { name: "What others did" }).waitFor();
  await keys(anasPage, "?");
  await anasPage.getByText("What others did on a submitted sample").waitFor();
  await keys(anasPage, "Escape", "o");
  await dialog.getByText("It names the wrong clause.").waitFor(PATIENT);
  await keys(anasPage, "Escape", "ArrowUp", "2", "Control+Enter");
  // The keys are sent before the submission is written: a sync at once may go without it.
  await expect
    .poll(async () => {
      await synced(ana, joined);
      await synced(owner, published);
      const { annotations } = await owner.ask("samples.get", { project: published, sample });
      return annotations.map(({ member, work }) => `${member.name}: ${work.informed ? "informed" : "blind"}`);
    }, PATIENT)
    .toEqual(["Ana Lindqvist: informed", "Mina: blind"]);

  await hub.kill();
  const dark = await ana.open(joined, { at: "history", dark: true });
  await dark.locator("tbody tr.here").waitFor();
  await dark.getByRole("button", { name: "What others did on" }).first().click();
  await dark.getByRole("alert").filter({ hasText: "What others did is on the hub alone" }).waitFor(PATIENT);
  await hub.run();
  await dark.getByRole("button", { name: "Try again" }).click();
  await dark.getByText("It names the wrong clause.").waitFor(PATIENT);
  expect(await axe(dark)).toEqual([]);
  await dark.context().close();
});

test("an observer sees what the team comes to, and is offered nothing to grade", async () => {
  const observer = await Flow.start();
  try {
    const invite = await owner.ask("team.invite", { project: published, name: "Olga", role: "observer" });
    const page = await observer.open(null, { at: "home" });
    await page.getByText("Join a team").waitFor();
    await keys(page, "j");
    await page.getByLabel("Invite").fill(invite.url);
    await keys(page, "Enter");
    await page.getByRole("heading", { name: "8 samples" }).waitFor(PATIENT);
    const screens = await page.getByRole("navigation", { name: "Screens" }).getByRole("link").allInnerTexts();
    expect(screens).not.toContain("Grade");
    expect(screens).toContain("Export");
    expect(await page.getByRole("button", { name: /grading|settings/i }).count()).toBe(0);
    expect(await axe(page)).toEqual([]);
    const project = (await observer.ask("home.get", {})).projects[0]!.file;
    const view = (await observer.ask("samples.list", { project, filter: {}, limit: 1 })).rows[0]!;
    await page.evaluate((sample) => (location.hash = `#/grade/${sample}`), view.sample);
    await page.getByRole("heading", { name: "8 samples" }).waitFor();
    const { work } = await observer.ask("grade.get", { project, sample: view.sample });
    await expect(observer.ask("grade.skip", { project, sample: view.sample, work, reason: "Outside my field" })).rejects.toThrow(/not_allowed/);
    expect(observer.problems).toEqual([]);
  } finally {
    await observer.stop();
  }
});
