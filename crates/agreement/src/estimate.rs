//! The form of an answer: a value with its uncertainty, or the reason why there is none.
//!
//! Invariant: a value that is mathematically undefined is absent with a reason decided on counts. It is
//! never NaN, and never 0 or 1 for want of something better.

use crate::weights::{Metric, Weights};
use serde::{Deserialize, Serialize};

/// Why a coefficient has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undefined {
    /// No unit has two ratings.
    NoPairableItems,
    /// All grades that count here are the same: nothing to agree or disagree about beyond chance.
    NoVariation,
    /// Fewer than two raters.
    InsufficientRaters,
    /// Fewer than two units that can be used.
    InsufficientItems,
    /// The scale has a single level.
    SingleCategory,
    /// No pair of raters has a defined value to average.
    NoDefinedPair,
}

/// A coefficient of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the coefficients'; each is documented at its function")]
pub enum Coefficient {
    PercentAgreement,
    PercentAgreementPooled,
    BrennanPrediger,
    FleissKappa,
    GwetAc,
    CongerKappa,
    KrippendorffAlpha,
    KrippendorffAlphaGwet,
    CohenKappa,
    ScottPi,
    LightKappa,
    #[serde(rename = "icc_1")]
    Icc1,
    #[serde(rename = "icc_2")]
    Icc2,
    #[serde(rename = "icc_3")]
    Icc3,
    #[serde(rename = "icc_1k")]
    Icc1k,
    #[serde(rename = "icc_2k")]
    Icc2k,
    #[serde(rename = "icc_3k")]
    Icc3k,
    #[serde(rename = "icc_1_unbalanced")]
    Icc1Unbalanced,
    #[serde(rename = "icc_1k_unbalanced")]
    Icc1kUnbalanced,
}

/// The weights or the metric a coefficient was computed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "see `Weights` and `Metric`")]
pub enum Weighting {
    Identity,
    Linear,
    Quadratic,
    Ordinal,
    Ratio,
    Nominal,
    Interval,
}

impl From<Weights> for Weighting {
    fn from(weights: Weights) -> Self {
        match weights {
            Weights::Identity => Weighting::Identity,
            Weights::Linear => Weighting::Linear,
            Weights::Quadratic => Weighting::Quadratic,
            Weights::Ordinal => Weighting::Ordinal,
            Weights::Ratio => Weighting::Ratio,
        }
    }
}

impl From<Metric> for Weighting {
    fn from(metric: Metric) -> Self {
        match metric {
            Metric::Nominal => Weighting::Nominal,
            Metric::Ordinal => Weighting::Ordinal,
            Metric::Interval => Weighting::Interval,
            Metric::Ratio => Weighting::Ratio,
        }
    }
}

/// A value without its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The coefficient.
    pub value: f64,
    /// Observed agreement, where the coefficient compares two agreements.
    pub observed: Option<f64>,
    /// Agreement expected by chance.
    pub expected: Option<f64>,
}

impl Point {
    /// `1 - observed / expected` disagreement.
    pub(crate) fn of_disagreements(observed: f64, expected: f64) -> Self {
        Self {
            value: 1.0 - observed / expected,
            observed: Some(1.0 - observed),
            expected: Some(1.0 - expected),
        }
    }

    /// A value that compares nothing.
    pub(crate) fn bare(value: f64) -> Self {
        Self { value, observed: None, expected: None }
    }
}

/// A value, or why there is none.
pub type Outcome = Result<Point, Undefined>;

/// How an interval was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalMethod {
    /// A formula; its source stands at the function.
    Analytic,
    /// Units drawn again and again; see [`crate::bootstrap`].
    Bootstrap,
    /// The delta method over units, where a bootstrap would be too much work.
    Linearised,
}

/// Standard error, interval and p value of a coefficient, each where it is defined.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Uncertainty {
    /// Standard error.
    pub se: Option<f64>,
    /// Lower and upper limit.
    pub ci: Option<[f64; 2]>,
    /// Two-sided p value of "no agreement beyond chance".
    pub p_value: Option<f64>,
    /// How the interval was found.
    pub method: Option<IntervalMethod>,
}

/// One coefficient of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Which coefficient.
    pub coefficient: Coefficient,
    /// Its weights or metric; absent where there are none.
    pub weights: Option<Weighting>,
    /// The value; absent where it is undefined.
    pub value: Option<f64>,
    /// Standard error.
    pub se: Option<f64>,
    /// Confidence interval.
    pub ci: Option<[f64; 2]>,
    /// Its level.
    pub ci_level: f64,
    /// How it was found.
    pub ci_method: Option<IntervalMethod>,
    /// Two-sided p value.
    pub p_value: Option<f64>,
    /// Observed agreement.
    pub observed: Option<f64>,
    /// Agreement expected by chance.
    pub expected: Option<f64>,
    /// Units the value rests on.
    pub n: u64,
    /// Why there is no value.
    pub undefined: Option<Undefined>,
}

impl Estimate {
    pub(crate) fn new(
        coefficient: Coefficient,
        weights: Option<Weighting>,
        outcome: Outcome,
        uncertainty: Uncertainty,
        (n, ci_level): (u64, f64),
    ) -> Self {
        let point = outcome.ok();
        let uncertainty = if point.is_some() { uncertainty } else { Uncertainty::default() };
        Self {
            coefficient,
            weights,
            value: point.map(|point| point.value),
            se: uncertainty.se,
            ci: uncertainty.ci,
            ci_level,
            ci_method: uncertainty.method,
            p_value: uncertainty.p_value,
            observed: point.and_then(|point| point.observed),
            expected: point.and_then(|point| point.expected),
            n,
            undefined: outcome.err(),
        }
    }
}
