//! Annotations: revisions of one person's work on one sample.
//!
//! The one thing that must stay true: a revision is never changed or erased. To take a submission back is
//! a new revision; the greatest (revision, id) is the head, and only heads count.

use assay_model::{
    Annotation, AnnotationId, AnnotationState, Completeness, Invalid, MemberId, Sample, SampleId, Timestamp,
    Work,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::{Error, Result, What};
use crate::project::member_n;
use crate::sample::{body_of, sample_n};
use crate::transact::{Change, Tx};
use crate::{Store, draft, rows, shown};

/// How work is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitAs {
    /// It counts; it must be whole.
    Submitted,
    /// The sample is passed over, for this reason.
    Skipped(String),
}

/// A revision that was just made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submitted {
    /// The revision.
    pub annotation: AnnotationId,
    /// Its number, from 1.
    pub revision: u32,
}

/// A revision, with what its fact says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAnnotation {
    /// Its id.
    pub id: AnnotationId,
    /// Whose work it is.
    pub member: MemberId,
    /// Its number, from 1.
    pub revision: u32,
    /// When it was made.
    pub time: Timestamp,
    /// The work, its state and its rubric version.
    pub annotation: Annotation,
}

/// Columns for [`stored`].
pub(crate) const COLUMNS: &str = "a.id, m.id, a.revision, a.time, a.body";

pub(crate) fn stored(row: &Row<'_>) -> rusqlite::Result<StoredAnnotation> {
    Ok(StoredAnnotation {
        id: rows::id(row, 0)?,
        member: rows::id(row, 1)?,
        revision: row.get(2)?,
        time: rows::time(row, 3)?,
        annotation: rows::json(row, 4)?,
    })
}

impl Store {
    /// Hands in my work on a sample: a new revision under the current rubric; the draft is gone, and so is
    /// the sample from what I have to do. Corrections that change nothing are dropped.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the work does not fit the rubric, is not whole, or a skip has no reason.
    pub fn submit(&self, sample: SampleId, work: Work, how: SubmitAs) -> Result<Submitted> {
        let (state, skip_reason, complete) = match how {
            SubmitAs::Submitted => (AnnotationState::Submitted, None, Completeness::Whole),
            SubmitAs::Skipped(reason) if reason.trim().is_empty() => {
                return Err(Invalid::new("skip_reason", "is empty", "say why the sample is skipped").into());
            }
            SubmitAs::Skipped(reason) => (AnnotationState::Skipped, Some(reason), Completeness::Partial),
        };
        self.transact(|tx| {
            let target = Target::of(tx, sample)?;
            let (rubric_n, rubric) = tx.store.rubrics.current(tx)?;
            work.check(&rubric.rubric, target.responses, complete)?;
            let mut work = without_unedited(tx, target.n, work)?;
            work.informed |= shown::was_shown(tx, target.n)?;
            let annotation = Annotation { rubric: rubric.id, state, skip_reason, work };
            let body = rows::to_json(&annotation)?;
            let me = tx.store.me_n;
            let time = tx.store.world.now();
            let submitted = insert_revision(tx, target.n, me, rubric_n, state, &body, time)?;
            draft::delete(tx, target.n)?;
            tx.changed(Change::Annotation { sample, member: tx.store.me_id });
            Ok(submitted)
        })
    }

    /// Takes back my newest submission or skip that was not yet taken back: it no longer counts, the sample
    /// is to do again, and its work is my draft again (unless I have a newer draft of it). Called again, it
    /// goes further back. `None` when nothing is left.
    pub fn take_back(&self) -> Result<Option<SampleId>> {
        self.transact(|tx| {
            let me = tx.store.me_n;
            let newest = tx
                .prepare_cached(include_str!("annotation_newest.sql"))?
                .query_row([me], |row| {
                    let (n, sample): (i64, SampleId) = (row.get(0)?, rows::id(row, 1)?);
                    Ok((n, sample, row.get::<_, i64>(2)?, rows::json::<Annotation>(row, 3)?))
                })
                .optional()?;
            let Some((n, sample, rubric_n, mut annotation)) = newest else { return Ok(None) };
            annotation.state = AnnotationState::Withdrawn;
            let time = tx.store.world.now();
            if draft::of(tx, n, me)?.is_none() {
                draft::write(tx, n, time, &rows::to_json(&annotation.work)?)?;
            }
            let body = rows::to_json(&annotation)?;
            insert_revision(tx, n, me, rubric_n, annotation.state, &body, time)?;
            tx.changed(Change::Annotation { sample, member: tx.store.me_id });
            tx.changed(Change::Draft(sample));
            Ok(Some(sample))
        })
    }

    /// Adds a member's work as read from a file, in one transaction. Each is checked against the rubric
    /// version it names. What is the same as the member's head adds nothing. Returns the ids of what was
    /// added.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the item by its place (`annotations[3].grades.tone`); nothing is added then.
    pub fn annotate(
        &self,
        member: MemberId,
        items: Vec<(SampleId, Annotation)>,
    ) -> Result<Vec<AnnotationId>> {
        self.transact(|tx| {
            let member_n = member_n(tx, member)?;
            let time = tx.store.world.now();
            let mut added = Vec::new();
            for (i, (sample, annotation)) in items.into_iter().enumerate() {
                let id =
                    annotate_one(tx, member_n, sample, annotation, time).map_err(|error| match error {
                        Error::Invalid(invalid) => {
                            Error::Invalid(invalid.within(&format!("annotations[{i}]")))
                        }
                        other => other,
                    })?;
                if let Some(id) = id {
                    added.push(id);
                    tx.changed(Change::Annotation { sample, member });
                }
            }
            Ok(added)
        })
    }

    /// The newest revision of a member's work on a sample, whatever its state.
    pub fn head(&self, sample: SampleId, member: MemberId) -> Result<Option<StoredAnnotation>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM annotation_head h JOIN annotation a ON a.n = h.annotation
                 JOIN member m ON m.n = h.member WHERE h.sample = ?1 AND h.member = ?2"
            ))?;
            let at = [sample_n(sql, sample)?, member_n(sql, member)?];
            Ok(query.query_row(at, stored).optional()?)
        })
    }

    /// The newest revision of every member's work on a sample, in the order of member ids.
    pub fn heads(&self, sample: SampleId) -> Result<Vec<StoredAnnotation>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM annotation_head h JOIN annotation a ON a.n = h.annotation
                 JOIN member m ON m.n = h.member WHERE h.sample = ?1 ORDER BY m.id"
            ))?;
            let heads = query.query_map([sample_n(sql, sample)?], stored)?;
            Ok(heads.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Every revision of a member's work on a sample, from the first to the head.
    pub fn revisions(&self, sample: SampleId, member: MemberId) -> Result<Vec<StoredAnnotation>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM annotation a JOIN member m ON m.n = a.member
                 WHERE a.sample = ?1 AND a.member = ?2 ORDER BY a.revision, a.id"
            ))?;
            let at = [sample_n(sql, sample)?, member_n(sql, member)?];
            Ok(query.query_map(at, stored)?.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// What must be known of a sample to check work on it, without reading its body.
pub(crate) struct Target {
    pub(crate) n: i64,
    pub(crate) responses: usize,
}

impl Target {
    pub(crate) fn of(sql: &Connection, sample: SampleId) -> Result<Self> {
        let mut query = sql.prepare_cached("SELECT n, response_count FROM sample WHERE id = ?1")?;
        query
            .query_row([sample.bytes()], |row| {
                Ok(Self { n: row.get(0)?, responses: row.get::<_, u32>(1)? as usize })
            })
            .optional()?
            .ok_or_else(|| Error::not_found(What::Sample, sample))
    }
}

fn without_unedited(sql: &Connection, sample_n: i64, work: Work) -> Result<Work> {
    if work.responses.iter().all(|response| response.correction.is_none()) {
        return Ok(work);
    }
    let sample: Sample = body_of(sql, sample_n)?;
    Ok(work.without_unedited(sample.responses.iter().map(|response| response.text.as_str())))
}

fn annotate_one(
    tx: &mut Tx<'_>,
    member: i64,
    sample: SampleId,
    mut annotation: Annotation,
    time: Timestamp,
) -> Result<Option<AnnotationId>> {
    let target = Target::of(tx, sample)?;
    let (rubric_n, rubric) = tx.store.rubrics.get(tx, annotation.rubric)?;
    annotation.work.check(&rubric.rubric, target.responses, Completeness::Partial)?;
    annotation.work = without_unedited(tx, target.n, annotation.work)?;
    annotation.work.informed |= member == tx.store.me_n && shown::was_shown(tx, target.n)?;
    let body = rows::to_json(&annotation)?;
    let same = tx
        .prepare_cached(
            "SELECT a.body = ?3 FROM annotation_head h JOIN annotation a ON a.n = h.annotation
             WHERE h.sample = ?1 AND h.member = ?2",
        )?
        .query_row(params![target.n, member, body], |row| row.get(0))
        .optional()?;
    if same == Some(true) {
        return Ok(None);
    }
    let made = insert_revision(tx, target.n, member, rubric_n, annotation.state, &body, time)?;
    Ok(Some(made.annotation))
}

/// Writes the next revision.
pub(crate) fn insert_revision(
    tx: &mut Tx<'_>,
    sample: i64,
    member: i64,
    rubric: i64,
    state: AnnotationState,
    body: &str,
    time: Timestamp,
) -> Result<Submitted> {
    let last: Option<u32> = tx
        .prepare_cached("SELECT revision FROM annotation_head WHERE sample = ?1 AND member = ?2")?
        .query_row([sample, member], |row| row.get(0))
        .optional()?;
    let revision = last.unwrap_or(0) + 1;
    let stamp = tx.stamp_at(time);
    let state = match state {
        AnnotationState::Submitted => "submitted",
        AnnotationState::Skipped => "skipped",
        AnnotationState::Withdrawn => "withdrawn",
    };
    tx.prepare_cached(include_str!("annotation_insert.sql"))?.execute(params![
        stamp.id.into_bytes(),
        tx.store.me_n,
        tx.device_n,
        stamp.device_no,
        stamp.time.0,
        sample,
        member,
        revision,
        rubric,
        state,
        body
    ])?;
    Ok(Submitted { annotation: AnnotationId(stamp.id), revision })
}
