//! Conger's kappa: chance agreement from each rater's own use of the levels.

use crate::chance::{Linear, observed_disagreement, student_interval, unit_disagreement};
use crate::estimate::{Outcome, Point, Uncertainty, Undefined};
use crate::moments::{Summary, WeightTable, chance_disagreement};
use crate::ratings::Ratings;
use crate::tally::Histogram;

/// Each rater's ratings of each level; raters without ratings are left out.
#[derive(Debug, Clone)]
pub(crate) struct RaterMarginals {
    levels: usize,
    /// Row of each rater in `counts`; `None` for a rater without ratings.
    row: Vec<Option<u32>>,
    totals: Vec<f64>,
    shares: Vec<f64>,
}

impl RaterMarginals {
    /// Counts over patterns, `times[class]` units of each.
    pub fn of_patterns(ratings: &Ratings, times: &[f64]) -> Self {
        let q = ratings.scale().len();
        let mut counts = vec![0.0; ratings.raters() * q];
        for (class, times) in times.iter().enumerate().filter(|(_, times)| **times > 0.0) {
            for &(rater, level) in ratings.pattern(class) {
                counts[rater as usize * q + usize::from(level)] += times;
            }
        }
        Self::of_counts(q, counts.chunks(q))
    }

    /// From rows of counts, one for each rater.
    pub fn of_counts<'a>(levels: usize, rows: impl Iterator<Item = &'a [f64]>) -> Self {
        let mut marginals = Self { levels, row: Vec::new(), totals: Vec::new(), shares: Vec::new() };
        for counts in rows {
            let total: f64 = counts.iter().sum();
            if total > 0.0 {
                marginals.row.push(Some(marginals.totals.len() as u32));
                marginals.totals.push(total);
                marginals.shares.extend(counts.iter().map(|count| count / total));
            } else {
                marginals.row.push(None);
            }
        }
        marginals
    }

    /// Number of raters with ratings.
    pub fn raters(&self) -> usize {
        self.totals.len()
    }

    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.shares.chunks_exact(self.levels)
    }

    fn sum_of_shares(&self) -> Vec<f64> {
        let mut sum = vec![0.0; self.levels];
        for shares in self.rows() {
            sum.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
        }
        sum
    }
}

/// Kappa with chance agreement averaged over ordered pairs of different raters,
/// `p_e = Σ_{g≠h} Σ_kl w_kl p_gk p_hl / (r (r - 1))`, each rater's shares over all their ratings.
///
/// Source: Conger (1980); with missing ratings Gwet (2014), chapter 4.
pub(crate) fn conger(summary: &Summary, marginals: &RaterMarginals, weights: &WeightTable) -> Outcome {
    if summary.paired == 0.0 {
        return Err(Undefined::NoPairableItems);
    }
    if summary.levels_used < 2 {
        return Err(Undefined::NoVariation);
    }
    let r = marginals.raters() as f64;
    let all = chance_disagreement(&marginals.sum_of_shares(), &weights.disagreement);
    let own: f64 = marginals.rows().map(|shares| chance_disagreement(shares, &weights.disagreement)).sum();
    let expected = (all - own) / (r * (r - 1.0));
    Ok(Point::of_disagreements(observed_disagreement(summary, weights), expected))
}

/// Standard error, interval and p value, linearised and conditional on the raters.
///
/// A unit's part of the chance agreement is additive in its ratings: with
/// `e_g(l) = Σ_k d_kl Σ_{h≠g} p_hk`, a rating `l` by `g` moves it by
/// `n / n_g · (mean of e_g - e_g(l)) / (r (r - 1))`.
///
/// Source: Gwet (2014), chapter 5; the R package irrCAC 1.4 computes the same.
pub(crate) fn uncertainty(
    linear: &Linear<'_>,
    ratings: &Ratings,
    histograms: &[Histogram],
    marginals: &RaterMarginals,
    (weights, point): (&WeightTable, &Point),
) -> Uncertainty {
    let q = marginals.levels;
    let (summary, value) = (linear.summary, point.value);
    let r = marginals.raters() as f64;
    let all = marginals.sum_of_shares();
    let mut shift = Vec::with_capacity(marginals.shares.len());
    for (shares, total) in marginals.rows().zip(&marginals.totals) {
        let others: Vec<f64> = all.iter().zip(shares).map(|(all, own)| all - own).collect();
        let by_level = crate::chance::level_disagreement(&others, &weights.disagreement);
        let mean: f64 = by_level.iter().zip(shares).map(|(e, share)| e * share).sum();
        let factor = summary.rated / total / (r * (r - 1.0));
        shift.extend(by_level.iter().map(|e| factor * (mean - e)));
    }
    let expected = 1.0 - point.expected.unwrap_or(0.0);
    let scale = summary.rated / summary.paired;
    let mut sum = 0.0;
    for (class, (cells, times)) in ratings.patterns().enumerate() {
        let excess: f64 = cells
            .iter()
            .filter_map(|&(rater, level)| {
                let row = marginals.row[rater as usize]? as usize;
                Some(shift[row * q + usize::from(level)])
            })
            .sum();
        let own = if cells.len() < 2 {
            0.0
        } else {
            scale * (expected - unit_disagreement(&histograms[class], &weights.disagreement, q)) / expected
        };
        let deviation = own - 2.0 * (1.0 - value) * excess / expected - value;
        sum += times as f64 * deviation * deviation;
    }
    student_interval(value, sum, summary.rated, summary.rated, linear.t)
}
