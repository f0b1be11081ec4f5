//! What a diff is made of: spans, segments, hunks.
//!
//! Invariant: the segments of a [`Diff`] cover both texts from end to end, in order and without gaps, so
//! that its equal and deleted segments spell the old text and its equal and inserted segments the new.

use serde::{Serialize, Serializer};
use std::ops::Range;

/// A range of bytes of one text, half open; written to JSON as `[start, end]`.
///
/// Both ends lie between grapheme clusters of the text, so slicing never fails and never cuts a
/// character that a reader sees as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// How many bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The same as a range, for slicing.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.start, self.end).serialize(serializer)
    }
}

/// The units in which two texts are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// Words with punctuation apart; graphemes in scripts written without spaces. What a reader wants.
    #[default]
    Words,
    /// Grapheme clusters: what a reader takes for one character.
    Chars,
    /// Lines with their ends. Changed lines are refined by words inside their hunk.
    Lines,
}

/// What happened to a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// In both texts.
    Equal,
    /// In the old text only.
    Delete,
    /// In the new text only.
    Insert,
}

/// A piece of text with what happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Segment<'a> {
    /// What happened.
    pub op: Op,
    /// The piece itself.
    pub text: &'a str,
    /// Where it is in the old text; empty, at the place where it was put, for an insertion.
    pub old: Span,
    /// Where it is in the new text; empty, at the place where it was, for a deletion.
    pub new: Span,
    /// The hunk it belongs to; none where the texts are equal. A piece that is equal inside a refined
    /// hunk names its hunk too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hunk: Option<usize>,
}

/// One change that a person can take back: a deletion, an insertion, or both at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hunk<'a> {
    /// Its place in [`Diff::hunks`], counted from 0 in reading order.
    pub index: usize,
    /// What it takes from the old text; empty for a pure insertion.
    pub old: Span,
    /// What it puts into the new text; empty for a pure deletion.
    pub new: Span,
    /// The same change in finer pieces: which words, or which characters inside a word, differ. Covers
    /// `old` and `new` as [`Diff::segments`] cover the texts. A hunk that finer pieces would not make
    /// easier to read has one deletion and one insertion here, or the one of them that there is.
    pub inline: Vec<Segment<'a>>,
}

/// The difference of two texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diff<'a> {
    /// The text that was there before.
    #[serde(skip)]
    pub old: &'a str,
    /// The text that is there now.
    #[serde(skip)]
    pub new: &'a str,
    /// The units in which they were compared.
    pub granularity: Granularity,
    /// False when the deadline cut the work short. The diff is exact all the same, and coarser than it
    /// would be with more time: ask again with a later deadline.
    pub refined: bool,
    /// Equal, deleted and inserted pieces in reading order; a deletion stands before the insertion that
    /// replaces it.
    pub segments: Vec<Segment<'a>>,
    /// The changes, in reading order and apart from each other.
    pub hunks: Vec<Hunk<'a>>,
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}
