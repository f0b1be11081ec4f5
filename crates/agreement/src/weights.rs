//! How much two different grades still agree, and how far apart they are.
//!
//! Two families that must never be confused: agreement weights (1 on the diagonal, less elsewhere) for
//! the kappa-like coefficients, and Krippendorff's squared differences for alpha. Their members called
//! "ordinal" differ: Gwet's weights go by ranks on the declared scale, Krippendorff's metric by how
//! many ratings lie between two grades.

use crate::Scale;
use serde::{Deserialize, Serialize};

/// Agreement weights of the kappa-like coefficients.
///
/// Source: Gwet, Handbook of Inter-Rater Reliability (4th ed. 2014).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// 1 for the same grade, else 0.
    Identity,
    /// `1 - |a - b| / (max - min)`.
    Linear,
    /// `1 - ((a - b) / (max - min))²`.
    Quadratic,
    /// `1 - C(d + 1, 2) / C(q, 2)`, d the distance in ranks on the declared scale of q levels.
    Ordinal,
    /// `1 - ((a - b)/(a + b))² / ((max - min)/(max + min))²`; only on scales without negative grades.
    Ratio,
}

impl Weights {
    /// All of them, in the order of reports.
    pub const ALL: [Weights; 5] =
        [Weights::Identity, Weights::Linear, Weights::Quadratic, Weights::Ordinal, Weights::Ratio];

    /// The weights that make sense on a scale.
    pub fn on(scale: &Scale) -> &'static [Weights] {
        if scale.has_ratios() { &Self::ALL } else { &Self::ALL[..4] }
    }

    /// The `q × q` matrix, row by row, symmetric with ones on the diagonal.
    pub fn matrix(self, scale: &Scale) -> Vec<f64> {
        let values = scale.values();
        let q = values.len();
        let mut matrix = vec![1.0; q * q];
        for k in 0..q {
            for l in 0..q {
                if k != l {
                    matrix[k * q + l] = self.between(scale, k, l);
                }
            }
        }
        matrix
    }

    fn between(self, scale: &Scale, k: usize, l: usize) -> f64 {
        let values = scale.values();
        let (q, a, b) = (values.len(), values[k], values[l]);
        let (low, high) = (values[0], values[q - 1]);
        let difference = (a - b).abs() / (high - low);
        match self {
            Weights::Identity => 0.0,
            Weights::Linear => 1.0 - difference,
            Weights::Quadratic => 1.0 - difference * difference,
            Weights::Ordinal => {
                let d = k.abs_diff(l) as f64;
                1.0 - d * (d + 1.0) / (q as f64 * (q as f64 - 1.0))
            }
            Weights::Ratio => {
                let ratio = ((a - b) / (a + b)) / ((high - low) / (high + low));
                1.0 - ratio * ratio
            }
        }
    }
}

/// The level of measurement of Krippendorff's alpha.
///
/// Source: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// 0 for the same grade, else 1.
    Nominal,
    /// The square of the number of ratings from one grade to the other, half of each end.
    Ordinal,
    /// `(a - b)²`.
    Interval,
    /// `((a - b)/(a + b))²`; only on scales without negative grades.
    Ratio,
}

impl Metric {
    /// All of them, in the order of reports.
    pub const ALL: [Metric; 4] = [Metric::Nominal, Metric::Ordinal, Metric::Interval, Metric::Ratio];

    /// The metrics that make sense on a scale.
    pub fn on(scale: &Scale) -> &'static [Metric] {
        if scale.has_ratios() { &Self::ALL } else { &Self::ALL[..3] }
    }

    /// Squared differences between levels, `q × q`, each divided by the largest, given how often each
    /// level was used in paired units (only the ordinal metric looks at `used`).
    ///
    /// Alpha does not depend on the divisor; observed and expected agreement become `1 - D` with it.
    pub fn differences(self, scale: &Scale, used: &[f64]) -> Vec<f64> {
        let q = scale.len();
        let at = self.positions(scale, used);
        let mut squared = vec![0.0; q * q];
        let mut largest = 0.0_f64;
        for k in 0..q {
            for l in 0..q {
                let d = match self {
                    Metric::Nominal => f64::from(u8::from(k != l)),
                    Metric::Ratio if k == l => 0.0,
                    Metric::Ratio => (at[k] - at[l]) / (at[k] + at[l]),
                    Metric::Ordinal | Metric::Interval => at[k] - at[l],
                };
                squared[k * q + l] = d * d;
                largest = largest.max(d * d);
            }
        }
        if largest > 0.0 {
            squared.iter_mut().for_each(|d| *d /= largest);
        }
        squared
    }

    /// Where each level lies on a line whose squared distances are the metric. The ordinal metric is the
    /// interval metric over mid-ranks: the ratings between two levels, half of each end, are a difference
    /// of mid-ranks.
    fn positions(self, scale: &Scale, used: &[f64]) -> Vec<f64> {
        match self {
            Metric::Ordinal => {
                let mut below = 0.0;
                used.iter()
                    .map(|n| {
                        let middle = below + n / 2.0;
                        below += n;
                        middle
                    })
                    .collect()
            }
            _ => scale.values().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinal_weights_go_by_ranks_and_quadratic_ones_by_values() {
        let scale = Scale::new([0.0, 2.0, 10.0]).unwrap();
        assert_eq!(Weights::Ordinal.matrix(&scale)[1], 1.0 - 1.0 / 3.0);
        assert_eq!(Weights::Quadratic.matrix(&scale)[1], 1.0 - 0.04);
    }

    #[test]
    fn krippendorffs_ordinal_metric_is_not_gwets_weights() {
        let scale = Scale::range(1, 3).unwrap();
        let metric = Metric::Ordinal.differences(&scale, &[8.0, 1.0, 1.0]);
        let weights = Weights::Ordinal.matrix(&scale);
        assert!((metric[1] - (1.0 - weights[1])).abs() > 0.1);
    }

    #[test]
    fn a_scale_with_negative_grades_has_no_ratios() {
        let scale = Scale::range(-2, 2).unwrap();
        assert!(!Weights::on(&scale).contains(&Weights::Ratio));
        assert!(!Metric::on(&scale).contains(&Metric::Ratio));
    }
}
