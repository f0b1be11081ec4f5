//! The writing half of an import: samples as they come from the reading, then the labels that came along.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_dataset::read::Label;
use assay_model::{Annotation, AnnotationState, ExternalId, Role, RubricVersion, SampleId, Work};
use assay_store::{AddReport, Next, PreparedSamples, Store};

use super::feed::{Chunk, Fed, Files, Reading, reject};
use crate::error::{ApiError, ErrorCode, Result};
use crate::jobs::Running;
use crate::wire::{BadLine, ImportReport};

/// A batch ends at this many samples…
const BATCH_SAMPLES: usize = 4_000;
/// …or at this many bytes of the file.
const BATCH_BYTES: u64 = 16 << 20;

/// An import on its way, and what has been written so far.
pub(super) struct Writing<'a> {
    store: &'a Store,
    files: &'a Files<'a>,
    rubric: Arc<RubricVersion>,
    keep_good: bool,
    added: Vec<SampleId>,
    pub(super) report: ImportReport,
}

/// What goes into one transaction.
#[derive(Default)]
struct Batch {
    rows: Vec<PreparedSamples>,
    places: Vec<(u64, usize)>,
    labels: Vec<(ExternalId, Label)>,
    bytes: u64,
    part: f64,
}

impl<'a> Writing<'a> {
    pub(super) fn new(store: &'a Store, files: &'a Files<'a>, keep_good: bool) -> Result<Self> {
        let report = ImportReport::default();
        Ok(Self { store, files, rubric: store.rubric()?, keep_good, added: Vec::new(), report })
    }

    /// One transaction for all, begun while the files are still read, and ended without a change when they
    /// turn out bad. A full disk rolls it back without needing space.
    pub(super) fn at_once(&mut self, job: &Running) -> Result<()> {
        let tell = |part, lines| job.progress(part, || format!("{lines} lines read"));
        self.files.feed(!self.keep_good, &tell, |fed| {
            let (mut batch, mut ended) = (Batch::default(), None);
            // Only when the first samples are there: nobody shall wait for the database because of a slow disk.
            let mut first = fed.recv().ok();
            let answer =
                self.store.add_prepared(&mut |report| match first.take().or_else(|| fed.recv().ok()) {
                    Some(Fed::Chunk(chunk)) => Next::Rows(batch.take(chunk)),
                    Some(Fed::End(reading)) => {
                        // The last moment at which it can be stopped.
                        let reading = job.progress(1.0, || "writing".to_owned()).and(reading);
                        let good =
                            |reading: &Reading| reading.rejected_count == 0 && report.clashes.is_empty();
                        let keep = reading.as_ref().is_ok_and(|reading| self.keep_good || good(reading));
                        ended = Some(reading);
                        if keep { Next::Keep } else { Next::Abandon }
                    }
                    None => Next::Abandon,
                })?;
            let reading = ended.unwrap_or_else(|| Err(reading_ended()))?;
            let was_bad = reading.rejected_count > 0 && !self.keep_good;
            reading.report(&mut self.report);
            if was_bad {
                self.refuse();
                return Ok(());
            }
            self.account(answer, &batch);
            if self.report.refused {
                // The transaction was let go: there is nothing to take out.
                self.added.clear();
                self.refuse();
                return Ok(());
            }
            self.labels(batch.labels)
        })
    }

    /// Batch by batch, between which a person's own work gets its turn at the database.
    pub(super) fn in_batches(&mut self, job: &Running) -> Result<()> {
        self.files.feed(false, &|_, _| Ok(()), |fed| {
            let mut batch = Batch::default();
            loop {
                // What the reading found was found the first time already.
                let ended = match fed.recv() {
                    Ok(Fed::Chunk(chunk)) => {
                        batch.bytes += chunk.bytes;
                        batch.part = chunk.part;
                        let rows = batch.take(chunk);
                        batch.rows.push(rows);
                        false
                    }
                    Ok(Fed::End(reading)) => reading.map(|_| true)?,
                    Err(_) => return Err(reading_ended()),
                };
                if batch.places.len() >= BATCH_SAMPLES || batch.bytes >= BATCH_BYTES || ended {
                    let part = batch.part;
                    self.batch(std::mem::take(&mut batch))?;
                    let count = self.report.added;
                    job.progress(0.5 + part * 0.5, || format!("{count} samples written"))?;
                }
                if ended || self.report.refused {
                    return Ok(());
                }
            }
        })
    }

    fn batch(&mut self, mut batch: Batch) -> Result<()> {
        let mut rows = std::mem::take(&mut batch.rows).into_iter();
        let answer = self.store.add_prepared(&mut |_| rows.next().map_or(Next::Keep, Next::Rows))?;
        self.account(answer, &batch);
        if self.report.refused { Ok(()) } else { self.labels(batch.labels) }
    }

    /// Takes what became of a batch into the report.
    fn account(&mut self, answer: AddReport, batch: &Batch) {
        self.report.added += answer.added.len() as u64;
        self.report.already_there += answer.already_there as u64;
        self.added.extend(answer.added);
        self.report.refused |= !answer.clashes.is_empty() && !self.keep_good;
        for clash in answer.clashes {
            let (line, file) = batch.places[clash.index];
            let message =
                format!("id “{}” is in the project already, with other content.", clash.external_id);
            reject(
                &mut self.report,
                BadLine {
                    file: self.files.paths[file].clone(),
                    line,
                    field: "id".to_owned(),
                    message,
                    hint: "give it another id, or import the good lines only".to_owned(),
                },
            );
        }
    }

    /// Writes the labels that came along, as annotations of the raters they name.
    fn labels(&mut self, labels: Vec<(ExternalId, Label)>) -> Result<()> {
        let mut by_rater: BTreeMap<String, Vec<(ExternalId, Label)>> = BTreeMap::new();
        for (name, label) in labels {
            by_rater.entry(label.rater.clone()).or_default().push((name, label));
        }
        for (rater, labels) in by_rater {
            let kind = labels[0].1.kind;
            let member = self.store.add_member(&rater, Role::Annotator, kind)?;
            let names: Vec<_> = labels.iter().map(|(name, _)| name.clone()).collect();
            let ids = self.store.sample_ids(&names)?;
            let items = labels
                .into_iter()
                .zip(ids)
                .filter_map(|((_, label), id)| Some((id?, annotation(&self.rubric, label.work))));
            self.report.labels += self.store.annotate(member.id, items.collect())?.len() as u64;
        }
        Ok(())
    }

    /// Takes out what was written, so that an import that did not end well changed nothing.
    pub(super) fn take_out(&mut self) -> Result<()> {
        for part in self.added.chunks(BATCH_SAMPLES) {
            self.store.remove_samples(part)?;
        }
        let refused = self.report.refused;
        self.refuse();
        self.report.refused = refused;
        Ok(())
    }

    /// Nothing was changed, and nothing is said to have been.
    fn refuse(&mut self) {
        self.report.refused = true;
        self.report.added = 0;
        self.report.already_there = 0;
        self.report.labels = 0;
    }
}

impl Batch {
    /// Keeps what is needed after the rows are written, and gives the rows.
    fn take(&mut self, chunk: Chunk) -> PreparedSamples {
        self.places.extend(chunk.places);
        self.labels.extend(chunk.labels);
        chunk.samples
    }
}

fn reading_ended() -> ApiError {
    ApiError::new(ErrorCode::Internal, "The reading of the files ended too early.", "try again")
}

/// A label as an annotation under the project's rubric: dimensions and reasons that it does not have are
/// left out.
fn annotation(rubric: &RubricVersion, mut work: Work) -> Annotation {
    for response in &mut work.responses {
        response.grades.retain(|id, _| rubric.rubric.dimension(id).is_some());
        response.reason_codes.retain(|id| rubric.rubric.reason_codes.iter().any(|known| known.id == *id));
    }
    Annotation { rubric: rubric.id, state: AnnotationState::Submitted, skip_reason: None, work }
}
