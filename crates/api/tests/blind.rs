//! Blind means blind (promise 3), on the laptop too: what an annotator's window can ask for gives nothing of
//! others away, whatever the file still holds from an import or from a time in another role.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

use std::borrow::Cow;
use std::collections::BTreeSet;

use assay_api::{App, AppOptions, ErrorCode, NAMES, dispatch};
use assay_model::{DeviceId, FactId, Kind, MemberId, Role};
use assay_store::{Answer, Arrival, FactRow, HubCursor, Place};
use serde_json::{Value, json};
use uuid::Uuid;

fn ask(app: &App, name: &str, request: &Value) -> Result<Value, assay_api::ApiError> {
    dispatch(app, name, &request.to_string()).map(|answer| serde_json::from_str(&answer).unwrap())
}

fn call(app: &App, name: &str, request: &Value) -> Value {
    ask(app, name, request).unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

/// What the hub says when it gives the person at this laptop another role.
fn become_(app: &App, project: &str, role: Role, seq: u64) {
    let store = app.store(project).unwrap();
    store.connect("http://127.0.0.1:9").unwrap();
    let me = store.me();
    let body =
        json!({ "id": me.id, "name": me.name, "role": role, "kind": me.kind, "active": true }).to_string();
    let fact = FactRow {
        id: FactId(Uuid::now_v7()),
        kind: Kind::Member,
        author: me.id,
        device: DeviceId(Uuid::from_u128(7)),
        device_no: seq,
        time: assay_model::Timestamp(0),
        body: Cow::Owned(body),
    };
    let arrival = Arrival { place: Place { seq, sum: 0 }, fact, carries: Vec::new() };
    let cursor = HubCursor { epoch: "e".into(), all: true, seq, mark: String::new() };
    store.take_in(&Answer { receipts: Vec::new(), facts: vec![arrival], cursor }).unwrap();
    assert_eq!(store.me().role, role);
}

/// The demo project with three raters' work and resolutions on it.
fn demo() -> (tempfile::TempDir, App, String) {
    let folder = tempfile::tempdir().unwrap();
    let app = App::new(AppOptions::at(folder.path()));
    let project = call(&app, "project.demo", &json!({}))["file"].as_str().unwrap().to_owned();
    for (name, text) in assay_api::demo::files() {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let path = folder.path().join("resolutions.jsonl");
    call(&app, "resolutions.from_file", &json!({ "project": project, "path": path }));
    (folder, app, project)
}

/// Everything that others wrote: notes and corrections, as far as they are long enough to be told apart.
fn written_by_others(app: &App, project: &str) -> BTreeSet<String> {
    let samples = call(app, "samples.list", &json!({ "project": project, "limit": 500 }));
    let mut found = BTreeSet::new();
    for row in samples["rows"].as_array().unwrap() {
        let sample = call(app, "samples.get", &json!({ "project": project, "sample": row["sample"] }));
        for rated in sample["annotations"].as_array().unwrap() {
            for work in rated["work"]["responses"].as_array().unwrap() {
                for text in [&work["note"], &work["correction"]] {
                    found.extend(text.as_str().filter(|text| text.len() > 20).map(str::to_owned));
                }
            }
        }
    }
    assert!(found.len() > 20, "the demo’s raters wrote something: {}", found.len());
    found
}

#[test]
fn an_annotator_can_ask_for_nothing_of_others_by_any_command() {
    let (folder, app, project) = demo();
    let hidden = written_by_others(&app, &project);
    let sample = call(&app, "grade.next", &json!({ "project": project }))["sample"].clone();
    let rubric = call(&app, "project.open", &json!({ "project": project }))["rubric"].clone();
    let members = call(&app, "team.members", &json!({ "project": project }));
    let somebody = members["members"][0]["member"]["id"].clone();
    become_(&app, &project, Role::Annotator, 1);

    let of = json!({ "project": project });
    let of_sample = json!({ "project": project, "sample": sample });
    let file = json!({ "project": project, "path": folder.path().join("amina.jsonl"), "rater": "Amina" });
    let plan = json!({ "project": project, "to": [somebody] });
    let choice = json!({ "target": "labels" });
    let settings =
        json!({ "name": "n", "blind": "until_submission", "show_models": true, "minimum_people": 1 });
    let closed: Vec<(&str, Value)> = vec![
        ("import.start", json!({ "project": project, "paths": [folder.path().join("samples.jsonl")] })),
        ("annotations.from_file", file.clone()),
        ("resolutions.from_file", file),
        ("rubric.weigh", json!({ "project": project, "rubric": rubric["rubric"] })),
        ("rubric.save", json!({ "project": project, "parent": rubric["id"], "rubric": rubric["rubric"] })),
        ("project.save_settings", json!({ "project": project, "settings": settings })),
        ("agreement.get", of.clone()),
        ("agreement.prepare", of.clone()),
        ("assignments.plan", plan.clone()),
        ("assignments.make", plan),
        ("export.preview", json!({ "project": project, "choice": choice, "rows": 5 })),
        ("export.start", json!({ "project": project, "choice": choice, "out": folder.path().join("out") })),
    ];
    let grade = json!({ "project": project, "sample": sample, "work": { "responses": [{ "grades": {} }] } });
    let open: Vec<(&str, Value)> = vec![
        ("home.get", json!({})),
        ("project.open", of.clone()),
        ("project.verify", of.clone()),
        ("rubric.default", json!({})),
        ("rubric.history", of.clone()),
        ("import.formats", json!({})),
        ("grade.queue", json!({ "project": project, "limit": 100, "recent": 100 })),
        ("grade.get", of_sample.clone()),
        ("grade.next", of.clone()),
        ("grade.previous", of.clone()),
        ("grade.save", grade),
        ("grade.discard", of_sample.clone()),
        ("stats.get", json!({ "project": project, "by": "rater" })),
        ("stats.get", json!({ "project": project, "by": "dimension" })),
        ("team.status", of.clone()),
        ("team.history", of.clone()),
        ("team.refused", of.clone()),
        ("team.members", of.clone()),
        ("team.hubs", json!({})),
        ("export.targets", json!({})),
    ];
    // Refused, or told without what is hidden from those who grade.
    let either: Vec<(&str, Value)> = vec![
        ("samples.list", json!({ "project": project, "limit": 500 })),
        ("samples.facets", of),
        ("samples.get", of_sample),
    ];
    // These ask for a file that the person has, take no project, write the person's own work, or ask the hub,
    // which decides for itself.
    let elsewhere = [
        "project.create",
        "project.demo",
        "project.close",
        "project.backup",
        "samples.others",
        "import.preview",
        "grade.submit",
        "grade.skip",
        "grade.take_back",
        "diff.texts",
        "team.sync",
        "team.stop",
        "team.send_again",
        "team.keep_here",
        "team.rebase_rubric",
        "team.join",
        "team.publish",
        "team.change_member",
        "team.invite",
        "team.revoke_invite",
        "team.publication",
        "team.revoke_device",
        "job.get",
        "job.cancel",
    ];
    let thought_of: BTreeSet<&str> =
        closed.iter().chain(&open).chain(&either).map(|(name, _)| *name).chain(elsewhere).collect();
    let forgotten: Vec<_> = NAMES.iter().filter(|name| !thought_of.contains(*name)).collect();
    assert!(forgotten.is_empty(), "say here what an annotator may obtain by {forgotten:?}");

    for (name, request) in &closed {
        let answer = ask(&app, name, request);
        assert!(
            answer.as_ref().is_err_and(|error| error.code == ErrorCode::NotAllowed),
            "{name}: {answer:?}"
        );
    }
    for (name, request) in &open {
        let answer = call(&app, name, request).to_string();
        let given_away = hidden.iter().find(|text| answer.contains(&json!(text).to_string()));
        assert!(given_away.is_none(), "{name} gives away {given_away:?}");
    }
    let models = ["northlight-7b", "larch-2", "ember-mini"];
    for (name, request) in &either {
        let answer = match ask(&app, name, request) {
            Ok(answer) => answer.to_string(),
            Err(error) => {
                assert_eq!(error.code, ErrorCode::NotAllowed, "{name}");
                continue;
            }
        };
        let given_away = hidden.iter().find(|text| answer.contains(&json!(text).to_string()));
        assert!(given_away.is_none(), "{name} gives away {given_away:?}");
        assert!(!answer.contains("\"golden\""), "{name} tells which samples are golden");
        assert!(!models.iter().any(|model| answer.contains(model)), "{name} tells models");
    }
    assert!(!folder.path().join("out").exists());
}

/// A sample that the demo's raters graded and a lead resolved.
fn resolved(app: &App, project: &str) -> Value {
    let store = app.store(project).unwrap();
    let rows = call(app, "samples.list", &json!({ "project": project, "limit": 500 }))["rows"].clone();
    let id = |row: &Value| row["sample"].as_str().unwrap().parse().unwrap();
    let found = rows.as_array().unwrap().iter().find(|row| store.resolution(id(row)).unwrap().is_some());
    found.unwrap()["sample"].clone()
}

#[test]
fn an_annotator_learns_what_others_did_from_the_hub_alone() {
    let (_folder, app, project) = demo();
    let sample = resolved(&app, &project);
    let of = json!({ "project": project, "sample": sample });
    let work = json!({ "responses": [{ "grades": {} }] });
    let skip = json!({ "project": project, "sample": sample, "work": work, "reason": "too long" });
    call(&app, "grade.skip", &skip);
    let settings =
        json!({ "name": "n", "blind": "until_submission", "show_models": true, "minimum_people": 1 });
    call(&app, "project.save_settings", &json!({ "project": project, "settings": settings }));
    become_(&app, &project, Role::Annotator, 1);
    // The file still holds it all, and the hub cannot be asked: nothing is answered.
    let error = ask(&app, "samples.others", &of).unwrap_err();
    assert_eq!(error.code, ErrorCode::NotSignedIn, "{error:?}");
    assert!(!error.hint.is_empty());
}

#[test]
fn without_a_hub_a_lead_is_answered_from_the_project_itself() {
    let (_folder, app, project) = demo();
    let of = json!({ "project": project, "sample": resolved(&app, &project) });
    let others = call(&app, "samples.others", &of);
    let names: Vec<&Value> =
        others["works"].as_array().unwrap().iter().map(|rated| &rated["member"]["name"]).collect();
    assert_eq!(names, ["Amina", "Boris", "Chika"]);
    assert_eq!(others["resolution"]["member"]["role"], "owner");
    assert!(others["resolution"]["resolution"]["responses"].is_array(), "{others}");
}

#[test]
fn observers_do_not_ask_what_others_did() {
    let (_folder, app, project) = demo();
    let of = json!({ "project": project, "sample": resolved(&app, &project) });
    become_(&app, &project, Role::Observer, 1);
    assert_eq!(ask(&app, "samples.others", &of).unwrap_err().code, ErrorCode::NotAllowed);
}

#[test]
fn figures_on_an_annotators_laptop_are_of_their_own_work_alone() {
    let (_folder, app, project) = demo();
    let all = call(&app, "stats.get", &json!({ "project": project, "by": "rater" }));
    assert_eq!(all["rows"].as_array().unwrap().len(), 3);
    let assigned = |team: &Value| -> Vec<u64> {
        let members = team["members"].as_array().unwrap();
        members.iter().map(|one| one["submitted"].as_u64().unwrap()).collect()
    };
    let before = call(&app, "team.members", &json!({ "project": project }));
    assert!(assigned(&before).iter().filter(|count| **count > 0).count() == 3, "{before}");
    assert_eq!(before["problem"]["code"], "no_hub");

    become_(&app, &project, Role::Annotator, 1);
    let own = call(&app, "stats.get", &json!({ "project": project, "by": "rater" }));
    assert_eq!(own["rows"].as_array().unwrap().len(), 0, "{own}");
    let after = call(&app, "team.members", &json!({ "project": project }));
    assert!(assigned(&after).iter().all(|count| *count == 0), "{after}");
    assert!(after["members"].as_array().unwrap().len() == 4, "names and roles are for everybody");
    let history = call(&app, "rubric.history", &json!({ "project": project }));
    assert_eq!(history["versions"][0]["annotations"], 0);
}

#[test]
fn observers_see_what_leads_see_and_label_nothing() {
    let (_folder, app, project) = demo();
    let sample = call(&app, "grade.next", &json!({ "project": project }))["sample"].clone();
    become_(&app, &project, Role::Observer, 1);
    call(&app, "agreement.get", &json!({ "project": project }));
    let rows = call(&app, "samples.list", &json!({ "project": project, "limit": 500 }))["rows"].clone();
    let graded = rows.as_array().unwrap().iter().any(|row| {
        let seen = call(&app, "samples.get", &json!({ "project": project, "sample": row["sample"] }));
        !seen["annotations"].as_array().unwrap().is_empty()
    });
    assert!(graded);
    let work = json!({ "responses": [{ "grades": {} }] });
    let skip = json!({ "project": project, "sample": sample, "work": work, "reason": "too long" });
    assert_eq!(ask(&app, "grade.skip", &skip).unwrap_err().code, ErrorCode::NotAllowed);
    let plan = json!({ "project": project, "to": ["Amina"] });
    assert_eq!(ask(&app, "assignments.plan", &plan).unwrap_err().code, ErrorCode::NotAllowed);
}

#[test]
fn nobody_who_was_removed_is_given_samples() {
    let (_folder, app, project) = demo();
    let store = app.store(&project).unwrap();
    let amina = store.member_by_name("Amina").unwrap().unwrap();
    become_(&app, &project, Role::Owner, 1);
    remove(&store, amina.id);
    let plan = json!({ "project": project, "to": ["Amina", "Boris"] });
    let error = ask(&app, "assignments.plan", &plan).unwrap_err();
    assert!(error.message.contains("removed"), "{error:?}");
    let left = call(&app, "assignments.plan", &json!({ "project": project, "to": ["Boris"] }));
    let given = |name: &str| {
        let people = left["people"].as_array().unwrap();
        people
            .iter()
            .find(|one| one["member"]["name"] == name)
            .map_or(0, |one| one["plan"]["new"].as_u64().unwrap())
    };
    assert_eq!(given("Amina"), 0, "{left}");
}

fn remove(store: &assay_store::Store, member: MemberId) {
    let body =
        json!({ "id": member, "name": "Amina", "role": "annotator", "kind": "person", "active": false });
    let fact = FactRow {
        id: FactId(Uuid::now_v7()),
        kind: Kind::Member,
        author: store.me().id,
        device: DeviceId(Uuid::from_u128(7)),
        device_no: 2,
        time: assay_model::Timestamp(0),
        body: Cow::Owned(body.to_string()),
    };
    let arrival = Arrival { place: Place { seq: 2, sum: 0 }, fact, carries: Vec::new() };
    let cursor = HubCursor { epoch: "e".into(), all: true, seq: 2, mark: String::new() };
    store.take_in(&Answer { receipts: Vec::new(), facts: vec![arrival], cursor }).unwrap();
}

#[test]
fn a_plan_for_some_samples_leaves_all_others_as_they_are() {
    let (_folder, app, project) = demo();
    let all = json!({ "project": project, "to": ["Amina", "Boris"], "overlap": 2 });
    let made = call(&app, "assignments.make", &all);
    assert!(made["assigned"].as_u64().unwrap() > 0);
    let facets = call(&app, "samples.facets", &json!({ "project": project }));
    let locale = &facets["locales"][0];
    let some = json!({ "project": project, "to": ["Chika"], "locale": locale["value"] });
    let plan = call(&app, "assignments.plan", &some);
    assert_eq!(plan["samples"], locale["samples"]);
    let taken = plan["taken_back"].as_u64().unwrap();
    assert!(taken <= 2 * locale["samples"].as_u64().unwrap(), "{plan}");
    let done: u64 =
        plan["people"].as_array().unwrap().iter().map(|one| one["plan"]["done"].as_u64().unwrap()).sum();
    assert!(done > 0, "what was worked on is told apart: {plan}");
    for one in plan["people"].as_array().unwrap() {
        assert!(one["plan"]["done"].as_u64() <= one["plan"]["kept"].as_u64());
    }
}
