//! `assay demo`: from an import through a team to a dataset, explained as it goes. Runs the same commands as
//! everybody: the lead and each rater have a home folder of their own, as if each sat at another laptop.

mod hub;
mod team;

use std::path::{Path, PathBuf};

use assay_agreement::Report;
use assay_api::wire::{
    ExportChoice, ExportReport, GetAgreement, ImportReport, JobOutcome, NewProject, Project, StartExport,
    StartImport, WorkFromFile, WorkReport,
};
use assay_api::{ApiError, App, AppOptions, ErrorCode, Result, demo as demo_files};
use serde_json::{Value, json};

use hub::DemoHub;

use crate::args;
use crate::output::{Output, call, count, run_job};

fn io(path: &Path, error: &std::io::Error) -> ApiError {
    ApiError::new(
        ErrorCode::Io,
        format!("{} cannot be written: {error}.", path.display()),
        "choose another folder",
    )
    .in_file(path.display().to_string())
}

pub fn demo(out: &Output, args: &args::Demo) -> Result<()> {
    // Kept alive to the end, so that the folder goes when the walk is over.
    let temporary = match args.out {
        Some(_) => None,
        None => Some(tempfile::tempdir().map_err(|error| io(Path::new("the temporary folder"), &error))?),
    };
    let folder: PathBuf = match (&args.out, &temporary) {
        (Some(out), _) => out.clone(),
        (None, Some(temporary)) => temporary.path().to_owned(),
        (None, None) => PathBuf::new(),
    };
    let result = walk(out, &folder)?;
    out.value(&result);
    if temporary.is_some() {
        out.say("\nAll of this was in a temporary folder, which is gone now; --out DIR keeps it.");
    }
    Ok(())
}

fn walk(out: &Output, folder: &Path) -> Result<Value> {
    let files = folder.join("files");
    std::fs::create_dir_all(&files).map_err(|error| io(&files, &error))?;
    for (name, text) in demo_files::files() {
        let path = files.join(&name);
        std::fs::write(&path, text).map_err(|error| io(&path, &error))?;
    }
    let at = |name: &str| files.join(name).display().to_string();
    let app = App::new(AppOptions::at(folder));

    out.say("1. A project, with a rubric of five dimensions");
    let project: Project = call(
        &app,
        "project.create",
        &NewProject {
            name: "Demo".to_owned(),
            person: Some("Lead".to_owned()),
            rubric: Some(demo_files::rubric()?),
        },
    )?;
    for dimension in &project.rubric.rubric.dimensions {
        out.say(format!("   {:<13} weight {:>2}", dimension.name, dimension.weight));
    }
    let project = project.file;

    out.say("\n2. Model outputs come in (samples.jsonl)");
    let request = StartImport {
        project: project.clone(),
        paths: vec![at("samples.jsonl")],
        format: None,
        map: None,
        keep_good: false,
    };
    let JobOutcome::Import(import) = run_job(&app, "import.start", &request)? else {
        return Err(ApiError::new(ErrorCode::Internal, "The import answered something else.", "try again"));
    };
    out.say(format!("   {} added", count(import.added, "sample")));
    let again: ImportReport = match run_job(&app, "import.start", &request)? {
        JobOutcome::Import(again) => again,
        JobOutcome::Export(_) | JobOutcome::Grades(_) => ImportReport::default(),
    };
    out.say(format!("   the same file again: {} added, {} already there", again.added, again.already_there));

    out.say("\n3. The project goes to the team’s hub, and three raters join with an invite each");
    let hub = DemoHub::start(&folder.join("hub"))?;
    let lead = team::Lead { app: &app, project: &project };
    let published = lead.publish(&hub)?;
    out.say(format!("   published to {}: {}", hub.url, count(published.pushed, "fact")));
    let raters = lead.bring_together(folder, &["Amina", "Boris", "Chika"])?;
    let plan = lead.assign(&raters)?;
    for person in &plan.people {
        out.say(format!("   {}: {}", person.member.name, count(person.plan.new, "assignment")));
    }

    out.say("\n4. Each pulls what is theirs, grades offline, blind, and syncs");
    let mut synced = Vec::new();
    for rater in &raters {
        let file = at(&format!("{}.jsonl", rater.name.to_lowercase()));
        let work = rater.work(&file)?;
        out.say(format!(
            "   {}: {} pulled, {} sent",
            rater.name,
            count(work.samples, "sample"),
            count(work.sent, "annotation")
        ));
        synced.push(work);
    }

    out.say("\n5. How far do they agree? (Krippendorff’s alpha, ordinal, 95 % interval)");
    let report = app.sync(&project)?;
    let request = GetAgreement {
        project: project.clone(),
        dimension: None,
        bootstrap: None,
        seed: None,
        interval_width: None,
    };
    let agreement: Report = call(&app, "agreement.get", &request)?;
    for line in crate::agreement::alphas(&agreement) {
        out.say(format!("   {line}"));
    }
    let equal = team::equal_to_the_hubs(&json!(&agreement), &report)?;
    out.say(format!("   the hub says the same, to the last bit, of {}", count(equal, "coefficient")));

    out.say("\n6. The lead settles what they disagree about (resolutions.jsonl)");
    let request =
        WorkFromFile { project: project.clone(), path: at("resolutions.jsonl"), rater: None, model: false };
    let resolved: WorkReport = call(&app, "resolutions.from_file", &request)?;
    let settled = app.sync(&project)?;
    out.say(format!("   {}, sent to the hub: {}", count(resolved.added, "resolution"), settled.pushed));

    out.say("\n7. A DPO dataset");
    let dataset = folder.join("dpo");
    let request = StartExport {
        project,
        choice: ExportChoice { target: "trl-dpo".to_owned(), ..ExportChoice::default() },
        out: dataset.display().to_string(),
    };
    let JobOutcome::Export(report) = run_job(&app, "export.start", &request)? else {
        return Err(ApiError::new(ErrorCode::Internal, "The export answered something else.", "try again"));
    };
    show_export(out, &report);
    out.say("\n   Load it with: datasets.load_dataset(\"dpo\")");
    Ok(json!({
        "folder": folder.display().to_string(),
        "import": import,
        "hub": { "published": published.pushed, "raters": synced, "equal_coefficients": equal },
        "agreement": agreement,
        "export": report,
    }))
}

fn show_export(out: &Output, report: &ExportReport) {
    out.say(format!("   {} in {}", count(report.kept, "pair"), report.folder));
    for dropped in &report.dropped {
        out.say(format!("   left out {:>3}: {}", dropped.rows, dropped.sentence));
    }
}
