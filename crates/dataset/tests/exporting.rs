//! What goes out: what is kept, what is dropped and why, and what a folder on disk may be replaced by.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod common;

use std::collections::BTreeMap;
use std::fs;

use assay_dataset::check::{Code, check};
use assay_dataset::write::{ExportOptions, Exporter, Labelled, Reason, Report, SplitShares, Target};
use assay_model::{Component, Verdict};
use common::{about, export, labelled, project, rated, run, sample, work};
use proptest::prelude::*;
use serde_json::Value;

fn preview(options: ExportOptions, items: &[Labelled]) -> Report {
    run(Exporter::preview(options, about(), 1000).unwrap(), items).unwrap()
}

fn dropped(report: &Report) -> BTreeMap<Reason, u64> {
    report.dropped.iter().map(|dropped| (dropped.reason, dropped.count)).collect()
}

#[test]
fn every_dropped_row_is_counted_with_its_reason() {
    let report = preview(ExportOptions::new(Target::TrlDpo), &project());
    let names: Vec<&Value> = report.preview.iter().map(|row| &row.provenance["external_id"]).collect();
    assert_eq!(names, ["corrected", "turns", "resolved"]);
    let expected = [
        (Reason::HeldOut, 1),
        (Reason::NearDuplicateOfHeldOut, 1),
        (Reason::NoLabel, 3),
        (Reason::Superseded, 1),
        (Reason::UneditedCorrection, 1),
        (Reason::Contradictory, 1),
    ];
    assert_eq!(dropped(&report), expected.into());
}

#[test]
fn a_resolution_comes_before_the_raters() {
    let report = preview(ExportOptions::new(Target::TrlDpo), &project());
    let resolved = &report.preview[2];
    assert_eq!(resolved.row["chosen"][0]["content"], "You have 14 days.");
    assert_eq!(resolved.provenance["origin"], "resolution");
}

#[test]
fn golden_samples_come_in_only_by_name_and_the_manifest_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = ExportOptions::new(Target::TrlDpo);
    options.include_held_out = vec![Component::Golden];
    export(&folder.path().join("d"), options, &project()).unwrap();
    let manifest = fs::read_to_string(folder.path().join("d/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["held_out_included"], serde_json::json!(["golden"]));
    assert!(fs::read_to_string(folder.path().join("d/data/train.jsonl")).unwrap().contains("Any wall."));
}

#[test]
fn a_correction_that_repeats_a_golden_answer_stays_out() {
    let answer = "The landlord pays for every tap, pipe and drain that is older than ten years.";
    let mut golden = sample("g", "Who pays for old taps?", &[answer]);
    golden.component = Component::RedFlag;
    let item = labelled(
        1,
        sample("s", "Something else entirely?", &["No."]),
        vec![rated(2, "r", vec![work(1, None, Some(answer))], None)],
    );
    let report = preview(ExportOptions::new(Target::TrlDpo), &[item, labelled(3, golden, vec![])]);
    assert_eq!((report.rows, dropped(&report)[&Reason::NearDuplicateOfHeldOut]), (0, 1));
}

#[test]
fn kto_with_one_class_and_empty_datasets_are_refused_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let item = labelled(
        1,
        sample("s", "q", &["a"]),
        vec![rated(2, "r", vec![work(5, Some(Verdict::Pass), None)], None)],
    );
    for (target, code) in [(Target::TrlKto, "one_class"), (Target::TrlDpo, "no_rows")] {
        let error = export(&folder.path().join("d"), ExportOptions::new(target), std::slice::from_ref(&item))
            .unwrap_err();
        assert_eq!(error.code(), code);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn answers_that_are_all_dates_are_refused() {
    let item = labelled(
        1,
        sample("s", "When?", &["2024-03-01"]),
        vec![rated(2, "r", vec![work(1, None, Some("2024-03-02"))], None)],
    );
    let report = preview(ExportOptions::new(Target::TrlDpo), &[item]);
    assert_eq!(report.refused.unwrap().code, "dates_only");
}

#[test]
fn a_folder_of_ours_is_replaced_and_a_foreign_file_is_never_touched() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("d");
    let go = |target_kind| export(&target, ExportOptions::new(target_kind), &project());
    go(Target::TrlDpo).unwrap();
    go(Target::LabelsLong).unwrap();
    assert!(target.join("data/labels.csv").exists() && !target.join("data/train.jsonl").exists());
    fs::write(target.join("notes.txt"), "mine").unwrap();
    let error = go(Target::TrlDpo).unwrap_err();
    assert_eq!(error.code(), "foreign_folder");
    assert!(error.to_string().contains("notes.txt"), "{error}");
    assert_eq!(fs::read_to_string(target.join("notes.txt")).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    assert_eq!(
        export(&file, ExportOptions::new(Target::TrlDpo), &project()).unwrap_err().code(),
        "foreign_folder"
    );
}

#[test]
fn a_sample_keeps_its_split_when_others_come() {
    let items: Vec<Labelled> = (0..200)
        .map(|n| {
            let name = format!("s{n}");
            let prompt = format!("question number {n}");
            let fixed = format!("fixed {n}");
            labelled(
                n,
                sample(&name, &prompt, &["wrong"]),
                vec![rated(1000 + n, "r", vec![work(1, None, Some(&fixed))], None)],
            )
        })
        .collect();
    let mut options = ExportOptions::new(Target::TrlDpo);
    options.split = SplitShares { train: 0.8, validation: 0.1, test: 0.1 };
    let splits = |items: &[Labelled]| -> BTreeMap<String, String> {
        let report = preview(options.clone(), items);
        report
            .preview
            .iter()
            .map(|row| (row.provenance["external_id"].to_string(), row.provenance["split"].to_string()))
            .collect()
    };
    let (all, half) = (splits(&items), splits(&items[..100]));
    assert!(half.iter().all(|(name, split)| all[name] == *split));
    let test = all.values().filter(|split| *split == "\"test\"").count();
    assert!((8..40).contains(&test), "{test}");
}

#[test]
fn a_check_finds_what_trainers_swallow() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.jsonl");
    let pair = |prompt: &str, chosen: &str, rejected: &str| {
        serde_json::json!({"prompt": prompt, "chosen": chosen, "rejected": rejected}).to_string()
    };
    let lines = [
        pair("p", "a", "b"),
        pair("p", "b", "a"),
        pair("p", "a", "a"),
        pair("p2", "", "x"),
        pair("p", "a", "b"),
        "{\"prompt\":\"p\",\"chosen\":NaN,\"rejected\":\"b\"}".to_owned(),
        "{\"prompt\":[{\"role\":\"robot\",\"content\":\"q\"}],\"chosen\":[{\"role\":\"user\",\"content\":\"a\"}],\"rejected\":[{\"role\":\"assistant\",\"content\":\"b\"}]}".to_owned(),
        "{\"prompt\":\"a long enough prompt\",\"chosen\":\"a long enough prompt and more\",\"rejected\":\"b\",\"labels\":1}".to_owned(),
        "{broken".to_owned(),
    ];
    fs::write(&path, format!("\u{feff}{}\n", lines.join("\n"))).unwrap();
    let found = check(&path).unwrap();
    for code in [
        Code::ByteOrderMark,
        Code::Contradictory,
        Code::ChosenEqualsRejected,
        Code::EmptyCompletion,
        Code::DuplicateRow,
        Code::NotANumber,
        Code::UnknownRole,
        Code::EndsWithUser,
        Code::MixedShapes,
        Code::PromptRepeated,
        Code::ReservedColumn,
        Code::BadJson,
    ] {
        assert!(found.of(code).is_some(), "{code:?} in {found:#?}");
    }
    assert_eq!(found.of(Code::ChosenEqualsRejected).unwrap().places[0].line, 3);
    fs::write(&path, "{\"prompt\":\"p\",\"completion\":\"2024-01-01\",\"label\":1}\n").unwrap();
    let found = check(&path).unwrap();
    assert!(
        [Code::OneClass, Code::LabelNotBoolean, Code::DatesOnly].iter().all(|code| found.of(*code).is_some())
    );
}

/// What trainers take without a word and learn the wrong thing from is an error, each by itself.
#[test]
fn each_thing_that_trainers_swallow_refuses_a_dataset_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.jsonl");
    let user = r#"[{"role":"user","content":"What is the capital of France?"}]"#;
    let pair = |more: &str| {
        let answer = |text: &str| format!(r#"[{{"role":"assistant","content":"{text}"}}]"#);
        format!(r#"{{"prompt":{user},"chosen":{},"rejected":{}{more}}}"#, answer("Paris."), answer("Rome."))
    };
    let expect = |text: &str, expected: &[Code]| {
        fs::write(&path, text).unwrap();
        let found = check(&path).unwrap();
        let codes: Vec<Code> = found.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, expected, "{text}");
        assert_eq!(found.has_errors(), expected.iter().any(|code| *code != Code::NoSeparator), "{text}");
    };
    expect(&pair(""), &[]);
    expect(&format!("\u{feff}{}", pair("")), &[Code::ByteOrderMark]);
    expect(&pair("").replace("Paris.", "What is the capital of France? Paris."), &[Code::PromptRepeated]);
    expect(&format!(r#"{{"messages":{user}}}"#), &[Code::EndsWithUser]);
    expect(&pair(r#","margin":"big""#), &[Code::MarginNotNumber]);
    expect(&pair(r#","margin":1.5"#), &[]);
    for column in [
        "images",
        "tools",
        "labels",
        "input_ids",
        "prompt_ids",
        "chosen_ids",
        "rejected_ids",
        "completion_ids",
        "chat_template_kwargs",
    ] {
        expect(&pair(&format!(r#","{column}":"x""#)), &[Code::ReservedColumn]);
    }
    expect(&pair(r#","tools":[{"type":"function"}]"#), &[]);
    expect(r#"{"prompt":"What is it?","completion":"Paris."}"#, &[Code::NoSeparator]);
    expect(r#"{"prompt":"What is it?","completion":" Paris."}"#, &[]);
}

#[test]
fn a_changed_file_of_an_export_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("d");
    export(&target, ExportOptions::new(Target::TrlDpo), &project()).unwrap();
    assert_eq!(check(&target).unwrap().findings, vec![]);
    let data = target.join("data/train.jsonl");
    let text = fs::read_to_string(&data).unwrap().replace("14 days", "15 days");
    fs::write(&data, text).unwrap();
    assert!(check(&target).unwrap().of(Code::ChangedFile).is_some());
}

fn texts(row: &Value, side: &str) -> String {
    row[side][0]["content"].as_str().unwrap().to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn kept_pairs_differ_are_not_empty_and_hold_no_golden_text(
        rows in proptest::collection::vec(("[ab ]{0,3}", "[ab ]{0,3}", "[abc ]{0,3}", 0..4_u8, any::<bool>()), 1..30)
    ) {
        let items: Vec<Labelled> = rows
            .iter()
            .enumerate()
            .map(|(n, (prompt, a, b, order, golden))| {
                let n = n as u128;
                let preference = match order { 0 => vec![vec![0], vec![1]], 1 => vec![vec![1], vec![0]], _ => vec![vec![0, 1]] };
                let mut sample = sample(&format!("s{n}"), &format!("{prompt}{}", n % 5), &[a, b]);
                sample.component = if *golden { Component::Golden } else { Component::Edge };
                labelled(n, sample, vec![rated(1000 + n, "r", vec![work(1, None, Some(b)), work(4, None, None)], Some(preference))])
            })
            .collect();
        let report = preview(ExportOptions::new(Target::TrlDpo), &items);
        let golden: Vec<String> = items.iter().filter(|i| i.sample.component == Component::Golden).map(|i| i.sample.messages[0].content.to_lowercase()).collect();
        for row in &report.preview {
            let (chosen, rejected) = (texts(&row.row, "chosen"), texts(&row.row, "rejected"));
            prop_assert!(chosen.trim() != rejected.trim() && !chosen.trim().is_empty() && !rejected.trim().is_empty());
            prop_assert!(!golden.contains(&texts(&row.row, "prompt").to_lowercase()));
        }
        let again = preview(ExportOptions::new(Target::TrlDpo), &items);
        prop_assert_eq!(report, again);
    }
}
