//! Who is to annotate what.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Whether an assignment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentState {
    /// The sample is this member's to do.
    Assigned,
    /// It was taken back; work already done on it stays.
    Withdrawn,
}

impl AssignmentState {
    /// The word in files and databases.
    pub fn word(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Withdrawn => "withdrawn",
        }
    }
}
