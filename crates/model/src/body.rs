//! What facts say: the bodies of those kinds whose noun is not the whole body.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::annotation::Annotation;
use crate::assignment::AssignmentState;
use crate::fact::Timestamp;
use crate::ids::{MemberId, RubricId, SampleId};
use crate::member::{RaterKind, Role};
use crate::resolution::Resolution;
use crate::rubric::Rubric;

/// The kinds of facts that travel, in the order in which a laptop sends them: nothing comes before what it
/// names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "FactKind")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Kind {
    /// A member, or a change of one: [`MemberBody`].
    Member,
    /// A whole version of the settings: [`Settings`](crate::Settings).
    Settings,
    /// A version of the rubric: [`RubricBody`].
    Rubric,
    /// A sample: [`Sample`](crate::Sample).
    Sample,
    /// An assignment, or its withdrawal: [`AssignmentBody`].
    Assignment,
    /// One revision of somebody's work on a sample: [`AnnotationBody`].
    Annotation,
    /// A lead's final word on a sample: [`ResolutionBody`].
    Resolution,
}

impl Kind {
    /// All kinds, in the order in which they are sent.
    pub const ALL: [Kind; 7] = [
        Self::Member,
        Self::Settings,
        Self::Rubric,
        Self::Sample,
        Self::Assignment,
        Self::Annotation,
        Self::Resolution,
    ];

    /// The word on the wire and in databases.
    pub fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Settings => "settings",
            Self::Rubric => "rubric",
            Self::Sample => "sample",
            Self::Assignment => "assignment",
            Self::Annotation => "annotation",
            Self::Resolution => "resolution",
        }
    }

    /// The kind of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// The body of a `member` fact. The first of a member has the member's id as its own; later ones change
/// name, role or activity. Written by the hub, or by a lead for a rater whose work was read from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemberBody {
    /// Who.
    pub id: MemberId,
    /// The name shown to others.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Person or model.
    pub kind: RaterKind,
    /// False for somebody who was removed: their work stays, and they sync no more.
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// The body of a `rubric` fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RubricBody {
    /// Counted from 1.
    pub version: u32,
    /// The version that it succeeds. There is one successor of each.
    pub parent: Option<RubricId>,
    /// The rubric itself.
    pub rubric: Rubric,
}

/// The body of an `assignment` fact. The newest fact of a sample and a member, in the hub's order, counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentBody {
    /// What is to be annotated.
    pub sample: SampleId,
    /// By whom.
    pub member: MemberId,
    /// Assigned, or taken back.
    pub state: AssignmentState,
    /// When it should be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// When the hub takes it back, if nothing was submitted by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// The body of an `annotation` fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnnotationBody {
    /// What was annotated.
    pub sample: SampleId,
    /// Whose work it is; the author, unless a lead read it from a file.
    pub member: MemberId,
    /// Counted from 1 for each sample and member; the greatest (revision, id) counts.
    pub revision: u32,
    /// The work, its state and its rubric version.
    pub annotation: Annotation,
}

/// The body of a `resolution` fact. The newest of a sample, in the hub's order, counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResolutionBody {
    /// On which sample.
    pub sample: SampleId,
    /// The word itself.
    pub resolution: Resolution,
}
