//! A report on agreement is a function of the work that counts, however it came to be known (promise 4).
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

use assay_agreement::report::DimensionReport;
use assay_agreement::{Options, Panel, Scale};
use assay_api::{App, AppOptions, dispatch};
use serde_json::{Value, json};

fn call(app: &App, name: &str, request: &Value) -> Value {
    let answer =
        dispatch(app, name, &request.to_string()).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    serde_json::from_str(&answer).unwrap()
}

/// The same report from what the window shows of each sample, computed by another way.
fn from_scratch(app: &App, project: &str, dimension: &str) -> Value {
    let scale = Scale::range(1, 5).unwrap();
    let mut panel: Panel<(String, usize), (String, String)> = Panel::new(&scale);
    let rows = call(app, "samples.list", &json!({ "project": project, "limit": 500 }))["rows"].clone();
    for row in rows.as_array().unwrap() {
        let seen = call(app, "samples.get", &json!({ "project": project, "sample": row["sample"] }));
        for rated in seen["annotations"].as_array().unwrap() {
            if rated["member"]["kind"] != "person" || rated["work"]["informed"] == true {
                continue;
            }
            let text = |key: &str| rated["member"][key].as_str().unwrap().to_owned();
            let rater = (text("name"), text("id"));
            for (at, work) in rated["work"]["responses"].as_array().unwrap().iter().enumerate() {
                let grade = work["grades"][dimension].as_f64();
                let unit = (row["sample"].as_str().unwrap().to_owned(), at);
                panel.set_value(unit, &rater, grade).unwrap();
            }
        }
    }
    let report =
        DimensionReport::of_panel(dimension, &panel, |(name, _)| name.clone(), &Options::default()).unwrap();
    // Through text, as the surface answers: both sides read the same digits.
    serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap()
}

#[test]
fn a_report_kept_up_is_the_one_made_from_scratch_after_every_change() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::new(AppOptions::at(folder.path()));
    let opened = call(&app, "project.demo", &json!({}));
    let project = opened["file"].as_str().unwrap();
    let dimensions: Vec<String> = opened["rubric"]["rubric"]["dimensions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    // One dimension after each step, all at the end: a report costs a bootstrap.
    let compare = |dimension: &String, after: &str| {
        let request = json!({ "project": project, "dimension": dimension });
        let kept_up = call(&app, "agreement.get", &request)["dimensions"][0].clone();
        assert_eq!(kept_up, from_scratch(&app, project, dimension), "{dimension}, {after}");
        kept_up
    };
    let begun = compare(&dimensions[0], "the demo");
    assert!(begun["units_paired"].as_u64().unwrap() > 30);

    // A fourth person grades, grades again, skips and takes back.
    let mut sample = Value::Null;
    for round in 0..4 {
        let view = call(&app, "grade.next", &json!({ "project": project }));
        sample = view["sample"].clone();
        let grades: Value = dimensions.iter().map(|id| (id.clone(), json!(1 + round % 5))).collect();
        let responses: Vec<Value> = view["responses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|_| json!({ "grades": grades, "verdict": "pass" }))
            .collect();
        let work = json!({ "responses": responses });
        call(&app, "grade.submit", &json!({ "project": project, "sample": sample, "work": work }));
    }
    let more = compare(&dimensions[0], "four submissions");
    assert_ne!(more, begun);
    let works = call(&app, "grade.get", &json!({ "project": project, "sample": sample }))["work"].clone();
    call(
        &app,
        "grade.skip",
        &json!({ "project": project, "sample": sample, "work": works, "reason": "unclear" }),
    );
    compare(&dimensions[0], "a skip");
    call(&app, "grade.take_back", &json!({ "project": project }));
    for dimension in &dimensions {
        compare(dimension, "taking it back");
    }
    // Submitted once more, after a look at what others did.
    app.store(project).unwrap().note_shown(sample.as_str().unwrap().parse().unwrap()).unwrap();
    let before = compare(&dimensions[0], "a look")["ratings"].clone();
    call(&app, "grade.submit", &json!({ "project": project, "sample": sample, "work": works }));
    let after = compare(&dimensions[0], "a submission after it");
    assert_eq!(after["ratings"], before, "it is not blind, so it does not count");
    let anew = App::new(AppOptions::at(folder.path()));
    let request = json!({ "project": project, "dimension": dimensions[1] });
    assert_eq!(call(&anew, "agreement.get", &request), call(&app, "agreement.get", &request));
}

#[test]
fn grades_are_read_as_a_job_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::new(AppOptions::at(folder.path()));
    let project = call(&app, "project.demo", &json!({}))["file"].clone();
    let read = || {
        let job: assay_api::wire::Job =
            serde_json::from_value(call(&app, "agreement.prepare", &json!({ "project": project }))).unwrap();
        match app.wait(&job).unwrap() {
            assay_api::wire::JobOutcome::Grades(read) => read.annotations,
            other => panic!("{other:?}"),
        }
    };
    assert!(read() > 100);
    assert_eq!(read(), 0);
}
