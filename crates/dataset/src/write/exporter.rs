//! The pipeline of an export: held-out and filters, rows, what no trainer should get, splits, files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_model::{MessageRole, RubricId, Sample};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use ts_rs::TS;

use super::card;
use super::folder::{Folder, MANIFEST_SCHEMA, WrittenFile, hex};
use super::heldout::Screen;
use super::labels;
use super::options::{ExportOptions, FileFormat, Filters, Split};
use super::rows::{Maker, Origin, Row, Texts};
use super::shapes::{self, plain_prompt};
use super::sink::{Finished, PreviewRow, Provenance, Sink, unserialisable};
use super::tally::{Dropped, Reason, Tally};
use super::target::Rows;
use super::view::View;
use super::{About, Labelled};
use crate::dates::Dates;
use crate::error::Error;
use crate::hash::{HashedSet, hash128, mix};

/// What an export came to.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Report {
    /// The folder; `None` for a preview.
    #[ts(type = "string | null")]
    pub folder: Option<PathBuf>,
    /// How many samples were looked at.
    #[ts(type = "number")]
    pub samples: u64,
    /// How many rows there are.
    #[ts(type = "number")]
    pub rows: u64,
    /// Rows by split.
    #[ts(type = "Record<string, number>")]
    pub splits: BTreeMap<&'static str, u64>,
    /// Rows by how they came about.
    #[ts(type = "Record<string, number>")]
    pub origins: BTreeMap<Origin, u64>,
    /// What was dropped, and why.
    pub dropped: Vec<Dropped>,
    /// The files, without the manifest itself.
    pub files: Vec<WrittenFile>,
    /// The first rows of a preview.
    pub preview: Vec<PreviewRow>,
    /// Why the real export would be refused, for a preview; the sentence and what to do.
    pub refused: Option<Refusal>,
}

/// Why an export is refused, as a preview shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Refusal {
    /// Stable name.
    pub code: String,
    /// The sentence.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// An export on its way.
pub struct Exporter {
    options: ExportOptions,
    about: About,
    held: Screen,
    tally: Tally,
    sink: Sink,
    table: Option<labels::Table>,
    rows_seen: HashedSet<u128>,
    wanted: [[u64; 2]; 3],
    origins: BTreeMap<Origin, u64>,
    dates: Dates,
    facts: Sha256,
    fact_count: u64,
    samples: u64,
    line: Vec<u8>,
    scratch: Vec<u8>,
}

impl Exporter {
    /// Begins an export into a folder, which appears when it is finished.
    ///
    /// # Errors
    /// When the options contradict each other, or the folder holds something that is not ours.
    pub fn create(folder: &Path, options: ExportOptions, about: About) -> Result<Self, Error> {
        options.check()?;
        let folder = Folder::create(folder)?;
        let table = table(&options, &about);
        let header = table.as_ref().map(labels::Table::header).unwrap_or_default();
        let sink = Sink::folder(folder, &options, header)?;
        Ok(Self::over(sink, table, options, about))
    }

    /// The same, writing nothing: the counts, and the first `n` rows.
    pub fn preview(mut options: ExportOptions, about: About, n: usize) -> Result<Self, Error> {
        options.check()?;
        options.file_format = FileFormat::Jsonl;
        let table = table(&options, &about);
        Ok(Self::over(Sink::preview(n), table, options, about))
    }

    fn over(sink: Sink, table: Option<labels::Table>, options: ExportOptions, about: About) -> Self {
        Self {
            options,
            about,
            held: Screen::default(),
            tally: Tally::default(),
            sink,
            table,
            rows_seen: HashedSet::default(),
            wanted: [[0; 2]; 3],
            origins: BTreeMap::new(),
            dates: Dates::default(),
            facts: Sha256::new(),
            fact_count: 0,
            samples: 0,
            line: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Says that a sample must not be in the dataset, and nothing like it. To be called for every golden
    /// and red-flag sample before the first [`push`](Self::push); others are ignored, and so are those of
    /// components that the options ask for by name.
    pub fn hold_out(&mut self, sample: &Sample) {
        if sample.component.is_held_out() && !self.options.include_held_out.contains(&sample.component) {
            self.held.add(sample);
        }
    }

    /// What tells whether a sample is nearly one that is held out, to be asked on another thread. To be taken
    /// after the last [`hold_out`](Self::hold_out).
    pub fn screen(&self) -> Screen {
        self.held.clone()
    }

    /// Says what the dataset's agreement is, which its card and manifest tell.
    pub fn agreement(&mut self, agreement: Value) {
        self.about.agreement = Some(agreement);
    }

    /// Adds one sample with its labels.
    ///
    /// # Errors
    /// When writing fails; nothing is then left behind.
    pub fn push(&mut self, item: &Labelled) -> Result<(), Error> {
        let near = self.held.holds(&item.sample);
        self.push_screened(item, near)
    }

    /// The same when it is known already whether the sample is nearly one that is held out.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_screened(&mut self, item: &Labelled, is_near: bool) -> Result<(), Error> {
        self.samples += 1;
        self.count_facts(item);
        if let Err(reason) = self.admits(item, is_near) {
            self.tally.drop(reason);
            return Ok(());
        }
        let view = match View::new(item, &self.options.filters, &mut self.tally) {
            Ok(view) => view,
            Err(reason) => {
                self.tally.drop(reason);
                return Ok(());
            }
        };
        if self.table.is_some() { self.push_labels(&view) } else { self.push_rows(&view) }
    }

    fn count_facts(&mut self, item: &Labelled) {
        self.facts.update(item.id.bytes());
        for one in &item.annotations {
            self.facts.update(one.id.bytes());
        }
        self.fact_count += 1 + item.annotations.len() as u64;
        if let Some((id, _)) = &item.resolution {
            self.facts.update(id.bytes());
            self.fact_count += 1;
        }
    }

    fn admits(&self, item: &Labelled, is_near: bool) -> Result<(), Reason> {
        let sample = &item.sample;
        let named = self.options.include_held_out.contains(&sample.component);
        if sample.component.is_held_out() && !named {
            return Err(Reason::HeldOut);
        }
        let Filters { components, task_types, locales, .. } = &self.options.filters;
        if !components.is_empty() && !components.contains(&sample.component) {
            return Err(Reason::FilteredByComponent);
        }
        if !task_types.is_empty() && !sample.task_type.as_ref().is_some_and(|task| task_types.contains(task))
        {
            return Err(Reason::FilteredByTaskType);
        }
        let speaks = |wanted: &String| {
            let has = sample.locale.as_deref().unwrap_or("").to_ascii_lowercase();
            let wanted = wanted.to_ascii_lowercase();
            has == wanted || has.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with(['-', '_']))
        };
        if !locales.is_empty() && !locales.iter().any(speaks) {
            return Err(Reason::FilteredByLocale);
        }
        if !named && is_near {
            return Err(Reason::NearDuplicateOfHeldOut);
        }
        Ok(())
    }

    fn push_labels(&mut self, view: &View<'_>) -> Result<(), Error> {
        let Some(table) = &self.table else { return Ok(()) };
        let maker = Maker { options: &self.options, about: &self.about };
        let (sink, scratch) = (&mut self.sink, &mut self.scratch);
        let mut outcome = Ok(());
        let mut any = false;
        table.lines(&maker, view, |one, response, line| {
            any = true;
            if outcome.is_err() {
                return;
            }
            let provenance = Provenance {
                split: Split::Train,
                row: sink.count(Split::Train),
                sample: view.item.id,
                external_id: &view.item.sample.external_id,
                component: view.item.sample.component,
                origin: None,
                responses: vec![response as u32],
                annotations: vec![one.id],
                resolution: None,
                raters: vec![&one.rater],
                rubrics: vec![one.annotation.rubric],
                edit_distance: None,
            };
            outcome = sink.row(line, &provenance, scratch);
        });
        if !any {
            self.tally.drop(Reason::NoLabel);
        }
        outcome
    }

    fn push_rows(&mut self, view: &View<'_>) -> Result<(), Error> {
        let maker = Maker { options: &self.options, about: &self.about };
        let before = self.tally.total();
        let rows = match self.options.target.rows() {
            Rows::Judged => maker.judged(view, &mut self.tally),
            Rows::Examples => maker.examples(view, &mut self.tally),
            Rows::Pairs | Rows::Labels => maker.pairs(view, &mut self.tally),
        };
        if rows.is_empty() && self.tally.total() == before {
            self.tally.drop(Reason::NoLabel);
        }
        for row in rows {
            if let Err(reason) = self.accepts(&view.item.sample, &row) {
                self.tally.drop(reason);
                continue;
            }
            self.write(view, &row)?;
        }
        Ok(())
    }

    /// What trainers accept without a word and nobody should train on (`formats.md`).
    fn accepts(&mut self, sample: &Sample, row: &Row<'_>) -> Result<(), Reason> {
        let target = self.options.target;
        let messages = &sample.messages;
        if messages.iter().any(|message| message.content.trim().is_empty()) || messages.is_empty() {
            return Err(Reason::EmptyText);
        }
        if messages.last().is_some_and(|last| last.role == MessageRole::Assistant) {
            return Err(Reason::PromptEndsWithAssistant);
        }
        if target.refuses_tools() && messages.iter().any(|message| message.role == MessageRole::Tool) {
            return Err(Reason::UnsupportedRole);
        }
        if target.wants_turns() && !takes_turns(sample) {
            return Err(Reason::UnsupportedTurns);
        }
        let (first, second) = match row.texts {
            Texts::Pair { chosen, rejected } => (chosen, Some(rejected)),
            Texts::Judged { completion, .. } | Texts::Example { completion } => (completion, None),
        };
        if first.trim().is_empty() || second.is_some_and(|text| text.trim().is_empty()) {
            return Err(Reason::EmptyText);
        }
        if second.is_some_and(|text| text.trim() == first.trim()) {
            return Err(Reason::EqualPair);
        }
        let last = messages.last().map_or("", |last| last.content.trim());
        let repeats = |text: &str| last.len() >= 24 && text.trim_start().starts_with(last);
        if repeats(first) || second.is_some_and(repeats) {
            return Err(Reason::PromptRepeated);
        }
        // A correction is not among the responses that were looked at with the sample.
        if row.edited.is_some() && self.held.holds_answer(first) {
            return Err(Reason::NearDuplicateOfHeldOut);
        }
        self.accept_once(sample, row)
    }

    /// No row twice, and none that says the opposite of an earlier one.
    fn accept_once(&mut self, sample: &Sample, row: &Row<'_>) -> Result<(), Reason> {
        let prompt = prompt_key(sample);
        let key = |texts| key(prompt, texts);
        let (this, opposite) = match row.texts {
            Texts::Pair { chosen, rejected } => {
                (key(["pair", chosen, rejected]), Some(key(["pair", rejected, chosen])))
            }
            Texts::Judged { completion, wanted } => {
                let side = |wanted| if wanted { "wanted" } else { "unwanted" };
                (key(["judged", completion, side(wanted)]), Some(key(["judged", completion, side(!wanted)])))
            }
            Texts::Example { completion } => (key(["example", completion, ""]), None),
        };
        if opposite.is_some_and(|opposite| self.rows_seen.contains(&opposite)) {
            return Err(Reason::Contradictory);
        }
        if !self.rows_seen.insert(this) {
            return Err(Reason::DuplicateRow);
        }
        Ok(())
    }

    fn write(&mut self, view: &View<'_>, row: &Row<'_>) -> Result<(), Error> {
        let item = view.item;
        let split = self.options.split.of(item.id, self.options.seed);
        self.line.clear();
        shapes::write_row(self.options.target, &item.sample.messages, row.texts, &mut self.line)
            .map_err(unserialisable)?;
        let mut rubrics: Vec<RubricId> = row.annotations.iter().map(|one| one.annotation.rubric).collect();
        rubrics.extend(view.resolution.filter(|_| row.resolution.is_some()).map(|(_, r)| r.rubric));
        rubrics.sort_unstable();
        rubrics.dedup();
        let provenance = Provenance {
            split,
            row: self.sink.count(split),
            sample: item.id,
            external_id: &item.sample.external_id,
            component: item.sample.component,
            origin: Some(row.origin),
            responses: row.responses.clone(),
            annotations: row.annotation_ids(),
            resolution: row.resolution,
            raters: row.raters(),
            rubrics,
            edit_distance: row.edited.map(|(original, corrected)| self.about.distance(original, corrected)),
        };
        self.sink.row(&self.line, &provenance, &mut self.scratch)?;
        *self.origins.entry(row.origin).or_default() += 1;
        self.note_columns(&item.sample, row, split);
        Ok(())
    }

    /// Remembers what must hold of a whole file.
    fn note_columns(&mut self, sample: &Sample, row: &Row<'_>, split: Split) {
        let target = self.options.target;
        // Where prompt and answer are in one list, they are one column.
        let column = |name| if target.joins_messages() { "messages" } else { name };
        if target.is_standard() {
            if self.dates.open(split, "prompt") {
                self.dates.see(split, "prompt", &plain_prompt(&sample.messages));
            }
        } else {
            for message in &sample.messages {
                self.dates.see(split, column("prompt"), &message.content);
            }
        }
        match row.texts {
            Texts::Pair { chosen, rejected } => {
                self.dates.see(split, column("chosen"), chosen);
                self.dates.see(split, column("rejected"), rejected);
            }
            Texts::Judged { completion, wanted } => {
                self.wanted[split as usize][usize::from(wanted)] += 1;
                self.dates.see(split, column("completion"), completion);
            }
            Texts::Example { completion } => self.dates.see(split, column("completion"), completion),
        }
    }

    /// Ends the export: writes card and manifest and puts the folder in its place.
    ///
    /// # Errors
    /// When there is no row, when a KTO file has one class only, when all texts of a column are dates (see
    /// `formats.md`), or when writing fails; nothing is then left behind.
    pub fn finish(self) -> Result<Report, Error> {
        let refused = self.refusal();
        let mut report = Report {
            folder: None,
            samples: self.samples,
            rows: Split::ALL.iter().map(|&split| self.sink.count(split)).sum(),
            splits: Split::ALL
                .iter()
                .map(|&split| (split.name(), self.sink.count(split)))
                .filter(|&(_, count)| count > 0)
                .collect(),
            origins: self.origins,
            dropped: self.tally.list(),
            files: Vec::new(),
            preview: Vec::new(),
            refused: None,
        };
        let (options, about) = (self.options, self.about);
        let facts = json!({ "count": self.fact_count, "sha256": hex(&self.facts.finalize()) });
        let (folder, files) = match self.sink.finish()? {
            Finished::Preview(rows) => {
                report.preview = rows;
                report.refused =
                    refused.map(|(code, message, hint)| Refusal { code: code.to_owned(), message, hint });
                return Ok(report);
            }
            Finished::Folder(folder, files) => (folder, files),
        };
        if let Some((code, message, hint)) = refused {
            return Err(Error::Refused { code, message, hint });
        }
        report.files = files;
        for (name, text) in card::files(&options, &about, &report) {
            report.files.push(folder.write(&name, &text)?);
        }
        report.files.sort_by(|a, b| a.path.cmp(&b.path));
        let manifest = manifest(&options, &about, &report, &facts);
        let mut text = serde_json::to_string_pretty(&manifest).map_err(unserialisable)?;
        text.push('\n');
        folder.write("manifest.json", &text)?;
        report.folder = Some(folder.publish()?);
        Ok(report)
    }

    fn refusal(&self) -> Option<(&'static str, String, String)> {
        let rows: u64 = Split::ALL.iter().map(|&split| self.sink.count(split)).sum();
        if rows == 0 {
            let why: Vec<String> = self
                .tally
                .list()
                .iter()
                .map(|dropped| format!("{} × {}", dropped.count, dropped.sentence.trim_end_matches('.')))
                .collect();
            let why = if why.is_empty() { "no sample is annotated yet".to_owned() } else { why.join("; ") };
            return Some((
                "no_rows",
                format!("The dataset would be empty: {why}."),
                format!("{} needs {}", self.options.target.title(), self.options.target.info().needs),
            ));
        }
        if self.options.target.rows() == Rows::Judged {
            let [unwanted, wanted] = self.wanted[Split::Train as usize];
            if wanted == 0 || unwanted == 0 {
                return Some((
                    "one_class",
                    format!(
                        "The train file would have {wanted} wanted and {unwanted} unwanted answers, and KTO learns \
                         nothing from one kind alone."
                    ),
                    "grade more answers, change from which quality on an answer is wanted, or export SFT"
                        .to_owned(),
                ));
            }
        }
        let (split, column) = self.dates.all_dates()?;
        Some((
            "dates_only",
            format!(
                "Every text of {column} in the {} file is a date, and the Hugging Face loader would turn them into \
                 timestamps.",
                split.name()
            ),
            "add samples whose texts are not dates alone".to_owned(),
        ))
    }
}

fn table(options: &ExportOptions, about: &About) -> Option<labels::Table> {
    (options.target.rows() == Rows::Labels)
        .then(|| labels::Table::new(options.target, options.file_format, about))
}

/// A hash of a prompt.
fn prompt_key(sample: &Sample) -> u128 {
    hash128(sample.messages.iter().flat_map(|message| {
        let role = match message.role {
            MessageRole::System => "system",
            MessageRole::User => "user",
            MessageRole::Assistant => "assistant",
            MessageRole::Tool => "tool",
        };
        [role, message.content.as_str()]
    }))
}

/// A hash of a prompt, by its own hash, and what follows it.
fn key(prompt: u128, texts: [&str; 3]) -> u128 {
    let rest = hash128(texts);
    let half = |shift: u32| mix((prompt >> shift) as u64, (rest >> shift) as u64);
    (u128::from(half(64)) << 64) | u128::from(half(0))
}

/// User and assistant in turns, after at most one system message, ending with the user.
fn takes_turns(sample: &Sample) -> bool {
    let said = match sample.messages.split_first() {
        Some((first, rest)) if first.role == MessageRole::System => rest,
        _ => &sample.messages[..],
    };
    said.len() % 2 == 1
        && said.iter().enumerate().all(|(at, message)| {
            message.role == if at % 2 == 0 { MessageRole::User } else { MessageRole::Assistant }
        })
}

fn manifest(options: &ExportOptions, about: &About, report: &Report, facts: &Value) -> Value {
    json!({
        "schema": MANIFEST_SCHEMA,
        "made_by": concat!("assay ", env!("CARGO_PKG_VERSION")),
        "project": about.title,
        "target": options.target,
        "options": options,
        "held_out_included": options.include_held_out,
        "rubric_versions": about.rubrics.keys().collect::<Vec<_>>(),
        "rubric": about.rubric(),
        "agreement": about.agreement,
        "samples": report.samples,
        "kept": { "rows": report.rows, "splits": report.splits, "origins": report.origins },
        "dropped": report.dropped,
        "facts": facts,
        "files": report.files,
    })
}
