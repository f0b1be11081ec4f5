//! What can go wrong with a project's database, told by what the caller can do about it.

use std::fmt;
use std::path::{Path, PathBuf};

use assay_model::{Invalid, RubricId};
use rusqlite::ErrorCode;

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// A noun that was asked for by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A sample.
    Sample,
    /// A version of the rubric.
    Rubric,
    /// A member.
    Member,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sample => "sample",
            Self::Rubric => "rubric version",
            Self::Member => "member",
        })
    }
}

/// Why something was not done. Whatever the variant, nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The project holds no such thing: it was removed, or the id is of another project.
    #[error("there is no {what} {id} in this project")]
    NotFound {
        /// What was asked for.
        what: What,
        /// The id that was asked for.
        id: String,
    },
    /// There is a file already: choose another name, or open it.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Not an Assay project: choose another file.
    #[error("{} is not an Assay project: {detail}", path.display())]
    NotAProject {
        /// The file.
        path: PathBuf,
        /// How that was seen.
        detail: String,
    },
    /// Written by a newer Assay: update this one.
    #[error(
        "{} was written by a newer Assay (schema {found}; this one knows {supported})",
        path.display()
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema this build knows.
        supported: u32,
    },
    /// The file, its folder or its disk cannot be written: change that, or copy the project elsewhere.
    #[error("{} cannot be written: the file, its folder or its disk is read-only", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// No room: free some, then try again.
    #[error("the disk that holds {} is full", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Another process kept the project locked for too long: try again.
    #[error("another program is writing to {}", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Somebody made a newer version of the rubric: begin again from that one.
    #[error("the rubric has a newer version, {current}")]
    StaleRubric {
        /// The current version.
        current: RubricId,
    },
    /// The value was refused; it says which field and what to do.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The file is damaged: restore a backup.
    #[error("{} is damaged: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Any other error of SQLite: a fault of Assay.
    #[error("database error: {0}")]
    Sql(rusqlite::Error),
}

impl Error {
    pub(crate) fn not_found(what: What, id: impl fmt::Display) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    pub(crate) fn damaged(detail: impl Into<String>) -> Self {
        Self::Damaged { path: PathBuf::new(), detail: detail.into() }
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        let path = path.to_owned();
        match source.kind() {
            Kind::AlreadyExists => Self::Exists { path },
            Kind::PermissionDenied | Kind::ReadOnlyFilesystem => Self::ReadOnly { path },
            Kind::StorageFull | Kind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { path, source },
        }
    }

    /// The same error, naming the file where it does not yet. SQLite's own errors do not know it.
    pub(crate) fn at(mut self, file: &Path) -> Self {
        match &mut self {
            Self::ReadOnly { path }
            | Self::DiskFull { path }
            | Self::Busy { path }
            | Self::NotAProject { path, .. }
            | Self::Damaged { path, .. }
            | Self::Io { path, .. }
                if path.as_os_str().is_empty() =>
            {
                file.clone_into(path);
            }
            _ => {}
        }
        self
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let path = PathBuf::new();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            // A folder in which the write-ahead log cannot be made answers “cannot open”.
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::ReadOnly { path }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::NotADatabase) => {
                Self::NotAProject { path, detail: "it is not a SQLite file".to_owned() }
            }
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, detail: error.to_string() },
            Some(ErrorCode::SystemIoFailure) => {
                Self::Io { path, source: std::io::Error::other(error.to_string()) }
            }
            _ => match error {
                // A column or a body that does not hold what the schema says.
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..) => {
                    Self::Damaged { path, detail: error.to_string() }
                }
                other => Self::Sql(other),
            },
        }
    }
}
