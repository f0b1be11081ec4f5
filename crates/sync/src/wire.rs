//! Requests and answers, protocol version 1.
//!
//! Everything travels as JSON; unknown fields are ignored, so that a newer side may say more. A fact's body
//! is kept as the text that its author wrote, so that it is the same bytes everywhere.

pub use assay_model::{AnnotationBody, AssignmentBody, Kind, MemberBody, ResolutionBody, RubricBody};
use assay_model::{DeviceId, FactId, MemberId, ProjectId, Role, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::digest::Digest;
use crate::whole::{maybe_whole, moment, whole};

/// The protocol that this build speaks. A hub serves this version and tells any other what to do.
pub const PROTOCOL: u32 = 1;

/// The most facts in one request or answer.
pub const MAX_FACTS: usize = 2000;

/// A name of a person, project or device: what can be read, and not nothing.
#[cfg(feature = "schema")]
const NAME: &str =
    r"^[^\u0000-\u001F\u007F-\u009F]*[^\s\u0000-\u001F\u007F-\u009F][^\u0000-\u001F\u007F-\u009F]*$";
/// As [`NAME`], or nothing.
#[cfg(feature = "schema")]
const READABLE: &str =
    r"^([^\u0000-\u001F\u007F-\u009F]*[^\s\u0000-\u001F\u007F-\u009F][^\u0000-\u001F\u007F-\u009F]*)?$";

/// A fact on its way. The hub's place for it stands beside it ([`Placed`]), for it has none when it is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WireFact {
    /// Made where the fact was made.
    pub id: FactId,
    /// What it is.
    pub kind: Kind,
    /// Who did it.
    pub author: MemberId,
    /// On which device.
    pub device: DeviceId,
    /// The how-manieth fact of that device, from 1.
    #[serde(deserialize_with = "whole")]
    pub device_no: u64,
    /// When, by that device's clock. Milliseconds since 1970.
    #[serde(deserialize_with = "moment")]
    pub time: Timestamp,
    /// What was done, as its author wrote it.
    pub body: Box<RawValue>,
}

impl WireFact {
    /// The body as its noun.
    pub fn parse<Body: DeserializeOwned>(&self) -> Result<Body, serde_json::Error> {
        serde_json::from_str(self.body.get())
    }
}

/// A fact with its place in the hub's sequence.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "FlatPlaced")]
pub struct Placed {
    /// Its place, from 1 upwards.
    pub seq: u64,
    /// The fact.
    #[serde(flatten)]
    pub fact: WireFact,
    /// What it brings along for this member: the sample of an assignment. Not part of the member's feed
    /// and not counted in the digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carries: Vec<Placed>,
}

/// A [`Placed`] as it is read: a flattened raw body can be written, but not read.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct FlatPlaced {
    #[serde(deserialize_with = "whole")]
    seq: u64,
    id: FactId,
    kind: Kind,
    author: MemberId,
    device: DeviceId,
    #[serde(deserialize_with = "whole")]
    device_no: u64,
    #[serde(deserialize_with = "moment")]
    time: Timestamp,
    body: Box<RawValue>,
    #[serde(default)]
    carries: Vec<Placed>,
}

impl From<FlatPlaced> for Placed {
    fn from(flat: FlatPlaced) -> Self {
        let FlatPlaced { seq, id, kind, author, device, device_no, time, body, carries } = flat;
        Self { seq, fact: WireFact { id, kind, author, device, device_no, time, body }, carries }
    }
}

/// How much of a project a member may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// All facts: owners, leads and observers.
    All,
    /// What is for every member, and what is this member's own: annotators.
    Own,
}

impl View {
    /// What a role sees.
    pub fn of(role: Role) -> Self {
        match role {
            Role::Owner | Role::Lead | Role::Observer => Self::All,
            Role::Annotator => Self::Own,
        }
    }
}

/// How far a laptop has read. It says which hub it read and what it saw there, so that another hub, or one
/// put back from a backup, is noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cursor {
    /// The hub's epoch; made anew when a hub's database is.
    pub epoch: String,
    /// What the member could see when this was read.
    pub view: View,
    /// Everything up to this place was read.
    #[serde(deserialize_with = "whole")]
    pub seq: u64,
    /// What the hub says of that place; another value there means another history. Empty at 0.
    pub mark: String,
}

/// One step of a sync: what the laptop has to send, and from where on it wants to read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SyncRequest {
    /// The protocol spoken.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1)))]
    #[serde(deserialize_with = "whole")]
    pub protocol: u32,
    /// The program and its version, for the hub's log.
    pub client: String,
    /// How far was read; `None` for from the beginning.
    pub cursor: Option<Cursor>,
    /// What to take in, at most [`MAX_FACTS`], in an order in which nothing comes before what it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 2000)))]
    pub facts: Vec<WireFact>,
    /// The most facts wanted back.
    #[serde(deserialize_with = "whole")]
    pub limit: usize,
}

/// Why a fact was refused, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The number of this device belongs to another fact: a restored backup or a copied disk. The laptop
    /// takes a new device id and sends again.
    DeviceFork,
    /// The id belongs to a fact with other content.
    IdTaken,
    /// The body is not what its kind says, or does not fit rubric or sample.
    Invalid,
    /// This member may not write this.
    NotAllowed,
    /// It names a sample, rubric version or member that the hub does not have.
    Unknown,
    /// The rubric has a newer version already: begin again from that one.
    RubricConflict,
    /// Another sample has this external id.
    SampleConflict,
}

/// Why a fact was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// What became of a fact that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is on the hub, at this place; now, or since it was sent before.
    Accepted(u64),
    /// It is not on the hub.
    Refused(Refusal),
}

/// What became of which fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// The fact.
    pub id: FactId,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// The answer to a step of a sync.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SyncAnswer {
    /// One for each fact that was sent, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipts: Vec<Receipt>,
    /// What the member may see after the cursor, in the hub's order, without what this request brought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Placed>,
    /// How far this answer reads.
    pub cursor: Cursor,
    /// Whether there is more after it.
    #[serde(default)]
    pub more: bool,
    /// All that the member may see, up to the cursor; said when there is no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// What the member may do now.
    pub role: Role,
    /// The dimensions whose numbers this request changed, or all at the end of a first read; as far as the
    /// member may see them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreement: Vec<DimensionNumbers>,
    /// Dimensions of whose numbers this member may be told nothing, for too few people graded. What was told
    /// before holds no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<String>,
}

/// Where agreement on one dimension stands: point values, without raters' names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DimensionNumbers {
    /// The dimension's id.
    pub dimension: String,
    /// Units (a response of a sample) with a grade.
    pub units: u64,
    /// Units with two grades or more.
    pub units_paired: u64,
    /// People who graded.
    pub raters: u64,
    /// Grades.
    pub ratings: u64,
    /// Those coefficients that do not need raters' identities, as in `assay.agreement/1`.
    pub coefficients: Vec<PointNumber>,
}

/// The point value of one coefficient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PointNumber {
    /// Its name, as in `assay.agreement/1`.
    pub coefficient: String,
    /// Its weights.
    pub weights: Option<String>,
    /// The value, to the last bit what a computation from scratch gives; null where it is undefined.
    #[serde(default, deserialize_with = "to_the_last_bit")]
    pub value: Option<f64>,
    /// Why it is undefined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// A number as it was written: `serde_json` by itself reads some numbers with another last bit.
fn to_the_last_bit<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let text = Option::<Box<RawValue>>::deserialize(from)?;
    text.map(|text| text.get().parse().map_err(serde::de::Error::custom)).transpose()
}

/// What others did on a sample.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Others {
    /// The submission that counts of everybody but whoever asks, in the order of their names: bodies of
    /// `annotation` facts.
    pub works: Vec<SampleWord>,
    /// A lead's final word: the body of a `resolution` fact.
    pub resolution: Option<SampleWord>,
}

/// What one member said of a sample.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SampleWord {
    /// Who.
    pub member: MemberBody,
    /// When, by their device's clock.
    pub time: Timestamp,
    /// The body of the fact, as its author wrote it.
    pub body: Box<RawValue>,
}

/// Why a request was not served, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HubCode {
    /// The request is not understood.
    BadRequest,
    /// No token, or one that the hub does not know, has revoked or let expire.
    NotSignedIn,
    /// This member may not do this, or was removed from the project.
    NotAllowed,
    /// There is no such thing, or it is not for this member to know of.
    NotFound,
    /// The invite is unknown, used or expired.
    BadInvite,
    /// There is such a thing already.
    Exists,
    /// The laptop read another hub, or this one before it was put back from a backup: read from the
    /// beginning and send all again.
    EpochChanged,
    /// The member's role changed what they may see: read from the beginning.
    ViewChanged,
    /// The hub speaks another protocol: update the older side.
    OtherProtocol,
    /// More than the hub takes at once.
    TooLarge,
    /// Too many requests: wait.
    TooMany,
    /// The hub cannot serve now: wait and send again.
    Unavailable,
    /// A fault of the hub.
    Internal,
}

/// An error as the hub says it: the body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{message}")]
pub struct HubError {
    /// For programs.
    pub code: HubCode,
    /// One sentence: what happened.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// How long to wait before trying again, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

/// Uses an invite. Sent again with the same token, it answers the same: a lost answer costs nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JoinRequest {
    /// The protocol spoken.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1)))]
    #[serde(deserialize_with = "whole")]
    pub protocol: u32,
    /// The invite's code.
    pub code: String,
    /// The token that this device will show from now on, made by it at random ([`crate::secret`]); the hub
    /// keeps its hash.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")))]
    pub token: String,
    /// The name that others see; the invite's where it is empty.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 120), regex(pattern = READABLE)))]
    pub name: String,
    /// What to call this device in the list of devices.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 120), regex(pattern = READABLE)))]
    pub device: String,
}

/// What an invite gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JoinAnswer {
    /// The project joined; `None` for an invite to the hub itself, which allows to publish projects.
    pub project: Option<JoinedProject>,
    /// Whether projects may be published to this hub.
    pub may_publish: bool,
    /// The name that others see.
    pub name: String,
}

/// A project as its member sees it from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JoinedProject {
    /// The project.
    pub project: ProjectId,
    /// Its name.
    pub name: String,
    /// Who the person is in it.
    pub member: MemberId,
    /// What they may do.
    pub role: Role,
}

/// Makes a place for a project on the hub. The facts follow by sync.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PublishRequest {
    /// The protocol spoken.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1)))]
    #[serde(deserialize_with = "whole")]
    pub protocol: u32,
    /// The project.
    pub project: ProjectId,
    /// Its name.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 120), regex(pattern = NAME)))]
    pub name: String,
    /// Who the person is in it.
    pub member: MemberId,
    /// The name that others see.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 120), regex(pattern = NAME)))]
    pub person: String,
}

/// Makes an invite.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InviteRequest {
    /// For whom; the name they get unless they give another.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 120), regex(pattern = NAME)))]
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// How long it can be used, in hours; 168 where it is missing, 2160 at most.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_whole")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 2160)))]
    pub hours: Option<u32>,
    /// For another device of this member, who stays who they are: name and role of the invite do not count.
    /// Everybody may invite a device of their own. Owners may invite one of everybody's, leads one of
    /// everybody's but owners'; it opens this project alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// The fact that named that member first, where the hub may have lost it: it was put back from a backup that is
    /// older than they are. Where it does not know them, they are a member again, with the name and role given here;
    /// leads may do that for everybody but owners.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<WireFact>,
}

/// An invite just made. The code is said this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InviteAnswer {
    /// By which it can be revoked.
    pub id: String,
    /// What the invited person pastes.
    pub code: String,
    /// When it stops working.
    pub expires: Timestamp,
}

/// An invite that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InviteLine {
    /// By which it can be revoked.
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

/// A member as leads see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemberLine {
    /// Who, and what they may do.
    #[serde(flatten)]
    pub member: MemberBody,
    /// When one of their devices last synced.
    pub last_seen: Option<Timestamp>,
    /// Samples assigned to them now.
    pub assigned: u64,
    /// Samples they have submitted.
    pub submitted: u64,
    /// Samples they have passed over.
    pub skipped: u64,
    /// Their devices. A member sees their own; leads see all.
    pub devices: Vec<DeviceLine>,
}

/// A device that may speak for a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceLine {
    /// By which it can be revoked.
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

/// Changes a member.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemberChange {
    /// Their new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Their new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 120), regex(pattern = NAME)))]
    pub name: Option<String>,
    /// False removes them: their tokens no longer open this project, their work stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}
