//! The declared scale: which grades exist, in which order, and how far apart they are.
//!
//! Invariant: values are finite and strictly ascending, so a level (an index) and a value stand for
//! each other. Chance terms (AC1, Brennan–Prediger) and rank weights depend on levels nobody used,
//! therefore the scale is declared and not collected from the data, wherever that is possible.

use crate::Error;
use serde::{Deserialize, Serialize};

/// Index of a grade in its scale, from 0.
pub type Level = u16;

/// The longest scale accepted. Pairwise tables grow with its square.
pub const MAX_LEVELS: usize = 1024;

/// An ordered set of grades.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Scale {
    values: Vec<f64>,
    steps: Vec<i64>,
}

impl Scale {
    /// A scale of these values, strictly ascending.
    ///
    /// # Errors
    /// When there are none, too many, or they are not ascending finite numbers.
    pub fn new(values: impl Into<Vec<f64>>) -> Result<Self, Error> {
        let mut values: Vec<f64> = values.into();
        if values.is_empty() {
            return Err(Error::EmptyScale);
        }
        if values.len() > MAX_LEVELS {
            return Err(Error::ScaleTooLong(values.len()));
        }
        for value in &mut values {
            *value += 0.0; // -0 becomes 0
        }
        for (i, value) in values.iter().enumerate() {
            if !value.is_finite() || (i > 0 && values[i - 1] >= *value) {
                return Err(Error::ScaleNotAscending(value.to_string()));
            }
        }
        let steps = whole_steps(&values);
        Ok(Self { values, steps })
    }

    /// Whole numbers from `low` to `high`, both included: `Scale::range(1, 5)`.
    ///
    /// # Errors
    /// When `low > high` or there are more than [`MAX_LEVELS`].
    pub fn range(low: i32, high: i32) -> Result<Self, Error> {
        let count = (i64::from(high) - i64::from(low) + 1).max(0) as usize;
        if count > MAX_LEVELS {
            return Err(Error::ScaleTooLong(count));
        }
        Self::new((low..=high).map(f64::from).collect::<Vec<_>>())
    }

    /// Reads `1-5` (whole numbers), `-2..2`, or a list such as `0,2,5,8,10`.
    ///
    /// # Errors
    /// When the text is neither, or does not make a scale.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let syntax = || Error::ScaleSyntax(text.to_owned());
        if text.contains(',') {
            let values: Result<Vec<f64>, _> =
                text.split(',').map(|part| part.trim().parse::<f64>()).collect();
            return Self::new(values.map_err(|_| syntax())?);
        }
        let bounds = text.split_once("..").or_else(|| {
            let dash = text.char_indices().skip(1).find(|(_, c)| *c == '-')?.0;
            Some((&text[..dash], &text[dash + 1..]))
        });
        if let Some((low, high)) = bounds {
            let read = |part: &str| part.trim().parse::<i32>().map_err(|_| syntax());
            return Self::range(read(low)?, read(high)?);
        }
        Self::new(vec![text.parse::<f64>().map_err(|_| syntax())?])
    }

    /// The distinct values seen, as a scale: for tables that come without a declared one.
    ///
    /// # Errors
    /// As [`Scale::new`].
    pub fn observed(values: impl IntoIterator<Item = f64>) -> Result<Self, Error> {
        let mut values: Vec<f64> = values.into_iter().map(|value| value + 0.0).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        Self::new(values)
    }

    /// The grades, ascending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Number of levels.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Never: a scale has at least one value.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The level of a grade, if it is on the scale.
    pub fn level_of(&self, value: f64) -> Option<Level> {
        self.values.binary_search_by(|v| v.total_cmp(&(value + 0.0))).ok().map(|level| level as Level)
    }

    /// The grade of a level.
    ///
    /// # Panics
    /// When the level is not of this scale.
    pub fn value_of(&self, level: Level) -> f64 {
        self.values[usize::from(level)]
    }

    /// Distance from the lowest to the highest grade.
    pub fn span(&self) -> f64 {
        self.values[self.values.len() - 1] - self.values[0]
    }

    /// Whether ratios of grades mean something: no grade below zero.
    pub fn has_ratios(&self) -> bool {
        self.values[0] >= 0.0
    }

    /// The grades as whole numbers from 0, in some unit: exact for decimals and common
    /// fractions, otherwise to 2⁻³⁰ of the span. Sums of squares over these are exact, and intraclass correlations do not depend on the
    /// unit or the origin.
    pub(crate) fn steps(&self) -> &[i64] {
        &self.steps
    }
}

fn whole_steps(values: &[f64]) -> Vec<i64> {
    let origin = values[0];
    let decimal = (0..=6).map(|digits| 10_f64.powi(digits));
    let fractions = (2..=360).map(f64::from);
    for unit in decimal.chain(fractions) {
        let whole = |v: &f64| {
            let scaled = v * unit;
            (scaled - scaled.round()).abs() <= 1e-9 * scaled.abs().max(1.0) && scaled.abs() < 1e12
        };
        if values.iter().all(whole) {
            return values
                .iter()
                .map(|v| (v * unit).round() as i64 - (origin * unit).round() as i64)
                .collect();
        }
    }
    let span = values[values.len() - 1] - origin;
    values.iter().map(|v| ((v - origin) / span * FINEST).round() as i64).collect()
}

/// Steps of a scale that is made of no common fraction.
const FINEST: f64 = 1_073_741_824.0;

impl TryFrom<Vec<f64>> for Scale {
    type Error = Error;
    fn try_from(values: Vec<f64>) -> Result<Self, Error> {
        Self::new(values)
    }
}

impl From<Scale> for Vec<f64> {
    fn from(scale: Scale) -> Self {
        scale.values
    }
}

impl std::fmt::Display for Scale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let values = &self.values;
        let unit_steps = values.len() > 2 && values.windows(2).all(|w| w[1] - w[0] == 1.0);
        if unit_steps {
            return write!(f, "{}-{}", values[0], values[values.len() - 1]);
        }
        if values.len() <= 20 {
            let listed: Vec<String> = values.iter().map(f64::to_string).collect();
            return write!(f, "{}", listed.join(","));
        }
        write!(f, "{} to {} in {} levels", values[0], values[values.len() - 1], values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_a_list_and_a_negative_range_are_read() {
        assert_eq!(Scale::parse("1-5").unwrap().values(), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(Scale::parse("0, 2,5,8,10").unwrap().values(), [0.0, 2.0, 5.0, 8.0, 10.0]);
        assert_eq!(Scale::parse("-1-1").unwrap().values(), [-1.0, 0.0, 1.0]);
        assert_eq!(Scale::parse("-1..1").unwrap().len(), 3);
        assert!(Scale::parse("good,bad").is_err());
        assert!(Scale::parse("5-1").is_err());
        assert!(Scale::parse("").is_err());
    }

    #[test]
    fn decimal_scales_have_exact_whole_steps() {
        assert_eq!(Scale::new([1.0, 1.5, 2.0]).unwrap().steps(), [0, 5, 10]);
        assert_eq!(Scale::new([0.1, 0.2, 0.3]).unwrap().steps(), [0, 1, 2]);
        assert_eq!(Scale::new([0.0, 2.0, 5.0]).unwrap().steps(), [0, 2, 5]);
    }

    #[test]
    fn values_that_are_not_ascending_are_refused() {
        assert!(Scale::new([1.0, 1.0]).is_err());
        assert!(Scale::new([f64::NAN]).is_err());
        assert!(Scale::new(Vec::new()).is_err());
    }
}
