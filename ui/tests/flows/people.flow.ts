/** Who is in a project and who annotates what, on a laptop without a hub. */
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

test("without a hub, people and their work are shown as this laptop knows them", async () => {
  const page = await flow.open(project, { at: "people" });
  await page.getByText("This project is on this laptop only.").waitFor();
  const boris = (await flow.ask("team.members", { project })).members.find((one) => one.member.name === "Boris")!;
  expect(boris.submitted).toBeGreaterThan(0);
  await page.getByRole("row").filter({ hasText: "Boris" }).getByText(`${boris.submitted} unassigned`).waitFor();
  expect(await page.getByRole("button", { name: /^Invite/ }).count()).toBe(0);
  expect(await axe(page)).toEqual([]);
  await keys(page, "ArrowDown", "ArrowDown", "Enter");
  const side = page.getByRole("complementary");
  await side.getByText("Untouched").waitFor();
  expect(await axe(page)).toEqual([]);
  await keys(page, "Escape");
  await side.waitFor({ state: "detached" });
});

test("a plan follows its options, says what it leaves undone, and is carried out as shown", async () => {
  const page = await flow.open(project, { at: "samples/assign" });
  const effect = page.getByRole("region", { name: "Effect by person" });
  await effect.getByRole("row").filter({ hasText: "Amina" }).waitFor();
  expect(await axe(page)).toEqual([]);

  await page.getByLabel("People a sample").fill("9");
  await page.getByText("9 people a sample need 9 people; 3 are ticked.").waitFor();
  await page.getByLabel("People a sample").fill("3");
  await page.getByLabel("Golden share, %").fill("60");
  await page.getByText(/Golden samples make up \d+ % instead of 60 %/).waitFor();
  await page.getByLabel("Golden share, %").fill("");
  await page.getByRole("checkbox", { name: "Locale" }).check();
  await page.getByText(/^Spread by locale/).waitFor();

  const members = (await flow.ask("team.members", { project })).members;
  const to = members.filter((one) => ["Amina", "Boris", "Chika"].includes(one.member.name)).map((one) => one.member.id);
  const wanted = await flow.ask("assignments.plan", { project, to, overlap: 3, strata: ["locale"] });
  expect(wanted.assigned).toBeGreaterThan(0);
  await page.getByRole("status").filter({ hasText: `${wanted.assigned} new assignments` }).waitFor();
  await page.getByRole("button", { name: "Carry it out" }).click();
  await page.getByRole("heading", { name: `${wanted.assigned} assignments made` }).waitFor();
  expect(await axe(page)).toEqual([]);
  const after = (await flow.ask("team.members", { project })).members;
  const assigned = (all: typeof after) => all.reduce((sum, one) => sum + one.assigned, 0);
  expect(assigned(after) - assigned(members)).toBe(wanted.assigned - wanted.taken_back);

  // Who is not ticked gives back what they have not touched, and only that.
  await page.getByRole("button", { name: "Plan again" }).click();
  await page.getByLabel("People a sample").fill("2");
  await page.getByRole("checkbox", { name: "Chika" }).uncheck();
  await page.getByText(/^Chika\s+is not ticked and gives back/).waitFor();
  const row = effect.getByRole("row").filter({ hasText: "Chika" });
  const chika = after.find((one) => one.member.name === "Chika")!;
  await row.getByText(`−${chika.assigned}`, { exact: true }).waitFor();
  expect(await axe(page)).toEqual([]);
});
