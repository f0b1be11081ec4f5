//! The order of coefficients, and their point values from counts.
//!
//! Invariant: items and points always come in the same order, so a place in one is a place in the other.

use crate::alpha::{alpha_of, alpha_weighted};
use crate::chance::{brennan_prediger, fleiss, gwet_ac, percent, percent_pooled};
use crate::cohen::{Marginals, cohen};
use crate::conger::{RaterMarginals, conger};
use crate::estimate::{Coefficient, Outcome, Point, Undefined, Weighting};
use crate::icc::{Anova, CompleteSums, Unbalanced};
use crate::moments::{Geometry, Moments, Summary};
use crate::pairs::{PairIndex, PairTable};
use crate::ratings::Ratings;
use crate::weights::Metric;

/// A coefficient with its weights or metric.
pub type Item = (Coefficient, Option<Weighting>);

const BY_WEIGHTS: [Coefficient; 6] = [
    Coefficient::PercentAgreement,
    Coefficient::PercentAgreementPooled,
    Coefficient::BrennanPrediger,
    Coefficient::FleissKappa,
    Coefficient::GwetAc,
    Coefficient::KrippendorffAlphaGwet,
];

pub(crate) const LISTWISE: [Coefficient; 6] = [
    Coefficient::Icc1,
    Coefficient::Icc2,
    Coefficient::Icc3,
    Coefficient::Icc1k,
    Coefficient::Icc2k,
    Coefficient::Icc3k,
];

/// The coefficients that do not need to know who rated.
pub(crate) fn free_items(geometry: &Geometry) -> Vec<Item> {
    let mut items: Vec<Item> = Metric::on(&geometry.scale)
        .iter()
        .map(|m| (Coefficient::KrippendorffAlpha, Some((*m).into())))
        .collect();
    for coefficient in BY_WEIGHTS {
        items.extend(geometry.weights.iter().map(|w| (coefficient, Some(w.weights.into()))));
    }
    items.extend([(Coefficient::Icc1Unbalanced, None), (Coefficient::Icc1kUnbalanced, None)]);
    items
}

/// Which values are worth computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    All,
    /// Only those that [have no formula](has_formula) for an interval; the others come out undefined.
    WithoutFormula,
}

/// Whether an interval of a coefficient comes from a formula. Krippendorff's ordinal metric is made from
/// the data, and nobody gives one for pooled agreement or for a mean of kappas.
pub(crate) fn has_formula(item: Item) -> bool {
    !matches!(
        item,
        (Coefficient::KrippendorffAlpha, Some(Weighting::Ordinal))
            | (Coefficient::PercentAgreementPooled | Coefficient::LightKappa, _)
    )
}

/// Their values, in that order.
pub(crate) fn free_points(
    geometry: &Geometry,
    moments: &Moments,
    wanted: Wanted,
    points: &mut Vec<Outcome>,
) -> Summary {
    let summary = Summary::of(moments);
    points.clear();
    let skip = |item: Item| wanted == Wanted::WithoutFormula && has_formula(item);
    for (metric, differences) in geometry.differences(&summary.paired_marginals) {
        let skipped = skip((Coefficient::KrippendorffAlpha, Some(metric.into())));
        points.push(if skipped { SKIPPED } else { alpha_of(&summary, &differences) });
    }
    for coefficient in BY_WEIGHTS {
        let value = match coefficient {
            Coefficient::PercentAgreement => percent,
            Coefficient::PercentAgreementPooled => percent_pooled,
            Coefficient::BrennanPrediger => brennan_prediger,
            Coefficient::FleissKappa => fleiss,
            Coefficient::GwetAc => gwet_ac,
            _ => alpha_weighted,
        };
        for weights in &geometry.weights {
            let skipped = skip((coefficient, Some(weights.weights.into())));
            points.push(if skipped { SKIPPED } else { value(&summary, weights) });
        }
    }
    if wanted == Wanted::WithoutFormula {
        points.extend([SKIPPED, SKIPPED]);
    } else {
        let unbalanced = Unbalanced::of(moments, geometry.scale.steps());
        points.push(unbalanced.and_then(|anova| anova.single()));
        points.push(unbalanced.and_then(|anova| anova.average()));
    }
    summary
}

/// In the place of a value that was not wanted.
pub(crate) const SKIPPED: Outcome = Err(Undefined::NoDefinedPair);

/// The coefficients that need to know who rated.
pub(crate) fn identity_items(geometry: &Geometry) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for coefficient in [Coefficient::CongerKappa, Coefficient::LightKappa] {
        items.extend(geometry.weights.iter().map(|w| (coefficient, Some(w.weights.into()))));
    }
    items.extend(LISTWISE.map(|coefficient| (coefficient, None)));
    items
}

/// Conger's kappa with each of the weights.
pub(crate) fn conger_points(
    geometry: &Geometry,
    summary: &Summary,
    marginals: &RaterMarginals,
) -> Vec<Outcome> {
    geometry.weights.iter().map(|weights| conger(summary, marginals, weights)).collect()
}

/// The six intraclass correlations over completely rated units.
pub(crate) fn listwise_points(sums: &CompleteSums) -> [Outcome; 6] {
    let anova = Anova::of(sums);
    LISTWISE.map(|coefficient| anova.and_then(|anova| anova.icc(coefficient)))
}

/// Means of Cohen's kappa over the pairs where it is defined.
#[derive(Debug, Clone)]
pub(crate) struct Light {
    pub points: Vec<Outcome>,
}

/// Adds up pairs' kappas in the order of the pairs, one sum for each of the weights.
#[derive(Debug, Clone)]
pub(crate) struct LightSum {
    sums: Vec<f64>,
    defined: usize,
}

impl LightSum {
    pub fn new(geometry: &Geometry) -> Self {
        Self { sums: vec![0.0; geometry.weights.len()], defined: 0 }
    }

    /// Adds a pair with these kappas; none where kappa is undefined.
    pub fn add(&mut self, kappas: impl Iterator<Item = Outcome>) {
        let mut any = false;
        for (sum, kappa) in self.sums.iter_mut().zip(kappas) {
            if let Ok(point) = kappa {
                *sum += point.value;
                any = true;
            }
        }
        self.defined += usize::from(any);
    }

    pub fn mean(&self) -> Light {
        let mean = |sum: &f64| {
            if self.defined == 0 {
                Err(Undefined::NoDefinedPair)
            } else {
                Ok(Point::bare(sum / self.defined as f64))
            }
        };
        Light { points: self.sums.iter().map(mean).collect() }
    }
}

/// Light's kappa with each of the weights: `Σ_{g<h} κ_gh` over the number of pairs.
///
/// Source: Light (1971). Pairs without a defined kappa are left out of the mean.
pub(crate) fn light(geometry: &Geometry, index: &PairIndex, counts: &[f64]) -> Light {
    let q = geometry.levels();
    let mut sum = LightSum::new(geometry);
    let mut table = PairTable { first: 0, second: 0, cells: Vec::new() };
    let mut marginals = Marginals::default();
    for pair in 0..index.len() {
        index.table_into(pair, counts, &mut table);
        marginals.set(&table);
        sum.add(geometry.weights.iter().map(|weights| cohen(&marginals, weights, q)));
    }
    sum.mean()
}

/// Light's kappa where there are too many pairs to keep: rater by rater, in the same order.
pub(crate) fn light_in_parts(geometry: &Geometry, ratings: &Ratings) -> Light {
    let q = geometry.levels();
    let times: Vec<f64> = ratings.patterns().map(|(_, times)| times as f64).collect();
    let mut sum = LightSum::new(geometry);
    let parts = PairIndex::parts(ratings, 1 << 20);
    for wave in parts.chunks(crate::threads::available()) {
        let kappas = crate::threads::map(wave.to_vec(), |raters| {
            let index = PairIndex::of_first_raters(ratings, raters);
            let mut counts = Vec::new();
            index.fill(&times, &mut counts);
            let of_pair = |pair| {
                let marginals = Marginals::of(&index.table(pair, &counts));
                geometry.weights.iter().map(|weights| cohen(&marginals, weights, q)).collect::<Vec<_>>()
            };
            (0..index.len()).map(of_pair).collect::<Vec<_>>()
        });
        kappas.into_iter().flatten().for_each(|kappas| sum.add(kappas.into_iter()));
    }
    sum.mean()
}
