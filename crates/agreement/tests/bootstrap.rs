//! Intervals from drawing units again: checked against another way to compute them, and by their laws.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use assay_agreement::{
    Analysis, Bootstrap, Coefficient, Estimate, IntervalMethod, Level, Limits, MISSING, Metric, Options,
    Ratings, Scale, Weighting,
};

/// A generator of the test's own.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

type Row = [Option<Level>; 3];

/// Three raters who hit a true level of three in seven cases of ten; some grades are missing.
fn rows(units: usize, dice: &mut Dice) -> Vec<Row> {
    let mut row = || {
        let truth = [0, 0, 1, 2][dice.roll(4) as usize];
        [(); 3].map(|()| {
            let level = if dice.roll(10) < 7 { truth } else { dice.roll(3) as Level };
            (dice.roll(12) > 0).then_some(level)
        })
    };
    (0..units).map(|_| row()).collect()
}

fn ratings(rows: &[Row]) -> Ratings {
    let levels: Vec<Level> = rows.iter().flatten().map(|level| level.unwrap_or(MISSING)).collect();
    Ratings::from_levels(Scale::range(1, 3).unwrap(), 3, &levels).unwrap()
}

fn estimates(ratings: &Ratings, bootstrap: Bootstrap, ci_level: f64) -> Vec<Estimate> {
    let options = Options { bootstrap: Some(bootstrap), ci_level, ..Options::default() };
    Analysis::new(ratings, options).unwrap().coefficients()
}

fn nominal_alpha(estimates: &[Estimate]) -> &Estimate {
    let wanted = (Coefficient::KrippendorffAlpha, Some(Weighting::Nominal));
    estimates.iter().find(|e| (e.coefficient, e.weights) == wanted).unwrap()
}

/// Krippendorff's alpha for labels, from its definition and nothing else.
fn alpha_by_definition(rows: &[Row]) -> f64 {
    let (mut counts, mut n, mut disagreeing) = ([0.0; 3], 0.0, 0.0);
    for row in rows {
        let levels: Vec<Level> = row.iter().flatten().copied().collect();
        if levels.len() < 2 {
            continue;
        }
        for (i, a) in levels.iter().enumerate() {
            counts[usize::from(*a)] += 1.0;
            n += 1.0;
            for (j, b) in levels.iter().enumerate() {
                if i != j && a != b {
                    disagreeing += 1.0 / (levels.len() as f64 - 1.0);
                }
            }
        }
    }
    let by_chance: f64 = counts.iter().map(|count| count * (n - count)).sum::<f64>() / (n - 1.0);
    1.0 - disagreeing / by_chance
}

/// The standard normal distribution and its inverse, by summing and bisecting.
fn normal(z: f64) -> f64 {
    let (mut term, mut sum) = (z, z);
    for i in 1..200 {
        term *= -z * z / (2.0 * f64::from(i));
        sum += term / (2.0 * f64::from(i) + 1.0);
    }
    0.5 + sum / (2.0 * std::f64::consts::PI).sqrt()
}

fn normal_inverse(p: f64) -> f64 {
    let (mut low, mut high) = (-5.0, 5.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if normal(middle) < p { low = middle } else { high = middle }
    }
    low
}

/// Efron's BCa limits (1987), with draws and a jackknife over single units of the test's own.
fn limits_by_definition(rows: &[Row], replicates: usize, dice: &mut Dice) -> ([f64; 2], [f64; 2]) {
    let value = alpha_by_definition(rows);
    let mut draw = || {
        let again: Vec<Row> = rows.iter().map(|_| rows[dice.roll(rows.len() as u64) as usize]).collect();
        alpha_by_definition(&again)
    };
    let mut drawn: Vec<f64> = (0..replicates).map(|_| draw()).collect();
    drawn.sort_by(f64::total_cmp);
    let without = |i: usize| alpha_by_definition(&[&rows[..i], &rows[i + 1..]].concat());
    let left_out: Vec<f64> = (0..rows.len()).map(without).collect();
    let mean = left_out.iter().sum::<f64>() / left_out.len() as f64;
    let power = |k: i32| left_out.iter().map(|v| (mean - v).powi(k)).sum::<f64>();
    let acceleration = power(3) / (6.0 * power(2).powf(1.5));
    let below = drawn.iter().filter(|v| **v < value).count() as f64 / replicates as f64;
    let bias = normal_inverse(below);
    let at = |p: f64| drawn[(p * replicates as f64) as usize];
    let corrected = |p: f64| {
        let z = bias + normal_inverse(p);
        at(normal(bias + z / (1.0 - acceleration * z)))
    };
    ([at(0.025), at(0.975)], [corrected(0.025), corrected(0.975)])
}

#[test]
fn percentile_and_bca_limits_are_those_of_an_independent_computation() {
    let mut dice = Dice(11);
    let rows = rows(25, &mut dice);
    let ratings = ratings(&rows);
    let (percentile, bca) = limits_by_definition(&rows, 40_000, &mut dice);
    for (limits, expected) in [(Limits::Percentile, percentile), (Limits::Bca, bca)] {
        let all = estimates(&ratings, Bootstrap { replicates: 40_000, seed: 2, limits }, 0.95);
        let alpha = nominal_alpha(&all);
        assert!((alpha.value.unwrap() - alpha_by_definition(&rows)).abs() < 1e-12);
        assert_eq!(alpha.ci_method, Some(IntervalMethod::Bootstrap));
        for (ours, theirs) in alpha.ci.unwrap().iter().zip(expected) {
            assert!((ours - theirs).abs() < 0.01, "{limits:?}: {:?} is not {expected:?}", alpha.ci);
        }
    }
    // The correction is not nothing on these data, so the test can tell the two apart.
    assert!((percentile[0] - bca[0]).abs() > 0.012, "{percentile:?} {bca:?}");
}

#[test]
fn intervals_of_either_kind_cover_the_value_behind_the_data_about_as_often_as_they_say() {
    let mut dice = Dice(5);
    let truth = alpha_by_definition(&rows(400_000, &mut dice));
    for limits in [Limits::Percentile, Limits::Bca] {
        let covered = (0..300)
            .filter(|seed| {
                let rows = rows(60, &mut dice);
                let all = estimates(&ratings(&rows), Bootstrap { replicates: 300, seed: *seed, limits }, 0.9);
                let [low, high] = nominal_alpha(&all).ci.unwrap();
                low <= truth && truth <= high
            })
            .count();
        assert!((252..=288).contains(&covered), "{covered} of 300 intervals at 90 % ({limits:?})");
    }
}

#[test]
fn a_higher_level_gives_a_wider_interval_around_the_narrower() {
    let ratings = ratings(&rows(40, &mut Dice(3)));
    for limits in [Limits::Percentile, Limits::Bca] {
        let bootstrap = Bootstrap { replicates: 500, seed: 9, limits };
        let at = |level| estimates(&ratings, bootstrap, level);
        for ((a, b), c) in at(0.8).iter().zip(at(0.95)).zip(at(0.99)) {
            if let (Some(a), Some(b), Some(c)) = (a.ci, b.ci, c.ci) {
                assert!(c[0] <= b[0] && b[0] <= a[0] && a[0] <= a[1] && a[1] <= b[1] && b[1] <= c[1]);
            }
        }
    }
}

/// No machine draws 10^12 units: a replicate is drawn from the patterns.
#[test]
fn a_bootstrap_of_a_trillion_units_costs_its_patterns() {
    let small = ratings(&rows(200, &mut Dice(8)));
    let times = |factor: u64| {
        let patterns: Vec<_> = small.patterns().map(|(cells, n)| (cells.to_vec(), n * factor)).collect();
        Ratings::from_patterns(small.scale().clone(), 3, &patterns).unwrap()
    };
    let bootstrap = Bootstrap { replicates: 1000, ..Bootstrap::default() };
    let a = estimates(&times(50), bootstrap, 0.95);
    let b = estimates(&times(5_000_000_000), bootstrap, 0.95);
    assert!(b[0].n > 900_000_000_000);
    for (a, b) in a.iter().zip(&b) {
        if let (Some(x), Some(y)) = (a.se, b.se) {
            // A hundred million times the units, a ten-thousandth of the error.
            assert!((x / y / 1e4 - 1.0).abs() < 0.15, "{:?} {x} {y}", a.coefficient);
        }
    }
}

#[test]
fn a_replicate_without_a_value_is_left_out_and_too_many_of_them_give_no_interval() {
    // One unit in twelve varies: about a third of all draws are of one level only.
    let mut rows: Vec<Row> = vec![[Some(0), Some(0), Some(0)]; 11];
    rows.push([Some(0), Some(1), Some(1)]);
    let all = estimates(&ratings(&rows), Bootstrap::default(), 0.95);
    assert!(nominal_alpha(&all).ci.is_some());
    // Two units that do not vary against one that does, and only draws with the third have a value.
    let mut rows: Vec<Row> = vec![[Some(0), Some(0), None]; 2];
    rows.push([Some(1), None, None]);
    let all = estimates(&ratings(&rows), Bootstrap::default(), 0.95);
    assert_eq!((nominal_alpha(&all).value, nominal_alpha(&all).ci), (None, None));
}

#[test]
fn the_ordinal_alpha_has_a_bootstrap_interval_even_where_none_was_asked_for() {
    let ratings = ratings(&rows(40, &mut Dice(4)));
    let all = Analysis::new(&ratings, Options::default()).unwrap().coefficients();
    let wanted = (Coefficient::KrippendorffAlpha, Some(Metric::Ordinal.into()));
    let alpha = all.iter().find(|e| (e.coefficient, e.weights) == wanted).unwrap();
    assert_eq!(alpha.ci_method, Some(IntervalMethod::Bootstrap));
    assert_eq!(nominal_alpha(&all).ci_method, Some(IntervalMethod::Analytic));
}
