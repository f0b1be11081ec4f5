//! The people of the demo, each at a laptop of their own.

use std::path::Path;

use assay_api::wire::{
    AssignmentPlan, GetQueue, Invite, Invited, JoinTeam, Joined, PlanAssignments, PublishProject, Queue,
    SyncReport, TeamStatus, WorkFromFile, WorkReport,
};
use assay_api::{ApiError, App, AppOptions, ErrorCode, Result};
use assay_model::Role;
use serde::Serialize;
use serde_json::Value;

use super::hub::DemoHub;
use crate::output::call;

/// Who leads, with the project.
pub struct Lead<'a> {
    pub app: &'a App,
    pub project: &'a str,
}

/// Somebody who grades.
pub struct Rater {
    pub name: String,
    app: App,
    project: String,
}

/// What a rater did.
#[derive(Serialize)]
pub struct Work {
    pub rater: String,
    pub samples: u64,
    pub annotations: u64,
    pub sent: u64,
}

fn odd(what: &str) -> ApiError {
    ApiError::new(
        ErrorCode::Internal,
        format!("The demo went wrong: {what}."),
        "this is a fault of Assay; please report it",
    )
}

impl Lead<'_> {
    pub fn publish(&self, hub: &DemoHub) -> Result<TeamStatus> {
        let request = PublishProject {
            project: self.project.to_owned(),
            hub: hub.url.clone(),
            code: Some(hub.invite.clone()),
            insecure: false,
        };
        call(self.app, "team.publish", &request)
    }

    /// Invites people, who join; the lead hears of them by a sync.
    pub fn bring_together(&self, folder: &Path, names: &[&str]) -> Result<Vec<Rater>> {
        let mut raters = Vec::new();
        for name in names {
            let invite = Invite {
                project: self.project.to_owned(),
                name: (*name).to_owned(),
                role: Role::Annotator,
                hours: None,
                device: false,
                member: None,
            };
            let invited: Invited = call(self.app, "team.invite", &invite)?;
            let app = App::new(AppOptions::at(folder.join("laptops").join(name.to_lowercase())));
            let request = JoinTeam { url: invited.url, code: None, name: None, insecure: false };
            let joined: Joined = call(&app, "team.join", &request)?;
            let project = joined.project.ok_or_else(|| odd("an invite brought no project"))?;
            raters.push(Rater { name: (*name).to_owned(), app, project });
        }
        self.app.sync(self.project)?;
        Ok(raters)
    }

    /// Everybody gets every sample, and the next sync tells them.
    pub fn assign(&self, raters: &[Rater]) -> Result<AssignmentPlan> {
        let request = PlanAssignments {
            project: self.project.to_owned(),
            to: raters.iter().map(|rater| rater.name.clone()).collect(),
            overlap: u32::try_from(raters.len()).ok(),
            seed: Some(1),
            ..PlanAssignments::default()
        };
        let plan = call(self.app, "assignments.make", &request)?;
        self.app.sync(self.project)?;
        Ok(plan)
    }
}

impl Rater {
    /// Pulls, annotates from a file while no hub is needed, and pushes.
    pub fn work(&self, file: &str) -> Result<Work> {
        self.app.sync(&self.project)?;
        let request = GetQueue { project: self.project.clone(), limit: 1, recent: 1 };
        let queue: Queue = call(&self.app, "grade.queue", &request)?;
        let request = WorkFromFile {
            project: self.project.clone(),
            path: file.to_owned(),
            rater: Some(self.name.clone()),
            model: false,
        };
        let done: WorkReport = call(&self.app, "annotations.from_file", &request)?;
        let sent = self.app.sync(&self.project)?;
        if let Some(refused) = sent.refused.first() {
            return Err(odd(&format!("the hub refused work of {}: {}", self.name, refused.message)));
        }
        Ok(Work {
            rater: self.name.clone(),
            samples: queue.counts.left,
            annotations: done.added,
            sent: sent.pushed,
        })
    }
}

/// How many of the hub's numbers this laptop computed as well; all of them are the same to the last bit.
pub fn equal_to_the_hubs(agreement: &Value, report: &SyncReport) -> Result<u64> {
    let mut equal = 0;
    for dimension in agreement["dimensions"].as_array().into_iter().flatten() {
        let name = dimension["dimension"].as_str().unwrap_or_default();
        let there = report.agreement.get(name).ok_or_else(|| odd("the hub has no numbers"))?;
        for number in &there.coefficients {
            let here = dimension["coefficients"].as_array().into_iter().flatten().find(|here| {
                here["coefficient"] == number.coefficient.as_str()
                    && here["weights"].as_str() == number.weights.as_deref()
            });
            let here = here.ok_or_else(|| odd("the hub computes what this laptop does not"))?;
            if here["value"].as_f64().map(f64::to_bits) != number.value.map(f64::to_bits) {
                return Err(odd(&format!("{name}: {} differs from the hub’s", number.coefficient)));
            }
            equal += 1;
        }
    }
    Ok(equal)
}
