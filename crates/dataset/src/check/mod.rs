//! What is wrong with a training dataset, ours or anyone's: what trainers accept without a word and learn
//! nothing good from (`formats.md`).
//!
//! The one thing that must stay true: a dataset without findings of severity `error` trains on what it says
//! it holds. Streaming: of each row only hashes are kept.

mod finding;
mod folder;
mod row;
mod shape;

use std::path::Path;

use serde_json::Value;

pub use finding::{Code, Finding, Findings, Place, Severity};

use crate::dates::is_date;
use crate::error::FileError;
use crate::hash::{HashedMap, hash64, mix};
use crate::read::source::Source;
use crate::read::{json, too_long};
use finding::Notes;
use row::{Row, Side};
use shape::Shapes;

/// Checks a file of JSONL (or one JSON list), or all such files of a folder.
///
/// # Errors
/// When the file cannot be read as text, or the folder holds no JSONL file.
pub fn check(path: &Path) -> Result<Findings, FileError> {
    let mut notes = Notes::default();
    let mut findings = Findings::default();
    for file in folder::files(path, &mut notes)? {
        let rows = check_file(&file, &mut notes)?;
        findings.rows += rows;
        findings.files.push(file.display().to_string());
    }
    findings.findings = notes.list();
    Ok(findings)
}

/// What is known of all the rows of one file so far.
#[derive(Default)]
struct Seen {
    rows: u64,
    shapes: Shapes,
    /// Hash of a row → its line.
    whole: HashedMap<u64, u64>,
    /// Hash of prompt, chosen, rejected (or completion and label) → its line.
    pairs: HashedMap<u64, u64>,
    /// Pairs compared by length, and those whose chosen is the longer.
    compared: u64,
    longer: u64,
    labels: [u64; 2],
    /// For each text column: whether all texts are dates, and how many there are.
    dates: Vec<(String, bool, u64)>,
}

fn check_file(path: &Path, notes: &mut Notes) -> Result<u64, FileError> {
    let (mut source, _) = Source::open(path)?;
    let name = path.display().to_string();
    if source.consumed > 0 {
        notes.add(Code::ByteOrderMark, &name, 1);
    }
    let list = source.is_list();
    let mut seen = Seen::default();
    let mut buffer = Vec::new();
    loop {
        let piece = match source.next_record(list, &mut buffer) {
            Ok(Some(piece)) => piece,
            Ok(None) => break,
            Err(error) => return Err(FileError::io(path, &error)),
        };
        if piece.broken.is_some() {
            notes.add_saying(Code::BadJson, &name, piece.line, piece.broken.as_deref().unwrap_or(""));
            break;
        }
        if let Some(length) = piece.too_long {
            notes.add_saying(Code::BadJson, &name, piece.line, &too_long(length).message);
            continue;
        }
        seen.rows += 1;
        match json::parse::<Value>(&buffer, piece.ended) {
            Ok(value) => check_row(&value, &buffer, &name, piece.line, &mut seen, notes),
            Err(_) if has_nan(&buffer) => notes.add(Code::NotANumber, &name, piece.line),
            Err(fault) => notes.add_saying(Code::BadJson, &name, piece.line, &fault.message),
        }
    }
    finish(&name, &seen, notes);
    Ok(seen.rows)
}

/// Whether a row is no JSON because of `NaN` or `Infinity`, which Python writes and reads.
fn has_nan(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut in_string = false;
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => in_string = !in_string,
            '\\' if in_string => {
                chars.next();
            }
            c if !in_string => plain.push(c),
            _ => {}
        }
    }
    plain.contains("NaN") || plain.contains("Infinity")
}

/// Names of columns that trainers give a meaning of their own.
const RESERVED: [&str; 8] = [
    "images",
    "labels",
    "input_ids",
    "prompt_ids",
    "chosen_ids",
    "rejected_ids",
    "completion_ids",
    "chat_template_kwargs",
];

/// Whether this is what trainers take a column named `tools` for: a list of what a model may call.
fn is_tools(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(|tools| tools.iter().all(Value::is_object))
}

fn check_row(value: &Value, bytes: &[u8], file: &str, line: u64, seen: &mut Seen, notes: &mut Notes) {
    let Some(object) = value.as_object() else {
        notes.add(Code::NotAnObject, file, line);
        return;
    };
    seen.shapes.see(value, line);
    for (key, value) in object {
        if RESERVED.contains(&key.as_str()) || (key == "tools" && !is_tools(value)) {
            notes.add_saying(Code::ReservedColumn, file, line, &format!("“{key}”"));
        }
    }
    if seen.whole.insert(hash64(7, bytes.trim_ascii()), line).is_some() {
        notes.add(Code::DuplicateRow, file, line);
    }
    see_dates(value, "", &mut seen.dates);
    let row = Row::of(object);
    for bad in &row.unknown_roles {
        notes.add_saying(Code::UnknownRole, file, line, &format!("“{bad}”"));
    }
    check_prompt(&row, file, line, notes);
    if let (Some(chosen), Some(rejected)) = (&row.chosen, &row.rejected) {
        check_pair(&row, chosen, rejected, file, line, seen, notes);
    }
    if let Some(completion) = &row.completion {
        check_side(&row, completion, file, line, notes);
    }
    check_label(&row, file, line, seen, notes);
    if row.margin.is_some_and(|margin| !margin.is_number()) {
        notes.add(Code::MarginNotNumber, file, line);
    }
}

fn check_prompt(row: &Row<'_>, file: &str, line: u64, notes: &mut Notes) {
    if row.has_prompt && row.prompt.trim().is_empty() {
        notes.add(Code::EmptyPrompt, file, line);
    }
    if row.prompt_ends_with_assistant {
        notes.add(Code::PromptEndsWithAssistant, file, line);
    }
    if row.ends_with_user {
        notes.add(Code::EndsWithUser, file, line);
    }
}

fn check_side(row: &Row<'_>, side: &Side, file: &str, line: u64, notes: &mut Notes) {
    if side.text.trim().is_empty() {
        notes.add(Code::EmptyCompletion, file, line);
    }
    if side.not_assistant {
        notes.add(Code::NotAssistant, file, line);
    }
    if side.is_unseparated {
        notes.add(Code::NoSeparator, file, line);
    }
    let prompt = row.last_prompt.trim();
    if !row.ends_with_user && prompt.len() >= 12 && side.text.trim_start().starts_with(prompt) {
        notes.add(Code::PromptRepeated, file, line);
    }
}

fn check_pair(
    row: &Row<'_>,
    chosen: &Side,
    rejected: &Side,
    file: &str,
    line: u64,
    seen: &mut Seen,
    notes: &mut Notes,
) {
    check_side(row, chosen, file, line, notes);
    check_side(row, rejected, file, line, notes);
    if chosen.text.trim() == rejected.text.trim() {
        notes.add(Code::ChosenEqualsRejected, file, line);
        return;
    }
    if chosen.is_list != rejected.is_list {
        notes.add(Code::MixedShapes, file, line);
    }
    let key = |better: &str, worse: &str| pair_key(&row.prompt, better, worse);
    seen.pairs.entry(key(&chosen.text, &rejected.text)).or_insert(line);
    if let Some(&first) = seen.pairs.get(&key(&rejected.text, &chosen.text)) {
        notes.add_saying(Code::Contradictory, file, line, &format!("see line {first}"));
    }
    seen.compared += 1;
    seen.longer += u64::from(chosen.text.chars().count() > rejected.text.chars().count());
}

fn pair_key(prompt: &str, better: &str, worse: &str) -> u64 {
    let part = |seed, text: &str| hash64(seed, text.trim().as_bytes());
    mix(mix(part(1, prompt), part(2, better)), part(3, worse))
}

fn check_label(row: &Row<'_>, file: &str, line: u64, seen: &mut Seen, notes: &mut Notes) {
    let Some(label) = row.label else { return };
    match label {
        Value::Bool(wanted) => {
            seen.labels[usize::from(*wanted)] += 1;
            if let Some(completion) = &row.completion {
                let side = |wanted| if wanted { "wanted" } else { "unwanted" };
                seen.pairs.entry(pair_key(&row.prompt, &completion.text, side(*wanted))).or_insert(line);
                let opposite = pair_key(&row.prompt, &completion.text, side(!wanted));
                if let Some(&first) = seen.pairs.get(&opposite) {
                    notes.add_saying(Code::Contradictory, file, line, &format!("see line {first}"));
                }
            }
        }
        Value::Number(number) => {
            notes.add(Code::LabelNotBoolean, file, line);
            seen.labels[usize::from(number.as_f64().unwrap_or(0.0) > 0.0)] += 1;
        }
        _ => notes.add(Code::LabelNotBoolean, file, line),
    }
}

/// Follows every text of a row to its column; roles are no texts.
fn see_dates(value: &Value, column: &str, dates: &mut Vec<(String, bool, u64)>) {
    match value {
        Value::String(text) => {
            let date = is_date(text);
            match dates.iter_mut().find(|(name, ..)| name == column) {
                Some((_, all, count)) => (*all, *count) = (*all && date, *count + 1),
                None => dates.push((column.to_owned(), date, 1)),
            }
        }
        Value::Array(list) => list.iter().for_each(|one| see_dates(one, column, dates)),
        Value::Object(map) => {
            for (key, one) in map {
                let inner = if column.is_empty() { key.clone() } else { format!("{column}.{key}") };
                see_dates(one, &inner, dates);
            }
        }
        _ => {}
    }
}

fn finish(file: &str, seen: &Seen, notes: &mut Notes) {
    for line in seen.shapes.odd() {
        notes.add(Code::MixedShapes, file, line);
    }
    let [unwanted, wanted] = seen.labels;
    if unwanted + wanted > 0 && (unwanted == 0 || wanted == 0) {
        notes.add(Code::OneClass, file, 1);
    }
    for (column, all, _) in &seen.dates {
        if *all {
            notes.add_saying(Code::DatesOnly, file, 1, &format!("“{column}”"));
        }
    }
    if seen.compared >= 20 && seen.longer * 5 > seen.compared * 4 {
        let share = seen.longer * 100 / seen.compared;
        notes.add_saying(Code::LengthBias, file, 1, &format!("{share} % of {} pairs", seen.compared));
    }
    if seen.rows == 0 {
        notes.add(Code::NoRows, file, 1);
    }
}
