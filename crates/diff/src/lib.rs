//! Visible diffs of texts, and how far apart they are.
//!
//! A person corrects a text; this crate shows what they changed as another person would describe it,
//! lets each change be taken back alone, and tells how large the correction was.
//!
//! ```
//! use assay_diff::{Op, Options, diff};
//!
//! let diff = diff("The cat sat on the mat.", "The dog sat on a mat.", &Options::default());
//! assert_eq!(diff.hunks.len(), 2);
//! assert_eq!(diff.revert(0), "The cat sat on a mat.");
//! let inserted: Vec<&str> =
//!     diff.segments.iter().filter(|s| s.op == Op::Insert).map(|s| s.text).collect();
//! assert_eq!(inserted, ["dog", "a"]);
//! ```
//!
//! # Concepts
//!
//! - A **segment** is a piece of text that is equal, deleted or inserted. [`Diff::segments`] covers both
//!   texts from end to end: leave out what was inserted and the old text remains; leave out what was
//!   deleted and it is the new one.
//! - A **hunk** is one change: a deletion, an insertion, or both in one place. Its index is its place in
//!   [`Diff::hunks`]. [`Diff::apply`] carries out any selection of hunks; [`Diff::revert`] all but one.
//! - Inside a hunk, [`Hunk::inline`] marks the words that differ, and the characters that differ inside
//!   words that are much alike. [`Diff::pieces`] is the whole text with these finer marks: what an inline
//!   view paints. [`Diff::rows`] is the same for a side-by-side view.
//! - The **units** are words, with punctuation apart; grapheme clusters in scripts without spaces (Han,
//!   kana, Thai, Lao, Khmer, Myanmar and others). White space belongs to the word before it and is
//!   compared only after the words are. [`Granularity`] has characters and lines too.
//! - [`measure`] and [`Diff::measures`] give Levenshtein distances in words and in grapheme clusters, and
//!   how much the diff deletes and inserts.
//!
//! # Time
//!
//! Without a deadline no clock is read, and equal texts give equal diffs. With one ([`FRAME`] for a
//! window), a text too long for it gets a coarser diff, with [`Diff::refined`] false, which recomposes
//! as exactly as any other; ask again with more time, off the thread that paints. The answer comes soon
//! after the deadline, not before it to the microsecond: reading the texts once is never cut short.
//!
//! # Pitfalls
//!
//! - Spans count **bytes** of UTF-8. A program that counts UTF-16 code units uses [`Segment::text`], whose
//!   lengths add up to its own offsets.
//! - Hunk indexes hold for one diff. After a hunk is taken back the text is another, and so is its diff.
//! - A diff is not a distance: it is made to be read, and gives up small matches for that. Use the
//!   distance of [`Measure`], and look at [`Measure::exact`] if there was a deadline.
//! - Texts are compared as they are. The same letter precomposed and decomposed is a change, and so are
//!   two kinds of line end; normalise before, if that is not wanted.
//! - A distance in words does not see white space, so it can be 0 for texts that differ. [`Diff::changed`]
//!   says whether they do.
#![forbid(unsafe_code)]

mod align;
mod assemble;
mod changes;
mod clock;
mod inline;
mod lev;
mod measure;
mod rows;
mod script;
#[cfg(test)]
mod testing;
mod tidy;
mod token;
mod types;

pub use assemble::diff;
#[doc(hidden)]
pub use changes::matched_words;
pub use measure::{Measure, Measures, distance, measure};
pub use rows::{Line, Row, RowKind};
pub use types::{Diff, Granularity, Hunk, Op, Segment, Span};

use std::time::Duration;

/// How to compare two texts. [`Options::default`] compares by words, with no deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The units to compare.
    pub granularity: Granularity,
    /// How long the answer may take, counted from the call. With none no clock is read. For a window,
    /// [`FRAME`].
    pub deadline: Option<Duration>,
    /// Whether to look inside hunks for the words and characters that differ ([`Hunk::inline`]).
    pub inline: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { granularity: Granularity::Words, deadline: None, inline: true }
    }
}

/// A deadline that leaves a window time to paint within one frame of 16.7 ms.
pub const FRAME: Duration = Duration::from_millis(12);
