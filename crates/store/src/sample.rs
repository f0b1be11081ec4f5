//! Samples as facts: adding them in batches, taking an import back, finding one.
//!
//! The one thing that must stay true: an external id names one content for ever. The same sample again adds
//! nothing, and another content under a known name is told apart and not written.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::mpsc;

use assay_model::{Component, ExternalId, MemberId, Sample, SampleId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::{Error, Result, What};
use crate::transact::{Change, Tx};
use crate::{Store, rows};

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddReport {
    /// The new samples, in the order of the batch.
    pub added: Vec<SampleId>,
    /// How many were there already, with the same content.
    pub already_there: usize,
    /// Those whose external id is there with another content; not written.
    pub clashes: Vec<Clash>,
}

/// What [`Store::add_prepared`] is to do next.
#[derive(Debug)]
pub enum Next {
    /// Add these too.
    Rows(PreparedSamples),
    /// Nothing more comes: make it durable.
    Keep,
    /// Let go of all of it: nothing was changed.
    Abandon,
}

impl AddReport {
    fn tell(&self, tx: &mut Tx<'_>) {
        if !self.added.is_empty() {
            tx.changed(Change::Samples { added: self.added.len(), removed: 0 });
        }
    }
}

/// A sample whose external id has another content already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// The name that is taken.
    pub external_id: ExternalId,
}

/// A sample, with what its fact says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSample {
    /// Its id.
    pub id: SampleId,
    /// Its place in the order of import, on this copy of the project.
    pub n: i64,
    /// Who added it.
    pub author: MemberId,
    /// When.
    pub time: Timestamp,
    /// The sample itself.
    pub sample: Sample,
}

const SELECT: &str = "SELECT s.id, s.n, m.id, s.time, s.body FROM sample s JOIN member m ON m.n = s.author";

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredSample> {
    Ok(StoredSample {
        id: rows::id(row, 0)?,
        n: row.get(1)?,
        author: rows::id(row, 2)?,
        time: rows::time(row, 3)?,
        sample: rows::json(row, 4)?,
    })
}

/// The small number of a sample.
pub(crate) fn sample_n(sql: &Connection, id: SampleId) -> Result<i64> {
    let mut query = sql.prepare_cached("SELECT n FROM sample WHERE id = ?1")?;
    query
        .query_row([id.bytes()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Error::not_found(What::Sample, id))
}

/// A sample by its small number.
pub(crate) fn body_of(sql: &Connection, n: i64) -> Result<Sample> {
    let mut query = sql.prepare_cached("SELECT body FROM sample WHERE n = ?1")?;
    Ok(query.query_row([n], |row| rows::json(row, 0))?)
}

impl Store {
    /// Adds a batch of samples in one transaction: all that can be added, or, on an error, none.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the sample by its place in the batch (`samples[3].responses`).
    pub fn add_samples(&self, samples: &[Sample]) -> Result<AddReport> {
        self.transact(|tx| {
            let mut report = AddReport::default();
            let time = tx.store.world.now();
            if samples.len() <= CHUNK {
                add_rows(tx, &prepare(samples, 0)?, &mut 0, time, &mut report)?;
            } else {
                in_bulk(tx, |tx| add_while_preparing(tx, samples, time, &mut report))?;
            }
            report.tell(tx);
            Ok(report)
        })
    }

    /// Adds what `next` gives in one transaction, until it says whether to keep it; it sees what was added so
    /// far. The lock of the database is held meanwhile, so `next` must not wait for anything slow.
    pub fn add_prepared(&self, next: &mut dyn FnMut(&AddReport) -> Next) -> Result<AddReport> {
        self.transact(|tx| {
            let mut report = AddReport::default();
            let time = tx.store.world.now();
            let mut index = 0;
            in_bulk(tx, |tx| {
                loop {
                    match next(&report) {
                        Next::Rows(rows) => add_rows(tx, &rows, &mut index, time, &mut report)?,
                        Next::Keep => {
                            report.tell(tx);
                            return Ok(());
                        }
                        Next::Abandon => {
                            tx.abandon();
                            return Ok(());
                        }
                    }
                }
            })?;
            Ok(report)
        })
    }

    /// Takes an import back: removes those of the samples that were never synced and on which nobody has
    /// worked. Returns how many.
    pub fn remove_samples(&self, ids: &[SampleId]) -> Result<usize> {
        self.transact(|tx| {
            let mut removed = 0;
            let mut delete = tx.prepare_cached(include_str!("sample_remove.sql"))?;
            for id in ids {
                removed += delete.execute([id.bytes()])?;
            }
            drop(delete);
            if removed > 0 {
                tx.changed(Change::Samples { added: 0, removed });
            }
            Ok(removed)
        })
    }

    /// One sample.
    pub fn sample(&self, id: SampleId) -> Result<StoredSample> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(&format!("{SELECT} WHERE s.id = ?1"))?;
            query
                .query_row([id.bytes()], stored)
                .optional()?
                .ok_or_else(|| Error::not_found(What::Sample, id))
        })
    }

    /// The sample that had this name where it came from.
    pub fn sample_by_external(&self, id: &ExternalId) -> Result<Option<StoredSample>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(&format!("{SELECT} WHERE s.external_id = ?1"))?;
            Ok(query.query_row([id.as_str()], stored).optional()?)
        })
    }

    /// The ids of the samples of these names, in the order of the names; `None` where there is none.
    pub fn sample_ids(&self, names: &[ExternalId]) -> Result<Vec<Option<SampleId>>> {
        self.read_moment(|sql| {
            let mut query = sql.prepare_cached("SELECT id FROM sample WHERE external_id = ?1")?;
            let mut ids = Vec::with_capacity(names.len());
            for name in names {
                ids.push(query.query_row([name.as_str()], |row| rows::id(row, 0)).optional()?);
            }
            Ok(ids)
        })
    }
}

/// Samples checked and made ready to be written, which any thread can do ahead of the one that writes.
///
/// All their texts lie in one: where many small ones are given back by another thread than the one that asked
/// for them, the two spend their time waiting for the allocator.
#[derive(Debug, Default)]
pub struct PreparedSamples {
    texts: String,
    rows: Vec<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    external_id: Range<usize>,
    hash: [u8; 32],
    component: Component,
    task_type: Option<Range<usize>>,
    locale: Option<Range<usize>>,
    segment: Option<Range<usize>>,
    title: Range<usize>,
    response_count: u32,
    models: Range<usize>,
    body: Range<usize>,
}

impl PreparedSamples {
    /// Checks a sample and makes it ready, after those that are here.
    pub fn push(&mut self, sample: &Sample) -> Result<()> {
        sample.check()?;
        let mut text = |text: &str| {
            let start = self.texts.len();
            self.texts.push_str(text);
            start..self.texts.len()
        };
        let row = Prepared {
            external_id: text(sample.external_id.as_str()),
            hash: sample.content_hash(),
            component: sample.component,
            task_type: sample.task_type.as_deref().map(&mut text),
            locale: sample.locale.as_deref().map(&mut text),
            segment: sample.segment.as_deref().map(&mut text),
            title: text(&sample.title()),
            // A sample that passed its check has a handful of responses.
            response_count: u32::try_from(sample.responses.len()).unwrap_or(u32::MAX),
            models: text(&models(sample)?),
            body: text(&rows::to_json(sample)?),
        };
        self.rows.push(row);
        Ok(())
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn text(&self, range: &Range<usize>) -> &str {
        &self.texts[range.clone()]
    }
}

/// How many samples are made ready at a time.
const CHUNK: usize = 64;

/// Makes samples ready; `first` is the place of the first in its batch.
fn prepare(samples: &[Sample], first: usize) -> Result<PreparedSamples> {
    let mut prepared = PreparedSamples::default();
    for (index, sample) in (first..).zip(samples) {
        prepared.push(sample).map_err(|error| match error {
            Error::Invalid(invalid) => invalid.within(&format!("samples[{index}]")).into(),
            other => other,
        })?;
    }
    Ok(prepared)
}

/// Writes a batch while the rest of it is made ready by another thread, a few chunks ahead.
fn add_while_preparing(
    tx: &mut Tx<'_>,
    samples: &[Sample],
    time: Timestamp,
    report: &mut AddReport,
) -> Result<()> {
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel(8);
        let preparing = move || {
            for (i, chunk) in samples.chunks(CHUNK).enumerate() {
                // Nobody listens any more once a chunk could not be written.
                if send.send(prepare(chunk, i * CHUNK)).is_err() {
                    break;
                }
            }
        };
        let spawned = std::thread::Builder::new().spawn_scoped(scope, preparing);
        spawned.map_err(|error| Error::io(&tx.store.path, error))?;
        let mut index = 0;
        for chunk in receive {
            add_rows(tx, &chunk?, &mut index, time, report)?;
        }
        Ok(())
    })
}

/// Adds many samples without counting each: triggers that count leave it alone meanwhile, and everything is
/// counted once at the end of the transaction.
fn in_bulk(tx: &mut Tx<'_>, add: impl FnOnce(&mut Tx<'_>) -> Result<()>) -> Result<()> {
    let before: i64 = tx.query_row("SELECT COALESCE(MAX(n), 0) FROM sample", [], |row| row.get(0))?;
    tx.execute("UPDATE local SET bulk = 1", [])?;
    add(tx)?;
    if !tx.is_abandoned() {
        tx.execute(include_str!("sample_bulk_tally.sql"), [before])?;
        tx.execute(include_str!("sample_bulk_todo.sql"), [before])?;
        tx.execute("UPDATE local SET bulk = 0", [])?;
    }
    Ok(())
}

/// Writes rows, of which the first has the place `index` in its batch.
fn add_rows(
    tx: &mut Tx<'_>,
    prepared: &PreparedSamples,
    index: &mut usize,
    time: Timestamp,
    report: &mut AddReport,
) -> Result<()> {
    for row in &prepared.rows {
        *index += 1;
        if let Some(id) = insert(tx, prepared, row, time)? {
            report.added.push(id);
            continue;
        }
        let name = prepared.text(&row.external_id);
        let known: [u8; 32] = tx
            .prepare_cached("SELECT content_hash FROM sample WHERE external_id = ?1")?
            .query_row([name], |row| row.get(0))?;
        if known == row.hash {
            report.already_there += 1;
        } else {
            report.clashes.push(Clash { index: *index - 1, external_id: name.into() });
        }
    }
    Ok(())
}

/// Writes one sample, unless its external id is taken.
fn insert(
    tx: &mut Tx<'_>,
    prepared: &PreparedSamples,
    row: &Prepared,
    time: Timestamp,
) -> Result<Option<SampleId>> {
    let stamp = tx.stamp_at(time);
    let id = SampleId(stamp.id);
    let text = |range| prepared.text(range);
    let inserted = tx.prepare_cached(include_str!("sample_insert.sql"))?.execute(params![
        id.bytes(),
        tx.store.me_n,
        tx.device_n,
        stamp.device_no,
        stamp.time.0,
        text(&row.external_id),
        row.hash,
        row.component.name(),
        row.task_type.as_ref().map(text),
        row.locale.as_ref().map(text),
        row.segment.as_ref().map(text),
        text(&row.title),
        row.response_count,
        text(&row.models),
        text(&row.body),
    ])?;
    if inserted == 0 {
        tx.unstamp();
        return Ok(None);
    }
    Ok(Some(id))
}

/// The models of the responses as a JSON list, each once.
pub(crate) fn models(sample: &Sample) -> Result<Cow<'static, str>> {
    let mut models: Vec<&str> = sample.responses.iter().filter_map(|r| r.model.as_deref()).collect();
    models.sort_unstable();
    models.dedup();
    if models.is_empty() {
        return Ok(Cow::Borrowed("[]"));
    }
    rows::to_json(&models).map(Cow::Owned)
}
