/** What each role may do. The program behind the window and the hub enforce it; the window does not offer the rest. */
import type { Blindness, Role } from "./backend/types";

export const roleNames: Record<Role, string> = { owner: "Owner", lead: "Lead", annotator: "Annotator", observer: "Observer" };

/** What a role may do, in a line. */
export const roleMeanings: Record<Role, string> = {
  owner: "Everything a lead does, and hands the project over.",
  lead: "Sees all work, plans who grades what, invites, resolves and exports.",
  annotator: "Grades what is assigned to them; sees others’ work only as the project’s settings say.",
  observer: "Sees all work, agreement and exports, and labels nothing.",
};

/** Writes what is shared: samples, rubric, settings, assignments. */
export function leads(role: Role): boolean {
  return role === "owner" || role === "lead";
}

/** Sees everybody's work and its figures. Annotators are blind to both. */
export function oversees(role: Role): boolean {
  return role !== "annotator";
}

/** Whether somebody may ask what others did on a sample that they submitted; the hub decides. Leads have it among the samples. */
export function mayAskForOthers(role: Role, blind: Blindness): boolean {
  return role === "annotator" && blind !== "always";
}

/** Labels samples. */
export function grades(role: Role): boolean {
  return role !== "observer";
}
