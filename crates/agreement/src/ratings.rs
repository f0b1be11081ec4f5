//! Ratings in memory: who gave which unit which level, kept as distinct patterns with multiplicities.
//!
//! A million units rated by three people on five levels have at most 215 different patterns, so all
//! that follows costs the patterns, not the ratings. Invariant: patterns are distinct, none is empty,
//! and they stand in ascending order; the order of the units leaves no trace in any coefficient.

use crate::packing::{Lookup, Mixing, Packing};
use crate::scale::Level;
use crate::tally::Histogram;
use crate::{Error, Scale};
use std::collections::HashMap;

/// The level that stands for "no rating" in a matrix of levels.
pub const MISSING: Level = Level::MAX;

/// One rating of a pattern: the rater's index and the level given.
pub type Cell = (u32, Level);

/// The class of a unit without ratings.
const UNRATED: u32 = u32::MAX;

/// Ratings of any number of units by any number of raters on one scale.
#[derive(Debug, Clone)]
pub struct Ratings {
    scale: Scale,
    raters: usize,
    starts: Vec<usize>,
    cells: Vec<Cell>,
    counts: Vec<u64>,
    unit_class: Vec<u32>,
}

impl Ratings {
    /// From a matrix of grades, one row of `raters` grades for each unit; NaN is no rating.
    ///
    /// # Errors
    /// When the length is no multiple of `raters`, or a grade is not on the scale.
    pub fn from_values(scale: Scale, raters: usize, values: &[f64]) -> Result<Self, Error> {
        let lookup = Lookup::new(&scale);
        let level = |value: f64| {
            if value.is_nan() {
                return Ok(MISSING);
            }
            lookup.level(value).ok_or_else(|| outside(&scale, value))
        };
        Self::from_rows(&scale, raters, values, &level, &|values, digits| lookup.digits(values, digits))
    }

    /// From a matrix of levels, one row of `raters` levels for each unit; [`MISSING`] is no rating.
    ///
    /// # Errors
    /// When the length is no multiple of `raters`, or a level is not of the scale.
    pub fn from_levels(scale: Scale, raters: usize, levels: &[Level]) -> Result<Self, Error> {
        let q = scale.len();
        let level = |level: Level| {
            if level == MISSING || usize::from(level) < q {
                return Ok(level);
            }
            Err(Error::Shape(format!("level {level} is not one of the {q} levels of the scale")))
        };
        let digits = |levels: &[Level], digits: &mut [u32]| {
            let mut wrong = 0;
            for (level, digit) in levels.iter().zip(digits) {
                // MISSING is all ones, so adding one makes the digit 0.
                *digit = u32::from(level.wrapping_add(1));
                wrong |= u32::from(*digit > q as u32);
            }
            wrong == 0
        };
        Self::from_rows(&scale, raters, levels, &level, &digits)
    }

    /// From single ratings (unit, rater, level), in any order.
    ///
    /// # Errors
    /// When an index is out of range or a rater rated a unit twice.
    pub fn from_cells(
        scale: Scale,
        raters: usize,
        units: usize,
        ratings: &[(u32, u32, Level)],
    ) -> Result<Self, Error> {
        let mut starts = vec![0_usize; units + 1];
        for &(unit, rater, level) in ratings {
            if unit as usize >= units || rater as usize >= raters || usize::from(level) >= scale.len() {
                return Err(Error::Shape(format!("rating ({unit}, {rater}, {level}) is out of range")));
            }
            starts[unit as usize + 1] += 1;
        }
        for i in 0..units {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut cells = vec![(0, 0); ratings.len()];
        for &(unit, rater, level) in ratings {
            let at = &mut next[unit as usize];
            cells[*at] = (rater, level);
            *at += 1;
        }
        for unit in 0..units {
            let row = &mut cells[starts[unit]..starts[unit + 1]];
            row.sort_unstable();
            if let Some(twice) = row.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                let (unit, rater) = (unit.to_string(), twice[0].0.to_string());
                return Err(Error::Duplicate { unit, rater, first_line: None, second_line: None });
            }
        }
        let (patterns, counts, unit_class) =
            group((0..units).map(|unit| &cells[starts[unit]..starts[unit + 1]]));
        Ok(Self::assemble(scale, raters, &patterns, counts, unit_class))
    }

    /// As [`Ratings::from_cells`], for ratings known to be in range and sorted by unit and rater.
    pub(crate) fn from_checked_cells(
        scale: Scale,
        raters: usize,
        units: usize,
        ratings: &[(u32, u32, Level)],
    ) -> Self {
        let cells: Vec<Cell> = ratings.iter().map(|(_, rater, level)| (*rater, *level)).collect();
        let mut rows = vec![&cells[..0]; units];
        let mut start = 0;
        for group in ratings.chunk_by(|a, b| a.0 == b.0) {
            rows[group[0].0 as usize] = &cells[start..start + group.len()];
            start += group.len();
        }
        let (patterns, counts, unit_class) = group(rows.into_iter());
        Self::assemble(scale, raters, &patterns, counts, unit_class)
    }

    /// From distinct patterns with multiplicities, as a stored state has them. Units are not told apart.
    ///
    /// # Errors
    /// When a pattern names a rater twice, an index is out of range, or there are more units than 64 bits
    /// can count.
    pub fn from_patterns(scale: Scale, raters: usize, patterns: &[(Vec<Cell>, u64)]) -> Result<Self, Error> {
        let mut sorted: Vec<(Vec<Cell>, u64)> = Vec::with_capacity(patterns.len());
        for (cells, times) in patterns {
            let mut cells = cells.clone();
            cells.sort_unstable();
            let twice = cells.windows(2).any(|pair| pair[0].0 == pair[1].0);
            let fits = |&(rater, level): &Cell| (rater as usize) < raters && usize::from(level) < scale.len();
            if twice || !cells.iter().all(fits) {
                return Err(Error::Shape("a pattern names a rater twice or an index out of range".into()));
            }
            sorted.push((cells, *times));
        }
        sorted.sort_unstable();
        let mut merged: Vec<(Vec<Cell>, u64)> = Vec::with_capacity(sorted.len());
        for (cells, times) in sorted {
            match merged.last_mut() {
                Some((last, sum)) if *last == cells => {
                    *sum = sum.checked_add(times).ok_or(Error::Overflow)?;
                }
                _ => merged.push((cells, times)),
            }
        }
        merged.retain(|(cells, times)| !cells.is_empty() && *times > 0);
        let units = merged.iter().try_fold(0_u64, |sum, (_, times)| sum.checked_add(*times));
        units.ok_or(Error::Overflow)?;
        let (patterns, counts): (Vec<&[Cell]>, Vec<u64>) =
            merged.iter().map(|(cells, times)| (cells.as_slice(), *times)).unzip();
        Ok(Self::assemble(scale, raters, &patterns, counts, Vec::new()))
    }

    /// From one packed key per unit, as the table reader makes them, where a table of all keys fits.
    pub(crate) fn from_short_keys(scale: Scale, raters: usize, packing: Packing, keys: Vec<u32>) -> Self {
        let mut times = vec![0_u64; 1 << packing.bits_in_all()];
        for key in &keys {
            times[*key as usize] += 1;
        }
        Self::from_key_counts(scale, raters, packing, &times, keys)
    }

    /// From one packed key per unit (see [`Packing`]), as the table reader makes them.
    pub(crate) fn from_keys(scale: Scale, raters: usize, packing: Packing, keys: &[u64]) -> Self {
        let mut class_of: HashMap<u64, u32, Mixing> = HashMap::default();
        let (mut distinct, mut times, mut unit_class) =
            (Vec::new(), Vec::new(), Vec::with_capacity(keys.len()));
        for key in keys {
            if *key == 0 {
                unit_class.push(UNRATED);
                continue;
            }
            let class = *class_of.entry(*key).or_insert_with(|| {
                distinct.push(*key);
                times.push(0_u64);
                distinct.len() as u32 - 1
            });
            times[class as usize] += 1;
            unit_class.push(class);
        }
        let cells: Vec<Vec<Cell>> = distinct.iter().map(|key| packing.cells(*key, raters)).collect();
        let patterns: Vec<&[Cell]> = cells.iter().map(Vec::as_slice).collect();
        Self::assemble(scale, raters, &patterns, times, unit_class)
    }

    fn from_key_counts(
        scale: Scale,
        raters: usize,
        packing: Packing,
        times_of_key: &[u64],
        mut unit_class: Vec<u32>,
    ) -> Self {
        let (mut keys, mut cells, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for (key, count) in times_of_key.iter().enumerate().skip(1).filter(|(_, count)| **count > 0) {
            keys.push(key);
            cells.push(packing.cells(key as u64, raters));
            times.push(*count);
        }
        let patterns: Vec<&[Cell]> = cells.iter().map(Vec::as_slice).collect();
        let (mut ratings, place) = Self::ordered(scale, raters, &patterns, &times);
        let mut class_of_key = vec![UNRATED; times_of_key.len()];
        for (key, place) in keys.into_iter().zip(place) {
            class_of_key[key] = place;
        }
        let threads = if unit_class.len() < 50_000 { 1 } else { crate::threads::available() };
        let share = unit_class.len().div_ceil(threads).max(1);
        crate::threads::map(unit_class.chunks_mut(share).collect(), |classes: &mut [u32]| {
            for class in classes {
                *class = class_of_key[*class as usize];
            }
        });
        ratings.unit_class = unit_class;
        ratings
    }

    fn from_rows<T: Copy + Sync>(
        scale: &Scale,
        raters: usize,
        rows: &[T],
        level: &(impl Fn(T) -> Result<Level, Error> + Sync),
        digits: &(impl Fn(&[T], &mut [u32]) -> bool + Sync),
    ) -> Result<Self, Error> {
        if rows.is_empty() {
            return Ok(Self::assemble(scale.clone(), raters, &[], Vec::new(), Vec::new()));
        }
        if raters == 0 || !rows.len().is_multiple_of(raters) {
            return Err(Error::Shape(format!("{} grades are not rows of {raters} raters", rows.len())));
        }
        let units = rows.len() / raters;
        match Packing::new(scale.len(), raters) {
            Some(packing) if packing.table_fits() => {
                let (times, keys) = count_rows(packing, raters, rows, level, digits)?;
                Ok(Self::from_key_counts(scale.clone(), raters, packing, &times, keys))
            }
            Some(packing) => {
                let mut keys = Vec::with_capacity(units);
                for row in rows.chunks_exact(raters) {
                    let mut key = 0;
                    for (rater, value) in row.iter().enumerate() {
                        key |= packing.digit(rater, level(*value)?);
                    }
                    keys.push(key);
                }
                Ok(Self::from_keys(scale.clone(), raters, packing, &keys))
            }
            None => {
                let mut cells = Vec::new();
                let mut starts = vec![0];
                for row in rows.chunks_exact(raters) {
                    for (rater, value) in row.iter().enumerate() {
                        let level = level(*value)?;
                        if level != MISSING {
                            cells.push((rater as u32, level));
                        }
                    }
                    starts.push(cells.len());
                }
                let (patterns, counts, unit_class) =
                    group((0..units).map(|unit| &cells[starts[unit]..starts[unit + 1]]));
                Ok(Self::assemble(scale.clone(), raters, &patterns, counts, unit_class))
            }
        }
    }

    /// Puts distinct patterns into ascending order, and units' classes with them.
    fn assemble(
        scale: Scale,
        raters: usize,
        patterns: &[&[Cell]],
        counts: Vec<u64>,
        mut unit_class: Vec<u32>,
    ) -> Self {
        let (mut ratings, place) = Self::ordered(scale, raters, patterns, &counts);
        for class in unit_class.iter_mut().filter(|class| **class != UNRATED) {
            *class = place[*class as usize];
        }
        ratings.unit_class = unit_class;
        ratings
    }

    /// Distinct patterns in ascending order, without units, and the place there of each pattern given.
    fn ordered(scale: Scale, raters: usize, patterns: &[&[Cell]], counts: &[u64]) -> (Self, Vec<u32>) {
        let mut order: Vec<u32> = (0..patterns.len() as u32).collect();
        order.sort_unstable_by_key(|i| patterns[*i as usize]);
        let mut place = vec![0_u32; patterns.len()];
        let mut ratings = Self {
            scale,
            raters,
            starts: Vec::with_capacity(patterns.len() + 1),
            cells: Vec::with_capacity(patterns.iter().map(|cells| cells.len()).sum()),
            counts: Vec::with_capacity(patterns.len()),
            unit_class: Vec::new(),
        };
        ratings.starts.push(0);
        for (new, old) in order.iter().enumerate() {
            place[*old as usize] = new as u32;
            ratings.cells.extend_from_slice(patterns[*old as usize]);
            ratings.starts.push(ratings.cells.len());
            ratings.counts.push(counts[*old as usize]);
        }
        (ratings, place)
    }

    /// The same ratings on another scale that has all grades given.
    ///
    /// # Errors
    /// When a grade is not on it.
    pub fn on_scale(&self, scale: Scale) -> Result<Self, Error> {
        let mut cells = self.cells.clone();
        for (_, level) in &mut cells {
            let value = self.scale.value_of(*level);
            *level = scale.level_of(value).ok_or_else(|| outside(&scale, value))?;
        }
        // Levels keep their order, and so do the patterns.
        Ok(Self { scale, cells, ..self.clone() })
    }

    /// The scale.
    pub fn scale(&self) -> &Scale {
        &self.scale
    }

    /// Number of raters, those without any rating included.
    pub fn raters(&self) -> usize {
        self.raters
    }

    /// Number of distinct patterns.
    pub fn classes(&self) -> usize {
        self.counts.len()
    }

    /// The ratings of a pattern, by rater.
    pub fn pattern(&self, class: usize) -> &[Cell] {
        &self.cells[self.starts[class]..self.starts[class + 1]]
    }

    /// How many units have a pattern.
    pub fn times(&self, class: usize) -> u64 {
        self.counts[class]
    }

    /// The patterns with the number of units of each.
    pub fn patterns(&self) -> impl Iterator<Item = (&[Cell], u64)> + Clone {
        (0..self.classes()).map(|class| (self.pattern(class), self.counts[class]))
    }

    /// The pattern of a unit, by the unit's index; `None` where it has no rating. Not available for
    /// ratings made [from patterns](Self::from_patterns).
    pub fn class_of(&self, unit: usize) -> Option<usize> {
        self.unit_class.get(unit).filter(|class| **class != UNRATED).map(|class| *class as usize)
    }

    /// The histogram of a pattern.
    pub fn histogram(&self, class: usize) -> Histogram {
        Histogram::of(self.pattern(class).iter().map(|(_, level)| *level))
    }

    /// Krippendorff's alpha alone, without an interval: the quickest answer there is.
    ///
    /// # Errors
    /// When counts pass 128 bits.
    pub fn alpha(&self, metric: crate::Metric) -> Result<crate::Outcome, Error> {
        let mut tally = crate::Tally::new(self.scale.len());
        for class in 0..self.classes() {
            tally.add(&self.histogram(class), self.counts[class])?;
        }
        let summary = crate::moments::Summary::of(&crate::moments::Moments::of(&tally));
        Ok(crate::alpha::alpha(&summary, &self.scale, metric))
    }

    /// Number of units with at least one rating.
    pub fn units(&self) -> u64 {
        self.counts.iter().sum()
    }
}

fn outside(scale: &Scale, value: f64) -> Error {
    Error::OutsideScale { line: None, value: value.to_string(), scale: scale.to_string() }
}

/// Distinct slices with multiplicities, in order of first appearance, and the class of each.
fn group<'a>(units: impl Iterator<Item = &'a [Cell]>) -> (Vec<&'a [Cell]>, Vec<u64>, Vec<u32>) {
    let mut class_of: HashMap<&[Cell], u32, Mixing> = HashMap::default();
    let (mut patterns, mut counts, mut unit_class) = (Vec::new(), Vec::new(), Vec::new());
    for cells in units {
        if cells.is_empty() {
            unit_class.push(UNRATED);
            continue;
        }
        let class = *class_of.entry(cells).or_insert_with(|| {
            patterns.push(cells);
            counts.push(0);
            patterns.len() as u32 - 1
        });
        counts[class as usize] += 1;
        unit_class.push(class);
    }
    (patterns, counts, unit_class)
}

/// Rows that are counted at a time: their digits stay in the processor's nearest memory.
const BLOCK: usize = 1024;

/// Counts the rows of each key, in parallel; also the key of each row. Counts add up in any order.
/// `digits` makes the digits of many grades at once and says whether they are right; where they are not,
/// `level` finds out what is wrong, or gets it right.
fn count_rows<T: Copy + Sync>(
    packing: Packing,
    raters: usize,
    rows: &[T],
    level: &(impl Fn(T) -> Result<Level, Error> + Sync),
    digits: &(impl Fn(&[T], &mut [u32]) -> bool + Sync),
) -> Result<(Vec<u64>, Vec<u32>), Error> {
    let units = rows.len() / raters;
    let threads = if units < 50_000 { 1 } else { crate::threads::available() };
    let share = units.div_ceil(threads);
    let mut keys = vec![0_u32; units];
    let count = |rows: &[T], keys: &mut [u32]| -> Result<Vec<u64>, Error> {
        let mut times = vec![0_u64; 1 << packing.bits_in_all()];
        let mut scratch = vec![0_u32; BLOCK * raters];
        for (rows, keys) in rows.chunks(BLOCK * raters).zip(keys.chunks_mut(BLOCK)) {
            let scratch = &mut scratch[..rows.len()];
            if !digits(rows, scratch) {
                for (value, digit) in rows.iter().zip(&mut *scratch) {
                    *digit = u32::from(level(*value)?.wrapping_add(1));
                }
            }
            for (digits, key) in scratch.chunks_exact(raters).zip(keys) {
                *key = packing.short_key(digits);
                times[*key as usize] += 1;
            }
        }
        Ok(times)
    };
    let parts: Vec<Result<Vec<u64>, Error>> = crate::threads::map(
        rows.chunks(share * raters).zip(keys.chunks_mut(share)).collect(),
        |(rows, keys)| count(rows, keys),
    );
    let mut times = vec![0_u64; 1 << packing.bits_in_all()];
    for part in parts {
        for (sum, n) in times.iter_mut().zip(part?) {
            *sum += n;
        }
    }
    Ok((times, keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale() -> Scale {
        Scale::range(1, 5).unwrap()
    }

    #[test]
    fn the_three_ways_in_give_the_same_patterns() {
        let nan = f64::NAN;
        let rows = [1.0, 2.0, nan, 5.0, nan, 5.0, 1.0, 2.0, nan, nan, nan, nan];
        let dense = Ratings::from_values(scale(), 3, &rows).unwrap();
        let cells = [(0, 0, 0), (0, 1, 1), (1, 2, 4), (1, 0, 4), (2, 1, 1), (2, 0, 0)];
        let sparse = Ratings::from_cells(scale(), 3, 4, &cells).unwrap();
        let patterns = [(vec![(0, 0), (1, 1)], 2), (vec![(2, 4), (0, 4)], 1), (vec![], 1)];
        let stored = Ratings::from_patterns(scale(), 3, &patterns).unwrap();
        for other in [&sparse, &stored] {
            assert!(dense.patterns().eq(other.patterns()));
        }
        assert_eq!(dense.units(), 3);
        assert_eq!(dense.class_of(0), dense.class_of(2));
        assert_eq!(dense.class_of(3), None);
        assert_eq!(sparse.class_of(1), dense.class_of(1));
    }

    #[test]
    fn many_raters_fall_back_to_lists_with_the_same_patterns() {
        let wide = Scale::range(0, 100).unwrap();
        let rows: Vec<f64> = (0..60).map(|i| if i % 7 == 0 { f64::NAN } else { f64::from(i) }).collect();
        let dense = Ratings::from_values(wide.clone(), 20, &rows).unwrap();
        let cells: Vec<(u32, u32, Level)> =
            (0..60).filter(|i| i % 7 != 0).map(|i| (i / 20, i % 20, i as Level)).collect();
        let sparse = Ratings::from_cells(wide, 20, 3, &cells).unwrap();
        assert!(dense.patterns().eq(sparse.patterns()));
    }

    #[test]
    fn grades_of_uneven_scales_and_levels_are_counted_like_those_of_even_ones() {
        for values in
            [vec![0.0, 2.0, 5.0, 8.0, 10.0], vec![1.0, 2.0, 3.0, 4.0, 5.0], vec![-1.5, -1.0, -0.5, 0.0, 0.5]]
        {
            let scale = Scale::new(values.clone()).unwrap();
            let levels: Vec<Level> = (0..30_000_u32)
                .map(|i| if i % 11 == 0 { MISSING } else { (i * 7 % 13 % 5) as Level })
                .collect();
            let grade = |level: &Level| values.get(usize::from(*level)).copied().unwrap_or(f64::NAN);
            let mut grades: Vec<f64> = levels.iter().map(grade).collect();
            let by_level = Ratings::from_levels(scale.clone(), 3, &levels).unwrap();
            let by_grade = Ratings::from_values(scale.clone(), 3, &grades).unwrap();
            assert!(by_level.patterns().eq(by_grade.patterns()));
            assert_eq!(by_level.unit_class, by_grade.unit_class);
            // Each unit's class is its own pattern.
            for unit in [0, 1, 17, 9_999] {
                let row = levels[3 * unit..3 * unit + 3].iter().enumerate();
                let cells: Vec<Cell> =
                    row.filter(|(_, l)| **l != MISSING).map(|(rater, l)| (rater as u32, *l)).collect();
                assert_eq!(by_level.pattern(by_level.class_of(unit).unwrap()), cells);
            }
            for off in [0.25, 99.0, -99.0, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
                grades[29_000] = off;
                let refused = Ratings::from_values(scale.clone(), 3, &grades).unwrap_err();
                assert_eq!(refused.code(), "value_outside_scale", "{off}");
            }
        }
    }

    #[test]
    fn a_grade_off_the_scale_and_a_second_grade_are_refused() {
        let off = Ratings::from_values(scale(), 1, &[6.0]).unwrap_err();
        assert_eq!(off.code(), "value_outside_scale");
        let twice = Ratings::from_cells(scale(), 2, 1, &[(0, 1, 2), (0, 1, 3)]).unwrap_err();
        assert_eq!(twice.code(), "duplicate_rating");
        assert!(Ratings::from_values(scale(), 2, &[1.0]).is_err());
    }
}
