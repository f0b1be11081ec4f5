//! `assay agreement`: the numbers that scripts rely on, of a project and of a table.

use serde_json::{Value, json};

use crate::harness::{Home, line};

/// Grades of an item by raters, as a table and as annotation lines.
type Grade = (&'static str, &'static str, u8);

fn table(grades: &[Grade]) -> String {
    let mut text = String::from("item,rater,dimension,value\n");
    for (item, rater, grade) in grades {
        text.push_str(&format!("{item},{rater},accuracy,{grade}\n"));
    }
    text
}

/// 24 items, three raters, some grades missing; the figures are not round ones.
fn grades() -> Vec<Grade> {
    const ITEMS: [&str; 24] = [
        "i00", "i01", "i02", "i03", "i04", "i05", "i06", "i07", "i08", "i09", "i10", "i11", "i12", "i13",
        "i14", "i15", "i16", "i17", "i18", "i19", "i20", "i21", "i22", "i23",
    ];
    let grade = |(at, item): (usize, &&'static str)| {
        ["ann", "bob", "cem"].into_iter().enumerate().filter(move |(r, _)| (at + r) % 7 > 0).map({
            let item = *item;
            move |(r, rater)| (item, rater, 1 + ((at * 3 + r * (at % 4) / 2) % 5) as u8)
        })
    };
    ITEMS.iter().enumerate().flat_map(grade).collect()
}

fn coefficient<'a>(report: &'a Value, name: &str, weights: &str) -> &'a Value {
    let all = report["dimensions"][0]["coefficients"].as_array().unwrap();
    all.iter().find(|c| c["coefficient"] == name && c["weights"] == weights).unwrap()
}

#[test]
fn a_table_answers_in_the_documented_form() {
    let home = Home::empty();
    let path = home.file("ratings.csv", table(&grades()));
    let report = home.run(&["agreement", &path, "--scale", "1-5", "--json"]).json();
    assert_eq!(report["schema"], "assay.agreement/1");
    let dimension = &report["dimensions"][0];
    assert_eq!(
        (&dimension["dimension"], &dimension["scale"]),
        (&json!("accuracy"), &json!([1.0, 2.0, 3.0, 4.0, 5.0]))
    );
    assert_eq!(dimension["raters"], 3);
    let alpha = coefficient(&report, "krippendorff_alpha", "ordinal");
    for field in [
        "coefficient",
        "weights",
        "value",
        "se",
        "ci",
        "ci_level",
        "ci_method",
        "p_value",
        "observed",
        "expected",
        "n",
        "undefined",
    ] {
        assert!(alpha.get(field).is_some(), "{field} is missing: {alpha}");
    }
    assert_eq!((&alpha["ci_method"], &alpha["ci_level"]), (&json!("bootstrap"), &json!(0.95)));
    assert_eq!(coefficient(&report, "fleiss_kappa", "identity")["ci_method"], "analytic");
    for name in
        ["brennan_prediger", "fleiss_kappa", "conger_kappa", "gwet_ac", "percent_agreement", "light_kappa"]
    {
        for weights in ["identity", "linear", "quadratic", "ordinal", "ratio"] {
            coefficient(&report, name, weights);
        }
    }
    for name in
        ["icc_1", "icc_2", "icc_3", "icc_1k", "icc_2k", "icc_3k", "icc_1_unbalanced", "icc_1k_unbalanced"]
    {
        let all = dimension["coefficients"].as_array().unwrap();
        assert!(all.iter().any(|c| c["coefficient"] == name && c["weights"].is_null()), "{name}");
    }
    let pair = &dimension["pairs"][0];
    assert_eq!(pair["raters"], json!(["ann", "bob"]));
    assert_eq!(pair["confusion"].as_array().unwrap().len(), 5);
    assert!(pair["coefficients"].as_array().unwrap().iter().any(|c| c["coefficient"] == "scott_pi"));
    let rater = &dimension["by_rater"][0];
    for field in ["rater", "ratings", "mean", "mean_difference", "agreement_with_others"] {
        assert!(rater.get(field).is_some(), "{field} is missing: {rater}");
    }
}

#[test]
fn a_project_has_the_numbers_of_its_grades_as_a_table_to_the_last_bit_whatever_led_there() {
    let home = Home::with_project();
    let mut now = grades();
    let samples: Vec<String> = (0..24).map(|i| line(&format!("i{i:02}"), "An answer.")).collect();
    let samples = home.file("samples.jsonl", samples.join("\n"));
    assert_eq!(home.run(&["import", &samples]).status, 0);
    let annotate = |rater: &str, work: &[&Grade]| {
        let lines: Vec<String> = work
            .iter()
            .map(|(item, _, grade)| json!({ "sample": item, "grades": { "accuracy": grade } }).to_string())
            .collect();
        let path = home.file("work.jsonl", lines.join("\n"));
        let said = home.run(&["annotate", &path, "--as", rater]);
        assert_eq!(said.status, 0, "{}", said.stderr);
    };
    let same = |now: &[Grade]| {
        let path = home.file("ratings.csv", table(now));
        let scratch = home.run(&["agreement", &path, "--scale", "1-5", "--json"]);
        let project = home.run(&["agreement", "--dimension", "accuracy", "--json"]);
        assert_eq!((project.status, scratch.status), (0, 0), "{}{}", project.stderr, scratch.stderr);
        assert_eq!(project.stdout, scratch.stdout);
        scratch.stdout
    };
    // The last to join comes first by name.
    for rater in ["cem", "bob", "ann"] {
        annotate(rater, &now.iter().filter(|grade| grade.1 == rater).collect::<Vec<_>>());
    }
    let before = same(&now);
    // Minds are changed; the newest revision counts.
    for grade in now.iter_mut().filter(|grade| grade.1 == "bob").step_by(3) {
        grade.2 = 1 + grade.2 % 5;
    }
    annotate("bob", &now.iter().filter(|grade| grade.1 == "bob").rev().collect::<Vec<_>>());
    assert_ne!(same(&now), before);
}

#[test]
fn a_number_read_back_is_the_number_that_was_written() {
    let home = Home::empty();
    let path = home.file("ratings.csv", table(&grades()));
    let said = home.run(&["agreement", &path, "--scale", "1-5", "--json"]);
    let report: assay_agreement::Report = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(serde_json::to_string(&report).unwrap(), said.stdout.trim_end());
}

#[test]
fn what_is_wrong_with_a_table_is_said_with_file_line_and_field() {
    let home = Home::empty();
    let five = &["--scale", "1-5"][..];
    let long_text = format!("item,rater,value\na,x,{}\n", "9".repeat(400));
    // Name, table, options; line and field that the error names.
    type Case<'a> = (&'a str, &'a str, &'a [&'a str], Option<u64>, Option<&'a str>);
    let cases: [Case<'_>; 11] = [
        ("off the scale", "item,rater,value\na,x,4\na,y,6\n", five, Some(3), Some("value")),
        ("no number", "item,rater,value\na,x,4\na,y,good\n", five, Some(3), Some("value")),
        ("twice", "item,rater,value\na,x,4\nb,x,4\na,x,5\n", five, Some(4), Some("rater")),
        ("no column", "item,rater,score\na,x,4\n", five, Some(1), Some("value")),
        ("short line", "item,rater,value\na,x,4\nb,x\n", five, Some(3), None),
        ("nothing", "", five, Some(1), Some("item")),
        ("no scale", "item,rater,value\na,x,4\n", &["--scale", "good,bad"], None, Some("scale")),
        ("a scale turned round", "item,rater,value\na,x,4\n", &["--scale", "5,4"], None, Some("scale")),
        ("no replicates", "item,rater,value\na,x,4\n", &["--bootstrap", "0"], None, Some("bootstrap")),
        ("no width", "item,rater,value\na,x,4\n", &["--width", "0"], None, Some("width")),
        ("beyond any number", &long_text, five, Some(2), Some("value")),
    ];
    for (what, text, options, at, field) in cases {
        let path = home.file("ratings.csv", text);
        let error = home.run(&[&["agreement", path.as_str(), "--json"], options].concat()).error();
        let message = error["message"].as_str().unwrap();
        assert!(message.ends_with('.') && !message.contains('\n'), "{what}: {message}");
        assert!(!message.starts_with(char::is_lowercase), "{what}: {message}");
        assert!(!error["hint"].as_str().unwrap().is_empty(), "{what}: {error}");
        assert_eq!(error["where"]["line"].as_u64(), at, "{what}: {error}");
        if field.is_some() {
            assert_eq!(error["where"]["field"].as_str(), field, "{what}: {error}");
        }
        if at.is_some() {
            assert_eq!(error["where"]["file"], path.as_str(), "{what}");
        }
    }
    let error = home.run(&["agreement", "/nowhere/at/all.csv", "--json"]).error();
    assert_eq!(error["code"], "not_found");
    let path = home.file("ratings.csv", table(&grades()));
    let error = home.run(&["agreement", &path, "--dimension", "wit", "--json"]).error();
    assert!(error["hint"].as_str().unwrap().contains("accuracy"), "{error}");
}

#[test]
fn a_seed_repeats_and_another_does_not() {
    let home = Home::empty();
    let path = home.file("ratings.csv", table(&grades()));
    let with = |seed: &str| {
        home.run(&["agreement", &path, "--scale", "1-5", "--bootstrap", "200", "--seed", seed, "--json"])
            .stdout
    };
    assert_eq!(with("7"), with("7"));
    assert_ne!(with("7"), with("8"));
    let report: Value = serde_json::from_str(&with("7")).unwrap();
    let fleiss = coefficient(&report, "fleiss_kappa", "identity");
    assert_eq!(fleiss["ci_method"], "bootstrap");
    assert_eq!(report["dimensions"][0]["bootstrap"]["seed"], 7);
}

#[test]
fn a_person_reads_values_with_intervals_and_what_they_mean() {
    let home = Home::empty();
    let path = home.file("ratings.csv", table(&grades()));
    let said = home.run(&["agreement", &path, "--width", "0.2"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    for part in [
        "accuracy · grades 1-5 · 24 items",
        "95 % interval",
        "* Krippendorff’s alpha, ordinal",
        "beside the others",
        "Most confused: ",
        "For an interval 0.2 wide",
        "Krippendorff’s alpha (ordinal) is ",
    ] {
        assert!(said.stdout.contains(part), "“{part}” is not in\n{}", said.stdout);
    }
    assert!(said.stdout.lines().all(|line| line.chars().count() <= 100), "{}", said.stdout);
    // Nothing to compare, nobody at all, one rater: an answer, not a failure.
    for (text, says) in [
        ("item,rater,value\n", "There are no ratings."),
        ("item,rater,value\na,x,\n", "No item has grades from two raters"),
        ("item,rater,value\na,x,1\nb,x,2\n", "No item has grades from two raters"),
        ("item,rater,value\na,x,2\na,y,2\nb,x,2\nb,y,2\n", "All raters gave the same grade"),
    ] {
        let path = home.file("ratings.csv", text);
        let said = home.run(&["agreement", &path]);
        assert!(said.status == 0 && said.stdout.contains(says), "{}{}", said.stdout, said.stderr);
    }
}
