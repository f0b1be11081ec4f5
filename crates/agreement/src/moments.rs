//! From counts to the sums that coefficients are made of.
//!
//! [`Moments`] are the integer counts as floating-point numbers, by unit size; [`Summary`] adds the
//! sizes up, each with its own divisor, in ascending order of size. Invariant: counts below 2⁵³ are
//! exact here, so equal counts give equal bits.

use crate::Scale;
use crate::tally::{Histogram, Tally, packed, packed_len};
use crate::weights::{Metric, Weights};
use std::borrow::Cow;

/// What depends on the scale alone, computed once: the disagreement `1 - w` of each pair of levels, and the
/// metrics' differences.
#[derive(Debug, Clone)]
pub(crate) struct Geometry {
    pub scale: Scale,
    pub weights: Vec<WeightTable>,
    /// Of each metric of the scale; none of the ordinal one, which depends on the ratings.
    differences: Vec<(Metric, Option<Vec<f64>>)>,
}

#[derive(Debug, Clone)]
pub(crate) struct WeightTable {
    pub weights: Weights,
    /// `1 - w`, row by row.
    pub disagreement: Vec<f64>,
    /// Sum of all weights.
    pub total: f64,
}

impl Geometry {
    pub fn new(scale: &Scale) -> Self {
        let weights = Weights::on(scale)
            .iter()
            .map(|weights| {
                let matrix = weights.matrix(scale);
                WeightTable {
                    weights: *weights,
                    total: matrix.iter().sum(),
                    disagreement: matrix.iter().map(|w| 1.0 - w).collect(),
                }
            })
            .collect();
        let differences =
            |metric: &Metric| (*metric, (*metric != Metric::Ordinal).then(|| metric.differences(scale, &[])));
        let differences = Metric::on(scale).iter().map(differences).collect();
        Self { scale: scale.clone(), weights, differences }
    }

    /// Each metric of the scale with its [differences](Metric::differences), given how often each level was
    /// used in paired units.
    pub fn differences(&self, used: &[f64]) -> impl Iterator<Item = (Metric, Cow<'_, [f64]>)> {
        self.differences.iter().map(|(metric, fixed)| {
            let differences = fixed.as_deref().map(Cow::Borrowed);
            (*metric, differences.unwrap_or_else(|| metric.differences(&self.scale, used).into()))
        })
    }

    pub fn levels(&self) -> usize {
        self.scale.len()
    }
}

/// Counts of the units with the same number of ratings.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub size: u32,
    pub units: f64,
    pub marginals: Vec<f64>,
    pub pairs: Vec<f64>,
}

impl Block {
    fn new(size: u32, q: usize) -> Self {
        Self { size, units: 0.0, marginals: vec![0.0; q], pairs: vec![0.0; packed_len(q)] }
    }
}

/// The counts of a set of units, by size.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    pub levels: usize,
    pub blocks: Vec<Block>,
}

impl Moments {
    pub fn of(tally: &Tally) -> Self {
        let blocks = tally.sizes().map(|(size, sums)| Block {
            size,
            units: sums.units as f64,
            marginals: sums.marginals.iter().map(|n| *n as f64).collect(),
            pairs: sums.pairs.iter().map(|n| *n as f64).collect(),
        });
        Self { levels: tally.levels(), blocks: blocks.collect() }
    }
}

/// Fills moments again and again from different multiplicities of the same histograms.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    levels: usize,
    sizes: Vec<u32>,
    terms: Vec<Terms>,
}

#[derive(Debug, Clone)]
struct Terms {
    block: usize,
    marginals: Vec<(u32, f64)>,
    pairs: Vec<(u32, f64)>,
}

impl Template {
    pub fn new<'a>(levels: usize, histograms: impl Iterator<Item = &'a Histogram> + Clone) -> Self {
        let mut sizes: Vec<u32> = histograms.clone().map(Histogram::size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let terms = histograms.map(|histogram| Terms::of(levels, &sizes, histogram)).collect();
        Self { levels, sizes, terms }
    }

    pub fn empty(&self) -> Moments {
        Moments {
            levels: self.levels,
            blocks: self.sizes.iter().map(|size| Block::new(*size, self.levels)).collect(),
        }
    }

    /// Sets `moments` to the counts with `times[i]` units of histogram `i`.
    pub fn fill(&self, times: &[f64], moments: &mut Moments) {
        for block in &mut moments.blocks {
            block.units = 0.0;
            block.marginals.fill(0.0);
            block.pairs.fill(0.0);
        }
        for (terms, times) in self.terms.iter().zip(times) {
            if *times > 0.0 {
                terms.add(*times, moments);
            }
        }
    }
}

impl Terms {
    fn of(levels: usize, sizes: &[u32], histogram: &Histogram) -> Self {
        let entries = histogram.entries();
        let mut pairs = Vec::new();
        for (i, &(k, a)) in entries.iter().enumerate() {
            let (k, a) = (usize::from(k), f64::from(a));
            pairs.push((packed(levels, k, k) as u32, a * (a - 1.0)));
            for &(l, b) in &entries[i + 1..] {
                pairs.push((packed(levels, k, usize::from(l)) as u32, a * f64::from(b)));
            }
        }
        Self {
            block: sizes.partition_point(|size| *size < histogram.size()),
            marginals: entries.iter().map(|(k, a)| (u32::from(*k), f64::from(*a))).collect(),
            pairs,
        }
    }

    fn add(&self, times: f64, moments: &mut Moments) {
        let block = &mut moments.blocks[self.block];
        block.units += times;
        for (k, count) in &self.marginals {
            block.marginals[*k as usize] += count * times;
        }
        for (at, product) in &self.pairs {
            block.pairs[*at as usize] += product * times;
        }
    }
}

/// Sums over all units that point values are read from.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    /// Units with at least one rating, and with at least two.
    pub rated: f64,
    pub paired: f64,
    /// Ratings in all.
    pub ratings: f64,
    /// Mean over rated units of the share of each level.
    pub shares: Vec<f64>,
    /// Ratings of each level in paired units, and their sum.
    pub paired_marginals: Vec<f64>,
    pub paired_ratings: f64,
    /// Number of levels used in rated and in paired units.
    pub levels_used: usize,
    pub paired_levels_used: usize,
    /// Mean over paired units of the share of its ordered rating pairs at `(k, l)`, packed.
    pub unit_pairs: Vec<f64>,
    /// Share of all ordered rating pairs at `(k, l)`, packed.
    pub pooled_pairs: Vec<f64>,
    /// Krippendorff's coincidences, packed.
    pub coincidences: Vec<f64>,
}

impl Summary {
    pub fn of(moments: &Moments) -> Self {
        let q = moments.levels;
        let mut summary = Self {
            rated: 0.0,
            paired: 0.0,
            ratings: 0.0,
            shares: vec![0.0; q],
            paired_marginals: vec![0.0; q],
            paired_ratings: 0.0,
            levels_used: 0,
            paired_levels_used: 0,
            unit_pairs: vec![0.0; packed_len(q)],
            pooled_pairs: vec![0.0; packed_len(q)],
            coincidences: vec![0.0; packed_len(q)],
        };
        let mut marginals = vec![0.0; q];
        let mut pooled = 0.0;
        for block in &moments.blocks {
            let m = f64::from(block.size);
            summary.rated += block.units;
            for (k, count) in block.marginals.iter().enumerate() {
                summary.shares[k] += count / m;
                marginals[k] += count;
            }
            if block.size < 2 {
                continue;
            }
            summary.paired += block.units;
            pooled += block.units * m * (m - 1.0);
            for (k, count) in block.marginals.iter().enumerate() {
                summary.paired_marginals[k] += count;
            }
            let (per_pair, per_rating) = (1.0 / (m * (m - 1.0)), 1.0 / (m - 1.0));
            for (at, pairs) in block.pairs.iter().enumerate() {
                summary.unit_pairs[at] += pairs * per_pair;
                summary.coincidences[at] += pairs * per_rating;
                summary.pooled_pairs[at] += pairs;
            }
        }
        let used = |counts: &[f64]| counts.iter().filter(|count| **count > 0.0).count();
        summary.levels_used = used(&marginals);
        summary.paired_levels_used = used(&summary.paired_marginals);
        summary.ratings = marginals.iter().sum();
        summary.paired_ratings = summary.paired_marginals.iter().sum();
        let divide = |sums: &mut [f64], by: f64| sums.iter_mut().for_each(|sum| *sum /= by);
        divide(&mut summary.shares, summary.rated);
        divide(&mut summary.unit_pairs, summary.paired);
        divide(&mut summary.pooled_pairs, pooled);
        summary
    }
}

/// `Σ_{k≠l} pairs_kl · disagreement_kl` over a packed symmetric matrix of pairs.
pub(crate) fn disagreement(q: usize, pairs: &[f64], between: &[f64]) -> f64 {
    let mut sum = 0.0;
    for k in 0..q {
        let row = packed(q, k, k);
        let mut partial = 0.0;
        for l in k + 1..q {
            partial += pairs[row + l - k] * between[k * q + l];
        }
        sum += partial;
    }
    2.0 * sum
}

/// `Σ_{k≠l} a_k a_l · disagreement_kl`.
pub(crate) fn chance_disagreement(shares: &[f64], between: &[f64]) -> f64 {
    let q = shares.len();
    let mut sum = 0.0;
    for k in 0..q {
        if shares[k] > 0.0 {
            let row = &between[k * q..(k + 1) * q];
            sum += shares[k] * (k + 1..q).map(|l| shares[l] * row[l]).sum::<f64>();
        }
    }
    2.0 * sum
}
