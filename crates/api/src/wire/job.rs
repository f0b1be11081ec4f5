use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::ApiError;
use crate::wire::{ExportReport, GradesRead, ImportReport, TeamStatus};

/// Names a job.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OfJob {
    /// Which job.
    pub job: String,
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Under way.
    Running,
    /// Finished; `outcome` says what it did.
    Done,
    /// Failed; `error` says why. Nothing was changed.
    Failed,
    /// Stopped by the person. Nothing was changed.
    Cancelled,
}

/// What a finished job did.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobOutcome {
    /// An import.
    Import(ImportReport),
    /// An export.
    Export(ExportReport),
    /// Grades read for a report on agreement.
    Grades(GradesRead),
}

/// Long work that can be watched and cancelled.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// What it does, for people (“Importing answers.jsonl”).
    pub title: String,
    /// How it stands.
    pub state: JobState,
    /// How much is done, 0 to 1.
    pub fraction: f64,
    /// What it is doing right now (“12,400 samples read”).
    pub note: String,
    /// What it did.
    pub outcome: Option<JobOutcome>,
    /// Why it failed.
    pub error: Option<ApiError>,
}

/// What happened, for everybody who watches.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A job went on.
    Job {
        /// The job as it stands.
        job: Box<Job>,
    },
    /// Something in a project changed.
    Changed {
        /// The project's file.
        project: String,
        /// The nouns that changed (`sample`, `annotation`, `rubric`, …).
        what: Vec<String>,
    },
    /// How a project stands with its hub changed.
    Team {
        /// The project's file.
        project: String,
        /// How it stands.
        status: Box<TeamStatus>,
    },
}
