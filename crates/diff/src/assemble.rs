//! From changes to segments and hunks, and back to text.
//!
//! Invariant: whichever hunks are kept, the pieces between them are those of both texts, so all of them
//! give the new text and none of them the old.

use crate::Options;
use crate::changes::{Change, changes};
use crate::clock::Clock;
use crate::inline::Refiner;
use crate::types::{Diff, Granularity, Hunk, Op, Segment, Span};

/// Compares `old` with `new`.
///
/// Without [`Options::deadline`] the answer depends on nothing but its arguments. With one, it comes soon
/// after the deadline at the latest; [`Diff::refined`] then tells whether it is as fine as it can be.
#[must_use]
pub fn diff<'a>(old: &'a str, new: &'a str, options: &Options) -> Diff<'a> {
    let clock = Clock::start(options.deadline);
    let (changes, mut refined) = changes(old, new, options.granularity, clock);
    let mut builder = Builder::new(old, new, changes.len());
    let mut refiner = Refiner::default();
    for (index, change) in changes.iter().enumerate() {
        let mut fine: &[Change] = &[];
        if refined && options.inline {
            if index % 16 == 15 && clock.expired() {
                refined = false;
            } else {
                fine = refiner.refine(old, new, *change, options.granularity, clock);
            }
        }
        builder.hunk(*change, fine);
    }
    builder.finish(options.granularity, refined)
}

struct Builder<'a> {
    texts: Texts<'a>,
    at: At,
    segments: Vec<Segment<'a>>,
    hunks: Vec<Hunk<'a>>,
}

impl<'a> Builder<'a> {
    fn new(old: &'a str, new: &'a str, changes: usize) -> Self {
        let (segments, hunks) = (Vec::with_capacity(changes * 3 + 1), Vec::with_capacity(changes));
        Self { texts: (old, new), at: (0, 0), segments, hunks }
    }

    fn hunk(&mut self, change: Change, fine: &[Change]) {
        equal(self.texts, self.at, (change.old.start, change.new.start), None, &mut self.segments);
        let hunk = Some(self.hunks.len());
        let first = self.segments.len();
        replace(self.texts, change, hunk, &mut self.segments);
        let mut inline = Vec::with_capacity(2 + 3 * fine.len());
        if fine.is_empty() {
            inline.extend_from_slice(&self.segments[first..]);
        } else {
            let mut at = (change.old.start, change.new.start);
            for fine in fine {
                equal(self.texts, at, (fine.old.start, fine.new.start), hunk, &mut inline);
                replace(self.texts, *fine, hunk, &mut inline);
                at = (fine.old.end, fine.new.end);
            }
            equal(self.texts, at, (change.old.end, change.new.end), hunk, &mut inline);
        }
        self.hunks.push(Hunk { index: self.hunks.len(), old: change.old, new: change.new, inline });
        self.at = (change.old.end, change.new.end);
    }

    fn finish(mut self, granularity: Granularity, refined: bool) -> Diff<'a> {
        let (old, new) = self.texts;
        equal(self.texts, self.at, (old.len(), new.len()), None, &mut self.segments);
        Diff { old, new, granularity, refined, segments: self.segments, hunks: self.hunks }
    }
}

type Texts<'a> = (&'a str, &'a str);
type At = (usize, usize);

/// Appends what both texts share from `from` to `to`, if there is any.
fn equal<'a>((old, _): Texts<'a>, from: At, to: At, hunk: Option<usize>, out: &mut Vec<Segment<'a>>) {
    if from.0 < to.0 {
        let (old_span, new) = (Span::new(from.0, to.0), Span::new(from.1, to.1));
        out.push(Segment { op: Op::Equal, text: &old[old_span.range()], old: old_span, new, hunk });
    }
}

/// Appends the deletion and the insertion of `change`, each only if it is not empty.
fn replace<'a>((old, new): Texts<'a>, change: Change, hunk: Option<usize>, out: &mut Vec<Segment<'a>>) {
    let Change { old: o, new: n } = change;
    if !o.is_empty() {
        let at = Span::new(n.start, n.start);
        out.push(Segment { op: Op::Delete, text: &old[o.range()], old: o, new: at, hunk });
    }
    if !n.is_empty() {
        let at = Span::new(o.end, o.end);
        out.push(Segment { op: Op::Insert, text: &new[n.range()], old: at, new: n, hunk });
    }
}

impl<'a> Diff<'a> {
    /// Whether the texts differ at all.
    #[must_use]
    pub fn changed(&self) -> bool {
        !self.hunks.is_empty()
    }

    /// The text with the chosen hunks carried out and the others left as they were: all of them give
    /// [`Diff::new`](field@Diff::new), none of them [`Diff::old`].
    #[must_use]
    pub fn apply(&self, chosen: impl Fn(usize) -> bool) -> String {
        let mut out = String::with_capacity(self.old.len().max(self.new.len()));
        for segment in &self.segments {
            let kept = match (segment.op, segment.hunk) {
                (Op::Delete, Some(hunk)) => !chosen(hunk),
                (Op::Insert, Some(hunk)) => chosen(hunk),
                _ => true,
            };
            if kept {
                out.push_str(segment.text);
            }
        }
        out
    }

    /// The new text with one hunk taken back. An index that no hunk has changes nothing.
    #[must_use]
    pub fn revert(&self, hunk: usize) -> String {
        self.apply(|index| index != hunk)
    }

    /// All pieces in reading order with changed hunks in their finer form: what an inline view paints.
    pub fn pieces(&self) -> impl Iterator<Item = &Segment<'a>> {
        let mut last = None;
        self.segments.iter().flat_map(move |segment| match segment.hunk {
            None => std::slice::from_ref(segment),
            Some(hunk) if last == Some(hunk) => &[],
            Some(hunk) => {
                last = Some(hunk);
                &self.hunks[hunk].inline[..]
            }
        })
    }
}
