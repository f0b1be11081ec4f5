//! Resolutions: a lead's final word on a sample. The newest one counts; none is ever erased.

use assay_model::{MemberId, Resolution, ResolutionId, SampleId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use crate::annotation::Target;
use crate::error::Result;
use crate::sample::sample_n;
use crate::transact::Change;
use crate::{Store, rows};

/// A resolution, with what its fact says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredResolution {
    /// Its id.
    pub id: ResolutionId,
    /// Whose word it is.
    pub author: MemberId,
    /// When it was made.
    pub time: Timestamp,
    /// The word itself.
    pub resolution: Resolution,
}

impl Store {
    /// Says the final word on a sample.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) when it does not fit the rubric version it names.
    pub fn resolve(&self, sample: SampleId, resolution: &Resolution) -> Result<ResolutionId> {
        let body = rows::to_json(resolution)?;
        self.transact(|tx| {
            let target = Target::of(tx, sample)?;
            let (rubric_n, rubric) = tx.store.rubrics.get(tx, resolution.rubric)?;
            resolution.check(&rubric.rubric, target.responses)?;
            let stamp = tx.stamp();
            let id = ResolutionId(stamp.id);
            tx.prepare_cached(
                "INSERT INTO resolution (id, author, device, device_no, time, sample, rubric, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                id.bytes(),
                tx.store.me_n,
                tx.device_n,
                stamp.device_no,
                stamp.time.0,
                target.n,
                rubric_n,
                body
            ])?;
            tx.changed(Change::Resolution { sample, resolution: id });
            Ok(id)
        })
    }

    /// The final word on a sample.
    pub fn resolution(&self, sample: SampleId) -> Result<Option<StoredResolution>> {
        self.read(|sql| of(sql, sample_n(sql, sample)?))
    }
}

/// The final word on a sample, by its small number.
pub(crate) fn of(sql: &Connection, sample: i64) -> Result<Option<StoredResolution>> {
    let mut query = sql.prepare_cached(
        "SELECT r.id, m.id, r.time, r.body FROM resolution r JOIN member m ON m.n = r.author
         WHERE r.sample = ?1
         ORDER BY r.seq IS NULL AND r.author = (SELECT me FROM local) AND r.id NOT IN (SELECT id FROM refusal) DESC,
           ABS(r.seq) DESC, r.n DESC LIMIT 1",
    )?;
    let resolution = query.query_row([sample], |row| {
        Ok(StoredResolution {
            id: rows::id(row, 0)?,
            author: rows::id(row, 1)?,
            time: rows::time(row, 2)?,
            resolution: rows::json(row, 3)?,
        })
    });
    Ok(resolution.optional()?)
}
