//! Assignments whose time has passed are taken back, unless their member submitted or skipped.

use std::collections::{BTreeMap, HashSet};

use assay_model::{AnnotationState, AssignmentBody, AssignmentState, FactId, Kind, MemberId, SampleId};
use uuid::Uuid;

use crate::audience::Audience;
use crate::brought::{write_assignments, write_tallies};
use crate::db::{Column, DbError, Tx};
use crate::known::{Assigned, halves, heads};
use crate::project::{NewFact, OwnFacts, Project, append, save};

/// The most taken back in one transaction.
const AT_ONCE: i64 = 1000;

/// Whether there may be something to take back: one look into an index.
pub(crate) fn is_due(tx: &mut dyn Tx, p: i64, now: i64) -> Result<bool, DbError> {
    let sql = "SELECT expires FROM assignment WHERE p = $1 AND expires <= $2 LIMIT 1";
    Ok(!tx.query(sql, &[p.into(), now.into()])?.is_empty())
}

/// Takes back what is due, at most [`AT_ONCE`], in the name of who assigned it; answers how many were looked
/// at. The project's row is locked.
pub(crate) fn take_back(
    tx: &mut dyn Tx,
    project: &mut Project,
    own: OwnFacts,
    mut id: impl FnMut() -> Uuid,
) -> Result<usize, DbError> {
    let rows = tx.query(
        "SELECT sample, member, author FROM assignment WHERE p = $1 AND expires <= $2 ORDER BY expires LIMIT $3",
        &[project.n.into(), own.time.into(), AT_ONCE.into()],
    )?;
    let mut due: Vec<((SampleId, MemberId), MemberId)> = Vec::new();
    for mut row in rows {
        due.push(((SampleId(row.uuid(0)?), MemberId(row.uuid(1)?)), MemberId(row.uuid(2)?)));
    }
    if due.is_empty() {
        return Ok(0);
    }
    let keys: HashSet<(SampleId, MemberId)> = due.iter().map(|(key, _)| *key).collect();
    let mut done: HashSet<(SampleId, MemberId)> = HashSet::new();
    for (key, head) in heads(tx, project.n, keys)? {
        if head.state != AnnotationState::Withdrawn {
            done.insert(key);
        }
    }
    // Whoever did the work keeps the assignment; it needs no second look.
    let keep: Vec<(SampleId, MemberId)> =
        due.iter().map(|(key, _)| *key).filter(|key| done.contains(key)).collect();
    let (samples, members) = halves(&keep);
    for (sample, member) in samples.iter().zip(&members) {
        tx.execute(
            "UPDATE assignment SET expires = NULL WHERE p = $1 AND sample = $2 AND member = $3",
            &[project.n.into(), sample.into(), member.into()],
        )?;
    }
    let looked_at = due.len();
    due.retain(|(key, _)| !done.contains(key));
    withdraw(tx, project, own, &mut id, &due)?;
    Ok(looked_at)
}

fn withdraw(
    tx: &mut dyn Tx,
    project: &mut Project,
    own: OwnFacts,
    id: &mut dyn FnMut() -> Uuid,
    due: &[((SampleId, MemberId), MemberId)],
) -> Result<(), DbError> {
    if due.is_empty() {
        return Ok(());
    }
    let first_no = own.next_no(tx, project.n)?;
    let mut bodies = Vec::with_capacity(due.len());
    for ((sample, member), _) in due {
        let body = AssignmentBody {
            sample: *sample,
            member: *member,
            state: AssignmentState::Withdrawn,
            due: None,
            expires: None,
        };
        bodies.push(serde_json::to_string(&body).map_err(|error| DbError::Fault(error.to_string()))?);
    }
    let facts: Vec<NewFact<'_>> = due
        .iter()
        .zip(&bodies)
        .zip(first_no..)
        .map(|((((sample, member), author), body), device_no)| NewFact {
            id: FactId(id()),
            kind: Kind::Assignment,
            author: *author,
            device: own.device,
            device_no,
            time: own.time,
            audience: Audience::of(Kind::Assignment, Some(*member)),
            sample: Some(*sample),
            body,
        })
        .collect();
    append(tx, project, &facts)?;
    let gone = |author| Assigned { standing: false, expires: None, author };
    write_assignments(tx, project.n, due.iter().map(|(key, author)| (*key, gone(*author))))?;
    let mut tallies: BTreeMap<MemberId, [i64; 3]> = BTreeMap::new();
    for ((_, member), _) in due {
        tallies.entry(*member).or_default()[0] -= 1;
    }
    write_tallies(tx, project.n, &tallies)?;
    save(tx, project)
}

/// Projects in which something is due.
pub(crate) fn projects_due(tx: &mut dyn Tx, now: i64) -> Result<Vec<Uuid>, DbError> {
    let projects = tx.query("SELECT n, id FROM project ORDER BY n", &[])?;
    let mut found: Vec<(i64, Uuid)> = Vec::new();
    for mut row in projects {
        found.push((row.int(0)?, row.uuid(1)?));
    }
    let numbers = Column::ints(found.iter().map(|(n, _)| *n));
    let sql = "SELECT expires FROM assignment WHERE p = $1 AND expires <= $2 LIMIT 1";
    let due = tx.query_each(sql, &[numbers, Column::Same(now)])?;
    Ok(due.into_iter().map(|(at, _)| found[at].1).collect())
}
