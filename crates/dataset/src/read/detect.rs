//! Tells the format of a file by what its first records look like. The extension is never trusted; it only
//! helps where a table has a single column.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};
use ts_rs::TS;

use super::source::Source;
use crate::error::{FileError, FileProblem};
use crate::format::Format;

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Detected {
    /// The format.
    pub format: Format,
    /// By what it was recognised, as a clause (“its records have chosen and rejected”).
    pub why: String,
    /// The columns of a table, or the keys of the first record.
    pub columns: Vec<String>,
    /// What separates the columns of a table.
    #[serde(skip)]
    #[ts(skip)]
    pub delimiter: u8,
}

/// Looks at the beginning of a file.
pub fn detect(path: &Path) -> Result<Detected, FileError> {
    let (source, _) = Source::open(path)?;
    of_source(&source, path)
}

pub(crate) fn of_source(source: &Source, path: &Path) -> Result<Detected, FileError> {
    let name = path.display().to_string();
    let head = String::from_utf8_lossy(source.rest());
    let first = head.chars().find(|c| !c.is_whitespace());
    if matches!(first, Some('{' | '[')) {
        let records = first_objects(&head);
        if let Some(detected) = of_objects(&records) {
            return Ok(detected);
        }
        if records.is_empty() && looks_like_json(&head) {
            // Wrong JSON is reported line by line, and best as what is most common.
            return Ok(Detected {
                format: Format::Assay,
                why: "its lines look like JSON objects".to_owned(),
                columns: Vec::new(),
                delimiter: b',',
            });
        }
        if let Some(record) = records.first() {
            let keys: Vec<&str> = record.keys().map(String::as_str).collect();
            return Err(unknown(
                &name,
                format!("{name} is JSON, but no format fits its keys: {}.", keys.join(", ")),
                "Assay looks for prompt and response, messages, or chosen and rejected; rename the keys, or name \
                 the format and the mapping: --format pairs --map prompt=KEY --map response=KEY",
            ));
        }
    }
    of_table(&head, path).ok_or_else(|| {
        unknown(
            &name,
            format!("The format of {name} cannot be told: it is neither JSON nor a table with a header."),
            "name it with --format, or give JSONL or CSV",
        )
    })
}

fn unknown(file: &str, message: String, hint: &str) -> FileError {
    FileError::new(file, FileProblem::UnknownFormat, message, hint)
}

fn looks_like_json(head: &str) -> bool {
    let text = head.trim_start().trim_start_matches('[').trim_start();
    text.starts_with('{') && text[1..].trim_start().starts_with(['"', '}'])
}

/// The first objects of a head: of its list, or of its lines.
fn first_objects(head: &str) -> Vec<Map<String, Value>> {
    let mut found = Vec::new();
    let text = head.trim_start();
    if let Some(list) = text.strip_prefix('[') {
        let mut rest = list;
        while found.len() < 20 {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Map<String, Value>>();
            let Some(Ok(object)) = stream.next() else { break };
            let taken = stream.byte_offset();
            found.push(object);
            rest = &rest[taken..];
        }
    } else {
        found.extend(text.lines().take(40).filter_map(|line| serde_json::from_str(line).ok()).take(20));
    }
    found
}

/// The format that most of the first records have.
fn of_objects(records: &[Map<String, Value>]) -> Option<Detected> {
    let mut votes: BTreeMap<Format, (usize, String)> = BTreeMap::new();
    for (format, why) in records.iter().filter_map(of_object) {
        votes.entry(format).or_insert((0, why)).0 += 1;
    }
    // A file in which some samples have more than prompt and response is Assay's own.
    if votes.contains_key(&Format::Assay)
        && let Some((pairs, _)) = votes.remove(&Format::Pairs)
        && let Some(assay) = votes.get_mut(&Format::Assay)
    {
        assay.0 += pairs;
    }
    let (format, (_, why)) =
        votes.into_iter().max_by_key(|(format, (count, _))| (*count, std::cmp::Reverse(*format)))?;
    let columns = records.first().map(|record| record.keys().cloned().collect()).unwrap_or_default();
    Some(Detected { format, why, columns, delimiter: b',' })
}

fn of_object(record: &Map<String, Value>) -> Option<(Format, String)> {
    let has = |key: &str| record.get(key).is_some_and(|value| !value.is_null());
    if has("chosen") && has("rejected") {
        return Some((Format::Preferences, "its records have chosen and rejected".to_owned()));
    }
    let event = ["event_id", "explicit_feedback", "implicit_feedback", "automated_checks", "user_segment"];
    let nested = |key: &str| record.get(key).is_some_and(Value::is_object);
    if nested("input") && nested("output") && event.into_iter().any(has) {
        return Some((Format::Events, "its records have input, output and feedback".to_owned()));
    }
    if has("responses") || (has("response") && (has("messages") || nested("response"))) {
        return Some((Format::Assay, "its records have a conversation and responses".to_owned()));
    }
    if has("messages") || has("conversations") {
        return Some((Format::Chat, "its records have messages and no response apart".to_owned()));
    }
    let own = ["component", "context", "feedback", "metadata", "tags", "task_type"];
    if has("prompt") && has("response") && own.into_iter().any(has) {
        return Some((
            Format::Assay,
            "its records have prompt, response and Assay’s other fields".to_owned(),
        ));
    }
    let keys: Vec<&str> = record.keys().map(String::as_str).collect();
    let mapping = super::mapping::guess_mapping(&keys);
    match (mapping.get("prompt"), mapping.get("response")) {
        (Some(prompt), Some(response)) => {
            Some((Format::Pairs, format!("its records have {prompt} and {response}")))
        }
        _ => None,
    }
}

/// A table, by the separator that its first line has most of.
fn of_table(head: &str, path: &Path) -> Option<Detected> {
    let line = head.lines().find(|line| !line.trim().is_empty())?;
    let count = |separator: u8| {
        let mut quoted = false;
        line.bytes()
            .filter(|&byte| {
                quoted ^= byte == b'"';
                byte == separator && !quoted
            })
            .count()
    };
    let (delimiter, separators) =
        [b'\t', b',', b';'].into_iter().map(|byte| (byte, count(byte))).max_by_key(|&(_, n)| n)?;
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
    if separators == 0 && !matches!(extension.as_str(), "csv" | "tsv") {
        return None;
    }
    let columns = header(head, delimiter)?;
    if columns.iter().any(|column| column.chars().count() > 200) {
        return None;
    }
    let (format, separator) = match delimiter {
        b'\t' => (Format::Tsv, "tabs"),
        b';' => (Format::Csv, "semicolons"),
        _ => (Format::Csv, "commas"),
    };
    Some(Detected {
        format,
        why: format!("its first line has {} columns between {separator}", columns.len()),
        columns,
        delimiter,
    })
}

/// The names in the first row of a table.
pub(crate) fn header(head: &str, delimiter: u8) -> Option<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(head.as_bytes());
    let mut record = csv::StringRecord::new();
    reader.read_record(&mut record).ok()?.then(|| record.iter().map(|name| name.trim().to_owned()).collect())
}

/// The keys of the first record that can be read.
pub(crate) fn first_keys(head: &str) -> Vec<String> {
    first_objects(head).first().map(|record| record.keys().cloned().collect()).unwrap_or_default()
}
