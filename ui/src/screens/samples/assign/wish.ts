/** What is wanted of a plan, as it is typed and as it is asked. */
import type { Component, MemberId, PlanAssignments, Stratum, TeamMember } from "../../../lib/backend";

/** What a person typed or ticked. Numbers that are not given are null. */
export interface Wish {
  to: MemberId[];
  overlap: number | null;
  strata: Stratum[];
  /** Golden samples, in percent of what is theirs. */
  golden: number | null;
  limit: number | null;
  /** `2026-11-30`, or empty. */
  due: string;
  expires: number | null;
  seed: number;
  component: string;
  task: string;
  locale: string;
}

export const blank = (to: MemberId[]): Wish => ({
  to,
  overlap: Math.min(2, Math.max(1, to.length)),
  strata: [],
  golden: null,
  limit: null,
  due: "",
  expires: null,
  seed: 0,
  component: "",
  task: "",
  locale: "",
});

/** The last moment of a day in this place. */
export function endOfDay(day: string): number | undefined {
  if (day === "") return undefined;
  const time = new Date(`${day}T23:59:59.999`).getTime();
  return Number.isNaN(time) ? undefined : time;
}

export function request(project: string, wish: Wish): PlanAssignments {
  const due = endOfDay(wish.due);
  return {
    project,
    to: wish.to,
    ...(wish.overlap !== null && { overlap: wish.overlap }),
    ...(wish.strata.length > 0 && { strata: wish.strata }),
    ...(wish.golden !== null && { golden_share: wish.golden / 100 }),
    ...(wish.limit !== null && { limit: wish.limit }),
    ...(due !== undefined && { due }),
    ...(wish.expires !== null && { expires_days: wish.expires }),
    ...(wish.seed !== 0 && { seed: wish.seed }),
    ...(wish.component !== "" && { component: wish.component as Component }),
    ...(wish.task !== "" && { task_type: wish.task }),
    ...(wish.locale !== "" && { locale: wish.locale }),
  };
}

/** What keeps a wish from being planned, as a sentence; null where nothing does. */
export function obstacle(wish: Wish): string | null {
  if (wish.to.length === 0) return "Tick who is to annotate.";
  const whole = (value: number | null) => value === null || (Number.isInteger(value) && value >= 1);
  if (wish.overlap === null || !whole(wish.overlap)) return "People a sample: use a whole number from 1.";
  if (wish.overlap > wish.to.length) return `${wish.overlap} people a sample need ${wish.overlap} people; ${wish.to.length} ${wish.to.length === 1 ? "is" : "are"} ticked.`;
  if (wish.golden !== null && !(wish.golden >= 0 && wish.golden <= 100)) return "Golden share: use 0 to 100 percent.";
  if (!whole(wish.limit)) return "At most: use a whole number from 1, or leave it empty.";
  if (wish.expires !== null && !(wish.expires > 0 && wish.expires <= 3650)) return "Expiry: use more than 0 days, at most 3650.";
  return null;
}

/** Who may be given samples. */
export function assignable(one: TeamMember): boolean {
  return one.active && one.member.kind === "person" && one.member.role !== "observer";
}

/** Whom the plan begins with: annotators, and whoever holds or did something; all, where there is nobody yet. */
export function beginWith(members: TeamMember[]): MemberId[] {
  const all = members.filter(assignable);
  const begun = all.filter((one) => one.member.role === "annotator" || one.assigned > 0);
  return (begun.length > 0 ? begun : all).map((one) => one.member.id);
}
