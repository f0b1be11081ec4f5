//! Dawid and Skene's model gives the reference values after 1 and 10 iterations, and when it has settled.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use assay_agreement::consensus::{Consensus, Fit, dawid_skene, dawid_skene_of_observations};
use assay_agreement::{Ratings, Scale};
use serde_json::Value;

const CASES: &str = include_str!("cases/public_cases.json");

fn fit(case: &Value, fit: &Fit) -> Consensus {
    let list = |v: &Value| -> Vec<f64> {
        v.as_array().unwrap().iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
    };
    let scale = Scale::new(list(&case["categories"])).unwrap();
    let raters: Vec<String> = serde_json::from_value(case["raters"].clone()).unwrap();
    if let Some(observations) = case["observations"].as_array() {
        let mut items: Vec<&str> = observations.iter().map(|o| o[0].as_str().unwrap()).collect();
        items.sort_unstable();
        items.dedup();
        let observation = |o: &Value| {
            let item = items.binary_search(&o[0].as_str().unwrap()).unwrap() as u32;
            let rater = raters.iter().position(|r| r == o[1].as_str().unwrap()).unwrap() as u32;
            (item, rater, scale.level_of(o[2].as_f64().unwrap()).unwrap())
        };
        let observations: Vec<_> = observations.iter().map(observation).collect();
        return dawid_skene_of_observations((items.len(), raters.len(), scale.len()), &observations, fit)
            .unwrap();
    }
    let rows: Vec<f64> = case["ratings"].as_array().unwrap().iter().flat_map(list).collect();
    let units = rows.len() / raters.len();
    dawid_skene(&Ratings::from_values(scale, raters.len(), &rows).unwrap(), units, fit)
}

fn check(id: &str, ours: &Consensus, theirs: &Value, tolerance: f64) {
    let theirs = theirs.as_array().unwrap();
    assert_eq!(ours.posterior.len(), theirs.len());
    for (ours, row) in ours.posterior.iter().zip(theirs) {
        let row: Vec<f64> = row.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        // The reference gives a unit without ratings zeros.
        assert_eq!(ours.is_empty(), row.iter().all(|p| *p == 0.0));
        for (a, b) in ours.iter().zip(&row) {
            assert!((a - b).abs() <= tolerance, "{id}: {ours:?} is not {row:?}");
        }
    }
}

#[test]
fn every_case_gives_the_reference_posteriors() {
    let file: Value = serde_json::from_str(CASES).unwrap();
    let cases: Vec<&Value> =
        file["cases"].as_array().unwrap().iter().filter(|c| c.get("dawid_skene").is_some()).collect();
    assert_eq!(cases.len(), 12);
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let expected = &case["dawid_skene"];
        for iterations in [1, 10] {
            let few = Fit { iterations, tolerance: 0.0, smoothing: 0.0 };
            check(
                id,
                &fit(case, &few),
                &expected["after_iterations"][iterations.to_string()]["posterior"],
                1e-8,
            );
        }
        let settled = fit(case, &Fit { iterations: 20_000, tolerance: 1e-14, smoothing: 0.0 });
        check(id, &settled, &expected["converged"]["posterior"], 2e-4);
        let log_likelihood = expected["converged"]["loglik"].as_f64().unwrap();
        assert!((settled.log_likelihood - log_likelihood).abs() < 1e-3, "{id}: {}", settled.log_likelihood);
    }
}

#[test]
fn labels_probabilities_and_uncertainty_belong_together() {
    let rows = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 1.0, 1.0, 2.0, f64::NAN, f64::NAN, f64::NAN];
    let ratings = Ratings::from_values(Scale::range(1, 2).unwrap(), 3, &rows).unwrap();
    let consensus = dawid_skene(&ratings, 4, &Fit { smoothing: 0.01, ..Fit::default() });
    assert_eq!(consensus.label(0).unwrap().0, 0);
    assert_eq!(consensus.label(1).unwrap().0, 1);
    assert_eq!(consensus.label(3), None);
    assert!(consensus.entropy(0).unwrap() <= consensus.entropy(2).unwrap() + 1e-12);
    let third = consensus.raters[2].as_ref().unwrap();
    assert!(third.accuracy < consensus.raters[0].as_ref().unwrap().accuracy);
}
