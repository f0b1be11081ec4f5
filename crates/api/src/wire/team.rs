use assay_model::plan::PersonPlan;
use assay_model::{Component, FactId, Kind, Member, MemberId, Role, RubricId, SampleId, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::ApiError;

/// How a project stands with its hub right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// Nothing is under way.
    Idle,
    /// A sync is under way.
    Syncing,
    /// The hub cannot be reached; it is tried again by itself.
    Offline,
    /// Something stands in the way that waiting does not mend; `problem` says what.
    Stuck,
}

/// The hub of a project, and how far both are the same.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TeamStatus {
    /// The hub's address; `None` for a project that is on this laptop only.
    pub hub: Option<String>,
    /// How it stands right now.
    pub state: SyncState,
    /// What the person may do in the team.
    pub role: Role,
    /// When the last sync that came to its end did so.
    pub synced: Option<Timestamp>,
    /// Facts of this person that are not on the hub yet.
    pub waiting: u64,
    /// Facts of this person that the hub refused and nobody has decided about.
    pub refused: u64,
    /// Sent by the sync under way, or the last one.
    pub pushed: u64,
    /// Received by the sync under way, or the last one.
    pub pulled: u64,
    /// What stands in the way.
    pub problem: Option<ApiError>,
    /// When it is tried again by itself.
    pub next_try: Option<Timestamp>,
    /// Where agreement stands on the hub, as far as this person may see it.
    pub agreement: Vec<TeamNumbers>,
}

/// Where agreement on one dimension stands on the hub.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct TeamNumbers {
    /// The dimension's id.
    pub dimension: String,
    /// Responses with a grade.
    pub units: u64,
    /// Responses with two grades or more.
    pub units_paired: u64,
    /// People who graded.
    pub raters: u64,
    /// Grades.
    pub ratings: u64,
    /// Point values of coefficients, as in `assay.agreement/1`.
    pub coefficients: Vec<TeamNumber>,
}

/// The point value of one coefficient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct TeamNumber {
    /// Its name.
    pub coefficient: String,
    /// Its weights.
    pub weights: Option<String>,
    /// Its value; null where it is undefined.
    pub value: Option<f64>,
    /// Why it is undefined.
    pub undefined: Option<String>,
}

/// What a sync did, for scripts.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SyncReport {
    /// Facts of this person that came to the hub.
    pub pushed: u64,
    /// Facts that came here.
    pub pulled: u64,
    /// What the hub refused and nobody has decided about.
    pub refused: Vec<RefusedFact>,
    /// Where agreement stands, by dimension.
    pub agreement: std::collections::BTreeMap<String, TeamNumbers>,
    /// Requests it took.
    pub round_trips: u64,
}

/// A fact that the hub did not take.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RefusedFact {
    /// The fact.
    pub id: FactId,
    /// What it is.
    pub kind: Kind,
    /// Why, for programs.
    pub code: String,
    /// Why, as a sentence.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// When it was refused.
    pub time: Timestamp,
    /// The sample it is about.
    pub sample: Option<SampleId>,
    /// That sample's name where it came from.
    pub external_id: Option<String>,
    /// Whether it is kept on this laptop only, by choice.
    pub kept: bool,
}

/// Decides about refused facts.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OfRefused {
    /// Which project.
    pub project: String,
    /// Which facts.
    pub facts: Vec<FactId>,
}

/// Begins again from the current rubric with what a refused version says.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RebaseRubric {
    /// Which project.
    pub project: String,
    /// The refused version.
    pub rubric: RubricId,
}

/// One of the last syncs.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SyncLine {
    /// When it ended.
    pub time: Timestamp,
    /// Facts sent.
    pub pushed: u64,
    /// Facts received.
    pub pulled: u64,
    /// Facts refused.
    pub refused: u64,
    /// Why it did not come to its end.
    pub problem: Option<String>,
}

/// Uses an invite. Either the whole link, or address and code.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct JoinTeam {
    /// The link of the invite, or the hub's address.
    pub url: String,
    /// The code, where it is not in the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The name others see; the invite's where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Accept a hub without encryption beyond this machine.
    #[serde(default)]
    #[ts(as = "Option<bool>")]
    pub insecure: bool,
}

/// What an invite gave.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Joined {
    /// The file of the project joined; `None` for an invite to the hub itself.
    pub project: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The hub's address.
    pub hub: String,
    /// Whether projects may be published to this hub.
    pub may_publish: bool,
}

/// Publishes a project.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct PublishProject {
    /// Which project.
    pub project: String,
    /// The hub's address, or the link of an invite to the hub.
    pub hub: String,
    /// An invite to the hub, where this laptop has none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Accept a hub without encryption beyond this machine.
    #[serde(default)]
    #[ts(as = "Option<bool>")]
    pub insecure: bool,
}

/// What publishing a project sends to the hub, in facts by kind, and what stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct Publication {
    /// All of them.
    pub facts: u64,
    /// Samples.
    pub samples: u64,
    /// Revisions of annotations, everybody's.
    pub annotations: u64,
    /// Versions of the rubric.
    pub rubric_versions: u64,
    /// Resolutions.
    pub resolutions: u64,
    /// People, and judges, whose work it is.
    pub members: u64,
    /// Drafts, which stay on this laptop.
    pub drafts: u64,
}

/// A hub that this laptop may speak to.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct KnownHub {
    /// Its address.
    pub address: String,
    /// Whether projects may be published to it.
    pub may_publish: bool,
}

/// Makes an invite.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Invite {
    /// Which project.
    pub project: String,
    /// For whom.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// How many hours it can be used; a week where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<u32>,
    /// For another device of this person; name and role do not count then.
    #[serde(default)]
    #[ts(as = "Option<bool>")]
    pub device: bool,
    /// For another device of this member, by id or name; name and role do not count then. Somebody whom a hub that
    /// was put back does not know is a member of it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
}

/// An invite just made. The code is shown this once.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Invited {
    /// What to paste or read out.
    pub code: String,
    /// Address and code in one.
    pub url: String,
    /// When it stops working, as RFC 3339.
    pub expires: String,
}

/// An invite that was made.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct InviteLine {
    /// By which it is revoked.
    pub id: String,
    /// For whom.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When it was made.
    pub made: Timestamp,
    /// When it stops working.
    pub expires: Timestamp,
    /// Who used it.
    pub used_by: Option<MemberId>,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// Revokes an invite or a device.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Revoke {
    /// Which project.
    pub project: String,
    /// Its id in the list.
    pub id: String,
}

/// A member of the team, as the hub tells.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TeamMember {
    /// Who, and what they may do.
    pub member: Member,
    /// False for somebody who was removed.
    pub active: bool,
    /// When one of their devices last synced.
    pub last_seen: Option<Timestamp>,
    /// Samples assigned to them.
    pub assigned: u64,
    /// Samples they have submitted.
    pub submitted: u64,
    /// Samples they have passed over.
    pub skipped: u64,
    /// Their devices.
    pub devices: Vec<TeamDevice>,
    /// Whether somebody else wrote them down, for the sake of work that was read from a file.
    pub from_file: bool,
    /// Whether this laptop knows them and the hub does not: it was put back from a backup that is older than they
    /// are. A device of theirs can be let in, and they go on as who they are.
    pub lost: bool,
}

/// A device that may speak for a member.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TeamDevice {
    /// By which it is revoked.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// When it joined.
    pub joined: Timestamp,
    /// When it last synced.
    pub last_seen: Option<Timestamp>,
    /// Whether its token was revoked.
    pub revoked: bool,
}

/// Members and open invites.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Team {
    /// Members, as the hub orders them.
    pub members: Vec<TeamMember>,
    /// Invites, newest first; empty for those who may not make any.
    pub invites: Vec<InviteLine>,
    /// Why the hub was not asked. The members are those that this laptop knows then, with what it holds of
    /// their work, without devices and invites.
    pub problem: Option<ApiError>,
}

/// Changes a member.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ChangeMember {
    /// Which project.
    pub project: String,
    /// Whom.
    pub member: MemberId,
    /// Their new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Their new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// False removes them, true takes them back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// By what samples are spread alike over people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Stratum {
    /// Task type.
    Task,
    /// Language.
    Locale,
    /// The models of the responses.
    Model,
    /// Dataset component.
    Component,
}

/// A plan of assignments.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct PlanAssignments {
    /// Which project.
    pub project: String,
    /// The people of the plan, by id or name.
    pub to: Vec<String>,
    /// How many people annotate each sample; 1 where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<u32>,
    /// Spread these alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strata: Option<Vec<Stratum>>,
    /// Which part of everybody's assignments is to be golden samples, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub golden_share: Option<f64>,
    /// The most samples to assign now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// When they should be done. Milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// After how many days what nobody touched goes back to the pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_days: Option<f64>,
    /// Decides between what is otherwise equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number")]
    pub seed: Option<u64>,
    /// Only samples of this component; all others stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<Component>,
    /// Only samples of this task type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_type: Option<String>,
    /// Only samples of this locale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// What a plan means for one person.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PlannedPerson {
    /// Who.
    pub member: Member,
    /// What it means for them.
    pub plan: PersonPlan,
}

/// What a plan does, or did.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct AssignmentPlan {
    /// Whether it was carried out.
    pub carried_out: bool,
    /// Samples that the plan is about.
    pub samples: u64,
    /// Assignments made.
    pub assigned: u64,
    /// Untouched assignments taken back.
    pub taken_back: u64,
    /// Samples that have as many people as wanted.
    pub covered: u64,
    /// Samples with fewer people than wanted: the pool.
    pub short: u64,
    /// By person, in the order of names.
    pub people: Vec<PlannedPerson>,
}
