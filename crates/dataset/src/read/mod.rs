//! Samples from files, one at a time.
//!
//! The one thing that must stay true: a bad record never stops the good ones, never changes them, and is
//! reported with file, line and field; and memory does not grow with the file (apart from 32 bytes a
//! sample, by which repeats are found).

mod assay;
pub(crate) mod detect;
mod encoding;
mod events;
mod flat;
pub(crate) mod json;
mod mapping;
mod once;
mod parts;
mod preferences;
mod preview;
pub(crate) mod source;
mod table;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use assay_model::{RaterKind, Sample, Work};
use serde::Serialize;
use ts_rs::TS;

pub use detect::{Detected, detect};
pub use events::OVERALL;
pub use mapping::{FIELDS, guess_mapping};
pub use preview::{Preview, preview};
pub use source::MAX_RECORD;

use crate::error::{Fault, FileError, FileProblem, LineError};
use crate::format::Format;
use flat::Plan;
use once::Once;
use source::Source;
use table::Table;

/// The rater of preferences that came with the samples.
pub const IMPORTED: &str = "imported";
/// The rater of labels that came with product events.
pub const PRODUCTION: &str = "production";

/// How to read a file.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The format; told by the content when absent.
    pub format: Option<Format>,
    /// Field → column, for tables and prompt/response pairs; what it does not name is guessed.
    pub map: BTreeMap<String, String>,
    /// Put before every id, to keep samples of several files apart.
    pub id_prefix: String,
}

/// A label that came with a sample.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Label {
    /// Who gave it: [`IMPORTED`] or [`PRODUCTION`].
    pub rater: String,
    /// Person or model.
    pub kind: RaterKind,
    /// What it says; grades may be of dimensions that the project's rubric does not have.
    pub work: Work,
}

/// One sample of a file.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Record {
    /// The line where it begins, from 1.
    #[ts(type = "number")]
    pub line: u64,
    /// The sample, checked.
    pub sample: Sample,
    /// Labels that came with it.
    pub labels: Vec<Label>,
}

/// A sample before it has its id and is checked.
pub(crate) struct Draft {
    pub sample: Sample,
    pub labels: Vec<Label>,
}

#[expect(clippy::large_enum_variant, reason = "a reader has one of these, and never moves it")]
enum Records {
    Json { source: Source, list: bool, plan: Option<Plan> },
    Table(Table),
}

/// Reads the samples of one file, in its order. A sample that is there twice is given once, and counted
/// by [`repeats`](Self::repeats).
pub struct Reader {
    file: String,
    format: Format,
    columns: Vec<String>,
    options: ReadOptions,
    records: Records,
    buffer: Vec<u8>,
    once: Once,
    repeats: u64,
    total: u64,
    done: bool,
}

impl Reader {
    /// Opens a file and tells its format.
    ///
    /// # Errors
    /// When the file as a whole cannot be used; see [`FileProblem`].
    pub fn open(path: &Path, options: ReadOptions) -> Result<Self, FileError> {
        let (source, total) = Source::open(path)?;
        Self::of_source(source, total, path, options)
    }

    /// The same from anything that can be read; `name` stands in for the path, and `total` is its size in
    /// bytes where it is known.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_reader(
        reader: impl Read + Send + 'static,
        name: &str,
        total: u64,
        options: ReadOptions,
    ) -> Result<Self, FileError> {
        Self::of_source(Source::new(Box::new(reader), name)?, total, Path::new(name), options)
    }

    fn of_source(source: Source, total: u64, path: &Path, options: ReadOptions) -> Result<Self, FileError> {
        let file = path.display().to_string();
        let detected = match options.format {
            None => detect::of_source(&source, path)?,
            Some(format) => asked_format(&source, path, format)?,
        };
        let Detected { format, columns, delimiter, .. } = detected;
        let records = if format.is_table() {
            let plan = Plan::new(&file, &columns, &options.map)?;
            Records::Table(Table::new(source, delimiter, plan))
        } else {
            if !format.has_columns() && !options.map.is_empty() {
                return Err(FileError::new(
                    &file,
                    FileProblem::WrongFormat,
                    format!(
                        "{file} is {}, whose fields are fixed; a mapping has no meaning there.",
                        format.title()
                    ),
                    "leave out the mapping, or read the file with --format pairs",
                ));
            }
            let list = source.is_list();
            let plan = match format {
                Format::Pairs => Some(Plan::new(&file, &columns, &options.map)?),
                _ => None,
            };
            Records::Json { source, list, plan }
        };
        Ok(Self {
            file,
            format,
            columns,
            options,
            records,
            buffer: Vec::new(),
            once: Once::default(),
            repeats: 0,
            total,
            done: false,
        })
    }

    /// The format that is read.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The columns of a table, or the keys of the first record.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Field → column, as it is used; empty for formats with fixed fields.
    pub fn mapping(&self) -> BTreeMap<String, String> {
        match &self.records {
            Records::Json { plan, .. } => plan.as_ref().map(|plan| plan.mapping.clone()).unwrap_or_default(),
            Records::Table(table) => table.plan.mapping.clone(),
        }
    }

    /// How many bytes of the file have been read.
    pub fn bytes_read(&self) -> u64 {
        match &self.records {
            Records::Json { source, .. } => source.consumed,
            Records::Table(table) => table.bytes_read(),
        }
    }

    /// How many bytes the file has.
    pub fn bytes_total(&self) -> u64 {
        self.total
    }

    /// How many samples were passed over because the same sample came before in this file.
    pub fn repeats(&self) -> u64 {
        self.repeats
    }

    /// The next record or what is wrong with it, with its line. `None` at the end.
    fn next_draft(&mut self) -> Option<(u64, Result<Draft, Fault>)> {
        let unreadable = |error: &std::io::Error| {
            Fault::new(
                "",
                format!("The file cannot be read further: {error}."),
                "check the disk and try again",
            )
        };
        match &mut self.records {
            Records::Table(table) => table.next_draft(),
            Records::Json { source, list, plan } => {
                let piece = match source.next_record(*list, &mut self.buffer) {
                    Ok(piece) => piece?,
                    Err(error) => {
                        self.done = true;
                        return Some((0, Err(unreadable(&error))));
                    }
                };
                if let Some(what) = piece.broken {
                    let fault = Fault::new(
                        "",
                        format!("The list cannot be read further: {what}."),
                        "get the file again, or repair it there",
                    );
                    return Some((piece.line, Err(fault)));
                }
                if let Some(length) = piece.too_long {
                    return Some((piece.line, Err(too_long(length))));
                }
                Some((piece.line, parse(self.format, plan.as_ref(), &self.buffer, piece.ended)))
            }
        }
    }

    /// Gives the sample its id, checks it, and tells whether it was there before.
    fn finish(&mut self, line: u64, draft: Draft) -> Result<Option<Record>, Fault> {
        let Draft { mut sample, labels } = draft;
        let prefix = &self.options.id_prefix;
        let id = sample.external_id.as_str();
        if id.trim().is_empty() {
            let hash = sample.content_hash();
            let digits: String = hash[..12].iter().map(|byte| format!("{byte:02x}")).collect();
            sample.external_id = assay_model::ExternalId(format!("{prefix}sha256-{digits}"));
        } else if !prefix.is_empty() {
            sample.external_id = assay_model::ExternalId(format!("{prefix}{id}"));
        }
        sample.check()?;
        match self.once.see(&sample, line) {
            once::Seen::First => Ok(Some(Record { line, sample, labels })),
            once::Seen::Same => Ok(None),
            once::Seen::Clash(first) => Err(Fault::new(
                "id",
                format!("The id “{}” is on line {first} already, with other content.", sample.external_id),
                "give each sample an id of its own, or remove one of the two lines",
            )),
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Record, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            let Some((line, draft)) = self.next_draft() else {
                self.done = true;
                break;
            };
            match draft.and_then(|draft| self.finish(line, draft)) {
                Ok(Some(record)) => return Some(Ok(record)),
                Ok(None) => self.repeats += 1,
                Err(fault) => return Some(Err(LineError::of(&self.file, line, fault))),
            }
        }
        None
    }
}

fn parse(format: Format, plan: Option<&Plan>, bytes: &[u8], ended: bool) -> Result<Draft, Fault> {
    match format {
        Format::Chat => json::parse::<assay::Line>(bytes, ended)?.into_chat(),
        Format::Preferences => json::parse::<preferences::Line>(bytes, ended)?.into_draft(),
        Format::Events => Ok(json::parse::<events::Line>(bytes, ended)?.into_draft()),
        Format::Pairs => match plan {
            Some(plan) => flat::from_object(json::parse(bytes, ended)?, plan),
            None => json::parse::<assay::Line>(bytes, ended)?.into_draft(),
        },
        Format::Assay | Format::Csv | Format::Tsv => json::parse::<assay::Line>(bytes, ended)?.into_draft(),
    }
}

pub(crate) fn too_long(length: u64) -> Fault {
    Fault::new(
        "",
        format!("The record is {} MB long; the limit is {} MB.", length >> 20, MAX_RECORD >> 20),
        "check that line breaks are where they should be, or split the record",
    )
}

/// What a file is when the format was said: refuses one that plainly is something else.
fn asked_format(source: &Source, path: &Path, format: Format) -> Result<Detected, FileError> {
    let file = path.display().to_string();
    let head = String::from_utf8_lossy(source.rest());
    let is_json = matches!(head.trim_start().chars().next(), Some('{' | '['));
    let wrong = |what: &str| {
        let found = detect::of_source(source, path).ok();
        let hint = match found {
            Some(found) => format!("it looks like {}: --format {}", found.format.title(), found.format),
            None => "leave out --format, or give a file of that format".to_owned(),
        };
        FileError::new(
            &file,
            FileProblem::WrongFormat,
            format!("{file} is not {}: {what}.", format.title()),
            hint,
        )
    };
    if format.is_table() {
        if is_json && detect::of_source(source, path).is_ok_and(|found| !found.format.is_table()) {
            return Err(wrong("it holds JSON"));
        }
        let delimiter = match detect::of_source(source, path) {
            Ok(found) if found.format == format => found.delimiter,
            _ if format == Format::Tsv => b'\t',
            _ => b',',
        };
        let columns = detect::header(&head, delimiter).unwrap_or_default();
        return Ok(Detected { format, why: "it was said".to_owned(), columns, delimiter });
    }
    if !is_json {
        return Err(wrong("it does not begin with { or ["));
    }
    let columns = detect::of_source(source, path).map(|found| found.columns).unwrap_or_default();
    let columns = if columns.is_empty() { detect::first_keys(&head) } else { columns };
    Ok(Detected { format, why: "it was said".to_owned(), columns, delimiter: b',' })
}

/// An id given as a text or a number.
pub(crate) fn name_text<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<assay_model::ExternalId, D::Error> {
    use serde::Deserialize;
    parts::Name::deserialize(from).map(|name| assay_model::ExternalId(name.0))
}
