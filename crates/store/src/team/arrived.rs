//! A fact that came from the hub, written into its table.

use std::borrow::Cow;

use assay_model::{
    AnnotationBody, DeviceId, FactId, MemberBody, MemberId, ResolutionBody, RubricBody, RubricId, SampleId,
};
use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;

use super::FactRow;
use super::reading::ReadSample;
use crate::error::{Error, Result};
use crate::rows;
use crate::transact::{Change, Tx};

/// The columns with which every fact begins.
pub(super) struct Stamped {
    pub author: i64,
    pub device: i64,
    pub seq: u64,
}

pub(super) fn member_n(sql: &Connection, id: MemberId) -> Result<Option<i64>> {
    let mut query = sql.prepare_cached("SELECT n FROM member WHERE id = ?1")?;
    Ok(query.query_row([id.bytes()], |row| row.get(0)).optional()?)
}

pub(super) fn device_n(sql: &Connection, id: DeviceId) -> Result<i64> {
    let mut query = sql.prepare_cached("SELECT n FROM device WHERE id = ?1")?;
    if let Some(n) = query.query_row([id.bytes()], |row| row.get(0)).optional()? {
        return Ok(n);
    }
    sql.prepare_cached("INSERT INTO device (id) VALUES (?1)")?.execute([id.bytes()])?;
    Ok(sql.last_insert_rowid())
}

pub(super) fn unfit(fact: &FactRow<'_>, why: &str) -> Error {
    Error::damaged(format!("the hub sent the {} {}, and {why}", fact.kind.word(), fact.id))
}

pub(super) fn parse<Body: DeserializeOwned>(fact: &FactRow<'_>) -> Result<Body> {
    serde_json::from_str(&fact.body).map_err(|error| unfit(fact, &format!("it cannot be read: {error}")))
}

/// The number of a member, sample or rubric version that a fact names.
pub(super) fn named<T>(found: Option<T>, fact: &FactRow<'_>, what: &str) -> Result<T> {
    found.ok_or_else(|| unfit(fact, &format!("it names a {what} that is not here")))
}

pub(super) fn plain(tx: &Tx<'_>, table: &str, fact: &FactRow<'_>, stamp: &Stamped) -> Result<()> {
    tx.prepare_cached(&format!(
        "INSERT INTO {table} (id, author, device, device_no, time, seq, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    ))?
    .execute(params![
        fact.id.bytes(),
        stamp.author,
        stamp.device,
        fact.device_no,
        fact.time.0,
        stamp.seq,
        fact.body
    ])?;
    Ok(())
}

pub(super) fn member(tx: &mut Tx<'_>, fact: &FactRow<'_>, stamp: &Stamped) -> Result<()> {
    let body: MemberBody = parse(fact)?;
    if body.id.0 == fact.id.0 {
        let n: i64 = tx.query_row("SELECT COALESCE(MAX(n), 0) + 1 FROM member", [], |row| row.get(0))?;
        let author = if stamp.author == 0 { n } else { stamp.author };
        tx.prepare_cached(
            "INSERT INTO member (n, id, author, device, device_no, time, seq, name, role, kind, body, active)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            n,
            fact.id.bytes(),
            author,
            stamp.device,
            fact.device_no,
            fact.time.0,
            stamp.seq,
            body.name,
            rows::to_word(&body.role)?,
            rows::to_word(&body.kind)?,
            fact.body,
            body.active
        ])?;
    } else {
        let n = named(member_n(tx, body.id)?, fact, "member")?;
        tx.prepare_cached(
            "INSERT INTO member_change (id, author, device, device_no, time, seq, member, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            fact.id.bytes(),
            stamp.author,
            stamp.device,
            fact.device_no,
            fact.time.0,
            stamp.seq,
            n,
            fact.body
        ])?;
        set_member(tx, n, &body)?;
    }
    tx.changed(Change::Member(body.id));
    Ok(())
}

fn set_member(tx: &Tx<'_>, n: i64, body: &MemberBody) -> Result<()> {
    tx.prepare_cached("UPDATE member SET name = ?1, role = ?2, kind = ?3, active = ?4 WHERE n = ?5")?
        .execute(params![
            body.name,
            rows::to_word(&body.role)?,
            rows::to_word(&body.kind)?,
            body.active,
            n
        ])?;
    Ok(())
}

/// The hub's own word on a member who was here in its stead, or is here for longer.
pub(super) fn confirm_member(tx: &Tx<'_>, fact: &FactRow<'_>) -> Result<()> {
    let body: MemberBody = parse(fact)?;
    let n = named(member_n(tx, body.id)?, fact, "member")?;
    let device = device_n(tx, fact.device)?;
    let author = member_n(tx, fact.author)?.unwrap_or(n);
    tx.prepare_cached(
        "UPDATE member SET author = ?1, device = ?2, device_no = ?3, time = ?4, body = ?5 WHERE n = ?6",
    )?
    .execute(params![author, device, fact.device_no, fact.time.0, fact.body, n])?;
    let changed: bool = tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM member_change WHERE member = ?1)")?
        .query_row([n], |row| row.get(0))?;
    if changed { Ok(()) } else { set_member(tx, n, &body) }
}

fn rubric_n(sql: &Connection, id: RubricId) -> Result<Option<i64>> {
    let mut query = sql.prepare_cached("SELECT n FROM rubric WHERE id = ?1")?;
    Ok(query.query_row([id.bytes()], |row| row.get(0)).optional()?)
}

fn sample_n(sql: &Connection, id: SampleId) -> Result<Option<i64>> {
    let mut query = sql.prepare_cached("SELECT n FROM sample WHERE id = ?1")?;
    Ok(query.query_row([id.bytes()], |row| row.get(0)).optional()?)
}

pub(super) fn rubric(tx: &mut Tx<'_>, fact: &FactRow<'_>, stamp: &Stamped) -> Result<()> {
    let body: RubricBody = parse(fact)?;
    let parent = match body.parent {
        None => None,
        Some(parent) => Some(named(rubric_n(tx, parent)?, fact, "rubric version")?),
    };
    tx.prepare_cached(
        "INSERT INTO rubric (id, author, device, device_no, time, seq, version, parent, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        fact.id.bytes(),
        stamp.author,
        stamp.device,
        fact.device_no,
        fact.time.0,
        stamp.seq,
        body.version,
        parent,
        rows::to_json(&body.rubric)?
    ])?;
    tx.changed(Change::Rubric(RubricId(fact.id.0)));
    Ok(())
}

pub(super) fn sample(tx: &mut Tx<'_>, fact: &FactRow<'_>, stamp: &Stamped, read: &ReadSample) -> Result<()> {
    if !insert_sample(tx, fact, stamp, read)? {
        if make_room(tx, fact, read)? {
            tx.prepare_cached(
                "UPDATE sample SET author = ?2, device = ?3, device_no = ?4, time = ?5, seq = ?6 WHERE id = ?1",
            )?
            .execute(params![
                fact.id.bytes(),
                stamp.author,
                stamp.device,
                fact.device_no,
                fact.time.0,
                stamp.seq
            ])?;
        } else {
            insert_sample(tx, fact, stamp, read)?;
        }
    }
    tx.changed(Change::Samples { added: 1, removed: 0 });
    Ok(())
}

/// Adds a sample, unless its external id is taken.
fn insert_sample(tx: &Tx<'_>, fact: &FactRow<'_>, stamp: &Stamped, read: &ReadSample) -> Result<bool> {
    let added = tx.prepare_cached(include_str!("sample_arrived.sql"))?.execute(params![
        fact.id.bytes(),
        stamp.author,
        stamp.device,
        fact.device_no,
        fact.time.0,
        stamp.seq,
        read.external_id,
        read.hash,
        read.component,
        read.task_type,
        read.locale,
        read.segment,
        read.title,
        read.responses,
        read.models,
        fact.body,
    ])?;
    Ok(added == 1)
}

/// When a sample of that external id was added here as well: the same content is that sample, with the work
/// done on it; another content stays here under a name of its own. Answers whether it is that sample.
fn make_room(tx: &mut Tx<'_>, fact: &FactRow<'_>, read: &ReadSample) -> Result<bool> {
    let there = tx
        .prepare_cached("SELECT n, id, content_hash FROM sample WHERE external_id = ?1")?
        .query_row([&read.external_id], |row| {
            Ok((row.get::<_, i64>(0)?, rows::id::<FactId>(row, 1)?, row.get::<_, [u8; 32]>(2)?))
        })
        .optional()?;
    let Some((n, id, hash)) = there else { return Ok(false) };
    let same = hash == read.hash;
    if same {
        // The heads go while the sample has the id that they know it by, and are derived anew.
        tx.prepare_cached("DELETE FROM assignment_head WHERE sample = ?1")?.execute([id.bytes()])?;
        tx.prepare_cached("UPDATE sample SET id = ?1 WHERE n = ?2")?.execute(params![fact.id.bytes(), n])?;
        tx.prepare_cached("UPDATE assignment SET sample = ?1 WHERE sample = ?2 AND seq IS NULL")?
            .execute([fact.id.bytes(), id.bytes()])?;
        tx.prepare_cached("UPDATE assignment SET seq = seq WHERE sample IN (?1, ?2)")?
            .execute([fact.id.bytes(), id.bytes()])?;
        tx.prepare_cached("DELETE FROM refusal WHERE id = ?1")?.execute([id.bytes()])?;
    } else {
        let short: String = id.to_string().chars().rev().take(6).collect();
        let renamed = format!("{} ({short})", read.external_id);
        tx.prepare_cached("UPDATE sample SET external_id = ?1 WHERE n = ?2")?.execute(params![renamed, n])?;
    }
    Ok(same)
}

pub(super) fn annotation(tx: &mut Tx<'_>, fact: &FactRow<'_>, stamp: &Stamped) -> Result<()> {
    let body: AnnotationBody = parse(fact)?;
    let sample = named(sample_n(tx, body.sample)?, fact, "sample")?;
    let member = named(member_n(tx, body.member)?, fact, "member")?;
    let rubric = named(rubric_n(tx, body.annotation.rubric)?, fact, "rubric version")?;
    tx.prepare_cached(
        "INSERT OR ROLLBACK INTO annotation (id, author, device, device_no, time, seq, sample, member, revision, rubric,
                                 state, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        fact.id.bytes(),
        stamp.author,
        stamp.device,
        fact.device_no,
        fact.time.0,
        stamp.seq,
        sample,
        member,
        body.revision,
        rubric,
        rows::to_word(&body.annotation.state)?,
        inner(fact, &body)?,
    ])?;
    tx.changed(Change::Annotation { sample: body.sample, member: body.member });
    Ok(())
}

/// The annotation inside the body as its author wrote it, so that it can be sent again as the same bytes.
fn inner<'a>(fact: &'a FactRow<'_>, body: &AnnotationBody) -> Result<Cow<'a, str>> {
    #[derive(serde::Deserialize)]
    struct Outer<'a> {
        #[serde(borrow)]
        annotation: &'a serde_json::value::RawValue,
    }
    match serde_json::from_str::<Outer<'_>>(&fact.body) {
        Ok(outer) => Ok(Cow::Borrowed(outer.annotation.get())),
        Err(_) => rows::to_json(&body.annotation).map(Cow::Owned),
    }
}

pub(super) fn resolution(tx: &mut Tx<'_>, fact: &FactRow<'_>, stamp: &Stamped) -> Result<()> {
    let body: ResolutionBody = parse(fact)?;
    let sample = named(sample_n(tx, body.sample)?, fact, "sample")?;
    let rubric = named(rubric_n(tx, body.resolution.rubric)?, fact, "rubric version")?;
    tx.prepare_cached(
        "INSERT INTO resolution (id, author, device, device_no, time, seq, sample, rubric, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        fact.id.bytes(),
        stamp.author,
        stamp.device,
        fact.device_no,
        fact.time.0,
        stamp.seq,
        sample,
        rubric,
        rows::to_json(&body.resolution)?
    ])?;
    tx.changed(Change::Resolution { sample: body.sample, resolution: assay_model::ResolutionId(fact.id.0) });
    Ok(())
}
