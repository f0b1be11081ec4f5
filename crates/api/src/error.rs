//! What went wrong, for people and for programs: one sentence, where it happened, what to do; and a code
//! on which a program may switch.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Codes that callers tell apart. A code exists only when something uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request itself is not understood.
    BadRequest,
    /// There is no such project, sample, job….
    NotFound,
    /// A value was refused; `where` names the field.
    Invalid,
    /// Something of that name is there already.
    Exists,
    /// The file is not an Assay project, or is damaged.
    NotAProject,
    /// The project was made by a newer Assay.
    NewerSchema,
    /// The disk or file does not take writes.
    ReadOnly,
    /// No space is left.
    DiskFull,
    /// Another window has this project open.
    InUse,
    /// Another process is writing and did not finish in time.
    Busy,
    /// Somebody changed it meanwhile.
    Stale,
    /// The person stopped it.
    Cancelled,
    /// A file could not be read or written.
    Io,
    /// The hub, or the network on the way to it, cannot be reached.
    Offline,
    /// The hub does not know this laptop, or no longer: join again with an invite.
    NotSignedIn,
    /// This person may not do this in the team.
    NotAllowed,
    /// The project belongs to no hub.
    NoHub,
    /// The hub speaks another version of the protocol.
    OtherProtocol,
    /// A fault of Assay itself.
    Internal,
}

/// Where it happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Place {
    /// The file's path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number")]
    pub line: Option<u64>,
    /// The field, as a dotted path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// An error as it reaches a person or a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What kind of failure.
    pub code: ErrorCode,
    /// One sentence: what happened.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// Where.
    #[serde(rename = "where")]
    #[ts(rename = "where")]
    pub place: Place,
}

/// What every use case answers.
pub type Result<T> = std::result::Result<T, ApiError>;

impl ApiError {
    /// An error without a place.
    pub fn new(code: ErrorCode, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into(), place: Place::default() }
    }

    /// The same error, in that file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.place.file = Some(file.into());
        self
    }

    /// The same error, at that line.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.place.line = Some(line);
        self
    }
}
