use assay_model::DimensionId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// By what to break figures down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StatsBy {
    /// By dimension of the rubric.
    Dimension,
    /// By rater.
    Rater,
    /// By model.
    Model,
    /// By task type.
    Task,
    /// By locale.
    Locale,
    /// By dataset component.
    Component,
}

/// Asks for progress and quality.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct GetStats {
    /// Which project.
    pub project: String,
    /// By what.
    pub by: StatsBy,
}

/// One group's figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct StatsRow {
    /// The group; empty for samples without a value.
    pub group: String,
    /// Samples with at least one submitted annotation.
    #[ts(type = "number")]
    pub samples: u64,
    /// Submitted annotations.
    #[ts(type = "number")]
    pub annotations: u64,
    /// Grades given.
    #[ts(type = "number")]
    pub grades: u64,
    /// Mean grade, or weighted quality score, 1 to 5.
    pub mean: Option<f64>,
    /// How many of each grade, from 1 to 5.
    #[ts(type = "[number, number, number, number, number]")]
    pub distribution: [u64; 5],
    /// The dimension's threshold, where the group is a dimension.
    pub threshold: Option<f64>,
    /// Responses corrected.
    #[ts(type = "number")]
    pub corrections: u64,
    /// Median active time, in milliseconds.
    #[ts(type = "number | null")]
    pub median_active_ms: Option<u64>,
}

/// Progress and quality.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Stats {
    /// By what.
    pub by: StatsBy,
    /// One row a group.
    pub rows: Vec<StatsRow>,
    /// Samples in the project.
    #[ts(type = "number")]
    pub samples: u64,
}

/// Asks for agreement.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct GetAgreement {
    /// Which project.
    pub project: String,
    /// One dimension only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<DimensionId>,
    /// Replicates of the bootstrap; absent: analytic intervals where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<u32>,
    /// Seed of the bootstrap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number")]
    pub seed: Option<u64>,
    /// Also how many raters and units an interval of this width needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_width: Option<f64>,
}

/// Grades that were read, so that reports on agreement come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GradesRead {
    /// Annotations that had not been read before.
    #[ts(type = "number")]
    pub annotations: u64,
}
