//! Pairs of raters: who met whom on which units, as sparse tables.
//!
//! Invariant: raters of a pair stand in ascending order, pairs in ascending order, and cells of a table
//! in ascending order of (first rater's level, second rater's level).

use crate::ratings::Ratings;
use crate::scale::Level;

/// How often two raters gave which two levels to the same unit.
#[derive(Debug, Clone, PartialEq)]
pub struct PairTable {
    /// Index of the first rater, smaller than the second's.
    pub first: u32,
    /// Index of the second rater.
    pub second: u32,
    /// Level of the first, level of the second, number of units; only what occurred.
    pub cells: Vec<(Level, Level, f64)>,
}

impl PairTable {
    /// Units that both rated.
    pub fn units(&self) -> f64 {
        self.cells.iter().map(|(_, _, count)| count).sum()
    }

    /// The full `q × q` matrix, first rater's levels as rows.
    pub fn confusion(&self, levels: usize) -> Vec<Vec<u64>> {
        let mut matrix = vec![vec![0; levels]; levels];
        for &(k, l, count) in &self.cells {
            matrix[usize::from(k)][usize::from(l)] = count as u64;
        }
        matrix
    }
}

/// All meetings of pairs, prepared so that tables can be filled again and again from different
/// multiplicities of the same patterns.
#[derive(Debug, Clone, Default)]
pub(crate) struct PairIndex {
    /// (first, second, where its cells start).
    pairs: Vec<(u32, u32, u32)>,
    cells: Vec<(Level, Level)>,
    /// For each pattern, the slots in `cells` that one unit of it adds to.
    slots: Vec<u32>,
    slot_starts: Vec<usize>,
}

/// How many meetings of two raters the patterns hold: the size of a [`PairIndex`].
pub(crate) fn meetings(ratings: &Ratings) -> u64 {
    ratings.patterns().map(|(cells, _)| (cells.len() * (cells.len().saturating_sub(1)) / 2) as u64).sum()
}

impl PairIndex {
    /// All pairs.
    pub fn new(ratings: &Ratings) -> Self {
        Self::of_first_raters(ratings, 0..ratings.raters() as u32)
    }

    /// Ranges of first raters whose pairs have about so many meetings.
    pub fn parts(ratings: &Ratings, meetings: u64) -> Vec<std::ops::Range<u32>> {
        let mut of_first = vec![0_u64; ratings.raters()];
        for (cells, _) in ratings.patterns() {
            for (i, (first, _)) in cells.iter().enumerate() {
                of_first[*first as usize] += (cells.len() - 1 - i) as u64;
            }
        }
        let (mut parts, mut start, mut sum) = (Vec::new(), 0, 0);
        for (rater, count) in of_first.iter().enumerate() {
            sum += count;
            if sum >= meetings || rater + 1 == of_first.len() {
                parts.push(start..rater as u32 + 1);
                (start, sum) = (rater as u32 + 1, 0);
            }
        }
        parts
    }

    /// The pairs whose first rater is in a range.
    pub fn of_first_raters(ratings: &Ratings, raters: std::ops::Range<u32>) -> Self {
        let mut meetings: Vec<(u64, u32, u32)> = Vec::new();
        let mut slot_starts = vec![0];
        for (class, (cells, _)) in ratings.patterns().enumerate() {
            let from = cells.partition_point(|(rater, _)| *rater < raters.start);
            let to = cells.partition_point(|(rater, _)| *rater < raters.end);
            for (i, &(first, k)) in cells.iter().enumerate().take(to).skip(from) {
                for &(second, l) in &cells[i + 1..] {
                    let pair = u64::from(first) << 32 | u64::from(second);
                    let levels = u32::from(k) << 16 | u32::from(l);
                    meetings.push((pair, levels, class as u32));
                }
            }
            slot_starts.push(meetings.len());
        }
        meetings.sort_unstable();
        let mut index = Self { slots: vec![0; meetings.len()], ..Self::default() };
        let mut next: Vec<usize> = slot_starts[..slot_starts.len() - 1].to_vec();
        index.slot_starts = slot_starts;
        let mut last = None;
        for (pair, levels, class) in meetings {
            if last.is_none_or(|(p, _)| p != pair) {
                index.pairs.push(((pair >> 32) as u32, pair as u32, index.cells.len() as u32));
            }
            if last != Some((pair, levels)) {
                index.cells.push(((levels >> 16) as Level, levels as Level));
            }
            last = Some((pair, levels));
            index.slots[next[class as usize]] = index.cells.len() as u32 - 1;
            next[class as usize] += 1;
        }
        index
    }

    /// Number of pairs that met.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    pub fn cells(&self) -> usize {
        self.cells.len()
    }

    pub fn raters(&self, pair: usize) -> (u32, u32) {
        (self.pairs[pair].0, self.pairs[pair].1)
    }

    /// The slots of a pair's cells.
    pub fn range(&self, pair: usize) -> std::ops::Range<usize> {
        let end = self.pairs.get(pair + 1).map_or(self.cells.len(), |next| next.2 as usize);
        self.pairs[pair].2 as usize..end
    }

    /// The slots that one unit of a pattern adds to.
    pub fn slots_of(&self, class: usize) -> &[u32] {
        &self.slots[self.slot_starts[class]..self.slot_starts[class + 1]]
    }

    /// Number of units at each slot, with `times[class]` units of each pattern.
    pub fn fill(&self, times: &[f64], counts: &mut Vec<f64>) {
        counts.clear();
        counts.resize(self.cells.len(), 0.0);
        for (class, times) in times.iter().enumerate().filter(|(_, times)| **times > 0.0) {
            for slot in self.slots_of(class) {
                counts[*slot as usize] += times;
            }
        }
    }

    /// The table of a pair, from counts at slots; cells without units are left out.
    pub fn table(&self, pair: usize, counts: &[f64]) -> PairTable {
        let mut table =
            PairTable { first: self.pairs[pair].0, second: self.pairs[pair].1, cells: Vec::new() };
        self.table_into(pair, counts, &mut table);
        table
    }

    /// As [`PairIndex::table`], into a table that is used again.
    pub fn table_into(&self, pair: usize, counts: &[f64], table: &mut PairTable) {
        (table.first, table.second) = self.raters(pair);
        table.cells.clear();
        for slot in self.range(pair) {
            if counts[slot] > 0.0 {
                let (k, l) = self.cells[slot];
                table.cells.push((k, l, counts[slot]));
            }
        }
    }
}
