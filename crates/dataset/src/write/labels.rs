//! Label tables: long (a line for each grade) and wide (a line for each rater and response).
//!
//! The long table has `item`, `rater`, `dimension` and `value`, the columns of every rating table, so that
//! `assay agreement` and any statistics package read it as it is.

use std::collections::BTreeSet;
use std::io::Write;

use assay_model::{DimensionId, Grade, RaterKind, Sample};
use serde_json::Value;

use super::options::FileFormat;
use super::rows::Maker;
use super::shapes::plain_prompt;
use super::target::Target;
use super::view::View;
use super::{About, Rated};

const LONG: [&str; 16] = [
    "sample_id",
    "external_id",
    "response",
    "model",
    "component",
    "task_type",
    "locale",
    "rater",
    "rater_kind",
    "rubric_version",
    "dimension",
    "grade",
    "not_applicable",
    "annotation_id",
    "item",
    "value",
];

const WIDE_BEFORE: [&str; 21] = [
    "sample_id",
    "external_id",
    "response",
    "model",
    "component",
    "task_type",
    "locale",
    "rater",
    "rater_kind",
    "rubric_version",
    "annotation_id",
    "prompt",
    "response_text",
    "verdict",
    "reason_codes",
    "note",
    "correction",
    "preference",
    "confidence",
    "flags",
    "active_ms",
];

/// The columns of a label table.
pub(crate) fn columns(target: Target, about: &About) -> Vec<String> {
    match target {
        Target::LabelsLong => LONG.iter().map(|&name| name.to_owned()).collect(),
        _ => {
            let before = WIDE_BEFORE.iter().map(|&name| name.to_owned());
            before.chain(dimensions(about).iter().map(|id| format!("grade_{id}"))).collect()
        }
    }
}

/// Every dimension of every rubric version, in the order of the newest.
fn dimensions(about: &About) -> Vec<DimensionId> {
    let mut seen = BTreeSet::new();
    let all = about.rubrics.values().rev().flat_map(|rubric| rubric.dimensions.iter().map(|d| &d.id));
    all.filter(|id| seen.insert((*id).clone())).cloned().collect()
}

/// Makes the lines of a label table.
pub(crate) struct Table {
    columns: Vec<String>,
    /// What stands before each value of a line of JSON: `{"sample_id":`, `,"external_id":`…
    keys: Vec<String>,
    dimensions: Vec<DimensionId>,
    format: FileFormat,
    target: Target,
}

impl Table {
    pub fn new(target: Target, format: FileFormat, about: &About) -> Self {
        let columns = columns(target, about);
        let key = |(at, name): (usize, &String)| {
            format!("{}{}:", if at == 0 { '{' } else { ',' }, Value::String(name.clone()))
        };
        let keys = columns.iter().enumerate().map(key).collect();
        Self { columns, keys, dimensions: dimensions(about), format, target }
    }

    /// The first line of the file; nothing for JSONL.
    pub fn header(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.format == FileFormat::Csv {
            csv_line(self.columns.iter().map(String::as_str), &mut out);
        }
        out
    }

    /// The lines of one sample, each with the annotation and response it is of.
    pub fn lines<'a>(
        &self,
        maker: &Maker<'_>,
        view: &View<'a>,
        mut each: impl FnMut(&'a Rated, usize, &[u8]),
    ) {
        let mut line = Line { table: self, at: 0, out: Vec::new() };
        let wide = self.target == Target::LabelsWide;
        let prompt = if wide { plain_prompt(&view.item.sample.messages) } else { String::new() };
        for &one in &view.rated {
            for (response, work) in one.annotation.work.responses.iter().enumerate() {
                if !maker.options.filters.verdicts.is_empty()
                    && !work.verdict.is_some_and(|verdict| maker.options.filters.verdicts.contains(&verdict))
                {
                    continue;
                }
                if wide {
                    let about_sample = one.annotation.work.preference.is_some()
                        || one.annotation.work.confidence.is_some()
                        || !one.annotation.work.flags.is_empty();
                    if work.is_empty() && !about_sample {
                        continue;
                    }
                    line.begin();
                    common(&mut line, view, one, response);
                    self.wide(&mut line, one, response, &view.item.sample, &prompt);
                    each(one, response, line.end());
                } else {
                    let item = format!("{}#{response}", view.item.sample.external_id);
                    line.begin();
                    common(&mut line, view, one, response);
                    let (length, at) = (line.out.len(), line.at);
                    for (dimension, grade) in &work.grades {
                        line.out.truncate(length);
                        line.at = at;
                        let grade = grade.map(Grade::number);
                        line.text(Some(dimension.as_str()));
                        line.plain(grade);
                        line.plain(Some(grade.is_none()));
                        line.plain(Some(Quoted(one.id)));
                        line.text(Some(&item));
                        line.plain(grade);
                        each(one, response, line.end());
                    }
                }
            }
        }
    }

    fn wide(&self, line: &mut Line<'_>, one: &Rated, response: usize, sample: &Sample, prompt: &str) {
        let work = &one.annotation.work;
        let on = &work.responses[response];
        let codes: Vec<&str> = on.reason_codes.iter().map(|code| code.as_str()).collect();
        let flags: Vec<String> = work
            .flags
            .iter()
            .filter_map(|flag| serde_json::to_value(flag).ok()?.as_str().map(str::to_owned))
            .collect();
        let preference =
            work.preference.as_ref().and_then(|preference| serde_json::to_string(preference).ok());
        line.plain(Some(Quoted(one.id)));
        line.text(Some(prompt));
        line.text(sample.responses.get(response).map(|response| response.text.as_str()));
        line.text(on.verdict.map(assay_model::Verdict::name));
        line.text(Some(&codes.join(";")));
        line.text(Some(&on.note));
        line.text(on.correction.as_deref());
        line.text(preference.as_deref());
        line.plain(work.confidence.map(Grade::number));
        line.text(Some(&flags.join(";")));
        line.plain(Some(work.active_ms));
        for id in &self.dimensions {
            line.plain(on.grades.get(id).copied().flatten().map(Grade::number));
        }
    }
}

/// The columns that both tables begin with.
fn common(line: &mut Line<'_>, view: &View<'_>, one: &Rated, response: usize) {
    let sample = &view.item.sample;
    let model = sample.responses.get(response).and_then(|response| response.model.as_deref());
    line.plain(Some(Quoted(view.item.id)));
    line.text(Some(sample.external_id.as_str()));
    line.plain(Some(response));
    line.text(model);
    line.text(Some(sample.component.name()));
    line.text(sample.task_type.as_deref());
    line.text(sample.locale.as_deref());
    line.text(Some(&one.rater));
    line.text(Some(match one.kind {
        RaterKind::Person => "person",
        RaterKind::Model => "model",
    }));
    line.plain(Some(one.rubric_version));
}

/// An id, which has nothing in it that needs to be escaped; in quotes where the format wants them.
struct Quoted<T>(T);

/// A value that is written as it is.
trait Plain {
    fn put(&self, format: FileFormat, out: &mut Vec<u8>) -> std::io::Result<()>;
}

macro_rules! plain {
    ($($kind:ty),*) => {$(
        impl Plain for $kind {
            fn put(&self, _: FileFormat, out: &mut Vec<u8>) -> std::io::Result<()> {
                write!(out, "{self}")
            }
        }
    )*};
}
plain!(bool, u8, u32, u64, usize);

impl<T: std::fmt::Display> Plain for Quoted<T> {
    fn put(&self, format: FileFormat, out: &mut Vec<u8>) -> std::io::Result<()> {
        match format {
            FileFormat::Csv => write!(out, "{}", self.0),
            FileFormat::Jsonl => write!(out, "\"{}\"", self.0),
        }
    }
}

/// A line that is written value by value, in the order of the columns.
struct Line<'t> {
    table: &'t Table,
    at: usize,
    out: Vec<u8>,
}

impl Line<'_> {
    fn begin(&mut self) {
        self.out.clear();
        self.at = 0;
    }

    /// What parts the next value from the one before.
    fn next(&mut self) {
        match self.table.format {
            FileFormat::Csv if self.at == 0 => {}
            FileFormat::Csv => self.out.push(b','),
            FileFormat::Jsonl => {
                self.out.extend_from_slice(self.table.keys.get(self.at).map_or(b"", |key| key.as_bytes()));
            }
        }
        self.at += 1;
    }

    fn null(&mut self) {
        if self.table.format == FileFormat::Jsonl {
            self.out.extend_from_slice(b"null");
        }
    }

    fn text(&mut self, text: Option<&str>) {
        self.next();
        match (text, self.table.format) {
            (None, _) => self.null(),
            (Some(text), FileFormat::Csv) => csv_field(text, &mut self.out),
            // Writing a text into memory cannot fail.
            (Some(text), FileFormat::Jsonl) => drop(serde_json::to_writer(&mut self.out, text)),
        }
    }

    fn plain(&mut self, value: Option<impl Plain>) {
        self.next();
        match value {
            None => self.null(),
            // Nor can this.
            Some(value) => drop(value.put(self.table.format, &mut self.out)),
        }
    }

    fn end(&mut self) -> &[u8] {
        debug_assert_eq!(self.at, self.table.columns.len(), "each column has its value");
        if self.table.format == FileFormat::Jsonl {
            self.out.push(b'}');
        }
        self.out.push(b'\n');
        &self.out
    }
}

/// One line of CSV (RFC 4180, with `\n`).
fn csv_line<'a>(fields: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
    for (at, field) in fields.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        csv_field(field, out);
    }
    out.push(b'\n');
}

fn csv_field(field: &str, out: &mut Vec<u8>) {
    let quoted = field.starts_with(' ')
        || field.ends_with(' ')
        || field.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'));
    if quoted {
        out.push(b'"');
        out.extend_from_slice(field.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(field.as_bytes());
    }
}
