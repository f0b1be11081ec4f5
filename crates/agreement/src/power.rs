//! How many raters and units a wanted interval width needs.
//!
//! A latent-level model is fitted to the ratings at hand (one shared confusion matrix, fitted to
//! histograms), units with `m` raters are drawn from it, and the coefficient's standard deviation per
//! unit is read from them; the width then shrinks with the root of the number of units. Pitfall: with two
//! ratings per unit the data say little about a third rater, and the answer for more raters rests on the
//! model.

use crate::analysis::Analysis;
use crate::chance::Linear;
use crate::moments::{Moments, Summary};
use crate::points::{Wanted, free_points};
use crate::random::Random;
use crate::scale::Level;
use crate::special::normal_quantile;
use crate::tally::{Histogram, Tally};
use crate::weights::{Metric, Weights};
use serde::{Deserialize, Serialize};

/// What one design needs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Ratings for each unit.
    pub raters_per_unit: u32,
    /// Units for an interval of the wanted width; at least two.
    pub units: u64,
    /// Ratings in all.
    pub ratings: u64,
    /// The value the coefficient is expected to have under the model.
    pub expected_value: f64,
}

/// The coefficient that a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanFor {
    /// Krippendorff's alpha.
    Alpha(Metric),
    /// Gwet's AC1 or AC2.
    GwetAc(Weights),
}

/// Units drawn from the model for each design. More make the answer steadier; these give it to about 2 %.
const DRAWN_UNITS: u64 = 20_000;

/// Grades by an unknown true level: shares of true levels, and one confusion matrix for all raters.
struct LatentLevels {
    prior: Vec<f64>,
    confusion: Vec<f64>,
}

impl LatentLevels {
    /// Expectation maximisation from vote shares, on distinct histograms. Confusion counts start from a
    /// little agreement with oneself, so that a level seen once is not certain.
    fn fit(tally: &Tally) -> Self {
        let q = tally.levels();
        let units: Vec<(&Histogram, f64)> =
            tally.histograms().filter(|(h, _)| h.size() > 1).map(|(h, n)| (h, n as f64)).collect();
        let mut posterior: Vec<Vec<f64>> = units
            .iter()
            .map(|(histogram, _)| {
                let mut row = vec![0.0; q];
                for (level, count) in histogram.entries() {
                    row[usize::from(*level)] = f64::from(*count) / f64::from(histogram.size());
                }
                row
            })
            .collect();
        let mut model = Self { prior: vec![1.0 / q as f64; q], confusion: vec![1.0 / q as f64; q * q] };
        for _ in 0..200 {
            model.maximise(&units, &posterior);
            for ((histogram, _), row) in units.iter().zip(&mut posterior) {
                model.expect(histogram, row);
            }
        }
        model
    }

    fn maximise(&mut self, units: &[(&Histogram, f64)], posterior: &[Vec<f64>]) {
        let q = self.prior.len();
        self.prior.fill(1e-9);
        self.confusion.fill(1e-9);
        for ((histogram, times), row) in units.iter().zip(posterior) {
            for (truth, p) in row.iter().enumerate() {
                self.prior[truth] += times * p;
                for (level, count) in histogram.entries() {
                    self.confusion[truth * q + usize::from(*level)] += times * p * f64::from(*count);
                }
            }
        }
        let normalise = |row: &mut [f64]| {
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|p| *p /= sum);
        };
        normalise(&mut self.prior);
        self.confusion.chunks_exact_mut(q).for_each(normalise);
    }

    fn expect(&self, histogram: &Histogram, row: &mut [f64]) {
        let q = self.prior.len();
        for (truth, p) in row.iter_mut().enumerate() {
            *p = libm::log(self.prior[truth]);
            for (level, count) in histogram.entries() {
                *p += f64::from(*count) * libm::log(self.confusion[truth * q + usize::from(*level)]);
            }
        }
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        row.iter_mut().for_each(|p| *p = libm::exp(*p - largest));
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|p| *p /= sum);
    }

    fn draw(&self, random: &mut Random, raters: u32) -> Histogram {
        let q = self.prior.len();
        let mut pick = |shares: &[f64]| {
            let mut u = random.uniform();
            shares
                .iter()
                .position(|share| {
                    u -= share;
                    u < 0.0
                })
                .unwrap_or(shares.len() - 1)
        };
        let truth = pick(&self.prior);
        let row = &self.confusion[truth * q..(truth + 1) * q];
        Histogram::of((0..raters).map(|_| pick(row) as Level))
    }
}

impl Analysis<'_> {
    /// For each number of raters per unit, how many units an interval of width `width` needs:
    /// `n = (2 z σ / width)²`, with σ the linearised standard error times the root of the number of units.
    ///
    /// Source: the model is that of Dawid & Skene (1979) with one confusion matrix for all raters; the standard
    /// error Gwet's (2014).
    ///
    /// `width` is that of the whole interval, in units of the coefficient, at the level of
    /// [`Options`](crate::Options). `None` where the model gives a coefficient that is undefined, and for a
    /// width that no number of units reaches (0 or less). Empty when no unit has two ratings.
    pub fn plans(&self, wanted: PlanFor, width: f64, raters_per_unit: &[u32]) -> Vec<Option<Plan>> {
        if self.summary.paired == 0.0 {
            return Vec::new();
        }
        let model = LatentLevels::fit(&self.tally);
        raters_per_unit.iter().map(|raters| self.plan(&model, wanted, width, *raters)).collect()
    }

    fn plan(&self, model: &LatentLevels, wanted: PlanFor, width: f64, raters: u32) -> Option<Plan> {
        let mut random = Random::new(1, u64::from(raters));
        let mut tally = Tally::new(self.geometry.levels());
        for _ in 0..DRAWN_UNITS {
            tally.add(&model.draw(&mut random, raters), 1).ok()?;
        }
        let (value, deviation) = self.value_and_deviation(&tally, wanted)?;
        if width.is_nan() || width <= 0.0 {
            return None;
        }
        let z = normal_quantile(0.5 + self.ci_level() / 2.0);
        let units = (2.0 * z * deviation / width).powi(2).ceil().max(2.0) as u64;
        Some(Plan {
            raters_per_unit: raters,
            units,
            ratings: units.saturating_mul(u64::from(raters)),
            expected_value: value,
        })
    }

    /// The coefficient of drawn units, and its standard error times the root of their number.
    fn value_and_deviation(&self, tally: &Tally, wanted: PlanFor) -> Option<(f64, f64)> {
        let moments = Moments::of(tally);
        let summary: Summary = free_points(&self.geometry, &moments, Wanted::All, &mut Vec::new());
        let classes: Vec<(&Histogram, f64)> = tally.histograms().map(|(h, n)| (h, n as f64)).collect();
        let linear = Linear::new(&self.geometry, &summary, &classes, self.ci_level());
        let table = |weights: Weights| self.geometry.weights.iter().find(|table| table.weights == weights);
        let (value, uncertainty) = match wanted {
            PlanFor::GwetAc(weights) => {
                let weights = table(weights)?;
                let point = crate::chance::gwet_ac(&summary, weights).ok()?;
                (point.value, linear.gwet_ac(weights, &point))
            }
            PlanFor::Alpha(metric) => {
                let value = crate::alpha::alpha(&summary, &self.geometry.scale, metric).ok()?.value;
                // The ordinal metric has no formula; with levels as unevenly used as grades are, the
                // interval one is its nearest neighbour that has.
                let weights = match metric {
                    Metric::Nominal => Weights::Identity,
                    Metric::Ordinal | Metric::Interval => Weights::Quadratic,
                    Metric::Ratio => Weights::Ratio,
                };
                (value, crate::alpha::weighted_uncertainty(&linear, table(weights)?, value))
            }
        };
        Some((value, uncertainty.se? * summary.rated.sqrt()))
    }
}
