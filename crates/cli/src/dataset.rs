//! Datasets out, and datasets looked over.

use assay_api::wire::{
    Dropped, ExportChoice, ExportPreview, ExportReport, Finding, JobOutcome, Nothing, PreviewExport,
    StartExport, TargetInfo,
};
use assay_api::{ApiError, App, ErrorCode, Result};
use assay_model::{Component, Verdict};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::args::{self, Args};
use crate::output::{Output, call, count, run_job};
use crate::project::named;

/// A word of the command line as one of the nouns.
pub fn word<T: DeserializeOwned>(text: &str, what: &str, known: &str) -> Result<T> {
    serde_json::from_value(Value::String(text.to_lowercase())).map_err(|_| {
        ApiError::new(
            ErrorCode::BadRequest,
            format!("“{text}” is not a {what}."),
            format!("use one of {known}"),
        )
    })
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn choice(args: &Args, export: &args::Export) -> Result<ExportChoice> {
    let verdicts: Result<Vec<Verdict>> =
        export.verdict.iter().map(|text| word(text, "verdict", "pass, borderline, fail")).collect();
    let components: Result<Vec<Component>> = export
        .component
        .iter()
        .map(|text| word(text, "component", "representative, golden, edge, regression, red_flag"))
        .collect();
    Ok(ExportChoice {
        target: export.target.clone().unwrap_or_default(),
        file_format: export.file_format.clone(),
        corrections: export.no_corrections.then_some(false),
        preferences: export.no_preferences.then_some(false),
        grade_gap: export.grade_gap,
        min_quality: export.min_quality,
        verdicts: some(verdicts?),
        components: some(components?),
        task_types: some(export.task_type.clone()),
        locales: some(export.locale.clone()),
        raters: some(export.rater.clone()),
        min_raters: export.min_raters,
        split: export.split,
        seed: args.seed,
        name_raters: export.name_raters.then_some(true),
    })
}

pub fn export(app: &App, out: &Output, args: &Args, export: &args::Export) -> Result<()> {
    if export.list {
        return list(app, out);
    }
    let project = named(app, args)?;
    let choice = choice(args, export)?;
    match &export.out {
        Some(folder) if !export.dry_run => {
            let request = StartExport { project, choice, out: folder.display().to_string() };
            let JobOutcome::Export(report) = run_job(app, "export.start", &request)? else {
                return Err(ApiError::new(
                    ErrorCode::Internal,
                    "The export answered something else.",
                    "try again",
                ));
            };
            show(out, &report);
        }
        _ => {
            let preview: ExportPreview =
                call(app, "export.preview", &PreviewExport { project, choice, rows: 3 })?;
            show_preview(out, &preview);
        }
    }
    Ok(())
}

fn list(app: &App, out: &Output) -> Result<()> {
    let targets: Vec<TargetInfo> = call(app, "export.targets", &Nothing {})?;
    out.value(&targets);
    for target in &targets {
        out.say(format!("{:<28} {}", target.id, target.description));
    }
    Ok(())
}

fn show(out: &Output, report: &ExportReport) {
    out.value(report);
    out.say(format!("Wrote {} to {}.", count(report.kept, "row"), report.folder));
    show_dropped(out, &report.dropped);
    show_findings(out, &report.findings);
}

fn show_preview(out: &Output, preview: &ExportPreview) {
    out.value(preview);
    for row in &preview.rows {
        out.say(row.row.to_string());
    }
    out.say(format!("Would write {}; nothing was written.", count(preview.kept, "row")));
    show_dropped(out, &preview.dropped);
    show_findings(out, &preview.findings);
}

fn show_dropped(out: &Output, dropped: &[Dropped]) {
    for dropped in dropped {
        out.say(format!("  left out {:>6}  {} ({})", dropped.rows, dropped.sentence, dropped.reason));
    }
}

fn show_findings(out: &Output, findings: &[Finding]) {
    for finding in findings {
        out.say(format!("  {}: {}", finding.severity, finding.message));
    }
}

pub fn check(out: &Output, check: &args::Check) -> Result<()> {
    let report = assay_dataset::check::check(&check.path)?;
    out.value(&report);
    for finding in &report.findings {
        out.say(format!("{}: {} ({})", name(&finding.severity), finding.message, name(&finding.code)));
        for place in &finding.places {
            out.say(format!("    {}:{}", place.file, place.line));
        }
    }
    let errors = report.findings.iter().filter(|finding| name(&finding.severity) == "error").count() as u64;
    if report.has_errors() {
        return Err(ApiError::new(
            ErrorCode::Invalid,
            format!("{} in {}.", count(errors, "error"), check.path.display()),
            "repair the dataset, or export it anew",
        ));
    }
    out.say(format!("{} looked over, no errors.", count(report.rows, "row")));
    Ok(())
}

fn name(value: &impl serde::Serialize) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
}
