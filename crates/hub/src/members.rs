//! Members as leads see and change them, and their devices.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_model::{FactId, MemberId, ProjectId, Role, Timestamp};
use assay_sync::wire::{DeviceLine, HubCode, HubError, MemberBody, MemberChange, MemberLine, View};
use uuid::Uuid;

use crate::db::{DbError, Outcome, Tx};
use crate::people::Caller;
use crate::project::{Membership, Project, caller, locked, memberships, put_member, seen};
use crate::{Hub, say};

/// A member's samples assigned, submitted and skipped.
type Tally = [u64; 3];

impl Hub {
    /// The members of a project. Leads and observers see how far each is, leads their devices too; an
    /// annotator sees that of themselves only.
    ///
    /// # Errors
    /// `not_found` for strangers.
    pub async fn members(&self, project: ProjectId, asks: &Caller) -> Result<Vec<MemberLine>, HubError> {
        let account = asks.account;
        self.inner
            .db
            .read(move |tx| {
                let project = seen(tx, project)?;
                let me = caller(tx, project.as_ref(), account)?.body;
                let project = project.ok_or_else(say::no_project)?;
                let leads = matches!(me.role, Role::Owner | Role::Lead);
                let (tallies, mut devices) = (tallies(tx, project.n)?, devices(tx, project.n)?);
                let line = |(id, member): (MemberId, Membership)| {
                    let mut own =
                        member.account.and_then(|account| devices.remove(&account)).unwrap_or_default();
                    let counted = View::of(me.role) == View::All || id == me.id;
                    let last_seen =
                        own.iter().filter_map(|device| device.last_seen).max().filter(|_| counted);
                    if !leads && id != me.id {
                        own.clear();
                    }
                    let [assigned, submitted, skipped] =
                        tallies.get(&id).copied().filter(|_| counted).unwrap_or_default();
                    MemberLine { member: member.body, last_seen, assigned, submitted, skipped, devices: own }
                };
                let mut lines: Vec<MemberLine> = memberships(tx, project.n)?.into_iter().map(line).collect();
                lines.sort_by(|a, b| (&a.member.name, a.member.id).cmp(&(&b.member.name, b.member.id)));
                Ok(lines)
            })
            .await
    }

    /// Changes a member. Owners change everybody, leads everybody but owners, everybody their own name. A
    /// project keeps an owner.
    ///
    /// # Errors
    /// `not_allowed`, `not_found`.
    pub async fn change_member(
        &self,
        project: ProjectId,
        asks: &Caller,
        member: MemberId,
        change: MemberChange,
    ) -> Result<MemberBody, HubError> {
        let name = change.name.as_deref().map(|name| say::name("the name", name)).transpose()?;
        let account = asks.account;
        let (own, world) = (self.own_facts(), Arc::clone(&self.inner.world));
        self.inner
            .db
            .write(move |tx| {
                let project = locked(tx, project)?;
                let me = caller(tx, project.as_ref(), account)?;
                let mut project = project.ok_or_else(say::no_project)?;
                let all = memberships(tx, project.n)?;
                let there = all.get(&member).ok_or_else(no_member)?;
                let mut after = there.clone();
                after.body.name = name.unwrap_or(after.body.name);
                after.body.role = change.role.unwrap_or(after.body.role);
                after.body.active = change.active.unwrap_or(after.body.active);
                may_change(&me.body, &there.body, &after.body)?;
                if after.body == there.body {
                    return Ok(after.body);
                }
                keeps_an_owner(&all, &after)?;
                if there.fact {
                    own.member(tx, &mut project, FactId(world.id()), me.body.id, &after)?;
                } else {
                    // Their own first push brings the fact that names them.
                    put_member(tx, project.n, &after)?;
                }
                Ok(after.body)
            })
            .await
    }

    /// Revokes a device's token: it opens nothing on this hub any more. Leads revoke those of annotators,
    /// observers and leads, owners all, everybody their own.
    ///
    /// # Errors
    /// `not_allowed`, `not_found`.
    pub async fn revoke_device(
        &self,
        project: ProjectId,
        asks: &Caller,
        device: &str,
    ) -> Result<(), HubError> {
        let account = asks.account;
        let device = Uuid::parse_str(device).ok();
        self.inner
            .db
            .write(move |tx| {
                let project = seen(tx, project)?;
                let me = caller(tx, project.as_ref(), account)?;
                let project = project.ok_or_else(say::no_project)?;
                let none = || {
                    say::error(
                        HubCode::NotFound,
                        "nobody here has such a device",
                        "look at the list of members",
                    )
                };
                let device = device.ok_or_else(none)?;
                let owner = owner_of(tx, &project, device)?.ok_or_else(none)?;
                let allowed = owner.id == me.body.id
                    || match me.body.role {
                        Role::Owner => true,
                        Role::Lead => owner.role != Role::Owner,
                        // Nobody else knows of it.
                        Role::Annotator | Role::Observer => return Err(none()),
                    };
                if !allowed {
                    return Err(say::not_allowed("revoke an owner’s device"));
                }
                tx.execute("UPDATE token SET revoked = 1 WHERE id = $1", &[(&device).into()])?;
                Ok(())
            })
            .await
    }
}

pub(crate) fn no_member() -> HubError {
    say::error(HubCode::NotFound, "the project has no such member", "look at the list of members")
}

fn may_change(me: &MemberBody, before: &MemberBody, after: &MemberBody) -> Outcome<()> {
    let only_name = before.role == after.role && before.active == after.active;
    let allowed = match me.role {
        Role::Owner => true,
        Role::Lead => before.role != Role::Owner && after.role != Role::Owner,
        Role::Annotator | Role::Observer => false,
    };
    if allowed || (me.id == before.id && only_name) {
        return Ok(());
    }
    Err(say::not_allowed("change this member"))
}

fn keeps_an_owner(all: &BTreeMap<MemberId, Membership>, after: &Membership) -> Outcome<()> {
    let owns = |member: &Membership| {
        member.account.is_some() && member.body.active && member.body.role == Role::Owner
    };
    let others = all.values().any(|member| member.body.id != after.body.id && owns(member));
    if others || owns(after) {
        return Ok(());
    }
    Err(say::error(HubCode::NotAllowed, "a project keeps an owner", "make somebody else an owner first"))
}

fn tallies(tx: &mut dyn Tx, p: i64) -> Result<BTreeMap<MemberId, Tally>, DbError> {
    let sql = "SELECT member, assigned, submitted, skipped FROM membership WHERE p = $1";
    let rows = tx.query(sql, &[p.into()])?;
    rows.into_iter()
        .map(|mut row| {
            let mut count = |at| row.int(at).map(|count| count.max(0) as u64);
            let tally = [count(1)?, count(2)?, count(3)?];
            Ok((MemberId(row.uuid(0)?), tally))
        })
        .collect()
}

fn devices(tx: &mut dyn Tx, p: i64) -> Result<BTreeMap<Uuid, Vec<DeviceLine>>, DbError> {
    let rows = tx.query(
        "SELECT token.account, token.id, token.name, token.joined, token.last_seen, token.revoked
         FROM membership JOIN token ON token.account = membership.account
         WHERE membership.p = $1 AND (token.p IS NULL OR token.p = $1) ORDER BY token.joined, token.id",
        &[p.into()],
    )?;
    let mut found: BTreeMap<Uuid, Vec<DeviceLine>> = BTreeMap::new();
    for mut row in rows {
        let device = DeviceLine {
            id: row.uuid(1)?.to_string(),
            name: row.text(2)?,
            joined: Timestamp(row.int(3)?),
            last_seen: row.maybe_int(4)?.map(Timestamp),
            revoked: row.flag(5)?,
        };
        found.entry(row.uuid(0)?).or_default().push(device);
    }
    Ok(found)
}

/// Whose a device is in a project.
fn owner_of(tx: &mut dyn Tx, project: &Project, device: Uuid) -> Result<Option<MemberBody>, DbError> {
    let sql = "SELECT account FROM token WHERE id = $1 AND (p IS NULL OR p = $2)";
    let rows = tx.query(sql, &[(&device).into(), project.n.into()])?;
    let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
    let account = row.uuid(0)?;
    Ok(crate::project::member_of(tx, project.n, account)?.map(|member| member.body))
}
