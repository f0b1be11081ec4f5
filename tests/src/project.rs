//! Projects made for a test through the same surface that the window uses.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use assay_api::{App, AppOptions};
use serde_json::{Value, json};

/// The surface over a home folder.
pub fn app(home: &Path) -> App {
    App::new(AppOptions::at(home))
}

/// Carries out one command.
pub fn call(app: &App, name: &str, request: &Value) -> Result<Value> {
    let answer = assay_api::dispatch(app, name, &request.to_string())
        .map_err(|error| anyhow::anyhow!("{name}: {} hint: {}", error.message, error.hint))?;
    Ok(serde_json::from_str(&answer)?)
}

/// Makes a project with these samples, in Assay's own JSON lines, and answers its file. Nothing keeps it
/// open afterwards.
pub fn with_samples(home: &Path, name: &str, samples: &[Value]) -> Result<String> {
    let app = app(home);
    let project = call(&app, "project.create", &json!({ "name": name, "person": "Ada" }))?;
    let file = project["file"].as_str().context("a project has a file")?.to_owned();
    let lines: String = samples.iter().map(|sample| format!("{sample}\n")).collect();
    let source = home.join(format!("{name}.jsonl"));
    std::fs::write(&source, lines)?;
    let mut job = call(&app, "import.start", &json!({ "project": file, "paths": [source] }))?;
    while job["state"] == "running" {
        std::thread::sleep(Duration::from_millis(10));
        job = call(&app, "job.get", &json!({ "job": job["id"] }))?;
    }
    if job["state"] != "done" {
        bail!("the import did not finish: {job}");
    }
    call(&app, "project.close", &json!({ "project": file }))?;
    Ok(file)
}
