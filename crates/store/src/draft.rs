//! Drafts: work under way. Not facts: local, replaced with every change, and as durable as a fact.

use assay_model::{SampleId, Timestamp, Work};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;
use crate::sample::sample_n;
use crate::transact::{Change, Tx};
use crate::{Store, rows};

/// Work under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// As far as it has come.
    pub work: Work,
    /// When it was last saved.
    pub time: Timestamp,
}

impl Store {
    /// Saves my work under way on a sample. Durable on return (promise 1). Whatever was typed is kept: only
    /// a submission is checked against the rubric.
    pub fn save_draft(&self, sample: SampleId, work: &Work) -> Result<Timestamp> {
        let body = rows::to_json(work)?;
        self.transact(|tx| {
            let n = sample_n(tx, sample)?;
            let time = tx.store.world.now();
            write(tx, n, time, &body)?;
            tx.changed(Change::Draft(sample));
            Ok(time)
        })
    }

    /// My work under way on a sample.
    pub fn draft(&self, sample: SampleId) -> Result<Option<Draft>> {
        self.read(|sql| of(sql, sample_n(sql, sample)?, self.inner.me_n))
    }

    /// Forgets my work under way on a sample; a submission that it began from stays as it is.
    pub fn discard_draft(&self, sample: SampleId) -> Result<()> {
        self.transact(|tx| {
            let n = sample_n(tx, sample)?;
            if delete(tx, n)? {
                tx.changed(Change::Draft(sample));
            }
            Ok(())
        })
    }
}

/// The draft of a member on a sample.
pub(crate) fn of(sql: &Connection, sample: i64, member: i64) -> Result<Option<Draft>> {
    let mut query = sql.prepare_cached("SELECT body, time FROM draft WHERE sample = ?1 AND member = ?2")?;
    let draft = query.query_row([sample, member], |row| {
        Ok(Draft { work: rows::json(row, 0)?, time: rows::time(row, 1)? })
    });
    Ok(draft.optional()?)
}

pub(crate) fn write(tx: &Tx<'_>, sample: i64, time: Timestamp, body: &str) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO draft (sample, member, time, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (sample, member) DO UPDATE SET time = excluded.time, body = excluded.body",
    )?
    .execute(params![sample, tx.store.me_n, time.0, body])?;
    Ok(())
}

pub(crate) fn delete(tx: &Tx<'_>, sample: i64) -> Result<bool> {
    let mut query = tx.prepare_cached("DELETE FROM draft WHERE sample = ?1 AND member = ?2")?;
    Ok(query.execute([sample, tx.store.me_n])? > 0)
}
