//! What must not make it fail, or be wrong without a word.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use assay_agreement::{
    Analysis, Bootstrap, Coefficient, DimensionReport, Error, Estimate, Level, Metric, Options, Panel,
    Ratings, Report, Scale, Table, Undefined, Weighting,
};

/// With a bootstrap of few replicates, to be quick.
fn estimates(ratings: &Ratings) -> Vec<Estimate> {
    let bootstrap = Some(Bootstrap { replicates: 4, ..Bootstrap::default() });
    Analysis::new(ratings, Options { bootstrap, ..Options::default() }).unwrap().coefficients()
}

fn find(estimates: &[Estimate], coefficient: Coefficient, weights: Option<Weighting>) -> &Estimate {
    estimates.iter().find(|e| e.coefficient == coefficient && e.weights == weights).unwrap()
}

fn five() -> Scale {
    Scale::range(1, 5).unwrap()
}

fn names(raters: usize) -> Vec<String> {
    (0..raters).map(|rater| format!("rater {rater}")).collect()
}

#[test]
fn nothing_at_all_is_answered_with_reasons_everywhere() {
    let none = Ratings::from_values(five(), 0, &[]).unwrap();
    assert!(estimates(&none).iter().all(|e| e.value.is_none() && e.undefined.is_some() && e.n == 0));
    let report = DimensionReport::new("", &none, &[], &Options::default()).unwrap();
    assert_eq!((report.units, report.raters, report.pairs.len()), (0, 0, 0));
    let empty: Panel<u8, u8> = Panel::new(&five());
    assert!(empty.coefficients().iter().all(|(_, outcome)| outcome.is_err()));
    assert!(empty.coefficients_by_identity().iter().all(|(_, outcome)| outcome.is_err()));
    assert_eq!(empty.costliest(Metric::Ordinal, 5), []);
    assert_eq!(
        DimensionReport::of_panel("", &empty, |_| String::new(), &Options::default()).unwrap(),
        report
    );
    assert_eq!(Report::of_text(b"item,rater,value\n", None, &Options::default()).unwrap().dimensions, []);
    let unrated = Report::of_text(b"item,rater,value\na,r,\nb,s,\n", None, &Options::default()).unwrap();
    assert_eq!((unrated.dimensions[0].units, unrated.dimensions[0].raters), (0, 0));
    assert!(Table::parse(b"", None).is_err());
}

#[test]
fn one_rater_and_one_unit_are_answered() {
    let one_rater = estimates(&Ratings::from_values(five(), 1, &[1.0, 2.0, 3.0]).unwrap());
    assert!(one_rater.iter().any(|e| e.undefined == Some(Undefined::InsufficientRaters)));
    assert!(one_rater.iter().any(|e| e.undefined == Some(Undefined::NoPairableItems)));
    assert!(one_rater.iter().all(|e| e.value.is_none()));
    let one_unit = estimates(&Ratings::from_values(five(), 2, &[1.0, 2.0]).unwrap());
    assert!(one_unit.iter().all(|e| e.se.is_none() && e.ci.is_none()));
    let alpha = find(&one_unit, Coefficient::KrippendorffAlpha, Some(Weighting::Nominal));
    assert_eq!(alpha.value, Some(0.0));
}

#[test]
fn a_constant_rater_gives_0_and_constant_raters_are_undefined() {
    let one = estimates(&Ratings::from_values(five(), 2, &[3., 1., 3., 2., 3., 3., 3., 5.]).unwrap());
    assert_eq!(find(&one, Coefficient::LightKappa, Some(Weighting::Identity)).value, Some(0.0));
    let all = estimates(&Ratings::from_values(five(), 2, &[3.0; 20]).unwrap());
    for e in &all {
        let by_scale = matches!(
            e.coefficient,
            Coefficient::GwetAc
                | Coefficient::BrennanPrediger
                | Coefficient::PercentAgreement
                | Coefficient::PercentAgreementPooled
        );
        if by_scale {
            assert_eq!((e.value, e.se), (Some(1.0), Some(0.0)), "{e:?}");
        } else {
            assert!(matches!(e.undefined, Some(Undefined::NoVariation | Undefined::NoDefinedPair)), "{e:?}");
        }
    }
    // Two who are constant at different grades do vary, and agree less than not at all.
    let apart = estimates(&Ratings::from_values(five(), 2, &[2., 4., 2., 4., 2., 4.]).unwrap());
    assert!(find(&apart, Coefficient::KrippendorffAlpha, Some(Weighting::Nominal)).value.unwrap() < 0.0);
    assert_eq!(find(&apart, Coefficient::LightKappa, Some(Weighting::Identity)).value, Some(0.0));
}

#[test]
fn ten_thousand_raters_on_a_hundred_and_one_points_are_answered() {
    let scale = Scale::range(0, 100).unwrap();
    let cells: Vec<(u32, u32, Level)> = (0..30_000_u32)
        .map(|i| (i / 3, (i * 7919) % 10_000, ((i / 3 * 13 + i % 3) % 101) as Level))
        .collect();
    let ratings = Ratings::from_cells(scale, 10_000, 10_000, &cells).unwrap();
    let report = DimensionReport::new("", &ratings, &names(10_000), &Options::default()).unwrap();
    let of = |c, w| find(&report.coefficients, c, w).value;
    assert!(of(Coefficient::KrippendorffAlpha, Some(Weighting::Interval)).unwrap() > 0.9);
    assert!(of(Coefficient::CongerKappa, Some(Weighting::Quadratic)).is_some());
    assert_eq!((report.raters, report.by_rater.len()), (10_000, 10_000));
    // Pairs that never met are counted, not listed.
    assert_eq!(report.pairs.len() as u64 + report.pairs_without_common_units, 10_000 * 9_999 / 2);
    assert!(report.pairs.iter().all(|pair| pair.units > 0));
}

/// Fifty million pairs meet: too many to keep, and each coefficient still has its value.
#[test]
fn one_unit_graded_by_ten_thousand_is_answered() {
    let cells: Vec<(u32, u32, Level)> =
        (0..20_000_u32).map(|i| (i % 2, i / 2, ((i % 2) * 2 + i / 2 % 3) as Level)).collect();
    let ratings = Ratings::from_cells(five(), 10_000, 2, &cells).unwrap();
    let analysis = Analysis::new(&ratings, Options { anonymous: true, ..Options::default() }).unwrap();
    assert_eq!(analysis.confusion().iter().flatten().sum::<u64>(), 2 * 10_000 * 9_999);
    let all = analysis.coefficients();
    // Rank by rank: a third of all pairs agree in each unit.
    let percent = find(&all, Coefficient::PercentAgreement, Some(Weighting::Identity)).value.unwrap();
    let exact = (3334.0 * 3333.0 + 2.0 * 3333.0 * 3332.0) / (10_000.0 * 9_999.0);
    assert!((percent - exact).abs() < 1e-12);
}

#[test]
fn uneven_half_point_and_single_value_scales_are_scales() {
    let uneven = Scale::parse("0,2,5,8,10").unwrap();
    let halves = Scale::new((2..=10).map(|i| f64::from(i) / 2.0).collect::<Vec<_>>()).unwrap();
    let a = estimates(&Ratings::from_values(uneven, 2, &[0., 2., 5., 5., 8., 10., 10., 10.]).unwrap());
    let b = estimates(&Ratings::from_values(halves, 2, &[1., 1.5, 2.5, 2.5, 4.5, 5., 5., 5.]).unwrap());
    for all in [&a, &b] {
        assert!(all.iter().all(|e| e.value.is_none_or(f64::is_finite)));
    }
    // By values: |0-2|² and |8-10|² over 10², two of four units.
    let observed = find(&a, Coefficient::PercentAgreement, Some(Weighting::Quadratic)).value.unwrap();
    assert!((observed - (1.0 - (0.04 + 0.04) / 4.0)).abs() < 1e-15);
    let observed = find(&b, Coefficient::PercentAgreement, Some(Weighting::Linear)).value.unwrap();
    assert!((observed - (1.0 - (0.125 + 0.125) / 4.0)).abs() < 1e-15);
    let single = estimates(&Ratings::from_values(Scale::parse("3").unwrap(), 2, &[3.0; 6]).unwrap());
    assert!(single.iter().any(|e| e.undefined == Some(Undefined::SingleCategory)));
    assert!(single.iter().all(|e| e.value.is_none_or(f64::is_finite)));
}

#[test]
fn a_value_off_the_scale_is_refused_wherever_it_comes_in() {
    let text = "item,rater,value\n1,a,4\n2,a,6\n";
    let error = Table::parse(text.as_bytes(), Some(&five())).unwrap_err();
    assert_eq!((error.code(), error.line(), error.field()), ("value_outside_scale", Some(3), Some("value")));
    assert!(matches!(Ratings::from_values(five(), 1, &[0.5]), Err(Error::OutsideScale { .. })));
    assert!(matches!(Ratings::from_values(five(), 1, &[f64::INFINITY]), Err(Error::OutsideScale { .. })));
    assert!(Ratings::from_levels(five(), 1, &[5]).is_err());
    assert!(Ratings::from_cells(five(), 1, 1, &[(0, 0, 5)]).is_err());
    let mut panel: Panel<u8, u8> = Panel::new(&five());
    panel.set(1, &1, Some(2)).unwrap();
    assert!(panel.set(1, &1, Some(5)).is_err() && panel.set_value(1, &1, Some(9.0)).is_err());
    assert_eq!(panel.get(&1, &1), Some(2));
}

#[test]
fn a_second_rating_of_a_unit_by_a_rater_is_refused_or_replaces_by_rule() {
    let text = "item,rater,value\n1,a,4\n1,b,4\n1,a,5\n";
    let error = Table::parse(text.as_bytes(), Some(&five())).unwrap_err();
    assert_eq!(error.to_string(), "rater 'a' graded item '1' twice, on lines 2 and 4");
    let twice = Ratings::from_cells(five(), 2, 1, &[(0, 0, 1), (0, 0, 1)]);
    assert!(matches!(twice, Err(Error::Duplicate { .. })));
    assert!(Ratings::from_patterns(five(), 2, &[(vec![(0, 1), (0, 2)], 1)]).is_err());
    // In a panel, the rule is that a grade is changed.
    let mut panel: Panel<u8, u8> = Panel::new(&five());
    assert_eq!(panel.set_value(1, &1, Some(4.0)).unwrap(), None);
    assert_eq!(panel.set_value(1, &1, Some(5.0)).unwrap(), Some(4.0));
    assert_eq!(panel.units(), 1);
}

#[test]
fn huge_counts_give_the_values_of_their_shares_and_too_huge_ones_an_error() {
    let patterns = |factor: u64| {
        [
            (vec![(0, 0), (1, 0)], 40 * factor),
            (vec![(0, 3), (1, 4)], 9 * factor),
            (vec![(0, 4), (1, 4)], 30 * factor),
        ]
    };
    let at = |factor| estimates(&Ratings::from_patterns(five(), 2, &patterns(factor)).unwrap());
    let (small, huge) = (at(1), at(1 << 57));
    for (a, b) in small.iter().zip(&huge) {
        let sample_corrected =
            matches!(a.coefficient, Coefficient::KrippendorffAlpha | Coefficient::KrippendorffAlphaGwet)
                || a.weights.is_none();
        assert_eq!(a.undefined, b.undefined);
        if let (Some(x), Some(y)) = (a.value, b.value) {
            assert!((x - y).abs() < if sample_corrected { 0.02 } else { 1e-12 }, "{a:?} {b:?}");
        }
    }
    assert_eq!(Ratings::from_patterns(five(), 2, &patterns(1 << 58)).unwrap_err(), Error::Overflow);
    let twice = [(vec![(0, 0)], u64::MAX), (vec![(0, 0)], 1)];
    assert_eq!(Ratings::from_patterns(five(), 1, &twice).unwrap_err(), Error::Overflow);
}

#[test]
fn a_unit_taken_away_leaves_no_trace() {
    let mut panel: Panel<u8, u8> = Panel::new(&five());
    for i in 0..30_u8 {
        panel.set(i / 3, &(i % 3), Some(Level::from(i * 7 % 11 % 5))).unwrap();
    }
    let before =
        (panel.coefficients(), panel.coefficients_by_identity(), serde_json::to_string(&panel).unwrap());
    for rater in 0..5 {
        panel.set(200, &rater, Some(Level::from(rater))).unwrap();
    }
    assert_ne!(panel.coefficients(), before.0);
    panel.remove_unit(&200).unwrap();
    panel.remove_unit(&201).unwrap();
    let after =
        (panel.coefficients(), panel.coefficients_by_identity(), serde_json::to_string(&panel).unwrap());
    assert_eq!(after, before);
}
