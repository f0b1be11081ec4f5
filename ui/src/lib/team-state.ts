/** How a project stands with its hub, in the words that a person reads. */
import type { RefusedFact, TeamStatus } from "./backend/types";
import { count, number } from "./format";

/** The one state that matters most right now; what needs the person comes before what mends itself. */
export type Standing = "alone" | "signed_out" | "stuck" | "syncing" | "refused" | "offline" | "waiting" | "synced";

export function standingOf(status: TeamStatus | null): Standing {
  if (!status || status.hub === null) return "alone";
  if (status.state === "syncing") return "syncing";
  if (status.state === "stuck") return status.problem?.code === "not_signed_in" ? "signed_out" : "stuck";
  if (status.refused > 0) return "refused";
  if (status.state === "offline") return "offline";
  return status.waiting > 0 ? "waiting" : "synced";
}

/** A few words for the indicator. */
export function glance(status: TeamStatus | null): string {
  const standing = standingOf(status);
  if (!status || standing === "alone") return "Saved";
  const waiting = status.waiting > 0 ? `, ${number(status.waiting)} to send` : "";
  switch (standing) {
    case "signed_out":
      return `Not signed in${waiting}`;
    case "stuck":
      return `Sync needs you${waiting}`;
    case "syncing":
      return `Syncing${progressOf(status)}`;
    case "refused":
      return `${number(status.refused)} refused${status.state === "offline" ? ", offline" : waiting}`;
    case "offline":
      return `Offline${waiting}`;
    case "waiting":
      return `Saved${waiting}`;
    case "synced":
      return "Saved and synced";
  }
}

function progressOf(status: TeamStatus): string {
  const toSend = status.pushed + status.waiting;
  if (toSend > 0 && (status.pushed > 0 || status.pulled === 0)) return ` ${number(status.pushed)} of ${number(toSend)}`;
  return status.pulled > 0 ? `, ${number(status.pulled)} received` : "…";
}

/** How much of what is to be sent was sent, 0 to 1; null while nothing is to be sent. */
export function sentShare(status: TeamStatus): number | null {
  const toSend = status.pushed + status.waiting;
  return toSend > 0 ? status.pushed / toSend : null;
}

/** Whether everything of this laptop is on the hub, as far as it is known here. */
export function allSent(status: TeamStatus): boolean {
  return status.waiting === 0 && status.refused === 0 && status.synced !== null;
}

/** Refused for one reason: told, and decided about, once. */
export interface RefusedGroup {
  key: string;
  kind: RefusedFact["kind"];
  code: string;
  message: string;
  hint: string;
  facts: RefusedFact[];
}

/** In the order of the first of each. */
export function groupRefused(facts: RefusedFact[]): RefusedGroup[] {
  const groups = new Map<string, RefusedGroup>();
  for (const fact of facts) {
    const { kind, code, message, hint } = fact;
    const key = JSON.stringify([kind, code, message]);
    const there = groups.get(key);
    if (there) there.facts.push(fact);
    else groups.set(key, { key, kind, code, message, hint, facts: [fact] });
  }
  return [...groups.values()];
}

const nouns: Record<RefusedFact["kind"], [string, string]> = {
  member: ["member", "members"],
  settings: ["change of the settings", "changes of the settings"],
  rubric: ["rubric version", "rubric versions"],
  sample: ["sample", "samples"],
  assignment: ["assignment", "assignments"],
  annotation: ["annotation", "annotations"],
  resolution: ["resolution", "resolutions"],
};

/** `3 annotations`, or the name of the one sample it is about. */
export function titleOf(group: RefusedGroup): string {
  const [one, many] = nouns[group.kind];
  const name = group.facts.length === 1 ? group.facts[0]!.external_id : null;
  if (name === null) return count(group.facts.length, one, many);
  return group.kind === "sample" ? `Sample ${name}` : `${one[0]!.toUpperCase()}${one.slice(1)} of ${name}`;
}
