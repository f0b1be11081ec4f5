//! Every published, degenerate and synthetic case gives the values of an exact oracle.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use assay_agreement::{Analysis, Estimate, Options, PairTable, Ratings, Scale};
use serde_json::Value;

const CASES: &str = include_str!("cases/public_cases.json");

struct Case {
    id: String,
    ratings: Ratings,
    raters: Vec<String>,
    anonymous: bool,
    expected: serde_json::Map<String, Value>,
    expected_if_observed: serde_json::Map<String, Value>,
    observed: Scale,
}

fn cases() -> Vec<Case> {
    let file: Value = serde_json::from_str(CASES).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 65);
    cases.iter().map(case).collect()
}

fn case(case: &Value) -> Case {
    let numbers = |v: &Value| -> Vec<f64> {
        v.as_array().unwrap().iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
    };
    let scale = Scale::new(numbers(&case["categories"])).unwrap();
    let raters: Vec<String> = serde_json::from_value(case["raters"].clone()).unwrap();
    let mut rows: Vec<f64> = Vec::new();
    if let Some(counted) = case["ratings_counted"].as_array() {
        for entry in counted {
            let row = numbers(&entry[0]);
            for _ in 0..entry[1].as_u64().unwrap() {
                rows.extend(&row);
            }
        }
    } else {
        for row in case["ratings"].as_array().unwrap() {
            rows.extend(numbers(row));
        }
    }
    let observed: Vec<f64> = rows.iter().copied().filter(|v| !v.is_nan()).collect();
    let map = |key: &str| case[key].as_object().cloned().unwrap_or_default();
    Case {
        id: case["id"].as_str().unwrap().to_owned(),
        ratings: Ratings::from_values(scale.clone(), raters.len(), &rows).unwrap(),
        raters,
        anonymous: case["rater_identity"] == Value::Bool(false),
        expected: map("expected"),
        expected_if_observed: map("expected_if_categories_are_the_observed_ones"),
        observed: Scale::observed(observed).unwrap_or(scale),
    }
}

fn key(estimate: &Estimate) -> (String, String) {
    let name = |v: Value| v.as_str().unwrap_or("").to_owned();
    (
        name(serde_json::to_value(estimate.coefficient).unwrap()),
        name(serde_json::to_value(estimate.weights).unwrap()),
    )
}

/// Differences found, as sentences.
struct Check {
    found: Vec<String>,
    compared: usize,
}

impl Check {
    fn number(&mut self, what: &str, ours: Option<f64>, theirs: &Value, tolerance: f64) {
        self.compared += 1;
        let agree = match (ours, theirs.as_f64()) {
            (None, None) => true,
            (Some(a), Some(b)) => (a - b).abs() <= tolerance,
            _ => false,
        };
        if !agree {
            self.found.push(format!("{what}: {ours:?} is not {theirs}"));
        }
    }

    fn estimate(&mut self, what: &str, ours: &Estimate, theirs: &Value) {
        let icc = what.contains("ICC");
        self.number(what, ours.value, &theirs["value"], 1e-10);
        let reason = serde_json::to_value(ours.undefined).unwrap();
        if reason != theirs["reason"] {
            self.found.push(format!("{what}: reason {reason} is not {}", theirs["reason"]));
        }
        if theirs["status"] != "ok" {
            assert!(ours.se.is_none() && ours.ci.is_none() && ours.p_value.is_none());
            return;
        }
        for (mine, name) in [(ours.observed, "pa"), (ours.observed, "po"), (ours.expected, "pe")] {
            if !theirs[name].is_null() {
                self.number(&format!("{what} {name}"), mine, &theirs[name], 1e-10);
            }
        }
        if theirs.get("se").is_some() {
            let exact_zero = theirs["se"] == 0.0;
            self.number(&format!("{what} se"), ours.se, &theirs["se"], if exact_zero { 1e-6 } else { 1e-9 });
        }
        if theirs.get("ci_low").is_some() {
            let tolerance = if icc { 1e-7 } else { 1e-9 };
            self.number(&format!("{what} low"), ours.ci.map(|ci| ci[0]), &theirs["ci_low"], tolerance);
            self.number(&format!("{what} high"), ours.ci.map(|ci| ci[1]), &theirs["ci_high"], tolerance);
        }
        for name in ["p_two_sided", "p_two_sided_h0", "p"] {
            if theirs.get(name).is_some() {
                self.number(&format!("{what} {name}"), ours.p_value, &theirs[name], 1e-9);
            }
        }
        for name in ["n", "n_items_used"] {
            if let Some(n) = theirs[name].as_u64() {
                self.number(&format!("{what} n"), Some(ours.n as f64), &Value::from(n), 0.0);
            }
        }
    }
}

fn our_name(coefficient: &str) -> String {
    match coefficient.strip_prefix("ICC") {
        Some(rest) => format!("icc_{rest}"),
        None => coefficient.to_owned(),
    }
}

#[test]
fn every_public_case_gives_the_oracle_s_values() {
    let mut check = Check { found: Vec::new(), compared: 0 };
    let mut metrics = 0;
    for case in cases() {
        let options = Options { anonymous: case.anonymous, ..Options::default() };
        let analysis = Analysis::new(&case.ratings, options).unwrap();
        let ours = analysis.coefficients();
        let tables = analysis.pair_tables();
        for (metric, theirs) in &case.expected {
            metrics += 1;
            let what = format!("{} {metric}", case.id);
            let (name, rest) = metric.split_once('.').unwrap_or((metric, ""));
            let name = our_name(name);
            let (second, third) = match rest.split_once('.') {
                Some((second, third)) if name != "scott_pi" => (second, Some(third)),
                _ => (rest, None),
            };
            let weights = if second == "unweighted" { "identity" } else { second };
            let pair = if name == "scott_pi" { Some(second) } else { third };
            if let Some(pair) = pair {
                let weights = if name == "scott_pi" { "identity" } else { weights };
                let estimates = analysis.pair(&table(&tables, &case.raters, pair));
                let ours = estimates.iter().find(|e| key(e) == (name.clone(), weights.to_owned())).unwrap();
                check.estimate(&what, ours, theirs);
                continue;
            }
            let ours = ours.iter().find(|e| key(e) == (name.clone(), weights.to_owned()));
            check.estimate(&what, ours.unwrap_or_else(|| panic!("{what} is missing")), theirs);
        }
    }
    assert!(
        check.found.is_empty(),
        "{} of {}:\n{}",
        check.found.len(),
        check.compared,
        check.found.join("\n")
    );
    assert!(metrics > 3800 && check.compared > 18_000, "{metrics} metrics, {} numbers", check.compared);
}

/// The table of the pair "a|b", empty where they never met.
fn table(tables: &[PairTable], raters: &[String], pair: &str) -> PairTable {
    let (a, b) = pair.split_once('|').unwrap();
    let index = |name: &str| raters.iter().position(|rater| rater == name).unwrap() as u32;
    let (a, b) = (index(a), index(b));
    let there = tables.iter().find(|table| (table.first, table.second) == (a.min(b), a.max(b)));
    there.cloned().unwrap_or(PairTable { first: a.min(b), second: a.max(b), cells: Vec::new() })
}

#[test]
fn the_scale_of_observed_levels_gives_its_own_values() {
    let mut check = Check { found: Vec::new(), compared: 0 };
    for case in cases() {
        if case.expected_if_observed.is_empty() {
            continue;
        }
        let ratings = case.ratings.on_scale(case.observed.clone()).unwrap();
        let analysis =
            Analysis::new(&ratings, Options { anonymous: case.anonymous, ..Options::default() }).unwrap();
        let ours = analysis.coefficients();
        for (metric, theirs) in &case.expected_if_observed {
            let (name, weights) = metric.split_once('.').unwrap();
            if name == "cohen_kappa" || name == "scott_pi" {
                continue;
            }
            let weights = if weights == "unweighted" { "identity" } else { weights };
            let ours = ours.iter().find(|e| key(e) == (our_name(name), weights.to_owned())).unwrap();
            check.estimate(&format!("{} observed {metric}", case.id), ours, theirs);
        }
    }
    assert!(check.found.is_empty(), "{}", check.found.join("\n"));
    assert!(check.compared > 200, "{}", check.compared);
}
