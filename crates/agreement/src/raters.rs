//! Each rater against the rest: severity, agreement, and which levels are confused.

use crate::analysis::Analysis;
use crate::moments::Summary;
use crate::ratings::Ratings;
use crate::tally::packed;
use serde::{Deserialize, Serialize};

/// One rater compared with the others on the units they share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RaterSummary {
    /// Ratings given.
    pub ratings: u64,
    /// Units shared with at least one other rater.
    pub units_shared: u64,
    /// Mean grade given.
    pub mean: Option<f64>,
    /// Severity: mean over shared units of the own grade less the mean of the others' grades. Below 0 is
    /// severe, above 0 lenient.
    pub mean_difference: Option<f64>,
    /// Standard error of that mean over units.
    pub mean_difference_se: Option<f64>,
    /// Mean over shared units of the share of the others who gave the same grade.
    pub agreement_with_others: Option<f64>,
}

#[derive(Default, Clone, Copy)]
struct Sums {
    ratings: f64,
    grades: f64,
    shared: f64,
    differences: f64,
    squares: f64,
    same: f64,
}

/// Compares every rater with the rest, in the order of the raters.
///
/// Severity is the mean over shared units of `d_i = x_i - (Σ_others x) / (m_i - 1)`, its standard error
/// `√(Σ (d_i - d)² / (n (n - 1)))`. A difference is one of use of the scale: units are not assigned at random to
/// raters as a rule, but each is compared on the very units the others graded too.
pub fn rater_summaries(ratings: &Ratings) -> Vec<RaterSummary> {
    let values = ratings.scale().values();
    let mut sums = vec![Sums::default(); ratings.raters()];
    for (cells, times) in ratings.patterns() {
        let times = times as f64;
        let total: f64 = cells.iter().map(|(_, level)| values[usize::from(*level)]).sum();
        let others = cells.len() as f64 - 1.0;
        for &(rater, level) in cells {
            let (sum, grade) = (&mut sums[rater as usize], values[usize::from(level)]);
            sum.ratings += times;
            sum.grades += times * grade;
            if cells.len() < 2 {
                continue;
            }
            let difference = grade - (total - grade) / others;
            let same = cells.iter().filter(|(_, other)| *other == level).count() as f64 - 1.0;
            sum.shared += times;
            sum.differences += times * difference;
            sum.squares += times * difference * difference;
            sum.same += times * same / others;
        }
    }
    sums.iter().map(Sums::summary).collect()
}

impl Sums {
    fn summary(&self) -> RaterSummary {
        let shared = |sum: f64| (self.shared > 0.0).then(|| sum / self.shared);
        let mean_difference = shared(self.differences);
        let se = mean_difference.filter(|_| self.shared > 1.0).map(|mean| {
            let variance = (self.squares / self.shared - mean * mean).max(0.0) / (self.shared - 1.0);
            variance.sqrt()
        });
        RaterSummary {
            ratings: self.ratings as u64,
            units_shared: self.shared as u64,
            mean: (self.ratings > 0.0).then(|| self.grades / self.ratings),
            mean_difference,
            mean_difference_se: se,
            agreement_with_others: shared(self.same),
        }
    }
}

/// Two levels that raters give to the same unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// The two grades, the lower first.
    pub values: [f64; 2],
    /// Share of all disagreeing rating pairs that are of these two grades.
    pub share: f64,
    /// How often they meet, relative to what chance would give: above 1 they are confused more than their
    /// frequency explains.
    pub ratio_to_chance: f64,
}

impl Analysis<'_> {
    /// Rating pairs within units by level, `q × q`, each pair of ratings counted in both directions.
    pub fn confusion(&self) -> Vec<Vec<u64>> {
        let q = self.geometry.levels();
        let mut matrix = vec![vec![0_u64; q]; q];
        for (_, sums) in self.tally.sizes() {
            for (k, row) in matrix.iter_mut().enumerate() {
                for (l, sum) in row.iter_mut().enumerate() {
                    let pairs = sums.pairs[packed(q, k.min(l), k.max(l))];
                    *sum = sum.saturating_add(u64::try_from(pairs).unwrap_or(u64::MAX));
                }
            }
        }
        matrix
    }

    /// The levels that raters confuse, the most frequent first. Pairs are counted as coincidences, so that a
    /// unit counts by its ratings, whatever their number.
    ///
    /// Source: Krippendorff (2011), the off-diagonal of `o_kl` against `n_k n_l / (n - 1)`.
    pub fn confusions(&self) -> Vec<Confusion> {
        confusions(&self.summary, self.geometry.scale.values())
    }
}

fn confusions(summary: &Summary, values: &[f64]) -> Vec<Confusion> {
    let q = values.len();
    let n = summary.paired_ratings;
    let mut found = Vec::new();
    let mut disagreeing = 0.0;
    for k in 0..q {
        for l in k + 1..q {
            let together = summary.coincidences[packed(q, k, l)];
            disagreeing += together;
            if together > 0.0 {
                let chance = summary.paired_marginals[k] * summary.paired_marginals[l] / (n - 1.0);
                found.push(Confusion {
                    values: [values[k], values[l]],
                    share: together,
                    ratio_to_chance: together / chance,
                });
            }
        }
    }
    found.iter_mut().for_each(|confusion| confusion.share /= disagreeing);
    found.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.values[0].total_cmp(&b.values[0])));
    found
}
