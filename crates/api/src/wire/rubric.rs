use assay_model::{Rubric, RubricChange, RubricId, RubricVersion};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::ApiError;

/// One version in the history of the rubric.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RubricEntry {
    /// The version, whole.
    pub version: RubricVersion,
    /// Submitted annotations made under it that are still current.
    #[ts(type = "number")]
    pub annotations: u64,
    /// What it changed in its parent.
    pub changes: Vec<RubricChange>,
}

/// All versions, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RubricHistory {
    /// Newest first.
    pub versions: Vec<RubricEntry>,
}

/// Asks what a changed rubric would do, before it is saved.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct WeighRubric {
    /// Which project.
    pub project: String,
    /// The rubric as it would be.
    pub rubric: Rubric,
}

/// What a changed rubric would do.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RubricEffect {
    /// What differs from the current version.
    pub changes: Vec<RubricChange>,
    /// Submitted annotations made under the current version: they keep it.
    #[ts(type = "number")]
    pub annotations: u64,
    /// Drafts under way, which go on under the new version.
    #[ts(type = "number")]
    pub drafts: u64,
    /// Why it cannot be saved as it is.
    pub problem: Option<ApiError>,
}

/// Saves a new version.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SaveRubric {
    /// Which project.
    pub project: String,
    /// The version it succeeds; refused as `stale` when another came meanwhile.
    pub parent: RubricId,
    /// The new rubric, whole.
    pub rubric: Rubric,
}
