use assay_model::{
    AnnotationId, AnnotationState, Feedback, MessageRole, RubricId, SampleId, Timestamp, Work,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::wire::Counts;

/// A sample in the queue.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct QueueEntry {
    /// Its id.
    pub sample: SampleId,
    /// The beginning of the prompt.
    pub title: String,
    /// Task type.
    pub task_type: Option<String>,
    /// Locale.
    pub locale: Option<String>,
    /// How many responses.
    pub responses: u32,
    /// Whether a draft is there.
    pub has_draft: bool,
    /// Why a lead sent it back; absent for work that is new.
    pub returned: Option<String>,
    /// When it is due.
    pub due: Option<Timestamp>,
}

/// A sample submitted lately.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RecentEntry {
    /// Its id.
    pub sample: SampleId,
    /// The beginning of the prompt.
    pub title: String,
    /// Submitted or skipped.
    pub state: AnnotationState,
    /// When.
    pub time: Timestamp,
    /// Weighted quality score of its responses, 1 to 5; absent when nothing was graded.
    pub quality: Option<f64>,
    /// Whether a response was corrected.
    pub corrected: bool,
    /// Why it was skipped.
    pub skip_reason: Option<String>,
    /// Active time, in milliseconds.
    #[ts(type = "number")]
    pub active_ms: u64,
}

/// The left-hand side of the Grade screen.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Queue {
    /// How far the work is.
    pub counts: Counts,
    /// What comes next, in order.
    pub upcoming: Vec<QueueEntry>,
    /// The last submissions, newest first.
    pub recent: Vec<RecentEntry>,
    /// Median active time of the last submissions, in milliseconds.
    #[ts(type = "number | null")]
    pub median_active_ms: Option<u64>,
}

/// Asks for the queue.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct GetQueue {
    /// Which project.
    pub project: String,
    /// How many upcoming samples, 100 at most.
    pub limit: u32,
    /// How many recent ones, 500 at most.
    pub recent: u32,
}

/// Asks for a sample relative to another one.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Beside {
    /// Which project.
    pub project: String,
    /// The sample beside which to look; absent for the first in the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleId>,
}

/// A message, rendered.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RenderedMessage {
    /// Who speaks.
    pub role: MessageRole,
    /// Sanitised HTML.
    pub html: String,
}

/// A context passage, rendered.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RenderedPassage {
    /// Its name in the source.
    pub id: Option<String>,
    /// Sanitised HTML.
    pub html: String,
}

/// A response, rendered.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RenderedResponse {
    /// Its place in the sample, from 0: the index into `work.responses`.
    pub index: u32,
    /// Sanitised HTML.
    pub html: String,
    /// The text itself, from which a correction starts.
    pub text: String,
    /// The model's name, where the project shows it.
    pub model: Option<String>,
    /// A correction that the product's user proposed.
    pub proposed_correction: Option<String>,
}

/// The newest submitted revision of this person's work on a sample.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Submission {
    /// Its id.
    pub annotation: AnnotationId,
    /// Submitted, skipped or withdrawn.
    pub state: AnnotationState,
    /// How many revisions there are.
    pub revision: u32,
    /// When.
    pub time: Timestamp,
    /// The rubric version it was made under.
    pub rubric_version: u32,
    /// The work itself.
    pub work: Work,
}

/// Everything the Grade screen shows of one sample.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct GradeView {
    /// Its id.
    pub sample: SampleId,
    /// The name it had where it came from.
    pub external_id: String,
    /// The beginning of the prompt.
    pub title: String,
    /// Task type.
    pub task_type: Option<String>,
    /// Locale.
    pub locale: Option<String>,
    /// Which group of users it came from.
    pub segment: Option<String>,
    /// Free labels.
    pub tags: Vec<String>,
    /// The conversation up to the responses.
    pub messages: Vec<RenderedMessage>,
    /// What the model was given to answer from.
    pub context: Vec<RenderedPassage>,
    /// A good answer, as sanitised HTML.
    pub reference: Option<String>,
    /// The responses in the order in which this person sees them (`work.presented`).
    pub responses: Vec<RenderedResponse>,
    /// What the product's user said and did.
    pub feedback: Option<Feedback>,
    /// The work so far: the draft, else the newest submission, else empty.
    pub work: Work,
    /// When the draft was saved; absent where there is none.
    pub draft_saved: Option<Timestamp>,
    /// This person's newest submission.
    pub submission: Option<Submission>,
    /// The rubric version in force.
    pub rubric: RubricId,
}

/// Saves a draft.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SaveDraft {
    /// Which project.
    pub project: String,
    /// Which sample.
    pub sample: SampleId,
    /// The work so far, whole.
    pub work: Work,
}

/// A draft is on the disk.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DraftSaved {
    /// When.
    pub time: Timestamp,
}

/// Submits work on a sample.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Submit {
    /// Which project.
    pub project: String,
    /// Which sample.
    pub sample: SampleId,
    /// The work, whole: every required dimension graded or not applicable.
    pub work: Work,
}

/// Passes a sample over.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Skip {
    /// Which project.
    pub project: String,
    /// Which sample.
    pub sample: SampleId,
    /// What was done so far.
    pub work: Work,
    /// Why.
    pub reason: String,
}

/// A submission is on the disk.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Submitted {
    /// The new revision.
    pub annotation: AnnotationId,
    /// How many revisions there are.
    pub revision: u32,
    /// How far the work is now.
    pub counts: Counts,
    /// As it stands among the recent ones.
    pub recent: RecentEntry,
}

/// A sample came back into the queue, or nothing was left to take back.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TakenBack {
    /// Which sample.
    pub sample: Option<SampleId>,
    /// How far the work is now.
    pub counts: Counts,
}
