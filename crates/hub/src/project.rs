//! A project's row, its members, and the end of its sequence.
//!
//! Invariant: places are given by [`append`] only, to facts of a project whose row the transaction has
//! locked ([`locked`]) until its commit. So places commit in their order, and a reader who has seen one has
//! seen all before it.

use std::collections::BTreeMap;

use assay_model::{DeviceId, FactId, Kind, MemberBody, MemberId, ProjectId, RaterKind, Role, SampleId};
use assay_sync::digest::Digest;
use assay_sync::wire::HubError;
use uuid::Uuid;

use crate::audience::Audience;
use crate::db::{Column, DbError, Outcome, Param, Row, Tx};
use crate::people::Account;
use crate::say;

/// A project's row.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// Its number, which other tables use.
    pub n: i64,
    pub id: ProjectId,
    /// The last place given.
    pub head: u64,
    /// The sum of the digest of all facts.
    pub sum: u64,
    /// Where the newest fact about a member is.
    pub members_seq: u64,
    /// Where the newest rubric is.
    pub rubric_seq: u64,
    pub minimum_people: u64,
}

const PROJECT: &str =
    "SELECT n, id, head, sum, members_seq, rubric_seq, minimum_people FROM project WHERE id = $1";

/// The project, with its row locked: nobody else gives places in it until the transaction ends.
pub(crate) fn locked(tx: &mut dyn Tx, id: ProjectId) -> Result<Option<Project>, DbError> {
    one(tx.query(&format!("{PROJECT} FOR UPDATE"), &[(&id.0).into()])?)
}

/// The project as it is.
pub(crate) fn seen(tx: &mut dyn Tx, id: ProjectId) -> Result<Option<Project>, DbError> {
    one(tx.query(PROJECT, &[(&id.0).into()])?)
}

fn one(rows: Vec<Row>) -> Result<Option<Project>, DbError> {
    let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
    Ok(Some(Project {
        n: row.int(0)?,
        id: ProjectId(row.uuid(1)?),
        head: row.int(2)? as u64,
        sum: row.int(3)? as u64,
        members_seq: row.int(4)? as u64,
        rubric_seq: row.int(5)? as u64,
        minimum_people: row.int(6)? as u64,
    }))
}

/// A member as the hub knows them.
#[derive(Debug, Clone)]
pub(crate) struct Membership {
    pub body: MemberBody,
    /// Whose; `None` for a rater whose work was read from a file.
    pub account: Option<Uuid>,
    /// Whether a fact names them yet.
    pub fact: bool,
}

const MEMBERSHIP: &str = "SELECT member, account, name, role, kind, active, fact FROM membership";

fn membership(mut row: Row) -> Result<Membership, DbError> {
    Ok(Membership {
        account: row.maybe_uuid(1)?,
        body: MemberBody {
            id: MemberId(row.uuid(0)?),
            name: row.text(2)?,
            role: role(&row.text(3)?)?,
            kind: if row.text(4)? == "model" { RaterKind::Model } else { RaterKind::Person },
            active: row.flag(5)?,
        },
        fact: row.flag(6)?,
    })
}

/// Everybody in a project, by id.
pub(crate) fn memberships(tx: &mut dyn Tx, p: i64) -> Result<BTreeMap<MemberId, Membership>, DbError> {
    let rows = tx.query(&format!("{MEMBERSHIP} WHERE p = $1"), &[p.into()])?;
    rows.into_iter().map(|row| membership(row).map(|found| (found.body.id, found))).collect()
}

/// Who an account is in a project.
pub(crate) fn member_of(tx: &mut dyn Tx, p: i64, account: Uuid) -> Result<Option<Membership>, DbError> {
    let rows =
        tx.query(&format!("{MEMBERSHIP} WHERE account = $1 AND p = $2"), &[(&account).into(), p.into()])?;
    rows.into_iter().next().map(membership).transpose()
}

/// Who the caller is in a project that they may know of.
///
/// # Errors
/// `not_found` for strangers, `not_allowed` for somebody who was removed.
pub(crate) fn caller(tx: &mut dyn Tx, project: Option<&Project>, account: Account) -> Outcome<Membership> {
    let project = project.filter(|project| account.opens(project.n)).ok_or_else(say::no_project)?;
    let member = member_of(tx, project.n, account.id)?.ok_or_else(say::no_project)?;
    if !member.body.active {
        return Err(say::error(
            assay_sync::wire::HubCode::NotAllowed,
            "you were removed from this project",
            "your work stays on this laptop; ask an owner of the project",
        ));
    }
    Ok(member)
}

/// Writes a member's row.
pub(crate) fn put_member(tx: &mut dyn Tx, p: i64, member: &Membership) -> Result<(), DbError> {
    let body = &member.body;
    tx.execute(
        "INSERT INTO membership (p, member, account, name, role, kind, active, fact)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (p, member) DO UPDATE SET name = excluded.name, role = excluded.role,
           kind = excluded.kind, active = excluded.active, fact = excluded.fact",
        &[
            p.into(),
            (&body.id.0).into(),
            member.account.as_ref().map_or(Param::NoBytes, Param::from),
            body.name.as_str().into(),
            role_word(body.role).into(),
            kind_word(body.kind).into(),
            i64::from(body.active).into(),
            i64::from(member.fact).into(),
        ],
    )?;
    Ok(())
}

/// The word of a role, on the wire and in the database.
pub(crate) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Lead => "lead",
        Role::Annotator => "annotator",
        Role::Observer => "observer",
    }
}

/// The role of a word.
pub(crate) fn role(word: &str) -> Result<Role, DbError> {
    [Role::Owner, Role::Lead, Role::Annotator, Role::Observer]
        .into_iter()
        .find(|role| role_word(*role) == word)
        .ok_or_else(|| DbError::Fault(format!("“{word}” is not a role")))
}

fn kind_word(kind: RaterKind) -> &'static str {
    match kind {
        RaterKind::Person => "person",
        RaterKind::Model => "model",
    }
}

/// A fact about to get its place.
#[derive(Debug)]
pub(crate) struct NewFact<'a> {
    pub id: FactId,
    pub kind: Kind,
    pub author: MemberId,
    pub device: DeviceId,
    pub device_no: u64,
    pub time: i64,
    pub audience: Audience,
    /// The sample that it is about, for what a page carries.
    pub sample: Option<SampleId>,
    pub body: &'a str,
}

/// Gives facts the next places, in order, and writes them with digests and devices; answers the first
/// place. The project's row is written by [`save`].
pub(crate) fn append(tx: &mut dyn Tx, project: &mut Project, facts: &[NewFact<'_>]) -> Result<u64, DbError> {
    let first = project.head + 1;
    let audiences: Vec<Vec<u8>> = facts.iter().map(|fact| fact.audience.bytes()).collect();
    let ids = |of: fn(&NewFact<'_>) -> [u8; 16]| facts.iter().map(of).collect::<Vec<_>>();
    let (fact_ids, authors) = (ids(|fact| fact.id.bytes()), ids(|fact| fact.author.bytes()));
    let devices = ids(|fact| fact.device.bytes());
    let samples: Vec<_> = facts.iter().map(|fact| fact.sample.map(|sample| sample.bytes())).collect();
    tx.insert_each(
        "INSERT INTO fact (p, seq, id, kind, author, device, device_no, time, audience, sample, bytes, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            Column::Same(project.n),
            Column::ints((first..).take(facts.len()).map(|seq| seq as i64)),
            Column::bytes(&fact_ids),
            Column::texts(facts.iter().map(|fact| fact.kind.word())),
            Column::bytes(&authors),
            Column::bytes(&devices),
            Column::ints(facts.iter().map(|fact| fact.device_no as i64)),
            Column::ints(facts.iter().map(|fact| fact.time)),
            Column::bytes(&audiences),
            Column::Bytes(samples.iter().map(|sample| sample.as_ref().map(|id| id.as_slice())).collect()),
            Column::ints(facts.iter().map(|fact| fact.body.len() as i64)),
            Column::texts(facts.iter().map(|fact| fact.body)),
        ],
    )?;
    let mut digests: BTreeMap<Audience, Digest> = BTreeMap::new();
    let mut numbers: BTreeMap<DeviceId, (MemberId, u64)> = BTreeMap::new();
    for (seq, fact) in (first..).zip(facts) {
        let digest = Digest::of(fact.id, seq);
        project.sum = project.sum.wrapping_add(digest.sum);
        let sum = digests.entry(fact.audience).or_default();
        *sum = sum.plus(digest);
        let (_, last) = numbers.entry(fact.device).or_insert((fact.author, 0));
        *last = fact.device_no.max(*last);
    }
    project.head += facts.len() as u64;
    add_digests(tx, project.n, &digests)?;
    let devices: Vec<_> = numbers.keys().map(|device| device.bytes()).collect();
    let members: Vec<_> = numbers.values().map(|(member, _)| member.bytes()).collect();
    tx.insert_each(
        "INSERT INTO device (p, id, member, last) VALUES ($1, $2, $3, $4)
         ON CONFLICT (p, id) DO UPDATE SET last = excluded.last WHERE excluded.last > device.last",
        &[
            Column::Same(project.n),
            Column::bytes(&devices),
            Column::bytes(&members),
            Column::ints(numbers.values().map(|(_, last)| *last as i64)),
        ],
    )?;
    Ok(first)
}

fn add_digests(tx: &mut dyn Tx, p: i64, added: &BTreeMap<Audience, Digest>) -> Result<(), DbError> {
    let audiences: Vec<Vec<u8>> = added.keys().map(|audience| audience.bytes()).collect();
    let there = digests(tx, p, &audiences)?;
    let sums: Vec<Digest> = added.values().zip(there).map(|(more, there)| there.plus(*more)).collect();
    tx.insert_each(
        "INSERT INTO digest (p, audience, count, sum) VALUES ($1, $2, $3, $4)
         ON CONFLICT (p, audience) DO UPDATE SET count = excluded.count, sum = excluded.sum",
        &[
            Column::Same(p),
            Column::bytes(&audiences),
            Column::ints(sums.iter().map(|digest| digest.count as i64)),
            Column::ints(sums.iter().map(|digest| digest.sum as i64)),
        ],
    )
}

/// The digests of audiences, in their order.
pub(crate) fn digests(tx: &mut dyn Tx, p: i64, audiences: &[Vec<u8>]) -> Result<Vec<Digest>, DbError> {
    let mut found = vec![Digest::default(); audiences.len()];
    let rows = tx.query_each(
        "SELECT count, sum FROM digest WHERE p = $1 AND audience = $2",
        &[Column::Same(p), Column::bytes(audiences)],
    )?;
    for (at, mut row) in rows {
        found[at] = Digest { count: row.int(0)? as u64, sum: row.int(1)? as u64 };
    }
    Ok(found)
}

/// Writes the project's row.
pub(crate) fn save(tx: &mut dyn Tx, project: &Project) -> Result<(), DbError> {
    tx.execute(
        "UPDATE project SET head = $2, sum = $3, members_seq = $4, rubric_seq = $5, minimum_people = $6
         WHERE n = $1",
        &[
            project.n.into(),
            (project.head as i64).into(),
            (project.sum as i64).into(),
            (project.members_seq as i64).into(),
            (project.rubric_seq as i64).into(),
            (project.minimum_people as i64).into(),
        ],
    )?;
    Ok(())
}

/// The hub's own hand: the device under which this process writes facts. It is made anew at each start, so
/// that a hub put back from a backup never uses a number twice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnFacts {
    pub device: DeviceId,
    pub time: i64,
}

impl OwnFacts {
    /// The number of the next fact.
    pub(crate) fn next_no(self, tx: &mut dyn Tx, p: i64) -> Result<u64, DbError> {
        let sql = "SELECT last FROM device WHERE p = $1 AND id = $2";
        let mut rows = tx.query(sql, &[p.into(), (&self.device.0).into()])?;
        Ok(rows.first_mut().map_or(Ok(0), |row| row.int(0))? as u64 + 1)
    }

    /// Writes a fact about a member, and their row; the project's row is locked and is saved here.
    pub(crate) fn member(
        self,
        tx: &mut dyn Tx,
        project: &mut Project,
        id: FactId,
        author: MemberId,
        member: &Membership,
    ) -> Result<(), HubError> {
        let body = serde_json::to_string(&member.body).map_err(|error| DbError::Fault(error.to_string()))?;
        let fact = NewFact {
            id,
            kind: Kind::Member,
            author,
            device: self.device,
            device_no: self.next_no(tx, project.n)?,
            time: self.time,
            audience: Audience::of(Kind::Member, None),
            sample: None,
            body: &body,
        };
        append_member(tx, project, &fact, member)?;
        Ok(())
    }
}

/// Writes a fact about a member, and their row; the project's row is locked and is saved here.
pub(crate) fn append_member(
    tx: &mut dyn Tx,
    project: &mut Project,
    fact: &NewFact<'_>,
    member: &Membership,
) -> Result<(), DbError> {
    append(tx, project, std::slice::from_ref(fact))?;
    project.members_seq = project.head;
    put_member(tx, project.n, member)?;
    save(tx, project)
}
