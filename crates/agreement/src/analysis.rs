//! All coefficients of one set of ratings, with their uncertainty.

use crate::alpha::weighted_uncertainty;
use crate::bootstrap::{Bootstrap, Extent, Reader, summarise};
use crate::chance::Linear;
use crate::cohen::{Marginals, cohen, cohen_influence, cohen_uncertainty, scott, scott_uncertainty};
use crate::conger::{self, RaterMarginals};
use crate::estimate::{Coefficient, Estimate, IntervalMethod, Outcome, Uncertainty, Weighting};
use crate::icc::{Anova, CompleteSums, Unbalanced};
use crate::moments::{Geometry, Moments, Summary, WeightTable};
use crate::pairs::{PairIndex, PairTable, meetings};
use crate::points::{
    Item, LISTWISE, Light, LightSum, Wanted, conger_points, free_items, free_points, has_formula,
    identity_items, light, light_in_parts, listwise_points,
};
use crate::random::{Random, Resampler};
use crate::ratings::Ratings;
use crate::special::normal_quantile;
use crate::tally::{Histogram, Tally};

/// Beyond so many meetings of two raters, pairs are not kept: neither listed nor drawn again.
const MEETINGS_KEPT: u64 = 1 << 25;

/// Above this much work the interval of Light's kappa is linearised unless a bootstrap is asked for.
const LIGHT_WORK: u64 = 100_000_000;

/// How to analyse.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Level of all intervals.
    pub ci_level: f64,
    /// A bootstrap for every coefficient. Without it, only coefficients that have no analytic interval
    /// get one, of [`Bootstrap::default`].
    pub bootstrap: Option<Bootstrap>,
    /// The columns are not persons: leave out what needs to know who rated.
    pub anonymous: bool,
    /// A [`Report`](crate::Report) is to say how many raters and units an interval of this width needs.
    pub plan_width: Option<f64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { ci_level: 0.95, bootstrap: None, anonymous: false, plan_width: None }
    }
}

/// Ratings with everything counted that coefficients are read from.
pub struct Analysis<'a> {
    ratings: &'a Ratings,
    options: Options,
    pub(crate) geometry: Geometry,
    pub(crate) tally: Tally,
    /// The histogram of each pattern.
    pub(crate) histograms: Vec<Histogram>,
    moments: Moments,
    pub(crate) summary: Summary,
    free: Vec<Outcome>,
    pub(crate) index: Option<PairIndex>,
    /// Units at each slot of the index.
    pub(crate) pair_counts: Vec<f64>,
}

impl<'a> Analysis<'a> {
    /// Counts the ratings.
    ///
    /// # Errors
    /// When counts pass 128 bits.
    pub fn new(ratings: &'a Ratings, options: Options) -> Result<Self, crate::Error> {
        let geometry = Geometry::new(ratings.scale());
        let histograms: Vec<Histogram> =
            (0..ratings.classes()).map(|class| ratings.histogram(class)).collect();
        let mut tally = Tally::new(geometry.levels());
        for (class, histogram) in histograms.iter().enumerate() {
            tally.add(histogram, ratings.times(class))?;
        }
        let moments = Moments::of(&tally);
        let mut free = Vec::new();
        let summary = free_points(&geometry, &moments, Wanted::All, &mut free);
        let keep_pairs = !options.anonymous && meetings(ratings) <= MEETINGS_KEPT;
        let index = keep_pairs.then(|| PairIndex::new(ratings));
        let mut pair_counts = Vec::new();
        if let Some(index) = &index {
            index.fill(&times(ratings), &mut pair_counts);
        }
        Ok(Self { ratings, options, geometry, tally, histograms, moments, summary, free, index, pair_counts })
    }

    /// Units with two ratings or more.
    pub fn units_paired(&self) -> u64 {
        self.summary.paired as u64
    }

    /// Units with a rating.
    pub fn units(&self) -> u64 {
        self.summary.rated as u64
    }

    /// Ratings.
    pub fn ratings(&self) -> u64 {
        self.summary.ratings as u64
    }

    pub(crate) fn ci_level(&self) -> f64 {
        self.options.ci_level
    }

    pub(crate) fn rater_count(&self) -> usize {
        self.ratings.raters()
    }

    /// Pairs of raters with a unit in common.
    pub(crate) fn pairs_met(&self) -> u64 {
        if let Some(index) = &self.index {
            return index.len() as u64;
        }
        let parts = PairIndex::parts(self.ratings, 1 << 22).into_iter();
        parts.map(|raters| PairIndex::of_first_raters(self.ratings, raters).len() as u64).sum()
    }

    /// All coefficients over all raters, in a fixed order.
    pub fn coefficients(&self) -> Vec<Estimate> {
        let mut rows = self.free_rows();
        let free = rows.len();
        rows.extend(self.identity_rows());
        self.add_bootstrap(&mut rows, free);
        if self.options.anonymous {
            rows.retain(|row| !needs_identity(row.item));
        }
        let level = self.options.ci_level;
        rows.into_iter()
            .map(|row| Estimate::new(row.item.0, row.item.1, row.outcome, row.uncertainty, (row.n, level)))
            .collect()
    }

    fn free_rows(&self) -> Vec<Row> {
        let classes: Vec<(&Histogram, f64)> = self.tally.histograms().map(|(h, n)| (h, n as f64)).collect();
        let linear = Linear::new(&self.geometry, &self.summary, &classes, self.options.ci_level);
        let unbalanced = Unbalanced::of(&self.moments, self.geometry.scale.steps());
        let items = free_items(&self.geometry);
        let paired = self.units_paired();
        let row = |(item, outcome): (Item, &Outcome)| {
            let rated_all = matches!(item.0, Coefficient::Icc1Unbalanced | Coefficient::Icc1kUnbalanced);
            let n = if rated_all { unbalanced.map_or(0, |anova| anova.units()) } else { paired };
            let uncertainty = match (outcome, unbalanced) {
                (Ok(_), Ok(anova)) if rated_all => {
                    anova.uncertainty(item.0 == Coefficient::Icc1kUnbalanced, self.options.ci_level)
                }
                (Ok(point), _) if !rated_all => self.free_uncertainty(&linear, item, point),
                _ => Uncertainty::default(),
            };
            Row { item, outcome: *outcome, uncertainty, n }
        };
        items.into_iter().zip(&self.free).map(row).collect()
    }

    fn free_uncertainty(
        &self,
        linear: &Linear<'_>,
        item: Item,
        point: &crate::estimate::Point,
    ) -> Uncertainty {
        let weighting = match item {
            (Coefficient::KrippendorffAlpha, Some(Weighting::Nominal)) => Some(Weighting::Identity),
            (Coefficient::KrippendorffAlpha, Some(Weighting::Interval)) => Some(Weighting::Quadratic),
            // Krippendorff's ordinal metric is made from the data: no formula is known.
            (Coefficient::KrippendorffAlpha, Some(Weighting::Ordinal)) => None,
            (_, weighting) => weighting,
        };
        let Some(weights) = weighting.and_then(|weighting| self.weights(weighting)) else {
            return Uncertainty::default();
        };
        match item.0 {
            Coefficient::PercentAgreement => linear.percent(weights, point.value),
            Coefficient::BrennanPrediger => linear.brennan_prediger(weights, point),
            Coefficient::FleissKappa => linear.fleiss(weights, point),
            Coefficient::GwetAc => linear.gwet_ac(weights, point),
            Coefficient::KrippendorffAlpha | Coefficient::KrippendorffAlphaGwet => {
                weighted_uncertainty(linear, weights, point.value)
            }
            _ => Uncertainty::default(),
        }
    }

    fn weights(&self, weighting: Weighting) -> Option<&WeightTable> {
        self.geometry.weights.iter().find(|table| Weighting::from(table.weights) == weighting)
    }

    fn identity_rows(&self) -> Vec<Row> {
        let times = times(self.ratings);
        let classes: Vec<(&Histogram, f64)> = self.tally.histograms().map(|(h, n)| (h, n as f64)).collect();
        let linear = Linear::new(&self.geometry, &self.summary, &classes, self.options.ci_level);
        let marginals = RaterMarginals::of_patterns(self.ratings, &times);
        let sums = CompleteSums::of_patterns(self.ratings, &times);
        let anova = Anova::of(&sums);
        let light = self.light();
        let outcomes = conger_points(&self.geometry, &self.summary, &marginals)
            .into_iter()
            .chain(light.points)
            .chain(listwise_points(&sums));
        let row = |(item, outcome): (Item, Outcome)| {
            let weights = item.1.and_then(|weighting| self.weights(weighting));
            let listwise = LISTWISE.contains(&item.0);
            let uncertainty = match (outcome, weights, anova) {
                (Ok(point), Some(weights), _) if item.0 == Coefficient::CongerKappa => conger::uncertainty(
                    &linear,
                    self.ratings,
                    &self.histograms,
                    &marginals,
                    (weights, &point),
                ),
                (Ok(_), _, Ok(anova)) if listwise => anova.uncertainty(item.0, self.options.ci_level),
                _ => Uncertainty::default(),
            };
            let n = if listwise { sums.units() } else { self.units_paired() };
            Row { item, outcome, uncertainty, n }
        };
        identity_items(&self.geometry).into_iter().zip(outcomes).map(row).collect()
    }

    pub(crate) fn light(&self) -> Light {
        match &self.index {
            Some(index) => light(&self.geometry, index, &self.pair_counts),
            None if self.options.anonymous => LightSum::new(&self.geometry).mean(),
            None => light_in_parts(&self.geometry, self.ratings),
        }
    }

    /// Fills in bootstrap intervals: for all rows when asked for, else for those without a formula.
    fn add_bootstrap(&self, rows: &mut [Row], free: usize) {
        let bootstrap = self.options.bootstrap.unwrap_or_default();
        let asked = self.options.bootstrap.is_some();
        let light_fits = self.index.as_ref().is_some_and(|index| {
            let work = meetings(self.ratings) + 10 * index.cells() as u64;
            asked || work.saturating_mul(u64::from(bootstrap.replicates)) <= LIGHT_WORK
        });
        let identity = asked || light_fits;
        let wanted = if asked { Wanted::All } else { Wanted::WithoutFormula };
        let extent = if identity { Extent::WithIdentity } else { Extent::Free };
        let reader = Reader::new(
            &self.geometry,
            self.ratings,
            &self.histograms,
            (extent, wanted, self.index.as_ref()),
        );
        let read = if identity { rows.len() } else { free };
        let lacking =
            |row: &Row| row.outcome.is_ok() && row.uncertainty.method.is_none() && !has_formula(row.item);
        if asked || rows[..read].iter().any(lacking) {
            let estimates: Vec<f64> =
                rows[..read].iter().map(|row| row.outcome.map_or(f64::NAN, |point| point.value)).collect();
            let drawn = reader.run(&bootstrap, &estimates, self.options.ci_level);
            for (row, drawn) in rows.iter_mut().zip(drawn) {
                if drawn.method.is_some() && (asked || lacking(row)) {
                    row.uncertainty = Uncertainty { p_value: row.uncertainty.p_value, ..drawn };
                }
            }
        }
        if !identity {
            for row in rows[free..].iter_mut().filter(|row| row.item.0 == Coefficient::LightKappa) {
                row.uncertainty = self.light_linearised(row.item.1, row.outcome);
            }
        }
    }

    /// The delta method: a unit's influence on the mean is the mean of its influences on the pairs.
    fn light_linearised(&self, weighting: Option<Weighting>, outcome: Outcome) -> Uncertainty {
        let weights = weighting.and_then(|weighting| self.weights(weighting));
        let (Some(index), Some(weights), Ok(point)) = (&self.index, weights, outcome) else {
            return Uncertainty::default();
        };
        let q = self.geometry.levels();
        let mut of_slot = vec![0.0; index.cells()];
        let mut defined = 0.0;
        for pair in 0..index.len() {
            let marginals = Marginals::of(&index.table(pair, &self.pair_counts));
            if let Ok(kappa) = cohen(&marginals, weights, q) {
                defined += 1.0;
                let influence = cohen_influence(&marginals, weights, q, &kappa);
                index.range(pair).zip(influence).for_each(|(slot, part)| of_slot[slot] = part / marginals.n);
            }
        }
        let mut variance = 0.0;
        for (class, (_, times)) in self.ratings.patterns().enumerate() {
            let sum: f64 = index.slots_of(class).iter().map(|slot| of_slot[*slot as usize]).sum();
            variance += times as f64 * (sum / defined) * (sum / defined);
        }
        let se = variance.sqrt();
        let half = normal_quantile(0.5 + self.options.ci_level / 2.0) * se;
        Uncertainty {
            se: Some(se),
            ci: Some([point.value - half, point.value + half]),
            p_value: None,
            method: Some(IntervalMethod::Linearised),
        }
    }

    /// The pairs of raters that met, with how often they gave which levels. Empty where there are too many
    /// to keep.
    pub fn pair_tables(&self) -> Vec<PairTable> {
        let index = self.index.iter();
        index.flat_map(|index| (0..index.len()).map(|pair| index.table(pair, &self.pair_counts))).collect()
    }

    /// Cohen's kappa and Scott's pi of one pair, with each of the weights.
    pub fn pair(&self, table: &PairTable) -> Vec<Estimate> {
        let (q, level) = (self.geometry.levels(), self.options.ci_level);
        let marginals = Marginals::of(table);
        let n = marginals.n as u64;
        let mut estimates = Vec::with_capacity(2 * self.geometry.weights.len());
        for coefficient in [Coefficient::CohenKappa, Coefficient::ScottPi] {
            let cohens = coefficient == Coefficient::CohenKappa;
            for weights in &self.geometry.weights {
                let outcome =
                    if cohens { cohen(&marginals, weights, q) } else { scott(&marginals, weights, q) };
                let uncertainty = match outcome {
                    Ok(point) if cohens => cohen_uncertainty(&marginals, weights, q, &point, level),
                    Ok(point) => scott_uncertainty(&marginals, weights, q, &point, level),
                    Err(_) => Uncertainty::default(),
                };
                let weighting = Some(weights.weights.into());
                estimates.push(Estimate::new(coefficient, weighting, outcome, uncertainty, (n, level)));
            }
        }
        if let Some(bootstrap) = self.options.bootstrap {
            self.bootstrap_pair(table, &bootstrap, &mut estimates);
        }
        estimates
    }

    /// Draws the units that both rated; a pair has a stream of its own.
    fn bootstrap_pair(&self, table: &PairTable, bootstrap: &Bootstrap, estimates: &mut [Estimate]) {
        if table.units() < 2.0 {
            return;
        }
        let q = self.geometry.levels();
        let resampler = Resampler::new(table.cells.iter().map(|(_, _, count)| *count as u64).collect());
        let pair = u64::from(table.first) << 32 | u64::from(table.second);
        let mut random = Random::new(bootstrap.seed, (1 << 63) | pair);
        let mut drawn = vec![0.0; table.cells.len()];
        let mut columns = vec![Vec::with_capacity(bootstrap.replicates as usize); estimates.len()];
        let mut again = PairTable { cells: Vec::new(), ..*table };
        let mut marginals = Marginals::default();
        let values = |marginals: &Marginals| {
            let weights = &self.geometry.weights;
            let cohens = weights.iter().map(|weights| cohen(marginals, weights, q));
            let scotts = weights.iter().map(|weights| scott(marginals, weights, q));
            cohens.chain(scotts).map(|outcome| outcome.map_or(f64::NAN, |p| p.value)).collect::<Vec<_>>()
        };
        let set = |times: &[f64], again: &mut PairTable, marginals: &mut Marginals| {
            again.cells.clear();
            let cells = table.cells.iter().zip(times).filter(|(_, times)| **times > 0.0);
            again.cells.extend(cells.map(|(&(k, l, _), times)| (k, l, *times)));
            marginals.set(again);
        };
        for _ in 0..bootstrap.replicates {
            resampler.draw(&mut random, &mut drawn);
            set(&drawn, &mut again, &mut marginals);
            values(&marginals).into_iter().zip(&mut columns).for_each(|(value, column)| column.push(value));
        }
        let mut times: Vec<f64> = table.cells.iter().map(|(_, _, count)| *count).collect();
        let mut left_out = Vec::new();
        if bootstrap.limits == crate::Limits::Bca {
            for cell in 0..times.len() {
                times[cell] -= 1.0;
                set(&times, &mut again, &mut marginals);
                left_out.push((times[cell] + 1.0, values(&marginals)));
                times[cell] += 1.0;
            }
        }
        for (i, (estimate, column)) in estimates.iter_mut().zip(columns).enumerate() {
            let acceleration =
                || crate::bootstrap::acceleration(left_out.iter().map(|(n, row)| (*n, row[i])));
            let value = estimate.value.unwrap_or(f64::NAN);
            let drawn = summarise(column, value, bootstrap.limits, self.options.ci_level, acceleration);
            if drawn.method.is_some() {
                (estimate.se, estimate.ci, estimate.ci_method) = (drawn.se, drawn.ci, drawn.method);
            }
        }
    }
}

/// Coefficients that mean nothing where the columns are not persons.
fn needs_identity(item: Item) -> bool {
    matches!(
        item.0,
        Coefficient::CongerKappa
            | Coefficient::LightKappa
            | Coefficient::Icc2
            | Coefficient::Icc2k
            | Coefficient::Icc3
            | Coefficient::Icc3k
    )
}

struct Row {
    item: Item,
    outcome: Outcome,
    uncertainty: Uncertainty,
    n: u64,
}

fn times(ratings: &Ratings) -> Vec<f64> {
    ratings.patterns().map(|(_, times)| times as f64).collect()
}
