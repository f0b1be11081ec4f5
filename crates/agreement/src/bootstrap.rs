//! Intervals by drawing units again and again.
//!
//! A replicate draws how many units of each distinct pattern it has, one multinomial draw, and reads all
//! coefficients from the counts: the cost is that of the patterns, not of the ratings. Every replicate
//! has a generator of its own, so the result is the same for a seed on any machine and any number of
//! threads, and the order of the units does not matter either.

use crate::conger::RaterMarginals;
use crate::estimate::{IntervalMethod, Outcome, Uncertainty};
use crate::icc::CompleteSums;
use crate::moments::{Geometry, Moments, Summary, Template};
use crate::pairs::PairIndex;
use crate::points::{LISTWISE, SKIPPED, Wanted, conger_points, free_points, light, listwise_points};
use crate::random::{Random, Resampler};
use crate::ratings::Ratings;
use crate::special::{normal_cdf, normal_quantile};
use crate::tally::Histogram;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How limits are read off the replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limits {
    /// The quantiles of the replicates.
    ///
    /// Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    #[default]
    Percentile,
    /// Quantiles corrected for bias and for a standard error that changes with the value.
    ///
    /// Source: Efron (1987); Efron & Tibshirani (1993), chapter 14.
    Bca,
}

/// What a bootstrap is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// How many times to draw.
    pub replicates: u32,
    /// Where chance starts.
    pub seed: u64,
    /// How to read the limits.
    pub limits: Limits,
}

impl Default for Bootstrap {
    /// 1,000 replicates, seed 1, percentiles.
    fn default() -> Self {
        Self { replicates: 1000, seed: 1, limits: Limits::Percentile }
    }
}

/// Which coefficients take part: those that need rater identity cost more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Free,
    WithIdentity,
}

/// Reads all coefficients from multiplicities of patterns.
pub(crate) struct Reader<'a> {
    geometry: &'a Geometry,
    ratings: &'a Ratings,
    index: Option<&'a PairIndex>,
    histogram_of_class: Vec<u32>,
    template: Template,
    histograms: usize,
    extent: Extent,
    wanted: Wanted,
}

struct Scratch {
    moments: Moments,
    histogram_times: Vec<f64>,
    counts: Vec<f64>,
    points: Vec<Outcome>,
}

impl<'a> Reader<'a> {
    pub fn new(
        geometry: &'a Geometry,
        ratings: &'a Ratings,
        histograms: &[Histogram],
        (extent, wanted, index): (Extent, Wanted, Option<&'a PairIndex>),
    ) -> Self {
        let mut distinct: BTreeMap<&Histogram, u32> = histograms.iter().map(|h| (h, 0)).collect();
        distinct.values_mut().enumerate().for_each(|(i, place)| *place = i as u32);
        let template = Template::new(geometry.levels(), distinct.keys().copied());
        let histogram_of_class = histograms.iter().map(|histogram| distinct[histogram]).collect();
        Self {
            geometry,
            ratings,
            index,
            histogram_of_class,
            template,
            histograms: distinct.len(),
            extent,
            wanted,
        }
    }

    fn scratch(&self) -> Scratch {
        Scratch {
            moments: self.template.empty(),
            histogram_times: vec![0.0; self.histograms],
            counts: Vec::new(),
            points: Vec::new(),
        }
    }

    /// Values in the order of items: free, then by identity. Undefined is NaN, inside here only.
    fn read(&self, times: &[f64], scratch: &mut Scratch) -> Vec<f64> {
        scratch.histogram_times.fill(0.0);
        for (class, times) in times.iter().enumerate() {
            scratch.histogram_times[self.histogram_of_class[class] as usize] += times;
        }
        self.template.fill(&scratch.histogram_times, &mut scratch.moments);
        let summary = free_points(self.geometry, &scratch.moments, self.wanted, &mut scratch.points);
        if self.extent == Extent::WithIdentity {
            self.read_identity(times, &summary, scratch);
        }
        scratch.points.iter().map(|point| point.map_or(f64::NAN, |point| point.value)).collect()
    }

    fn read_identity(&self, times: &[f64], summary: &Summary, scratch: &mut Scratch) {
        let skipped = |n: usize| std::iter::repeat_n(SKIPPED, n);
        let weights = self.geometry.weights.len();
        if self.wanted == Wanted::All {
            let marginals = RaterMarginals::of_patterns(self.ratings, times);
            scratch.points.extend(conger_points(self.geometry, summary, &marginals));
        } else {
            scratch.points.extend(skipped(weights));
        }
        if let Some(index) = self.index {
            index.fill(times, &mut scratch.counts);
            scratch.points.extend(light(self.geometry, index, &scratch.counts).points);
        } else {
            scratch.points.extend(skipped(weights));
        }
        if self.wanted == Wanted::All {
            scratch.points.extend(listwise_points(&CompleteSums::of_patterns(self.ratings, times)));
        } else {
            scratch.points.extend(skipped(LISTWISE.len()));
        }
    }

    /// Values with one unit of each pattern left out, for each pattern.
    fn leave_one_out(&self) -> Vec<Vec<f64>> {
        let times: Vec<f64> = self.ratings.patterns().map(|(_, times)| times as f64).collect();
        let classes: Vec<usize> = (0..times.len()).collect();
        let parts: Vec<&[usize]> = classes.chunks(64).collect();
        let parts = crate::threads::map(parts, |classes| {
            let (mut times, mut scratch) = (times.clone(), self.scratch());
            let mut values = Vec::with_capacity(classes.len());
            for class in classes {
                times[*class] -= 1.0;
                values.push(self.read(&times, &mut scratch));
                times[*class] += 1.0;
            }
            values
        });
        parts.into_iter().flatten().collect()
    }

    /// Standard errors and intervals for `estimates` (the values from the data, NaN where undefined).
    pub fn run(&self, bootstrap: &Bootstrap, estimates: &[f64], level: f64) -> Vec<Uncertainty> {
        if self.ratings.units() < 2 {
            return vec![Uncertainty::default(); estimates.len()];
        }
        let resampler = Resampler::new(self.ratings.patterns().map(|(_, times)| times).collect());
        let streams: Vec<u64> = (0..u64::from(bootstrap.replicates)).collect();
        let parts: Vec<&[u64]> = streams.chunks(16).collect();
        let rows: Vec<Vec<f64>> = crate::threads::map(parts, |streams| {
            let (mut drawn, mut scratch) = (vec![0.0; self.ratings.classes()], self.scratch());
            let replicate = |stream: &u64| {
                resampler.draw(&mut Random::new(bootstrap.seed, *stream), &mut drawn);
                self.read(&drawn, &mut scratch)
            };
            streams.iter().map(replicate).collect::<Vec<_>>()
        })
        .into_iter()
        .flatten()
        .collect();
        let left_out = match bootstrap.limits {
            Limits::Percentile => Vec::new(),
            Limits::Bca => self.leave_one_out(),
        };
        let uncertainty = |(i, estimate): (usize, &f64)| {
            let replicates: Vec<f64> = rows.iter().map(|row| row[i]).collect();
            let left_out =
                self.ratings.patterns().zip(&left_out).map(|((_, times), row)| (times as f64, row[i]));
            let acceleration = || acceleration(left_out.clone());
            summarise(replicates, *estimate, bootstrap.limits, level, acceleration)
        };
        estimates.iter().enumerate().map(uncertainty).collect()
    }
}

/// From replicates to a standard error and limits. Replicates without a value are left out; when fewer
/// than half have one there is no interval.
pub(crate) fn summarise(
    mut replicates: Vec<f64>,
    estimate: f64,
    limits: Limits,
    level: f64,
    acceleration: impl Fn() -> f64,
) -> Uncertainty {
    let all = replicates.len();
    replicates.retain(|value| !value.is_nan());
    if estimate.is_nan() || replicates.len() < 2 || 2 * replicates.len() < all {
        return Uncertainty::default();
    }
    replicates.sort_unstable_by(f64::total_cmp);
    let n = replicates.len() as f64;
    let mean = replicates.iter().sum::<f64>() / n;
    let variance = replicates.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0);
    let tails = [0.5 - level / 2.0, 0.5 + level / 2.0];
    let tails = match limits {
        Limits::Percentile => tails,
        Limits::Bca => {
            let below = replicates.iter().filter(|value| **value < estimate).count() as f64;
            let equal = replicates.iter().filter(|value| **value == estimate).count() as f64;
            let bias = normal_quantile(((below + equal / 2.0) / n).clamp(0.5 / n, 1.0 - 0.5 / n));
            let a = acceleration();
            tails.map(|p| {
                let z = bias + normal_quantile(p);
                normal_cdf(bias + z / (1.0 - a * z))
            })
        }
    };
    Uncertainty {
        se: Some(variance.sqrt()),
        ci: Some(tails.map(|p| quantile(&replicates, p))),
        p_value: None,
        method: Some(IntervalMethod::Bootstrap),
    }
}

/// The quantile of ascending values, between neighbours in proportion.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (at - below as f64)
}

/// Skewness of the units' influence over six, from values with one unit left out, each for so many
/// units.
pub(crate) fn acceleration(left_out: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let defined = || left_out.clone().filter(|(_, value)| !value.is_nan());
    let (mut n, mut sum) = (0.0, 0.0);
    for (times, value) in defined() {
        n += times;
        sum += times * value;
    }
    let mean = sum / n;
    let (mut squares, mut cubes) = (0.0, 0.0);
    for (times, value) in defined() {
        let d = mean - value;
        squares += times * d * d;
        cubes += times * d * d * d;
    }
    if squares <= 1e-300 { 0.0 } else { cubes / (6.0 * squares * squares.sqrt()) }
}
