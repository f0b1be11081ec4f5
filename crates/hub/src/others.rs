//! What others did on a sample, for whom the project's policy lets see it.
//!
//! Invariant (promise 3): [`may_see`] alone decides, from the role, the policy and where the member stands with
//! the sample; nothing that others said is read before. A sample that is not assigned to an annotator sounds
//! like one that is not there.

use std::collections::BTreeMap;

use assay_model::{Blindness, MemberId, ProjectId, Role, SampleId, Settings, Timestamp};
use assay_sync::wire::{HubCode, HubError, Others, SampleWord};
use serde_json::value::RawValue;

use crate::audience::Audience;
use crate::db::{Column, DbError, Outcome, Param, Row, Tx};
use crate::people::Caller;
use crate::project::{Membership, caller, memberships, seen};
use crate::{Hub, say};

/// Where a member stands with a sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Standing {
    /// The project has the sample.
    there: bool,
    /// It is assigned to the member now.
    assigned: bool,
    /// What counts of the member's work on it is a submission.
    submitted: bool,
    /// A lead has said the final word.
    resolved: bool,
}

/// Whether a member may see what others did on a sample.
fn may_see(role: Role, policy: Blindness, standing: Standing) -> Outcome<()> {
    let none = || {
        say::error(
            HubCode::NotFound,
            "the project has no such sample for you",
            "sync, and look at your samples",
        )
    };
    let not_yet = |message: &str, hint: &str| say::error(HubCode::NotAllowed, message, hint);
    match (role, policy) {
        (Role::Owner | Role::Lead, _) if standing.there => Ok(()),
        (Role::Owner | Role::Lead, _) => Err(none()),
        (Role::Observer, _) => Err(say::not_allowed("ask what others did on a sample")),
        (Role::Annotator, Blindness::Always) => Err(not_yet(
            "the project is blind: annotators are not shown what others did",
            "a lead can change this in the project’s settings",
        )),
        (Role::Annotator, _) if !standing.assigned => Err(none()),
        (Role::Annotator, _) if !standing.submitted => Err(not_yet(
            "what others did on a sample is shown once your own work on it is on the hub",
            "submit the sample and sync, then ask again",
        )),
        (Role::Annotator, Blindness::UntilResolution) if !standing.resolved => Err(not_yet(
            "what others did on a sample is shown once a lead has resolved it",
            "ask again later",
        )),
        (Role::Annotator, Blindness::UntilResolution | Blindness::UntilSubmission) => Ok(()),
    }
}

impl Hub {
    /// What the others submitted on a sample, by name, and the final word on it.
    ///
    /// # Errors
    /// `not_allowed` where the policy keeps it from an annotator, and for observers; `not_found` for a sample
    /// that is not there, or not assigned to the annotator who asks.
    pub async fn others(
        &self,
        project: ProjectId,
        asks: &Caller,
        sample: SampleId,
    ) -> Result<Others, HubError> {
        let account = asks.account;
        self.inner
            .db
            .read(move |tx| {
                let project = seen(tx, project)?;
                let me = caller(tx, project.as_ref(), account)?.body;
                let p = project.ok_or_else(say::no_project)?.n;
                let submitted = submissions(tx, p, sample)?;
                let resolution = resolution(tx, p, sample)?;
                let standing = Standing {
                    there: is_there(tx, p, sample)?,
                    assigned: is_assigned(tx, p, sample, me.id)?,
                    submitted: submitted.iter().any(|(member, _)| *member == me.id),
                    resolved: resolution.is_some(),
                };
                may_see(me.role, policy(tx, p)?, standing)?;
                let members = memberships(tx, p)?;
                let others = submitted.into_iter().filter(|(member, _)| *member != me.id);
                let mut works = words(tx, p, &members, others.collect())?;
                works.sort_by(|a, b| (&a.member.name, a.member.id).cmp(&(&b.member.name, b.member.id)));
                let resolution = words(tx, p, &members, resolution.into_iter().collect())?.pop();
                Ok(Others { works, resolution })
            })
            .await
    }
}

/// The policy of the newest settings. Few facts are for everybody, so this costs nothing of the samples.
fn policy(tx: &mut dyn Tx, p: i64) -> Result<Blindness, DbError> {
    let everyone = Audience::Everyone.bytes();
    let rows = tx.query(
        "SELECT body FROM fact WHERE p = $1 AND audience = $2 AND kind = 'settings' ORDER BY seq DESC LIMIT 1",
        &[p.into(), Param::Bytes(&everyone)],
    )?;
    let Some(mut row) = rows.into_iter().next() else { return Ok(Blindness::Always) };
    let settings: Result<Settings, _> = serde_json::from_str(&row.text(0)?);
    settings
        .map(|settings| settings.blind)
        .map_err(|error| DbError::Fault(format!("the settings are unreadable: {error}")))
}

fn is_there(tx: &mut dyn Tx, p: i64, sample: SampleId) -> Result<bool, DbError> {
    let sql = "SELECT responses FROM sample WHERE p = $1 AND id = $2";
    Ok(!tx.query(sql, &[p.into(), (&sample.0).into()])?.is_empty())
}

fn is_assigned(tx: &mut dyn Tx, p: i64, sample: SampleId, member: MemberId) -> Result<bool, DbError> {
    let sql = "SELECT assigned FROM assignment WHERE p = $1 AND sample = $2 AND member = $3";
    let mut rows = tx.query(sql, &[p.into(), (&sample.0).into(), (&member.0).into()])?;
    rows.first_mut().map_or(Ok(false), |row| row.flag(0))
}

/// Whose word a fact is, and its place.
type Spoken = (MemberId, u64);

fn spoken(mut row: Row) -> Result<Spoken, DbError> {
    Ok((MemberId(row.uuid(0)?), row.int(1)? as u64))
}

/// The submissions that count.
fn submissions(tx: &mut dyn Tx, p: i64, sample: SampleId) -> Result<Vec<Spoken>, DbError> {
    let rows = tx.query(
        "SELECT member, seq FROM annotation WHERE p = $1 AND sample = $2 AND state = 'submitted'",
        &[p.into(), (&sample.0).into()],
    )?;
    rows.into_iter().map(spoken).collect()
}

/// The final word: the newest resolution.
fn resolution(tx: &mut dyn Tx, p: i64, sample: SampleId) -> Result<Option<Spoken>, DbError> {
    let rows = tx.query(
        "SELECT author, seq FROM fact WHERE p = $1 AND sample = $2 AND kind = 'resolution'
         ORDER BY seq DESC LIMIT 1",
        &[p.into(), (&sample.0).into()],
    )?;
    rows.into_iter().next().map(spoken).transpose()
}

/// What stands at those places.
fn words(
    tx: &mut dyn Tx,
    p: i64,
    members: &BTreeMap<MemberId, Membership>,
    spoken: Vec<Spoken>,
) -> Result<Vec<SampleWord>, DbError> {
    let rows = tx.query_each(
        "SELECT time, body FROM fact WHERE p = $1 AND seq = $2",
        &[Column::Same(p), Column::ints(spoken.iter().map(|(_, seq)| *seq as i64))],
    )?;
    rows.into_iter()
        .map(|(at, mut row)| {
            let member = members.get(&spoken[at].0);
            let member = member.ok_or_else(|| DbError::Fault("a fact has no member".to_owned()))?;
            let body = RawValue::from_string(row.text(1)?);
            Ok(SampleWord {
                member: member.body.clone(),
                time: Timestamp(row.int(0)?),
                body: body.map_err(|error| DbError::Fault(format!("a body is not JSON: {error}")))?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use assay_model::{Blindness, Role};
    use assay_sync::wire::HubCode;

    use super::{Standing, may_see};

    const POLICIES: [Blindness; 3] =
        [Blindness::Always, Blindness::UntilResolution, Blindness::UntilSubmission];

    /// Every way in which a member can stand with a sample.
    fn standings() -> impl Iterator<Item = Standing> {
        (0..16).map(|bits| Standing {
            there: bits & 1 != 0,
            assigned: bits & 2 != 0,
            submitted: bits & 4 != 0,
            resolved: bits & 8 != 0,
        })
    }

    fn code(role: Role, policy: Blindness, standing: Standing) -> Result<(), HubCode> {
        may_see(role, policy, standing).map_err(|error| {
            assert!(!error.message.is_empty() && !error.hint.is_empty());
            error.code
        })
    }

    #[test]
    fn leads_see_what_is_there_whatever_the_policy() {
        for (policy, standing) in POLICIES.into_iter().flat_map(|one| standings().map(move |at| (one, at))) {
            for role in [Role::Owner, Role::Lead] {
                let wanted = if standing.there { Ok(()) } else { Err(HubCode::NotFound) };
                assert_eq!(code(role, policy, standing), wanted, "{role:?} {policy:?} {standing:?}");
            }
        }
    }

    #[test]
    fn observers_see_nobodys_work_whatever_the_policy() {
        for (policy, standing) in POLICIES.into_iter().flat_map(|one| standings().map(move |at| (one, at))) {
            assert_eq!(code(Role::Observer, policy, standing), Err(HubCode::NotAllowed));
        }
    }

    #[test]
    fn an_annotator_sees_others_work_only_after_all_that_the_policy_asks_for() {
        for standing in standings() {
            let Standing { assigned, submitted, resolved, .. } = standing;
            for policy in POLICIES {
                let wanted = match policy {
                    Blindness::Always => Err(HubCode::NotAllowed),
                    _ if !assigned => Err(HubCode::NotFound),
                    Blindness::UntilSubmission if submitted => Ok(()),
                    Blindness::UntilResolution if submitted && resolved => Ok(()),
                    _ => Err(HubCode::NotAllowed),
                };
                assert_eq!(code(Role::Annotator, policy, standing), wanted, "{policy:?} {standing:?}");
            }
        }
    }

    #[test]
    fn a_sample_of_others_sounds_like_one_that_is_not_there() {
        for policy in POLICIES {
            let said = |there| {
                let standing = Standing { there, ..Standing::default() };
                may_see(Role::Annotator, policy, standing).unwrap_err()
            };
            assert_eq!(said(true), said(false));
        }
    }
}
