//! How far apart two texts are.
//!
//! Invariant: a distance that says it is exact is the Levenshtein distance; any other is an upper bound.

use crate::clock::Clock;
use crate::lev::{FEW, few, levenshtein, levenshtein_up_to, trimmed};
use crate::script::stands_alone;
use crate::token::{Interner, tokens};
use crate::types::{Diff, Granularity, Op, Segment};
use crate::{Options, diff};
use serde::Serialize;
use std::time::Duration;

/// How far apart two texts are, by words and by characters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measures {
    /// By tokens of [`Granularity::Words`] without white space: words, punctuation marks, and single
    /// characters of scripts without spaces.
    pub words: Measure,
    /// By grapheme clusters, white space included.
    pub chars: Measure,
}

/// How far apart two texts are in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measure {
    /// The Levenshtein distance: the least number of units to insert, delete or substitute.
    pub distance: usize,
    /// False when `distance` is only an upper bound, taken from a diff, because the exact one would have
    /// taken too long.
    pub exact: bool,
    /// Units in the old text.
    pub old: usize,
    /// Units in the new text.
    pub new: usize,
    /// Units that the diff a reader sees takes away.
    pub deleted: usize,
    /// Units that the diff a reader sees puts in.
    pub inserted: usize,
    /// `1 - distance / max(old, new)`: 1 for equal texts, 0 where nothing could be kept in place.
    pub similarity: f64,
}

/// Both measures of `old` and `new`, by way of a diff in words.
///
/// Without a deadline, exact unless the texts are so long and so different that it would take seconds.
#[must_use]
pub fn measure(old: &str, new: &str, deadline: Option<Duration>) -> Measures {
    let clock = Clock::start(deadline);
    let share = deadline.map(|deadline| deadline / 2);
    let seen = diff(old, new, &Options { deadline: share, ..Options::default() });
    measures(&seen, clock)
}

/// The distance in characters alone, as [`measure`] counts it without a deadline, and much sooner for texts
/// that are nearly the same.
#[must_use]
pub fn distance(old: &str, new: &str) -> usize {
    if is_plain(old) && is_plain(new) {
        let (old, new) = trimmed(old.as_bytes(), new.as_bytes());
        if let Some(distance) = few(old, new, FEW) {
            return distance;
        }
    }
    let near = || {
        let (old, new) = (alone(old)?, alone(new)?);
        levenshtein_up_to(&old, &new, MANY)
    };
    near().unwrap_or_else(|| measure(old, new, None).chars.distance)
}

/// Whether each byte of a text is a grapheme cluster: a line end of two characters is one cluster.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.as_bytes().contains(&b'\r')
}

/// Up to this distance no diff is made first to know in which band to look.
const MANY: usize = 512;

/// The characters of a text, if each of them is a grapheme cluster for sure.
fn alone(text: &str) -> Option<Vec<u32>> {
    let mut all = Vec::with_capacity(text.len());
    for c in text.chars() {
        if c == '\r' || !stands_alone(c) {
            return None;
        }
        all.push(u32::from(c));
    }
    Some(all)
}

impl Diff<'_> {
    /// Both measures of the two texts, with the changes counted as this diff shows them.
    ///
    /// `deadline` is counted from this call. The distances are those of the texts, whatever the
    /// granularity of the diff; for a diff in characters the words are counted by a diff in words.
    #[must_use]
    pub fn measures(&self, deadline: Option<Duration>) -> Measures {
        let clock = Clock::start(deadline);
        if self.granularity == Granularity::Chars {
            let words = diff(self.old, self.new, &Options { deadline, ..Options::default() });
            let chars = by(self.old, self.new, Granularity::Chars, self.segments.iter(), clock);
            return Measures { chars, ..measures(&words, clock) };
        }
        measures(self, clock)
    }
}

fn measures(seen: &Diff<'_>, clock: Clock) -> Measures {
    Measures {
        words: by(seen.old, seen.new, Granularity::Words, seen.segments.iter(), clock),
        chars: by(seen.old, seen.new, Granularity::Chars, seen.pieces(), clock),
    }
}

/// The measure in `unit`, with `pieces` for the changes that a reader sees.
fn by<'a>(
    old: &str,
    new: &str,
    unit: Granularity,
    pieces: impl Iterator<Item = &'a Segment<'a>>,
    clock: Clock,
) -> Measure {
    const NO_DEADLINE: Clock = Clock { end: None };
    // Counting is never cut short: it takes no longer than reading the texts.
    let mut interner = Interner::new(old.len() + new.len());
    let mut ids = |text| -> Vec<u32> {
        let tokens = tokens(text, unit, &mut interner, NO_DEADLINE).unwrap_or_default();
        tokens.iter().skip(1).map(|token| token.id).collect()
    };
    let (old, new) = (ids(old), ids(new));
    let (mut deleted, mut inserted, mut most) = (0, 0, 0);
    let (mut gone, mut come) = (0, 0);
    for piece in pieces {
        match piece.op {
            Op::Equal => {
                most += gone.max(come);
                (gone, come) = (0, 0);
            }
            Op::Delete => {
                let units = ids(piece.text).len();
                deleted += units;
                gone += units;
            }
            Op::Insert => {
                let units = ids(piece.text).len();
                inserted += units;
                come += units;
            }
        }
    }
    most += gone.max(come);
    let exact = levenshtein(&old, &new, most, clock);
    let distance = exact.unwrap_or(most);
    let (old, new) = (old.len(), new.len());
    let similarity = if old.max(new) == 0 { 1.0 } else { 1.0 - distance as f64 / old.max(new) as f64 };
    Measure { distance, exact: exact.is_some(), old, new, deleted, inserted, similarity }
}
