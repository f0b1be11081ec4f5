import { describe, expect, test } from "vitest";
import type { InviteLine, Role, TeamMember } from "../../lib/backend";
import { inviteState, isLastOwner, mayChange, mayGive, share, until } from "./standing";

const HOUR = 3_600_000;
const member = (role: Role, of: Partial<TeamMember> = {}): TeamMember => ({
  member: { id: "m", name: "Ana", role, kind: "person" },
  active: true,
  last_seen: null,
  assigned: 0,
  submitted: 0,
  skipped: 0,
  devices: [],
  from_file: false,
  lost: false,
  ...of,
});
const invite = (of: Partial<InviteLine>): InviteLine => ({ id: "i", name: "Ana", role: "annotator", made: 0, expires: 10, used_by: null, revoked: false, ...of });

describe("who may do what", () => {
  test("owners change everybody, leads everybody but owners, others nobody", () => {
    expect(mayChange("owner", "owner")).toBe(true);
    expect(mayChange("lead", "owner")).toBe(false);
    expect(mayChange("lead", "lead")).toBe(true);
    expect(mayChange("annotator", "annotator")).toBe(false);
    expect(mayChange("observer", "annotator")).toBe(false);
  });
  test("leads give every role but owner; annotators and observers give none", () => {
    expect(mayGive("owner")).toContain("owner");
    expect(mayGive("lead")).toEqual(["lead", "annotator", "observer"]);
    expect(mayGive("annotator")).toEqual([]);
  });
  test("the last owner is one, whoever was removed", () => {
    const owner = member("owner");
    expect(isLastOwner([owner, member("owner", { active: false }), member("lead")], owner)).toBe(true);
    expect(isLastOwner([owner, member("owner")], owner)).toBe(false);
    expect(isLastOwner([owner, member("lead")], member("lead"))).toBe(false);
  });
});

describe("how people and invites stand", () => {
  test("an invite is open, used, expired or revoked, and used before all else", () => {
    expect(inviteState(invite({}), 5)).toBe("open");
    expect(inviteState(invite({}), 10)).toBe("expired");
    expect(inviteState(invite({ revoked: true }), 5)).toBe("revoked");
    expect(inviteState(invite({ used_by: "m", revoked: true }), 50)).toBe("used");
  });
  test("progress is a share of what is assigned, and none without assignments", () => {
    expect(share(member("annotator"))).toBeNull();
    expect(share(member("annotator", { assigned: 10, submitted: 3, skipped: 2 }))).toBe(0.5);
    expect(share(member("annotator", { assigned: 2, submitted: 3 }))).toBe(1);
  });
  test("the time that is left is said in hours, then in days", () => {
    expect(until(HOUR / 4, 0)).toBe("within the hour");
    expect(until(HOUR, 0)).toBe("in 1 hour");
    expect(until(47 * HOUR, 0)).toBe("in 47 hours");
    expect(until(168 * HOUR, 0)).toBe("in 7 days");
    expect(until(-HOUR, 0)).toBe("within the hour");
  });
});
