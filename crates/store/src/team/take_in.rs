//! What the hub answered, in one transaction.

use std::collections::HashMap;

use assay_model::{AssignmentBody, AssignmentState, DeviceId, FactId, Kind, MemberId, RubricId, Settings};
use rusqlite::{Connection, OptionalExtension, params};

use super::arrived::{
    Stamped, annotation, confirm_member, device_n, member, member_n, named, parse, plain, resolution, rubric,
    sample, unfit,
};
use super::reading::Reading;
use super::{Answer, Arrival, FactRow, Place, TABLES, Taken, Verdict};
use crate::error::Result;
use crate::transact::{Change, Tx};
use crate::{Store, rows};

impl Store {
    /// Takes in what the hub answered. The same answer again changes nothing.
    ///
    /// # Errors
    /// [`Error::Damaged`](crate::Error::Damaged) when the facts do not fit together; nothing was taken in then.
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
