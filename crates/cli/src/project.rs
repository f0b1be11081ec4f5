//! Projects: made, filled, looked over, copied.

use std::collections::BTreeMap;
use std::path::Path;

use assay_api::wire::{
    Home, ImportReport, JobOutcome, NewProject, Nothing, OfProject, Project, StartImport, Verified,
    WorkFromFile, WorkReport,
};
use assay_api::{ApiError, App, ErrorCode, Result};
use serde_json::json;

use crate::args::{self, Args};
use crate::output::{Output, call, count, run_job};

/// The project that the arguments name: `--project`, else the only one in the home folder.
pub fn named(app: &App, args: &Args) -> Result<String> {
    if let Some(project) = &args.project {
        return Ok(project.clone());
    }
    let home: Home = call(app, "home.get", &Nothing {})?;
    match home.projects.as_slice() {
        [one] => Ok(one.file.clone()),
        [] => Err(ApiError::new(
            ErrorCode::NotFound,
            format!("There is no project in {}.", home.folder),
            "make one with `assay new NAME`, or name a file with --project",
        )),
        many => {
            let names: Vec<&str> = many.iter().map(|project| project.name.as_str()).collect();
            Err(ApiError::new(
                ErrorCode::BadRequest,
                format!("There are {} projects in {}.", many.len(), home.folder),
                format!("name one with --project: {}", names.join(", ")),
            ))
        }
    }
}

fn path_text(path: &Path) -> String {
    path.display().to_string()
}

pub fn new(app: &App, out: &Output, new: &args::New) -> Result<()> {
    let rubric = match &new.rubric {
        Some(path) => Some(assay_dataset::rubric::read(path)?),
        None => None,
    };
    let request = NewProject { name: new.name.clone(), person: new.person.clone(), rubric };
    let project: Project = call(app, "project.create", &request)?;
    let dimensions: Vec<&str> = project.rubric.rubric.dimensions.iter().map(|d| d.id.as_str()).collect();
    out.say(format!("Made {} with the rubric “{}”.", project.file, project.rubric.rubric.name));
    out.value(&json!({
        "file": project.file, "id": project.id, "name": project.settings.name,
        "rubric_version": project.rubric.version, "dimensions": dimensions,
    }));
    Ok(())
}

pub fn list(app: &App, out: &Output) -> Result<()> {
    let home: Home = call(app, "home.get", &Nothing {})?;
    out.value(&home);
    if home.projects.is_empty() {
        out.say(format!("No project in {} yet.", home.folder));
    }
    for project in &home.projects {
        let state = match &project.problem {
            Some(problem) => problem.message.clone(),
            None => format!("{} of {} done", project.counts.done, count(project.counts.samples, "sample")),
        };
        out.say(format!("{}  {}  {state}", project.name, project.file));
    }
    Ok(())
}

fn mapping(pairs: &[String]) -> Result<Option<BTreeMap<String, String>>> {
    if pairs.is_empty() {
        return Ok(None);
    }
    let split = |pair: &String| match pair.split_once('=') {
        Some((field, column)) if !field.is_empty() && !column.is_empty() => {
            Ok((field.trim().to_owned(), column.trim().to_owned()))
        }
        _ => Err(ApiError::new(
            ErrorCode::BadRequest,
            format!("“{pair}” is not a mapping."),
            "write --map field=column, like --map prompt=question",
        )),
    };
    pairs.iter().map(split).collect::<Result<_>>().map(Some)
}

pub fn import(app: &App, out: &Output, args: &Args, import: &args::Import) -> Result<()> {
    let request = StartImport {
        project: named(app, args)?,
        paths: import.files.iter().map(|path| path_text(path)).collect(),
        format: import.format.clone(),
        map: mapping(&import.map)?,
        keep_good: import.keep_good,
    };
    let JobOutcome::Import(report) = run_job(app, "import.start", &request)? else {
        return Err(ApiError::new(ErrorCode::Internal, "The import answered something else.", "try again"));
    };
    show_import(out, &report)
}

fn show_import(out: &Output, report: &ImportReport) -> Result<()> {
    let rejected: Vec<_> = report
        .rejected
        .iter()
        .map(|line| {
            json!({
                "where": { "file": line.file, "line": line.line, "field": line.field },
                "why": line.message, "hint": line.hint,
            })
        })
        .collect();
    out.value(&json!({
        "added": report.added, "already_there": report.already_there, "labels": report.labels,
        "rejected": rejected, "rejected_count": report.rejected_count,
    }));
    for line in &report.rejected {
        // Most sentences name their field.
        let field = Some(&line.field).filter(|field| !line.message.contains(field.as_str()));
        let field = field.map(|field| format!("{field}: ")).unwrap_or_default();
        out.say(format!("{}:{}: {field}{}", line.file, line.line, line.message));
    }
    let unlisted = report.rejected_count - report.rejected.len() as u64;
    if unlisted > 0 {
        out.say(format!("… and {} more.", count(unlisted, "line")));
    }
    if report.refused {
        let mut error = ApiError::new(
            ErrorCode::Invalid,
            format!("{} cannot be imported, so nothing was.", count(report.rejected_count, "line")),
            "repair them, or import the others with --keep-good",
        );
        if let Some(first) = report.rejected.first() {
            error.place.file = Some(first.file.clone());
            error.place.line = Some(first.line);
            error.place.field = Some(first.field.clone()).filter(|field| !field.is_empty());
        }
        return Err(error);
    }
    let mut parts = vec![format!("Added {}", count(report.added, "sample"))];
    if report.labels > 0 {
        parts.push(format!("with {}", count(report.labels, "label")));
    }
    if report.already_there > 0 {
        parts.push(format!("{} already there", report.already_there));
    }
    if report.rejected_count > 0 {
        parts.push(format!("{} left out", count(report.rejected_count, "line")));
    }
    out.say(format!("{}.", parts.join(", ")));
    Ok(())
}

pub fn annotate(app: &App, out: &Output, args: &Args, annotate: &args::Annotate) -> Result<()> {
    let request = WorkFromFile {
        project: named(app, args)?,
        path: path_text(&annotate.file),
        rater: Some(annotate.rater.clone()),
        model: annotate.model,
    };
    let report: WorkReport = call(app, "annotations.from_file", &request)?;
    show_work(out, &report, "annotation");
    Ok(())
}

pub fn resolve(app: &App, out: &Output, args: &Args, resolve: &args::Resolve) -> Result<()> {
    let request = WorkFromFile {
        project: named(app, args)?,
        path: path_text(&resolve.file),
        rater: None,
        model: false,
    };
    let report: WorkReport = call(app, "resolutions.from_file", &request)?;
    show_work(out, &report, "resolution");
    Ok(())
}

fn show_work(out: &Output, report: &WorkReport, noun: &str) {
    out.value(report);
    out.say(format!("Added {}, {} already there.", count(report.added, noun), report.already_there));
}

pub fn backup(app: &App, out: &Output, args: &Args, backup: &args::Backup) -> Result<()> {
    let request = assay_api::wire::Backup { project: named(app, args)?, to: path_text(&backup.file) };
    let _: Nothing = call(app, "project.backup", &request)?;
    out.value(&json!({ "file": path_text(&backup.file) }));
    out.say(format!("Copied to {}.", backup.file.display()));
    Ok(())
}

pub fn verify(app: &App, out: &Output, args: &Args) -> Result<()> {
    let report: Verified = call(app, "project.verify", &OfProject { project: named(app, args)? })?;
    out.value(&report);
    for problem in &report.problems {
        out.say(problem);
    }
    if report.sound {
        out.say(format!("{} is sound.", report.file));
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::NotAProject,
        format!("{} has {}.", report.file, count(report.problems.len() as u64, "problem")),
        "keep the file, and restore a backup",
    )
    .in_file(report.file))
}
