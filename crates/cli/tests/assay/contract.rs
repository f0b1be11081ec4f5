//! The JSON and the exit statuses that scripts rely on.

use crate::harness::{Home, fixture, line};

#[test]
fn wrong_usage_ends_with_status_2_and_failure_with_1() {
    let home = Home::empty();
    assert_eq!(home.run(&["no-such-command"]).status, 2);
    assert_eq!(home.run(&["export"]).status, 2);
    let said = home.run(&["stats"]);
    assert_eq!(said.status, 1);
    assert!(said.stdout.is_empty(), "errors go to stderr");
    assert!(said.stderr.starts_with("error: ") && said.stderr.contains("\nhint: "), "{}", said.stderr);
}

#[test]
fn an_error_under_json_is_one_object_with_code_message_hint_and_where() {
    let home = Home::empty();
    let error = home.run(&["stats", "--project", "nothing", "--json"]).error();
    assert_eq!(error["code"], "not_found");
    for field in ["message", "hint"] {
        assert!(error[field].as_str().is_some_and(|text| !text.is_empty()), "{error}");
    }
    assert!(error["where"].is_object(), "{error}");
}

#[test]
fn the_same_file_imported_twice_adds_nothing() {
    let home = Home::with_project();
    let first = home.run(&["import", &fixture("demo/samples.jsonl"), "--json"]).json();
    assert_eq!(first["added"], 104);
    let second = home.run(&["import", &fixture("demo/samples.jsonl"), "--json"]).json();
    assert_eq!((&second["added"], &second["already_there"]), (&0.into(), &104.into()));
    assert_eq!(second["rejected"], serde_json::json!([]));
}

#[test]
fn every_format_that_is_listed_comes_in() {
    for (file, options, samples) in [
        ("chat.jsonl", &[][..], 6),
        ("pairs.jsonl", &[], 8),
        ("preferences.jsonl", &[], 6),
        ("events.jsonl", &[], 12),
        ("table.csv", &[], 12),
        ("table.tsv", &["--map", "prompt=prompt_text"], 8),
    ] {
        let home = Home::with_project();
        let path = fixture(file);
        let arguments = [&["import", path.as_str(), "--json"], options].concat();
        let report = home.run(&arguments).json();
        assert_eq!(report["added"], samples, "{file}: {report}");
    }
}

#[test]
fn preferences_come_with_their_labels_and_leave_as_pairs() {
    let home = Home::with_project();
    let report = home.run(&["import", &fixture("preferences.jsonl"), "--json"]).json();
    assert_eq!(report["labels"], 6);
    let out = home.path("dpo").display().to_string();
    let report = home.run(&["export", "--target", "trl-dpo", "--out", &out, "--json"]).json();
    assert!(report["kept"].as_u64().unwrap() >= 5, "{report}");
}

/// Promise 4: two exports of one project are the same, byte for byte.
#[test]
fn the_same_project_and_options_give_the_same_bytes() {
    let home = demo();
    for target in ["trl-dpo", "trl-dpo-standard", "trl-kto", "trl-sft", "labels-long", "labels-wide"] {
        let folders = ["one", "two"].map(|name| home.path(&format!("{target}-{name}")));
        for folder in &folders {
            let out = folder.display().to_string();
            home.run(&["export", "--target", target, "--out", &out, "--json"]).json();
        }
        let files = home_files(&folders[0]);
        assert!(files.len() >= 4, "{target}: {files:?}");
        for file in files {
            let [one, two] = [0, 1].map(|i| std::fs::read(folders[i].join(&file)).unwrap());
            assert!(one == two, "{target}: {file} differs");
        }
    }
}

/// Promise 6: nothing golden or red-flag is in a training file.
#[test]
fn golden_and_red_flag_samples_stay_out_unless_named() {
    let home = demo();
    let out = home.path("sft").display().to_string();
    let report = home.run(&["export", "--target", "trl-sft", "--out", &out, "--json"]).json();
    let dropped: u64 = report["dropped"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|dropped| dropped["reason"].as_str().unwrap().contains("held_out"))
        .map(|dropped| dropped["rows"].as_u64().unwrap())
        .sum();
    assert!(dropped >= 29, "{report}");
    let provenance = std::fs::read_to_string(home.path("sft/provenance.jsonl")).unwrap();
    assert!(!provenance.contains("\"golden\"") && !provenance.contains("\"red_flag\""));
    let named = home.path("named").display().to_string();
    home.run(&["export", "--target", "trl-sft", "--component", "golden", "--out", &named, "--json"]).json();
    let manifest = std::fs::read_to_string(home.path("named/manifest.json")).unwrap();
    assert!(manifest.contains("golden"), "the manifest does not say that golden samples are in");
}

#[test]
fn shares_split_the_rows_over_three_files() {
    let home = demo();
    let out = home.path("split").display().to_string();
    let export = |shares: &str| {
        home.run(&["export", "--target", "trl-sft", "--split", shares, "--out", &out, "--json"])
    };
    assert_eq!(export("0.8,0.2").status, 2, "two shares are wrong usage");
    export("0.8,0.1,0.1").json();
    for part in ["train", "validation", "test"] {
        let rows = std::fs::read_to_string(home.path(&format!("split/data/{part}.jsonl"))).unwrap();
        assert!(!rows.is_empty(), "{part} is empty");
    }
}

#[test]
fn a_folder_with_other_files_is_never_written_over() {
    let home = demo();
    let folder = home.path("precious");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("thesis.txt"), "years of work").unwrap();
    let out = folder.display().to_string();
    let error = home.run(&["export", "--target", "trl-dpo", "--out", &out, "--json"]).error();
    assert_eq!(error["code"], "exists");
    assert_eq!(std::fs::read_to_string(folder.join("thesis.txt")).unwrap(), "years of work");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn a_diff_marks_what_changed_without_colour() {
    let home = Home::empty();
    let old = home.file("old.txt", "Report it within 60 days.\n");
    let new = home.file("new.txt", "Report it within 14 days.\n");
    let said = home.run(&["diff", &old, &new]);
    assert_eq!(said.stdout, "Report it within [-60-]{+14+} days.\n");
    let view = home.run(&["diff", &old, &new, "--json"]).json();
    assert_eq!((&view["distance"]["words"], &view["distance"]["characters"]), (&1.into(), &2.into()));
}

#[test]
fn a_backup_is_whole_and_sound() {
    let home = Home::with_project();
    let samples = home.file("s.jsonl", line("a", "One."));
    home.run(&["import", &samples]);
    let copy = home.path("copy.assay").display().to_string();
    assert_eq!(home.run(&["backup", &copy, "--project", "p"]).status, 0);
    assert_eq!(home.run(&["verify", "--project", &copy, "--json"]).json()["sound"], true);
    assert_eq!(home.run(&["backup", &copy, "--project", "p", "--json"]).error()["code"], "exists");
}

#[test]
fn the_demo_walks_from_import_through_a_hub_to_a_dataset() {
    let home = Home::empty();
    let out = home.path("demo").display().to_string();
    let result = home.run(&["demo", "--out", &out, "--json"]).json();
    assert_eq!(result["import"]["added"], 104);
    for rater in result["hub"]["raters"].as_array().unwrap() {
        assert_eq!(rater["samples"], 104, "{rater}");
        assert!(rater["sent"].as_u64().unwrap() > 50 && rater["sent"] == rater["annotations"], "{rater}");
    }
    assert!(result["hub"]["equal_coefficients"].as_u64().unwrap() > 100, "{result}");
    assert!(result["export"]["kept"].as_u64().unwrap() > 30, "{result}");
    assert!(home.path("demo/dpo/data/train.jsonl").exists());
    let told = home.run(&["demo"]);
    assert_eq!(told.status, 0, "{}", told.stderr);
    assert!(told.stdout.contains("A DPO dataset"), "{}", told.stdout);
}

/// A home with the demo's samples, three raters and resolutions.
fn demo() -> Home {
    let home = Home::with_project();
    home.run(&["import", &fixture("demo/samples.jsonl"), "--json"]).json();
    for rater in ["amina", "boris", "chika"] {
        let file = fixture(&format!("demo/annotations/{rater}.jsonl"));
        home.run(&["annotate", &file, "--as", rater, "--json"]).json();
    }
    home.run(&["resolve", &fixture("demo/resolutions.jsonl"), "--json"]).json();
    home
}

fn home_files(folder: &std::path::Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    files.sort();
    files
}
