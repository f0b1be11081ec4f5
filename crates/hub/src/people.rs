//! Accounts and tokens: who speaks, how they come to the hub, and what they bring.

use assay_model::{MemberId, ProjectId, RaterKind, Role, Timestamp};
use assay_sync::secret;
use assay_sync::wire::{
    HubCode, HubError, JoinAnswer, JoinRequest, JoinedProject, MemberBody, PublishRequest,
};
use uuid::Uuid;

use crate::db::{DbError, Outcome, Param, Tx};
use crate::project::{Membership, Project, locked, member_of, put_member, role, seen};
use crate::{Hub, say};

/// Whoever showed a token that is known, and was neither revoked nor left unused for too long.
#[derive(Debug, Clone)]
pub struct Caller {
    pub(crate) account: Account,
    pub(crate) token: [u8; 32],
    pub(crate) may_publish: bool,
    pub(crate) last_seen: Option<i64>,
}

/// For whom a token speaks, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub id: Uuid,
    /// The number of the one project that the token opens, where somebody else let the device in: in others
    /// they may have no say.
    pub only: Option<i64>,
}

impl Account {
    /// Whether the token opens a project, by its number, that the account is a member of.
    pub(crate) fn opens(self, project: i64) -> bool {
        self.only.is_none_or(|only| only == project)
    }
}

/// A token that was not used for so long opens nothing any more: 180 days.
const IDLE_MS: i64 = 180 * 24 * HOUR_MS;
pub(crate) const HOUR_MS: i64 = 3_600_000;
/// How often it is written down that a device was seen: not more than once a minute.
const SEEN_MS: i64 = 60_000;

/// Writes down that a device was seen.
pub(crate) fn saw(tx: &mut dyn Tx, caller: &Caller, now: Timestamp) -> Result<(), DbError> {
    if caller.last_seen.is_none_or(|last| last + SEEN_MS <= now.0) {
        tx.execute(
            "UPDATE token SET last_seen = $2 WHERE hash = $1",
            &[(&caller.token).into(), now.0.into()],
        )?;
    }
    Ok(())
}

impl Hub {
    /// Who shows this token.
    ///
    /// # Errors
    /// `not_signed_in` for a token that opens nothing.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, HubError> {
        if !secret::is_token(token) {
            return Err(say::not_signed_in("this is not a token"));
        }
        let hash = secret::hash(token);
        let now = self.inner.world.now();
        self.inner
            .db
            .read(move |tx| {
                let there = token_row(tx, &hash)?
                    .ok_or_else(|| say::not_signed_in("this hub does not know the token"))?;
                if there.revoked {
                    return Err(say::not_signed_in("this device’s token was revoked"));
                }
                if there.last_seen.unwrap_or(there.joined) + IDLE_MS <= now.0 {
                    return Err(say::not_signed_in(
                        "this device’s token expired: it was not used for 180 days",
                    ));
                }
                Ok(Caller {
                    account: there.account,
                    token: hash,
                    may_publish: there.may_publish,
                    last_seen: there.last_seen,
                })
            })
            .await
    }

    /// Writes down, in its own time, that a device was seen.
    pub(crate) fn saw(&self, caller: &Caller) {
        let now = self.inner.world.now();
        if caller.last_seen.is_some_and(|last| last + SEEN_MS > now.0) {
            return;
        }
        let (db, caller) = (self.inner.db.clone(), caller.clone());
        tokio::spawn(async move {
            // If it fails, the next request does it.
            let _later = db.write(move |tx| Ok(saw(tx, &caller, now)?)).await;
        });
    }

    /// Uses an invite: makes the token that the device brings known, and its person a member. The same
    /// request again answers the same.
    ///
    /// # Errors
    /// `bad_invite` for a code that cannot be used; `not_found` while the project's rubric is not on the hub,
    /// for without it no copy can be made: the invite stays as it was.
    pub async fn join(&self, request: JoinRequest) -> Result<JoinAnswer, HubError> {
        say::protocol(request.protocol)?;
        if !secret::is_token(&request.token) {
            return Err(say::bad_request("the token is not 32 random bytes in Base64", "update Assay"));
        }
        let join = Join {
            code: secret::hash(&secret::plain_code(&request.code)),
            token: secret::hash(&request.token),
            name: name_or(String::new(), "the name", &request.name)?,
            device: name_or("a device".to_owned(), "the device’s name", &request.device)?,
            now: self.inner.world.now(),
        };
        let (own, world) = (self.own_facts(), std::sync::Arc::clone(&self.inner.world));
        self.inner
            .db
            .write(move |tx| {
                let invite = join.invite(tx)?;
                let account = join.account(tx, &invite, world.id(), world.id())?;
                let name = if join.name.is_empty() { invite.name.clone() } else { join.name.clone() };
                let Some((project, _)) = invite.project else {
                    tx.execute("UPDATE account SET may_publish = 1 WHERE id = $1", &[(&account).into()])?;
                    join.used(tx, None)?;
                    return Ok(JoinAnswer { project: None, may_publish: true, name });
                };
                let mut project = locked(tx, ProjectId(project))?.ok_or_else(say::no_project)?;
                if project.rubric_seq == 0 {
                    return Err(not_begun(&project_name(tx, project.n)?));
                }
                let member = match member_of(tx, project.n, account)? {
                    Some(member) if member.body.active => member,
                    Some(_) if invite.account.is_some() => {
                        return Err(say::error(
                            HubCode::BadInvite,
                            "its member was removed from the project",
                            "ask for a new invite",
                        ));
                    }
                    Some(mut gone) => {
                        gone.body.active = true;
                        gone.body.role = invite.role;
                        own.member(tx, &mut project, world.id().into(), gone.body.id, &gone)?;
                        gone
                    }
                    None => {
                        let id = MemberId(world.id());
                        let (role, kind) = (invite.role, RaterKind::Person);
                        let body = MemberBody { id, name, role, kind, active: true };
                        let member = Membership { body, account: Some(account), fact: true };
                        own.member(tx, &mut project, id.0.into(), id, &member)?;
                        member
                    }
                };
                join.used(tx, Some(member.body.id))?;
                Ok(JoinAnswer {
                    project: Some(JoinedProject {
                        project: project.id,
                        name: project_name(tx, project.n)?,
                        member: member.body.id,
                        role: member.body.role,
                    }),
                    may_publish: token_row(tx, &join.token)?.is_some_and(|token| token.may_publish),
                    name: member.body.name,
                })
            })
            .await
    }

    /// The projects of whoever calls.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn projects(&self, caller: &Caller) -> Result<Vec<JoinedProject>, HubError> {
        let account = caller.account;
        self.inner
            .db
            .read(move |tx| {
                let rows = tx.query(
                    "SELECT project.id, project.name, membership.member, membership.role, project.n
                     FROM membership JOIN project ON project.n = membership.p
                     WHERE membership.account = $1 AND membership.active = 1 ORDER BY project.name, project.n",
                    &[(&account.id).into()],
                )?;
                let mut found = Vec::with_capacity(rows.len());
                for mut row in rows {
                    if account.opens(row.int(4)?) {
                        found.push(JoinedProject {
                            project: ProjectId(row.uuid(0)?),
                            name: row.text(1)?,
                            member: MemberId(row.uuid(2)?),
                            role: role(&row.text(3)?)?,
                        });
                    }
                }
                Ok(found)
            })
            .await
    }

    /// Who the caller is in a project, if they ever were a member of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn member(&self, project: ProjectId, caller: &Caller) -> Result<Option<MemberId>, HubError> {
        let account = caller.account.id;
        self.inner
            .db
            .read(move |tx| {
                let Some(project) = seen(tx, project)? else { return Ok(None) };
                Ok(member_of(tx, project.n, account)?.map(|member| member.body.id))
            })
            .await
    }

    /// Makes a place for a project, whose owner the caller becomes. The same request again answers the same.
    ///
    /// # Errors
    /// `exists` where the project is on this hub and not the caller's.
    pub async fn publish(&self, caller: &Caller, request: PublishRequest) -> Result<JoinedProject, HubError> {
        say::protocol(request.protocol)?;
        if !caller.may_publish {
            return Err(say::error(
                HubCode::NotAllowed,
                "you may not publish projects to this hub",
                "ask whoever runs the hub for an owner invite",
            ));
        }
        let name = say::name("the project’s name", &request.name)?;
        let person = say::name("your name", &request.person)?;
        let (account, now) = (caller.account.id, self.inner.world.now());
        self.inner
            .db
            .write(move |tx| {
                // One at a time, for projects are numbered.
                tx.query("SELECT one FROM hub FOR UPDATE", &[])?;
                let exists = || {
                    say::error(
                        HubCode::Exists,
                        "this project is on the hub already",
                        "ask its owner for an invite",
                    )
                };
                let project = if let Some(there) = seen(tx, request.project)? {
                    let me =
                        member_of(tx, there.n, account)?.filter(|me| me.body.active).ok_or_else(exists)?;
                    if me.body.id != request.member {
                        return Err(exists());
                    }
                    return Ok(JoinedProject {
                        project: there.id,
                        name: project_name(tx, there.n)?,
                        member: me.body.id,
                        role: me.body.role,
                    });
                } else {
                    new_project(tx, request.project, &name, now)?
                };
                let body = MemberBody {
                    id: request.member,
                    name: person,
                    role: Role::Owner,
                    kind: RaterKind::Person,
                    active: true,
                };
                put_member(tx, project.n, &Membership { body, account: Some(account), fact: false })?;
                Ok(JoinedProject { project: project.id, name, member: request.member, role: Role::Owner })
            })
            .await
    }
}

/// A project whose owner is only now sending it.
fn not_begun(name: &str) -> HubError {
    let mut error = say::error(
        HubCode::NotFound,
        format!("the project “{name}” has no rubric on this hub yet: its owner has only begun to publish it"),
        "try again in a minute with the same invite, which was not used up",
    );
    error.retry_after = Some(10);
    error
}

/// A name, or what stands for none.
fn name_or(none: String, of: &str, given: &str) -> Outcome<String> {
    if given.is_empty() { Ok(none) } else { say::name(of, given) }
}

/// An invite being used.
struct Join {
    code: [u8; 32],
    token: [u8; 32],
    name: String,
    device: String,
    now: Timestamp,
}

/// The invite that is used.
struct Invite {
    /// The project, and its number.
    project: Option<(Uuid, i64)>,
    /// Whose further device it is for.
    account: Option<Uuid>,
    /// Whether that device opens this project alone.
    narrow: bool,
    role: Role,
    name: String,
}

impl Join {
    /// The invite, if this device may use it. Whoever guesses learns nothing from the answer but that it
    /// does not work, unless they have a code.
    fn invite(&self, tx: &mut dyn Tx) -> Outcome<Invite> {
        let bad = |message: &str| say::error(HubCode::BadInvite, message, "ask for a new invite");
        let rows = tx.query(
            "SELECT p, role, name, expires, used_token, revoked, account, narrow FROM invite
             WHERE hash = $1 FOR UPDATE",
            &[(&self.code).into()],
        )?;
        let mut row = rows.into_iter().next().ok_or_else(|| bad("this hub has no such invite"))?;
        let (p, role, name) = (row.maybe_int(0)?, role(&row.text(1)?)?, row.text(2)?);
        let expires = row.int(3)?;
        if row.flag(5)? {
            return Err(bad("the invite was revoked"));
        }
        match row.bytes(4).ok() {
            Some(used) if used == self.token => {}
            Some(_) => return Err(bad("the invite was used already")),
            None if expires <= self.now.0 => return Err(bad("the invite expired")),
            None => {}
        }
        let project = match p {
            None => None,
            Some(p) => {
                let rows = tx.query("SELECT id FROM project WHERE n = $1", &[p.into()])?;
                Some((rows.into_iter().next().ok_or_else(say::no_project)?.uuid(0)?, p))
            }
        };
        Ok(Invite { project, account: row.maybe_uuid(6)?, narrow: row.flag(7)?, role, name })
    }

    /// The account of the token, which is made with it where the device is new.
    fn account(&self, tx: &mut dyn Tx, invite: &Invite, account: Uuid, device: Uuid) -> Outcome<Uuid> {
        if let Some(there) = token_row(tx, &self.token)? {
            if there.revoked {
                return Err(say::not_signed_in("this device’s token was revoked"));
            }
            let new = "use the invite on a device that is new to the hub";
            if invite.account.is_some_and(|account| account != there.account.id) {
                return Err(say::bad_request("this device speaks for somebody else on this hub", new));
            }
            if there.account.only.is_some() && there.account.only != invite.project.map(|(_, n)| n) {
                return Err(say::bad_request(
                    "this device was let into one project, and opens no other",
                    new,
                ));
            }
            return Ok(there.account.id);
        }
        let name = if self.name.is_empty() { &invite.name } else { &self.name };
        if invite.account.is_none() {
            put_account(tx, account, name, self.now.0)?;
        }
        let account = invite.account.unwrap_or(account);
        tx.execute(
            "INSERT INTO token (hash, id, account, name, joined, p) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                (&self.token).into(),
                (&device).into(),
                (&account).into(),
                self.device.as_str().into(),
                self.now.0.into(),
                invite.project.filter(|_| invite.narrow).map(|(_, n)| n).into(),
            ],
        )?;
        Ok(account)
    }

    fn used(&self, tx: &mut dyn Tx, member: Option<MemberId>) -> Result<(), DbError> {
        tx.execute(
            "UPDATE invite SET used_token = $2, used_member = $3 WHERE hash = $1",
            &[
                (&self.code).into(),
                (&self.token).into(),
                member.as_ref().map_or(Param::NoBytes, |member| (&member.0).into()),
            ],
        )?;
        Ok(())
    }
}

/// A new account, which may not publish.
pub(crate) fn put_account(tx: &mut dyn Tx, id: Uuid, name: &str, made: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO account (id, name, may_publish, made) VALUES ($1, $2, 0, $3)",
        &[(&id).into(), name.into(), made.into()],
    )?;
    Ok(())
}

/// A token as it is kept.
struct TokenRow {
    account: Account,
    joined: i64,
    last_seen: Option<i64>,
    revoked: bool,
    /// Whether projects may be published with it.
    may_publish: bool,
}

fn token_row(tx: &mut dyn Tx, hash: &[u8; 32]) -> Result<Option<TokenRow>, DbError> {
    let rows = tx.query(
        "SELECT account.id, token.joined, token.last_seen, token.revoked, account.may_publish, token.p
         FROM token JOIN account ON account.id = token.account WHERE token.hash = $1",
        &[hash.into()],
    )?;
    let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
    let account = Account { id: row.uuid(0)?, only: row.maybe_int(5)? };
    Ok(Some(TokenRow {
        account,
        joined: row.int(1)?,
        last_seen: row.maybe_int(2)?,
        revoked: row.flag(3)?,
        may_publish: row.flag(4)? && account.only.is_none(),
    }))
}

fn project_name(tx: &mut dyn Tx, p: i64) -> Result<String, DbError> {
    let mut rows = tx.query("SELECT name FROM project WHERE n = $1", &[p.into()])?;
    rows.first_mut().map_or_else(|| Ok(String::new()), |row| row.text(0))
}

fn new_project(tx: &mut dyn Tx, id: ProjectId, name: &str, now: Timestamp) -> Outcome<Project> {
    let mut rows = tx.query("SELECT COALESCE(MAX(n), 0) + 1 FROM project", &[])?;
    let n = rows.first_mut().map_or(Ok(1), |row| row.int(0))?;
    tx.execute(
        "INSERT INTO project (n, id, name, made) VALUES ($1, $2, $3, $4)",
        &[n.into(), (&id.0).into(), name.into(), now.0.into()],
    )?;
    seen(tx, id)?.ok_or_else(say::no_project)
}
