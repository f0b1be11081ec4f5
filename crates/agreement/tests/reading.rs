//! Which coefficient the reading names for which data, and that it never says more than the interval.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use assay_agreement::reading::{Caution, Reading};
use assay_agreement::{Analysis, Coefficient, Estimate, Options, Ratings, Scale, Weighting};
use proptest::prelude::*;

const NONE: f64 = f64::NAN;

fn read(scale: &Scale, raters: usize, rows: &[f64]) -> (Reading, Vec<Estimate>) {
    let ratings = Ratings::from_values(scale.clone(), raters, rows).unwrap();
    let analysis = Analysis::new(&ratings, Options::default()).unwrap();
    let estimates = analysis.coefficients();
    (analysis.reading(&estimates, true), estimates)
}

fn repeated(rows: &[(usize, &[f64])]) -> Vec<f64> {
    rows.iter().flat_map(|(times, row)| row.repeat(*times)).collect()
}

/// Three raters, 1 to 5, mostly agreeing and never far apart.
fn ordinary(units: usize) -> Vec<f64> {
    (0..units)
        .flat_map(|i| {
            let truth = 1.0 + (i % 5) as f64;
            let off = if i % 4 == 0 { if truth < 3.0 { 1.0 } else { -1.0 } } else { 0.0 };
            [truth, truth, truth + off]
        })
        .collect()
}

/// Each unit graded by two raters of four.
fn in_turns(units: usize) -> Vec<f64> {
    let row = |i: usize| {
        let mut row = [NONE; 4];
        row[i % 4] = 1.0 + (i % 5) as f64;
        row[(i + 1 + i / 4 % 3) % 4] = 1.0 + (i % 5) as f64;
        row
    };
    (0..units).flat_map(row).collect()
}

#[test]
fn the_reading_names_the_coefficient_for_each_kind_of_data() {
    use Caution::{
        FewUnits, MissingByDesign, MostlyUnpaired, NoDisagreement, NoVariation, NothingToCompare, Prevalence,
        UnusedLevels,
    };
    use Coefficient::{GwetAc, KrippendorffAlpha};
    use Weighting::{Identity, Nominal, Ordinal};
    let (five, two) = (Scale::range(1, 5).unwrap(), Scale::range(0, 1).unwrap());
    let balanced = repeated(&[(20, &[0., 0.]), (20, &[1., 1.]), (4, &[0., 1.]), (4, &[1., 0.])]);
    // Feinstein and Cicchetti's paradox: 92 of 100 units agreed on, kappa and alpha below 0.
    let paradox = repeated(&[(92, &[1., 1.]), (4, &[0., 1.]), (4, &[1., 0.])]);
    let lenient = repeated(&[(50, &[5., 5., 5.]), (3, &[5., 5., 4.]), (2, &[4., 5., 3.])]);
    let halves = repeated(&[(20, &[2., 2.]), (20, &[4., 4.]), (2, &[2., 4.])]);
    let single = [ordinary(40), repeated(&[(50, &[3., NONE, NONE])])].concat();
    type Case<'a> = (&'a str, &'a Scale, usize, Vec<f64>, Option<(Coefficient, Weighting)>, &'a [Caution]);
    let cases: [Case<'_>; 11] = [
        ("ordinary grades", &five, 3, ordinary(60), Some((KrippendorffAlpha, Ordinal)), &[]),
        ("ordinary labels", &two, 2, balanced, Some((KrippendorffAlpha, Nominal)), &[]),
        ("the prevalence paradox", &two, 2, paradox, Some((GwetAc, Identity)), &[Prevalence]),
        ("nearly all fives", &five, 3, lenient, Some((GwetAc, Ordinal)), &[Prevalence]),
        ("few units", &five, 3, ordinary(12), Some((KrippendorffAlpha, Ordinal)), &[FewUnits]),
        (
            "missing by design, and never apart",
            &five,
            4,
            in_turns(60),
            Some((KrippendorffAlpha, Ordinal)),
            &[NoDisagreement, MissingByDesign],
        ),
        (
            "mostly graded once",
            &five,
            3,
            single,
            Some((KrippendorffAlpha, Ordinal)),
            &[MostlyUnpaired, MissingByDesign],
        ),
        ("one grade only", &five, 2, vec![3.0; 80], Some((GwetAc, Ordinal)), &[NoVariation, UnusedLevels]),
        ("two grades of five", &five, 2, halves, Some((KrippendorffAlpha, Ordinal)), &[UnusedLevels]),
        ("one rater", &five, 1, vec![1., 2., 3.], None, &[NothingToCompare]),
        ("nothing", &five, 2, vec![], None, &[NothingToCompare]),
    ];
    for (what, scale, raters, rows, named, cautions) in cases {
        let (reading, _) = read(scale, raters, &rows);
        assert_eq!(reading.coefficient.zip(reading.weights), named, "{what}");
        assert_eq!(reading.cautions, cautions, "{what}: {:?}", reading.text);
        assert!(!reading.text.is_empty(), "{what}");
    }
}

#[test]
fn the_paradox_is_explained_with_its_numbers() {
    let rows = repeated(&[(92, &[1., 1.]), (4, &[0., 1.]), (4, &[1., 0.])]);
    let (reading, estimates) = read(&Scale::range(0, 1).unwrap(), 2, &rows);
    let value = |coefficient| estimates.iter().find(|e| e.coefficient == coefficient).unwrap().value.unwrap();
    assert!(value(Coefficient::KrippendorffAlpha) < 0.0 && value(Coefficient::GwetAc) > 0.9);
    let text = reading.text.join(" ");
    assert!(text.contains("96 % of all grades are 1") && text.contains("alpha, -0.04"), "{text}");
    assert!(
        text.contains("Gwet’s AC1 is 0.91 (95 % interval") && text.contains("to 92 % of items"),
        "{text}"
    );
    // Not one of the eight zeros was seen by the other rater: AC must not hide that.
    assert!(text.contains("another grade than 1, another rater does too in 0 % of comparisons"), "{text}");
    assert!(!text.contains("rely"), "alpha’s bounds are not AC's: {text}");
}

#[test]
fn perfect_agreement_of_few_is_not_sold_as_proof() {
    let rows: Vec<f64> = (0..10).flat_map(|i| [1.0 + f64::from(i % 5); 3]).collect();
    let (reading, estimates) = read(&Scale::range(1, 5).unwrap(), 3, &rows);
    assert!(estimates.iter().filter_map(|e| e.value).all(|value| (value - 1.0).abs() < 1e-12));
    let text = reading.text.join(" ");
    assert!(reading.cautions.contains(&Caution::NoDisagreement), "{text}");
    assert!(!text.contains("well enough"), "{text}");
    // 1 - 0.05^(1/10), the exact upper limit for none in ten.
    assert!(text.contains("as many as 26 % of such items"), "{text}");
}

#[test]
fn pairs_that_share_no_item_and_intervals_of_few_items_are_said() {
    let rows: Vec<f64> = (0..24)
        .flat_map(|i| {
            let (a, b) = (1.0 + f64::from(i % 5), 1.0 + f64::from((i + i % 3 / 2) % 5));
            if i % 2 == 0 { [a, b, NONE, NONE] } else { [NONE, NONE, a, b] }
        })
        .collect();
    let text = read(&Scale::range(1, 5).unwrap(), 4, &rows).0.text.join(" ");
    assert!(text.contains("4 of 6 pairs of raters have no item in common"), "{text}");
    assert!(text.contains("Only 24 items") && text.contains("wider than it looks"), "{text}");
}

#[test]
fn an_undeclared_scale_is_said() {
    let ratings = Ratings::from_values(Scale::range(1, 5).unwrap(), 3, &ordinary(60)).unwrap();
    let analysis = Analysis::new(&ratings, Options::default()).unwrap();
    let estimates = analysis.coefficients();
    let found = analysis.reading(&estimates, false);
    assert_eq!(found.cautions, [Caution::ScaleNotDeclared]);
    assert!(found.text[1].contains("taken from the grades found"), "{:?}", found.text);
    assert_eq!(analysis.reading(&estimates, true).cautions, []);
    // A scale with levels that nobody used was not found, but assumed.
    let ratings = ratings.on_scale(Scale::range(0, 5).unwrap()).unwrap();
    let analysis = Analysis::new(&ratings, Options::default()).unwrap();
    let assumed = analysis.reading(&analysis.coefficients(), false);
    assert!(assumed.text[1].contains("0-5 was assumed"), "{:?}", assumed.text);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_reading_never_says_more_than_the_interval_allows(
        rows in prop::collection::vec((0_u8..5, 0_u8..8, 0_u8..8), 0..60),
    ) {
        let near = |truth: u8, luck: u8| f64::from(1 + if luck > 4 { (truth + luck) % 5 } else { truth });
        let rows: Vec<f64> = rows.iter().flat_map(|(truth, a, b)| [near(*truth, *a), near(*truth, *b)]).collect();
        let (reading, estimates) = read(&Scale::range(1, 5).unwrap(), 2, &rows);
        let named = estimates.iter().find(|e| Some(e.coefficient) == reading.coefficient && e.weights == reading.weights);
        let low = named.and_then(|e| e.ci).map(|ci| ci[0]);
        let text = reading.text.join(" ");
        prop_assert!(!text.contains("agree well enough to rely") || low.unwrap() >= 0.8, "{}", text);
        prop_assert!(!text.contains("well enough") || low.unwrap() >= 0.667, "{}", text);
        prop_assert!(!text.contains("NaN"));
        prop_assert_eq!(rows.len() < 60 && !rows.is_empty(), reading.cautions.contains(&Caution::FewUnits));
    }
}
