use assay_model::{Member, ProjectId, Role, Rubric, RubricVersion, Settings, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::ApiError;

/// A request without fields.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct Nothing {}

/// Names a project: the path of its file, or a name in the home folder.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OfProject {
    /// Path or name.
    pub project: String,
}

/// How far the work on a project is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Counts {
    /// Samples in the project.
    pub samples: u64,
    /// Samples this person submitted.
    pub done: u64,
    /// Samples this person passed over.
    pub skipped: u64,
    /// Samples still to be done by this person.
    pub left: u64,
    /// Samples that came back to this person.
    pub returned: u64,
    /// Samples with a draft of this person.
    pub drafts: u64,
}

/// A project as the first screen lists it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ProjectSummary {
    /// Path of its file.
    pub file: String,
    /// Its name; the file's name when it cannot be read.
    pub name: String,
    /// How far the work is.
    pub counts: Counts,
    /// When its file changed last.
    pub modified: Timestamp,
    /// What the person may do in it.
    pub role: Role,
    /// How it stands with its hub; `None` for a project that is on this laptop only.
    pub team: Option<ProjectTeam>,
    /// Why it cannot be opened.
    pub problem: Option<ApiError>,
}

/// A listed project that belongs to a hub.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ProjectTeam {
    /// The hub's address.
    pub hub: String,
    /// Facts of this person that are not on the hub yet.
    pub waiting: u64,
    /// Facts of this person that the hub refused and nobody has decided about.
    pub refused: u64,
}

/// The first screen.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Home {
    /// The folder in which projects live.
    pub folder: String,
    /// The projects there, last changed first.
    pub projects: Vec<ProjectSummary>,
    /// Assay's version.
    pub version: String,
    /// The name to suggest for the person, from the system.
    pub person: String,
}

/// Makes a project.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct NewProject {
    /// Its name, from which the file's name is made.
    pub name: String,
    /// The name of the person who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Its rubric; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rubric: Option<Rubric>,
}

/// An open project.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Project {
    /// Path of its file; names the project in every other request.
    pub file: String,
    /// Its id, the same on every laptop.
    pub id: ProjectId,
    /// Name and policies.
    pub settings: Settings,
    /// The person at this laptop.
    pub me: Member,
    /// Everybody, this person included.
    pub members: Vec<Member>,
    /// The current rubric.
    pub rubric: RubricVersion,
    /// The rubric's guidelines as sanitised HTML.
    pub guidelines_html: String,
    /// How far the work is.
    pub counts: Counts,
}

/// Changes name and policies.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SaveSettings {
    /// Which project.
    pub project: String,
    /// The new settings, whole.
    pub settings: Settings,
}

/// Copies a project, while it is in use.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Backup {
    /// Which project.
    pub project: String,
    /// The file to write; refused when it is there already.
    pub to: String,
}

/// A project looked over.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Verified {
    /// The project's file.
    pub file: String,
    /// Whether nothing was found.
    pub sound: bool,
    /// What was found, one sentence each.
    pub problems: Vec<String>,
}
