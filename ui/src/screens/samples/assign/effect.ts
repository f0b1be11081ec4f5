/** A plan in the words of those who carry it out. */
import type { AssignmentPlan, PlannedPerson } from "../../../lib/backend";
import { count, number } from "../../../lib/format";
import type { Wish } from "./wish";

/** What is somebody's before and after, done samples included. */
export function load({ plan }: PlannedPerson): { before: number; after: number } {
  return { before: plan.kept + plan.taken_back, after: plan.kept + plan.new };
}

/** Those who are not of the plan and lose what they have not touched. */
export function leaving(plan: AssignmentPlan, wish: Wish): PlannedPerson[] {
  return plan.people.filter((one) => !wish.to.includes(one.member.id) && one.plan.taken_back > 0);
}

/** Samples that are given out by the golden share and count towards no overlap. */
export function goldenApart(plan: AssignmentPlan): number {
  return Math.max(0, plan.samples - plan.covered - plan.short);
}

/** What the plan leaves undone, and why; empty where it leaves nothing. */
export function gaps(plan: AssignmentPlan, wish: Wish): string[] {
  const found: string[] = [];
  if (plan.samples === 0) return ["No sample is of the component, task type and locale that were chosen."];
  if (plan.short > 0) {
    const people = wish.overlap === 1 ? "anybody" : `${wish.overlap} people`;
    const verb = plan.short === 1 ? "is" : "are";
    found.push(
      wish.limit !== null
        ? `${count(plan.short, "sample")} ${verb} left in the pool without ${people}: the plan takes at most ${number(wish.limit)} new ones.`
        : `${count(plan.short, "sample")} ${verb} left in the pool without ${people}: too few people can still take them.`,
    );
  }
  if (wish.golden !== null && wish.golden > 0) {
    const mine = plan.people.filter((one) => wish.to.includes(one.member.id));
    const golden = mine.reduce((sum, one) => sum + one.plan.golden, 0);
    const all = mine.reduce((sum, one) => sum + load(one).after, 0);
    const reached = all === 0 ? 0 : (100 * golden) / all;
    const apart = goldenApart(plan);
    if (apart === 0) found.push("There are no golden samples among these: the golden share cannot be given.");
    else if (all > 0 && reached < wish.golden - 1) {
      found.push(`Golden samples make up ${Math.floor(reached)} % instead of ${wish.golden} %: there are only ${number(apart)}, and nobody gets one twice.`);
    }
  }
  return found;
}

/** The strata that occur, with how many samples each person has of it, in the order of the people. */
export function mixture(people: PlannedPerson[]): { stratum: string; counts: number[] }[] {
  const names = new Set(people.flatMap((one) => Object.keys(one.plan.by_stratum)));
  return [...names].sort().map((stratum) => ({ stratum, counts: people.map((one) => one.plan.by_stratum[stratum] ?? 0) }));
}
