//! The Levenshtein distance of two sequences.
//!
//! Invariant: an answer is exact; where it would take too long there is none.
//!
//! Bit-parallel in blocks of 64 rows (Myers 1999, "A fast bit-vector algorithm for approximate string
//! matching based on dynamic programming"; the form for distances is Hyyrö 2003, "A bit-vector algorithm
//! for computing Levenshtein and Damerau edit distances"), within the band around the diagonal
//! that a known upper bound leaves (Ukkonen 1985, "Algorithms for approximate string matching").

use crate::clock::Clock;

/// Steps of 64 cells that are worth a wait without a deadline: about a second.
const MOST_STEPS: usize = 1 << 29;
/// Distances up to this are looked for step by step, which most corrections are found by.
pub(crate) const FEW: usize = 48;
/// Columns between two looks at the clock.
const COLUMNS: usize = 128;

/// The distance of `old` and `new`: the least number of items to insert, delete or substitute. `most` is
/// a number that it is known not to exceed. None if the clock runs out, or it would take seconds.
pub(crate) fn levenshtein(old: &[u32], new: &[u32], most: usize, clock: Clock) -> Option<usize> {
    let (old, new) = trimmed(old, new);
    if let Some(distance) = few(old, new, FEW.min(most)) {
        return Some(distance);
    }
    // The shorter one makes the rows.
    let (rows, columns) = if old.len() <= new.len() { (old, new) } else { (new, old) };
    if rows.is_empty() {
        return Some(columns.len());
    }
    let most = most.min(columns.len());
    // A way that gets ahead on one side must come back: with lengths that differ by d, no way of at most
    // k steps is ever more than (k - d) / 2 rows or (k + d) / 2 columns ahead.
    let longer = columns.len() - rows.len();
    let band = Band { rows: most.saturating_sub(longer) / 2, columns: most.saturating_add(longer) / 2 };
    let height = ((band.rows + band.columns) / 64 + 2).min(rows.len().div_ceil(64));
    if columns.len() * height > MOST_STEPS {
        return None;
    }
    Pattern::new(rows).within(columns, band, clock)
}

/// Without what they begin and end with alike, which does not change the distance.
pub(crate) fn trimmed<'a, T: PartialEq>(old: &'a [T], new: &'a [T]) -> (&'a [T], &'a [T]) {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[prefix..], &new[prefix..]);
    let suffix = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    (&old[..old.len() - suffix], &new[..new.len() - suffix])
}

/// The distance where it is at most `most`. Looked for in a narrow band first: where the way found is no
/// longer than the band allows, no other is shorter.
pub(crate) fn levenshtein_up_to(old: &[u32], new: &[u32], most: usize) -> Option<usize> {
    let mut band = 2 * FEW;
    loop {
        let found = levenshtein(old, new, band, Clock { end: None })?;
        if found <= band {
            return Some(found);
        }
        if band >= most {
            return None;
        }
        band *= 2;
    }
}

/// The distance where it is at most `most`, which must be small: the time grows with its square, and hardly
/// with the length (Ukkonen 1985, as above: for each number of steps, how far down each diagonal they lead).
pub(crate) fn few<T: PartialEq>(old: &[T], new: &[T], most: usize) -> Option<usize> {
    let (rows, columns) = (old.len() as isize, new.len() as isize);
    let (most, goal) = (most as isize, columns - rows);
    if goal.abs() > most {
        return None;
    }
    // The greatest row that was reached on each diagonal `column - row`, from `-most - 1` to `most + 1`.
    const NOWHERE: isize = isize::MIN / 2;
    let mut reached = vec![NOWHERE; 2 * most as usize + 3];
    let mut before = reached.clone();
    let at = |diagonal: isize| (diagonal + most + 1) as usize;
    for steps in 0..=most {
        std::mem::swap(&mut reached, &mut before);
        // A diagonal from which the rest of the steps cannot lead to the goal is not worth a look.
        let (from, to) = ((-steps).max(goal - (most - steps)), steps.min(goal + (most - steps)));
        reached.fill(NOWHERE);
        for diagonal in from..=to {
            let insert = before[at(diagonal - 1)];
            let delete = before[at(diagonal + 1)] + 1;
            let substitute = before[at(diagonal)] + 1;
            let mut row = if steps == 0 { 0 } else { insert.max(delete).max(substitute) };
            row = row.min(rows).min(columns - diagonal);
            if row < 0 || row + diagonal < 0 {
                continue;
            }
            let rest = old[row as usize..].iter().zip(&new[(row + diagonal) as usize..]);
            row += rest.take_while(|(a, b)| a == b).count() as isize;
            reached[at(diagonal)] = row;
            if diagonal == goal && row == rows {
                return Some(steps as usize);
            }
        }
    }
    None
}

/// How far a way may get ahead of the diagonal.
#[derive(Clone, Copy)]
struct Band {
    rows: usize,
    columns: usize,
}

/// Where each item stands among the rows.
struct Pattern {
    rows: usize,
    /// For every item, where its blocks begin in `blocks`; items above the last are in no row.
    starts: Vec<u32>,
    /// Block number and the rows of the block that hold the item, ordered by item and block.
    blocks: Vec<(u32, u64)>,
}

impl Pattern {
    fn new(rows: &[u32]) -> Self {
        let items = rows.iter().max().map_or(0, |item| *item as usize + 1);
        // Sorted by counting: rows of one item stay in their order.
        let mut counts = vec![0_u32; items + 1];
        for item in rows {
            counts[*item as usize + 1] += 1;
        }
        for item in 0..items {
            counts[item + 1] += counts[item];
        }
        let mut order = vec![0_u32; rows.len()];
        for (row, item) in (0_u32..).zip(rows) {
            let place = &mut counts[*item as usize];
            order[*place as usize] = row;
            *place += 1;
        }
        let mut starts = vec![0; items + 1];
        let mut blocks: Vec<(u32, u64)> = Vec::with_capacity(rows.len());
        let mut before = None;
        for row in order {
            let item = rows[row as usize] as usize;
            let (block, bit) = (row / 64, 1 << (row % 64));
            match blocks.last_mut() {
                Some(last) if before == Some((item, block)) => last.1 |= bit,
                _ => {
                    blocks.push((block, bit));
                    starts[item + 1] += 1;
                }
            }
            before = Some((item, block));
        }
        for item in 0..items {
            starts[item + 1] += starts[item];
        }
        Self { rows: rows.len(), starts, blocks }
    }

    fn blocks_of(&self, item: u32) -> &[(u32, u64)] {
        match self.starts.get(item as usize..item as usize + 2) {
            Some(&[start, end]) => &self.blocks[start as usize..end as usize],
            _ => &[],
        }
    }

    /// The length of the shortest way that stays within `band` or strays from it a little.
    fn within(&self, columns: &[u32], band: Band, clock: Clock) -> Option<usize> {
        let last_block = (self.rows - 1) / 64;
        // Per block: rows at which the value is one more, and one less, than in the row above.
        let mut more = vec![!0_u64; last_block + 1];
        let mut less = vec![0_u64; last_block + 1];
        let bottom = |block: usize| self.rows.min(block * 64 + 64);
        let mut last = (band.rows / 64).min(last_block);
        let mut score = bottom(last);
        for (column, item) in columns.iter().enumerate() {
            if column % COLUMNS == COLUMNS - 1 && clock.expired() {
                return None;
            }
            let first = (column.saturating_sub(band.columns) / 64).min(last_block);
            let wanted = ((column + 1 + band.rows) / 64).min(last_block);
            while last < wanted {
                last += 1;
                (more[last], less[last]) = (!0, 0);
                score += bottom(last) - bottom(last - 1);
            }
            let mut holds = self.blocks_of(*item);
            holds = &holds[holds.partition_point(|(block, _)| (*block as usize) < first)..];
            // What the row above the first block gains from the column before: at the top of the table
            // one; above the band at most one, and no way within the band asks.
            let mut carry = 1_i8;
            for block in first..=last {
                let equal = match holds {
                    [(at, rows), rest @ ..] if *at as usize == block => {
                        holds = rest;
                        *rows
                    }
                    _ => 0,
                };
                let bits = bottom(block) - block * 64;
                carry = step(&mut more[block], &mut less[block], equal, carry, bits);
            }
            score = score.saturating_add_signed(isize::from(carry));
        }
        Some(score)
    }
}

/// Moves one block on by one column. `carry` is what the row above gained; what the last of the `bits`
/// rows gained is returned.
#[inline]
fn step(more: &mut u64, less: &mut u64, mut equal: u64, carry: i8, bits: usize) -> i8 {
    let (p, m) = (*more, *less);
    let below = u64::from(carry < 0);
    let vertical = equal | m;
    equal |= below;
    let diagonal = (((equal & p).wrapping_add(p)) ^ p) | equal;
    let mut gain = m | !(diagonal | p);
    let mut loss = p & diagonal;
    let top = 1_u64 << (bits - 1);
    let out = i8::from(gain & top != 0) - i8::from(loss & top != 0);
    gain = gain << 1 | u64::from(carry > 0);
    loss = loss << 1 | below;
    *more = loss | !(vertical | gain);
    *less = gain & vertical;
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NONE: Clock = Clock { end: None };

    fn plain(a: &[u32], b: &[u32]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, y) in b.iter().enumerate() {
                let cell = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
                diagonal = std::mem::replace(&mut row[j + 1], cell);
            }
        }
        row[b.len()]
    }

    fn items() -> impl Strategy<Value = Vec<u32>> {
        prop_oneof![
            proptest::collection::vec(0..3_u32, 0..20),
            proptest::collection::vec(0..5_u32, 0..400),
            proptest::collection::vec(0..200_u32, 0..400),
        ]
    }

    proptest! {
        #[test]
        fn the_distance_is_that_of_the_plain_table(a in items(), b in items()) {
            prop_assert_eq!(levenshtein(&a, &b, usize::MAX, NONE), Some(plain(&a, &b)));
        }

        #[test]
        fn the_distance_of_an_edited_sequence_is_that_of_the_plain_table(
            a in proptest::collection::vec(0..9_u32, 100..600),
            edits in proptest::collection::vec((0..3_u8, any::<proptest::sample::Index>(), 0..9_u32), 0..120),
        ) {
            let mut b = a.clone();
            for (kind, at, item) in edits {
                let at = at.index(b.len());
                match kind {
                    0 => b[at] = item,
                    1 => b.insert(at, item),
                    _ => drop(b.remove(at)),
                }
            }
            let exact = plain(&a, &b);
            for most in [exact, exact + 1, exact * 2, usize::MAX] {
                prop_assert_eq!(levenshtein(&a, &b, most, NONE), Some(exact));
            }
            for most in 0..60 {
                prop_assert_eq!(few(&a, &b, most), (exact <= most).then_some(exact));
            }
        }
    }
}
