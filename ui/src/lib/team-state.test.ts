import { expect, test } from "vitest";
import type { RefusedFact, TeamStatus } from "./backend/types";
import { allSent, glance, groupRefused, sentShare, standingOf, titleOf } from "./team-state";

const status = (changes: Partial<TeamStatus> = {}): TeamStatus => ({
  hub: "https://hub.example.org", state: "idle", role: "annotator", synced: 1, waiting: 0, refused: 0, pushed: 0, pulled: 0,
  problem: null, next_try: null, agreement: [], ...changes,
});
const problem = (code: "not_signed_in" | "not_allowed" | "offline") => ({ code, message: "", hint: "", where: {} });

test("a project without a hub is saved, and there is nothing to sync", () => {
  expect(standingOf(null)).toBe("alone");
  expect(glance(status({ hub: null }))).toBe("Saved");
});

test("the indicator says what matters most, and how much waits", () => {
  expect(glance(status())).toBe("Saved and synced");
  expect(glance(status({ waiting: 3 }))).toBe("Saved, 3 to send");
  expect(glance(status({ state: "offline", waiting: 1200, problem: problem("offline") }))).toBe("Offline, 1,200 to send");
  expect(glance(status({ refused: 2, waiting: 1 }))).toBe("2 refused, 1 to send");
  expect(glance(status({ refused: 2, state: "offline" }))).toBe("2 refused, offline");
  expect(glance(status({ state: "stuck", problem: problem("not_signed_in"), waiting: 4 }))).toBe("Not signed in, 4 to send");
  expect(standingOf(status({ state: "stuck", problem: problem("not_allowed"), refused: 3 }))).toBe("stuck");
});

test("a sync under way says how far it is", () => {
  expect(glance(status({ state: "syncing" }))).toBe("Syncing…");
  expect(glance(status({ state: "syncing", pushed: 200, waiting: 300 }))).toBe("Syncing 200 of 500");
  expect(glance(status({ state: "syncing", pulled: 1200 }))).toBe("Syncing, 1,200 received");
  expect(sentShare(status({ state: "syncing", pushed: 200, waiting: 300 }))).toBe(0.4);
  expect(sentShare(status())).toBeNull();
});

test("all is sent only when a sync came to its end and nothing waits or was refused", () => {
  expect(allSent(status())).toBe(true);
  expect(allSent(status({ synced: null }))).toBe(false);
  expect(allSent(status({ waiting: 1 }))).toBe(false);
  expect(allSent(status({ refused: 1 }))).toBe(false);
});

test("what was refused for one reason is told once", () => {
  const refused = (id: string, changes: Partial<RefusedFact> = {}): RefusedFact => ({
    id, kind: "annotation", code: "not_allowed", message: "The sample was never assigned to you.", hint: "", time: 1,
    sample: id, external_id: `s-${id}`, kept: false, ...changes,
  });
  const groups = groupRefused([refused("a"), refused("b", { kind: "rubric", sample: null, external_id: null, message: "m" }), refused("c")]);
  expect(groups.map((group) => group.facts.map(({ id }) => id))).toEqual([["a", "c"], ["b"]]);
  expect(groups.map(titleOf)).toEqual(["2 annotations", "1 rubric version"]);
  expect(titleOf(groupRefused([refused("a")])[0]!)).toBe("Annotation of s-a");
});
