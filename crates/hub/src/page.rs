//! What a member may see after a place, page by page, and what a page brings along.

use std::collections::{BTreeMap, HashMap, HashSet};

use assay_model::{AssignmentState, DeviceId, FactId, Kind, MemberBody, MemberId, SampleId, Timestamp};
use assay_sync::digest::Digest;
use assay_sync::pages::PAGE_BYTES;
use assay_sync::wire::{AssignmentBody, MAX_FACTS, Placed, WireFact};
use serde_json::value::RawValue;

use crate::audience::Audience;
use crate::db::{Column, DbError, Row, Tx};
use crate::known::halves;
use crate::project::{Project, digests};

/// A page.
pub(crate) struct Page {
    pub facts: Vec<Placed>,
    /// How far it reads.
    pub seq: u64,
    pub more: bool,
}

/// What stands at a place, without its body.
struct Line {
    seq: u64,
    id: FactId,
    bytes: usize,
    kind: String,
    sample: Option<SampleId>,
}

/// The page between two places, the first of them left out, without the facts in `known`. Beyond the second
/// one is only what the laptop has.
pub(crate) fn between(
    tx: &mut dyn Tx,
    project: &Project,
    me: &MemberBody,
    (seq, last): (u64, u64),
    limit: usize,
    known: &HashSet<FactId>,
) -> Result<Page, DbError> {
    if seq >= last {
        return Ok(Page { facts: Vec::new(), seq: project.head, more: false });
    }
    let audiences = Audience::seen_by(me.id, me.role).map(|seen| seen.map(Audience::bytes));
    let limit = limit.clamp(1, MAX_FACTS);
    let mut lines: Vec<Line> = Vec::new();
    let (mut at, mut bytes, mut full) = (seq, 0, false);
    // Facts that this request brought are left out, so one look may not fill a page.
    while !full {
        let wanted = limit + 1;
        let found = look(tx, project.n, audiences.as_ref(), (at, last), wanted)?;
        let end = found.len() < wanted;
        for line in found {
            if !known.contains(&line.id) {
                if lines.len() == limit || (!lines.is_empty() && bytes + line.bytes > PAGE_BYTES) {
                    full = true;
                    break;
                }
                bytes += line.bytes;
                at = line.seq;
                lines.push(line);
            } else {
                at = line.seq;
            }
        }
        if end {
            break;
        }
    }
    let carried = match audiences {
        Some(_) => carried(tx, project.n, me.id, &lines)?,
        None => HashMap::new(),
    };
    // What is carried counts as well; a page holds one line at least.
    let mut page = Vec::new();
    let mut carries: BTreeMap<usize, SampleId> = BTreeMap::new();
    // A sample is carried by each assignment of it on the page: between two may be a withdrawal, which takes
    // it away again.
    let mut bytes = 0;
    for line in lines {
        let sample = line.sample.filter(|sample| carried.contains_key(&(line.seq, *sample)));
        let more = sample.and_then(|sample| carried.get(&(line.seq, sample))).copied().unwrap_or(0);
        if !page.is_empty() && bytes + line.bytes + more > PAGE_BYTES {
            full = true;
            break;
        }
        bytes += line.bytes + more;
        carries.extend(sample.map(|sample| (page.len(), sample)));
        page.push(line.seq);
    }
    let facts = bodies(tx, project.n, &page, &carries)?;
    let seq = if full { page.last().copied().unwrap_or(seq) } else { project.head };
    Ok(Page { facts, seq, more: full })
}

/// The digest of all that a member may see.
pub(crate) fn digest(tx: &mut dyn Tx, project: &Project, me: &MemberBody) -> Result<Digest, DbError> {
    let Some(seen) = Audience::seen_by(me.id, me.role) else {
        return Ok(Digest { count: project.head, sum: project.sum });
    };
    let sums = digests(tx, project.n, &seen.map(Audience::bytes))?;
    Ok(sums.into_iter().fold(Digest::default(), Digest::plus))
}

fn look(
    tx: &mut dyn Tx,
    p: i64,
    audiences: Option<&[Vec<u8>; 2]>,
    (after, last): (u64, u64),
    limit: usize,
) -> Result<Vec<Line>, DbError> {
    let (after, last, limit) = (after as i64, last as i64, limit as i64);
    let Some(audiences) = audiences else {
        let sql = "SELECT seq, id, bytes, kind, sample FROM fact WHERE p = $1 AND seq > $2 AND seq <= $3
             ORDER BY seq LIMIT $4";
        let params = [p.into(), after.into(), last.into(), limit.into()];
        return tx.query(sql, &params)?.into_iter().map(line).collect();
    };
    let rows = tx.query_each(
        "SELECT seq, id, bytes, kind, sample FROM fact WHERE p = $1 AND audience = $2 AND seq > $3
           AND seq <= $4 ORDER BY seq LIMIT $5",
        &[
            Column::Same(p),
            Column::bytes(audiences),
            Column::Same(after),
            Column::Same(last),
            Column::Same(limit),
        ],
    )?;
    let mut lines: Vec<Line> = rows.into_iter().map(|(_, row)| line(row)).collect::<Result<_, _>>()?;
    lines.sort_unstable_by_key(|line| line.seq);
    lines.truncate(limit as usize);
    Ok(lines)
}

fn line(mut row: Row) -> Result<Line, DbError> {
    Ok(Line {
        seq: row.int(0)? as u64,
        id: FactId(row.uuid(1)?),
        bytes: row.int(2)? as usize,
        kind: row.text(3)?,
        sample: row.maybe_uuid(4)?.map(SampleId),
    })
}

/// Which lines carry their sample, with the sample's size: an assignment while it stands or where the member
/// has work on the sample; the first annotation of each sample on the page, for the laptop may have let the
/// sample go, or never had it: the work was done on another.
fn carried(
    tx: &mut dyn Tx,
    p: i64,
    me: MemberId,
    lines: &[Line],
) -> Result<HashMap<(u64, SampleId), usize>, DbError> {
    let about: Vec<(&Line, SampleId)> = lines.iter().filter_map(|line| Some((line, line.sample?))).collect();
    if about.is_empty() {
        return Ok(HashMap::new());
    }
    let pairs: Vec<(SampleId, MemberId)> = about.iter().map(|(_, sample)| (*sample, me)).collect();
    let (samples, members) = halves(&pairs);
    let columns = || [Column::Same(p), Column::bytes(&samples), Column::bytes(&members)];
    let mut standing = HashMap::new();
    let sql = "SELECT assigned FROM assignment WHERE p = $1 AND sample = $2 AND member = $3";
    for (at, mut row) in tx.query_each(sql, &columns())? {
        standing.insert(pairs[at].0, row.flag(0)?);
    }
    let sql = "SELECT revision FROM annotation WHERE p = $1 AND sample = $2 AND member = $3";
    let worked: HashSet<SampleId> =
        tx.query_each(sql, &columns())?.into_iter().map(|(at, _)| pairs[at].0).collect();
    let (mut wanted, mut annotated) = (Vec::<(u64, SampleId)>::new(), HashSet::new());
    for (line, sample) in about {
        let carries = if line.kind == Kind::Assignment.word() {
            standing.get(&sample) == Some(&true) || worked.contains(&sample)
        } else {
            line.kind == Kind::Annotation.word() && annotated.insert(sample)
        };
        if carries {
            wanted.push((line.seq, sample));
        }
    }
    let ids: Vec<_> = wanted.iter().map(|(_, sample)| sample.bytes()).collect();
    let sizes = tx.query_each(
        "SELECT bytes FROM fact WHERE p = $1 AND id = $2",
        &[Column::Same(p), Column::bytes(&ids)],
    )?;
    sizes.into_iter().map(|(at, mut row)| Ok((wanted[at], row.int(0)? as usize))).collect()
}

const WHOLE: &str = "SELECT seq, id, kind, author, device, device_no, time, body FROM fact";

fn bodies(
    tx: &mut dyn Tx,
    p: i64,
    page: &[u64],
    carries: &BTreeMap<usize, SampleId>,
) -> Result<Vec<Placed>, DbError> {
    if page.is_empty() {
        return Ok(Vec::new());
    }
    let rows = tx.query_each(
        &format!("{WHOLE} WHERE p = $1 AND seq = $2"),
        &[Column::Same(p), Column::ints(page.iter().map(|seq| *seq as i64))],
    )?;
    let mut facts: Vec<Placed> = rows.into_iter().map(|(_, row)| placed(row)).collect::<Result<_, _>>()?;
    facts.sort_unstable_by_key(|fact| fact.seq);
    let ids: Vec<_> = carries.values().map(|sample| sample.bytes()).collect();
    let places: Vec<usize> = carries.keys().copied().collect();
    let rows =
        tx.query_each(&format!("{WHOLE} WHERE p = $1 AND id = $2"), &[Column::Same(p), Column::bytes(&ids)])?;
    for (at, row) in rows {
        let sample = placed(row)?;
        if let Some(fact) = facts.get_mut(places[at])
            && !taken_back(fact)
        {
            fact.carries.push(sample);
        }
    }
    Ok(facts)
}

/// A withdrawal brings nothing along.
fn taken_back(placed: &Placed) -> bool {
    placed.fact.kind == Kind::Assignment
        && placed.fact.parse::<AssignmentBody>().is_ok_and(|body| body.state == AssignmentState::Withdrawn)
}

fn placed(mut row: Row) -> Result<Placed, DbError> {
    let kind = row.text(2)?;
    let kind =
        Kind::of_word(&kind).ok_or_else(|| DbError::Fault(format!("“{kind}” is not a kind of fact")))?;
    let body = RawValue::from_string(row.text(7)?);
    Ok(Placed {
        seq: row.int(0)? as u64,
        fact: WireFact {
            id: FactId(row.uuid(1)?),
            kind,
            author: MemberId(row.uuid(3)?),
            device: DeviceId(row.uuid(4)?),
            device_no: row.int(5)? as u64,
            time: Timestamp(row.int(6)?),
            body: body.map_err(|error| DbError::Fault(format!("a body is not JSON: {error}")))?,
        },
        carries: Vec::new(),
    })
}
