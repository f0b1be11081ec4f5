use std::collections::BTreeMap;

use assay_model::Sample;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A format that can be read.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct FormatInfo {
    /// Its name on the command line (`assay`, `csv`).
    pub id: String,
    /// Its name on the screen.
    pub name: String,
    /// One line that tells it from others.
    pub description: String,
}

/// Looks at a file before it is imported.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct PreviewImport {
    /// The file.
    pub path: String,
    /// Its format; guessed when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Which column fills which field (field → column), for tables; guessed when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<BTreeMap<String, String>>,
}

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BadLine {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    #[ts(type = "number")]
    pub line: u64,
    /// The field; empty for the line as a whole.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// What a file holds.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ImportPreview {
    /// The format it is read as.
    pub format: String,
    /// Why that format was taken.
    pub why: String,
    /// The columns of a table.
    pub columns: Vec<String>,
    /// The fields a column can fill.
    pub fields: Vec<String>,
    /// Which column fills which field.
    pub map: BTreeMap<String, String>,
    /// The first samples.
    pub samples: Vec<Sample>,
    /// The first lines that cannot be read.
    pub problems: Vec<BadLine>,
    /// The file's size in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// Imports files.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct StartImport {
    /// Into which project.
    pub project: String,
    /// The files, in order.
    pub paths: Vec<String>,
    /// Their format; guessed when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Which column fills which field (field → column), for tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<BTreeMap<String, String>>,
    /// Import the good lines although others are bad.
    #[serde(default)]
    #[ts(as = "bool")]
    pub keep_good: bool,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ImportReport {
    /// Whether nothing was written because of the lines that were refused.
    pub refused: bool,
    /// Samples that are new.
    #[ts(type = "number")]
    pub added: u64,
    /// Samples that were in the project already, with the same content.
    #[ts(type = "number")]
    pub already_there: u64,
    /// Annotations that came along and are new.
    #[ts(type = "number")]
    pub labels: u64,
    /// Lines that were refused (the first 1,000 of them).
    pub rejected: Vec<BadLine>,
    /// How many lines were refused.
    #[ts(type = "number")]
    pub rejected_count: u64,
}

/// Takes annotations or resolutions from a file, one JSON object a line.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct WorkFromFile {
    /// Into which project.
    pub project: String,
    /// The file.
    pub path: String,
    /// Whose work it is, by name; a rater not known yet joins the project. Ignored for resolutions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rater: Option<String>,
    /// Whether the rater is a model that judges.
    #[serde(default)]
    #[ts(as = "bool")]
    pub model: bool,
}

/// What a file of work did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WorkReport {
    /// Annotations or resolutions that are new.
    #[ts(type = "number")]
    pub added: u64,
    /// Those that were in the project already, unchanged.
    #[ts(type = "number")]
    pub already_there: u64,
}
