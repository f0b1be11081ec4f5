//! What each unit costs: alpha with the unit and without it.

use crate::Scale;
use crate::alpha::alpha;
use crate::analysis::Analysis;
use crate::estimate::Outcome;
use crate::moments::Summary;
use crate::tally::{Histogram, packed};
use crate::weights::Metric;

/// What alpha would be without one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// Alpha of all other units; `None` where it would be undefined.
    pub alpha_without: Option<f64>,
    /// By how much alpha would rise without the unit: above 0 for a unit that costs agreement. 0 for a
    /// unit that is not paired, `None` where either alpha is undefined.
    pub gain: Option<f64>,
}

/// The contribution of one unit with this histogram, at a cost that depends on the scale alone: the
/// coincidences `o_kl` less the unit's own, and alpha of what is left.
///
/// Source: Krippendorff (2011), the coincidences of one unit.
pub(crate) fn contribution(
    summary: &Summary,
    scale: &Scale,
    metric: Metric,
    histogram: &Histogram,
) -> Contribution {
    let with = alpha(summary, scale, metric).ok().map(|point| point.value);
    if histogram.size() < 2 {
        return Contribution { alpha_without: with, gain: with.map(|_| 0.0) };
    }
    let without = alpha_without(summary, scale, metric, histogram).ok().map(|point| point.value);
    let gain = with.zip(without).map(|(with, without)| without - with);
    Contribution { alpha_without: without, gain }
}

fn alpha_without(summary: &Summary, scale: &Scale, metric: Metric, histogram: &Histogram) -> Outcome {
    let q = scale.len();
    let mut rest = summary.clone();
    rest.paired -= 1.0;
    let per_rating = 1.0 / (f64::from(histogram.size()) - 1.0);
    let entries = histogram.entries();
    for (i, &(k, a)) in entries.iter().enumerate() {
        let (k, a) = (usize::from(k), f64::from(a));
        rest.paired_marginals[k] -= a;
        rest.paired_ratings -= a;
        rest.coincidences[packed(q, k, k)] -= a * (a - 1.0) * per_rating;
        for &(l, b) in &entries[i + 1..] {
            rest.coincidences[packed(q, k, usize::from(l))] -= a * f64::from(b) * per_rating;
        }
    }
    rest.paired_levels_used = rest.paired_marginals.iter().filter(|count| **count > 0.0).count();
    alpha(&rest, scale, metric)
}

impl Analysis<'_> {
    /// The contribution of a unit of each pattern, in the order of the patterns of
    /// [`Ratings`](crate::Ratings); [`class_of`](crate::Ratings::class_of) leads from a unit to its
    /// pattern.
    pub fn contributions(&self, metric: Metric) -> Vec<Contribution> {
        let mut known: std::collections::BTreeMap<&Histogram, Contribution> =
            std::collections::BTreeMap::new();
        let scale = &self.geometry.scale;
        self.histograms
            .iter()
            .map(|histogram| {
                *known
                    .entry(histogram)
                    .or_insert_with(|| contribution(&self.summary, scale, metric, histogram))
            })
            .collect()
    }
}
