//! The last syncs, for people to read.

use assay_model::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::error::Result;
use crate::transact::Change;
use crate::{Store, rows};

/// How many are kept.
const KEPT: i64 = 200;

/// One sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncLine {
    /// When it ended.
    pub time: Timestamp,
    /// Facts of mine that came to the hub.
    pub pushed: u64,
    /// Facts that came here.
    pub pulled: u64,
    /// Facts of mine that the hub refused.
    pub refused: u64,
    /// Why it did not come to its end, as a sentence.
    pub problem: Option<String>,
}

impl Store {
    /// Notes a sync. One that did nothing takes the place of the last, when that did nothing either.
    pub fn note_sync(&self, pushed: u64, pulled: u64, refused: u64, problem: Option<&str>) -> Result<()> {
        self.transact(|tx| {
            let time = tx.store.world.now().0;
            let idle = pushed + pulled + refused == 0;
            if idle {
                tx.execute(
                    "DELETE FROM sync_history WHERE n = (SELECT MAX(n) FROM sync_history)
                       AND pushed + pulled + refused = 0 AND problem IS ?1",
                    [problem],
                )?;
            }
            tx.execute(
                "INSERT INTO sync_history (time, pushed, pulled, refused, problem) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![time, pushed, pulled, refused, problem],
            )?;
            tx.execute("DELETE FROM sync_history WHERE n <= (SELECT MAX(n) FROM sync_history) - ?1", [KEPT])?;
            tx.changed(Change::Hub);
            Ok(())
        })
    }

    /// When a sync last came to its end.
    pub fn last_synced(&self) -> Result<Option<Timestamp>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(
                "SELECT time FROM sync_history WHERE problem IS NULL ORDER BY n DESC LIMIT 1",
            )?;
            Ok(query.query_row([], |row| rows::time(row, 0)).optional()?)
        })
    }

    /// Keeps what the hub said of agreement, as JSON. It is forgotten when all is read again: somebody who may
    /// see less now does not keep what they saw.
    pub fn keep_agreement(&self, said: &str) -> Result<()> {
        self.transact(|tx| {
            tx.execute("UPDATE hub SET agreement = ?1", [said])?;
            tx.changed(Change::Hub);
            Ok(())
        })
    }

    /// What the hub last said of agreement, as JSON.
    pub fn kept_agreement(&self) -> Result<Option<String>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached("SELECT agreement FROM hub")?;
            Ok(query.query_row([], |row| row.get(0)).optional()?.flatten())
        })
    }

    /// The last syncs, newest first.
    pub fn sync_history(&self, limit: usize) -> Result<Vec<SyncLine>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(
                "SELECT time, pushed, pulled, refused, problem FROM sync_history ORDER BY n DESC LIMIT ?1",
            )?;
            let lines = query.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok(SyncLine {
                    time: rows::time(row, 0)?,
                    pushed: rows::count(row, 1)?,
                    pulled: rows::count(row, 2)?,
                    refused: rows::count(row, 3)?,
                    problem: row.get(4)?,
                })
            })?;
            Ok(lines.collect::<rusqlite::Result<_>>()?)
        })
    }
}
