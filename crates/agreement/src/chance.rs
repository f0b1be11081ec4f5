//! Percent agreement and the multi-rater kappas that do not need to know who rated: Brennan–Prediger,
//! Fleiss, Gwet's AC.
//!
//! Everything is computed on disagreements, `1 - weight`: perfect agreement is then exactly 1.
//! Missing ratings follow Gwet (2014): observed agreement over units with two ratings or more, level
//! shares over all rated units.

use crate::estimate::{IntervalMethod, Outcome, Point, Uncertainty, Undefined};
use crate::moments::{Geometry, Summary, WeightTable, chance_disagreement, disagreement};
use crate::special::{t_quantile_central, t_two_sided};
use crate::tally::Histogram;

/// Standard errors below this are rounding noise around an exact 0.
const ZERO_SE: f64 = 1e-12;

/// Mean over paired units of the weighted share of agreeing rater pairs.
///
/// `p_a = Σ_i Σ_k r_ik (r*_ik - 1) / (r_i (r_i - 1)) / n'` with `r*_ik = Σ_l w_kl r_il`.
///
/// Source: Gwet (2014).
pub(crate) fn percent(summary: &Summary, weights: &WeightTable) -> Outcome {
    if summary.paired == 0.0 {
        return Err(Undefined::NoPairableItems);
    }
    let observed = observed_disagreement(summary, weights);
    Ok(Point { value: 1.0 - observed, observed: Some(1.0 - observed), expected: None })
}

/// Weighted share of agreeing pairs among all rating pairs of all units: a unit counts by its pairs.
///
/// `Σ_i Σ_k r_ik (r*_ik - 1) / Σ_i r_i (r_i - 1)`.
///
/// Source: Fleiss (1971), whose mean over units it is where all have equally many ratings.
pub(crate) fn percent_pooled(summary: &Summary, weights: &WeightTable) -> Outcome {
    if summary.paired == 0.0 {
        return Err(Undefined::NoPairableItems);
    }
    let observed = disagreement(summary.shares.len(), &summary.pooled_pairs, &weights.disagreement);
    Ok(Point { value: 1.0 - observed, observed: Some(1.0 - observed), expected: None })
}

/// Chance agreement if every level of the scale were equally likely.
///
/// `p_e = Σ_kl w_kl / q²`.
///
/// Source: Brennan & Prediger (1981); weighted Gwet (2014).
pub(crate) fn brennan_prediger(summary: &Summary, weights: &WeightTable) -> Outcome {
    defined_on_scale(summary)?;
    let expected = brennan_prediger_chance(summary, weights);
    Ok(Point::of_disagreements(observed_disagreement(summary, weights), expected))
}

fn brennan_prediger_chance(summary: &Summary, weights: &WeightTable) -> f64 {
    let q = summary.shares.len() as f64;
    weights.disagreement.iter().sum::<f64>() / (q * q)
}

/// Chance agreement of two ratings drawn from the overall shares of levels. Scott's pi for two raters.
///
/// `p_e = Σ_kl w_kl π_k π_l`, `π_k` the mean over rated units of `r_ik / r_i`.
///
/// Source: Fleiss (1971); weighted and with missing ratings Gwet (2014).
pub(crate) fn fleiss(summary: &Summary, weights: &WeightTable) -> Outcome {
    if summary.paired == 0.0 {
        return Err(Undefined::NoPairableItems);
    }
    if summary.levels_used < 2 {
        return Err(Undefined::NoVariation);
    }
    let expected = chance_disagreement(&summary.shares, &weights.disagreement);
    Ok(Point::of_disagreements(observed_disagreement(summary, weights), expected))
}

/// AC1 (identity weights) and AC2: chance agreement only where raters may be guessing.
///
/// `p_e = T_w / (q (q - 1)) Σ_k π_k (1 - π_k)`, `T_w` the sum of all weights.
///
/// Source: Gwet (2008); weighted and with missing ratings Gwet (2014).
pub(crate) fn gwet_ac(summary: &Summary, weights: &WeightTable) -> Outcome {
    defined_on_scale(summary)?;
    let expected = 1.0 - gwet_chance(summary, weights);
    Ok(Point::of_disagreements(observed_disagreement(summary, weights), expected))
}

fn gwet_chance(summary: &Summary, weights: &WeightTable) -> f64 {
    let q = summary.shares.len() as f64;
    weights.total / (q * (q - 1.0)) * summary.shares.iter().map(|share| share * (1.0 - share)).sum::<f64>()
}

fn defined_on_scale(summary: &Summary) -> Result<(), Undefined> {
    if summary.paired == 0.0 {
        return Err(Undefined::NoPairableItems);
    }
    if summary.shares.len() < 2 {
        return Err(Undefined::SingleCategory);
    }
    Ok(())
}

pub(crate) fn observed_disagreement(summary: &Summary, weights: &WeightTable) -> f64 {
    disagreement(summary.shares.len(), &summary.unit_pairs, &weights.disagreement)
}

/// `Σ_l disagreement_kl · share_l` for each level `k`.
pub(crate) fn level_disagreement(shares: &[f64], between: &[f64]) -> Vec<f64> {
    let q = shares.len();
    (0..q).map(|k| (0..q).map(|l| between[k * q + l] * shares[l]).sum()).collect()
}

/// One unit's weighted share of disagreeing pairs.
pub(crate) fn unit_disagreement(histogram: &Histogram, between: &[f64], q: usize) -> f64 {
    let entries = histogram.entries();
    let mut sum = 0.0;
    for (i, &(k, a)) in entries.iter().enumerate() {
        for &(l, b) in &entries[i + 1..] {
            sum += f64::from(a) * f64::from(b) * between[usize::from(k) * q + usize::from(l)];
        }
    }
    let m = f64::from(histogram.size());
    2.0 * sum / (m * (m - 1.0))
}

/// Mean of `per_level` over one unit's ratings.
pub(crate) fn unit_mean(histogram: &Histogram, per_level: &[f64]) -> f64 {
    let sum: f64 = histogram.entries().iter().map(|&(k, a)| f64::from(a) * per_level[usize::from(k)]).sum();
    sum / f64::from(histogram.size())
}

/// The distinct histograms with the number of units of each.
pub(crate) type Classes<'a> = [(&'a Histogram, f64)];

/// What standard errors are computed from.
pub(crate) struct Linear<'a> {
    pub geometry: &'a Geometry,
    pub summary: &'a Summary,
    pub classes: &'a Classes<'a>,
    /// Half-width of the interval in standard errors: Student's t with one degree of freedom less than
    /// there are rated units. `None` for a single unit.
    pub t: Option<f64>,
}

impl<'a> Linear<'a> {
    pub fn new(geometry: &'a Geometry, summary: &'a Summary, classes: &'a Classes<'a>, level: f64) -> Self {
        let t = (summary.rated > 1.0).then(|| t_quantile_central(level, summary.rated - 1.0));
        Self { geometry, summary, classes, t }
    }

    /// Uncertainty of percent agreement.
    ///
    /// Source: Gwet (2014): `Σ (x_i - p_a)² / (n (n - 1))`, `x_i` a unit's agreement times `n / n'`.
    pub fn percent(&self, weights: &WeightTable, value: f64) -> Uncertainty {
        let q = self.geometry.levels();
        let scale = self.summary.rated / self.summary.paired;
        let sum = self.sum_of_squares(|histogram| {
            if histogram.size() < 2 {
                return -value;
            }
            scale * (1.0 - unit_disagreement(histogram, &weights.disagreement, q)) - value
        });
        Uncertainty { p_value: None, ..self.interval(value, sum, self.summary.rated) }
    }

    /// Uncertainty of a kappa-like coefficient `1 - observed / expected`, where `excess` is by how much
    /// one unit's part of the chance agreement lies above the mean.
    ///
    /// Source: Gwet (2008, 2014): `Σ (x_i - κ)² / (n (n - 1))` with
    /// `x_i = κ_i - 2 (1 - κ) (p_e,i - p_e) / (1 - p_e)`.
    pub fn kappa(
        &self,
        weights: &WeightTable,
        point: &Point,
        excess: impl Fn(&Histogram) -> f64,
    ) -> Uncertainty {
        let q = self.geometry.levels();
        let expected = 1.0 - point.expected.unwrap_or(0.0);
        let scale = self.summary.rated / self.summary.paired;
        let sum = self.sum_of_squares(|histogram| {
            let own = if histogram.size() < 2 {
                0.0
            } else {
                scale * (expected - unit_disagreement(histogram, &weights.disagreement, q)) / expected
            };
            own - 2.0 * (1.0 - point.value) * excess(histogram) / expected - point.value
        });
        self.interval(point.value, sum, self.summary.rated)
    }

    /// Uncertainty of Brennan–Prediger, whose chance agreement is a constant: `p_e,i = p_e`.
    ///
    /// Source: Gwet (2014), chapter 5.
    pub fn brennan_prediger(&self, weights: &WeightTable, point: &Point) -> Uncertainty {
        self.kappa(weights, point, |_| 0.0)
    }

    /// Uncertainty of Fleiss' kappa: `p_e,i = Σ_k r_ik / r_i Σ_l w_kl π_l`.
    ///
    /// Source: Gwet (2008, 2014).
    pub fn fleiss(&self, weights: &WeightTable, point: &Point) -> Uncertainty {
        let levels = level_disagreement(&self.summary.shares, &weights.disagreement);
        let expected = 1.0 - point.expected.unwrap_or(0.0);
        self.kappa(weights, point, |histogram| expected - unit_mean(histogram, &levels))
    }

    /// Uncertainty of AC1 and AC2: `p_e,i = T_w / (q (q - 1)) Σ_k r_ik / r_i (1 - π_k)`.
    ///
    /// Source: Gwet (2008), weighted Gwet (2014).
    pub fn gwet_ac(&self, weights: &WeightTable, point: &Point) -> Uncertainty {
        let q = self.geometry.levels() as f64;
        let factor = weights.total / (q * (q - 1.0));
        let levels: Vec<f64> = self.summary.shares.iter().map(|share| factor * (1.0 - share)).collect();
        let chance = point.expected.unwrap_or(0.0);
        self.kappa(weights, point, |histogram| unit_mean(histogram, &levels) - chance)
    }

    pub fn sum_of_squares(&self, deviation: impl Fn(&Histogram) -> f64) -> f64 {
        self.classes
            .iter()
            .map(|(histogram, times)| {
                let d = deviation(histogram);
                times * d * d
            })
            .sum()
    }

    /// From a sum of squared deviations over `units` to a standard error, interval and p value. Only the
    /// upper limit is cut at 1.
    pub fn interval(&self, value: f64, sum_of_squares: f64, units: f64) -> Uncertainty {
        student_interval(value, sum_of_squares, units, self.summary.rated, self.t)
    }
}

pub(crate) fn student_interval(
    value: f64,
    sum_of_squares: f64,
    units: f64,
    rated: f64,
    t: Option<f64>,
) -> Uncertainty {
    let Some(t) = t.filter(|_| units > 1.0) else { return Uncertainty::default() };
    let se = (sum_of_squares / (units * (units - 1.0))).sqrt();
    let se = if se < ZERO_SE { 0.0 } else { se };
    let p_value = if se > 0.0 {
        t_two_sided(value / se, rated - 1.0)
    } else if value.abs() < ZERO_SE {
        1.0
    } else {
        0.0
    };
    Uncertainty {
        se: Some(se),
        ci: Some([value - t * se, (value + t * se).min(1.0)]),
        p_value: Some(p_value),
        method: Some(IntervalMethod::Analytic),
    }
}
