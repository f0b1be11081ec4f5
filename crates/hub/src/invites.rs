//! Invites: made by those who may, used once, listed and revoked.

use std::sync::Arc;

use assay_model::{FactId, Kind, MemberBody, MemberId, ProjectId, RaterKind, Role, Timestamp};
use assay_sync::secret;
use assay_sync::wire::{HubCode, HubError, InviteAnswer, InviteLine, InviteRequest, WireFact};
use uuid::Uuid;

use crate::audience::Audience;
use crate::brought::written;
use crate::db::{DbError, Outcome, Param, Row, Tx};
use crate::hear::{Heard, Said, hear};
use crate::members::no_member;
use crate::people::{Account, Caller, HOUR_MS, put_account};
use crate::project::{
    Membership, OwnFacts, Project, append_member, caller, locked, memberships, role, role_word, seen,
};
use crate::{Hub, say};

/// How long an invite can be used unless said otherwise, and at most, in hours.
const INVITE_HOURS: u32 = 168;
const MOST_HOURS: u32 = 2160;

impl Hub {
    /// Makes an invite to a project.
    ///
    /// # Errors
    /// `not_allowed` for annotators and observers unless it is for a device of their own, for a lead who would
    /// make an owner or let in a device of one, and for a device of somebody who was removed; `not_found` for a
    /// device of somebody of whom the hub does not know, unless the fact that brings them back comes along.
    pub async fn invite(
        &self,
        project: ProjectId,
        asks: &Caller,
        request: InviteRequest,
    ) -> Result<InviteAnswer, HubError> {
        let name = say::name("the name", &request.name)?;
        let hours = request.hours.unwrap_or(INVITE_HOURS);
        if !(1..=MOST_HOURS).contains(&hours) {
            return Err(say::bad_request(
                format!("an invite cannot be used for {hours} hours"),
                format!("say from 1 to {MOST_HOURS}"),
            ));
        }
        let back = request.back.map(|fact| Back::of(fact, request.member)).transpose()?;
        let (mut new, code) = self.new_invite(&name, request.role, hours)?;
        let account = asks.account;
        let (own, world) = (self.own_facts(), Arc::clone(&self.inner.world));
        let answer = InviteAnswer { id: new.id.to_string(), code, expires: Timestamp(new.expires) };
        self.inner
            .db
            .write(move |tx| {
                let there = locked(tx, project)?;
                let me = caller(tx, there.as_ref(), account)?;
                let mut there = there.ok_or_else(say::no_project)?;
                if let Some(member) = request.member {
                    let mine = member == me.body.id;
                    let whose = if mine {
                        me
                    } else {
                        match back {
                            Some(back) if !memberships(tx, there.n)?.contains_key(&member) => {
                                may_invite(&me.body, new.role)?;
                                let today = (new.name.as_str(), new.role, me.body.id);
                                back.bring(tx, &mut there, own, today, [world.id(), world.id()])?
                            }
                            _ => somebody_else(tx, there.n, &me.body, member)?,
                        }
                    };
                    new.account = whose.account;
                    new.narrow = !mine || account.only.is_some();
                    (new.name, new.role) = (whose.body.name, whose.body.role);
                } else {
                    may_invite(&me.body, new.role)?;
                }
                new.put(tx, Some(there.n))?;
                Ok(())
            })
            .await?;
        Ok(answer)
    }

    /// The invite with which the first person comes to a new hub; `None` where somebody was invited before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_invite(&self) -> Result<Option<String>, HubError> {
        let (new, code) = self.new_invite("owner", Role::Owner, MOST_HOURS)?;
        let made = self.inner.db.write(move |tx| {
            tx.query("SELECT one FROM hub FOR UPDATE", &[])?;
            let there = tx.query("SELECT id FROM invite WHERE p IS NULL LIMIT 1", &[])?;
            if !there.is_empty() {
                return Ok(false);
            }
            new.put(tx, None)?;
            Ok(true)
        });
        Ok(made.await?.then_some(code))
    }

    /// One more invite to the hub itself, for somebody who may publish projects.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owner_invite(&self) -> Result<String, HubError> {
        let (new, code) = self.new_invite("owner", Role::Owner, INVITE_HOURS)?;
        self.inner.db.write(move |tx| Ok(new.put(tx, None)?)).await?;
        Ok(code)
    }

    fn new_invite(&self, name: &str, role: Role, hours: u32) -> Result<(NewInvite, String), HubError> {
        let mut random = [0; 10];
        self.inner.world.random(&mut random).map_err(|error| {
            tracing::error!(%error, "no invite can be made");
            crate::db::internal()
        })?;
        let code = secret::invite_code(random);
        let made = self.inner.world.now().0;
        let new = NewInvite {
            hash: secret::hash(&secret::plain_code(&code)),
            id: self.inner.world.id(),
            account: None,
            narrow: false,
            name: name.to_owned(),
            role,
            made,
            expires: made + i64::from(hours) * HOUR_MS,
        };
        Ok((new, code))
    }

    /// The invites of a project, the newest first.
    ///
    /// # Errors
    /// `not_allowed` for annotators and observers.
    pub async fn invites(&self, project: ProjectId, asks: &Caller) -> Result<Vec<InviteLine>, HubError> {
        let account = asks.account;
        self.inner
            .db
            .read(move |tx| {
                let project = entered_by_lead(tx, project, account, "see invites")?;
                let sql = format!("{INVITE_LINE} WHERE p = $1 ORDER BY made DESC, id DESC");
                let rows = tx.query(&sql, &[project.n.into()])?;
                Ok(rows.into_iter().map(invite_line).collect::<Result<_, _>>()?)
            })
            .await
    }

    /// Revokes an invite, used or not; who came by it stays.
    ///
    /// # Errors
    /// `not_found` for an invite of another project.
    pub async fn revoke_invite(
        &self,
        project: ProjectId,
        asks: &Caller,
        invite: &str,
    ) -> Result<InviteLine, HubError> {
        let account = asks.account;
        let id = Uuid::parse_str(invite).ok();
        self.inner
            .db
            .write(move |tx| {
                let project = entered_by_lead(tx, project, account, "revoke invites")?;
                let none = || {
                    say::error(
                        HubCode::NotFound,
                        "the project has no such invite",
                        "look at the list of invites",
                    )
                };
                let id = id.ok_or_else(none)?;
                let params: [Param<'_>; 2] = [project.n.into(), (&id).into()];
                tx.execute("UPDATE invite SET revoked = 1 WHERE p = $1 AND id = $2", &params)?;
                let rows = tx.query(&format!("{INVITE_LINE} WHERE p = $1 AND id = $2"), &params)?;
                Ok(invite_line(rows.into_iter().next().ok_or_else(none)?)?)
            })
            .await
    }
}

/// The project, entered by an owner or lead.
fn entered_by_lead(tx: &mut dyn Tx, project: ProjectId, account: Account, what: &str) -> Outcome<Project> {
    let project = seen(tx, project)?;
    let me = caller(tx, project.as_ref(), account)?;
    if !matches!(me.body.role, Role::Owner | Role::Lead) {
        return Err(say::not_allowed(what));
    }
    project.ok_or_else(say::no_project)
}

fn may_invite(me: &MemberBody, role: Role) -> Outcome<()> {
    let allowed = match me.role {
        Role::Owner => true,
        Role::Lead => role != Role::Owner,
        Role::Annotator | Role::Observer => false,
    };
    if allowed { Ok(()) } else { Err(say::not_allowed("make this invite")) }
}

/// The fact that named a member whom the hub may have lost.
struct Back {
    fact: WireFact,
    body: MemberBody,
}

impl Back {
    fn of(fact: WireFact, member: Option<MemberId>) -> Outcome<Self> {
        let wrong = || {
            say::error(
                HubCode::NotFound,
                "what is to be brought back is not the first fact of that member",
                "sync this laptop, then try again",
            )
        };
        let heard = hear(vec![fact]).into_iter().next();
        let Some(Heard { fact, said: Ok(Said::Member(body)) }) = heard else { return Err(wrong()) };
        let theirs = Some(body.id) == member && fact.id.0 == body.id.0 && fact.author == body.id;
        if theirs && body.kind == RaterKind::Person { Ok(Self { fact, body }) } else { Err(wrong()) }
    }

    /// Makes somebody a member who was one before the hub was put back, as whom laptops know them and their work.
    /// What they are called and may do today is the word of `by`; `new` are an account's and a fact's id.
    fn bring(
        self,
        tx: &mut dyn Tx,
        project: &mut Project,
        own: OwnFacts,
        (name, role, by): (&str, Role, MemberId),
        new: [Uuid; 2],
    ) -> Outcome<Membership> {
        let Self { fact, body: first } = self;
        let params: [Param<'_>; 4] = [
            project.n.into(),
            (&fact.id.0).into(),
            (&fact.device.0).into(),
            i64::try_from(fact.device_no).unwrap_or(0).into(),
        ];
        let sql = "SELECT seq FROM fact WHERE p = $1 AND id = $2
                   UNION ALL SELECT seq FROM fact WHERE p = $1 AND device = $3 AND device_no = $4";
        if !tx.query(sql, &params)?.is_empty() {
            return Err(no_member());
        }
        put_account(tx, new[0], name, own.time)?;
        let mut member = Membership { body: first, account: Some(new[0]), fact: true };
        append_member(tx, project, &written(&fact, Audience::of(Kind::Member, None)), &member)?;
        let before = member.body.clone();
        (member.body.name, member.body.role, member.body.active) = (name.to_owned(), role, true);
        if member.body != before {
            own.member(tx, project, FactId(new[1]), by, &member)?;
        }
        Ok(member)
    }
}

/// The member whose device an owner or lead lets in: whoever has no device left that opens the hub cannot do so
/// themselves.
fn somebody_else(tx: &mut dyn Tx, p: i64, me: &MemberBody, member: MemberId) -> Outcome<Membership> {
    if !matches!(me.role, Role::Owner | Role::Lead) {
        return Err(say::not_allowed("invite a device of somebody else"));
    }
    let whose = memberships(tx, p)?.remove(&member).ok_or_else(no_member)?;
    if me.role == Role::Lead && whose.body.role == Role::Owner {
        return Err(say::not_allowed("invite a device of an owner"));
    }
    let refused = |message: &str, hint: &str| Err(say::error(HubCode::NotAllowed, message, hint));
    if !whose.body.active {
        return refused("the member was removed from the project", "bring them back first");
    }
    if whose.account.is_none() {
        return refused(
            "no device of this member ever joined: their work was read from a file",
            "invite them as a new member",
        );
    }
    Ok(whose)
}

const INVITE_LINE: &str = "SELECT id, name, role, made, expires, used_member, revoked FROM invite";

fn invite_line(mut row: Row) -> Result<InviteLine, DbError> {
    Ok(InviteLine {
        id: row.uuid(0)?.to_string(),
        name: row.text(1)?,
        role: role(&row.text(2)?)?,
        made: Timestamp(row.int(3)?),
        expires: Timestamp(row.int(4)?),
        used_by: row.maybe_uuid(5)?.map(MemberId),
        revoked: row.flag(6)?,
    })
}

/// An invite about to be written.
struct NewInvite {
    hash: [u8; 32],
    id: Uuid,
    /// Whose it is, where it is for another device of theirs.
    account: Option<Uuid>,
    /// Whether that device opens this project alone.
    narrow: bool,
    name: String,
    role: Role,
    made: i64,
    expires: i64,
}

impl NewInvite {
    fn put(&self, tx: &mut dyn Tx, project: Option<i64>) -> Result<(), DbError> {
        tx.execute(
            "INSERT INTO invite (hash, id, p, account, role, name, made, expires, narrow)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                (&self.hash).into(),
                (&self.id).into(),
                project.into(),
                self.account.as_ref().map_or(Param::NoBytes, Param::from),
                role_word(self.role).into(),
                self.name.as_str().into(),
                self.made.into(),
                self.expires.into(),
                i64::from(self.narrow).into(),
            ],
        )?;
        Ok(())
    }
}
