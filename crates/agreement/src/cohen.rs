//! Two raters: Cohen's kappa and Scott's pi, and their mean over pairs (Light).
//!
//! Weights go by the values of the declared scale, so that a level neither rater used keeps its place.

use crate::chance::student_interval;
use crate::estimate::{IntervalMethod, Outcome, Point, Uncertainty, Undefined};
use crate::moments::WeightTable;
use crate::pairs::PairTable;
use crate::scale::Level;
use crate::special::{normal_quantile, normal_two_sided, t_quantile_central};

/// A two-rater table with its marginals, only levels that occurred.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marginals {
    pub n: f64,
    /// Levels of the first rater and their shares, ascending.
    pub rows: Vec<(Level, f64)>,
    /// Levels of the second rater and their shares, ascending.
    pub columns: Vec<(Level, f64)>,
    /// (place in `rows`, place in `columns`, share).
    pub cells: Vec<(u16, u16, f64)>,
}

impl Marginals {
    pub fn of(table: &PairTable) -> Self {
        let mut marginals = Self::default();
        marginals.set(table);
        marginals
    }

    /// Takes another table, using the memory again.
    pub fn set(&mut self, table: &PairTable) {
        self.n = table.units();
        self.rows.clear();
        self.columns.clear();
        self.cells.clear();
        for &(k, l, count) in &table.cells {
            let share = count / self.n;
            let row = place(&mut self.rows, k, share);
            let column = place(&mut self.columns, l, share);
            self.cells.push((row, column, share));
        }
    }

    fn one_level(&self) -> bool {
        self.rows.len() == 1 && self.columns.len() == 1 && self.rows[0].0 == self.columns[0].0
    }

    fn at(&self, between: &[f64], q: usize, row: u16, column: u16) -> f64 {
        let k = usize::from(self.rows[usize::from(row)].0);
        let l = usize::from(self.columns[usize::from(column)].0);
        between[k * q + l]
    }

    fn observed(&self, between: &[f64], q: usize) -> f64 {
        self.cells.iter().map(|&(row, column, share)| share * self.at(between, q, row, column)).sum()
    }
}

/// Adds a share to a level; levels come in any order, their places stay.
fn place(levels: &mut Vec<(Level, f64)>, level: Level, share: f64) -> u16 {
    if let Some(at) = levels.iter().position(|(there, _)| *there == level) {
        levels[at].1 += share;
        return at as u16;
    }
    levels.push((level, share));
    levels.len() as u16 - 1
}

/// Cohen's kappa, `1 - Σ p_ij d_ij / Σ p_i. p_.j d_ij`.
///
/// Source: Cohen (1960); weighted Cohen (1968).
pub(crate) fn cohen(marginals: &Marginals, weights: &WeightTable, q: usize) -> Outcome {
    if marginals.n == 0.0 {
        return Err(Undefined::NoPairableItems);
    }
    if marginals.one_level() {
        return Err(Undefined::NoVariation);
    }
    let between = &weights.disagreement;
    let mut expected = 0.0;
    for &(k, row) in &marginals.rows {
        let distances = &between[usize::from(k) * q..];
        expected += row
            * marginals.columns.iter().map(|&(l, column)| column * distances[usize::from(l)]).sum::<f64>();
    }
    Ok(Point::of_disagreements(marginals.observed(between, q), expected))
}

/// How far one unit in each cell of the table moves Cohen's kappa: the cells' centred linear parts.
///
/// Source: Fleiss, Cohen & Everitt (1969), the large-sample variance as a sum of squares.
pub(crate) fn cohen_influence(
    marginals: &Marginals,
    weights: &WeightTable,
    q: usize,
    point: &Point,
) -> Vec<f64> {
    let parts = LinearParts::of(marginals, weights, q, point);
    marginals.cells.iter().map(|&(row, column, _)| parts.influence(row, column)).collect()
}

struct LinearParts<'a> {
    marginals: &'a Marginals,
    between: &'a [f64],
    q: usize,
    observed: f64,
    expected: f64,
    by_row: Vec<f64>,
    by_column: Vec<f64>,
}

impl<'a> LinearParts<'a> {
    fn of(marginals: &'a Marginals, weights: &'a WeightTable, q: usize, point: &Point) -> Self {
        let between = &weights.disagreement;
        let mean = |level: Level, others: &[(Level, f64)]| -> f64 {
            others.iter().map(|&(l, share)| share * between[usize::from(level) * q + usize::from(l)]).sum()
        };
        Self {
            marginals,
            between,
            q,
            observed: 1.0 - point.observed.unwrap_or(0.0),
            expected: 1.0 - point.expected.unwrap_or(0.0),
            by_row: marginals.rows.iter().map(|(k, _)| mean(*k, &marginals.columns)).collect(),
            by_column: marginals.columns.iter().map(|(l, _)| mean(*l, &marginals.rows)).collect(),
        }
    }

    /// By how much a unit's chance disagreement lies above the mean, twice over.
    fn excess(&self, row: u16, column: u16) -> f64 {
        self.by_row[usize::from(row)] + self.by_column[usize::from(column)] - 2.0 * self.expected
    }

    fn influence(&self, row: u16, column: u16) -> f64 {
        let own = self.marginals.at(self.between, self.q, row, column) - self.observed;
        (self.excess(row, column) * self.observed - own * self.expected) / (self.expected * self.expected)
    }
}

/// Large-sample standard error and interval of Cohen's kappa (not cut at 1), and the p value of the
/// hypothesis of independence, which has a standard error of its own.
///
/// Source: Fleiss, Cohen & Everitt (1969).
pub(crate) fn cohen_uncertainty(
    marginals: &Marginals,
    weights: &WeightTable,
    q: usize,
    point: &Point,
    level: f64,
) -> Uncertainty {
    let parts = LinearParts::of(marginals, weights, q, point);
    let n = marginals.n;
    let variance: f64 = marginals
        .cells
        .iter()
        .map(|&(row, column, share)| {
            let influence = parts.influence(row, column);
            share * influence * influence
        })
        .sum();
    let se = clean((variance / n).sqrt());
    let mut null_variance = 0.0;
    for (row, (_, row_share)) in marginals.rows.iter().enumerate() {
        for (column, (_, column_share)) in marginals.columns.iter().enumerate() {
            let (row, column) = (row as u16, column as u16);
            let distance = marginals.at(parts.between, q, row, column);
            let part = parts.excess(row, column) - (distance - parts.expected);
            null_variance += row_share * column_share * part * part;
        }
    }
    let null_se = clean((null_variance / n).sqrt() / parts.expected);
    let half = normal_quantile(0.5 + level / 2.0) * se;
    Uncertainty {
        se: Some(se),
        ci: Some([point.value - half, point.value + half]),
        p_value: (null_se > 0.0).then(|| normal_two_sided(point.value / null_se)),
        method: Some(IntervalMethod::Analytic),
    }
}

fn clean(se: f64) -> f64 {
    if se < 1e-12 { 0.0 } else { se }
}

/// Scott's pi: chance agreement from the two raters' pooled shares.
///
/// Source: Scott (1955).
pub(crate) fn scott(marginals: &Marginals, weights: &WeightTable, q: usize) -> Outcome {
    if marginals.n == 0.0 {
        return Err(Undefined::NoPairableItems);
    }
    if marginals.one_level() {
        return Err(Undefined::NoVariation);
    }
    let pooled = pooled(marginals);
    let between = &weights.disagreement;
    let mut expected = 0.0;
    for &(k, a) in &pooled {
        let distances = &between[usize::from(k) * q..];
        expected += a * pooled.iter().map(|&(l, b)| b * distances[usize::from(l)]).sum::<f64>();
    }
    Ok(Point::of_disagreements(marginals.observed(between, q), expected))
}

fn pooled(marginals: &Marginals) -> Vec<(Level, f64)> {
    let mut pooled: Vec<(Level, f64)> = Vec::with_capacity(marginals.rows.len() + marginals.columns.len());
    for (level, share) in marginals.rows.iter().chain(&marginals.columns) {
        place(&mut pooled, *level, share / 2.0);
    }
    pooled
}

/// Standard error and interval of Scott's pi: it is Fleiss' kappa of two raters on the units both rated.
///
/// Source: Gwet (2008), the variance of pi for two raters.
pub(crate) fn scott_uncertainty(
    marginals: &Marginals,
    weights: &WeightTable,
    q: usize,
    point: &Point,
    level: f64,
) -> Uncertainty {
    let n = marginals.n;
    if n < 2.0 {
        return Uncertainty::default();
    }
    let between = &weights.disagreement;
    let pooled = pooled(marginals);
    let expected = 1.0 - point.expected.unwrap_or(0.0);
    let mean = |level: Level| -> f64 {
        pooled.iter().map(|&(l, share)| share * between[usize::from(level) * q + usize::from(l)]).sum()
    };
    let rows: Vec<f64> = marginals.rows.iter().map(|(level, _)| mean(*level)).collect();
    let columns: Vec<f64> = marginals.columns.iter().map(|(level, _)| mean(*level)).collect();
    let mut sum = 0.0;
    for &(row, column, share) in &marginals.cells {
        let own = (expected - marginals.at(between, q, row, column)) / expected;
        let chance = expected - (rows[usize::from(row)] + columns[usize::from(column)]) / 2.0;
        let deviation = own - 2.0 * (1.0 - point.value) * chance / expected - point.value;
        sum += share * n * deviation * deviation;
    }
    student_interval(point.value, sum, n, n, Some(t_for(n, level)))
}

/// Student's quantile for `n - 1` degrees of freedom. Few pairs have many units, and many pairs few: the
/// small ones are computed once.
fn t_for(n: f64, level: f64) -> f64 {
    use std::sync::OnceLock;
    static AT_95: OnceLock<Vec<f64>> = OnceLock::new();
    let small = AT_95.get_or_init(|| {
        (0..256).map(|n| if n < 2 { 0.0 } else { t_quantile_central(0.95, f64::from(n) - 1.0) }).collect()
    });
    if level == 0.95 && n < 256.0 { small[n as usize] } else { t_quantile_central(level, n - 1.0) }
}
