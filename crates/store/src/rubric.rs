//! Versions of the rubric. A version is never edited, only succeeded; there is one line of versions, and
//! its last is the current one.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use assay_model::{Rubric, RubricId, RubricVersion};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::{Error, Result, What};
use crate::transact::Change;
use crate::{Store, rows};

/// Parsed versions by id. They never change, so that they may be kept for ever; only which of them is
/// current is asked each time, for another process may have made a new one.
#[derive(Default)]
pub(crate) struct RubricCache(RwLock<HashMap<RubricId, (i64, Arc<RubricVersion>)>>);

impl RubricCache {
    /// The current version, with its number in the table.
    pub(crate) fn current(&self, sql: &Connection) -> Result<(i64, Arc<RubricVersion>)> {
        // Neither what the hub refused nor what it lost of another's is current.
        let mut query = sql.prepare_cached(
            "SELECT id FROM rubric WHERE (seq IS NOT NULL OR author = (SELECT me FROM local))
               AND id NOT IN (SELECT id FROM refusal) ORDER BY version DESC LIMIT 1",
        )?;
        self.get(sql, query.query_row([], |row| rows::id(row, 0))?)
    }

    /// One version, with its number in the table.
    pub(crate) fn get(&self, sql: &Connection, id: RubricId) -> Result<(i64, Arc<RubricVersion>)> {
        if let Some((n, version)) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok((*n, Arc::clone(version)));
        }
        let mut query = sql.prepare_cached(&format!("{SELECT} WHERE r.id = ?1"))?;
        let (n, version) = query
            .query_row([id.bytes()], |row| Ok((row.get(0)?, version(row)?)))
            .optional()?
            .ok_or_else(|| Error::not_found(What::Rubric, id))?;
        let version = Arc::new(version);
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id, (n, Arc::clone(&version)));
        Ok((n, version))
    }
}

const SELECT: &str = "SELECT r.n, r.id, r.version, p.id, m.id, r.time, r.body
    FROM rubric r JOIN member m ON m.n = r.author LEFT JOIN rubric p ON p.n = r.parent";

fn version(row: &Row<'_>) -> rusqlite::Result<RubricVersion> {
    let parent: Option<[u8; 16]> = row.get(3)?;
    Ok(RubricVersion {
        id: rows::id(row, 1)?,
        version: row.get(2)?,
        parent: parent.map(|id| uuid::Uuid::from_bytes(id).into()),
        author: rows::id(row, 4)?,
        time: rows::time(row, 5)?,
        rubric: rows::json(row, 6)?,
    })
}

impl Store {
    /// The current version.
    pub fn rubric(&self) -> Result<Arc<RubricVersion>> {
        self.read(|sql| Ok(self.inner.rubrics.current(sql)?.1))
    }

    /// One version.
    pub fn rubric_version(&self, id: RubricId) -> Result<Arc<RubricVersion>> {
        self.read(|sql| Ok(self.inner.rubrics.get(sql, id)?.1))
    }

    /// All versions, from the first to the current one.
    pub fn rubrics(&self) -> Result<Vec<RubricVersion>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(&format!("{SELECT} ORDER BY r.version"))?;
            Ok(query.query_map([], version)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Succeeds the current version. The same rubric again makes no new version.
    ///
    /// # Errors
    /// [`Error::StaleRubric`] when `parent` is not the current version; [`Error::Invalid`].
    pub fn save_rubric(&self, parent: RubricId, rubric: Rubric) -> Result<Arc<RubricVersion>> {
        rubric.check()?;
        self.transact(|tx| {
            let (parent_n, current) = tx.store.rubrics.current(tx)?;
            if current.id != parent {
                return Err(Error::StaleRubric { current: current.id });
            }
            if current.rubric == rubric {
                return Ok(current);
            }
            let stamp = tx.stamp();
            let made = RubricVersion {
                id: stamp.id.into(),
                version: current.version + 1,
                parent: Some(parent),
                author: tx.store.me_id,
                time: stamp.time,
                rubric,
            };
            tx.prepare_cached(
                "INSERT INTO rubric (id, author, device, device_no, time, version, parent, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                made.id.bytes(),
                tx.store.me_n,
                tx.device_n,
                stamp.device_no,
                stamp.time.0,
                made.version,
                parent_n,
                rows::to_json(&made.rubric)?
            ])?;
            tx.changed(Change::Rubric(made.id));
            Ok(Arc::new(made))
        })
    }

    /// How many submitted annotations each version has, from the first version to the current one.
    pub fn annotations_by_rubric(&self) -> Result<Vec<(RubricId, u64)>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(
                "SELECT r.id, t.count FROM rubric r JOIN rubric_tally t ON t.rubric = r.n ORDER BY r.version",
            )?;
            let counts = query.query_map([], |row| Ok((rows::id(row, 0)?, rows::count(row, 1)?)))?;
            Ok(counts.collect::<rusqlite::Result<_>>()?)
        })
    }
}
