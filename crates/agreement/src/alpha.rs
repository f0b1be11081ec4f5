//! Krippendorff's alpha, by metric and by agreement weights.
//!
//! Only units with two ratings or more count. Invariant: levels that nobody used change nothing.

use crate::Scale;
use crate::chance::{Linear, level_disagreement, unit_disagreement, unit_mean};
use crate::estimate::{Outcome, Point, Uncertainty, Undefined};
use crate::moments::{Summary, WeightTable, chance_disagreement, disagreement};
use crate::weights::Metric;

fn defined(summary: &Summary) -> Result<(), Undefined> {
    if summary.paired == 0.0 {
        return Err(Undefined::NoPairableItems);
    }
    if summary.paired_levels_used < 2 {
        return Err(Undefined::NoVariation);
    }
    Ok(())
}

/// Alpha of a metric: `1 - D_o / D_e` over the coincidence matrix.
///
/// Source: Krippendorff (2011): coincidences `o_kl = Σ_u h_k (h_l - [k = l]) / (m_u - 1)`, their marginals
/// `n_k`, `D_o = Σ o_kl δ²_kl / n`, `D_e = Σ n_k n_l δ²_kl / (n (n - 1))`. Observed and expected are `1 - D` with differences
/// relative to the largest on the scale.
pub(crate) fn alpha(summary: &Summary, scale: &Scale, metric: Metric) -> Outcome {
    alpha_of(summary, &metric.differences(scale, &summary.paired_marginals))
}

/// Alpha of a metric whose differences are known.
pub(crate) fn alpha_of(summary: &Summary, differences: &[f64]) -> Outcome {
    defined(summary)?;
    let (observed, expected) = disagreements(summary, differences);
    Ok(Point::of_disagreements(observed, expected))
}

pub(crate) fn disagreements(summary: &Summary, differences: &[f64]) -> (f64, f64) {
    let n = summary.paired_ratings;
    let observed = disagreement(summary.shares.len(), &summary.coincidences, differences) / n;
    let expected = chance_disagreement(&summary.paired_marginals, differences) / (n * (n - 1.0));
    (observed, expected)
}

/// Alpha with agreement weights, as Gwet writes it. Identity weights give the nominal alpha and quadratic
/// ones the interval alpha; ordinal weights do *not* give Krippendorff's ordinal alpha.
///
/// Source: Gwet (2014), whose observed agreement carries the correction for small samples,
/// `p_a = (1 - 1/N) p_a' + 1/N`.
pub(crate) fn alpha_weighted(summary: &Summary, weights: &WeightTable) -> Outcome {
    defined(summary)?;
    let (observed, expected) = weighted_disagreements(summary, weights);
    let correction = 1.0 - 1.0 / summary.paired_ratings;
    Ok(Point::of_disagreements(correction * observed, expected))
}

/// Disagreement before the small-sample correction, and by chance with replacement.
fn weighted_disagreements(summary: &Summary, weights: &WeightTable) -> (f64, f64) {
    let n = summary.paired_ratings;
    let observed = disagreement(summary.shares.len(), &summary.coincidences, &weights.disagreement) / n;
    let shares: Vec<f64> = summary.paired_marginals.iter().map(|count| count / n).collect();
    (observed, chance_disagreement(&shares, &weights.disagreement))
}

/// Standard error, interval and p value of alpha with agreement weights: linearised, conditional on the
/// raters, with the degrees of freedom of all rated units.
///
/// Source: Gwet (2014); the form of the R package irrCAC 1.4 (the Python one differs where
/// ratings are missing).
pub(crate) fn weighted_uncertainty(linear: &Linear<'_>, weights: &WeightTable, value: f64) -> Uncertainty {
    let summary = linear.summary;
    let q = linear.geometry.levels();
    let mean_size = summary.paired_ratings / summary.paired;
    let (observed, expected) = weighted_disagreements(summary, weights);
    let shares: Vec<f64> =
        summary.paired_marginals.iter().map(|count| count / summary.paired_ratings).collect();
    let levels = level_disagreement(&shares, &weights.disagreement);
    let sum = linear.sum_of_squares(|histogram| {
        if histogram.size() < 2 {
            return 0.0;
        }
        let size = f64::from(histogram.size()) / mean_size;
        let own = observed - unit_disagreement(histogram, &weights.disagreement, q);
        let chance = expected - unit_mean(histogram, &levels);
        size * (own - 2.0 * observed / expected * chance) / expected
    });
    linear.interval(value, sum, summary.paired)
}
