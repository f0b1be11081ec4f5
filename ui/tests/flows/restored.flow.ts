/** The hub is put back from a backup from before somebody came: the window says so, and lets them in again. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { axe, Flow } from "./harness";
import { Hub } from "./hub";

const PATIENT = { timeout: 90_000 };
let [owner, ana]: [Flow, Flow] = [null!, null!];
let hub: Hub;
let project: string;
let joined: string;
const backup = mkdtempSync(join(tmpdir(), "assay-backup-"));

const synced = async (flow: Flow, project: string) => {
  await flow.ask("team.sync", { project });
  await vi.waitFor(async () => expect((await flow.ask("team.status", { project })).state).not.toBe("syncing"), PATIENT);
};

beforeAll(async () => {
  [owner, ana, hub] = await Promise.all([Flow.start(), Flow.start(), Hub.start()]);
  ({ file: project } = await owner.ask("project.create", { name: "Claims assistant", person: "Mina" }));
  const source = join(owner.folder, "samples.jsonl");
  writeFileSync(source, ["a", "b"].map((id) => JSON.stringify({ id, prompt: "How long?", response: "Four weeks." })).join("\n"));
  const { id: job } = await owner.ask("import.start", { project, paths: [source], keep_good: false });
  await vi.waitFor(async () => expect((await owner.ask("job.get", { job })).state).toBe("done"), PATIENT);
  await owner.ask("team.publish", { project, hub: `${hub.url}/#${hub.invite}` });
  await synced(owner, project);
  await hub.kill();
  cpSync(hub.folder, backup, { recursive: true });
  await hub.run();
  const { url } = await owner.ask("team.invite", { project, name: "Ana Lindqvist", role: "annotator" });
  joined = (await ana.ask("team.join", { url })).project!;
  await synced(owner, project);
  await owner.ask("assignments.make", { project, to: ["Ana Lindqvist"], limit: 2 });
  await synced(owner, project);
  await synced(ana, joined);
  const { sample, work } = (await ana.ask("grade.next", { project: joined }))!;
  await ana.ask("grade.skip", { project: joined, sample, work, reason: "Outside my field" });
  await synced(ana, joined);
  await hub.kill();
  rmSync(hub.folder, { recursive: true });
  cpSync(backup, hub.folder, { recursive: true });
  await hub.run();
}, 120_000);
afterAll(async () => {
  await Promise.all([owner?.stop(), ana?.stop(), hub?.stop()]);
  rmSync(backup, { recursive: true, force: true });
});
afterEach(() => expect([...owner.problems.splice(0), ...ana.problems.splice(0)]).toEqual([]));

test("who came since the backup stands among the people, is let in again, and all of their work is back", async () => {
  await synced(owner, project);
  expect((await owner.ask("team.refused", { project })).length).toBe(2);
  const page = await owner.open(project, { at: "people" });
  const row = page.getByRole("row").filter({ hasText: "Ana Lindqvist" });
  await row.getByText("not on the hub").waitFor(PATIENT);
  expect(await axe(page)).toEqual([]);
  await row.click();
  await page.getByText(/before they came/).waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Let a device in…" }).click();
  const url = await page.getByLabel("Invite for another device").inputValue();
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Close", exact: true }).last().click();
  await expect.poll(async () => (await owner.ask("team.refused", { project })).length, PATIENT).toBe(0);
  await row.getByText("not yet").waitFor(PATIENT);

  expect((await ana.ask("team.join", { url })).project).toBe(joined);
  await expect.poll(async () => (await ana.ask("team.status", { project: joined })).waiting, PATIENT).toBe(0);
  await synced(owner, project);
  const { members } = await owner.ask("team.members", { project });
  const back = members.find((one) => one.member.name === "Ana Lindqvist")!;
  expect([back.assigned, back.skipped, back.lost, back.devices.length]).toEqual([2, 1, false, 1]);
});
