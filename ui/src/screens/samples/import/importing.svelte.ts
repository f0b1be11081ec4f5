/**
 * An import from the choice of files to its report. It lives longer than the screen: one can look something
 * up elsewhere and come back to the same files, the same mapping and the same running job.
 */
import {
  asApiError,
  backend,
  type ApiError,
  type FormatInfo,
  type ImportPreview,
  type ImportReport,
  type Job,
} from "../../../lib/backend";
import { jobs, type FollowedJob } from "../../../lib/jobs.svelte";
import { notices } from "../../../lib/notices.svelte";
import { project } from "../../../lib/project.svelte";
import { count } from "../../../lib/format";

export type ColumnMap = Record<string, string>;

class Importing {
  paths = $state.raw<string[]>([]);
  /** Which of the files is shown. */
  shown = $state(0);
  formats = $state.raw<FormatInfo[]>([]);
  /** What the person chose; absent while the guess stands. */
  format = $state<string | undefined>();
  map = $state.raw<ColumnMap | undefined>();
  keepGood = $state(false);
  preview = $state.raw<ImportPreview | null>(null);
  looking = $state(false);
  error = $state.raw<ApiError | null>(null);
  followed = $state.raw<FollowedJob | null>(null);
  #project = "";
  #asked = 0;

  get report(): ImportReport | null {
    const outcome = this.followed?.job.outcome;
    return outcome?.kind === "import" ? outcome : null;
  }

  /** Another project is another import. */
  enter(file: string): void {
    if (this.#project !== file) this.clear();
    this.#project = file;
    if (this.formats.length > 0) return;
    backend.call("import.formats", {}).then(
      (formats) => (this.formats = formats),
      (thrown: unknown) => notices.error(thrown),
    );
  }

  clear(): void {
    this.paths = [];
    this.shown = 0;
    this.format = undefined;
    this.map = undefined;
    this.keepGood = false;
    this.preview = null;
    this.error = null;
    this.followed = null;
  }

  choose(paths: string[]): void {
    if (paths.length === 0 || this.followed?.job.state === "running") return;
    this.clear();
    this.paths = paths;
    void this.look();
  }

  show(index: number): void {
    this.shown = index;
    void this.look();
  }
  readAs(format: string | undefined): void {
    this.format = format;
    this.map = undefined;
    void this.look();
  }
  /** Fills a field from a column; the guess stands for every field not named here. */
  fill(field: string, column: string): void {
    const map = { ...this.map, [field]: column };
    if (column === "") delete map[field];
    this.map = map;
    void this.look();
  }

  async look(): Promise<void> {
    const path = this.paths[this.shown];
    if (path === undefined) return;
    const asked = ++this.#asked;
    this.looking = true;
    try {
      const preview = await backend.call("import.preview", {
        path,
        ...(this.format && { format: this.format }),
        ...(this.map && { map: this.map }),
      });
      if (asked !== this.#asked) return;
      this.preview = preview;
      this.error = null;
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.preview = null;
      this.error = asApiError(thrown);
    }
    this.looking = false;
  }

  async start(keepGood: boolean): Promise<void> {
    this.keepGood = keepGood;
    this.error = null;
    const file = this.#project;
    try {
      const job = await backend.call("import.start", {
        project: file,
        paths: this.paths,
        keep_good: keepGood,
        ...(this.format && { format: this.format }),
        ...(this.map && { map: this.map }),
      });
      this.followed = jobs.follow(job, "samples/import", (last) => void this.#ended(file, last));
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }

  async #ended(file: string, job: Job): Promise<void> {
    if (project.value?.file === file) await project.refresh();
    if (location.hash.startsWith("#/samples/import")) return;
    if (job.state === "failed") notices.error(job.error);
    if (job.outcome?.kind === "import") notices.news(`${job.title}: ${count(job.outcome.added, "sample")} added.`);
  }
}

export const importing = new Importing();
