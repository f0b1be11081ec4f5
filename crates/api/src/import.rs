//! Samples from files into a project.
//!
//! A bad line changes nothing. Small files go in by one transaction that is let go when something is wrong.
//! Larger ones are read to their end first; then their samples go in by bounded batches, between which a
//! person's own work gets its turn at the database, and an import that is stopped, or clashes with what is
//! there, takes its batches out again.

mod feed;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use assay_dataset::read::{self, ReadOptions};
use assay_dataset::{FileError, FileProblem, Format, LineError};
use assay_store::Store;

use self::feed::Files;
use self::write::Writing;

use crate::error::{ApiError, ErrorCode, Place, Result};
use crate::jobs::Running;
use crate::wire::{
    BadLine, FormatInfo, ImportPreview, ImportReport, Job, JobOutcome, Nothing, PreviewImport, StartImport,
};
use crate::{App, may};

/// Samples shown by a preview.
const PREVIEWED: usize = 20;

impl From<LineError> for BadLine {
    fn from(error: LineError) -> Self {
        Self {
            file: error.file,
            line: error.line,
            field: error.field.unwrap_or_default(),
            message: error.message,
            hint: error.hint,
        }
    }
}

impl From<LineError> for ApiError {
    fn from(error: LineError) -> Self {
        let mut found = Self::new(ErrorCode::Invalid, error.message, error.hint);
        found.place = Place { file: Some(error.file), line: Some(error.line), field: error.field };
        found
    }
}

impl From<FileError> for ApiError {
    fn from(error: FileError) -> Self {
        let code = match error.problem {
            FileProblem::Missing => ErrorCode::NotFound,
            FileProblem::Unreadable => ErrorCode::Io,
            _ => ErrorCode::Invalid,
        };
        let mut found = Self::new(code, error.message, error.hint);
        found.place = Place { file: Some(error.file), line: error.line, field: error.field };
        found
    }
}

pub(crate) fn formats(_: &App, _: Nothing) -> Result<Vec<FormatInfo>> {
    let about = |format: Format| match format {
        Format::Assay => "One sample a line: messages or prompt, responses, and what production knew",
        Format::Chat => "Conversations whose last message is the answer to grade",
        Format::Pairs => "A prompt and a response a line, under any usual names",
        Format::Preferences => "A prompt with a chosen and a rejected answer, which come in as two responses",
        Format::Csv => "A table with a header; columns are matched to fields",
        Format::Tsv => "A table separated by tabs; columns are matched to fields",
        Format::Events => "Events of a product: thumbs, reasons, users’ edits, automated checks",
    };
    let info = |format: Format| FormatInfo {
        id: format.name().to_owned(),
        name: format.title().to_owned(),
        description: about(format).to_owned(),
    };
    Ok(Format::ALL.into_iter().map(info).collect())
}

fn read_options(format: Option<&str>, map: Option<&BTreeMap<String, String>>) -> Result<ReadOptions> {
    let format = match format {
        None => None,
        Some(name) => Some(name.parse::<Format>().map_err(|_| {
            let known: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
            ApiError::new(
                ErrorCode::Invalid,
                format!("“{name}” is not a format."),
                format!("use one of {}", known.join(", ")),
            )
        })?),
    };
    Ok(ReadOptions { format, map: map.cloned().unwrap_or_default(), ..ReadOptions::default() })
}

pub(crate) fn preview(_: &App, request: PreviewImport) -> Result<ImportPreview> {
    let path = Path::new(&request.path);
    let options = read_options(request.format.as_deref(), request.map.as_ref())?;
    let why = match &request.format {
        Some(_) => "it was chosen".to_owned(),
        None => read::detect(path)?.why,
    };
    let bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
    let fields = read::FIELDS.iter().map(|&field| field.to_owned()).collect();
    let seen = match read::preview(path, options, PREVIEWED) {
        Ok(seen) => seen,
        // A table whose columns are not known yet: the person says which is which, so show what there is.
        Err(error) if error.problem == FileProblem::MissingColumn => {
            let detected = read::detect(path)?;
            let guessed = read::guess_mapping(&detected.columns);
            return Ok(ImportPreview {
                format: request.format.unwrap_or_else(|| detected.format.name().to_owned()),
                why,
                map: request.map.unwrap_or(guessed),
                columns: detected.columns,
                fields,
                samples: Vec::new(),
                problems: vec![BadLine {
                    file: error.file,
                    line: error.line.unwrap_or(1),
                    field: error.field.unwrap_or_default(),
                    message: error.message,
                    hint: error.hint,
                }],
                bytes,
            });
        }
        Err(error) => return Err(error.into()),
    };
    Ok(ImportPreview {
        format: seen.format.name().to_owned(),
        why,
        columns: seen.columns,
        fields,
        map: seen.mapping,
        samples: seen.records.into_iter().map(|record| record.sample).collect(),
        problems: seen.problems.into_iter().map(BadLine::from).collect(),
        bytes,
    })
}

pub(crate) fn start(app: &App, request: StartImport) -> Result<Job> {
    let store = app.store(&request.project)?;
    may::lead(&store, "import samples")?;
    if request.paths.is_empty() {
        return Err(ApiError::new(ErrorCode::BadRequest, "No file was named.", "name at least one file"));
    }
    let options = read_options(request.format.as_deref(), request.map.as_ref())?;
    let title = match request.paths.as_slice() {
        [one] => format!("Importing {}", Path::new(one).file_name().unwrap_or_default().to_string_lossy()),
        many => format!("Importing {} files", many.len()),
    };
    app.jobs().start(title, move |job| {
        run(&store, &request.paths, &options, request.keep_good, job).map(JobOutcome::Import)
    })
}

fn run(
    store: &Store,
    paths: &[String],
    options: &ReadOptions,
    keep_good: bool,
    job: &Running,
) -> Result<ImportReport> {
    let files = Files::new(paths, options);
    let mut writing = Writing::new(store, &files, keep_good)?;
    let written = if files.are_small() {
        writing.at_once(job)
    } else {
        let read = files.check(&|part, lines| job.progress(part * 0.5, || format!("{lines} lines read")))?;
        read.report(&mut writing.report);
        if writing.report.rejected_count > 0 && !keep_good {
            writing.report.refused = true;
            writing.report.already_there = 0;
            return Ok(writing.report);
        }
        room_for(store, files.total).and_then(|()| writing.in_batches(job))
    };
    match written {
        Ok(()) if writing.report.refused => {
            writing.take_out()?;
            Ok(writing.report)
        }
        Ok(()) => Ok(writing.report),
        Err(mut error) => {
            let added = writing.report.added;
            if writing.take_out().is_err() && added > 0 {
                // Taking out needs space as well, and there is none.
                error.hint = format!(
                    "free some space, then import the file again; {added} samples went in before and stay"
                );
            }
            Err(error)
        }
    }
}

/// Refuses an import that the disk has no room for, before it begins.
fn room_for(store: &Store, bytes: u64) -> Result<()> {
    // The text itself, its place in the write-ahead log, and what the indexes take.
    let wanted = bytes.saturating_mul(2);
    match store.path().parent().map(fs4::available_space) {
        Some(Ok(free)) if free < wanted => Err(ApiError::new(
            ErrorCode::DiskFull,
            format!("The import needs about {} MB of disk, and {} MB are free.", wanted >> 20, free >> 20),
            "free some space, or move the project to another disk; nothing was changed",
        )
        .in_file(store.path().display().to_string())),
        _ => Ok(()),
    }
}
