//! Intraclass correlations, from exact whole-number sums of squares.
//!
//! Grades enter as whole steps from the lowest (the correlations do not depend on unit or origin), so
//! "no variance" is decided exactly and no sum of squares loses digits.

use crate::estimate::{Coefficient, IntervalMethod, Outcome, Point, Uncertainty, Undefined};
use crate::moments::Moments;
use crate::ratings::Ratings;
use crate::special::{f_quantile, f_upper};
use crate::tally::packed;

/// Sums over the units that every rater rated.
#[derive(Debug, Clone)]
pub(crate) struct CompleteSums {
    raters: i128,
    units: i128,
    total: i128,
    squares: i128,
    unit_squares: i128,
    rater_totals: Vec<i128>,
}

impl CompleteSums {
    pub fn of_patterns(ratings: &Ratings, times: &[f64]) -> Self {
        let mut sums = Self::empty(ratings.raters());
        let steps = ratings.scale().steps();
        for (class, times) in times.iter().enumerate().filter(|(_, times)| **times > 0.0) {
            let cells = ratings.pattern(class);
            if cells.len() == ratings.raters() {
                sums.add(
                    cells.iter().map(|(_, level)| i128::from(steps[usize::from(*level)])),
                    *times as i128,
                );
            }
        }
        sums
    }

    pub fn empty(raters: usize) -> Self {
        let rater_totals = vec![0; raters];
        Self { raters: raters as i128, units: 0, total: 0, squares: 0, unit_squares: 0, rater_totals }
    }

    /// From the counts of the units that all raters rated, and each rater's sum over them.
    pub fn of_block(block: Option<&crate::moments::Block>, steps: &[i64], rater_totals: Vec<i128>) -> Self {
        let Some(block) = block else { return Self::empty(rater_totals.len()) };
        let sums = BlockSums::of(block, steps);
        Self {
            raters: rater_totals.len() as i128,
            units: sums.units,
            total: sums.total,
            squares: sums.squares,
            unit_squares: sums.unit_squares,
            rater_totals,
        }
    }

    /// Adds `times` units with these grades, one per rater.
    pub fn add(&mut self, grades: impl Iterator<Item = i128>, times: i128) {
        let mut unit = 0_i128;
        let mut squares = 0_i128;
        for (grade, total) in grades.zip(&mut self.rater_totals) {
            unit += grade;
            squares += grade * grade;
            *total = total.saturating_add(grade.saturating_mul(times));
        }
        self.units += times;
        self.squares = self.squares.saturating_add(squares.saturating_mul(times));
        self.total = self.total.saturating_add(unit.saturating_mul(times));
        self.unit_squares = self.unit_squares.saturating_add((unit * unit).saturating_mul(times));
    }

    pub fn units(&self) -> u64 {
        self.units as u64
    }
}

/// The two-way analysis of variance of a complete table, every sum of squares times `n k`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Anova {
    n: i128,
    k: i128,
    between_units: i128,
    between_raters: i128,
    within: i128,
    residual: i128,
}

impl Anova {
    pub fn of(sums: &CompleteSums) -> Result<Self, Undefined> {
        if sums.raters < 2 {
            return Err(Undefined::InsufficientRaters);
        }
        if sums.units < 2 {
            return Err(Undefined::InsufficientItems);
        }
        let (n, k) = (sums.units, sums.raters);
        let [all, between_units, between_raters] =
            exact_squares(sums).unwrap_or_else(|| approximate_squares(sums));
        let within = all - between_units;
        Ok(Self { n, k, between_units, between_raters, within, residual: within - between_raters })
    }

    fn mean_squares(&self) -> MeanSquares {
        let (n, k) = (self.n as f64, self.k as f64);
        MeanSquares {
            n,
            k,
            units: self.between_units as f64 / (n - 1.0),
            raters: self.between_raters as f64 / (k - 1.0),
            within: self.within as f64 / (n * (k - 1.0)),
            residual: self.residual as f64 / ((n - 1.0) * (k - 1.0)),
        }
    }

    /// Value of one of the six listwise coefficients.
    ///
    /// With mean squares between units B, between raters J, within units W and residual E of n units and k
    /// raters: ICC(1) `(B - W) / (B + (k - 1) W)`, ICC(2) `(B - E) / (B + (k - 1) E + k (J - E) / n)`, ICC(3)
    /// `(B - E) / (B + (k - 1) E)`; for the mean of k raters `(B - W) / B`, `(B - E) / (B + (J - E) / n)` and
    /// `(B - E) / B`.
    ///
    /// Source: Shrout & Fleiss (1979), ICC(1,1) to ICC(3,k).
    pub fn icc(&self, coefficient: Coefficient) -> Outcome {
        if self.vanishes(coefficient) {
            return Err(Undefined::NoVariation);
        }
        let ms = self.mean_squares();
        let (n, k) = (ms.n, ms.k);
        let value = match coefficient {
            Coefficient::Icc1 => (ms.units - ms.within) / (ms.units + (k - 1.0) * ms.within),
            Coefficient::Icc1k => (ms.units - ms.within) / ms.units,
            Coefficient::Icc2 => {
                let raters = k * (ms.raters - ms.residual) / n;
                (ms.units - ms.residual) / (ms.units + (k - 1.0) * ms.residual + raters)
            }
            Coefficient::Icc2k => (ms.units - ms.residual) / (ms.units + (ms.raters - ms.residual) / n),
            Coefficient::Icc3 => (ms.units - ms.residual) / (ms.units + (k - 1.0) * ms.residual),
            _ => (ms.units - ms.residual) / ms.units,
        };
        Ok(Point::bare(value))
    }

    /// Whether the denominator of a coefficient is exactly 0, in whole numbers.
    fn vanishes(&self, coefficient: Coefficient) -> bool {
        let (n, k) = (self.n, self.k);
        let sum = |by_units: i128, by_residual: i128, by_raters: i128| -> Option<i128> {
            let units = by_units.checked_mul(self.between_units)?;
            let residual = by_residual.checked_mul(self.residual)?;
            units.checked_add(residual)?.checked_add(by_raters.checked_mul(self.between_raters)?)
        };
        let denominator = match coefficient {
            Coefficient::Icc1 => sum(1, 1, 1),
            Coefficient::Icc2 => sum(n * (k - 1), n * (k - 1) - k, k * (n - 1)),
            Coefficient::Icc2k => sum(n * (k - 1), -1, n - 1),
            Coefficient::Icc3 => sum(1, 1, 0),
            _ => Some(self.between_units),
        };
        denominator == Some(0)
    }

    /// F interval and p value. Pitfall: ICC(2,k) steps the limits of ICC(2,1) up, which has a pole at
    /// `-1 / (k - 1)`; a lower limit beyond it comes out above the upper one, and the interval says nothing.
    ///
    /// Source: Shrout & Fleiss (1979), and for ICC(2) their Satterthwaite degrees of freedom.
    pub fn uncertainty(&self, coefficient: Coefficient, level: f64) -> Uncertainty {
        let ms = self.mean_squares();
        let (n, k) = (ms.n, ms.k);
        let one_way = matches!(coefficient, Coefficient::Icc1 | Coefficient::Icc1k);
        let (error, df2) =
            if one_way { (self.within, n * (k - 1.0)) } else { (self.residual, (n - 1.0) * (k - 1.0)) };
        if error == 0 {
            return Uncertainty::default();
        }
        let f = ms.units / if one_way { ms.within } else { ms.residual };
        let p_value = Some(f_upper(f, n - 1.0, df2));
        let two_way_random = matches!(coefficient, Coefficient::Icc2 | Coefficient::Icc2k);
        let ci = if two_way_random {
            self.two_way_random_limits(&ms, level)
        } else {
            Some(f_limits(f, n - 1.0, df2, k, level))
        };
        let average = |single: f64| single * k / (1.0 + single * (k - 1.0));
        let ci = match coefficient {
            Coefficient::Icc1k | Coefficient::Icc3k => Some(f_limits_average(f, n - 1.0, df2, level)),
            Coefficient::Icc2k => ci.map(|limits| limits.map(average)),
            _ => ci,
        };
        // A quotient of mean squares that vanishes together has no limits to give.
        let ci = ci.filter(|limits| limits.iter().all(|limit| limit.is_finite()));
        Uncertainty { se: None, ci, p_value, method: ci.map(|_| IntervalMethod::Analytic) }
    }

    fn two_way_random_limits(&self, ms: &MeanSquares, level: f64) -> Option<[f64; 2]> {
        let rho = self.icc(Coefficient::Icc2).ok()?.value;
        if self.between_units == 0 {
            return None;
        }
        let (n, k) = (ms.n, ms.k);
        let f = ms.raters / ms.residual;
        let a = k * rho * f;
        let b = n * (1.0 + (k - 1.0) * rho) - k * rho;
        let top = (k - 1.0) * (n - 1.0) * (a + b) * (a + b);
        let bottom = (n - 1.0) * a * a + b * b;
        let df = top / bottom;
        if !(df.is_finite() && df > 0.0) {
            return None;
        }
        let p = 0.5 + level / 2.0;
        let upper = f_quantile(p, n - 1.0, df);
        let lower = f_quantile(p, df, n - 1.0);
        let mixed = k * ms.raters + (k * n - k - n) * ms.residual;
        // With next to no degrees of freedom a quantile is beyond any number; the limit it leads to is not.
        let (above, below) = (ms.units / upper, ms.residual / lower);
        Some([
            n * (above - ms.residual) / (mixed + n * above),
            n * (ms.units - below) / (mixed / lower + n * ms.units),
        ])
    }
}

/// Sums of squares over all grades, between units and between raters, each times `n k`; `None` beyond 128
/// bits.
fn exact_squares(sums: &CompleteSums) -> Option<[i128; 3]> {
    let square = sums.total.checked_mul(sums.total)?;
    let all = sums.units.checked_mul(sums.raters)?.checked_mul(sums.squares)?;
    let units = sums.units.checked_mul(sums.unit_squares)?;
    let raters = sums
        .rater_totals
        .iter()
        .try_fold(0_i128, |sum, total| sum.checked_add(total.checked_mul(*total)?))?;
    let raters = raters.checked_mul(sums.raters)?;
    Some([all.checked_sub(square)?, units.checked_sub(square)?, raters.checked_sub(square)?])
}

/// The same for counts so huge that they do not fit: in floating point, brought to a common unit in which
/// they do (only their ratios matter), with what is within rounding of nothing taken for nothing.
fn approximate_squares(sums: &CompleteSums) -> [i128; 3] {
    let (n, k) = (sums.units as f64, sums.raters as f64);
    let mean = sums.total as f64 / (n * k);
    let all = sums.squares as f64 / (n * k) - mean * mean;
    let units = sums.unit_squares as f64 / (n * k * k) - mean * mean;
    let centred = |total: &i128| (*total as f64 / n - mean) * (*total as f64 / n - mean);
    let raters = sums.rater_totals.iter().map(centred).sum::<f64>() / k;
    let largest = sums.squares as f64 / (n * k);
    [all, units, raters].map(|part| {
        let share = part / largest;
        if share > 1e-12 { (share * 2_f64.powi(60)) as i128 } else { 0 }
    })
}

struct MeanSquares {
    n: f64,
    k: f64,
    units: f64,
    raters: f64,
    within: f64,
    residual: f64,
}

/// Limits of `(F - 1) / (F + k - 1)` from those of F.
fn f_limits(f: f64, df1: f64, df2: f64, k: f64, level: f64) -> [f64; 2] {
    let [low, high] = f_bounds(f, df1, df2, level);
    [(low - 1.0) / (low + k - 1.0), (high - 1.0) / (high + k - 1.0)]
}

/// Limits of `1 - 1 / F`.
fn f_limits_average(f: f64, df1: f64, df2: f64, level: f64) -> [f64; 2] {
    f_bounds(f, df1, df2, level).map(|f| 1.0 - 1.0 / f)
}

fn f_bounds(f: f64, df1: f64, df2: f64, level: f64) -> [f64; 2] {
    let p = 0.5 + level / 2.0;
    [f / f_quantile(p, df1, df2), f * f_quantile(p, df2, df1)]
}

/// One-way analysis of variance over all rated units, whatever their number of ratings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unbalanced {
    units: f64,
    ratings: f64,
    /// Ratings per unit, as the expected mean squares weigh it.
    k0: f64,
    between: f64,
    within: f64,
}

impl Unbalanced {
    /// Source: Ebel (1951), `k0 = (N - Σ k_i² / N) / (n - 1)`.
    pub fn of(moments: &Moments, steps: &[i64]) -> Result<Self, Undefined> {
        let units: f64 = moments.blocks.iter().map(|block| block.units).sum();
        if units < 2.0 {
            return Err(Undefined::InsufficientItems);
        }
        if moments.blocks.iter().all(|block| block.size < 2 || block.units == 0.0) {
            return Err(Undefined::NoPairableItems);
        }
        let sums: Vec<BlockSums> = moments.blocks.iter().map(|block| BlockSums::of(block, steps)).collect();
        let n =
            sums.iter().fold(0_i128, |sum, block| sum.saturating_add(block.units.saturating_mul(block.size)));
        let total = sums.iter().fold(0_i128, |sum, block| sum.saturating_add(block.total));
        let (mut between, mut within, mut size_squares) = (0.0, 0.0, 0.0);
        for block in &sums {
            let size = block.size as f64;
            between += block.between(n, total) / size;
            let squares = block.size.saturating_mul(block.squares);
            within += squares.saturating_sub(block.unit_squares) as f64 / size;
            size_squares += block.units as f64 * size * size;
        }
        if between == 0.0 && within == 0.0 {
            return Err(Undefined::NoVariation);
        }
        let n = n as f64;
        let k0 = (n - size_squares / n) / (units - 1.0);
        Ok(Self { units, ratings: n, k0, between, within })
    }

    fn mean_squares(&self) -> (f64, f64) {
        (self.between / (self.units - 1.0), self.within / (self.ratings - self.units))
    }

    pub fn units(&self) -> u64 {
        self.units as u64
    }

    /// `(MSB - MSW) / (MSB + (k0 - 1) MSW)`.
    ///
    /// Source: Ebel (1951).
    pub fn single(&self) -> Outcome {
        let (between, within) = self.mean_squares();
        Ok(Point::bare((between - within) / (between + (self.k0 - 1.0) * within)))
    }

    /// `(MSB - MSW) / MSB`.
    ///
    /// Source: Ebel (1951).
    pub fn average(&self) -> Outcome {
        if self.between == 0.0 {
            return Err(Undefined::NoVariation);
        }
        let (between, within) = self.mean_squares();
        Ok(Point::bare((between - within) / between))
    }

    /// F interval with `k0` in the place of the number of raters, and p value.
    ///
    /// Source: Shrout & Fleiss (1979) for ICC(1), with Ebel's (1951) `k0`.
    pub fn uncertainty(&self, average: bool, level: f64) -> Uncertainty {
        if self.within == 0.0 {
            return Uncertainty::default();
        }
        let (between, within) = self.mean_squares();
        let f = between / within;
        let (df1, df2) = (self.units - 1.0, self.ratings - self.units);
        let ci = if average {
            f_limits_average(f, df1, df2, level)
        } else {
            f_limits(f, df1, df2, self.k0, level)
        };
        Uncertainty {
            se: None,
            ci: Some(ci),
            p_value: Some(f_upper(f, df1, df2)),
            method: Some(IntervalMethod::Analytic),
        }
    }
}

/// Sums over the units of one size.
struct BlockSums {
    size: i128,
    units: i128,
    total: i128,
    squares: i128,
    unit_squares: i128,
}

impl BlockSums {
    fn of(block: &crate::moments::Block, steps: &[i64]) -> Self {
        let q = steps.len();
        let (mut total, mut squares, mut cross) = (0_i128, 0_i128, 0_i128);
        for k in 0..q {
            let (count, x) = (block.marginals[k] as i128, i128::from(steps[k]));
            if count == 0 {
                continue;
            }
            let times = |count: i128, x: i128| count.saturating_mul(x);
            total = total.saturating_add(times(count, x));
            squares = squares.saturating_add(times(count, x * x));
            cross = cross.saturating_add(times(block.pairs[packed(q, k, k)] as i128, x * x));
            for (l, y) in steps.iter().enumerate().skip(k + 1) {
                let pairs = block.pairs[packed(q, k, l)];
                if pairs > 0.0 {
                    cross = cross.saturating_add(times(pairs as i128, 2 * x * i128::from(*y)));
                }
            }
        }
        let (size, units) = (i128::from(block.size), block.units as i128);
        Self { size, units, total, squares, unit_squares: cross.saturating_add(squares) }
    }

    /// `Σ (u - k mean)²` over the units' sums `u`, with the mean `total / n` over all ratings: exactly 0
    /// when every unit's mean is the same.
    fn between(&self, n: i128, total: i128) -> f64 {
        let exact = || -> Option<i128> {
            let first = n.checked_mul(n)?.checked_mul(self.unit_squares)?;
            let second = n.checked_mul(total)?.checked_mul(self.total)?.checked_mul(2 * self.size)?;
            let third =
                total.checked_mul(total)?.checked_mul(self.units)?.checked_mul(self.size * self.size)?;
            first.checked_sub(second)?.checked_add(third)
        };
        let n_float = n as f64;
        match exact() {
            Some(sum) => sum as f64 / (n_float * n_float),
            None => {
                let mean = total as f64 / n_float * self.size as f64;
                let units = self.units as f64;
                (self.unit_squares as f64 - 2.0 * mean * self.total as f64 + units * mean * mean).max(0.0)
            }
        }
    }
}
