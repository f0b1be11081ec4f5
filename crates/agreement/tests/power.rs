//! How many units and raters a wanted interval needs: plans keep what they promise.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use assay_agreement::power::{Plan, PlanFor};
use assay_agreement::{
    Analysis, Bootstrap, Coefficient, DimensionReport, Level, Metric, Options, Ratings, Scale, Weighting,
    Weights,
};

/// `units` units, each graded by `raters`: right in six cases of ten, else one level off or anything.
fn ratings(units: usize, raters: usize) -> Ratings {
    let mut state = 77_u64;
    let mut roll = |sides: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % sides
    };
    let mut levels: Vec<Level> = Vec::new();
    for _ in 0..units {
        let truth = roll(5) as Level;
        for _ in 0..raters {
            levels.push(match roll(10) {
                0..6 => truth,
                6..8 => (truth + 1).min(4),
                _ => roll(5) as Level,
            });
        }
    }
    Ratings::from_levels(Scale::range(1, 5).unwrap(), raters, &levels).unwrap()
}

fn plans(ratings: &Ratings, wanted: PlanFor, width: f64, raters: &[u32]) -> Vec<Option<Plan>> {
    Analysis::new(ratings, Options::default()).unwrap().plans(wanted, width, raters)
}

fn width(ratings: &Ratings, wanted: (Coefficient, Weighting), bootstrap: Option<Bootstrap>) -> f64 {
    let all = Analysis::new(ratings, Options { bootstrap, ..Options::default() }).unwrap().coefficients();
    let [low, high] =
        all.iter().find(|e| (e.coefficient, e.weights) == (wanted.0, Some(wanted.1))).unwrap().ci.unwrap();
    high - low
}

/// The width that 600 units have is the width for which 600 units are planned.
#[test]
fn a_plan_for_the_width_at_hand_is_the_design_at_hand() {
    let data = ratings(600, 3);
    let cases = [
        (PlanFor::Alpha(Metric::Nominal), (Coefficient::KrippendorffAlpha, Weighting::Nominal)),
        (PlanFor::Alpha(Metric::Interval), (Coefficient::KrippendorffAlpha, Weighting::Interval)),
        (PlanFor::Alpha(Metric::Ordinal), (Coefficient::KrippendorffAlpha, Weighting::Ordinal)),
        (PlanFor::GwetAc(Weights::Identity), (Coefficient::GwetAc, Weighting::Identity)),
        (PlanFor::GwetAc(Weights::Quadratic), (Coefficient::GwetAc, Weighting::Quadratic)),
    ];
    for (wanted, coefficient) in cases {
        let plan = plans(&data, wanted, width(&data, coefficient, None), &[3])[0].unwrap();
        assert!((480..=720).contains(&plan.units), "{wanted:?}: {plan:?}");
        assert_eq!((plan.raters_per_unit, plan.ratings), (3, 3 * plan.units));
    }
}

/// Data made to a plan have an interval of the width that was planned for, other raters per unit included.
#[test]
fn data_made_to_a_plan_have_the_wanted_interval() {
    let pilot = ratings(400, 3);
    for plan in plans(&pilot, PlanFor::Alpha(Metric::Nominal), 0.06, &[2, 3, 5]) {
        let plan = plan.unwrap();
        let made = ratings(plan.units as usize, plan.raters_per_unit as usize);
        let nominal = (Coefficient::KrippendorffAlpha, Weighting::Nominal);
        for bootstrap in [None, Some(Bootstrap::default())] {
            let width = width(&made, nominal, bootstrap);
            assert!((width / 0.06 - 1.0).abs() < 0.15, "{plan:?} gives {width}");
        }
    }
}

#[test]
fn half_the_width_needs_four_times_the_units_and_more_raters_need_fewer() {
    let data = ratings(300, 3);
    let wanted = PlanFor::Alpha(Metric::Ordinal);
    let units = |width, raters| plans(&data, wanted, width, &[raters])[0].unwrap().units as f64;
    assert!((units(0.05, 3) / units(0.1, 3) - 4.0).abs() < 0.05);
    assert!(units(0.1, 2) > units(0.1, 3) && units(0.1, 3) > units(0.1, 6));
    let expected = |raters| plans(&data, wanted, 0.1, &[raters])[0].unwrap().expected_value;
    // What is expected does not hang on the number of raters, nor is it far from what was found.
    let found = data.alpha(Metric::Ordinal).unwrap().unwrap().value;
    assert!((expected(2) - expected(8)).abs() < 0.03 && (expected(3) - found).abs() < 0.05);
}

#[test]
fn a_report_plans_for_the_coefficient_that_its_reading_trusts() {
    let data = ratings(300, 3);
    let names = ["a", "b", "c"].map(str::to_owned);
    let report = |options: &Options| DimensionReport::new("", &data, &names, options).unwrap();
    assert_eq!(report(&Options::default()).plans, None);
    let found = report(&Options { plan_width: Some(0.1), ..Options::default() });
    let planned = found.plans.unwrap();
    assert_eq!(
        Some((planned.coefficient, Some(planned.weights))),
        found.reading.coefficient.map(|c| (c, found.reading.weights))
    );
    let ours: Vec<Option<Plan>> = planned.designs.into_iter().map(Some).collect();
    assert_eq!(ours, plans(&data, PlanFor::Alpha(Metric::Ordinal), 0.1, &[2, 3, 4, 5, 6]));
}

#[test]
fn plans_repeat_and_where_nothing_can_be_planned_none_is_given() {
    let data = ratings(50, 2);
    let wanted = PlanFor::GwetAc(Weights::Ordinal);
    assert_eq!(plans(&data, wanted, 0.1, &[2, 4]), plans(&data, wanted, 0.1, &[2, 4]));
    assert_eq!(plans(&ratings(50, 1), wanted, 0.1, &[2]), []);
    let constant = Ratings::from_levels(Scale::range(1, 5).unwrap(), 2, &[2; 40]).unwrap();
    assert_eq!(plans(&constant, PlanFor::Alpha(Metric::Nominal), 0.1, &[2]), [None]);
    // One rating of a unit shows no agreement, and a width of nothing needs no end of units.
    assert_eq!(plans(&data, wanted, 0.1, &[0, 1]), [None, None]);
    assert_eq!(plans(&data, wanted, 0.0, &[2]), [None]);
}
