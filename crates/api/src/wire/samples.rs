use assay_model::{Component, Member, Resolution, SampleId, Timestamp, Work};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::wire::GradeView;

/// How far this person is with a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Nothing done yet.
    Todo,
    /// A draft is there.
    Draft,
    /// Submitted.
    Done,
    /// Passed over.
    Skipped,
}

/// Which samples to list. Fields that are absent do not filter.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct SampleFilter {
    /// Dataset component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<Component>,
    /// Task type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_type: Option<String>,
    /// Locale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// How far this person is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// Words in the id or the beginning of the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Lists samples, a page at a time.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ListSamples {
    /// Which project.
    pub project: String,
    /// Which samples.
    #[serde(default)]
    #[ts(as = "SampleFilter")]
    pub filter: SampleFilter,
    /// Continue after this number (`next` of the page before).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number")]
    pub after: Option<i64>,
    /// Rows a page, 500 at most.
    pub limit: u32,
}

/// One row of the table of samples.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SampleRow {
    /// Its id.
    pub sample: SampleId,
    /// Its place in the project, from 1.
    #[ts(type = "number")]
    pub number: i64,
    /// The name it had where it came from.
    pub external_id: String,
    /// The beginning of the prompt.
    pub title: String,
    /// Dataset component; `None` for annotators, for whom golden samples are hidden among the others.
    pub component: Option<Component>,
    /// Task type.
    pub task_type: Option<String>,
    /// Locale.
    pub locale: Option<String>,
    /// How many responses.
    pub responses: u32,
    /// How far this person is.
    pub progress: Progress,
}

/// A page of samples.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SamplePage {
    /// The rows.
    pub rows: Vec<SampleRow>,
    /// Where the next page begins; absent at the end.
    #[ts(type = "number | null")]
    pub next: Option<i64>,
    /// How many there are in all, where that is known without counting.
    #[ts(type = "number | null")]
    pub total: Option<u64>,
}

/// A value and how many samples have it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Facet {
    /// The value; empty for samples without one.
    pub value: String,
    /// How many samples.
    #[ts(type = "number")]
    pub samples: u64,
}

/// What samples can be filtered by.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Facets {
    /// By dataset component.
    pub components: Vec<Facet>,
    /// By task type.
    pub task_types: Vec<Facet>,
    /// By locale.
    pub locales: Vec<Facet>,
}

/// Names a sample of a project.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OfSample {
    /// Which project.
    pub project: String,
    /// Which sample.
    pub sample: SampleId,
}

/// One person's submitted work on a sample.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RatedWork {
    /// Who.
    pub member: Member,
    /// When.
    pub time: Timestamp,
    /// How many revisions led to it, itself included.
    pub revision: u32,
    /// The rubric version it was made under.
    pub rubric_version: u32,
    /// The work.
    pub work: Work,
}

/// A sample with everything a lead may see of it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SampleView {
    /// As the annotator sees it.
    pub view: GradeView,
    /// Dataset component; `None` for annotators, for whom golden samples are hidden among the others.
    pub component: Option<Component>,
    /// The models, in the order of the sample.
    pub models: Vec<Option<String>>,
    /// Everybody's submitted work; empty for annotators, who ask for it by `samples.others`.
    pub annotations: Vec<RatedWork>,
}

/// The final word on a sample.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Resolved {
    /// Who said it.
    pub member: Member,
    /// When.
    pub time: Timestamp,
    /// What it says.
    pub resolution: Resolution,
}

/// What others did on a sample.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Others {
    /// Their submitted work, in the order of their names.
    pub works: Vec<RatedWork>,
    /// A lead's final word.
    pub resolution: Option<Resolved>,
}
