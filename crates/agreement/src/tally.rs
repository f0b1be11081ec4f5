//! What all coefficients without rater identity need of the ratings: integer counts.
//!
//! A unit contributes its histogram (how many ratings of each level). Units of equal size are summed
//! together, because every coefficient is a sum over units of something divided by a function of the
//! size alone. Invariant: a tally is a function of the multiset of histograms, so the order in which
//! units came, changed and went leaves no trace, to the last bit.

use crate::Error;
use crate::scale::Level;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many ratings of each level one unit has: pairs (level, count), levels ascending, counts not 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Histogram(Box<[(Level, u32)]>);

impl Histogram {
    /// The histogram of these grades, in any order.
    pub fn of(levels: impl IntoIterator<Item = Level>) -> Self {
        let mut levels: Vec<Level> = levels.into_iter().collect();
        levels.sort_unstable();
        let distinct = levels.chunk_by(|a, b| a == b).count();
        let mut entries: Vec<(Level, u32)> = Vec::with_capacity(distinct);
        for level in levels {
            match entries.last_mut() {
                Some((last, count)) if *last == level => *count += 1,
                _ => entries.push((level, 1)),
            }
        }
        Self(entries.into())
    }

    /// A histogram from counts per level, index = level.
    pub fn from_counts(counts: &[u32]) -> Self {
        Self(counts.iter().enumerate().filter(|(_, c)| **c > 0).map(|(l, c)| (l as Level, *c)).collect())
    }

    /// Pairs (level, count).
    pub fn entries(&self) -> &[(Level, u32)] {
        &self.0
    }

    /// Number of ratings.
    pub fn size(&self) -> u32 {
        self.0.iter().fold(0, |sum: u32, (_, count)| sum.saturating_add(*count))
    }
}

/// Sums over the units that have the same number of ratings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SizeSums {
    pub units: u128,
    /// Ratings of each level.
    pub marginals: Vec<u128>,
    /// Ordered pairs of different ratings of a unit, `k ≤ l` packed by rows: `h_k h_l`, and
    /// `h_k (h_k - 1)` on the diagonal.
    pub pairs: Vec<u128>,
}

/// Index of `(k, l)`, `k ≤ l`, in a packed upper triangle of `q` rows.
pub(crate) fn packed(q: usize, k: usize, l: usize) -> usize {
    k * (2 * q - k + 1) / 2 + (l - k)
}

/// Length of a packed upper triangle.
pub(crate) fn packed_len(q: usize) -> usize {
    q * (q + 1) / 2
}

/// Integer counts over units, added to and taken from, mergeable and serialisable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Tally {
    levels: usize,
    sizes: BTreeMap<u32, SizeSums>,
    histograms: BTreeMap<Histogram, u64>,
}

/// What is stored of a tally: the histograms say it all.
#[derive(Serialize, Deserialize)]
struct Stored {
    levels: usize,
    histograms: Vec<(Histogram, u64)>,
}

impl From<Tally> for Stored {
    fn from(tally: Tally) -> Self {
        Self { levels: tally.levels, histograms: tally.histograms.into_iter().collect() }
    }
}

impl TryFrom<Stored> for Tally {
    type Error = Error;
    fn try_from(stored: Stored) -> Result<Self, Error> {
        let mut tally = Tally::new(stored.levels);
        for (histogram, times) in &stored.histograms {
            tally.add(histogram, *times)?;
        }
        Ok(tally)
    }
}

impl Tally {
    /// An empty tally for a scale of so many levels.
    pub fn new(levels: usize) -> Self {
        Self { levels, sizes: BTreeMap::new(), histograms: BTreeMap::new() }
    }

    /// Number of levels.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// The distinct histograms with the number of units of each, in a fixed order.
    pub fn histograms(&self) -> impl ExactSizeIterator<Item = (&Histogram, u64)> {
        self.histograms.iter().map(|(histogram, times)| (histogram, *times))
    }

    /// Adds `times` units with this histogram. A unit without ratings changes nothing.
    ///
    /// # Errors
    /// When a level is not on the scale, or counts pass 128 bits.
    pub fn add(&mut self, histogram: &Histogram, times: u64) -> Result<(), Error> {
        if histogram.entries().is_empty() || times == 0 {
            return Ok(());
        }
        if histogram.entries().iter().any(|(level, _)| usize::from(*level) >= self.levels) {
            return Err(Error::Shape("a level lies outside the scale".into()));
        }
        let new_times = self.histograms.get(histogram).copied().unwrap_or(0).checked_add(times);
        let new_times = new_times.ok_or(Error::Overflow)?;
        let q = self.levels;
        let fresh = || SizeSums { units: 0, marginals: vec![0; q], pairs: vec![0; packed_len(q)] };
        let sums = self.sizes.entry(histogram.size()).or_insert_with(fresh);
        let overflow = each_term(q, histogram, times, sums, u128::checked_add);
        if overflow.is_none() {
            // Undo the part that was added, wrapping is exact here.
            self.rebuild_size(histogram.size());
            return Err(Error::Overflow);
        }
        match self.histograms.get_mut(histogram) {
            Some(there) => *there = new_times,
            None => drop(self.histograms.insert(histogram.clone(), new_times)),
        }
        Ok(())
    }

    /// Takes away `times` units with this histogram.
    ///
    /// # Errors
    /// When so many were never added.
    pub fn remove(&mut self, histogram: &Histogram, times: u64) -> Result<(), Error> {
        if histogram.entries().is_empty() || times == 0 {
            return Ok(());
        }
        let there = self.histograms.get_mut(histogram).filter(|there| **there >= times);
        let there = there.ok_or(Error::NotThere)?;
        *there -= times;
        if *there == 0 {
            self.histograms.remove(histogram);
        }
        let size = histogram.size();
        if let Some(sums) = self.sizes.get_mut(&size) {
            each_term(self.levels, histogram, times, sums, u128::checked_sub).ok_or(Error::NotThere)?;
            if sums.units == 0 {
                self.sizes.remove(&size);
            }
        }
        Ok(())
    }

    /// Turns one unit's histogram into another: the step of an edited grade.
    ///
    /// # Errors
    /// As [`Tally::add`] and [`Tally::remove`]; the tally is then unchanged.
    pub fn replace(&mut self, old: &Histogram, new: &Histogram) -> Result<(), Error> {
        self.remove(old, 1)?;
        self.add(new, 1).inspect_err(|_| {
            // Putting back what was just there cannot fail.
            let _ = self.add(old, 1);
        })
    }

    /// Adds all units of another tally, which must be over different units.
    ///
    /// # Errors
    /// When the scales differ in length, or counts pass 128 bits.
    pub fn merge(&mut self, other: &Tally) -> Result<(), Error> {
        if self.levels != other.levels {
            return Err(Error::Shape("tallies over different scales cannot be merged".into()));
        }
        let mut merged = self.clone();
        for (histogram, times) in other.histograms() {
            merged.add(histogram, times)?;
        }
        *self = merged;
        Ok(())
    }

    pub(crate) fn sizes(&self) -> impl Iterator<Item = (u32, &SizeSums)> {
        self.sizes.iter().map(|(size, sums)| (*size, sums))
    }

    fn rebuild_size(&mut self, size: u32) {
        self.sizes.remove(&size);
        let same_size: Vec<(Histogram, u64)> = self
            .histograms
            .iter()
            .filter(|(histogram, _)| histogram.size() == size)
            .map(|(histogram, times)| (histogram.clone(), *times))
            .collect();
        let q = self.levels;
        for (histogram, times) in same_size {
            let fresh = || SizeSums { units: 0, marginals: vec![0; q], pairs: vec![0; packed_len(q)] };
            let sums = self.sizes.entry(size).or_insert_with(fresh);
            // These sums were within bounds before.
            let _ = each_term(q, &histogram, times, sums, u128::checked_add);
        }
    }
}

/// Applies `step` to every sum that a histogram takes part in; `None` when a step fails.
fn each_term(
    q: usize,
    histogram: &Histogram,
    times: u64,
    sums: &mut SizeSums,
    step: impl Fn(u128, u128) -> Option<u128>,
) -> Option<()> {
    let times = u128::from(times);
    sums.units = step(sums.units, times)?;
    let entries = histogram.entries();
    for (i, &(k, count)) in entries.iter().enumerate() {
        let (k, count) = (usize::from(k), u128::from(count));
        sums.marginals[k] = step(sums.marginals[k], count * times)?;
        let own = &mut sums.pairs[packed(q, k, k)];
        *own = step(*own, (count * (count - 1)).checked_mul(times)?)?;
        for &(l, other) in &entries[i + 1..] {
            let pair = &mut sums.pairs[packed(q, k, usize::from(l))];
            *pair = step(*pair, (count * u128::from(other)).checked_mul(times)?)?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_and_taken_away_leaves_no_trace() {
        let mut tally = Tally::new(5);
        tally.add(&Histogram::of([0, 1, 1]), 3).unwrap();
        let before = tally.clone();
        tally.add(&Histogram::of([4, 4]), 2).unwrap();
        tally.replace(&Histogram::of([4, 4]), &Histogram::of([4])).unwrap();
        tally.remove(&Histogram::of([4]), 1).unwrap();
        tally.remove(&Histogram::of([4, 4]), 1).unwrap();
        assert_eq!(tally, before);
        assert_eq!(tally.remove(&Histogram::of([2]), 1), Err(Error::NotThere));
        assert_eq!(tally, before);
    }

    #[test]
    fn counts_beyond_64_bits_are_exact_and_beyond_128_refused() {
        let mut tally = Tally::new(2);
        let half = Histogram(Box::new([(0, u32::MAX / 2), (1, u32::MAX / 2)]));
        tally.add(&half, u64::MAX).unwrap();
        assert!(tally.sizes().next().unwrap().1.pairs[1] > u128::from(u64::MAX));
        assert_eq!(tally.add(&half, 1), Err(Error::Overflow));
    }

    #[test]
    fn a_stored_tally_comes_back_the_same() {
        let mut tally = Tally::new(3);
        tally.add(&Histogram::of([0, 2]), 7).unwrap();
        let text = serde_json::to_string(&tally).unwrap();
        assert_eq!(serde_json::from_str::<Tally>(&text).unwrap(), tally);
    }
}
