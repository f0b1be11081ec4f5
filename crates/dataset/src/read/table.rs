//! Tables: CSV and TSV with a header (RFC 4180, and semicolons). A quoted field may hold line breaks; the
//! line of a row is the one where it begins.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::Value;

use super::flat::{Flat, Plan};
use super::source::{MAX_RECORD, Source};
use super::{Draft, json};
use crate::error::Fault;

/// A table being read.
pub(crate) struct Table {
    reader: csv::Reader<Guard>,
    record: csv::ByteRecord,
    columns: Vec<String>,
    fields: Vec<Option<String>>,
    pub plan: Plan,
    watch: Arc<Watch>,
    /// Bytes before the header: a byte-order mark.
    skipped: u64,
    done: bool,
}

/// What the guard and the table tell each other.
#[derive(Default)]
struct Watch {
    /// Bytes handed to the parser since the last whole row.
    since_row: AtomicU64,
    /// Whether an odd number of quotes has been handed out.
    odd_quotes: AtomicBool,
    /// Whether the parser has met the end of the file.
    ended: AtomicBool,
}

/// Hands the file to the parser, and stops when one row does not end: a quote that is never closed would
/// take in the rest of the file.
struct Guard {
    source: Source,
    watch: Arc<Watch>,
}

impl Read for Guard {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.watch.since_row.load(Ordering::Relaxed) > MAX_RECORD as u64 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "row too long"));
        }
        let read = self.source.read(out)?;
        if read == 0 {
            self.watch.ended.store(true, Ordering::Relaxed);
        }
        self.watch.since_row.fetch_add(read as u64, Ordering::Relaxed);
        if memchr::memchr_iter(b'"', &out[..read]).count() % 2 == 1 {
            self.watch.odd_quotes.fetch_xor(true, Ordering::Relaxed);
        }
        Ok(read)
    }
}

impl Table {
    pub fn new(source: Source, delimiter: u8, plan: Plan) -> Self {
        let skipped = source.consumed;
        let watch = Arc::new(Watch::default());
        let guard = Guard { source, watch: Arc::clone(&watch) };
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(guard);
        let columns: Vec<String> = match reader.byte_headers() {
            Ok(header) => header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect(),
            Err(_) => Vec::new(),
        };
        let fields = columns.iter().map(|column| plan.field(column).map(str::to_owned)).collect();
        Self { reader, record: csv::ByteRecord::new(), columns, fields, plan, watch, skipped, done: false }
    }

    pub fn bytes_read(&self) -> u64 {
        self.skipped + self.reader.position().byte()
    }

    /// The next row, with the line where it begins.
    pub fn next_draft(&mut self) -> Option<(u64, Result<Draft, Fault>)> {
        if self.done {
            return None;
        }
        let before = self.reader.position().line();
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => {
                self.done = true;
                return None;
            }
            Err(error) => {
                self.done = true;
                let what = if self.watch.since_row.load(Ordering::Relaxed) > MAX_RECORD as u64 {
                    unclosed()
                } else {
                    let message = format!("The file cannot be read further: {error}.");
                    Fault::new("", message, "check the disk and try again")
                };
                return Some((before, Err(what)));
            }
        }
        self.watch.since_row.store(0, Ordering::Relaxed);
        let line = self.record.position().map_or(before, csv::Position::line);
        // The last row took in several lines, and a quote is left open at the end of the file.
        let spans = self.reader.position().line() > line + 1;
        let ended = self.watch.ended.load(Ordering::Relaxed);
        if spans && ended && self.watch.odd_quotes.load(Ordering::Relaxed) {
            self.done = true;
            return Some((line, Err(unclosed())));
        }
        Some((line, self.draft()))
    }

    fn draft(&self) -> Result<Draft, Fault> {
        if self.record.len() != self.columns.len() {
            return Err(Fault::new(
                "",
                format!(
                    "The row has {} fields, and the header has {}.",
                    self.record.len(),
                    self.columns.len()
                ),
                "put quotes around fields that hold a separator, a quote or a line break",
            ));
        }
        let mut flat = Flat::default();
        for ((bytes, column), field) in self.record.iter().zip(&self.columns).zip(&self.fields) {
            let text = json::text(bytes).map_err(|fault| Fault { field: Some(column.clone()), ..fault })?;
            match field {
                Some(field) => flat.put(field, text)?,
                None if text.is_empty() => {}
                None => flat.keep(column, Value::String(text.to_owned())),
            }
        }
        let draft = flat.finish();
        if draft.sample.messages.is_empty() {
            let column = self.plan.mapping.get("prompt").map_or("prompt", String::as_str);
            return Err(Fault::new(column, format!("{column} is empty."), "give the prompt in every row"));
        }
        Ok(draft)
    }
}

fn unclosed() -> Fault {
    Fault::new(
        "",
        "A quote that is opened in this row is never closed.",
        "close the quote; a quote inside a quoted field is written twice",
    )
}
