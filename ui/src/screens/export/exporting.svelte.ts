/**
 * An export from the choice of a target to its report. It outlives the screen: the choices one made are there
 * when one comes back, and the job goes on meanwhile.
 */
import {
  asApiError,
  backend,
  type ApiError,
  type ExportChoice,
  type ExportPreview,
  type ExportReport,
  type Facets,
  type Job,
  type TargetInfo,
} from "../../lib/backend";
import { count } from "../../lib/format";
import { jobs, type FollowedJob } from "../../lib/jobs.svelte";
import { notices } from "../../lib/notices.svelte";
import { folderOf } from "../../lib/words";

const LOOK_AFTER_MS = 300;
const ROWS = 20;
/** The options that stay when the target changes; the file format is each target's own. */
const FRESH: ExportChoice = { target: "", seed: 0 };

/** Pairs first: they are what corrections are made for. */
const PURPOSES = ["pairs", "answers", "labels"];
const byPurpose = (a: TargetInfo, b: TargetInfo) => PURPOSES.indexOf(a.made_from) - PURPOSES.indexOf(b.made_from);

class Exporting {
  targets = $state.raw<TargetInfo[]>([]);
  facets = $state.raw<Facets | null>(null);
  choice = $state.raw<ExportChoice>(FRESH);
  /** Shares of train, validation and test, in percent, as they are being typed. */
  shares = $state([100, 0, 0]);
  preview = $state.raw<ExportPreview | null>(null);
  looking = $state(false);
  error = $state.raw<ApiError | null>(null);
  followed = $state.raw<FollowedJob | null>(null);
  #typed = $state<string | null>(null);
  #project = $state("");
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  readonly target = $derived(this.targets.find(({ id }) => id === this.choice.target));
  readonly splits = $derived(Math.abs(this.shares.reduce((sum, share) => sum + share, 0) - 100) < 0.001);
  /** Beside the project, named after what it holds, unless another was typed. */
  readonly folder = $derived.by(() => {
    if (this.#typed !== null) return this.#typed;
    const separator = this.#project.includes("\\") ? "\\" : "/";
    const name = this.#project.slice(folderOf(this.#project).length + 1).replace(/\.assay$/, "");
    return [folderOf(this.#project), `${name}-${this.choice.target}`].join(separator);
  });
  get report(): ExportReport | null {
    const outcome = this.followed?.job.outcome;
    return outcome?.kind === "export" ? outcome : null;
  }

  async enter(file: string): Promise<void> {
    if (this.#project !== file) {
      this.#project = file;
      this.choice = FRESH;
      this.shares = [100, 0, 0];
      this.preview = null;
      this.followed = null;
      this.#typed = null;
    }
    try {
      if (this.targets.length === 0) this.targets = (await backend.call("export.targets", {})).toSorted(byPurpose);
      this.facets = await backend.call("samples.facets", { project: file });
      if (this.choice.target === "" && this.targets[0]) this.choice = { ...this.choice, target: this.targets[0].id };
      this.look();
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }

  setFolder(path: string): void {
    this.#typed = path;
  }

  aim(target: string): void {
    const { file_format: _, ...rest } = this.choice;
    this.choice = { ...rest, target };
    this.#changed();
  }

  /** Sets one option; `undefined` takes it out, and the default stands. */
  set<K extends keyof ExportChoice>(option: K, value: ExportChoice[K] | undefined): void {
    const next = { ...this.choice };
    if (value === undefined) delete next[option];
    else next[option] = value;
    this.choice = next;
    this.#changed();
  }

  share(part: number, percent: number): void {
    this.shares = this.shares.map((share, i) => (i === part ? percent : share));
    if (!this.splits) return;
    const [train = 0, validation = 0, test = 0] = this.shares;
    this.set("split", train === 100 ? undefined : [train / 100, validation / 100, test / 100]);
  }

  #changed(): void {
    // What was written before belongs to other choices.
    if (this.followed?.job.state !== "running") this.followed = null;
    this.look();
  }

  look(): void {
    clearTimeout(this.#timer);
    this.looking = true;
    this.#timer = setTimeout(() => void this.#look(), LOOK_AFTER_MS);
  }

  async #look(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const preview = await backend.call("export.preview", { project: this.#project, choice: this.choice, rows: ROWS });
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

  async start(): Promise<void> {
    try {
      const job = await backend.call("export.start", { project: this.#project, choice: this.choice, out: this.folder.trim() });
      this.followed = jobs.follow(job, "export", (last) => this.#ended(last));
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }

  #ended(job: Job): void {
    if (location.hash.startsWith("#/export")) return;
    if (job.state === "failed") notices.error(job.error);
    if (job.outcome?.kind === "export") notices.news(`${count(job.outcome.kept, "row")} written to ${job.outcome.folder}`);
  }
}

export const exporting = new Exporting();
