//! Work in a team: publish, invite, join, sync, assign.

use assay_api::wire::{
    AssignmentPlan, Invite, Invited, JoinTeam, Joined, PlanAssignments, PublishProject, RefusedFact, Stratum,
    SyncReport, TeamStatus,
};
use assay_api::{ApiError, App, ErrorCode, Result};

use crate::args::{self, Args, RoleArg, StratumArg};
use crate::output::{Output, call, count, grouped};
use crate::project::named;

pub fn publish(app: &App, out: &Output, args: &Args, publish: &args::Publish) -> Result<()> {
    let request = PublishProject {
        project: named(app, args)?,
        hub: publish.hub.clone(),
        code: publish.invite.clone(),
        insecure: publish.insecure,
    };
    let status: TeamStatus = call(app, "team.publish", &request)?;
    out.value(&status);
    let hub = status.hub.unwrap_or_default();
    out.say(format!("Published to {hub}: {}.", count(status.pushed, "fact")));
    out.say("Invite people with `assay invite NAME --role annotator`.");
    Ok(())
}

fn role(role: RoleArg) -> assay_model::Role {
    match role {
        RoleArg::Owner => assay_model::Role::Owner,
        RoleArg::Lead => assay_model::Role::Lead,
        RoleArg::Annotator => assay_model::Role::Annotator,
        RoleArg::Observer => assay_model::Role::Observer,
    }
}

pub fn invite(app: &App, out: &Output, args: &Args, invite: &args::Invite) -> Result<()> {
    let name = invite.name.as_ref().or(invite.member.as_ref()).cloned().unwrap_or_default();
    let request = Invite {
        project: named(app, args)?,
        name: name.clone(),
        role: role(invite.role),
        hours: invite.hours,
        device: invite.device,
        member: invite.member.clone(),
    };
    let invited: Invited = call(app, "team.invite", &request)?;
    out.value(&invited);
    let whom = if invite.member.is_some() { format!("a device of {name}") } else { name };
    out.say(format!("Invite for {whom}, until {}:", invited.expires));
    out.say(format!("  {}", invited.url));
    out.say("It works once. In the window it is pasted; in a terminal:");
    let (hub, code) = invited.url.split_once("/#").unwrap_or((&invited.url, &invited.code));
    out.say(format!("  assay join {hub} {code}"));
    Ok(())
}

pub fn join(app: &App, out: &Output, join: &args::Join) -> Result<()> {
    let request = JoinTeam {
        url: join.url.clone(),
        code: join.code.clone(),
        name: join.name.clone(),
        insecure: join.insecure,
    };
    let joined: Joined = call(app, "team.join", &request)?;
    out.value(&joined);
    match (&joined.project, &joined.name) {
        (Some(file), Some(name)) => out.say(format!("Joined “{name}”; it is in {file}.")),
        _ => out.say(format!(
            "{} knows you. Publish a project to it with `assay publish --hub {}`.",
            joined.hub, joined.hub
        )),
    }
    Ok(())
}

pub fn sync(app: &App, out: &Output, args: &Args) -> Result<()> {
    let report: SyncReport = app.sync(&named(app, args)?)?;
    out.value(&report);
    out.say(format!("{} sent, {} received.", grouped(report.pushed), grouped(report.pulled)));
    for (dimension, numbers) in &report.agreement {
        let alpha = numbers
            .coefficients
            .iter()
            .find(|one| one.coefficient == "krippendorff_alpha" && one.weights.as_deref() == Some("ordinal"));
        if let Some(value) = alpha.and_then(|alpha| alpha.value) {
            out.say(format!(
                "  {dimension:<16} alpha {value:.2}  ({} graded by {})",
                count(numbers.units_paired, "response"),
                count(numbers.raters, "person").replace("persons", "people")
            ));
        }
    }
    show_refused(out, &report.refused);
    Ok(())
}

fn show_refused(out: &Output, refused: &[RefusedFact]) {
    if refused.is_empty() {
        return;
    }
    out.say(format!("The hub refused {}; they stay on this laptop:", count(refused.len() as u64, "item")));
    for one in refused {
        let about = one.external_id.as_deref().map(|name| format!(" of {name}")).unwrap_or_default();
        out.say(format!("  {}{about}: {} ({})", one.kind.word(), one.message, one.hint));
    }
}

pub fn assign(app: &App, out: &Output, args: &Args, assign: &args::Assign) -> Result<()> {
    let strata = assign
        .strata
        .iter()
        .map(|stratum| match stratum {
            StratumArg::Task => Stratum::Task,
            StratumArg::Locale => Stratum::Locale,
            StratumArg::Model => Stratum::Model,
            StratumArg::Component => Stratum::Component,
        })
        .collect();
    let request = PlanAssignments {
        project: named(app, args)?,
        to: assign.to.clone(),
        overlap: Some(assign.overlap),
        strata: Some(strata),
        golden_share: assign.golden_share,
        limit: assign.limit,
        due: assign.due.as_deref().map(due).transpose()?,
        expires_days: assign.expires,
        seed: args.seed,
        component: assign.component.as_deref().map(component).transpose()?,
        task_type: assign.task_type.clone(),
        locale: assign.locale.clone(),
    };
    let name = if assign.dry_run { "assignments.plan" } else { "assignments.make" };
    let plan: AssignmentPlan = call(app, name, &request)?;
    out.value(&plan);
    show_plan(out, &plan);
    Ok(())
}

fn component(text: &str) -> Result<assay_model::Component> {
    crate::dataset::word(text, "component", "representative, golden, edge, regression, red_flag")
}

fn due(text: &str) -> Result<assay_model::Timestamp> {
    let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| {
        ApiError::new(ErrorCode::BadRequest, format!("“{text}” is not a date."), "write it as 2026-12-31")
    })?;
    // To the end of that day, wherever the annotators are.
    let end = date.and_hms_opt(23, 59, 59).map(|end| end.and_utc().timestamp_millis());
    Ok(assay_model::Timestamp(end.unwrap_or_default()))
}

fn show_plan(out: &Output, plan: &AssignmentPlan) {
    let width = plan.people.iter().map(|one| one.member.name.chars().count()).max().unwrap_or(4).max(6);
    out.say(format!("{:width$}  {:>6} {:>6} {:>10} {:>7}", "person", "new", "kept", "taken back", "golden"));
    for one in &plan.people {
        let person = &one.plan;
        out.say(format!(
            "{:width$}  {:>6} {:>6} {:>10} {:>7}",
            one.member.name, person.new, person.kept, person.taken_back, person.golden
        ));
    }
    out.say(format!(
        "{} of {} have as many people as wanted; {} in the pool.",
        grouped(plan.covered),
        count(plan.samples, "sample"),
        grouped(plan.short)
    ));
    out.say(if plan.carried_out {
        "Assigned. The next sync tells everybody (`assay sync`)."
    } else {
        "Nothing was changed: this is what the plan would do."
    });
}
