//! What a role does not allow is refused before anything is changed, whoever asks: the window, the command
//! line, or a page's own code.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use assay_api::{ApiError, App, AppOptions, ErrorCode, dispatch};
use assay_model::{MemberId, Role};
use assay_store::{Answer, Arrival, FactRow, HubCursor, Joining, Place, Store, SystemWorld};
use serde_json::{Value, json};

fn call(app: &App, name: &str, request: &Value) -> Result<Value, ApiError> {
    Ok(serde_json::from_str(&dispatch(app, name, &request.to_string())?).unwrap())
}

/// A copy of the demo project for a member with that role, as a join would make it; its file and a sample.
fn joined(home: &Path, role: Role) -> (App, String, String) {
    let app = App::new(AppOptions::at(home));
    let demo = call(&app, "project.demo", &json!({})).unwrap();
    let store = app.store(demo["file"].as_str().unwrap()).unwrap();
    let facts = store.outgoing(10_000, usize::MAX).unwrap();
    let arrivals = facts.iter().zip(1..).map(|(fact, seq)| Arrival {
        place: Place { seq, sum: 0 },
        fact: FactRow { body: Cow::Borrowed(&fact.body), ..*fact },
        carries: Vec::new(),
    });
    let first = Answer {
        receipts: Vec::new(),
        facts: arrivals.collect(),
        cursor: HubCursor { epoch: "e".to_owned(), all: true, seq: facts.len() as u64, mark: String::new() },
    };
    let member = MemberId(uuid::Uuid::now_v7());
    let joining =
        Joining { address: "http://127.0.0.1:9", project: store.project_id(), member, name: "Ines", role };
    let path = home.join("joined.assay");
    Store::join(&path, &joining, &first, Arc::new(SystemWorld)).unwrap();
    let file = path.display().to_string();
    let page = call(&app, "samples.list", &json!({ "project": file, "filter": {}, "limit": 1 })).unwrap();
    (app, file, page["rows"][0]["sample"].as_str().unwrap().to_owned())
}

fn refused(app: &App, name: &str, request: Value) {
    match call(app, name, &request) {
        Err(error) => {
            assert_eq!(error.code, ErrorCode::NotAllowed, "{name}: {error}");
            assert!(!error.hint.is_empty(), "{name}");
        }
        Ok(answer) => panic!("{name} answered {answer}"),
    }
}

fn shared_work_is_refused(app: &App, file: &str) {
    let project = call(app, "project.open", &json!({ "project": file })).unwrap();
    let (rubric, settings) = (&project["rubric"], &project["settings"]);
    refused(app, "project.save_settings", json!({ "project": file, "settings": settings }));
    refused(
        app,
        "rubric.save",
        json!({ "project": file, "parent": rubric["id"], "rubric": rubric["rubric"] }),
    );
    refused(app, "import.start", json!({ "project": file, "paths": ["/nowhere.jsonl"] }));
    refused(app, "annotations.from_file", json!({ "project": file, "path": "/nowhere", "rater": "Ana" }));
    refused(app, "resolutions.from_file", json!({ "project": file, "path": "/nowhere" }));
    refused(app, "team.rebase_rubric", json!({ "project": file, "rubric": rubric["id"] }));
    refused(app, "assignments.make", json!({ "project": file, "to": ["Ines"] }));
}

#[test]
fn an_observer_sees_aggregates_and_exports_and_labels_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (app, file, sample) = joined(home.path(), Role::Observer);
    let of = json!({ "project": file, "sample": sample });
    let work = call(&app, "grade.get", &of).unwrap()["work"].clone();
    let with_work = json!({ "project": file, "sample": sample, "work": work, "reason": "no" });
    for name in ["grade.save", "grade.submit", "grade.skip"] {
        refused(&app, name, with_work.clone());
    }
    refused(&app, "grade.discard", of);
    refused(&app, "grade.take_back", json!({ "project": file }));
    shared_work_is_refused(&app, &file);

    let stats = call(&app, "stats.get", &json!({ "project": file, "by": "component" })).unwrap();
    assert!(!stats["rows"].as_array().unwrap().is_empty());
    call(&app, "agreement.get", &json!({ "project": file })).unwrap();
    let choice = json!({ "target": "labels-wide" });
    call(&app, "export.preview", &json!({ "project": file, "choice": choice, "rows": 1 })).unwrap();
}

#[test]
fn an_annotator_grades_and_learns_neither_others_numbers_nor_which_samples_are_golden() {
    let home = tempfile::tempdir().unwrap();
    let (app, file, sample) = joined(home.path(), Role::Annotator);
    let of = json!({ "project": file, "sample": sample });
    let work = call(&app, "grade.get", &of).unwrap()["work"].clone();
    call(&app, "grade.save", &json!({ "project": file, "sample": sample, "work": work })).unwrap();
    shared_work_is_refused(&app, &file);
    refused(&app, "agreement.get", json!({ "project": file }));
    refused(&app, "stats.get", json!({ "project": file, "by": "component" }));
    let choice = json!({ "target": "labels-wide" });
    refused(&app, "export.preview", json!({ "project": file, "choice": choice, "rows": 1 }));
    refused(&app, "export.start", json!({ "project": file, "choice": choice, "out": "/nowhere" }));
    refused(
        &app,
        "samples.list",
        json!({ "project": file, "filter": { "component": "golden" }, "limit": 10 }),
    );

    let page = call(&app, "samples.list", &json!({ "project": file, "filter": {}, "limit": 500 })).unwrap();
    assert!(page["rows"].as_array().unwrap().iter().all(|row| row["component"].is_null()));
    // Their own work may come from a file, as it does from the window; nobody else’s may.
    let own = home.path().join("own.jsonl");
    let line =
        json!({ "sample": page["rows"][0]["external_id"], "response": 0, "grades": { "accuracy": 4 } });
    std::fs::write(&own, line.to_string()).unwrap();
    let from_file = |rater: &str| json!({ "project": file, "path": own, "rater": rater });
    refused(&app, "annotations.from_file", from_file("Amina"));
    assert_eq!(call(&app, "annotations.from_file", &from_file("Ines")).unwrap()["added"], 1);

    let view = call(&app, "samples.get", &of).unwrap();
    assert_eq!((&view["component"], &view["annotations"]), (&Value::Null, &json!([])));
    let facets = call(&app, "samples.facets", &json!({ "project": file })).unwrap();
    assert_eq!(facets["components"], json!([]));
}

#[test]
fn the_list_of_projects_follows_what_is_done_in_them() {
    let home = tempfile::tempdir().unwrap();
    let app = App::new(AppOptions::at(home.path()));
    let project = json!({ "project": call(&app, "project.demo", &json!({})).unwrap()["file"] });
    let left =
        || call(&app, "home.get", &json!({})).unwrap()["projects"][0]["counts"]["left"].as_u64().unwrap();
    let before = left();
    assert_eq!(left(), before);
    let next = call(&app, "grade.next", &project).unwrap();
    let skip = json!({ "project": project["project"], "sample": next["sample"], "work": next["work"], "reason": "No" });
    call(&app, "grade.skip", &skip).unwrap();
    assert_eq!(left(), before - 1);
}

#[test]
fn the_list_of_projects_says_what_belongs_to_a_team_and_what_waits() {
    let home = tempfile::tempdir().unwrap();
    let (app, file, _) = joined(home.path(), Role::Annotator);
    let listed = call(&app, "home.get", &json!({})).unwrap();
    let of =
        |file: &str| listed["projects"].as_array().unwrap().iter().find(|one| one["file"] == file).cloned();
    let team = of(&file).unwrap();
    assert_eq!(team["role"], "annotator");
    assert_eq!(team["team"], json!({ "hub": "http://127.0.0.1:9", "waiting": 0, "refused": 0 }));
    let alone =
        listed["projects"].as_array().unwrap().iter().find(|one| one["file"] != file.as_str()).unwrap();
    assert_eq!((&alone["role"], &alone["team"]), (&json!("owner"), &Value::Null));
}

#[test]
fn what_publishing_would_send_is_counted_by_kind() {
    let home = tempfile::tempdir().unwrap();
    let app = App::new(AppOptions::at(home.path()));
    let demo = call(&app, "project.demo", &json!({})).unwrap();
    let project = json!({ "project": demo["file"] });
    let goes = call(&app, "team.publication", &project).unwrap();
    assert_eq!(goes["samples"], demo["counts"]["samples"]);
    assert_eq!(
        (&goes["rubric_versions"], &goes["members"], &goes["drafts"]),
        (&json!(1), &json!(4), &json!(0))
    );
    assert!(goes["annotations"].as_u64().unwrap() > 0);
    let parts = ["samples", "annotations", "resolutions", "rubric_versions", "members"];
    let sum: u64 = parts.iter().map(|part| goes[part].as_u64().unwrap()).sum();
    // The settings are the one fact that has no line of its own.
    assert_eq!(goes["facts"].as_u64().unwrap(), sum + 1);
}
