//! The true grade under raters of unequal reliability: Dawid and Skene's model.
//!
//! Every unit has one true level; a rater gives level `l` to a unit of true level `j` with a probability
//! of their own. Probabilities and true levels are estimated together by expectation maximisation, from
//! vote shares as the start. Invariant: the same ratings give the same bits; sums run in a fixed order
//! and elementary functions come from `libm`.
//!
//! Pitfalls: with few ratings per rater the confusion matrices are guesses; two raters cannot be told
//! apart from each other's mirror image; and where most raters share an error, the error wins.

use crate::Error;
use crate::ratings::{Cell, Ratings};
use crate::scale::Level;
use std::collections::BTreeMap;

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// At most so many iterations; one is an M step and an E step.
    pub iterations: u32,
    /// Stop when no posterior changes by more.
    pub tolerance: f64,
    /// Added to every expected count of a confusion matrix. 0 is the published method; a little keeps a
    /// rater with few ratings from being certain.
    pub smoothing: f64,
}

impl Default for Fit {
    fn default() -> Self {
        Self { iterations: 10_000, tolerance: 1e-9, smoothing: 0.0 }
    }
}

/// What a rater does with each true level.
#[derive(Debug, Clone, PartialEq)]
pub struct RaterModel {
    /// `confusion[true][given]`; rows add up to 1. A row is absent where no unit is believed to have
    /// that true level among those the rater saw.
    pub confusion: Vec<Option<Vec<f64>>>,
    /// Standard errors of these probabilities, taking the estimated true levels as counts.
    pub se: Vec<Option<Vec<f64>>>,
    /// Expected share of the rater's grades that are the true level.
    pub accuracy: f64,
}

/// The fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Consensus {
    /// For each unit, the probability of each true level; empty for a unit without ratings.
    pub posterior: Vec<Vec<f64>>,
    /// Share of units of each true level.
    pub prior: Vec<f64>,
    /// One model for each rater; `None` for a rater without ratings.
    pub raters: Vec<Option<RaterModel>>,
    /// Logarithm of the likelihood.
    pub log_likelihood: f64,
    /// Iterations done.
    pub iterations: u32,
    /// Whether the last change was within the tolerance.
    pub converged: bool,
}

impl Consensus {
    /// The most probable level of a unit and its probability; the lower level of equals. `None` for a unit
    /// without ratings.
    pub fn label(&self, unit: usize) -> Option<(Level, f64)> {
        let mut best: Option<(Level, f64)> = None;
        for (level, p) in self.posterior.get(unit)?.iter().enumerate() {
            if best.is_none_or(|(_, b)| *p > b) {
                best = Some((level as Level, *p));
            }
        }
        best
    }

    /// Uncertainty of a unit's level, in bits: 0 for a certain level.
    pub fn entropy(&self, unit: usize) -> Option<f64> {
        let posterior = self.posterior.get(unit).filter(|posterior| !posterior.is_empty())?;
        Some(-posterior.iter().filter(|p| **p > 0.0).map(|p| p * libm::log2(*p)).sum::<f64>() + 0.0)
    }
}

/// Fits the model to ratings.
///
/// Source: Dawid & Skene (1979), equations 2.3 to 2.5 and 3.1.
pub fn dawid_skene(ratings: &Ratings, units: usize, fit: &Fit) -> Consensus {
    let patterns: Vec<(&[Cell], f64)> =
        ratings.patterns().map(|(cells, times)| (cells, times as f64)).collect();
    let model = Model { levels: ratings.scale().len(), raters: ratings.raters(), patterns: &patterns };
    model.fit(fit, (0..units).map(|unit| ratings.class_of(unit)))
}

/// Fits the model to single observations (unit, rater, level); a rater may have seen a unit more than
/// once.
///
/// # Errors
/// When an index is out of range.
pub fn dawid_skene_of_observations(
    (units, raters, levels): (usize, usize, usize),
    observations: &[(u32, u32, Level)],
    fit: &Fit,
) -> Result<Consensus, Error> {
    let mut cells: Vec<Vec<Cell>> = vec![Vec::new(); units];
    for &(unit, rater, level) in observations {
        let fits = (rater as usize) < raters && usize::from(level) < levels;
        let unit_cells = cells.get_mut(unit as usize).filter(|_| fits);
        unit_cells.ok_or_else(|| Error::Shape("an observation is out of range".into()))?.push((rater, level));
    }
    cells.iter_mut().for_each(|cells| cells.sort_unstable());
    let mut times: BTreeMap<&[Cell], f64> = BTreeMap::new();
    for cells in cells.iter().filter(|cells| !cells.is_empty()) {
        *times.entry(cells).or_insert(0.0) += 1.0;
    }
    let patterns: Vec<(&[Cell], f64)> = times.into_iter().collect();
    let class_of =
        |cells: &Vec<Cell>| patterns.binary_search_by_key(&cells.as_slice(), |(there, _)| there).ok();
    Ok(Model { levels, raters, patterns: &patterns }.fit(fit, cells.iter().map(class_of)))
}

struct Model<'a> {
    levels: usize,
    raters: usize,
    patterns: &'a [(&'a [Cell], f64)],
}

/// Estimates of one M step, and the expected counts behind them.
struct Estimates {
    prior: Vec<f64>,
    /// `rater × true × given`, expected numbers of ratings.
    counts: Vec<f64>,
    /// The same as probabilities.
    confusion: Vec<f64>,
}

impl Model<'_> {
    fn fit(&self, fit: &Fit, units: impl Iterator<Item = Option<usize>>) -> Consensus {
        let q = self.levels;
        let mut posterior = self.vote_shares();
        let (mut iterations, mut converged) = (0, false);
        while iterations < fit.iterations && !converged {
            let estimates = self.maximise(&posterior, fit.smoothing);
            let (next, _) = self.expect(&estimates);
            let change = posterior.iter().zip(&next).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            posterior = next;
            iterations += 1;
            converged = change <= fit.tolerance;
        }
        let estimates = self.maximise(&posterior, fit.smoothing);
        let log_likelihood = self.expect(&estimates).1;
        let row = |class: usize| posterior[class * q..(class + 1) * q].to_vec();
        Consensus {
            posterior: units.map(|class| class.map_or_else(Vec::new, row)).collect(),
            raters: (0..self.raters).map(|rater| self.rater(&estimates, rater)).collect(),
            prior: estimates.prior,
            log_likelihood,
            iterations,
            converged,
        }
    }

    fn vote_shares(&self) -> Vec<f64> {
        let mut shares = vec![0.0; self.patterns.len() * self.levels];
        for ((cells, _), row) in self.patterns.iter().zip(shares.chunks_exact_mut(self.levels)) {
            for (_, level) in *cells {
                row[usize::from(*level)] += 1.0 / cells.len() as f64;
            }
        }
        shares
    }

    fn maximise(&self, posterior: &[f64], smoothing: f64) -> Estimates {
        let q = self.levels;
        let mut prior = vec![0.0; q];
        let mut counts = vec![0.0; self.raters * q * q];
        let mut units = 0.0;
        for ((cells, times), row) in self.patterns.iter().zip(posterior.chunks_exact(q)) {
            units += times;
            for (sum, p) in prior.iter_mut().zip(row) {
                *sum += times * p;
            }
            for &(rater, given) in *cells {
                let of_rater = &mut counts[rater as usize * q * q..(rater as usize + 1) * q * q];
                for (truth, p) in row.iter().enumerate() {
                    of_rater[truth * q + usize::from(given)] += times * p;
                }
            }
        }
        prior.iter_mut().for_each(|p| *p /= units);
        let mut confusion = counts.clone();
        for row in confusion.chunks_exact_mut(q) {
            row.iter_mut().for_each(|count| *count += smoothing);
            let sum: f64 = row.iter().sum();
            if sum > 0.0 {
                row.iter_mut().for_each(|count| *count /= sum);
            }
        }
        Estimates { prior, counts, confusion }
    }

    /// New posteriors, and the log likelihood of the estimates.
    fn expect(&self, estimates: &Estimates) -> (Vec<f64>, f64) {
        let q = self.levels;
        let logs = |values: &[f64]| values.iter().map(|p| libm::log(*p)).collect::<Vec<f64>>();
        let (prior, confusion) = (logs(&estimates.prior), logs(&estimates.confusion));
        let mut posterior = vec![0.0; self.patterns.len() * q];
        let mut log_likelihood = 0.0;
        for ((cells, times), row) in self.patterns.iter().zip(posterior.chunks_exact_mut(q)) {
            row.copy_from_slice(&prior);
            for &(rater, given) in *cells {
                let from = rater as usize * q * q + usize::from(given);
                for (truth, log) in row.iter_mut().enumerate() {
                    *log += confusion[from + truth * q];
                }
            }
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            row.iter_mut().for_each(|log| *log = libm::exp(*log - largest));
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|p| *p /= sum);
            log_likelihood += times * (largest + libm::log(sum));
        }
        (posterior, log_likelihood)
    }

    fn rater(&self, estimates: &Estimates, rater: usize) -> Option<RaterModel> {
        let q = self.levels;
        let at = rater * q * q..(rater + 1) * q * q;
        let (counts, confusion) = (&estimates.counts[at.clone()], &estimates.confusion[at]);
        let total: f64 = counts.iter().sum();
        if total <= 0.0 {
            return None;
        }
        let seen: Vec<f64> = counts.chunks_exact(q).map(|row| row.iter().sum()).collect();
        let rows = || confusion.chunks_exact(q).zip(&seen);
        let se = |(row, n): (&[f64], &f64)| {
            (*n > 0.0).then(|| row.iter().map(|p| (p * (1.0 - p) / n).max(0.0).sqrt()).collect())
        };
        Some(RaterModel {
            confusion: rows().map(|(row, n)| (*n > 0.0).then(|| row.to_vec())).collect(),
            se: rows().map(se).collect(),
            accuracy: (0..q).map(|level| counts[level * q + level]).sum::<f64>() / total,
        })
    }
}
