/** What people may do to each other, and how an invite stands: the hub decides, the window does not offer more. */
import type { InviteLine, Role, TeamMember } from "../../lib/backend";

/** Whether somebody of that role may change a member's role, or remove them. Leads do not touch owners. */
export function mayChange(mine: Role, theirs: Role): boolean {
  return mine === "owner" || (mine === "lead" && theirs !== "owner");
}

/** The roles that somebody of that role may give. */
export function mayGive(mine: Role): Role[] {
  if (mine === "owner") return ["owner", "lead", "annotator", "observer"];
  return mine === "lead" ? ["lead", "annotator", "observer"] : [];
}

/** An owner without whom the project would have none. */
export function isLastOwner(members: TeamMember[], one: TeamMember): boolean {
  const owns = (other: TeamMember) => other.active && other.member.role === "owner";
  return owns(one) && members.filter(owns).length === 1;
}

export type InviteState = "open" | "used" | "expired" | "revoked";

export function inviteState(invite: InviteLine, now: number): InviteState {
  if (invite.used_by !== null) return "used";
  if (invite.revoked) return "revoked";
  return invite.expires <= now ? "expired" : "open";
}

/** How much of what is assigned was handed in, 0 to 1; null where nothing is assigned. */
export function share(one: TeamMember): number | null {
  if (one.assigned === 0) return null;
  return Math.min(1, (one.submitted + one.skipped) / one.assigned);
}

/** `in 3 days`, `in 5 hours`: until something ends. */
export function until(time: number, now: number): string {
  const HOUR = 3_600_000;
  const hours = Math.max(0, Math.round((time - now) / HOUR));
  if (hours < 1) return "within the hour";
  if (hours < 48) return `in ${hours} ${hours === 1 ? "hour" : "hours"}`;
  return `in ${Math.round(hours / 24)} days`;
}
