//! Two texts side by side, line against line.
//!
//! Invariant: every line of either text is in exactly one row, in order.

use crate::types::{Diff, Op, Segment, Span};
use serde::Serialize;

/// One row of a side-by-side view; at least one side is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row<'a> {
    /// What happened to the row as a whole.
    pub kind: RowKind,
    /// The line of the old text.
    pub old: Option<Line<'a>>,
    /// The line of the new text.
    pub new: Option<Line<'a>>,
}

/// What happened to a row as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// The same line on both sides.
    Equal,
    /// Two lines beside each other that differ.
    Changed,
    /// A line of the old text alone.
    Deleted,
    /// A line of the new text alone.
    Inserted,
}

/// One line of one text, with its line end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line<'a> {
    /// Counted from 1.
    pub number: usize,
    /// Where the line is in its text, its line end included.
    pub span: Span,
    /// The line cut where something changed. On the old side only equal and deleted pieces, on the new
    /// side only equal and inserted ones.
    pub pieces: Vec<Segment<'a>>,
}

impl<'a> Diff<'a> {
    /// The rows of a side-by-side view: lines that share text stand beside each other, and lines between
    /// them are put beside each other in order.
    #[must_use]
    pub fn rows(&self) -> Vec<Row<'a>> {
        let (mut old, mut new) = (Side::default(), Side::default());
        let mut links: Vec<Link> = Vec::new();
        for piece in self.pieces() {
            for part in parts(piece) {
                match part.op {
                    Op::Equal => {
                        let seen = part.text.trim().len();
                        links.push(Link { old: old.number(), new: new.number(), weight: 1 + 4 * seen });
                        old.push(part, part.old);
                        new.push(part, part.new);
                    }
                    Op::Delete => old.push(part, part.old),
                    Op::Insert => new.push(part, part.new),
                }
            }
        }
        let anchors = heaviest_chain(&merged(links));
        self.lay_out(old.lines, new.lines, &anchors)
    }

    fn lay_out(&self, old: Vec<Line<'a>>, new: Vec<Line<'a>>, anchors: &[Link]) -> Vec<Row<'a>> {
        let mut rows = Vec::with_capacity(old.len().max(new.len()));
        let (old_count, new_count) = (old.len(), new.len());
        let (mut old_at, mut new_at) = (0, 0);
        let (mut old, mut new) = (old.into_iter(), new.into_iter());
        let end = (old_count, new_count);
        for (old_end, new_end) in anchors.iter().map(|link| (link.old, link.new)).chain([end]) {
            while old_at < old_end || new_at < new_end {
                let left = if old_at < old_end { old.next() } else { None };
                let right = if new_at < new_end { new.next() } else { None };
                old_at += usize::from(left.is_some());
                new_at += usize::from(right.is_some());
                rows.push(self.row(left, right));
            }
            let (left, right) = (old.next(), new.next());
            if left.is_some() || right.is_some() {
                rows.push(self.row(left, right));
                (old_at, new_at) = (old_at + 1, new_at + 1);
            }
        }
        rows
    }

    fn row(&self, old: Option<Line<'a>>, new: Option<Line<'a>>) -> Row<'a> {
        let kind = match (&old, &new) {
            (Some(o), Some(n)) if self.old[o.span.range()] == self.new[n.span.range()] => RowKind::Equal,
            (Some(_), Some(_)) => RowKind::Changed,
            (Some(_), None) => RowKind::Deleted,
            (None, _) => RowKind::Inserted,
        };
        Row { kind, old, new }
    }
}

/// `piece` cut after every line end.
fn parts<'a>(piece: &Segment<'a>) -> impl Iterator<Item = Segment<'a>> {
    let (mut old, mut new) = (piece.old.start, piece.new.start);
    let whole = *piece;
    piece.text.split_inclusive('\n').map(move |text| {
        let part =
            |at: usize, span: Span| if span.is_empty() { span } else { Span::new(at, at + text.len()) };
        let part = Segment { text, old: part(old, whole.old), new: part(new, whole.new), ..whole };
        old += text.len();
        new += text.len();
        part
    })
}

#[derive(Default)]
struct Side<'a> {
    lines: Vec<Line<'a>>,
    ended: bool,
}

impl<'a> Side<'a> {
    /// The index of the line that the next piece belongs to.
    fn number(&self) -> usize {
        if self.ended || self.lines.is_empty() { self.lines.len() } else { self.lines.len() - 1 }
    }

    fn push(&mut self, piece: Segment<'a>, span: Span) {
        let index = self.number();
        self.ended = piece.text.ends_with('\n');
        match self.lines.get_mut(index) {
            Some(line) => {
                line.span.end = span.end;
                line.pieces.push(piece);
            }
            None => self.lines.push(Line { number: index + 1, span, pieces: vec![piece] }),
        }
    }
}

/// Two lines, by index, and how much text they share.
#[derive(Clone, Copy)]
struct Link {
    old: usize,
    new: usize,
    weight: usize,
}

fn merged(links: Vec<Link>) -> Vec<Link> {
    let mut out: Vec<Link> = Vec::with_capacity(links.len());
    for link in links {
        match out.last_mut() {
            Some(last) if last.old == link.old && last.new == link.new => last.weight += link.weight,
            _ => out.push(link),
        }
    }
    out
}

/// The links of greatest total weight of which no two share a line. Links come in order on both sides, so
/// the ones that may stand before a link are the first so many.
fn heaviest_chain(links: &[Link]) -> Vec<Link> {
    // For the first k links: the greatest weight, and the last link of the chain that has it.
    let mut best: Vec<(usize, Option<usize>)> = vec![(0, None)];
    let mut before = Vec::with_capacity(links.len());
    let mut free = 0;
    for (k, link) in links.iter().enumerate() {
        while links[free].old < link.old && links[free].new < link.new {
            free += 1;
        }
        let (weight, _) = best[free];
        before.push(free);
        let with = weight + link.weight;
        best.push(if with > best[k].0 { (with, Some(k)) } else { best[k] });
    }
    let mut chain = Vec::new();
    let mut at = links.len();
    while let Some(k) = best[at].1 {
        chain.push(links[k]);
        at = before[k];
    }
    chain.reverse();
    chain
}
