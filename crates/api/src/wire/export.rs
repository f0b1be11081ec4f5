use std::collections::BTreeMap;

use assay_model::{Component, Verdict};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A target that can be written.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TargetInfo {
    /// Its name on the command line (`trl-dpo`).
    pub id: String,
    /// Its name on the screen.
    pub name: String,
    /// One line: who reads it and what a row is.
    pub description: String,
    /// What it is made from: `pairs`, `labels`, `answers`.
    pub made_from: String,
    /// The file formats it can be written in, the default first.
    pub file_formats: Vec<String>,
}

/// What to export. Absent fields take the defaults.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct ExportChoice {
    /// The target's name.
    #[ts(as = "String")]
    pub target: String,
    /// `jsonl` or `csv`; the target's own when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_format: Option<String>,
    /// Pairs from corrections (default yes).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrections: Option<bool>,
    /// Pairs from preferences (default yes).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences: Option<bool>,
    /// Pairs from responses whose weighted quality differs by at least this; absent: none from gaps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade_gap: Option<f64>,
    /// The weighted quality from which an answer is good (SFT, KTO).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_quality: Option<f64>,
    /// Only work with these verdicts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<Vec<Verdict>>,
    /// Only samples of these components; naming golden or red-flag here is what lets them in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<Vec<Component>>,
    /// Only these task types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_types: Option<Vec<String>>,
    /// Only these locales.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locales: Option<Vec<String>>,
    /// Only the work of these raters, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raters: Option<Vec<String>>,
    /// Only samples with at least that many raters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_raters: Option<u32>,
    /// Shares of train, validation and test, which add up to 1; all into train when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<[f64; 3]>,
    /// Seed of the split.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "number")]
    pub seed: Option<u64>,
    /// Write raters' names instead of pseudonyms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_raters: Option<bool>,
}

/// Looks at an export before it is written.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PreviewExport {
    /// Which project.
    pub project: String,
    /// What to export.
    pub choice: ExportChoice,
    /// How many rows to show, 50 at most.
    pub rows: u32,
}

/// Why rows were dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Dropped {
    /// Stable name (`unedited_correction`).
    pub reason: String,
    /// The same as a sentence.
    pub sentence: String,
    /// How many.
    #[ts(type = "number")]
    pub rows: u64,
}

/// A finding about the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Finding {
    /// Stable name (`one_class`).
    pub code: String,
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// One sentence.
    pub message: String,
    /// How many rows it concerns.
    #[ts(type = "number")]
    pub rows: u64,
}

/// A row as it would be written.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PreviewRow {
    /// `train`, `validation` or `test`.
    pub split: String,
    /// The row itself: a JSON object, or for tables an object of column → value.
    pub row: serde_json::Value,
    /// The sample it came from, by its external id.
    pub sample: String,
    /// How it arose (`correction`, `preference`, `grade_gap`, `resolution`, `grade`).
    pub origin: String,
}

/// What an export would write.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ExportPreview {
    /// The first rows.
    pub rows: Vec<PreviewRow>,
    /// Rows kept, in all and by split.
    #[ts(type = "number")]
    pub kept: u64,
    /// Rows by split.
    #[ts(type = "Record<string, number>")]
    pub splits: BTreeMap<String, u64>,
    /// Rows by how they arose.
    #[ts(type = "Record<string, number>")]
    pub origins: BTreeMap<String, u64>,
    /// Rows dropped, by reason.
    pub dropped: Vec<Dropped>,
    /// What is remarkable about the data.
    pub findings: Vec<Finding>,
}

/// Writes a dataset folder.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct StartExport {
    /// Which project.
    pub project: String,
    /// What to export.
    pub choice: ExportChoice,
    /// The folder to write.
    pub out: String,
}

/// What an export wrote.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ExportReport {
    /// The folder.
    pub folder: String,
    /// The files, relative to the folder.
    pub files: Vec<String>,
    /// Rows kept.
    #[ts(type = "number")]
    pub kept: u64,
    /// Rows by split.
    #[ts(type = "Record<string, number>")]
    pub splits: BTreeMap<String, u64>,
    /// Rows dropped, by reason.
    pub dropped: Vec<Dropped>,
    /// What is remarkable about the data.
    pub findings: Vec<Finding>,
}
