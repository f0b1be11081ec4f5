//! Where rows go: into the files of a folder, or, for a preview, nowhere but into the counts.

use assay_model::{AnnotationId, Component, ExternalId, ResolutionId, RubricId, SampleId};
use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

use super::folder::{Folder, Hashed, WrittenFile};
use super::options::{ExportOptions, FileFormat, Split};
use super::rows::Origin;
use super::shapes;
use super::target::Rows;
use crate::error::Error;

/// Where one row comes from: a line of `provenance.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Provenance<'a> {
    /// The split it is in.
    pub split: Split,
    /// Its number in that split, from 0.
    #[ts(type = "number")]
    pub row: u64,
    /// The sample.
    pub sample: SampleId,
    /// The name it had where it came from.
    pub external_id: &'a ExternalId,
    /// The component it is of.
    pub component: Component,
    /// How the row came about; absent in label tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The responses, counted from 0; of a pair, the better first.
    pub responses: Vec<u32>,
    /// The annotations it rests on.
    pub annotations: Vec<AnnotationId>,
    /// The resolution it rests on.
    pub resolution: Option<ResolutionId>,
    /// Who made them, by name or pseudonym.
    pub raters: Vec<&'a str>,
    /// The rubric versions they were made under.
    pub rubrics: Vec<RubricId>,
    /// How many characters a correction changed.
    #[ts(type = "number | null")]
    pub edit_distance: Option<u64>,
}

/// A row as a preview shows it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PreviewRow {
    /// The split it would be in.
    pub split: Split,
    /// The row itself.
    #[ts(type = "unknown")]
    pub row: Value,
    /// Its line of provenance.
    #[ts(type = "unknown")]
    pub provenance: Value,
}

/// Takes rows.
#[expect(clippy::large_enum_variant, reason = "an export has one of these, and never moves it")]
pub(crate) enum Sink {
    Folder {
        folder: Folder,
        data: [Option<Hashed>; 3],
        provenance: Hashed,
        header: Vec<u8>,
        labels: Option<FileFormat>,
    },
    Preview {
        rows: Vec<PreviewRow>,
        most: usize,
        counts: [u64; 3],
    },
}

impl Sink {
    pub fn folder(folder: Folder, options: &ExportOptions, header: Vec<u8>) -> Result<Self, Error> {
        let labels = (options.target.rows() == Rows::Labels).then_some(options.file_format);
        let provenance = folder.file("provenance.jsonl")?;
        Ok(Self::Folder { folder, data: [None, None, None], provenance, header, labels })
    }

    pub fn preview(most: usize) -> Self {
        Self::Preview { rows: Vec::new(), most, counts: [0; 3] }
    }

    /// How many rows are in a split.
    pub fn count(&self, split: Split) -> u64 {
        match self {
            Self::Folder { data, .. } => data[split as usize].as_ref().map_or(0, Hashed::rows),
            Self::Preview { counts, .. } => counts[split as usize],
        }
    }

    /// Adds a row and its provenance.
    pub fn row(
        &mut self,
        line: &[u8],
        provenance: &Provenance<'_>,
        scratch: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let split = provenance.split;
        match self {
            Self::Folder { folder, data, provenance: traces, header, labels } => {
                let slot = &mut data[split as usize];
                let file = match slot {
                    Some(file) => file,
                    None => {
                        let name = match labels {
                            None => format!("data/{}.jsonl", split.name()),
                            Some(FileFormat::Csv) => "data/labels.csv".to_owned(),
                            Some(FileFormat::Jsonl) => "data/labels.jsonl".to_owned(),
                        };
                        let file = slot.insert(folder.file(&name)?);
                        file.add(header)?;
                        file
                    }
                };
                file.row(line)?;
                scratch.clear();
                shapes::line(provenance, scratch).map_err(unserialisable)?;
                traces.row(scratch)
            }
            Self::Preview { rows, most, counts } => {
                counts[split as usize] += 1;
                if rows.len() < *most {
                    let row = serde_json::from_slice(line).map_err(unserialisable)?;
                    let provenance = serde_json::to_value(provenance).map_err(unserialisable)?;
                    rows.push(PreviewRow { split, row, provenance });
                }
                Ok(())
            }
        }
    }

    /// Ends the data files; for a preview, gives its rows.
    pub fn finish(self) -> Result<Finished, Error> {
        match self {
            Self::Folder { folder, data, provenance, .. } => {
                let mut files = Vec::new();
                for file in data.into_iter().flatten() {
                    files.push(folder.close(file)?);
                }
                files.push(folder.close(provenance)?);
                Ok(Finished::Folder(folder, files))
            }
            Self::Preview { rows, .. } => Ok(Finished::Preview(rows)),
        }
    }
}

/// What is left of a sink at the end.
pub(crate) enum Finished {
    Folder(Folder, Vec<WrittenFile>),
    Preview(Vec<PreviewRow>),
}

/// Texts, numbers and lists of them always can be written as JSON; should one not, nothing is published.
pub(crate) fn unserialisable(error: serde_json::Error) -> Error {
    Error::Write { path: "a row".into(), source: error.into() }
}
