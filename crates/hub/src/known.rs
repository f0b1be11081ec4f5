//! What the hub has of what a request names, looked up at once for all its facts: each question is one
//! statement, whose cost is that of the request and not of the project.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use assay_model::{
    AnnotationState, DeviceId, ExternalId, FactId, Kind, MemberId, Role, Rubric, RubricBody, RubricId,
    SampleId,
};

use crate::db::{Column, DbError, Tx};
use crate::hear::{Heard, Said};
use crate::project::{Membership, memberships};

/// A fact that is there.
pub(crate) struct There {
    pub seq: u64,
    pub kind: String,
    pub author: MemberId,
    pub time: i64,
    pub body: String,
}

/// The annotation of a sample and member that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub revision: u32,
    pub id: FactId,
    pub state: AnnotationState,
    pub seq: u64,
    pub grades: String,
}

/// The newest assignment of a sample and member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Assigned {
    pub standing: bool,
    pub expires: Option<i64>,
    pub author: MemberId,
}

/// Rubric versions that a process has read: they never change.
pub(crate) type Rubrics = HashMap<RubricId, Arc<Rubric>>;

/// What the hub has.
pub(crate) struct Known {
    pub facts: HashMap<FactId, There>,
    pub devices: HashMap<DeviceId, MemberId>,
    /// Numbers that are taken, as far as they were asked for.
    pub numbers: HashSet<(DeviceId, u64)>,
    /// How many responses each sample has.
    pub samples: HashMap<SampleId, usize>,
    pub external_ids: HashMap<ExternalId, SampleId>,
    pub rubrics: Rubrics,
    /// The current rubric's id and version; read where a rubric was sent.
    pub rubric: Option<(RubricId, u32)>,
    pub assignments: HashMap<(SampleId, MemberId), Assigned>,
    pub heads: HashMap<(SampleId, MemberId), Head>,
    pub members: BTreeMap<MemberId, Membership>,
}

impl Known {
    /// Looks up what the facts name.
    pub(crate) fn of(
        tx: &mut dyn Tx,
        p: i64,
        role: Role,
        heard: &[Heard],
        rubrics: Rubrics,
    ) -> Result<Self, DbError> {
        let facts = facts(tx, p, heard)?;
        // A fact that is there already asks for nothing else.
        let new: Vec<&Heard> = heard.iter().filter(|heard| !facts.contains_key(&heard.fact.id)).collect();
        let said = || new.iter().filter_map(|heard| heard.said.as_ref().ok().map(|said| (*heard, said)));
        let (devices, numbers) = devices(tx, p, &new)?;
        let named: HashSet<SampleId> = said().filter_map(|(_, said)| said.sample()).collect();
        let external = said().filter_map(|(_, said)| match said {
            Said::Sample { external_id, .. } => Some(external_id),
            _ => None,
        });
        let external_ids = external_ids(tx, p, external)?;
        let pairs: HashSet<(SampleId, MemberId)> = said()
            .filter(|(_, said)| match said {
                Said::Assignment(_) => true,
                Said::Annotation(_) => role == Role::Annotator,
                _ => false,
            })
            .filter_map(|(_, said)| Some((said.sample()?, said.about()?)))
            .collect();
        let worked: HashSet<(SampleId, MemberId)> = said()
            .filter(|(_, said)| matches!(said, Said::Annotation(_)))
            .filter_map(|(_, said)| Some((said.sample()?, said.about()?)))
            .collect();
        let others = said().any(|(heard, said)| {
            heard.fact.kind == Kind::Member || said.about().is_some_and(|about| about != heard.fact.author)
        });
        let wanted: HashSet<RubricId> = said()
            .filter_map(|(_, said)| match said {
                Said::Annotation(body) => Some(body.annotation.rubric),
                Said::Resolution(body) => Some(body.resolution.rubric),
                _ => None,
            })
            .filter(|id| !rubrics.contains_key(id))
            .collect();
        let rubric_sent = said().any(|(_, said)| matches!(said, Said::Rubric(_)));
        Ok(Self {
            samples: samples(tx, p, named)?,
            external_ids,
            rubrics: read_rubrics(tx, p, wanted, rubrics)?,
            rubric: if rubric_sent { current_rubric(tx, p)? } else { None },
            assignments: assignments(tx, p, pairs)?,
            heads: heads(tx, p, worked)?,
            members: if others { memberships(tx, p)? } else { BTreeMap::new() },
            facts,
            devices,
            numbers,
        })
    }
}

fn facts(tx: &mut dyn Tx, p: i64, heard: &[Heard]) -> Result<HashMap<FactId, There>, DbError> {
    let ids: Vec<_> = heard.iter().map(|heard| heard.fact.id.bytes()).collect();
    let rows = tx.query_each(
        "SELECT seq, kind, author, time, body FROM fact WHERE p = $1 AND id = $2",
        &[Column::Same(p), Column::bytes(&ids)],
    )?;
    rows.into_iter()
        .map(|(at, mut row)| {
            let there = There {
                seq: row.int(0)? as u64,
                kind: row.text(1)?,
                author: MemberId(row.uuid(2)?),
                time: row.int(3)?,
                body: row.text(4)?,
            };
            Ok((heard[at].fact.id, there))
        })
        .collect()
}

type Devices = (HashMap<DeviceId, MemberId>, HashSet<(DeviceId, u64)>);

/// The devices with their members, and which of the numbers used are taken. A number beyond the last that a
/// device used is free, so in everyday work nothing is looked up.
fn devices(tx: &mut dyn Tx, p: i64, new: &[&Heard]) -> Result<Devices, DbError> {
    let named: Vec<DeviceId> =
        new.iter().map(|heard| heard.fact.device).collect::<HashSet<_>>().into_iter().collect();
    let ids: Vec<_> = named.iter().map(|device| device.bytes()).collect();
    let rows = tx.query_each(
        "SELECT member, last FROM device WHERE p = $1 AND id = $2",
        &[Column::Same(p), Column::bytes(&ids)],
    )?;
    let (mut members, mut last) = (HashMap::new(), HashMap::new());
    for (at, mut row) in rows {
        members.insert(named[at], MemberId(row.uuid(0)?));
        last.insert(named[at], row.int(1)? as u64);
    }
    let low: Vec<(DeviceId, u64)> = new
        .iter()
        .map(|heard| (heard.fact.device, heard.fact.device_no))
        .filter(|(device, number)| last.get(device).is_some_and(|last| number <= last))
        .collect();
    let ids: Vec<_> = low.iter().map(|(device, _)| device.bytes()).collect();
    let rows = tx.query_each(
        "SELECT seq FROM fact WHERE p = $1 AND device = $2 AND device_no = $3",
        &[Column::Same(p), Column::bytes(&ids), Column::ints(low.iter().map(|(_, number)| *number as i64))],
    )?;
    Ok((members, rows.into_iter().map(|(at, _)| low[at]).collect()))
}

fn samples(tx: &mut dyn Tx, p: i64, named: HashSet<SampleId>) -> Result<HashMap<SampleId, usize>, DbError> {
    let named: Vec<SampleId> = sorted(named);
    let ids: Vec<_> = named.iter().map(|sample| sample.bytes()).collect();
    let rows = tx.query_each(
        "SELECT responses FROM sample WHERE p = $1 AND id = $2",
        &[Column::Same(p), Column::bytes(&ids)],
    )?;
    rows.into_iter().map(|(at, mut row)| Ok((named[at], row.int(0)? as usize))).collect()
}

fn external_ids<'a>(
    tx: &mut dyn Tx,
    p: i64,
    named: impl Iterator<Item = &'a ExternalId>,
) -> Result<HashMap<ExternalId, SampleId>, DbError> {
    let named: Vec<&ExternalId> = named.collect();
    let rows = tx.query_each(
        "SELECT id FROM sample WHERE p = $1 AND external_id = $2",
        &[Column::Same(p), Column::texts(named.iter().map(|id| id.as_str()))],
    )?;
    rows.into_iter().map(|(at, mut row)| Ok((named[at].clone(), SampleId(row.uuid(0)?)))).collect()
}

fn read_rubrics(
    tx: &mut dyn Tx,
    p: i64,
    wanted: HashSet<RubricId>,
    mut known: Rubrics,
) -> Result<Rubrics, DbError> {
    for id in wanted {
        known.extend(read_rubric(tx, p, id)?.map(|rubric| (id, Arc::new(rubric))));
    }
    Ok(known)
}

/// A rubric version.
pub(crate) fn read_rubric(tx: &mut dyn Tx, p: i64, id: RubricId) -> Result<Option<Rubric>, DbError> {
    let sql = "SELECT body FROM fact WHERE p = $1 AND id = $2 AND kind = 'rubric'";
    let Some(mut row) = tx.query(sql, &[p.into(), (&id.0).into()])?.into_iter().next() else {
        return Ok(None);
    };
    let body: Result<RubricBody, _> = serde_json::from_str(&row.text(0)?);
    body.map(|body| Some(body.rubric))
        .map_err(|error| DbError::Fault(format!("a rubric is unreadable: {error}")))
}

/// The current rubric's id and version.
pub(crate) fn current_rubric(tx: &mut dyn Tx, p: i64) -> Result<Option<(RubricId, u32)>, DbError> {
    let sql = "SELECT id, version FROM rubric WHERE p = $1 ORDER BY version DESC LIMIT 1";
    let Some(mut row) = tx.query(sql, &[p.into()])?.into_iter().next() else { return Ok(None) };
    Ok(Some((RubricId(row.uuid(0)?), row.int(1)? as u32)))
}

fn assignments(
    tx: &mut dyn Tx,
    p: i64,
    pairs: HashSet<(SampleId, MemberId)>,
) -> Result<HashMap<(SampleId, MemberId), Assigned>, DbError> {
    let pairs = sorted(pairs);
    let (samples, members) = halves(&pairs);
    let rows = tx.query_each(
        "SELECT assigned, expires, author FROM assignment WHERE p = $1 AND sample = $2 AND member = $3",
        &[Column::Same(p), Column::bytes(&samples), Column::bytes(&members)],
    )?;
    rows.into_iter()
        .map(|(at, mut row)| {
            let there = Assigned {
                standing: row.flag(0)?,
                expires: row.maybe_int(1)?,
                author: MemberId(row.uuid(2)?),
            };
            Ok((pairs[at], there))
        })
        .collect()
}

pub(crate) fn heads(
    tx: &mut dyn Tx,
    p: i64,
    pairs: HashSet<(SampleId, MemberId)>,
) -> Result<HashMap<(SampleId, MemberId), Head>, DbError> {
    let pairs = sorted(pairs);
    let (samples, members) = halves(&pairs);
    let rows = tx.query_each(
        "SELECT revision, id, state, seq, grades FROM annotation WHERE p = $1 AND sample = $2 AND member = $3",
        &[Column::Same(p), Column::bytes(&samples), Column::bytes(&members)],
    )?;
    rows.into_iter()
        .map(|(at, mut row)| {
            let head = Head {
                revision: row.int(0)? as u32,
                id: FactId(row.uuid(1)?),
                state: state(&row.text(2)?),
                seq: row.int(3)? as u64,
                grades: row.text(4)?,
            };
            Ok((pairs[at], head))
        })
        .collect()
}

/// In order, for neighbours in an index are read together.
fn sorted<T: Ord>(set: HashSet<T>) -> Vec<T> {
    let mut list: Vec<T> = set.into_iter().collect();
    list.sort_unstable();
    list
}

type Halves = (Vec<[u8; 16]>, Vec<[u8; 16]>);

pub(crate) fn halves(pairs: &[(SampleId, MemberId)]) -> Halves {
    pairs.iter().map(|(sample, member)| (sample.bytes(), member.bytes())).unzip()
}

pub(crate) fn state_word(state: AnnotationState) -> &'static str {
    match state {
        AnnotationState::Submitted => "submitted",
        AnnotationState::Skipped => "skipped",
        AnnotationState::Withdrawn => "withdrawn",
    }
}

fn state(word: &str) -> AnnotationState {
    match word {
        "submitted" => AnnotationState::Submitted,
        "skipped" => AnnotationState::Skipped,
        _ => AnnotationState::Withdrawn,
    }
}
