//! Assignments: who is to annotate what.

use assay_model::{AssignmentState, Component, MemberId, SampleId, Timestamp};
use rusqlite::params;

use crate::error::Result;
use crate::project::member_n;
use crate::transact::Change;
use crate::{Store, rows};

/// An assignment to be made, or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAssignment {
    /// What.
    pub sample: SampleId,
    /// By whom.
    pub member: MemberId,
    /// Made, or taken back.
    pub state: AssignmentState,
    /// When it should be done.
    pub due: Option<Timestamp>,
    /// When the hub takes it back, if nothing was submitted by then.
    pub expires: Option<Timestamp>,
}

/// How a sample stands with those who were assigned to it or worked on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// The sample.
    pub sample: SampleId,
    /// Which part of the dataset it belongs to.
    pub component: Component,
    /// What kind of task it is.
    pub task_type: Option<String>,
    /// Its language.
    pub locale: Option<String>,
    /// The models of its responses, as a JSON list.
    pub models: String,
    /// To whom it is assigned now.
    pub assigned: Vec<MemberId>,
    /// Who submitted it or passed it over, assigned or not.
    pub worked: Vec<MemberId>,
}

impl Store {
    /// Makes or takes back assignments, all in one transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for a member or sample that is not here.
    pub fn assign(&self, assignments: &[NewAssignment]) -> Result<usize> {
        self.transact(|tx| {
            let time = tx.store.world.now();
            for one in assignments {
                crate::sample::sample_n(tx, one.sample)?;
                let member = member_n(tx, one.member)?;
                let stamp = tx.stamp_at(time);
                tx.prepare_cached(
                    "INSERT INTO assignment (id, author, device, device_no, time, sample, member, state, due, expires)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .execute(params![
                    stamp.id.into_bytes(),
                    tx.store.me_n,
                    tx.device_n,
                    stamp.device_no,
                    stamp.time.0,
                    one.sample.bytes(),
                    member,
                    one.state.word(),
                    one.due.map(|due| due.0),
                    one.expires.map(|expires| expires.0),
                ])?;
            }
            if !assignments.is_empty() {
                tx.changed(Change::Assignments);
            }
            Ok(assignments.len())
        })
    }

    /// Every sample with who is assigned to it and who worked on it, in the order of import.
    pub fn for_each_assigned(&self, show: &mut dyn FnMut(Assigned)) -> Result<()> {
        self.read_moment(|sql| {
            let mut samples = sql.prepare(
                "SELECT s.id, s.component, s.task_type, s.locale, s.models, s.n FROM sample s ORDER BY s.n",
            )?;
            let mut assigned = sql.prepare_cached(
                "SELECT m.id FROM assignment_head h JOIN member m ON m.n = h.member
                 WHERE h.sample = ?1 AND h.state = 'assigned' ORDER BY m.id",
            )?;
            let mut worked = sql.prepare_cached(
                "SELECT m.id FROM annotation_head h JOIN member m ON m.n = h.member
                 WHERE h.sample = ?1 AND h.state <> 'withdrawn' ORDER BY m.id",
            )?;
            let mut rows_of = samples.query([])?;
            while let Some(row) = rows_of.next()? {
                let sample: SampleId = rows::id(row, 0)?;
                let n: i64 = row.get(5)?;
                show(Assigned {
                    sample,
                    component: rows::word(row, 1)?,
                    task_type: row.get(2)?,
                    locale: row.get(3)?,
                    models: row.get(4)?,
                    assigned: assigned
                        .query_map([sample.bytes()], |row| rows::id(row, 0))?
                        .collect::<rusqlite::Result<_>>()?,
                    worked: worked
                        .query_map([n], |row| rows::id(row, 0))?
                        .collect::<rusqlite::Result<_>>()?,
                });
            }
            Ok(())
        })
    }

    /// Whether anybody was ever assigned to anything.
    pub fn has_assignments(&self) -> Result<bool> {
        self.read(|sql| Ok(sql.query_row("SELECT EXISTS (SELECT 1 FROM assignment)", [], |row| row.get(0))?))
    }
}
