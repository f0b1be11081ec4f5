//! Who works on a project.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ids::MemberId;

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Role {
    /// Began the project; a lead who can also hand the project over.
    Owner,
    /// Plans, watches agreement, resolves, exports.
    Lead,
    /// Grades what is assigned to them.
    Annotator,
    /// Sees aggregates and exports; labels nothing.
    Observer,
}

/// What kind of rater a member is. A judge is a rater whose kind is `model`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum RaterKind {
    /// A person.
    Person,
    /// A language model that grades.
    Model,
}

/// A member of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Member {
    /// Who.
    pub id: MemberId,
    /// The name shown to others.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Person or model.
    pub kind: RaterKind,
}
