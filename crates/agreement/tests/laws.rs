//! What must hold for any ratings whatever.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use assay_agreement::{
    Analysis, Bootstrap, Coefficient, Estimate, Level, Limits, MISSING, Metric, Options, Panel, Ratings,
    Scale, Weighting, rater_summaries,
};
use proptest::prelude::*;

/// A table of up to 5 raters and 14 units on 2 to 6 levels, with gaps.
#[derive(Debug, Clone)]
struct Sheet {
    scale: Scale,
    raters: usize,
    rows: Vec<Vec<Option<Level>>>,
}

impl Sheet {
    fn ratings(&self) -> Ratings {
        let levels: Vec<Level> = self.rows.iter().flatten().map(|level| level.unwrap_or(MISSING)).collect();
        Ratings::from_levels(self.scale.clone(), self.raters, &levels).unwrap()
    }

    fn estimates(&self) -> Vec<Estimate> {
        estimates(&self.ratings())
    }
}

/// With a bootstrap of few replicates, to be quick.
fn estimates(ratings: &Ratings) -> Vec<Estimate> {
    let bootstrap = Some(Bootstrap { replicates: 4, ..Bootstrap::default() });
    Analysis::new(ratings, Options { bootstrap, ..Options::default() }).unwrap().coefficients()
}

fn sheets() -> impl Strategy<Value = Sheet> {
    (2_usize..=6, 1_usize..=5, 0_usize..=14).prop_flat_map(|(levels, raters, units)| {
        let cell = prop_oneof![1 => Just(None), 4 => (0..levels as Level).prop_map(Some)];
        let row = prop::collection::vec(cell, raters);
        prop::collection::vec(row, units).prop_map(move |rows| Sheet {
            scale: Scale::range(1, levels as i32).unwrap(),
            raters,
            rows,
        })
    })
}

/// Point values agree, and what is undefined is so for the same reason.
fn same_points(a: &[Estimate], b: &[Estimate], but: &[Coefficient]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b).filter(|(a, _)| !but.contains(&a.coefficient)) {
        assert_eq!((a.coefficient, a.weights, a.undefined), (b.coefficient, b.weights, b.undefined));
        let (x, y) = (a.value.unwrap_or(0.0), b.value.unwrap_or(0.0));
        assert!(
            (x - y).abs() <= 1e-9 * x.abs().max(1.0),
            "{:?} {:?}: {x} is not {y}",
            a.coefficient,
            a.weights
        );
    }
}

fn value(estimates: &[Estimate], coefficient: Coefficient, weights: Option<Weighting>) -> Option<f64> {
    estimates.iter().find(|e| e.coefficient == coefficient && e.weights == weights).unwrap().value
}

const LISTWISE: [Coefficient; 6] = [
    Coefficient::Icc1,
    Coefficient::Icc2,
    Coefficient::Icc3,
    Coefficient::Icc1k,
    Coefficient::Icc2k,
    Coefficient::Icc3k,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_order_of_units_changes_nothing_to_the_last_bit(sheet in sheets(), seed in any::<u64>()) {
        let mut other = sheet.clone();
        other.rows.sort_by_key(|row| format!("{row:?}{seed}").len() as u64 ^ seed ^ row.iter().flatten().map(|l| u64::from(*l)).sum::<u64>());
        prop_assert_eq!(sheet.estimates(), other.estimates());
    }

    #[test]
    fn the_order_of_raters_changes_no_value(sheet in sheets(), turn in 0_usize..5) {
        let mut other = sheet.clone();
        for row in &mut other.rows {
            let by = turn % row.len();
            row.rotate_left(by);
        }
        same_points(&sheet.estimates(), &other.estimates(), &[]);
    }

    #[test]
    fn renaming_levels_changes_no_nominal_value(sheet in sheets(), turn in 0_u16..6) {
        let levels = sheet.scale.len() as Level;
        let mut other = sheet.clone();
        other.rows.iter_mut().flatten().flatten().for_each(|level| *level = (*level + turn) % levels);
        let nominal = |e: &Estimate| matches!(e.weights, Some(Weighting::Identity | Weighting::Nominal));
        let only = |all: Vec<Estimate>| all.into_iter().filter(nominal).collect::<Vec<_>>();
        same_points(&only(sheet.estimates()), &only(other.estimates()), &[]);
    }

    #[test]
    fn perfect_agreement_is_exactly_1_or_undefined(sheet in sheets()) {
        let mut other = sheet;
        for row in &mut other.rows {
            let first = row.iter().flatten().next().copied();
            row.iter_mut().for_each(|level| if level.is_some() { *level = first });
        }
        for estimate in other.estimates() {
            if let Some(value) = estimate.value {
                let exact = !LISTWISE.contains(&estimate.coefficient);
                prop_assert!((value - 1.0).abs() <= if exact { 0.0 } else { 1e-12 }, "{:?} {}", estimate.coefficient, value);
            }
        }
    }

    #[test]
    fn a_unit_without_ratings_changes_nothing(sheet in sheets()) {
        let mut other = sheet.clone();
        other.rows.push(vec![None; sheet.raters]);
        prop_assert_eq!(sheet.estimates(), other.estimates());
    }

    /// Listwise intraclass correlations are over units rated by *every* rater named, so they do change.
    #[test]
    fn a_rater_without_ratings_changes_nothing(sheet in sheets()) {
        let mut other = sheet.clone();
        other.raters += 1;
        other.rows.iter_mut().for_each(|row| row.push(None));
        same_points(&sheet.estimates(), &other.estimates(), &LISTWISE);
    }

    /// Alpha corrects for the size of the sample; everything else is a mean that stays.
    #[test]
    fn every_unit_twice_leaves_the_kappas_and_percentages(sheet in sheets()) {
        let mut other = sheet.clone();
        other.rows.extend(sheet.rows.clone());
        let kept = |e: &Estimate| matches!(
            e.coefficient,
            Coefficient::PercentAgreement | Coefficient::PercentAgreementPooled | Coefficient::BrennanPrediger
                | Coefficient::FleissKappa | Coefficient::GwetAc | Coefficient::CongerKappa | Coefficient::LightKappa
        );
        let only = |all: Vec<Estimate>| all.into_iter().filter(kept).collect::<Vec<_>>();
        same_points(&only(sheet.estimates()), &only(other.estimates()), &[]);
    }

    #[test]
    fn alpha_with_weights_is_alpha_where_theory_says_so(sheet in sheets()) {
        let all = sheet.estimates();
        for (metric, weights) in [(Weighting::Nominal, Weighting::Identity), (Weighting::Interval, Weighting::Quadratic), (Weighting::Ratio, Weighting::Ratio)] {
            let a = value(&all, Coefficient::KrippendorffAlpha, Some(metric));
            let b = value(&all, Coefficient::KrippendorffAlphaGwet, Some(weights));
            prop_assert_eq!(a.is_some(), b.is_some());
            prop_assert!((a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() < 1e-10);
        }
    }

    /// On complete data alpha = 1 - (1 - kappa)(1 - 1/N) with Fleiss' kappa and N ratings: equal in the limit.
    #[test]
    fn fleiss_and_krippendorff_differ_by_the_sample_correction(sheet in sheets()) {
        let mut other = sheet;
        other.rows.iter_mut().for_each(|row| row.iter_mut().for_each(|level| *level = level.or(Some(0))));
        let all = other.estimates();
        let n = (other.rows.len() * other.raters) as f64;
        let alpha = value(&all, Coefficient::KrippendorffAlpha, Some(Weighting::Nominal));
        let kappa = value(&all, Coefficient::FleissKappa, Some(Weighting::Identity));
        if let (Some(alpha), Some(kappa)) = (alpha, kappa) {
            prop_assert!((alpha - (1.0 - (1.0 - kappa) * (1.0 - 1.0 / n))).abs() < 1e-10);
        }
    }

    /// With equal marginals, quadratic Cohen's kappa of two raters is ICC(3,1) but for `n - 1` for `n`;
    /// duplicated and swapped tables have equal marginals and means (Fleiss & Cohen 1973).
    #[test]
    fn quadratic_kappa_meets_icc_where_theory_says_so(rows in prop::collection::vec((0_u16..5, 0_u16..5), 2..30)) {
        let rows: Vec<Vec<Option<Level>>> = rows.iter().flat_map(|(a, b)| [vec![Some(*a), Some(*b)], vec![Some(*b), Some(*a)]]).collect();
        let sheet = Sheet { scale: Scale::range(1, 5).unwrap(), raters: 2, rows };
        let all = sheet.estimates();
        let kappa = value(&all, Coefficient::LightKappa, Some(Weighting::Quadratic));
        let icc = value(&all, Coefficient::Icc3, None);
        if let (Some(kappa), Some(icc)) = (kappa, icc) {
            prop_assert!((kappa - icc).abs() < 1e-9, "{} {}", kappa, icc);
        }
    }

    #[test]
    fn the_ways_to_hand_ratings_over_agree_to_the_last_bit(sheet in sheets()) {
        let dense = sheet.ratings();
        let mut cells = Vec::new();
        for (unit, row) in sheet.rows.iter().enumerate().rev() {
            cells.extend(row.iter().enumerate().filter_map(|(rater, level)| Some((unit as u32, rater as u32, (*level)?))));
        }
        let sparse = Ratings::from_cells(sheet.scale.clone(), sheet.raters, sheet.rows.len(), &cells).unwrap();
        prop_assert_eq!(estimates(&dense), estimates(&sparse));
    }

    #[test]
    fn incremental_equals_batch_to_the_last_bit_after_any_edits(
        edits in prop::collection::vec((0_u8..8, 0_u8..4, prop::option::weighted(0.7, 0_u16..5)), 0..80),
        cut in 0_usize..80,
    ) {
        let scale = Scale::range(1, 5).unwrap();
        let mut panel: Panel<u8, u8> = Panel::new(&scale);
        let mut now = std::collections::BTreeMap::new();
        for (unit, rater, level) in &edits {
            let before = panel.set(*unit, rater, *level).unwrap();
            let known = match level {
                Some(level) => now.insert((*unit, *rater), *level),
                None => now.remove(&(*unit, *rater)),
            };
            prop_assert_eq!(before, known);
        }
        // From scratch, in another order.
        let mut fresh: Panel<u8, u8> = Panel::new(&scale);
        for ((unit, rater), level) in now.iter().rev() {
            fresh.set(*unit, rater, Some(*level)).unwrap();
        }
        prop_assert_eq!(panel.coefficients(), fresh.coefficients());
        prop_assert_eq!(panel.coefficients_by_identity(), fresh.coefficients_by_identity());
        // The batch computation over the same ratings.
        let (ratings, _, units) = panel.ratings();
        prop_assert_eq!(units.len(), panel.units());
        let mut batch = estimates(&ratings).into_iter();
        for (item, outcome) in panel.coefficients().into_iter().chain(panel.coefficients_by_identity()) {
            let estimate = batch.next().unwrap();
            prop_assert_eq!(item, (estimate.coefficient, estimate.weights));
            prop_assert_eq!(outcome.ok().map(|p| p.value.to_bits()), estimate.value.map(f64::to_bits), "{:?}", item);
            prop_assert_eq!(outcome.err(), estimate.undefined);
        }
        // Stored and taken back, and merged from two parts.
        let text = serde_json::to_string(&panel).unwrap();
        prop_assert_eq!(&text, &serde_json::to_string(&fresh).unwrap());
        let back: Panel<u8, u8> = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(back.coefficients_by_identity(), panel.coefficients_by_identity());
        let (mut left, mut right): (Panel<u8, u8>, Panel<u8, u8>) = (Panel::new(&scale), Panel::new(&scale));
        for (i, ((unit, rater), level)) in now.iter().enumerate() {
            if i < cut { left.set(*unit, rater, Some(*level)).unwrap() } else { right.set(*unit, rater, Some(*level)).unwrap() };
        }
        left.merge(&right).unwrap();
        prop_assert_eq!(left.coefficients(), panel.coefficients());
        prop_assert_eq!(left.coefficients_by_identity(), panel.coefficients_by_identity());
    }

    #[test]
    fn a_contribution_is_alpha_without_the_unit(sheet in sheets()) {
        let ratings = sheet.ratings();
        for metric in Metric::ALL {
            let contributions = Analysis::new(&ratings, Options::default()).unwrap().contributions(metric);
            for unit in 0..sheet.rows.len() {
                let mut without = sheet.clone();
                without.rows.remove(unit);
                let expected = value(&without.estimates(), Coefficient::KrippendorffAlpha, Some(metric.into()));
                let Some(class) = ratings.class_of(unit) else { continue };
                let ours = contributions[class].alpha_without;
                prop_assert_eq!(ours.is_some(), expected.is_some());
                prop_assert!((ours.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_number_is_never_nan_or_infinite(sheet in sheets(), complete in any::<bool>()) {
        let mut sheet = sheet;
        if complete {
            sheet.rows.iter_mut().for_each(|row| row.iter_mut().for_each(|level| *level = level.or(Some(0))));
        }
        for bootstrap in [Some(Bootstrap { replicates: 30, seed: 3, limits: Limits::Bca }), None] {
        let options = Options { bootstrap, ..Options::default() };
        let ratings = sheet.ratings();
        let analysis = Analysis::new(&ratings, options).unwrap();
        let pairs = analysis.pair_tables().iter().flat_map(|table| analysis.pair(table)).collect::<Vec<_>>();
        for e in analysis.coefficients().into_iter().chain(pairs) {
            let numbers = [e.value, e.se, e.p_value, e.observed, e.expected, e.ci.map(|ci| ci[0]), e.ci.map(|ci| ci[1])];
            prop_assert!(numbers.iter().flatten().all(|n| n.is_finite()), "{e:?}");
            prop_assert_eq!(e.value.is_some(), e.undefined.is_none());
            prop_assert!(e.coefficient == Coefficient::Icc2k || e.ci.is_none_or(|ci| ci[0] <= ci[1]), "{e:?}");
        }
        for rater in rater_summaries(&ratings) {
            prop_assert!(rater.mean_difference.is_none_or(f64::is_finite));
        }
        }
    }
}

#[test]
fn a_bootstrap_is_the_same_for_a_seed_and_covers_the_analytic_error() {
    let rows: Vec<f64> = (0..900).map(|i| f64::from(1 + (i / 3 * 7 + i % 3 * (i % 5) / 3) % 5)).collect();
    let ratings = Ratings::from_values(Scale::range(1, 5).unwrap(), 3, &rows).unwrap();
    let run = |seed| {
        let bootstrap = Some(Bootstrap { replicates: 2000, seed, limits: Limits::Percentile });
        Analysis::new(&ratings, Options { bootstrap, ..Options::default() }).unwrap().coefficients()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
    let analytic = Analysis::new(&ratings, Options::default()).unwrap().coefficients();
    for (drawn, formula) in run(5).iter().zip(&analytic) {
        if let (Some(a), Some(b)) = (drawn.se, formula.se) {
            assert!((a / b - 1.0).abs() < 0.12, "{:?}: {a} and {b}", formula.coefficient);
        }
    }
}
