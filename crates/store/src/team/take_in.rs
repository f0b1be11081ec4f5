//! What the hub answered, in one transaction.

use std::borrow::Cow;
use std::collections::HashMap;

use assay_model::{
    AnnotationBody, AssignmentBody, AssignmentState, DeviceId, FactId, Kind, MemberBody, MemberId,
    ResolutionBody, RubricBody, RubricId, SampleId, Settings,
};
use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;

use super::reading::{ReadSample, Reading};
use super::{Answer, Arrival, FactRow, Place, TABLES, Taken, Verdict};
use crate::error::{Error, Result};
use crate::transact::{Change, Tx};
use crate::{Store, rows};

impl Store {
    /// Takes in what the hub answered. The same answer again changes nothing.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the facts do not fit together; nothing was taken in then.
    pub fn take_in(&self, answer: &Answer<'_>) -> Result<Taken> {
        // Samples are read by another thread, while those before them are written.
        std::thread::scope(|scope| self.take_in_reading(answer, Reading::of(&answer.facts, scope)))
    }

    fn take_in_reading<'f>(&self, answer: &'f Answer<'f>, mut reading: Reading<'f>) -> Result<Taken> {
        let (taken, forked) = self.transact(|tx| {
            let mut taking = Taking {
                all: answer.cursor.all,
                device: self.device(),
                forked: false,
                taken: Taken::default(),
                count: 0,
                sum: 0,
                members: HashMap::new(),
                devices: HashMap::new(),
                waits: super::refused::any_waits(tx)?,
            };
            for (id, verdict) in &answer.receipts {
                taking.receipt(tx, *id, verdict)?;
            }
            for arrival in &answer.facts {
                for carried in &arrival.carries {
                    taking.fact(tx, carried, false, &mut reading)?;
                }
                let counted = taking.all || arrival.fact.kind != Kind::Sample;
                taking.fact(tx, arrival, counted, &mut reading)?;
            }
            tx.prepare_cached(
                "UPDATE hub SET epoch = ?1, view = ?2, seq = ?3, mark = ?4,
                   digest_count = digest_count + ?5, digest_sum = ?6",
            )?
            .execute(params![
                answer.cursor.epoch,
                if answer.cursor.all { "all" } else { "own" },
                answer.cursor.seq,
                answer.cursor.mark,
                taking.count,
                // SQLite's sum of two 64-bit numbers becomes a floating-point number when it overflows.
                digest_sum(tx)?.wrapping_add(taking.sum),
            ])?;
            tx.changed(Change::Hub);
            let forked = if taking.forked { Some(super::fork::fork(tx)?) } else { None };
            Ok((taking.taken, forked))
        })?;
        if let Some(device) = forked {
            self.is_device(device);
        }
        self.look_at_me()?;
        Ok(taken)
    }

    /// My name and role as they are now: the hub may have changed them.
    pub(super) fn look_at_me(&self) -> Result<()> {
        let me = self.read(|sql| {
            let mut query = sql.prepare_cached("SELECT name, role, kind FROM member WHERE n = ?1")?;
            Ok(query.query_row([self.inner.me_n], |row| {
                Ok(assay_model::Member {
                    id: self.inner.me_id,
                    name: row.get(0)?,
                    role: rows::word(row, 1)?,
                    kind: rows::word(row, 2)?,
                })
            })?)
        })?;
        *self.inner.me.write().unwrap_or_else(std::sync::PoisonError::into_inner) = me;
        Ok(())
    }
}

pub(super) fn digest_sum(sql: &Connection) -> Result<i64> {
    Ok(sql.query_row("SELECT digest_sum FROM hub", [], |row| row.get(0))?)
}

struct Taking {
    /// Whether all facts can be seen, or only what is the member's own.
    all: bool,
    /// This copy of the project.
    device: DeviceId,
    /// Whether another copy goes by the same device: a fact of it came that was not made here.
    forked: bool,
    taken: Taken,
    count: i64,
    sum: i64,
    /// Numbers that were looked up: a page names few members and devices, again and again.
    members: HashMap<MemberId, i64>,
    devices: HashMap<DeviceId, i64>,
    /// Whether something was refused for want of what may be coming now.
    waits: bool,
}

impl Taking {
    fn member_n(&mut self, sql: &Connection, id: MemberId) -> Result<Option<i64>> {
        if let Some(n) = self.members.get(&id) {
            return Ok(Some(*n));
        }
        let found = member_n(sql, id)?;
        self.members.extend(found.map(|n| (id, n)));
        Ok(found)
    }

    fn device_n(&mut self, sql: &Connection, id: DeviceId) -> Result<i64> {
        if let Some(n) = self.devices.get(&id) {
            return Ok(*n);
        }
        let n = device_n(sql, id)?;
        self.devices.insert(id, n);
        Ok(n)
    }

    fn stamp(&mut self, sql: &Connection, fact: &FactRow<'_>, place: Place) -> Result<Stamped> {
        // The first fact of a member is its own author, or comes from somebody who is here.
        let author = match self.member_n(sql, fact.author)? {
            Some(n) => n,
            None if fact.kind == Kind::Member && fact.author.0 == fact.id.0 => 0,
            None => return Err(unfit(fact, "its author is not a member")),
        };
        Ok(Stamped { author, device: self.device_n(sql, fact.device)?, seq: place.seq })
    }

    fn count(&mut self, place: Place) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(place.sum as i64);
    }

    fn receipt(&mut self, tx: &mut Tx<'_>, id: FactId, verdict: &Verdict) -> Result<()> {
        match verdict {
            Verdict::SendAgain => Ok(()),
            Verdict::Placed(place) => {
                let Some((table, seq)) = find(tx, id)? else { return Ok(()) };
                if seq.is_none_or(|seq| seq < 0) {
                    set_seq(tx, table, id, *place)?;
                    self.taken.pushed += u64::from(seq.is_none());
                    self.free(tx, table, id)?;
                    if self.all || visible_to_me(tx, table, id)? {
                        self.count(*place);
                    }
                }
                tx.prepare_cached("DELETE FROM refusal WHERE id = ?1")?.execute([id.bytes()])?;
                Ok(())
            }
            Verdict::Refused { code, message, hint } => {
                let Some((table, None)) = find(tx, id)? else { return Ok(()) };
                let kind = TABLES.iter().find(|(name, _)| *name == table).map_or("", |(_, kind)| kind.word());
                tx.prepare_cached(
                    "INSERT INTO refusal (id, kind, code, message, hint, time) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (id) DO UPDATE SET code = ?3, message = ?4, hint = ?5, time = ?6",
                )?
                .execute(params![id.bytes(), kind, code, message, hint, tx.store.world.now().0])?;
                if kind == "rubric" {
                    tx.changed(Change::Rubric(RubricId(id.0)));
                }
                self.waits = true;
                Ok(())
            }
        }
    }

    fn fact<'f>(
        &mut self,
        tx: &mut Tx<'_>,
        arrival: &'f Arrival<'f>,
        counted: bool,
        reading: &mut Reading<'f>,
    ) -> Result<()> {
        let Arrival { place, fact, .. } = arrival;
        if let Some((table, seq)) = find_of(tx, fact.id, |kind| kind == fact.kind)? {
            // A sample that came along with an assignment has its place, and is counted when it comes by
            // itself: after everything began to be read again, when its place is negative.
            if seq.is_none_or(|seq| seq < 0) {
                set_seq(tx, table, fact.id, *place)?;
                // Another copy of this disk may have sent it under a number of its own.
                tx.prepare_cached(&format!("UPDATE {table} SET device = ?1, device_no = ?2 WHERE id = ?3"))?
                    .execute(params![self.device_n(tx, fact.device)?, fact.device_no, fact.id.bytes()])?;
                if table == "member" {
                    confirm_member(tx, fact)?;
                }
                if table == "assignment" {
                    self.assigned(tx, fact)?;
                    self.free_annotations(tx, fact)?;
                }
                self.free(tx, table, fact.id)?;
                if counted {
                    self.count(*place);
                }
                self.taken.pushed += u64::from(seq.is_none());
                tx.prepare_cached("DELETE FROM refusal WHERE id = ?1")?.execute([fact.id.bytes()])?;
            }
            return Ok(());
        }
        self.forked |= fact.device == self.device;
        let stamp = self.stamp(tx, fact, *place)?;
        match fact.kind {
            Kind::Member => member(tx, fact, &stamp)?,
            Kind::Settings => {
                let _: Settings = parse(fact)?;
                plain(tx, "settings", fact, &stamp)?;
                tx.changed(Change::Settings);
            }
            Kind::Rubric => rubric(tx, fact, &stamp)?,
            Kind::Sample => sample(tx, fact, &stamp, &reading.sample(fact)?)?,
            Kind::Assignment => {
                match self.assignment(tx, fact, &stamp)? {
                    // What is given takes no sample away.
                    AssignmentState::Assigned => {
                        tx.changed(Change::Assignments);
                        self.free_annotations(tx, fact)?;
                    }
                    AssignmentState::Withdrawn => self.assigned(tx, fact)?,
                }
            }
            Kind::Annotation => annotation(tx, fact, &stamp)?,
            Kind::Resolution => resolution(tx, fact, &stamp)?,
        }
        self.free(tx, fact.kind.word(), fact.id)?;
        if counted {
            self.count(*place);
        }
        self.taken.pulled += 1;
        Ok(())
    }

    /// Lets what the hub refused for want of this fact be sent again. `table` is where the fact is.
    fn free(&mut self, tx: &Tx<'_>, table: &str, id: FactId) -> Result<()> {
        if self.waits {
            self.taken.freed += super::refused::free(tx, table, id)?;
        }
        Ok(())
    }

    /// Lets work that the hub refused for want of this assignment be sent again.
    fn free_annotations(&mut self, tx: &Tx<'_>, fact: &FactRow<'_>) -> Result<()> {
        if !self.waits {
            return Ok(());
        }
        let body: AssignmentBody = parse(fact)?;
        if body.state == AssignmentState::Assigned {
            self.taken.freed += super::refused::free_annotations(tx, body.sample, body.member)?;
        }
        Ok(())
    }

    fn assignment(
        &mut self,
        tx: &mut Tx<'_>,
        fact: &FactRow<'_>,
        stamp: &Stamped,
    ) -> Result<AssignmentState> {
        let body: AssignmentBody = parse(fact)?;
        let member = named(self.member_n(tx, body.member)?, fact, "member")?;
        tx.prepare_cached(
            "INSERT OR ROLLBACK INTO assignment (id, author, device, device_no, time, seq, sample, member, state, due, expires)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            fact.id.bytes(),
            stamp.author,
            stamp.device,
            fact.device_no,
            fact.time.0,
            stamp.seq,
            body.sample.bytes(),
            member,
            body.state.word(),
            body.due.map(|due| due.0),
            body.expires.map(|expires| expires.0),
        ])?;
        Ok(body.state)
    }

    /// After an assignment was taken in: one that was taken back takes its sample off an annotator's laptop,
    /// unless there is work on it.
    fn assigned(&self, tx: &mut Tx<'_>, fact: &FactRow<'_>) -> Result<()> {
        tx.changed(Change::Assignments);
        if self.all {
            return Ok(());
        }
        let body: AssignmentBody = parse(fact)?;
        let removed =
            tx.prepare_cached(include_str!("unassigned_sample.sql"))?.execute([body.sample.bytes()])?;
        if removed > 0 {
            tx.changed(Change::Samples { added: 0, removed });
        }
        Ok(())
    }
}

/// In which table a fact is, and its place.
pub(super) fn find(sql: &Connection, id: FactId) -> Result<Option<(&'static str, Option<i64>)>> {
    find_of(sql, id, |_| true)
}

/// As [`find`], among the facts of some kinds.
fn find_of(
    sql: &Connection,
    id: FactId,
    wanted: impl Fn(Kind) -> bool,
) -> Result<Option<(&'static str, Option<i64>)>> {
    // The kinds that come in numbers first.
    for (table, _) in TABLES.iter().rev().filter(|(_, kind)| wanted(*kind)) {
        let mut query = sql.prepare_cached(&format!("SELECT seq FROM {table} WHERE id = ?1"))?;
        if let Some(seq) = query.query_row([id.bytes()], |row| row.get(0)).optional()? {
            return Ok(Some((table, seq)));
        }
    }
    Ok(None)
}

fn set_seq(sql: &Connection, table: &str, id: FactId, place: Place) -> Result<()> {
    sql.prepare_cached(&format!("UPDATE {table} SET seq = ?1 WHERE id = ?2"))?
        .execute(params![place.seq, id.bytes()])?;
    Ok(())
}

/// Whether a fact of mine is in what I may see when that is only my own.
fn visible_to_me(tx: &Tx<'_>, table: &str, id: FactId) -> Result<bool> {
    Ok(match table {
        "member" | "member_change" | "settings" | "rubric" => true,
        "assignment" | "annotation" => tx
            .prepare_cached(&format!("SELECT member = ?1 FROM {table} WHERE id = ?2"))?
            .query_row(params![tx.store.me_n, id.bytes()], |row| row.get(0))?,
        _ => false,
    })
}

/// The columns with which every fact begins.
struct Stamped {
    author: i64,
    device: i64,
    seq: u64,
}

fn member_n(sql: &Connection, id: MemberId) -> Result<Option<i64>> {
    let mut query = sql.prepare_cached("SELECT n FROM member WHERE id = ?1")?;
    Ok(query.query_row([id.bytes()], |row| row.get(0)).optional()?)
}

fn device_n(sql: &Connection, id: DeviceId) -> Result<i64> {
    let mut query = sql.prepare_cached("SELECT n FROM device WHERE id = ?1")?;
    if let Some(n) = query.query_row([id.bytes()], |row| row.get(0)).optional()? {
        return Ok(n);
    }
    sql.prepare_cached("INSERT INTO device (id) VALUES (?1)")?.execute([id.bytes()])?;
    Ok(sql.last_insert_rowid())
}

fn unfit(fact: &FactRow<'_>, why: &str) -> Error {
    Error::damaged(format!("the hub sent the {} {}, and {why}", fact.kind.word(), fact.id))
}

pub(super) fn parse<Body: DeserializeOwned>(fact: &FactRow<'_>) -> Result<Body> {
    serde_json::from_str(&fact.body).map_err(|error| unfit(fact, &format!("it cannot be read: {error}")))
}

/// The number of a member, sample or rubric version that a fact names.
fn named<T>(found: Option<T>, fact: &FactRow<'_>, what: &str) -> Result<T> {
    found.ok_or_else(|| unfit(fact, &format!("it names a {what} that is not here")))
}

fn plain(tx: &Tx<'_>, table: &str, fact: &FactRow<'_>, stamp: &Stamped) -> Result<()> {
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

fn member(tx: &mut Tx<'_>, fact: &FactRow<'_>, stamp: &Stamped) -> Result<()> {
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
fn confirm_member(tx: &Tx<'_>, fact: &FactRow<'_>) -> Result<()> {
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

fn rubric(tx: &mut Tx<'_>, fact: &FactRow<'_>, stamp: &Stamped) -> Result<()> {
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

fn sample(tx: &mut Tx<'_>, fact: &FactRow<'_>, stamp: &Stamped, read: &ReadSample) -> Result<()> {
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
        // What was done with it waited for the sample.
        tx.prepare_cached(
            "DELETE FROM refusal WHERE code = 'unknown' AND id IN
               (SELECT id FROM annotation WHERE sample = ?1 UNION ALL SELECT id FROM resolution WHERE sample = ?1
                UNION ALL SELECT id FROM assignment WHERE sample = ?2)",
        )?
        .execute(params![n, fact.id.bytes()])?;
    } else {
        let short: String = id.to_string().chars().rev().take(6).collect();
        let renamed = format!("{} ({short})", read.external_id);
        tx.prepare_cached("UPDATE sample SET external_id = ?1 WHERE n = ?2")?.execute(params![renamed, n])?;
    }
    Ok(same)
}

fn annotation(tx: &mut Tx<'_>, fact: &FactRow<'_>, stamp: &Stamped) -> Result<()> {
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

fn resolution(tx: &mut Tx<'_>, fact: &FactRow<'_>, stamp: &Stamped) -> Result<()> {
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
