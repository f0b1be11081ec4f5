/** The screens: where they are, who sees them in the navigation, and how they are loaded. */
import type { Component } from "svelte";
import type { Role } from "../lib/backend";
import Grade from "./grade/Grade.svelte";

export interface Screen {
  /** First part of the address: `#/grade`. */
  path: string;
  title: string;
  /** Roles whose navigation lists it; an empty list for screens reached another way. */
  roles: Role[];
  /** Shown without an open project. */
  free?: boolean;
  load: () => Component | Promise<Component>;
}

const everybody: Role[] = ["owner", "lead", "annotator"];
const members: Role[] = [...everybody, "observer"];
export const leads: Role[] = ["owner", "lead", "observer"];

/** In the order of the navigation. Grade is part of the first load: the day begins there. */
export const screens: Screen[] = [
  { path: "home", title: "Projects", roles: [], free: true, load: async () => (await import("./home/Home.svelte")).default },
  { path: "overview", title: "Overview", roles: leads, load: async () => (await import("./overview/Overview.svelte")).default },
  { path: "grade", title: "Grade", roles: everybody, load: () => Grade },
  { path: "history", title: "History", roles: everybody, load: async () => (await import("./history/History.svelte")).default },
  { path: "agreement", title: "Agreement", roles: members, load: async () => (await import("./agreement/Agreement.svelte")).default },
  { path: "people", title: "People", roles: members, load: async () => (await import("./people/People.svelte")).default },
  { path: "samples", title: "Samples", roles: leads, load: async () => (await import("./samples/Samples.svelte")).default },
  { path: "rubric", title: "Rubric", roles: leads, load: async () => (await import("./rubric/RubricScreen.svelte")).default },
  { path: "export", title: "Export", roles: leads, load: async () => (await import("./export/Export.svelte")).default },
];
