//! What a member may see after a place, page by page, and what a page brings along.

use std::collections::HashSet;

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

/// How many lines are looked at first. How many after that is told by how long the first ones are.
const LOOK: usize = 128;
/// And at most, and at least.
const LOOKS: (usize, usize) = (16, 1024);
/// A body of so many bytes or less is read with its line; a longer one once it is known that the page holds it.
const SHORT: usize = 16 << 10;

/// A fact on its way to a page.
struct Coming {
    seq: u64,
    id: FactId,
    kind: Kind,
    author: MemberId,
    device: DeviceId,
    device_no: u64,
    time: Timestamp,
    /// How long the body is.
    bytes: usize,
    body: Option<String>,
}

/// What stands at a place.
struct Line {
    fact: Coming,
    sample: Option<SampleId>,
    /// The sample that it brings along.
    carries: Option<Coming>,
}

impl Line {
    fn bytes(&self) -> usize {
        self.fact.bytes + self.carries.as_ref().map_or(0, |sample| sample.bytes)
    }
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
    let mut annotated = HashSet::new();
    let (mut at, mut bytes, mut full, mut wanted) = (seq, 0, false, LOOK);
    // Facts that this request brought are left out, so one look may not fill a page.
    while !full {
        wanted = wanted.min(limit + 1 - lines.len());
        let found = look(tx, project.n, audiences.as_ref(), (at, last), wanted)?;
        let end = found.len() < wanted;
        at = found.last().map_or(last, |line| line.fact.seq);
        let mut found: Vec<Line> = found.into_iter().filter(|line| !known.contains(&line.fact.id)).collect();
        if audiences.is_some() {
            carry(tx, project.n, me.id, &mut annotated, &mut found)?;
        }
        for line in found {
            // A page holds one line at least.
            if lines.len() == limit || (!lines.is_empty() && bytes + line.bytes() > PAGE_BYTES) {
                full = true;
                break;
            }
            bytes += line.bytes();
            lines.push(line);
        }
        if end {
            break;
        }
        let (room, each) = (PAGE_BYTES.saturating_sub(bytes), bytes / lines.len().max(1));
        wanted = (room / each.max(1) * 9 / 8).clamp(LOOKS.0, LOOKS.1);
    }
    let seq = if full { lines.last().map_or(seq, |line| line.fact.seq) } else { project.head };
    Ok(Page { facts: whole(tx, project.n, lines)?, seq, more: full })
}

/// The digest of all that a member may see.
pub(crate) fn digest(tx: &mut dyn Tx, project: &Project, me: &MemberBody) -> Result<Digest, DbError> {
    let Some(seen) = Audience::seen_by(me.id, me.role) else {
        return Ok(Digest { count: project.head, sum: project.sum });
    };
    let sums = digests(tx, project.n, &seen.map(Audience::bytes))?;
    Ok(sums.into_iter().fold(Digest::default(), Digest::plus))
}

/// The columns of a fact on its way to a page.
fn columns(of: &str) -> String {
    let heads = ["seq", "id", "kind", "author", "device", "device_no", "time", "bytes"];
    let heads = heads.map(|column| format!("{of}.{column}")).join(", ");
    format!("{heads}, CASE WHEN {of}.bytes <= {SHORT} THEN {of}.body END")
}

fn look(
    tx: &mut dyn Tx,
    p: i64,
    audiences: Option<&[Vec<u8>; 2]>,
    (after, last): (u64, u64),
    limit: usize,
) -> Result<Vec<Line>, DbError> {
    let (after, last, limit) = (after as i64, last as i64, limit as i64);
    let select = format!("SELECT {}, f.sample FROM fact f", columns("f"));
    let Some(audiences) = audiences else {
        let sql = format!("{select} WHERE p = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4");
        let params = [p.into(), after.into(), last.into(), limit.into()];
        return tx.query(&sql, &params)?.into_iter().map(line).collect();
    };
    let rows = tx.query_each(
        &format!("{select} WHERE p = $1 AND audience = $2 AND seq > $3 AND seq <= $4 ORDER BY seq LIMIT $5"),
        &[
            Column::Same(p),
            Column::bytes(audiences),
            Column::Same(after),
            Column::Same(last),
            Column::Same(limit),
        ],
    )?;
    let mut lines: Vec<Line> = rows.into_iter().map(|(_, row)| line(row)).collect::<Result<_, _>>()?;
    lines.sort_unstable_by_key(|line| line.fact.seq);
    lines.truncate(limit as usize);
    Ok(lines)
}

fn line(mut row: Row) -> Result<Line, DbError> {
    let sample = row.maybe_uuid(9)?.map(SampleId);
    Ok(Line { fact: coming(row)?, sample, carries: None })
}

fn coming(mut row: Row) -> Result<Coming, DbError> {
    let kind = row.text(2)?;
    let kind =
        Kind::of_word(&kind).ok_or_else(|| DbError::Fault(format!("“{kind}” is not a kind of fact")))?;
    Ok(Coming {
        seq: row.int(0)? as u64,
        id: FactId(row.uuid(1)?),
        kind,
        author: MemberId(row.uuid(3)?),
        device: DeviceId(row.uuid(4)?),
        device_no: row.int(5)? as u64,
        time: Timestamp(row.int(6)?),
        bytes: row.int(7)? as usize,
        body: row.maybe_text(8)?,
    })
}

/// Finds what each line brings along: an assignment its sample, while it stands or where the member has work
/// on the sample; the first annotation of each sample on the page as well, for the laptop may have let the
/// sample go, or never had it: the work was done on another.
///
/// A sample is carried by each assignment of it: between two may be a withdrawal, which takes it away again.
fn carry(
    tx: &mut dyn Tx,
    p: i64,
    me: MemberId,
    annotated: &mut HashSet<SampleId>,
    lines: &mut [Line],
) -> Result<(), DbError> {
    let (mut places, mut pairs, mut always) = (Vec::new(), Vec::new(), Vec::new());
    for (place, line) in lines.iter().enumerate() {
        let Some(sample) = line.sample else { continue };
        let first = line.fact.kind == Kind::Annotation && annotated.insert(sample);
        if first || line.fact.kind == Kind::Assignment {
            places.push(place);
            pairs.push((sample, me));
            always.push(i64::from(first));
        }
    }
    if places.is_empty() {
        return Ok(());
    }
    let (samples, members) = halves(&pairs);
    let rows = tx.query_each(
        &format!(
            "SELECT {} FROM fact s WHERE s.p = $1 AND s.id = $2 AND CASE
               WHEN $4 = 1 THEN 1
               WHEN (SELECT a.assigned FROM assignment a
                     WHERE a.p = $1 AND a.sample = $2 AND a.member = $3) = 1 THEN 1
               WHEN (SELECT n.revision FROM annotation n
                     WHERE n.p = $1 AND n.sample = $2 AND n.member = $3) IS NOT NULL THEN 1
               ELSE 0 END = 1",
            columns("s")
        ),
        &[Column::Same(p), Column::bytes(&samples), Column::bytes(&members), Column::ints(always)],
    )?;
    for (at, row) in rows {
        lines[places[at]].carries = Some(coming(row)?);
    }
    Ok(())
}

/// The lines with the long bodies that were not read with them.
fn whole(tx: &mut dyn Tx, p: i64, mut lines: Vec<Line>) -> Result<Vec<Placed>, DbError> {
    let mut long: Vec<&mut Coming> = lines
        .iter_mut()
        .flat_map(|line| std::iter::once(&mut line.fact).chain(&mut line.carries))
        .filter(|coming| coming.body.is_none())
        .collect();
    if !long.is_empty() {
        let seqs = long.iter().map(|coming| coming.seq as i64);
        let sql = "SELECT body FROM fact WHERE p = $1 AND seq = $2";
        for (at, mut row) in tx.query_each(sql, &[Column::Same(p), Column::ints(seqs)])? {
            long[at].body = Some(row.text(0)?);
        }
    }
    lines
        .into_iter()
        .map(|Line { fact, carries, .. }| {
            let mut placed = placed(fact)?;
            if !taken_back(&placed) {
                placed.carries.extend(carries.map(self::placed).transpose()?);
            }
            Ok(placed)
        })
        .collect()
}

/// A withdrawal brings nothing along.
fn taken_back(placed: &Placed) -> bool {
    placed.fact.kind == Kind::Assignment
        && placed.fact.parse::<AssignmentBody>().is_ok_and(|body| body.state == AssignmentState::Withdrawn)
}

fn placed(coming: Coming) -> Result<Placed, DbError> {
    let Coming { seq, id, kind, author, device, device_no, time, body, .. } = coming;
    let body = RawValue::from_string(body.unwrap_or_default())
        .map_err(|error| DbError::Fault(format!("a body is not JSON: {error}")))?;
    let fact = WireFact { id, kind, author, device, device_no, time, body };
    Ok(Placed { seq, fact, carries: Vec::new() })
}
