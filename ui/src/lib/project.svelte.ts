/** The open project. Every screen but the first one works in it. */
import { asApiError, backend, type ApiError, type Counts, type Project } from "./backend";
import { notices } from "./notices.svelte";

const LAST = "assay.project";
/** What the project as it was opened says something about: its counts, its rubric, who is in it and with which role. */
const RELOADS = new Set(["rubric", "settings", "sample", "assignment", "member"]);

class CurrentProject {
  value = $state.raw<Project | null>(null);
  /** Steps up whenever the backend says that something of this noun changed elsewhere. */
  changes = $state<Record<string, number>>({});

  #again: ReturnType<typeof setTimeout> | undefined;

  /** The open project; a screen that needs one is not shown without it. */
  get open(): Project {
    if (!this.value) throw new Error("No project is open.");
    return this.value;
  }
  get file(): string {
    return this.open.file;
  }

  set(project: Project): void {
    this.value = project;
    document.title = `${project.settings.name} · Assay`;
    localStorage.setItem(LAST, project.file);
  }

  setCounts(counts: Counts): void {
    if (this.value) this.value = { ...this.value, counts };
  }

  async load(file: string): Promise<ApiError | null> {
    try {
      this.set(await backend.call("project.open", { project: file }));
      return null;
    } catch (thrown) {
      return asApiError(thrown);
    }
  }

  /** Opens what was open last, so that the day begins at the work and not at a list of files. */
  async resume(): Promise<void> {
    const address = new URL(location.href).searchParams;
    const asked = address.get("project");
    // The window's own memory first: what it names is prepared already. It counts for this start alone.
    const last = address.get("last");
    if (last !== null) history.replaceState(history.state, "", location.pathname + location.hash);
    const file = asked ?? last ?? localStorage.getItem(LAST);
    if (file === null) return;
    const problem = await this.load(file);
    if (!problem) return;
    localStorage.removeItem(LAST);
    // A file that was moved or deleted since is no news to the person who did it.
    if (asked !== null || problem.code !== "not_found") notices.error(problem);
  }

  async close(): Promise<void> {
    const file = this.value?.file;
    this.value = null;
    document.title = "Assay";
    localStorage.removeItem(LAST);
    if (file !== undefined) await backend.call("project.close", { project: file }).catch(() => undefined);
  }

  /** Reads the project again after something outside the screen changed it. */
  async refresh(): Promise<void> {
    if (!this.value) return;
    const problem = await this.load(this.value.file);
    if (problem) notices.error(problem);
  }

  watch(): () => void {
    return backend.onEvent((event) => {
      if (event.event !== "changed" || event.project !== this.value?.file) return;
      for (const noun of event.what) this.changes[noun] = (this.changes[noun] ?? 0) + 1;
      if (event.what.some((noun) => RELOADS.has(noun))) {
        // An import or a sync tells of every batch; the project is read again when it pauses.
        clearTimeout(this.#again);
        this.#again = setTimeout(() => void this.refresh(), 250);
      }
    });
  }
}

export const project = new CurrentProject();
