//! Errors of the crates below, as they reach people.

use assay_model::Invalid;
use assay_store::Error as StoreError;

use crate::error::{ApiError, ErrorCode, Place};

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        let message = match invalid.field.as_str() {
            "" => format!("It {}.", invalid.message),
            field => format!("{field} {}.", invalid.message),
        };
        Self {
            code: ErrorCode::Invalid,
            message,
            hint: invalid.hint,
            place: Place { field: Some(invalid.field), ..Place::default() },
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let sentence = format!("{error}.");
        let file = match &error {
            StoreError::Exists { path }
            | StoreError::NotAProject { path, .. }
            | StoreError::NewerSchema { path, .. }
            | StoreError::ReadOnly { path }
            | StoreError::DiskFull { path }
            | StoreError::Busy { path }
            | StoreError::Damaged { path, .. }
            | StoreError::Io { path, .. } => Some(path.display().to_string()),
            _ => None,
        };
        let (code, hint) = match error {
            StoreError::Invalid(invalid) => return invalid.into(),
            StoreError::NotFound { .. } => {
                (ErrorCode::NotFound, "it may have been removed; look at the list of samples")
            }
            StoreError::Exists { .. } => {
                (ErrorCode::Exists, "choose another name, or open the one that is there")
            }
            StoreError::NotAProject { .. } => {
                (ErrorCode::NotAProject, "choose a file that Assay made (.assay)")
            }
            StoreError::NewerSchema { .. } => (ErrorCode::NewerSchema, "update Assay, then open it again"),
            StoreError::ReadOnly { .. } => {
                (ErrorCode::ReadOnly, "make it writable, or copy the project elsewhere and open the copy")
            }
            StoreError::DiskFull { .. } => {
                (ErrorCode::DiskFull, "free some space, then try again; nothing was lost")
            }
            StoreError::Busy { .. } => {
                (ErrorCode::Busy, "wait for the other program to finish, then try again")
            }
            StoreError::StaleRubric { .. } => {
                (ErrorCode::Stale, "look at the newest version and make your change on top of it")
            }
            StoreError::Damaged { .. } => {
                (ErrorCode::NotAProject, "restore a backup; `assay verify` tells more")
            }
            StoreError::Io { .. } => (ErrorCode::Io, "see that the disk is there and works, then try again"),
            StoreError::Sql(_) => (ErrorCode::Internal, "this is a fault of Assay; please report it"),
        };
        let mut found = Self::new(code, capital(&sentence), hint);
        found.place.file = file;
        found
    }
}

fn capital(sentence: &str) -> String {
    if sentence.starts_with('/') {
        return sentence.to_owned();
    }
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
