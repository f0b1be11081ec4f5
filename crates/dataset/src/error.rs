//! What can go wrong with a file, in words that say where, what and what to do (promise 8).
//!
//! The one thing that must stay true: `message` is a whole sentence that can be shown alone, and `hint`
//! says what the person can do.

use std::io;
use std::path::{Path, PathBuf};

use assay_model::Invalid;
use serde::Serialize;
use ts_rs::TS;

/// What is wrong with a file as a whole. The names are stable: scripts switch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FileProblem {
    /// There is no such file.
    Missing,
    /// It is a folder.
    Directory,
    /// It cannot be opened or read.
    Unreadable,
    /// It holds nothing.
    Empty,
    /// It is UTF-16 or UTF-32.
    Utf16,
    /// It is not UTF-8, but Latin-1 or the like.
    NotUtf8,
    /// It holds NUL bytes, so it is not text.
    Nul,
    /// It is some other kind of file (an archive, a Parquet file, a PDF).
    Binary,
    /// No known format fits.
    UnknownFormat,
    /// It is not of the format that was asked for.
    WrongFormat,
    /// A column that is needed is not there, or a column that was named.
    MissingColumn,
    /// It was read, and what it says is refused (a rubric without levels).
    Invalid,
}

/// A file that cannot be used at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error, TS)]
#[error("{message}")]
#[ts(optional_fields)]
pub struct FileError {
    /// The file, as it was named.
    pub file: String,
    /// What is wrong, by name.
    pub problem: FileProblem,
    /// The line at fault, counted from 1, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "number")]
    pub line: Option<u64>,
    /// The field or column at fault, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl FileError {
    pub(crate) fn new(
        file: &str,
        problem: FileProblem,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            problem,
            line: None,
            field: None,
            message: message.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn at(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        let file = path.display().to_string();
        match error.kind() {
            io::ErrorKind::NotFound => Self::new(
                &file,
                FileProblem::Missing,
                format!("There is no file {file}."),
                "check the path; names are case-sensitive on most systems",
            ),
            io::ErrorKind::PermissionDenied => Self::new(
                &file,
                FileProblem::Unreadable,
                format!("{file} may not be read by you."),
                "change its permissions, or copy it to a place of your own",
            ),
            io::ErrorKind::IsADirectory => Self::directory(&file),
            _ => Self::new(
                &file,
                FileProblem::Unreadable,
                format!("{file} cannot be read: {}.", plainly(error)),
                "check the disk or the network drive, and try again",
            ),
        }
    }

    pub(crate) fn directory(file: &str) -> Self {
        Self::new(
            file,
            FileProblem::Directory,
            format!("{file} is a folder, not a file."),
            "name the files inside it",
        )
    }
}

/// One line, row or element that cannot be used. The others may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error, TS)]
#[error("{file}:{line}: {message}")]
#[ts(optional_fields)]
pub struct LineError {
    /// The file, as it was named.
    pub file: String,
    /// The line where the record begins, counted from 1.
    #[ts(type = "number")]
    pub line: u64,
    /// The field at fault, as a dotted path (`responses[1].text`) or a column name; `None` for the whole line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl LineError {
    pub(crate) fn new(file: &str, line: u64, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, field: None, message: message.into(), hint: hint.into() }
    }

    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub(crate) fn of(file: &str, line: u64, fault: Fault) -> Self {
        Self { file: file.to_owned(), line, field: fault.field, message: fault.message, hint: fault.hint }
    }
}

/// What is wrong with one record, before it is known where the record lay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub field: Option<String>,
    pub message: String,
    pub hint: String,
}

impl Fault {
    pub fn new(field: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            field: (!field.is_empty()).then(|| field.to_owned()),
            message: message.into(),
            hint: hint.into(),
        }
    }
}

impl From<Invalid> for Fault {
    fn from(invalid: Invalid) -> Self {
        let Invalid { field, message, hint } = invalid;
        let message =
            if field.is_empty() { format!("The record {message}.") } else { format!("{field} {message}.") };
        Self::new(&field, message, hint)
    }
}

/// What the system answered, as people say it: without the number of the error.
pub fn plainly(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "the folder is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "you have no permission for it".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "its disk is read-only".to_owned(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_lowercase()
        }
    }
}

/// Everything this crate can answer with instead of a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be used at all: name another one or repair it.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line cannot be used: repair it, or go on without it.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The folder of an export holds something that is not ours: choose another.
    #[error("{} is not empty, and {found} in it is not part of an earlier export.", .folder.display())]
    ForeignFolder {
        /// The folder.
        folder: PathBuf,
        /// A file in it that no export of ours wrote.
        found: String,
    },
    /// The dataset would be one that trainers accept and learn nothing good from: change the options.
    #[error("{message}")]
    Refused {
        /// Stable name of the reason: `no_rows`, `one_class`, `bad_options`.
        code: &'static str,
        /// What is wrong, as a sentence.
        message: String,
        /// What to do.
        hint: String,
    },
    /// Writing failed (disk full, read-only): nothing was left behind at the target.
    #[error("{} cannot be written: {}.", .path.display(), plainly(.source))]
    Write {
        /// What could not be written.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl Error {
    /// The stable name of the error, for scripts and the window.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(_) => "bad_file",
            Self::Line(_) => "bad_line",
            Self::ForeignFolder { .. } => "foreign_folder",
            Self::Refused { code, .. } => code,
            Self::Write { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "disk_full",
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "read_only",
                _ => "cannot_write",
            },
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        match self {
            Self::File(error) => &error.hint,
            Self::Line(error) => &error.hint,
            Self::ForeignFolder { .. } => "choose a new or empty folder; nothing there was touched",
            Self::Refused { hint, .. } => hint,
            Self::Write { .. } => match self.code() {
                "disk_full" => "free some space or choose another disk; nothing was left behind",
                "read_only" => "choose a folder that you may write to",
                _ => "check the disk and the path, and try again",
            },
        }
    }
}
