//! A project's ratings kept ready: change one grade, read any coefficient.
//!
//! A panel keeps integer counts only and turns them into floating point when it is read, summing in the
//! order of the raters' keys. Invariant: what is read is a function of the ratings now in the panel, to
//! the last bit, whatever the order of the changes that led there. A change costs the ratings of its
//! unit; reading coefficients that do not need raters' identities costs the scale, not the project.

use crate::cohen::{Marginals, cohen};
use crate::conger::RaterMarginals;
use crate::estimate::Outcome;
use crate::icc::CompleteSums;
use crate::moments::{Geometry, Moments, Summary};
use crate::packing::Mixing;
use crate::pairs::PairTable;
use crate::points::{
    Item, Light, LightSum, Wanted, conger_points, free_items, free_points, identity_items, listwise_points,
};
use crate::ratings::{Cell, Ratings};
use crate::scale::Level;
use crate::tally::{Histogram, Tally};
use crate::units::{Contribution, contribution};
use crate::weights::Metric;
use crate::{Error, Scale};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Ratings of units `U` by raters `R`, one dimension, in a form that takes changes.
///
/// A hub keeps one for each dimension and calls [`Panel::set`] for each grade that arrives, changes or is
/// withdrawn.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(
    try_from = "Snapshot<U, R>",
    into = "Snapshot<U, R>",
    bound(
        serialize = "U: Serialize + Ord + Hash + Clone, R: Serialize + Ord + Clone",
        deserialize = "U: Deserialize<'de> + Ord + Hash + Clone, R: Deserialize<'de> + Ord + Clone"
    )
)]
pub struct Panel<U: Ord + Hash + Clone, R: Ord + Clone> {
    geometry: Geometry,
    tally: Tally,
    /// Raters get numbers in order of arrival; reading goes by keys.
    number: BTreeMap<R, u32>,
    raters: Vec<RaterCounts>,
    units: HashMap<U, Vec<Cell>>,
    pairs: Pairs,
}

/// How much there is in a [`Panel`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Units with a rating.
    pub units: u64,
    /// Units with two ratings or more.
    pub units_paired: u64,
    /// Raters with a rating.
    pub raters: u64,
    /// Ratings.
    pub ratings: u64,
}

/// How often two raters gave which two levels, the rater with the lower number first.
type PairCounts = BTreeMap<(Level, Level), u64>;
type Pairs = HashMap<(u32, u32), PairCounts, Mixing>;

/// One rater's ratings of each level, by the size of the unit.
#[derive(Debug, Clone, Default)]
struct RaterCounts {
    by_size: BTreeMap<u32, Vec<u64>>,
}

impl RaterCounts {
    fn change(&mut self, size: u32, level: Level, levels: usize, add: bool) {
        let counts = self.by_size.entry(size).or_insert_with(|| vec![0; levels]);
        let count = &mut counts[usize::from(level)];
        *count = if add { *count + 1 } else { *count - 1 };
        if counts.iter().all(|count| *count == 0) {
            self.by_size.remove(&size);
        }
    }
}

/// What is stored of a panel: units and raters by key, so equal panels are stored alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Snapshot<U, R> {
    scale: Scale,
    raters: Vec<R>,
    /// Each unit with its ratings (place in `raters`, level).
    units: Vec<(U, Vec<Cell>)>,
}

impl<U: Ord + Hash + Clone, R: Ord + Clone> Panel<U, R> {
    /// A panel without ratings.
    pub fn new(scale: &Scale) -> Self {
        Self {
            geometry: Geometry::new(scale),
            tally: Tally::new(scale.len()),
            number: BTreeMap::new(),
            raters: Vec::new(),
            units: HashMap::new(),
            pairs: HashMap::default(),
        }
    }

    /// The scale.
    pub fn scale(&self) -> &Scale {
        &self.geometry.scale
    }

    /// Number of units with a rating.
    pub fn units(&self) -> usize {
        self.units.len()
    }

    /// How much there is: what a report says beside its coefficients. Costs the scale and the raters, not the
    /// project.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { raters: self.active().len() as u64, ..Counts::default() };
        for (histogram, times) in self.tally.histograms() {
            let size = u64::from(histogram.size());
            counts.units += times;
            counts.units_paired += if size > 1 { times } else { 0 };
            counts.ratings += size * times;
        }
        counts
    }

    /// The level a rater gave to a unit.
    pub fn get(&self, unit: &U, rater: &R) -> Option<Level> {
        let number = self.number.get(rater)?;
        self.units.get(unit)?.iter().find(|(there, _)| there == number).map(|(_, level)| *level)
    }

    /// Gives a unit a rating, changes it, or takes it away with `None`; answers what was there before.
    ///
    /// # Errors
    /// When the level is not of the scale; nothing is changed then.
    pub fn set(&mut self, unit: U, rater: &R, level: Option<Level>) -> Result<Option<Level>, Error> {
        let levels = self.geometry.levels();
        if let Some(level) = level.filter(|level| usize::from(*level) >= levels) {
            return Err(Error::Shape(format!(
                "level {level} is not one of the {levels} levels of the scale"
            )));
        }
        let number = match self.number.get(rater) {
            Some(number) => *number,
            None if level.is_none() => return Ok(None),
            None => {
                let number = self.raters.len() as u32;
                self.number.insert(rater.clone(), number);
                self.raters.push(RaterCounts::default());
                number
            }
        };
        let there = self.units.get_mut(&unit);
        let old: &[Cell] = there.as_deref().map_or(&[], Vec::as_slice);
        let place = old.binary_search_by_key(&number, |(rater, _)| *rater);
        let before = place.ok().map(|at| old[at].1);
        if before == level {
            return Ok(before);
        }
        let mut new = Vec::with_capacity(old.len() + 1);
        new.extend_from_slice(old);
        match (place, level) {
            (Ok(at), Some(level)) => new[at].1 = level,
            (Ok(at), None) => drop(new.remove(at)),
            (Err(at), Some(level)) => new.insert(at, (number, level)),
            (Err(_), None) => return Ok(None),
        }
        self.tally.replace(&histogram(old), &histogram(&new))?;
        change_pairs(&mut self.pairs, old, number, before, level);
        change_marginals(&mut self.raters, self.geometry.levels(), old, &new);
        match there {
            _ if new.is_empty() => drop(self.units.remove(&unit)),
            Some(there) => *there = new,
            None => drop(self.units.insert(unit, new)),
        }
        Ok(before)
    }

    /// As [`Panel::set`], by grades instead of levels.
    ///
    /// # Errors
    /// When the grade is not on the scale; nothing is changed then.
    pub fn set_value(&mut self, unit: U, rater: &R, value: Option<f64>) -> Result<Option<f64>, Error> {
        let scale = self.geometry.scale.clone();
        let level = |value: f64| {
            scale.level_of(value).ok_or_else(|| Error::OutsideScale {
                line: None,
                value: value.to_string(),
                scale: scale.to_string(),
            })
        };
        let before = self.set(unit, rater, value.map(level).transpose()?)?;
        Ok(before.map(|level| scale.value_of(level)))
    }

    /// Takes a unit away with all its ratings.
    ///
    /// # Errors
    /// Never for a unit that is there; a unit that is not there changes nothing.
    pub fn remove_unit(&mut self, unit: &U) -> Result<(), Error> {
        let numbers: Vec<u32> =
            self.units.get(unit).iter().flat_map(|cells| cells.iter().map(|c| c.0)).collect();
        let raters: Vec<R> = self
            .number
            .iter()
            .filter(|(_, number)| numbers.contains(number))
            .map(|(r, _)| r.clone())
            .collect();
        for rater in &raters {
            self.set(unit.clone(), rater, None)?;
        }
        Ok(())
    }

    /// Takes over all ratings of another panel.
    ///
    /// # Errors
    /// When the scales differ, or both have a rating of one unit by one rater and the levels differ;
    /// nothing is changed then.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.scale() != other.scale() {
            return Err(Error::Shape("panels over different scales cannot be merged".into()));
        }
        let rater_of: BTreeMap<u32, &R> =
            other.number.iter().map(|(rater, number)| (*number, rater)).collect();
        let ratings = || {
            other.units.iter().flat_map(|(unit, cells)| {
                cells.iter().map(|(number, level)| (unit, rater_of[number], *level)).collect::<Vec<_>>()
            })
        };
        let clash =
            |(unit, rater, level): (&U, &R, Level)| self.get(unit, rater).is_some_and(|own| own != level);
        if ratings().any(clash) {
            return Err(Error::Shape("both panels have a rating of one unit by one rater".into()));
        }
        for (unit, rater, level) in ratings().collect::<Vec<_>>() {
            self.set(unit.clone(), rater, Some(level))?;
        }
        Ok(())
    }

    /// Raters that now have ratings, by key.
    fn active(&self) -> Vec<(&R, u32)> {
        let has = |number: &u32| !self.raters[*number as usize].by_size.is_empty();
        self.number.iter().filter(|(_, number)| has(number)).map(|(rater, number)| (rater, *number)).collect()
    }

    /// Point values of all coefficients that do not need to know who rated.
    pub fn coefficients(&self) -> Vec<(Item, Outcome)> {
        let items = free_items(&self.geometry);
        let mut points = Vec::with_capacity(items.len());
        free_points(&self.geometry, &Moments::of(&self.tally), Wanted::All, &mut points);
        items.into_iter().zip(points).collect()
    }

    /// Point values of the coefficients that need to know who rated: Conger's, Light's, and the
    /// intraclass correlations over completely rated units. The cost is that of the raters and of the
    /// pairs that met.
    pub fn coefficients_by_identity(&self) -> Vec<(Item, Outcome)> {
        let moments = Moments::of(&self.tally);
        let summary = Summary::of(&moments);
        let q = self.geometry.levels();
        let active = self.active();
        let mut counts = vec![0.0; active.len() * q];
        for (row, (_, number)) in counts.chunks_exact_mut(q).zip(&active) {
            for by_level in self.raters[*number as usize].by_size.values() {
                row.iter_mut().zip(by_level).for_each(|(sum, count)| *sum += *count as f64);
            }
        }
        let marginals = RaterMarginals::of_counts(q, counts.chunks_exact(q));
        let complete = self.complete_sums(&moments, &active);
        let points = conger_points(&self.geometry, &summary, &marginals)
            .into_iter()
            .chain(self.light().points)
            .chain(listwise_points(&complete));
        identity_items(&self.geometry).into_iter().zip(points).collect()
    }

    fn complete_sums(&self, moments: &Moments, active: &[(&R, u32)]) -> CompleteSums {
        let size = active.len() as u32;
        let steps = self.geometry.scale.steps();
        let of_rater = |number: u32| -> i128 {
            let by_level = self.raters[number as usize].by_size.get(&size);
            let sum = |counts: &Vec<u64>| {
                counts.iter().zip(steps).map(|(count, step)| i128::from(*count) * i128::from(*step)).sum()
            };
            by_level.map_or(0, sum)
        };
        let totals = active.iter().map(|(_, number)| of_rater(*number)).collect();
        CompleteSums::of_block(moments.blocks.iter().find(|block| block.size == size), steps, totals)
    }

    fn light(&self) -> Light {
        let q = self.geometry.levels();
        let mut sum = LightSum::new(&self.geometry);
        for (_, _, table) in self.pair_tables() {
            let marginals = Marginals::of(&table);
            sum.add(self.geometry.weights.iter().map(|weights| cohen(&marginals, weights, q)));
        }
        sum.mean()
    }

    /// The pairs of raters that met, by key, with how often they gave which levels. Indices in the tables
    /// are places among the raters with ratings, by key.
    pub fn pair_tables(&self) -> Vec<(R, R, PairTable)> {
        let active = self.active();
        let mut place = vec![u32::MAX; self.raters.len()];
        for (at, (_, number)) in active.iter().enumerate() {
            place[*number as usize] = at as u32;
        }
        let mut tables: Vec<PairTable> = self
            .pairs
            .iter()
            .map(|((a, b), cells)| {
                let (first, second) = (place[*a as usize], place[*b as usize]);
                let turned = first > second;
                let cell = |((k, l), count): (&(Level, Level), &u64)| {
                    if turned { (*l, *k, *count as f64) } else { (*k, *l, *count as f64) }
                };
                let mut cells: Vec<(Level, Level, f64)> = cells.iter().map(cell).collect();
                cells.sort_unstable_by_key(|(k, l, _)| (*k, *l));
                PairTable { first: first.min(second), second: first.max(second), cells }
            })
            .collect();
        tables.sort_unstable_by_key(|table| (table.first, table.second));
        let key = |at: u32| active[at as usize].0.clone();
        tables.into_iter().map(|table| (key(table.first), key(table.second), table)).collect()
    }

    /// What alpha gains without a unit; `None` for a unit without ratings.
    pub fn contribution(&self, unit: &U, metric: Metric) -> Option<Contribution> {
        let cells = self.units.get(unit)?;
        let summary = Summary::of(&Moments::of(&self.tally));
        Some(contribution(&summary, self.scale(), metric, &histogram(cells)))
    }

    /// The units that cost alpha most, the costliest first, equals by key. The cost of a histogram is
    /// computed once.
    pub fn costliest(&self, metric: Metric, limit: usize) -> Vec<(U, Contribution)> {
        let summary = Summary::of(&Moments::of(&self.tally));
        let cost: BTreeMap<Histogram, Contribution> = self
            .tally
            .histograms()
            .map(|(histogram, _)| {
                (histogram.clone(), contribution(&summary, self.scale(), metric, histogram))
            })
            .collect();
        let mut found: Vec<(&U, Contribution)> = self
            .units
            .iter()
            .filter_map(|(unit, cells)| Some((unit, *cost.get(&histogram(cells))?)))
            .filter(|(_, contribution)| contribution.gain.is_some_and(|gain| gain > 0.0))
            .collect();
        let gain = |contribution: &Contribution| contribution.gain.unwrap_or(0.0);
        found.sort_unstable_by(|(u, a), (v, b)| gain(b).total_cmp(&gain(a)).then_with(|| u.cmp(v)));
        found.into_iter().take(limit).map(|(unit, contribution)| (unit.clone(), contribution)).collect()
    }

    /// The ratings as patterns, with raters and units by key: what a full report is made from.
    pub fn ratings(&self) -> (Ratings, Vec<R>, Vec<U>) {
        let snapshot = Snapshot::from(self.clone());
        let mut triples = Vec::new();
        for (unit, (_, cells)) in snapshot.units.iter().enumerate() {
            triples.extend(cells.iter().map(|(rater, level)| (unit as u32, *rater, *level)));
        }
        let (raters, units) = (snapshot.raters, snapshot.units.into_iter().map(|(unit, _)| unit).collect());
        let scale = snapshot.scale;
        let ratings = Ratings::from_checked_cells(scale, raters.len(), self.units.len(), &triples);
        (ratings, raters, units)
    }
}

fn change_pairs(pairs: &mut Pairs, old: &[Cell], number: u32, before: Option<Level>, after: Option<Level>) {
    for &(other, level) in old.iter().filter(|(other, _)| *other != number) {
        let cells = pairs.entry((number.min(other), number.max(other))).or_default();
        let cell = |own: Level| if number < other { (own, level) } else { (level, own) };
        if let Some(before) = before
            && let Some(count) = cells.get_mut(&cell(before))
        {
            *count -= 1;
            if *count == 0 {
                cells.remove(&cell(before));
            }
        }
        if let Some(after) = after {
            *cells.entry(cell(after)).or_insert(0) += 1;
        }
        if cells.is_empty() {
            pairs.remove(&(number.min(other), number.max(other)));
        }
    }
}

fn change_marginals(raters: &mut [RaterCounts], levels: usize, old: &[Cell], new: &[Cell]) {
    let (old_size, new_size) = (old.len() as u32, new.len() as u32);
    let unchanged = |cell: &Cell, others: &[Cell]| old_size == new_size && others.contains(cell);
    for cell in old.iter().filter(|cell| !unchanged(cell, new)) {
        raters[cell.0 as usize].change(old_size, cell.1, levels, false);
    }
    for cell in new.iter().filter(|cell| !unchanged(cell, old)) {
        raters[cell.0 as usize].change(new_size, cell.1, levels, true);
    }
}

fn histogram(cells: &[Cell]) -> Histogram {
    Histogram::of(cells.iter().map(|(_, level)| *level))
}

impl<U: Ord + Hash + Clone, R: Ord + Clone> From<Panel<U, R>> for Snapshot<U, R> {
    fn from(panel: Panel<U, R>) -> Self {
        let active = panel.active();
        let mut place = vec![u32::MAX; panel.raters.len()];
        for (at, (_, number)) in active.iter().enumerate() {
            place[*number as usize] = at as u32;
        }
        let raters = active.into_iter().map(|(rater, _)| rater.clone()).collect();
        let scale = panel.scale().clone();
        let mut units: Vec<(U, Vec<Cell>)> = panel.units.into_iter().collect();
        for (_, cells) in &mut units {
            cells.iter_mut().for_each(|(number, _)| *number = place[*number as usize]);
            cells.sort_unstable();
        }
        units.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Self { scale, raters, units }
    }
}

impl<U: Ord + Hash + Clone, R: Ord + Clone> TryFrom<Snapshot<U, R>> for Panel<U, R> {
    type Error = Error;
    fn try_from(snapshot: Snapshot<U, R>) -> Result<Self, Error> {
        let mut panel = Self::new(&snapshot.scale);
        for (unit, cells) in snapshot.units {
            for (rater, level) in cells {
                let rater = snapshot.raters.get(rater as usize);
                let rater =
                    rater.ok_or_else(|| Error::Shape("a snapshot names a rater it has not".into()))?;
                panel.set(unit.clone(), rater, Some(level))?;
            }
        }
        Ok(panel)
    }
}
