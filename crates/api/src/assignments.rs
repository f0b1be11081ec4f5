//! Assignments by plan: the plan is looked at first, then carried out.

use std::collections::BTreeSet;

use assay_model::plan::{Candidate, Plan, PlanOptions, plan};
use assay_model::{Component, Member, RaterKind, Role, Timestamp};
use assay_store::{NewAssignment, Store};

use crate::error::{ApiError, Result};
use crate::wire::{AssignmentPlan, PlanAssignments, PlannedPerson, Stratum};
use crate::{App, may};

const DAY_MS: f64 = 86_400_000.0;

pub(crate) fn dry_run(app: &App, request: PlanAssignments) -> Result<AssignmentPlan> {
    let store = app.store(&request.project)?;
    may::lead(&store, "plan assignments")?;
    expiry(app, &request)?;
    let (samples, made) = planned(&store, &request)?;
    answer(&store, samples, &made, false)
}

pub(crate) fn make(app: &App, request: PlanAssignments) -> Result<AssignmentPlan> {
    let store = app.store(&request.project)?;
    may::lead(&store, "assign samples")?;
    let expires = expiry(app, &request)?;
    let (samples, made) = planned(&store, &request)?;
    let facts: Vec<NewAssignment> = made
        .changes
        .iter()
        .map(|change| NewAssignment {
            sample: change.sample,
            member: change.member,
            state: change.state,
            due: request.due.filter(|_| change.state == assay_model::AssignmentState::Assigned),
            expires: expires.filter(|_| change.state == assay_model::AssignmentState::Assigned),
        })
        .collect();
    store.assign(&facts)?;
    answer(&store, samples, &made, true)
}

/// When what nobody touches goes back to the pool.
fn expiry(app: &App, request: &PlanAssignments) -> Result<Option<Timestamp>> {
    match request.expires_days {
        None => Ok(None),
        Some(days) if days > 0.0 && days <= 3650.0 => {
            Ok(Some(Timestamp(app.world().now().0.saturating_add((days * DAY_MS) as i64))))
        }
        Some(days) => Err(field("expires_days", format!("is {days}"), "use more than 0 days, at most 3650")),
    }
}

fn field(name: &str, message: String, hint: &str) -> ApiError {
    assay_model::Invalid::new(name, message, hint).into()
}

/// The member that an id or a name means, given in that field of a request.
pub(crate) fn member_of<'a>(members: &'a [Member], wanted: &str, asked: &str) -> Result<&'a Member> {
    let wanted = wanted.trim();
    members
        .iter()
        .find(|one| one.id.to_string() == wanted)
        .or_else(|| members.iter().find(|one| one.name == wanted))
        .or_else(|| members.iter().find(|one| one.name.to_lowercase() == wanted.to_lowercase()))
        .ok_or_else(|| {
            let known: Vec<&str> = members.iter().map(|one| one.name.as_str()).collect();
            field(
                asked,
                format!("names “{wanted}”, who is not a member"),
                &format!("use some of {}", known.join(", ")),
            )
        })
}

fn planned(store: &Store, request: &PlanAssignments) -> Result<(u64, Plan)> {
    let at_work = store.members_at_work()?;
    let all: Vec<Member> = at_work.iter().map(|one| one.member.clone()).collect();
    let mut members = BTreeSet::new();
    for wanted in &request.to {
        let member = member_of(&all, wanted, "to")?;
        if member.kind == RaterKind::Model || member.role == Role::Observer {
            return Err(field(
                "to",
                format!("names {}, who labels nothing", member.name),
                "name people who annotate",
            ));
        }
        if at_work.iter().any(|one| one.member.id == member.id && !one.active) {
            return Err(field(
                "to",
                format!("names {}, who was removed from the project", member.name),
                "bring them back first, or name others",
            ));
        }
        members.insert(member.id);
    }
    let strata = request.strata.clone().unwrap_or_default();
    let mut candidates = Vec::new();
    store.for_each_assigned(&mut |one| {
        let wanted = request.component.is_none_or(|wanted| wanted == one.component)
            && request.task_type.as_ref().is_none_or(|wanted| one.task_type.as_ref() == Some(wanted))
            && request.locale.as_ref().is_none_or(|wanted| one.locale.as_ref() == Some(wanted));
        if !wanted {
            return;
        }
        let of = |stratum: &Stratum| match stratum {
            Stratum::Task => one.task_type.clone().unwrap_or_default(),
            Stratum::Locale => one.locale.clone().unwrap_or_default(),
            Stratum::Model => models(&one.models),
            Stratum::Component => one.component.name().to_owned(),
        };
        let parts: Vec<String> =
            strata.iter().map(of).map(|part| if part.is_empty() { "–".to_owned() } else { part }).collect();
        candidates.push(Candidate {
            sample: one.sample,
            golden: one.component == Component::Golden,
            stratum: parts.join(" · "),
            assigned: one.assigned.into_iter().collect(),
            worked: one.worked.into_iter().collect(),
        });
    })?;
    let options = PlanOptions {
        members,
        overlap: request.overlap.unwrap_or(1) as usize,
        golden_share: request.golden_share,
        limit: request.limit.map(|limit| limit as usize),
        seed: request.seed.unwrap_or(0),
    };
    Ok((candidates.len() as u64, plan(&candidates, &options)?))
}

/// The models of a sample as people read them.
fn models(json: &str) -> String {
    serde_json::from_str::<Vec<String>>(json).unwrap_or_default().join(", ")
}

fn answer(store: &Store, samples: u64, made: &Plan, carried_out: bool) -> Result<AssignmentPlan> {
    let members = store.members()?;
    let mut people: Vec<PlannedPerson> = made
        .people
        .iter()
        .filter_map(|(id, plan)| {
            let member = members.iter().find(|one| one.id == *id)?.clone();
            Some(PlannedPerson { member, plan: plan.clone() })
        })
        .collect();
    people.sort_by(|a, b| (&a.member.name, a.member.id).cmp(&(&b.member.name, b.member.id)));
    Ok(AssignmentPlan {
        carried_out,
        samples,
        assigned: people.iter().map(|one| one.plan.new).sum(),
        taken_back: people.iter().map(|one| one.plan.taken_back).sum(),
        covered: made.covered,
        short: made.short,
        people,
    })
}
