// Generated from crates/api by `cargo xtask types`. Do not edit.

/** Every command: name, request, answer. */
export interface Commands {
  /** The first screen: projects in the home folder. */
  "home.get": { request: Nothing; answer: Home };
  /** The default rubric, to begin from. */
  "rubric.default": { request: Nothing; answer: Rubric };
  /** Makes a project and opens it. */
  "project.create": { request: NewProject; answer: Project };
  /** Opens the demo project, made where it is missing. */
  "project.demo": { request: Nothing; answer: Project };
  /** Opens a project. */
  "project.open": { request: OfProject; answer: Project };
  /** Closes a project, so that another window may open it. */
  "project.close": { request: OfProject; answer: Nothing };
  /** Changes name and policies. */
  "project.save_settings": { request: SaveSettings; answer: Project };
  /** Copies a project into another file, consistently, while it is in use. */
  "project.backup": { request: Backup; answer: Nothing };
  /** Looks a project over: the file's integrity, and whether what is derived agrees with the facts. */
  "project.verify": { request: OfProject; answer: Verified };
  /** All versions of the rubric. */
  "rubric.history": { request: OfProject; answer: RubricHistory };
  /** What a changed rubric would do, before it is saved. */
  "rubric.weigh": { request: WeighRubric; answer: RubricEffect };
  /** Saves a new version of the rubric. */
  "rubric.save": { request: SaveRubric; answer: RubricVersion };
  /** Lists samples, a page at a time. */
  "samples.list": { request: ListSamples; answer: SamplePage };
  /** What samples can be filtered by. */
  "samples.facets": { request: OfProject; answer: Facets };
  /** A sample with everybody's work, for those who may see it. */
  "samples.get": { request: OfSample; answer: SampleView };
  /** What others did on a sample, from the hub: an annotator is told what the project's policy lets them see. */
  "samples.others": { request: OfSample; answer: Others };
  /** The formats that can be imported. */
  "import.formats": { request: Nothing; answer: Array<FormatInfo> };
  /** Looks at a file before it is imported. */
  "import.preview": { request: PreviewImport; answer: ImportPreview };
  /** Starts an import. */
  "import.start": { request: StartImport; answer: Job };
  /** Takes one rater's annotations from a file. */
  "annotations.from_file": { request: WorkFromFile; answer: WorkReport };
  /** Takes resolutions from a file. */
  "resolutions.from_file": { request: WorkFromFile; answer: WorkReport };
  /** The queue: counts, what comes next, what was submitted last. */
  "grade.queue": { request: GetQueue; answer: Queue };
  /** A sample to grade. */
  "grade.get": { request: OfSample; answer: GradeView };
  /** The sample that comes after another one in the queue; the first without one. */
  "grade.next": { request: Beside; answer: GradeView | null };
  /** The sample that comes before another one in the queue. */
  "grade.previous": { request: Beside; answer: GradeView | null };
  /** Saves a draft; it is on the disk when this answers. */
  "grade.save": { request: SaveDraft; answer: DraftSaved };
  /** Drops a draft: the newest submission, or nothing, counts again. */
  "grade.discard": { request: OfSample; answer: GradeView };
  /** Submits work on a sample. */
  "grade.submit": { request: Submit; answer: Submitted };
  /** Passes a sample over. */
  "grade.skip": { request: Skip; answer: Submitted };
  /** Takes the last submission back. */
  "grade.take_back": { request: OfProject; answer: TakenBack };
  /** Compares two texts. */
  "diff.texts": { request: DiffTexts; answer: DiffView };
  /** Progress and quality. */
  "stats.get": { request: GetStats; answer: Stats };
  /** Agreement between raters, as `assay.agreement/1`. */
  "agreement.get": { request: GetAgreement; answer: JsonValue };
  /** Reads the grades that came since the last report, so that `agreement.get` answers at once. */
  "agreement.prepare": { request: OfProject; answer: Job };
  /** How a project stands with its hub. */
  "team.status": { request: OfProject; answer: TeamStatus };
  /** Syncs now, in the background; `team` events tell how it goes. */
  "team.sync": { request: OfProject; answer: TeamStatus };
  /** Stops the sync under way; what it did stays. */
  "team.stop": { request: OfProject; answer: TeamStatus };
  /** The last syncs, newest first. */
  "team.history": { request: OfProject; answer: Array<SyncLine> };
  /** What the hub refused. */
  "team.refused": { request: OfProject; answer: Array<RefusedFact> };
  /** Lets the next sync send refused facts again. */
  "team.send_again": { request: OfRefused; answer: Array<RefusedFact> };
  /** Keeps refused facts on this laptop only. */
  "team.keep_here": { request: OfRefused; answer: Array<RefusedFact> };
  /** Begins again from the current rubric with what a refused version says. */
  "team.rebase_rubric": { request: RebaseRubric; answer: Array<RefusedFact> };
  /** Uses an invite: the project appears in the home folder. */
  "team.join": { request: JoinTeam; answer: Joined };
  /** Hubs that this laptop may speak to. */
  "team.hubs": { request: Nothing; answer: Array<KnownHub> };
  /** What publishing a project would send. */
  "team.publication": { request: OfProject; answer: Publication };
  /** Publishes a project begun alone, work included. */
  "team.publish": { request: PublishProject; answer: TeamStatus };
  /** Members and open invites. */
  "team.members": { request: OfProject; answer: Team };
  /** Changes a member's role or name, removes them or takes them back. */
  "team.change_member": { request: ChangeMember; answer: Team };
  /** Makes an invite. */
  "team.invite": { request: Invite; answer: Invited };
  /** Revokes an invite. */
  "team.revoke_invite": { request: Revoke; answer: Team };
  /** Revokes a device's token. */
  "team.revoke_device": { request: Revoke; answer: Team };
  /** What a plan of assignments would do. */
  "assignments.plan": { request: PlanAssignments; answer: AssignmentPlan };
  /** Carries a plan of assignments out. */
  "assignments.make": { request: PlanAssignments; answer: AssignmentPlan };
  /** The targets that can be exported. */
  "export.targets": { request: Nothing; answer: Array<TargetInfo> };
  /** Looks at an export before it is written. */
  "export.preview": { request: PreviewExport; answer: ExportPreview };
  /** Starts an export. */
  "export.start": { request: StartExport; answer: Job };
  /** How a job stands. */
  "job.get": { request: OfJob; answer: Job };
  /** Stops a job; what it did so far is undone. */
  "job.cancel": { request: OfJob; answer: Job };
}

/**
 * One revision of one person's work on one sample.
 */
export type AnnotationId = string;

/**
 * What became of the work.
 */
export type AnnotationState = "submitted" | "skipped" | "withdrawn";

/**
 * An error as it reaches a person or a script.
 */
export type ApiError = { 
/**
 * What kind of failure.
 */
code: ErrorCode, 
/**
 * One sentence: what happened.
 */
message: string, 
/**
 * What to do about it.
 */
hint: string, 
/**
 * Where.
 */
where: Place, };

/**
 * What a plan does, or did.
 */
export type AssignmentPlan = { 
/**
 * Whether it was carried out.
 */
carried_out: boolean, 
/**
 * Samples that the plan is about.
 */
samples: number, 
/**
 * Assignments made.
 */
assigned: number, 
/**
 * Untouched assignments taken back.
 */
taken_back: number, 
/**
 * Samples that have as many people as wanted.
 */
covered: number, 
/**
 * Samples with fewer people than wanted: the pool.
 */
short: number, 
/**
 * By person, in the order of names.
 */
people: Array<PlannedPerson>, };

/**
 * Copies a project, while it is in use.
 */
export type Backup = { 
/**
 * Which project.
 */
project: string, 
/**
 * The file to write; refused when it is there already.
 */
to: string, };

/**
 * A line that cannot be read.
 */
export type BadLine = { 
/**
 * The file.
 */
file: string, 
/**
 * The line, counted from 1.
 */
line: number, 
/**
 * The field; empty for the line as a whole.
 */
field: string, 
/**
 * What is wrong.
 */
message: string, 
/**
 * What to do.
 */
hint: string, };

/**
 * Asks for a sample relative to another one.
 */
export type Beside = { 
/**
 * Which project.
 */
project: string, 
/**
 * The sample beside which to look; absent for the first in the queue.
 */
sample?: SampleId, };

/**
 * When an annotator may be shown what others did on a sample that is assigned to them. Leads see all of it
 * always, observers on their own screens; no laptop of an annotator ever holds it.
 */
export type Blindness = "always" | "until_resolution" | "until_submission";

/**
 * Changes a member.
 */
export type ChangeMember = { 
/**
 * Which project.
 */
project: string, 
/**
 * Whom.
 */
member: MemberId, 
/**
 * Their new role.
 */
role?: Role, 
/**
 * Their new name.
 */
name?: string, 
/**
 * False removes them, true takes them back.
 */
active?: boolean, };

/**
 * Which part of the dataset a sample belongs to.
 */
export type Component = "representative" | "golden" | "edge" | "regression" | "red_flag";

/**
 * How far the work on a project is.
 */
export type Counts = { 
/**
 * Samples in the project.
 */
samples: number, 
/**
 * Samples this person submitted.
 */
done: number, 
/**
 * Samples this person passed over.
 */
skipped: number, 
/**
 * Samples still to be done by this person.
 */
left: number, 
/**
 * Samples that came back to this person.
 */
returned: number, 
/**
 * Samples with a draft of this person.
 */
drafts: number, };

/**
 * By what a diff goes.
 */
export type DiffBy = "words" | "chars" | "lines";

/**
 * How far two texts are apart.
 */
export type DiffDistance = { 
/**
 * Word edit distance: words inserted, deleted or replaced.
 */
words: number, 
/**
 * Character edit distance: graphemes inserted, deleted or replaced.
 */
characters: number, 
/**
 * Whether both are upper bounds, because the deadline ran out.
 */
estimate: boolean, };

/**
 * One place where the texts differ.
 */
export type DiffHunk = { 
/**
 * Where it begins in the new text, in UTF-16 code units.
 */
new_start: number, 
/**
 * Where it ends in the new text, in UTF-16 code units.
 */
new_end: number, 
/**
 * What stands there in the old text: replacing the range by it reverts the hunk.
 */
old_text: string, };

/**
 * One row of the side-by-side view.
 */
export type DiffRow = { 
/**
 * Pieces of the old text (equal and deleted).
 */
old: Array<Piece>, 
/**
 * Pieces of the new text (equal and inserted).
 */
new: Array<Piece>, };

/**
 * Compares two texts.
 */
export type DiffTexts = { 
/**
 * The text before.
 */
old: string, 
/**
 * The text after.
 */
new: string, 
/**
 * By what.
 */
by: DiffBy, 
/**
 * Time to spend, in milliseconds; a coarser diff comes when it runs out. Absent: as long as it takes.
 */
deadline_ms?: number, };

/**
 * A diff to show.
 */
export type DiffView = { 
/**
 * The pieces in reading order; the equal and deleted ones make up the old text, the equal and
 * inserted ones the new text.
 */
pieces: Array<Piece>, 
/**
 * The same, aligned by paragraph for two columns.
 */
rows: Array<DiffRow>, 
/**
 * For each hunk, the new text with that hunk alone taken back is `old[..] replaced`: given here as
 * byte-free edits, in UTF-16 units of the new text, so that a text field can apply them.
 */
hunks: Array<DiffHunk>, 
/**
 * How far the texts are apart.
 */
distance: DiffDistance, 
/**
 * Whether the deadline left it coarser than it could be.
 */
coarse: boolean, };

/**
 * One thing that is graded.
 */
export type Dimension = { 
/**
 * Short name in files, kept over versions.
 */
id: DimensionId, 
/**
 * Name on the screen.
 */
name: string, 
/**
 * What is looked at.
 */
description: string, 
/**
 * Its share of the weighted quality score; shares need not add up to 100.
 */
weight: number, 
/**
 * The mean grade below which quality is not good enough, 1 to 5.
 */
threshold?: number, 
/**
 * The five levels, in order of grade.
 */
levels: Array<Level>, 
/**
 * Whether an annotation without a grade (or “not applicable”) here is incomplete.
 */
required: boolean, };

/**
 * The name of a dimension inside a rubric (`accuracy`): lower-case letters, digits and `_`.
 */
export type DimensionId = string;

/**
 * A draft is on the disk.
 */
export type DraftSaved = { 
/**
 * When.
 */
time: Timestamp, };

/**
 * Why rows were dropped.
 */
export type Dropped = { 
/**
 * Stable name (`unedited_correction`).
 */
reason: string, 
/**
 * The same as a sentence.
 */
sentence: string, 
/**
 * How many.
 */
rows: number, };

/**
 * Codes that callers tell apart. A code exists only when something uses it.
 */
export type ErrorCode = "bad_request" | "not_found" | "invalid" | "exists" | "not_a_project" | "newer_schema" | "read_only" | "disk_full" | "in_use" | "busy" | "stale" | "cancelled" | "io" | "offline" | "not_signed_in" | "not_allowed" | "no_hub" | "other_protocol" | "internal";

/**
 * What happened, for everybody who watches.
 */
export type Event = { "event": "job", 
/**
 * The job as it stands.
 */
job: Job, } | { "event": "changed", 
/**
 * The project's file.
 */
project: string, 
/**
 * The nouns that changed (`sample`, `annotation`, `rubric`, …).
 */
what: Array<string>, } | { "event": "team", 
/**
 * The project's file.
 */
project: string, 
/**
 * How it stands.
 */
status: TeamStatus, };

/**
 * What to export. Absent fields take the defaults.
 */
export type ExportChoice = { 
/**
 * The target's name.
 */
target: string, 
/**
 * `jsonl` or `csv`; the target's own when absent.
 */
file_format?: string, 
/**
 * Pairs from corrections (default yes).
 */
corrections?: boolean, 
/**
 * Pairs from preferences (default yes).
 */
preferences?: boolean, 
/**
 * Pairs from responses whose weighted quality differs by at least this; absent: none from gaps.
 */
grade_gap?: number, 
/**
 * The weighted quality from which an answer is good (SFT, KTO).
 */
min_quality?: number, 
/**
 * Only work with these verdicts.
 */
verdicts?: Array<Verdict>, 
/**
 * Only samples of these components; naming golden or red-flag here is what lets them in.
 */
components?: Array<Component>, 
/**
 * Only these task types.
 */
task_types?: Array<string>, 
/**
 * Only these locales.
 */
locales?: Array<string>, 
/**
 * Only the work of these raters, by name.
 */
raters?: Array<string>, 
/**
 * Only samples with at least that many raters.
 */
min_raters?: number, 
/**
 * Shares of train, validation and test, which add up to 1; all into train when absent.
 */
split?: [number, number, number], 
/**
 * Seed of the split.
 */
seed: number, 
/**
 * Write raters' names instead of pseudonyms.
 */
name_raters?: boolean, };

/**
 * What an export would write.
 */
export type ExportPreview = { 
/**
 * The first rows.
 */
rows: Array<PreviewRow>, 
/**
 * Rows kept, in all and by split.
 */
kept: number, 
/**
 * Rows by split.
 */
splits: Record<string, number>, 
/**
 * Rows by how they arose.
 */
origins: Record<string, number>, 
/**
 * Rows dropped, by reason.
 */
dropped: Array<Dropped>, 
/**
 * What is remarkable about the data.
 */
findings: Array<Finding>, };

/**
 * What an export wrote.
 */
export type ExportReport = { 
/**
 * The folder.
 */
folder: string, 
/**
 * The files, relative to the folder.
 */
files: Array<string>, 
/**
 * Rows kept.
 */
kept: number, 
/**
 * Rows by split.
 */
splits: Record<string, number>, 
/**
 * Rows dropped, by reason.
 */
dropped: Array<Dropped>, 
/**
 * What is remarkable about the data.
 */
findings: Array<Finding>, };

/**
 * The name a sample had where it came from; unique in a project.
 */
export type ExternalId = string;

/**
 * A value and how many samples have it.
 */
export type Facet = { 
/**
 * The value; empty for samples without one.
 */
value: string, 
/**
 * How many samples.
 */
samples: number, };

/**
 * What samples can be filtered by.
 */
export type Facets = { 
/**
 * By dataset component.
 */
components: Array<Facet>, 
/**
 * By task type.
 */
task_types: Array<Facet>, 
/**
 * By locale.
 */
locales: Array<Facet>, };

/**
 * Any fact, whatever its kind.
 */
export type FactId = string;

/**
 * The kinds of facts that travel, in the order in which a laptop sends them: nothing comes before what it
 * names.
 */
export type FactKind = "member" | "settings" | "rubric" | "sample" | "assignment" | "annotation" | "resolution";

/**
 * What production knew: what the user said and did, and what checks found.
 */
export type Feedback = { 
/**
 * The user's thumb.
 */
thumb?: Thumb, 
/**
 * The reasons the user gave, as the product names them.
 */
reason_codes?: Array<string>, 
/**
 * The user's own edit of the answer.
 */
user_edit?: string, 
/**
 * How long the user looked at the answer, in milliseconds.
 */
dwell_ms?: number, 
/**
 * Whether the user left without using the answer.
 */
abandoned?: boolean, 
/**
 * Automated checks by name, and what each found.
 */
automated_checks?: { [key in string]: JsonValue }, };

/**
 * A finding about the data.
 */
export type Finding = { 
/**
 * Stable name (`one_class`).
 */
code: string, 
/**
 * `error`, `warning` or `note`.
 */
severity: string, 
/**
 * One sentence.
 */
message: string, 
/**
 * How many rows it concerns.
 */
rows: number, };

/**
 * What a person says about a sample besides grading it.
 */
export type Flag = "personal_data" | "unsafe" | "cannot_judge" | "escalate";

/**
 * A format that can be read.
 */
export type FormatInfo = { 
/**
 * Its name on the command line (`assay`, `csv`).
 */
id: string, 
/**
 * Its name on the screen.
 */
name: string, 
/**
 * One line that tells it from others.
 */
description: string, };

/**
 * Asks for agreement.
 */
export type GetAgreement = { 
/**
 * Which project.
 */
project: string, 
/**
 * One dimension only.
 */
dimension?: DimensionId, 
/**
 * Replicates of the bootstrap; absent: analytic intervals where there are any.
 */
bootstrap?: number, 
/**
 * Seed of the bootstrap.
 */
seed?: number, 
/**
 * Also how many raters and units an interval of this width needs.
 */
interval_width?: number, };

/**
 * Asks for the queue.
 */
export type GetQueue = { 
/**
 * Which project.
 */
project: string, 
/**
 * How many upcoming samples, 100 at most.
 */
limit: number, 
/**
 * How many recent ones, 500 at most.
 */
recent: number, };

/**
 * Asks for progress and quality.
 */
export type GetStats = { 
/**
 * Which project.
 */
project: string, 
/**
 * By what.
 */
by: StatsBy, };

/**
 * A grade: a whole number from 1 (worst) to 5 (best).
 */
export type Grade = 1 | 2 | 3 | 4 | 5;

/**
 * Everything the Grade screen shows of one sample.
 */
export type GradeView = { 
/**
 * Its id.
 */
sample: SampleId, 
/**
 * The name it had where it came from.
 */
external_id: string, 
/**
 * The beginning of the prompt.
 */
title: string, 
/**
 * Task type.
 */
task_type: string | null, 
/**
 * Locale.
 */
locale: string | null, 
/**
 * Which group of users it came from.
 */
segment: string | null, 
/**
 * Free labels.
 */
tags: Array<string>, 
/**
 * The conversation up to the responses.
 */
messages: Array<RenderedMessage>, 
/**
 * What the model was given to answer from.
 */
context: Array<RenderedPassage>, 
/**
 * A good answer, as sanitised HTML.
 */
reference: string | null, 
/**
 * The responses in the order in which this person sees them (`work.presented`).
 */
responses: Array<RenderedResponse>, 
/**
 * What the product's user said and did.
 */
feedback: Feedback | null, 
/**
 * The work so far: the draft, else the newest submission, else empty.
 */
work: Work, 
/**
 * When the draft was saved; absent where there is none.
 */
draft_saved: Timestamp | null, 
/**
 * This person's newest submission.
 */
submission: Submission | null, 
/**
 * The rubric version in force.
 */
rubric: RubricId, };

/**
 * Grades that were read, so that reports on agreement come at once.
 */
export type GradesRead = { 
/**
 * Annotations that had not been read before.
 */
annotations: number, };

/**
 * The first screen.
 */
export type Home = { 
/**
 * The folder in which projects live.
 */
folder: string, 
/**
 * The projects there, last changed first.
 */
projects: Array<ProjectSummary>, 
/**
 * Assay's version.
 */
version: string, 
/**
 * The name to suggest for the person, from the system.
 */
person: string, };

/**
 * What a file holds.
 */
export type ImportPreview = { 
/**
 * The format it is read as.
 */
format: string, 
/**
 * Why that format was taken.
 */
why: string, 
/**
 * The columns of a table.
 */
columns: Array<string>, 
/**
 * The fields a column can fill.
 */
fields: Array<string>, 
/**
 * Which column fills which field.
 */
map: { [key in string]: string }, 
/**
 * The first samples.
 */
samples: Array<Sample>, 
/**
 * The first lines that cannot be read.
 */
problems: Array<BadLine>, 
/**
 * The file's size in bytes.
 */
bytes: number, };

/**
 * What an import did.
 */
export type ImportReport = { 
/**
 * Whether nothing was written because of the lines that were refused.
 */
refused: boolean, 
/**
 * Samples that are new.
 */
added: number, 
/**
 * Samples that were in the project already, with the same content.
 */
already_there: number, 
/**
 * Annotations that came along and are new.
 */
labels: number, 
/**
 * Lines that were refused (the first 1,000 of them).
 */
rejected: Array<BadLine>, 
/**
 * How many lines were refused.
 */
rejected_count: number, };

/**
 * Makes an invite.
 */
export type Invite = { 
/**
 * Which project.
 */
project: string, 
/**
 * For whom.
 */
name: string, 
/**
 * What they may do.
 */
role: Role, 
/**
 * How many hours it can be used; a week where it is missing.
 */
hours?: number, 
/**
 * For another device of this person; name and role do not count then.
 */
device?: boolean, 
/**
 * For another device of this member, by id or name; name and role do not count then. Somebody whom a hub that
 * was put back does not know is a member of it again.
 */
member?: string, };

/**
 * An invite that was made.
 */
export type InviteLine = { 
/**
 * By which it is revoked.
 */
id: string, 
/**
 * For whom.
 */
name: string, 
/**
 * What they may do.
 */
role: Role, 
/**
 * When it was made.
 */
made: Timestamp, 
/**
 * When it stops working.
 */
expires: Timestamp, 
/**
 * Who used it.
 */
used_by: MemberId | null, 
/**
 * Whether it was revoked.
 */
revoked: boolean, };

/**
 * An invite just made. The code is shown this once.
 */
export type Invited = { 
/**
 * What to paste or read out.
 */
code: string, 
/**
 * Address and code in one.
 */
url: string, 
/**
 * When it stops working, as RFC 3339.
 */
expires: string, };

/**
 * Long work that can be watched and cancelled.
 */
export type Job = { 
/**
 * Its id.
 */
id: string, 
/**
 * What it does, for people (“Importing answers.jsonl”).
 */
title: string, 
/**
 * How it stands.
 */
state: JobState, 
/**
 * How much is done, 0 to 1.
 */
fraction: number, 
/**
 * What it is doing right now (“12,400 samples read”).
 */
note: string, 
/**
 * What it did.
 */
outcome: JobOutcome | null, 
/**
 * Why it failed.
 */
error: ApiError | null, };

/**
 * What a finished job did.
 */
export type JobOutcome = { "kind": "import" } & ImportReport | { "kind": "export" } & ExportReport | { "kind": "grades" } & GradesRead;

/**
 * How a job stands.
 */
export type JobState = "running" | "done" | "failed" | "cancelled";

/**
 * Uses an invite. Either the whole link, or address and code.
 */
export type JoinTeam = { 
/**
 * The link of the invite, or the hub's address.
 */
url: string, 
/**
 * The code, where it is not in the link.
 */
code?: string, 
/**
 * The name others see; the invite's where it is missing.
 */
name?: string, 
/**
 * Accept a hub without encryption beyond this machine.
 */
insecure?: boolean, };

/**
 * What an invite gave.
 */
export type Joined = { 
/**
 * The file of the project joined; `None` for an invite to the hub itself.
 */
project: string | null, 
/**
 * Its name.
 */
name: string | null, 
/**
 * The hub's address.
 */
hub: string, 
/**
 * Whether projects may be published to this hub.
 */
may_publish: boolean, };

export type JsonValue = number | string | boolean | Array<JsonValue> | { [key in string]: JsonValue } | null;

/**
 * A hub that this laptop may speak to.
 */
export type KnownHub = { 
/**
 * Its address.
 */
address: string, 
/**
 * Whether projects may be published to it.
 */
may_publish: boolean, };

/**
 * What one grade of one dimension means.
 */
export type Level = { 
/**
 * The grade it explains.
 */
grade: Grade, 
/**
 * When to give it.
 */
meaning: string, 
/**
 * An answer that deserves it.
 */
example: string, };

/**
 * Lists samples, a page at a time.
 */
export type ListSamples = { 
/**
 * Which project.
 */
project: string, 
/**
 * Which samples.
 */
filter: SampleFilter, 
/**
 * Continue after this number (`next` of the page before).
 */
after?: number, 
/**
 * Rows a page, 500 at most.
 */
limit: number, };

/**
 * A member of a project.
 */
export type Member = { 
/**
 * Who.
 */
id: MemberId, 
/**
 * The name shown to others.
 */
name: string, 
/**
 * What they may do.
 */
role: Role, 
/**
 * Person or model.
 */
kind: RaterKind, };

/**
 * A person, or a model that grades.
 */
export type MemberId = string;

/**
 * One message of a conversation.
 */
export type Message = { 
/**
 * Who speaks.
 */
role: MessageRole, 
/**
 * What they say, as Markdown or plain text.
 */
content: string, };

/**
 * Who speaks in a message.
 */
export type MessageRole = "system" | "user" | "assistant" | "tool";

/**
 * Makes a project.
 */
export type NewProject = { 
/**
 * Its name, from which the file's name is made.
 */
name: string, 
/**
 * The name of the person who makes it.
 */
person?: string, 
/**
 * Its rubric; the default one when absent.
 */
rubric?: Rubric, };

/**
 * A request without fields.
 */
export type Nothing = Record<symbol, never>;

/**
 * Names a job.
 */
export type OfJob = { 
/**
 * Which job.
 */
job: string, };

/**
 * Names a project: the path of its file, or a name in the home folder.
 */
export type OfProject = { 
/**
 * Path or name.
 */
project: string, };

/**
 * Decides about refused facts.
 */
export type OfRefused = { 
/**
 * Which project.
 */
project: string, 
/**
 * Which facts.
 */
facts: Array<FactId>, };

/**
 * Names a sample of a project.
 */
export type OfSample = { 
/**
 * Which project.
 */
project: string, 
/**
 * Which sample.
 */
sample: SampleId, };

/**
 * What others did on a sample.
 */
export type Others = { 
/**
 * Their submitted work, in the order of their names.
 */
works: Array<RatedWork>, 
/**
 * A lead's final word.
 */
resolution: Resolved | null, };

/**
 * A passage that the model was given to answer from.
 */
export type Passage = { 
/**
 * Its name in the source.
 */
id?: string, 
/**
 * Its text.
 */
text: string, };

/**
 * What a plan means for one person.
 */
export type PersonPlan = { 
/**
 * Samples newly assigned.
 */
new: number, 
/**
 * Samples assigned before that stay with them, done ones included.
 */
kept: number, 
/**
 * Samples among those that stay which they have worked on.
 */
done: number, 
/**
 * Untouched samples taken back.
 */
taken_back: number, 
/**
 * Golden samples among all that are theirs now.
 */
golden: number, 
/**
 * How many samples of each stratum are theirs now.
 */
by_stratum: { [key in string]: number }, };

/**
 * A piece of text.
 */
export type Piece = { 
/**
 * Equal, deleted or inserted.
 */
kind: PieceKind, 
/**
 * The text.
 */
text: string, 
/**
 * The hunk it belongs to; absent for text between hunks.
 */
hunk: number | null, };

/**
 * What a piece of a diff is.
 */
export type PieceKind = "equal" | "delete" | "insert";

/**
 * Where it happened.
 */
export type Place = { 
/**
 * The file's path.
 */
file?: string, 
/**
 * The line, counted from 1.
 */
line?: number, 
/**
 * The field, as a dotted path.
 */
field?: string, };

/**
 * A plan of assignments.
 */
export type PlanAssignments = { 
/**
 * Which project.
 */
project: string, 
/**
 * The people of the plan, by id or name.
 */
to: Array<string>, 
/**
 * How many people annotate each sample; 1 where it is missing.
 */
overlap?: number, 
/**
 * Spread these alike.
 */
strata?: Array<Stratum>, 
/**
 * Which part of everybody's assignments is to be golden samples, 0 to 1.
 */
golden_share?: number, 
/**
 * The most samples to assign now.
 */
limit?: number, 
/**
 * When they should be done. Milliseconds since 1970.
 */
due?: Timestamp, 
/**
 * After how many days what nobody touched goes back to the pool.
 */
expires_days?: number, 
/**
 * Decides between what is otherwise equal.
 */
seed?: number, 
/**
 * Only samples of this component; all others stay as they are.
 */
component?: Component, 
/**
 * Only samples of this task type.
 */
task_type?: string, 
/**
 * Only samples of this locale.
 */
locale?: string, };

/**
 * What a plan means for one person.
 */
export type PlannedPerson = { 
/**
 * Who.
 */
member: Member, 
/**
 * What it means for them.
 */
plan: PersonPlan, };

/**
 * Responses ranked best first; each rank holds the responses tied at it. Responses not named were not
 * compared. In JSON a rank of one is a bare number: `[0, 1]`, a tie a list: `[[0, 1]]`.
 */
export type Preference = Array<number | Array<number>>;

/**
 * Looks at an export before it is written.
 */
export type PreviewExport = { 
/**
 * Which project.
 */
project: string, 
/**
 * What to export.
 */
choice: ExportChoice, 
/**
 * How many rows to show, 50 at most.
 */
rows: number, };

/**
 * Looks at a file before it is imported.
 */
export type PreviewImport = { 
/**
 * The file.
 */
path: string, 
/**
 * Its format; guessed when absent.
 */
format?: string, 
/**
 * Which column fills which field (field → column), for tables; guessed when absent.
 */
map?: { [key in string]: string }, };

/**
 * A row as it would be written.
 */
export type PreviewRow = { 
/**
 * `train`, `validation` or `test`.
 */
split: string, 
/**
 * The row itself: a JSON object, or for tables an object of column → value.
 */
row: JsonValue, 
/**
 * The sample it came from, by its external id.
 */
sample: string, 
/**
 * How it arose (`correction`, `preference`, `grade_gap`, `resolution`, `grade`).
 */
origin: string, };

/**
 * How far this person is with a sample.
 */
export type Progress = "todo" | "draft" | "done" | "skipped";

/**
 * An open project.
 */
export type Project = { 
/**
 * Path of its file; names the project in every other request.
 */
file: string, 
/**
 * Its id, the same on every laptop.
 */
id: ProjectId, 
/**
 * Name and policies.
 */
settings: Settings, 
/**
 * The person at this laptop.
 */
me: Member, 
/**
 * Everybody, this person included.
 */
members: Array<Member>, 
/**
 * The current rubric.
 */
rubric: RubricVersion, 
/**
 * The rubric's guidelines as sanitised HTML.
 */
guidelines_html: string, 
/**
 * How far the work is.
 */
counts: Counts, };

/**
 * A project.
 */
export type ProjectId = string;

/**
 * A project as the first screen lists it.
 */
export type ProjectSummary = { 
/**
 * Path of its file.
 */
file: string, 
/**
 * Its name; the file's name when it cannot be read.
 */
name: string, 
/**
 * How far the work is.
 */
counts: Counts, 
/**
 * When its file changed last.
 */
modified: Timestamp, 
/**
 * What the person may do in it.
 */
role: Role, 
/**
 * How it stands with its hub; `None` for a project that is on this laptop only.
 */
team: ProjectTeam | null, 
/**
 * Why it cannot be opened.
 */
problem: ApiError | null, };

/**
 * A listed project that belongs to a hub.
 */
export type ProjectTeam = { 
/**
 * The hub's address.
 */
hub: string, 
/**
 * Facts of this person that are not on the hub yet.
 */
waiting: number, 
/**
 * Facts of this person that the hub refused and nobody has decided about.
 */
refused: number, };

/**
 * What publishing a project sends to the hub, in facts by kind, and what stays.
 */
export type Publication = { 
/**
 * All of them.
 */
facts: number, 
/**
 * Samples.
 */
samples: number, 
/**
 * Revisions of annotations, everybody's.
 */
annotations: number, 
/**
 * Versions of the rubric.
 */
rubric_versions: number, 
/**
 * Resolutions.
 */
resolutions: number, 
/**
 * People, and judges, whose work it is.
 */
members: number, 
/**
 * Drafts, which stay on this laptop.
 */
drafts: number, };

/**
 * Publishes a project.
 */
export type PublishProject = { 
/**
 * Which project.
 */
project: string, 
/**
 * The hub's address, or the link of an invite to the hub.
 */
hub: string, 
/**
 * An invite to the hub, where this laptop has none yet.
 */
code?: string, 
/**
 * Accept a hub without encryption beyond this machine.
 */
insecure?: boolean, };

/**
 * The left-hand side of the Grade screen.
 */
export type Queue = { 
/**
 * How far the work is.
 */
counts: Counts, 
/**
 * What comes next, in order.
 */
upcoming: Array<QueueEntry>, 
/**
 * The last submissions, newest first.
 */
recent: Array<RecentEntry>, 
/**
 * Median active time of the last submissions, in milliseconds.
 */
median_active_ms: number | null, };

/**
 * A sample in the queue.
 */
export type QueueEntry = { 
/**
 * Its id.
 */
sample: SampleId, 
/**
 * The beginning of the prompt.
 */
title: string, 
/**
 * Task type.
 */
task_type: string | null, 
/**
 * Locale.
 */
locale: string | null, 
/**
 * How many responses.
 */
responses: number, 
/**
 * Whether a draft is there.
 */
has_draft: boolean, 
/**
 * Why a lead sent it back; absent for work that is new.
 */
returned: string | null, 
/**
 * When it is due.
 */
due: Timestamp | null, };

/**
 * One person's submitted work on a sample.
 */
export type RatedWork = { 
/**
 * Who.
 */
member: Member, 
/**
 * When.
 */
time: Timestamp, 
/**
 * How many revisions led to it, itself included.
 */
revision: number, 
/**
 * The rubric version it was made under.
 */
rubric_version: number, 
/**
 * The work.
 */
work: Work, };

/**
 * What kind of rater a member is. A judge is a rater whose kind is `model`.
 */
export type RaterKind = "person" | "model";

/**
 * A named reason for a low grade.
 */
export type ReasonCode = { 
/**
 * Short name in files.
 */
id: ReasonCodeId, 
/**
 * Name on the screen.
 */
name: string, 
/**
 * When to use it.
 */
description: string, };

/**
 * The name of a reason code inside a rubric (`factual_error`).
 */
export type ReasonCodeId = string;

/**
 * Begins again from the current rubric with what a refused version says.
 */
export type RebaseRubric = { 
/**
 * Which project.
 */
project: string, 
/**
 * The refused version.
 */
rubric: RubricId, };

/**
 * A sample submitted lately.
 */
export type RecentEntry = { 
/**
 * Its id.
 */
sample: SampleId, 
/**
 * The beginning of the prompt.
 */
title: string, 
/**
 * Submitted or skipped.
 */
state: AnnotationState, 
/**
 * When.
 */
time: Timestamp, 
/**
 * Weighted quality score of its responses, 1 to 5; absent when nothing was graded.
 */
quality: number | null, 
/**
 * Whether a response was corrected.
 */
corrected: boolean, 
/**
 * Why it was skipped.
 */
skip_reason: string | null, 
/**
 * Active time, in milliseconds.
 */
active_ms: number, };

/**
 * A fact that the hub did not take.
 */
export type RefusedFact = { 
/**
 * The fact.
 */
id: FactId, 
/**
 * What it is.
 */
kind: FactKind, 
/**
 * Why, for programs.
 */
code: string, 
/**
 * Why, as a sentence.
 */
message: string, 
/**
 * What to do.
 */
hint: string, 
/**
 * When it was refused.
 */
time: Timestamp, 
/**
 * The sample it is about.
 */
sample: SampleId | null, 
/**
 * That sample's name where it came from.
 */
external_id: string | null, 
/**
 * Whether it is kept on this laptop only, by choice.
 */
kept: boolean, };

/**
 * A message, rendered.
 */
export type RenderedMessage = { 
/**
 * Who speaks.
 */
role: MessageRole, 
/**
 * Sanitised HTML.
 */
html: string, };

/**
 * A context passage, rendered.
 */
export type RenderedPassage = { 
/**
 * Its name in the source.
 */
id: string | null, 
/**
 * Sanitised HTML.
 */
html: string, };

/**
 * A response, rendered.
 */
export type RenderedResponse = { 
/**
 * Its place in the sample, from 0: the index into `work.responses`.
 */
index: number, 
/**
 * Sanitised HTML.
 */
html: string, 
/**
 * The text itself, from which a correction starts.
 */
text: string, 
/**
 * The model's name, where the project shows it.
 */
model: string | null, 
/**
 * A correction that the product's user proposed.
 */
proposed_correction: string | null, };

/**
 * The body of a resolution fact.
 */
export type Resolution = { 
/**
 * The rubric version it was made under.
 */
rubric: RubricId, 
/**
 * The final word on each response, in the order of the sample.
 */
responses: Array<ResponseResolution>, 
/**
 * The final preference.
 */
preference?: Preference, 
/**
 * Why the raters disagreed.
 */
cause?: ResolutionCause, 
/**
 * The reasoning, for those who ask later.
 */
note: string, 
/**
 * The annotations it was made from.
 */
basis: Array<AnnotationId>, };

/**
 * Why the raters disagreed.
 */
export type ResolutionCause = "ambiguous_sample" | "rubric_gap" | "rater_error" | "edge_case" | "taste";

/**
 * The final word on a sample.
 */
export type Resolved = { 
/**
 * Who said it.
 */
member: Member, 
/**
 * When.
 */
time: Timestamp, 
/**
 * What it says.
 */
resolution: Resolution, };

/**
 * One output of one model.
 */
export type Response = { 
/**
 * The whole text.
 */
text: string, 
/**
 * The model's name; hidden from annotators unless the project shows models.
 */
model?: string, 
/**
 * The model's version.
 */
model_version?: string, 
/**
 * How long the model took, in milliseconds.
 */
latency_ms?: number, 
/**
 * A correction that somebody already proposed (a user's own edit in the product).
 */
proposed_correction?: string, };

/**
 * The final word on one response.
 */
export type ResponseResolution = { 
/**
 * Final grades; `null` is “not applicable”. A missing dimension is left to the raters.
 */
grades: Record<string, 1 | 2 | 3 | 4 | 5 | null>, 
/**
 * Final reason codes.
 */
reason_codes: Array<ReasonCodeId>, 
/**
 * Final verdict.
 */
verdict?: Verdict, 
/**
 * Final correction, whole.
 */
correction?: string, };

/**
 * The work on one response.
 */
export type ResponseWork = { 
/**
 * A grade for each dimension; `null` is “not applicable”, a missing dimension is not graded yet.
 */
grades: Record<string, 1 | 2 | 3 | 4 | 5 | null>, 
/**
 * What is wrong with it.
 */
reason_codes: Array<ReasonCodeId>, 
/**
 * The overall word.
 */
verdict?: Verdict, 
/**
 * A remark for others.
 */
note?: string, 
/**
 * The whole corrected text; a text equal to the response is no correction.
 */
correction?: string, };

/**
 * Revokes an invite or a device.
 */
export type Revoke = { 
/**
 * Which project.
 */
project: string, 
/**
 * Its id in the list.
 */
id: string, };

/**
 * What a member may do.
 */
export type Role = "owner" | "lead" | "annotator" | "observer";

/**
 * A whole rubric.
 */
export type Rubric = { 
/**
 * Its name.
 */
name: string, 
/**
 * How to grade, as Markdown.
 */
guidelines: string, 
/**
 * What is graded, in the order of the screen.
 */
dimensions: Array<Dimension>, 
/**
 * Reasons to choose from.
 */
reason_codes: Array<ReasonCode>, 
/**
 * Verdicts to choose from; empty means that none is asked for.
 */
verdicts: Array<Verdict>, };

/**
 * One difference between two rubrics.
 */
export type RubricChange = { 
/**
 * Where, as a dotted path with ids (`accuracy.levels.3.meaning`).
 */
field: string, 
/**
 * The text before; `None` for what is new.
 */
before: string | null, 
/**
 * The text after; `None` for what is gone.
 */
after: string | null, 
/**
 * Whether grades made under the old version may mean something else now.
 */
changes_meaning: boolean, };

/**
 * What a changed rubric would do.
 */
export type RubricEffect = { 
/**
 * What differs from the current version.
 */
changes: Array<RubricChange>, 
/**
 * Submitted annotations made under the current version: they keep it.
 */
annotations: number, 
/**
 * Drafts under way, which go on under the new version.
 */
drafts: number, 
/**
 * Why it cannot be saved as it is.
 */
problem: ApiError | null, };

/**
 * One version in the history of the rubric.
 */
export type RubricEntry = { 
/**
 * The version, whole.
 */
version: RubricVersion, 
/**
 * Submitted annotations made under it that are still current.
 */
annotations: number, 
/**
 * What it changed in its parent.
 */
changes: Array<RubricChange>, };

/**
 * All versions, newest first.
 */
export type RubricHistory = { 
/**
 * Newest first.
 */
versions: Array<RubricEntry>, };

/**
 * One version of the rubric.
 */
export type RubricId = string;

/**
 * A rubric as a fact.
 */
export type RubricVersion = { 
/**
 * Its id.
 */
id: RubricId, 
/**
 * 1 for the first, one more for each that follows.
 */
version: number, 
/**
 * The version it succeeds.
 */
parent: RubricId | null, 
/**
 * Who made it.
 */
author: MemberId, 
/**
 * When.
 */
time: Timestamp, 
/**
 * The rubric itself.
 */
rubric: Rubric, };

/**
 * A sample. Its identity inside Assay is the [`SampleId`](crate::SampleId) of its fact; `external_id` is
 * the name it had where it came from.
 */
export type Sample = { 
/**
 * The name it had where it came from; unique in a project.
 */
external_id: ExternalId, 
/**
 * The conversation up to the responses.
 */
messages: Array<Message>, 
/**
 * One or more answers to the conversation.
 */
responses: Array<Response>, 
/**
 * An answer known to be good.
 */
reference?: string, 
/**
 * What the model was given to answer from.
 */
context?: Array<Passage>, 
/**
 * Which part of the dataset it belongs to.
 */
component: Component, 
/**
 * Language tag, as in BCP 47 (`en-GB`).
 */
locale?: string, 
/**
 * Which group of users it came from.
 */
segment?: string, 
/**
 * What kind of task it is (`summary`).
 */
task_type?: string, 
/**
 * Free labels.
 */
tags?: Array<string>, 
/**
 * What production knew.
 */
feedback?: Feedback, 
/**
 * Anything else that came with it, kept as it was.
 */
metadata?: { [key in string]: JsonValue }, };

/**
 * Which samples to list. Fields that are absent do not filter.
 */
export type SampleFilter = { 
/**
 * Dataset component.
 */
component?: Component, 
/**
 * Task type.
 */
task_type?: string, 
/**
 * Locale.
 */
locale?: string, 
/**
 * How far this person is.
 */
progress?: Progress, 
/**
 * Words in the id or the beginning of the prompt.
 */
text?: string, };

/**
 * A sample.
 */
export type SampleId = string;

/**
 * A page of samples.
 */
export type SamplePage = { 
/**
 * The rows.
 */
rows: Array<SampleRow>, 
/**
 * Where the next page begins; absent at the end.
 */
next: number | null, 
/**
 * How many there are in all, where that is known without counting.
 */
total: number | null, };

/**
 * One row of the table of samples.
 */
export type SampleRow = { 
/**
 * Its id.
 */
sample: SampleId, 
/**
 * Its place in the project, from 1.
 */
number: number, 
/**
 * The name it had where it came from.
 */
external_id: string, 
/**
 * The beginning of the prompt.
 */
title: string, 
/**
 * Dataset component; `None` for annotators, for whom golden samples are hidden among the others.
 */
component: Component | null, 
/**
 * Task type.
 */
task_type: string | null, 
/**
 * Locale.
 */
locale: string | null, 
/**
 * How many responses.
 */
responses: number, 
/**
 * How far this person is.
 */
progress: Progress, };

/**
 * A sample with everything a lead may see of it.
 */
export type SampleView = { 
/**
 * As the annotator sees it.
 */
view: GradeView, 
/**
 * Dataset component; `None` for annotators, for whom golden samples are hidden among the others.
 */
component: Component | null, 
/**
 * The models, in the order of the sample.
 */
models: Array<string | null>, 
/**
 * Everybody's submitted work; empty for annotators, who ask for it by `samples.others`.
 */
annotations: Array<RatedWork>, };

/**
 * Saves a draft.
 */
export type SaveDraft = { 
/**
 * Which project.
 */
project: string, 
/**
 * Which sample.
 */
sample: SampleId, 
/**
 * The work so far, whole.
 */
work: Work, };

/**
 * Saves a new version.
 */
export type SaveRubric = { 
/**
 * Which project.
 */
project: string, 
/**
 * The version it succeeds; refused as `stale` when another came meanwhile.
 */
parent: RubricId, 
/**
 * The new rubric, whole.
 */
rubric: Rubric, };

/**
 * Changes name and policies.
 */
export type SaveSettings = { 
/**
 * Which project.
 */
project: string, 
/**
 * The new settings, whole.
 */
settings: Settings, };

/**
 * What a lead decides for the whole project. A whole new version is a fact; the newest one counts.
 */
export type Settings = { 
/**
 * The project's name.
 */
name: string, 
/**
 * When annotators may be shown others' work, or a judge's grades.
 */
blind: Blindness, 
/**
 * Show the models' names while grading.
 */
show_models: boolean, 
/**
 * The fewest people from whom an aggregate may be shown to annotators.
 */
minimum_people: number, };

/**
 * Passes a sample over.
 */
export type Skip = { 
/**
 * Which project.
 */
project: string, 
/**
 * Which sample.
 */
sample: SampleId, 
/**
 * What was done so far.
 */
work: Work, 
/**
 * Why.
 */
reason: string, };

/**
 * Writes a dataset folder.
 */
export type StartExport = { 
/**
 * Which project.
 */
project: string, 
/**
 * What to export.
 */
choice: ExportChoice, 
/**
 * The folder to write.
 */
out: string, };

/**
 * Imports files.
 */
export type StartImport = { 
/**
 * Into which project.
 */
project: string, 
/**
 * The files, in order.
 */
paths: Array<string>, 
/**
 * Their format; guessed when absent.
 */
format?: string, 
/**
 * Which column fills which field (field → column), for tables.
 */
map?: { [key in string]: string }, 
/**
 * Import the good lines although others are bad.
 */
keep_good: boolean, };

/**
 * Progress and quality.
 */
export type Stats = { 
/**
 * By what.
 */
by: StatsBy, 
/**
 * One row a group.
 */
rows: Array<StatsRow>, 
/**
 * Samples in the project.
 */
samples: number, };

/**
 * By what to break figures down.
 */
export type StatsBy = "dimension" | "rater" | "model" | "task" | "locale" | "component";

/**
 * One group's figures.
 */
export type StatsRow = { 
/**
 * The group; empty for samples without a value.
 */
group: string, 
/**
 * Samples with at least one submitted annotation.
 */
samples: number, 
/**
 * Submitted annotations.
 */
annotations: number, 
/**
 * Grades given.
 */
grades: number, 
/**
 * Mean grade, or weighted quality score, 1 to 5.
 */
mean: number | null, 
/**
 * How many of each grade, from 1 to 5.
 */
distribution: [number, number, number, number, number], 
/**
 * The dimension's threshold, where the group is a dimension.
 */
threshold: number | null, 
/**
 * Responses corrected.
 */
corrections: number, 
/**
 * Median active time, in milliseconds.
 */
median_active_ms: number | null, };

/**
 * By what samples are spread alike over people.
 */
export type Stratum = "task" | "locale" | "model" | "component";

/**
 * The newest submitted revision of this person's work on a sample.
 */
export type Submission = { 
/**
 * Its id.
 */
annotation: AnnotationId, 
/**
 * Submitted, skipped or withdrawn.
 */
state: AnnotationState, 
/**
 * How many revisions there are.
 */
revision: number, 
/**
 * When.
 */
time: Timestamp, 
/**
 * The rubric version it was made under.
 */
rubric_version: number, 
/**
 * The work itself.
 */
work: Work, };

/**
 * Submits work on a sample.
 */
export type Submit = { 
/**
 * Which project.
 */
project: string, 
/**
 * Which sample.
 */
sample: SampleId, 
/**
 * The work, whole: every required dimension graded or not applicable.
 */
work: Work, };

/**
 * A submission is on the disk.
 */
export type Submitted = { 
/**
 * The new revision.
 */
annotation: AnnotationId, 
/**
 * How many revisions there are.
 */
revision: number, 
/**
 * How far the work is now.
 */
counts: Counts, 
/**
 * As it stands among the recent ones.
 */
recent: RecentEntry, };

/**
 * One of the last syncs.
 */
export type SyncLine = { 
/**
 * When it ended.
 */
time: Timestamp, 
/**
 * Facts sent.
 */
pushed: number, 
/**
 * Facts received.
 */
pulled: number, 
/**
 * Facts refused.
 */
refused: number, 
/**
 * Why it did not come to its end.
 */
problem: string | null, };

/**
 * How a project stands with its hub right now.
 */
export type SyncState = "idle" | "syncing" | "offline" | "stuck";

/**
 * A sample came back into the queue, or nothing was left to take back.
 */
export type TakenBack = { 
/**
 * Which sample.
 */
sample: SampleId | null, 
/**
 * How far the work is now.
 */
counts: Counts, };

/**
 * A target that can be written.
 */
export type TargetInfo = { 
/**
 * Its name on the command line (`trl-dpo`).
 */
id: string, 
/**
 * Its name on the screen.
 */
name: string, 
/**
 * One line: who reads it and what a row is.
 */
description: string, 
/**
 * What it is made from: `pairs`, `labels`, `answers`.
 */
made_from: string, 
/**
 * The file formats it can be written in, the default first.
 */
file_formats: Array<string>, };

/**
 * Members and open invites.
 */
export type Team = { 
/**
 * Members, as the hub orders them.
 */
members: Array<TeamMember>, 
/**
 * Invites, newest first; empty for those who may not make any.
 */
invites: Array<InviteLine>, 
/**
 * Why the hub was not asked. The members are those that this laptop knows then, with what it holds of
 * their work, without devices and invites.
 */
problem: ApiError | null, };

/**
 * A device that may speak for a member.
 */
export type TeamDevice = { 
/**
 * By which it is revoked.
 */
id: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * When it joined.
 */
joined: Timestamp, 
/**
 * When it last synced.
 */
last_seen: Timestamp | null, 
/**
 * Whether its token was revoked.
 */
revoked: boolean, };

/**
 * A member of the team, as the hub tells.
 */
export type TeamMember = { 
/**
 * Who, and what they may do.
 */
member: Member, 
/**
 * False for somebody who was removed.
 */
active: boolean, 
/**
 * When one of their devices last synced.
 */
last_seen: Timestamp | null, 
/**
 * Samples assigned to them.
 */
assigned: number, 
/**
 * Samples they have submitted.
 */
submitted: number, 
/**
 * Samples they have passed over.
 */
skipped: number, 
/**
 * Their devices.
 */
devices: Array<TeamDevice>, 
/**
 * Whether somebody else wrote them down, for the sake of work that was read from a file.
 */
from_file: boolean, 
/**
 * Whether this laptop knows them and the hub does not: it was put back from a backup that is older than they
 * are. A device of theirs can be let in, and they go on as who they are.
 */
lost: boolean, };

/**
 * The point value of one coefficient.
 */
export type TeamNumber = { 
/**
 * Its name.
 */
coefficient: string, 
/**
 * Its weights.
 */
weights: string | null, 
/**
 * Its value; null where it is undefined.
 */
value: number | null, 
/**
 * Why it is undefined.
 */
undefined: string | null, };

/**
 * Where agreement on one dimension stands on the hub.
 */
export type TeamNumbers = { 
/**
 * The dimension's id.
 */
dimension: string, 
/**
 * Responses with a grade.
 */
units: number, 
/**
 * Responses with two grades or more.
 */
units_paired: number, 
/**
 * People who graded.
 */
raters: number, 
/**
 * Grades.
 */
ratings: number, 
/**
 * Point values of coefficients, as in `assay.agreement/1`.
 */
coefficients: Array<TeamNumber>, };

/**
 * The hub of a project, and how far both are the same.
 */
export type TeamStatus = { 
/**
 * The hub's address; `None` for a project that is on this laptop only.
 */
hub: string | null, 
/**
 * How it stands right now.
 */
state: SyncState, 
/**
 * What the person may do in the team.
 */
role: Role, 
/**
 * When the last sync that came to its end did so.
 */
synced: Timestamp | null, 
/**
 * Facts of this person that are not on the hub yet.
 */
waiting: number, 
/**
 * Facts of this person that the hub refused and nobody has decided about.
 */
refused: number, 
/**
 * Sent by the sync under way, or the last one.
 */
pushed: number, 
/**
 * Received by the sync under way, or the last one.
 */
pulled: number, 
/**
 * What stands in the way.
 */
problem: ApiError | null, 
/**
 * When it is tried again by itself.
 */
next_try: Timestamp | null, 
/**
 * Where agreement stands on the hub, as far as this person may see it.
 */
agreement: Array<TeamNumbers>, };

/**
 * A user's thumb.
 */
export type Thumb = "up" | "down";

/**
 * Milliseconds since 1970-01-01T00:00:00Z. A laptop's clock: shown to people, never used for order.
 */
export type Timestamp = number;

/**
 * The overall word on a response.
 */
export type Verdict = "pass" | "borderline" | "fail";

/**
 * A project looked over.
 */
export type Verified = { 
/**
 * The project's file.
 */
file: string, 
/**
 * Whether nothing was found.
 */
sound: boolean, 
/**
 * What was found, one sentence each.
 */
problems: Array<string>, };

/**
 * Asks what a changed rubric would do, before it is saved.
 */
export type WeighRubric = { 
/**
 * Which project.
 */
project: string, 
/**
 * The rubric as it would be.
 */
rubric: Rubric, };

/**
 * What one person made of one sample: the content of a draft, and of a submitted annotation.
 */
export type Work = { 
/**
 * The work on each response, in the order of the sample (not of the screen).
 */
responses: Array<ResponseWork>, 
/**
 * Which responses are better.
 */
preference?: Preference, 
/**
 * How sure the person is, 1 (a guess) to 5 (certain).
 */
confidence?: Grade, 
/**
 * What else there is to say.
 */
flags: Array<Flag>, 
/**
 * The order in which the responses were shown: `presented[0]` stood leftmost.
 */
presented: Array<number>, 
/**
 * Time spent at it with the window in use, in milliseconds.
 */
active_ms: number, 
/**
 * Active time before the first key or click that changed something, in milliseconds.
 */
time_to_first_edit_ms?: number, 
/**
 * Made after the person was shown what others did on the sample: it is no blind grade any more, and
 * agreement leaves it out.
 */
informed?: boolean, };

/**
 * Takes annotations or resolutions from a file, one JSON object a line.
 */
export type WorkFromFile = { 
/**
 * Into which project.
 */
project: string, 
/**
 * The file.
 */
path: string, 
/**
 * Whose work it is, by name; a rater not known yet joins the project. Ignored for resolutions.
 */
rater?: string, 
/**
 * Whether the rater is a model that judges.
 */
model: boolean, };

/**
 * What a file of work did.
 */
export type WorkReport = { 
/**
 * Annotations or resolutions that are new.
 */
added: number, 
/**
 * Those that were in the project already, unchanged.
 */
already_there: number, };
