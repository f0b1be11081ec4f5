//! What I have to do and what I have done: the queue, its counts, the next sample, the last submissions.
//!
//! The one thing that must stay true: each of these is a few index seeks, whatever the number of samples
//! and however many are done (promise 7). The order is `todo`'s: returned samples, then by due date, then
//! as they were imported.

use assay_model::{Annotation, AnnotationId, AnnotationState, ExternalId, SampleId, Timestamp};
use rusqlite::{OptionalExtension, Row};

use crate::error::Result;
use crate::sample::sample_n;
use crate::{Store, rows};

/// How far the project is, and I am.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Samples in the project.
    pub samples: u64,
    /// Samples I have submitted.
    pub done: u64,
    /// Samples I have passed over.
    pub skipped: u64,
    /// Samples I have still to do, the returned ones among them.
    pub left: u64,
    /// Samples that were returned to me.
    pub returned: u64,
    /// Samples with work of mine under way.
    pub drafts: u64,
}

/// A sample that I have to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueItem {
    /// The sample.
    pub id: SampleId,
    /// Its place in the order of import.
    pub n: i64,
    /// Its name where it came from.
    pub external_id: ExternalId,
    /// One line that tells it from others.
    pub title: String,
    /// What kind of task it is.
    pub task_type: Option<String>,
    /// Its language.
    pub locale: Option<String>,
    /// How many responses it has.
    pub responses: u32,
    /// Whether I have begun.
    pub has_draft: bool,
    /// Why it was returned to me, if it was.
    pub returned_reason: Option<String>,
    /// When it is due, if ever.
    pub due: Option<Timestamp>,
}

/// One of my last submissions and skips.
#[derive(Debug, Clone, PartialEq)]
pub struct RecentItem {
    /// The sample.
    pub sample: SampleId,
    /// Its name where it came from.
    pub external_id: ExternalId,
    /// One line that tells it from others.
    pub title: String,
    /// The revision.
    pub annotation_id: AnnotationId,
    /// Submitted or skipped.
    pub state: AnnotationState,
    /// When.
    pub time: Timestamp,
    /// The work.
    pub annotation: Annotation,
}

/// The due date in `todo` of what is never due.
const NEVER: i64 = i64::MAX;
/// The rank in `todo` of what is neither returned nor, by its due date, before others.
const PLAIN: i64 = 2;

fn item(row: &Row<'_>) -> rusqlite::Result<QueueItem> {
    let due: i64 = row.get(9)?;
    Ok(QueueItem {
        id: rows::id(row, 0)?,
        n: row.get(1)?,
        external_id: ExternalId(row.get(2)?),
        title: row.get(3)?,
        task_type: row.get(4)?,
        locale: row.get(5)?,
        responses: row.get(6)?,
        has_draft: row.get(7)?,
        returned_reason: row.get(8)?,
        due: (due != NEVER).then_some(Timestamp(due)),
    })
}

impl Store {
    /// How far the project is, and I am.
    pub fn counts(&self) -> Result<Counts> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(include_str!("queue_counts.sql"))?;
            Ok(query.query_row([self.inner.me_n], |row| {
                Ok(Counts {
                    samples: rows::count(row, 0)?,
                    done: rows::count(row, 1)?,
                    skipped: rows::count(row, 2)?,
                    left: rows::count(row, 3)?,
                    returned: rows::count(row, 4)?,
                    drafts: rows::count(row, 5)?,
                })
            })?)
        })
    }

    /// The first samples that I have to do, in order.
    pub fn queue(&self, limit: usize) -> Result<Vec<QueueItem>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|sql| {
            let mut query = sql.prepare_cached(include_str!("queue_list.sql"))?;
            let items = query.query_map([self.inner.me_n, limit], item)?;
            Ok(items.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The sample to do after `after` (which need not be to do itself), or the first one. Past the last it
    /// begins again with the first; `None` when nothing is left.
    pub fn next(&self, after: Option<SampleId>) -> Result<Option<SampleId>> {
        match after {
            None => self.first(include_str!("queue_first.sql")),
            Some(after) => {
                self.beside(after, include_str!("queue_next.sql"), include_str!("queue_first.sql"))
            }
        }
    }

    /// The sample to do before `before`; before the first comes the last.
    pub fn previous(&self, before: SampleId) -> Result<Option<SampleId>> {
        self.beside(before, include_str!("queue_previous.sql"), include_str!("queue_last.sql"))
    }

    fn first(&self, query: &str) -> Result<Option<SampleId>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(query)?;
            Ok(query.query_row([self.inner.me_n], |row| rows::id(row, 0)).optional()?)
        })
    }

    fn beside(&self, sample: SampleId, query: &str, around: &str) -> Result<Option<SampleId>> {
        self.read_moment(|sql| {
            let me = self.inner.me_n;
            let n = sample_n(sql, sample)?;
            // Where the sample stands, or (done or skipped) would stand.
            let (rank, due): (i64, i64) = sql
                .prepare_cached("SELECT rank, due FROM todo WHERE sample = ?1 AND member = ?2")?
                .query_row([n, me], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?
                .unwrap_or((PLAIN, NEVER));
            let mut query = sql.prepare_cached(query)?;
            let found = query.query_row([me, rank, due, n], |row| rows::id(row, 0)).optional()?;
            if found.is_some() {
                return Ok(found);
            }
            let mut around = sql.prepare_cached(around)?;
            Ok(around.query_row([me], |row| rows::id(row, 0)).optional()?)
        })
    }

    /// My last submissions and skips, newest first; what was taken back is not among them.
    pub fn recent(&self, limit: usize) -> Result<Vec<RecentItem>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|sql| {
            let mut query = sql.prepare_cached(include_str!("queue_recent.sql"))?;
            let items = query.query_map([self.inner.me_n, limit], |row| {
                let annotation: Annotation = rows::json(row, 5)?;
                Ok(RecentItem {
                    sample: rows::id(row, 0)?,
                    external_id: ExternalId(row.get(1)?),
                    title: row.get(2)?,
                    annotation_id: rows::id(row, 3)?,
                    state: annotation.state,
                    time: rows::time(row, 4)?,
                    annotation,
                })
            })?;
            Ok(items.collect::<rusqlite::Result<_>>()?)
        })
    }
}
