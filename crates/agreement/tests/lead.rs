//! What a lead needs: severity, confusion, and what single units cost.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use assay_agreement::{
    Analysis, Coefficient, DimensionReport, Level, MISSING, Metric, Options, Panel, Ratings, Scale,
    Weighting, rater_summaries,
};
use proptest::prelude::*;

type Rows = Vec<Vec<Option<Level>>>;

fn ratings(scale: &Scale, raters: usize, rows: &Rows) -> Ratings {
    let levels: Vec<Level> = rows.iter().flatten().map(|level| level.unwrap_or(MISSING)).collect();
    Ratings::from_levels(scale.clone(), raters, &levels).unwrap()
}

fn rows(raters: usize) -> impl Strategy<Value = Rows> {
    let cell = prop_oneof![1 => Just(None), 3 => (0_u16..4).prop_map(Some)];
    prop::collection::vec(prop::collection::vec(cell, raters), 1..14)
}

/// A scale with gaps: severity is in grades, not in ranks.
fn scale() -> Scale {
    Scale::new([0.0, 2.0, 5.0, 10.0]).unwrap()
}

fn ordinal_alpha(panel: &Panel<usize, usize>) -> Option<f64> {
    let wanted = (Coefficient::KrippendorffAlpha, Some(Weighting::Ordinal));
    let all = panel.coefficients();
    all.into_iter().find(|(item, _)| *item == wanted).unwrap().1.ok().map(|point| point.value)
}

fn panel(rows: &[Vec<Option<Level>>]) -> Panel<usize, usize> {
    let mut panel = Panel::new(&scale());
    for (unit, row) in rows.iter().enumerate() {
        for (rater, level) in row.iter().enumerate() {
            panel.set(unit, &rater, *level).unwrap();
        }
    }
    panel
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_raters_severity_is_the_mean_difference_to_the_others(rows in rows(4)) {
        let scale = scale();
        for (rater, summary) in rater_summaries(&ratings(&scale, 4, &rows)).iter().enumerate() {
            let value = |level: Level| scale.value_of(level);
            let mut differences = Vec::new();
            let mut same = Vec::new();
            for row in &rows {
                let Some(own) = row[rater] else { continue };
                let others: Vec<Level> =
                    row.iter().enumerate().filter(|(i, _)| *i != rater).filter_map(|(_, level)| *level).collect();
                if others.is_empty() {
                    continue;
                }
                let n = others.len() as f64;
                differences.push(value(own) - others.iter().map(|level| value(*level)).sum::<f64>() / n);
                same.push(others.iter().filter(|level| **level == own).count() as f64 / n);
            }
            let n = differences.len() as f64;
            let mean = |list: &[f64]| (!list.is_empty()).then(|| list.iter().sum::<f64>() / n);
            let close = |a: Option<f64>, b: Option<f64>| {
                a.is_some() == b.is_some() && (a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() < 1e-9
            };
            prop_assert_eq!(summary.units_shared, differences.len() as u64);
            prop_assert_eq!(summary.ratings, rows.iter().filter(|row| row[rater].is_some()).count() as u64);
            prop_assert!(close(summary.mean_difference, mean(&differences)));
            prop_assert!(close(summary.agreement_with_others, mean(&same)));
            let se = mean(&differences).filter(|_| n > 1.0).map(|mean| {
                let squares = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>();
                (squares / (n - 1.0) / n).sqrt()
            });
            let wide = |a: Option<f64>, b: Option<f64>| {
                a.is_some() == b.is_some() && (a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() < 1e-7
            };
            prop_assert!(wide(summary.mean_difference_se, se), "{:?} {:?}", summary.mean_difference_se, se);
        }
    }

    #[test]
    fn the_confusion_matrix_counts_every_pair_of_ratings_of_a_unit_both_ways(rows in rows(3)) {
        let ratings = ratings(&scale(), 3, &rows);
        let mut expected = vec![vec![0_u64; 4]; 4];
        for row in &rows {
            for (i, a) in row.iter().enumerate() {
                for (j, b) in row.iter().enumerate() {
                    if let (true, Some(a), Some(b)) = (i != j, a, b) {
                        expected[usize::from(*a)][usize::from(*b)] += 1;
                    }
                }
            }
        }
        let analysis = Analysis::new(&ratings, Options::default()).unwrap();
        prop_assert_eq!(analysis.confusion(), expected);
        // Of each pair of raters too, the first one's grades in rows.
        for table in analysis.pair_tables() {
            let mut expected = vec![vec![0_u64; 4]; 4];
            for row in &rows {
                if let (Some(a), Some(b)) = (row[table.first as usize], row[table.second as usize]) {
                    expected[usize::from(a)][usize::from(b)] += 1;
                }
            }
            prop_assert_eq!(table.confusion(4), expected);
        }
    }

    #[test]
    fn the_costliest_units_are_those_without_which_alpha_is_highest(rows in rows(3), limit in 0_usize..6) {
        let whole = panel(&rows);
        let with = ordinal_alpha(&whole);
        let mut expected: Vec<(usize, f64)> = Vec::new();
        for unit in 0..rows.len() {
            let mut others = rows.clone();
            others[unit] = vec![None; 3];
            if let (Some(with), Some(without)) = (with, ordinal_alpha(&panel(&others))) {
                expected.push((unit, without - with));
            }
        }
        let found = whole.costliest(Metric::Ordinal, usize::MAX);
        for (unit, contribution) in &found {
            let gain = expected.iter().find(|(there, _)| there == unit).unwrap().1;
            prop_assert!((contribution.gain.unwrap() - gain).abs() < 1e-9);
            prop_assert_eq!(whole.contribution(unit, Metric::Ordinal), Some(*contribution));
        }
        // Nobody is missing, and the order is by cost, equals by key.
        prop_assert!(expected.iter().filter(|(_, gain)| *gain > 1e-9).all(|(unit, _)| found.iter().any(|(u, _)| u == unit)));
        let ordered = |pair: &[(usize, assay_agreement::Contribution)]| {
            let (a, b) = (pair[0].1.gain.unwrap(), pair[1].1.gain.unwrap());
            a > b || a == b && pair[0].0 < pair[1].0
        };
        prop_assert!(found.windows(2).all(ordered));
        prop_assert!(found.iter().all(|(_, contribution)| contribution.gain.unwrap() > 0.0));
        prop_assert_eq!(whole.costliest(Metric::Ordinal, limit), found[..limit.min(found.len())].to_vec());
    }

    #[test]
    fn a_report_of_a_panel_is_that_of_the_same_ratings_handed_over_at_once(rows in rows(3)) {
        let names: Vec<String> = (0..3).map(|rater| format!("rater {rater}")).collect();
        let by_panel =
            DimensionReport::of_panel("x", &panel(&rows), |rater| names[*rater].clone(), &Options::default()).unwrap();
        // A rater without ratings is not in a panel.
        let there: Vec<usize> = (0..3).filter(|rater| rows.iter().any(|row| row[*rater].is_some())).collect();
        let kept: Rows = rows.iter().map(|row| there.iter().map(|rater| row[*rater]).collect()).collect();
        let kept_names: Vec<String> = there.iter().map(|rater| names[*rater].clone()).collect();
        let at_once = ratings(&scale(), there.len(), &kept);
        prop_assert_eq!(by_panel, DimensionReport::new("x", &at_once, &kept_names, &Options::default()).unwrap());
    }
}

#[test]
fn a_severe_rater_stands_out_with_the_size_of_the_severity() {
    // The first rater is one grade below two others who agree.
    let rows = [[1., 2., 2.], [2., 3., 3.], [3., 4., 4.], [4., 5., 5.]].concat();
    let ratings = Ratings::from_values(Scale::range(1, 5).unwrap(), 3, &rows).unwrap();
    let all = rater_summaries(&ratings);
    let of = |i: usize| {
        (all[i].mean, all[i].mean_difference, all[i].mean_difference_se, all[i].agreement_with_others)
    };
    assert_eq!(of(0), (Some(2.5), Some(-1.0), Some(0.0), Some(0.0)));
    assert_eq!(of(1), (Some(3.5), Some(0.5), Some(0.0), Some(0.5)));
    assert_eq!(of(1), of(2));
}

#[test]
fn the_grades_that_raters_mix_up_come_first_with_their_ratio_to_chance() {
    // 3 and 4 are mixed up in four units, 1 and 5 in one.
    let mut rows = vec![[3., 4.]; 4];
    rows.extend([[1., 5.], [1., 1.], [5., 5.], [2., 2.]]);
    let ratings = Ratings::from_values(Scale::range(1, 5).unwrap(), 2, &rows.concat()).unwrap();
    let found = Analysis::new(&ratings, Options::default()).unwrap().confusions();
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].values, found[0].share), ([3.0, 4.0], 0.8));
    assert_eq!((found[1].values, found[1].share), ([1.0, 5.0], 0.2));
    // 4 of 16 ratings are 3, 4 are 4, and they meet 4 times: chance gives 4 · 4 / 15.
    assert!((found[0].ratio_to_chance - 3.75).abs() < 1e-12);
    assert!((found[1].ratio_to_chance - 1.0 / (9.0 / 15.0)).abs() < 1e-12);
}
