//! Facts that the hub did not take. They stay, with the reason and a way out.

use assay_model::{Annotation, ExternalId, FactId, Kind, MemberId, RubricId, SampleId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use crate::annotation::insert_revision;
use crate::error::{Error, Result, What};
use crate::transact::Change;
use crate::{Store, rows};

/// A fact that the hub did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The fact.
    pub id: FactId,
    /// What it is.
    pub kind: Kind,
    /// Why, for programs.
    pub code: String,
    /// Why, as a sentence.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// When it was refused.
    pub time: Timestamp,
    /// The sample it is about or is.
    pub sample: Option<(SampleId, ExternalId)>,
    /// Whether the person chose to keep it on this laptop only.
    pub kept: bool,
}

/// Whether something was refused for want of what another laptop may send yet.
pub(super) fn any_waits(sql: &Connection) -> Result<bool> {
    let mut query = sql.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM refusal WHERE kept = 0 AND code IN ('unknown', 'not_allowed'))",
    )?;
    Ok(query.query_row([], |row| row.get(0))?)
}

/// Forgets that the hub did not know of a fact, in the refusals of those that name it: it is there now. Returns how
/// many they were.
pub(super) fn free(sql: &Connection, table: &str, id: FactId) -> Result<u64> {
    let free = match table {
        "member" => include_str!("freed_by_member.sql"),
        "rubric" => include_str!("freed_by_rubric.sql"),
        "sample" => include_str!("freed_by_sample.sql"),
        _ => return Ok(0),
    };
    Ok(sql.prepare_cached(free)?.execute([id.bytes()])? as u64)
}

/// Forgets that a member's work on a sample was refused: it is assigned to them now. Returns how much it was.
pub(super) fn free_annotations(sql: &Connection, sample: SampleId, member: MemberId) -> Result<u64> {
    let free = include_str!("freed_by_assignment.sql");
    Ok(sql.prepare_cached(free)?.execute([sample.bytes(), member.bytes()])? as u64)
}

impl Store {
    /// What the hub did not take, oldest first.
    pub fn refused(&self) -> Result<Vec<Refused>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(include_str!("refused.sql"))?;
            let found = query.query_map([], |row| {
                let kind: String = row.get(1)?;
                let sample: Option<[u8; 16]> = row.get(7)?;
                let name: Option<String> = row.get(8)?;
                Ok(Refused {
                    id: rows::id(row, 0)?,
                    kind: Kind::of_word(&kind).unwrap_or(Kind::Sample),
                    code: row.get(2)?,
                    message: row.get(3)?,
                    hint: row.get(4)?,
                    time: rows::time(row, 5)?,
                    kept: row.get(6)?,
                    sample: sample
                        .zip(name)
                        .map(|(id, name)| (SampleId(uuid::Uuid::from_bytes(id)), ExternalId(name))),
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Lets the next sync send these again. Returns how many there were.
    pub fn send_again(&self, ids: &[FactId]) -> Result<usize> {
        self.transact(|tx| {
            let mut known = 0;
            for id in ids {
                known += tx.prepare_cached("DELETE FROM refusal WHERE id = ?1")?.execute([id.bytes()])?;
            }
            tx.changed(Change::Hub);
            Ok(known)
        })
    }

    /// Keeps these on this laptop only: they are shown as such, and no longer as something to do.
    pub fn keep_here(&self, ids: &[FactId]) -> Result<usize> {
        self.transact(|tx| {
            let mut known = 0;
            for id in ids {
                known +=
                    tx.prepare_cached("UPDATE refusal SET kept = 1 WHERE id = ?1")?.execute([id.bytes()])?;
            }
            tx.changed(Change::Hub);
            Ok(known)
        })
    }

    /// Begins again from the current version of the rubric: what a refused version says becomes the next
    /// version, and work done under the refused one is handed in under the new one.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no such version was refused.
    pub fn rebase_rubric(&self, refused: RubricId) -> Result<RubricId> {
        let current = self.rubric()?;
        let mine = self.rubric_version(refused)?;
        if !self.refused()?.iter().any(|one| one.id.0 == refused.0) {
            return Err(Error::not_found(What::Rubric, refused));
        }
        let made = self.save_rubric(current.id, mine.rubric.clone())?;
        self.transact(|tx| {
            let (old, _) = tx.store.rubrics.get(tx, refused)?;
            let (new, version) = tx.store.rubrics.get(tx, made.id)?;
            let stranded: Vec<(i64, i64, SampleId, String)> = {
                let mut query = tx.prepare_cached(
                    "SELECT h.sample, h.member, s.id, a.body FROM annotation a
                     JOIN annotation_head h ON h.annotation = a.n JOIN sample s ON s.n = h.sample
                     WHERE a.rubric = ?1 AND a.seq IS NULL",
                )?;
                let found = query
                    .query_map([old], |row| Ok((row.get(0)?, row.get(1)?, rows::id(row, 2)?, row.get(3)?)))?;
                found.collect::<rusqlite::Result<_>>()?
            };
            for (sample_n, member_n, sample, body) in stranded {
                let mut annotation: Annotation = serde_json::from_str(&body)
                    .map_err(|error| Error::damaged(format!("an annotation cannot be read: {error}")))?;
                annotation.rubric = version.id;
                let body = rows::to_json(&annotation)?;
                let time = tx.store.world.now();
                insert_revision(tx, sample_n, member_n, new, annotation.state, &body, time)?;
                tx.changed(Change::Annotation { sample, member: tx.store.me_id });
            }
            // What was handed in under the new version stands in for these.
            tx.execute(
                "INSERT INTO refusal (id, kind, code, message, hint, time, kept)
                   SELECT id, 'annotation', 'rubric_conflict', 'It was made under a refused rubric version.',
                     'it was handed in again under the version that counts', ?2, 1
                   FROM annotation WHERE rubric = ?1 AND seq IS NULL
                 ON CONFLICT (id) DO UPDATE SET kept = 1",
                params![old, tx.store.world.now().0],
            )?;
            tx.execute("UPDATE refusal SET kept = 1 WHERE id = ?1", [refused.bytes()])?;
            tx.changed(Change::Hub);
            Ok(())
        })?;
        Ok(made.id)
    }

    /// Whether a fact of mine was refused.
    pub fn refusal_of(&self, id: FactId) -> Result<Option<String>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached("SELECT message FROM refusal WHERE id = ?1")?;
            Ok(query.query_row([id.bytes()], |row| row.get(0)).optional()?)
        })
    }
}
