//! Reading much at once, for exports and statistics: one row at a time, in memory that does not grow.
//!
//! The one thing that must stay true: the order is that of the samples' external ids, and of member ids
//! within a sample, so that the same facts come out the same on every machine (promise 4). All that is seen
//! is of one moment, whatever is written meanwhile.

use std::ops::ControlFlow;

use assay_model::{Sample, SampleId};
use rusqlite::Connection;

use crate::annotation::{COLUMNS, StoredAnnotation, stored};
use crate::error::Result;
use crate::resolution::{self, StoredResolution};
use crate::{SampleFilter, Store, rows};

/// A sample with all work on it that counts.
#[derive(Debug, Clone, PartialEq)]
pub struct AnnotatedSample {
    /// Its id.
    pub id: SampleId,
    /// Its place in the order of import, on this copy of the project.
    pub n: i64,
    /// The sample itself.
    pub sample: Sample,
    /// Each member's head, where it is submitted, in the order of member ids.
    pub annotations: Vec<StoredAnnotation>,
    /// The final word on it.
    pub resolution: Option<StoredResolution>,
}

impl Store {
    /// Shows every sample that the filter finds and somebody has submitted work on, in the order of external
    /// ids, until `show` breaks.
    pub fn for_each_annotated(
        &self,
        filter: &SampleFilter,
        show: &mut dyn FnMut(AnnotatedSample) -> ControlFlow<()>,
    ) -> Result<()> {
        // Only numbers and names are sorted; bodies are read one by one.
        let found = filter.to_sql(self.inner.me_n);
        let order = format!(
            "SELECT s.n FROM (SELECT DISTINCT sample FROM annotation_head WHERE state = 'submitted') a
             CROSS JOIN sample s ON s.n = a.sample {} ORDER BY s.external_id",
            if filter.is_empty() { String::new() } else { format!("WHERE s.n IN ({})", found.numbers()) }
        );
        self.read_moment(|sql| {
            // The order of names is not that of the file: without room, neighbours would be read again and again.
            let _room = Room::on(sql)?;
            let mut order = sql.prepare_cached(&order)?;
            let mut sample_by_n = sql.prepare_cached("SELECT id, body FROM sample WHERE n = ?1")?;
            let mut heads = sql.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM annotation_head h CROSS JOIN annotation a ON a.n = h.annotation
                 CROSS JOIN member m ON m.n = h.member
                 WHERE h.sample = ?1 AND h.state = 'submitted' ORDER BY m.id"
            ))?;
            let resolved = sql.query_row("SELECT EXISTS (SELECT 1 FROM resolution)", [], |row| row.get(0))?;
            let mut numbers = order.query(&*found.parameters())?;
            while let Some(row) = numbers.next()? {
                let n: i64 = row.get(0)?;
                let (id, sample) =
                    sample_by_n.query_row([n], |row| Ok((rows::id(row, 0)?, rows::json(row, 1)?)))?;
                let annotations = heads.query_map([n], stored)?.collect::<rusqlite::Result<_>>()?;
                let resolution = if resolved { resolution::of(sql, n)? } else { None };
                let shown = show(AnnotatedSample { id, n, sample, annotations, resolution });
                if shown.is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Shows every golden and red-flag sample, in the order of external ids (promise 6).
    pub fn for_each_held_out(&self, show: &mut dyn FnMut(Sample)) -> Result<()> {
        self.read_moment(|sql| {
            let mut query = sql.prepare_cached(
                "SELECT body FROM sample WHERE component IN ('golden', 'red_flag') ORDER BY external_id",
            )?;
            let mut samples = query.query([])?;
            while let Some(row) = samples.next()? {
                show(rows::json(row, 0)?);
            }
            Ok(())
        })
    }
}

/// More cache for a connection, as long as a stream lasts; only what is read takes memory.
struct Room<'a>(&'a Connection);

impl<'a> Room<'a> {
    fn on(sql: &'a Connection) -> Result<Self> {
        sql.pragma_update(None, "cache_size", -65_536)?;
        Ok(Self(sql))
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        // A reader that keeps its room reads as well as before.
        let _ = self.0.pragma_update(None, "cache_size", crate::schema::READER_CACHE);
    }
}
