//! The first samples of a file, for a person to look at before an import.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use ts_rs::TS;

use super::{ReadOptions, Reader, Record};
use crate::error::{FileError, LineError};
use crate::format::Format;

/// The most problems that a preview lists.
const MAX_PROBLEMS: usize = 20;
/// The most records that a preview looks at.
const MAX_ROWS: u64 = 200;

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Preview {
    /// Its format.
    pub format: Format,
    /// Its columns, or the keys of its first record.
    pub columns: Vec<String>,
    /// Field → column, as it would be used.
    pub mapping: BTreeMap<String, String>,
    /// The first samples.
    pub records: Vec<Record>,
    /// The first problems.
    pub problems: Vec<LineError>,
    /// How many records were looked at.
    #[ts(type = "number")]
    pub rows_seen: u64,
}

/// Reads a file until `n` samples are there, or 200 records or 20 problems were seen.
pub fn preview(path: &Path, options: ReadOptions, n: usize) -> Result<Preview, FileError> {
    let mut reader = Reader::open(path, options)?;
    let mut preview = Preview {
        format: reader.format(),
        columns: reader.columns().to_vec(),
        mapping: reader.mapping(),
        records: Vec::new(),
        problems: Vec::new(),
        rows_seen: 0,
    };
    while preview.records.len() < n && preview.problems.len() < MAX_PROBLEMS && preview.rows_seen < MAX_ROWS {
        let Some(record) = reader.next() else { break };
        preview.rows_seen += 1;
        match record {
            Ok(record) => preview.records.push(record),
            Err(problem) => preview.problems.push(problem),
        }
    }
    preview.rows_seen += reader.repeats();
    Ok(preview)
}
