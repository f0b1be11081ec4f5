//! What the window is told about a file before and while it is imported.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

use assay_api::wire::{ImportPreview, Job, JobOutcome};
use assay_api::{App, AppOptions, dispatch};
use serde_json::{Value, json};

fn call(app: &App, name: &str, request: &Value) -> Value {
    let answer =
        dispatch(app, name, &request.to_string()).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn a_table_with_unknown_columns_is_previewed_with_its_columns_and_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.csv");
    std::fs::write(&path, "frage,antwort_kurz\nWie lange?,Zwei Wochen.\n").unwrap();
    let app = App::new(AppOptions::at(folder.path()));
    let seen: ImportPreview =
        serde_json::from_value(call(&app, "import.preview", &json!({ "path": path }))).unwrap();
    assert_eq!(seen.columns, ["frage", "antwort_kurz"]);
    assert!(seen.samples.is_empty() && seen.problems.len() == 1, "{seen:?}");
    let request = json!({ "path": path, "map": { "prompt": "frage", "response": "antwort_kurz" } });
    let seen: ImportPreview = serde_json::from_value(call(&app, "import.preview", &request)).unwrap();
    assert_eq!(seen.samples.len(), 1, "{seen:?}");
}

#[test]
fn an_import_that_is_stopped_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.jsonl");
    let line =
        |i: usize| json!({ "id": format!("s{i}"), "prompt": "p", "response": "r ".repeat(400) }).to_string();
    std::fs::write(&path, (0..20_000).map(|i| line(i) + "\n").collect::<String>()).unwrap();
    let app = App::new(AppOptions::at(folder.path()));
    let project = call(&app, "project.create", &json!({ "name": "p" }));
    let start = json!({ "project": project["file"], "paths": [path] });
    let job: Job = serde_json::from_value(call(&app, "import.start", &start)).unwrap();
    call(&app, "job.cancel", &json!({ "job": job.id }));
    let ended = app.wait(&job);
    let samples =
        call(&app, "project.open", &json!({ "project": project["file"] }))["counts"]["samples"].clone();
    match ended {
        Err(error) => {
            assert_eq!(error.code, assay_api::ErrorCode::Cancelled);
            assert_eq!(samples, 0);
        }
        // It may have been done before it could be stopped; then it is all there.
        Ok(JobOutcome::Import(report)) => assert_eq!((report.added, samples), (20_000, json!(20_000))),
        Ok(other) => panic!("{other:?}"),
    }
}

/// Hidden work stays hidden: while the project is blind, nothing of another person is in what is graded.
#[test]
fn what_is_graded_holds_nothing_of_other_raters_and_no_model_names() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::new(AppOptions::at(folder.path()));
    let project = call(&app, "project.demo", &json!({}));
    let mut sample = Value::Null;
    for _ in 0..20 {
        let request = match &sample {
            Value::Null => json!({ "project": project["file"] }),
            sample => json!({ "project": project["file"], "sample": sample }),
        };
        let view = call(&app, "grade.next", &request);
        let text = view.to_string();
        for hidden in ["Amina", "Boris", "Chika", "northlight-7b", "larch-2", "ember-mini", "\"component\""] {
            assert!(!text.contains(hidden), "{hidden} is in {}", view["external_id"]);
        }
        assert!(view["submission"].is_null());
        sample = view["sample"].clone();
    }
}
