//! From two texts to the list of places where they differ.
//!
//! Invariant: the changes are in order, apart from each other on both sides, never empty on both, and
//! what lies between two of them is equal byte for byte.

use crate::align::{Run, align};
use crate::clock::Clock;
use crate::script::{Class, class, cluster_end};
use crate::tidy::{Cut, tidy, weight};
use crate::token::{Interner, LONGEST, Token, tokens};
use crate::types::{Granularity, Span};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// `old` of the old text was replaced by `new` of the new; one of them may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) old: Span,
    pub(crate) new: Span,
}

impl Change {
    pub(crate) const fn is_empty(&self) -> bool {
        self.old.is_empty() && self.new.is_empty()
    }

    /// The same change in texts with so many more bytes before it.
    pub(crate) const fn moved(self, (old, new): (usize, usize)) -> Self {
        let Self { old: o, new: n } = self;
        Self { old: Span::new(o.start + old, o.end + old), new: Span::new(n.start + new, n.end + new) }
    }
}

/// Texts that are longer than this together are compared by lines before they are compared by words.
const LONG: usize = 96 * 1024;

/// The changes from `old` to `new`, and whether the clock left time to find them all finely.
pub(crate) fn changes(old: &str, new: &str, granularity: Granularity, clock: Clock) -> (Vec<Change>, bool) {
    if old == new {
        return (Vec::new(), true);
    }
    let mut out = Vec::new();
    let too_long = old.len() > LONGEST || new.len() > LONGEST;
    let refined = if too_long || clock.expired() {
        coarse(old, new, (0, 0), &mut out);
        false
    } else if granularity != Granularity::Lines && old.len() + new.len() > LONG {
        by_lines(old, new, granularity, clock, &mut out)
    } else {
        by_tokens(old, new, (0, 0), granularity, clock, &mut out)
    };
    (out, refined)
}

/// Finds the lines that changed, then the words in them.
fn by_lines(old: &str, new: &str, granularity: Granularity, clock: Clock, out: &mut Vec<Change>) -> bool {
    let (start, old_end, new_end) = middle(old, new);
    let (old, new) = (&old[start..old_end], &new[start..new_end]);
    let mut blocks = Vec::new();
    let mut refined = by_tokens(old, new, (start, start), Granularity::Lines, clock, &mut blocks);
    for block in blocks {
        let (o, n) = (block.old, block.new);
        if o.is_empty() || n.is_empty() {
            out.push(block);
            continue;
        }
        let (old, new) = (&old[o.start - start..o.end - start], &new[n.start - start..n.end - start]);
        let offsets = (o.start, n.start);
        if clock.expired() {
            refined = false;
            coarse(old, new, offsets, out);
        } else {
            refined &= by_tokens(old, new, offsets, granularity, clock, out);
        }
    }
    refined && !clock.expired()
}

/// Compares all tokens of both texts. Answers false if the clock ran out.
fn by_tokens(
    old: &str,
    new: &str,
    offsets: (usize, usize),
    granularity: Granularity,
    clock: Clock,
    out: &mut Vec<Change>,
) -> bool {
    let mut interner = Interner::new(old.len() + new.len());
    let mut cut = |text| tokens(text, granularity, &mut interner, clock);
    let (Some(old_tokens), Some(new_tokens)) = (cut(old), cut(new)) else {
        coarse(old, new, offsets, out);
        return false;
    };
    let ids = |tokens: &[Token]| tokens.iter().map(|token| token.id).collect::<Vec<_>>();
    let runs = align(&ids(&old_tokens), &ids(&new_tokens), clock);
    let weights: Vec<u16> = interner.words().map(|word| weight(word, granularity)).collect();
    let (old_cut, new_cut) = (Cut { text: old, tokens: &old_tokens }, Cut { text: new, tokens: &new_tokens });
    let runs = tidy(old_cut, new_cut, runs, &weights, granularity);
    let mut changes = collect(old_cut, new_cut, &runs);
    if granularity == Granularity::Words {
        changes.iter_mut().for_each(|change| trim_spaces(old, new, change));
    }
    let changes = changes.into_iter().filter(|change| !change.is_empty());
    out.extend(changes.map(|change| change.moved(offsets)));
    !clock.expired()
}

/// How many words `old` and `new` have in common in order: cutting and comparing alone, without anything
/// that makes a diff readable. For the benchmark, which tells what the rest costs.
#[doc(hidden)]
#[must_use]
pub fn matched_words(old: &str, new: &str) -> usize {
    let clock = Clock { end: None };
    let mut interner = Interner::new(old.len() + new.len());
    let mut ids = |text| -> Vec<u32> {
        let tokens = tokens(text, Granularity::Words, &mut interner, clock).unwrap_or_default();
        tokens.iter().map(|token| token.id).collect()
    };
    align(&ids(old), &ids(new), clock).iter().map(|run| run.len).sum()
}

/// One change, without the beginning and end that both texts share.
fn coarse(old: &str, new: &str, offsets: (usize, usize), out: &mut Vec<Change>) {
    let (start, old_end, new_end) = middle(old, new);
    let mut change = Change { old: Span::new(start, old_end), new: Span::new(start, new_end) };
    trim_spaces(old, new, &mut change);
    if !change.is_empty() {
        out.push(change.moved(offsets));
    }
}

/// The bytes that both texts begin with, and where the bytes that both end with begin in either. The
/// places are such that what lies between is cut into the same tokens as in the whole text: before a
/// letter after a space, or between two lines.
fn middle(old: &str, new: &str) -> (usize, usize, usize) {
    let (o, n) = (old.as_bytes(), new.as_bytes());
    let mut start = common(o.iter(), n.iter());
    while start > 0 && !(is_start(o, start) && is_start(n, start)) {
        start -= 1;
    }
    let mut suffix = common(o[start..].iter().rev(), n[start..].iter().rev());
    while suffix > 0 && !(is_start(o, o.len() - suffix) && is_start(n, n.len() - suffix)) {
        suffix -= 1;
    }
    (start, o.len() - suffix, n.len() - suffix)
}

fn common<'a>(a: impl Iterator<Item = &'a u8>, b: impl Iterator<Item = &'a u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

/// Whether a token surely starts at `at`, whatever stands around it.
fn is_start(text: &[u8], at: usize) -> bool {
    match (text.get(at.wrapping_sub(1)), text.get(at)) {
        (None, _) | (Some(b'\n'), _) => true,
        (Some(before), None) => before.is_ascii_whitespace(),
        (Some(before), Some(after)) => before.is_ascii_whitespace() && after.is_ascii_graphic(),
    }
}

/// Turns what lies between matched tokens, and white space that differs after them, into changes.
fn collect(old: Cut<'_>, new: Cut<'_>, runs: &[Run]) -> Vec<Change> {
    let Cut { text: old, tokens: old_tokens } = old;
    let Cut { text: new, tokens: new_tokens } = new;
    let mut out = Changes::default();
    let (mut old_at, mut new_at) = (0, 0);
    for run in runs {
        out.tokens((old_tokens, old_at..run.old), (new_tokens, new_at..run.new));
        old_at = run.old + run.len;
        new_at = run.new + run.len;
        for (o, n) in old_tokens[run.old..old_at].iter().zip(&new_tokens[run.new..new_at]) {
            if o.space(old) != n.space(new) {
                out.push(o.word_end as usize..o.end as usize, n.word_end as usize..n.end as usize);
            }
        }
    }
    out.tokens((old_tokens, old_at..old_tokens.len()), (new_tokens, new_at..new_tokens.len()));
    out.list
}

/// The bytes of so many tokens; for none, the place where they would be.
fn bytes((tokens, range): (&[Token], Range<usize>)) -> Range<usize> {
    let start = |index: usize| match tokens.get(index) {
        Some(token) => token.start as usize,
        None => tokens.last().map_or(0, |last| last.end as usize),
    };
    start(range.start)..start(range.end)
}

#[derive(Default)]
struct Changes {
    list: Vec<Change>,
}

impl Changes {
    /// These tokens of the old text were replaced by those of the new.
    fn tokens(&mut self, old: (&[Token], Range<usize>), new: (&[Token], Range<usize>)) {
        if !old.1.is_empty() || !new.1.is_empty() {
            self.push(bytes(old), bytes(new));
        }
    }

    fn push(&mut self, old: Range<usize>, new: Range<usize>) {
        let change = Change { old: old.into(), new: new.into() };
        match self.list.last_mut() {
            Some(last) if last.old.end == change.old.start && last.new.end == change.new.start => {
                last.old.end = change.old.end;
                last.new.end = change.new.end;
            }
            _ => self.list.push(change),
        }
    }
}

/// Shortens `change` by the white space that both of its sides begin or end with.
pub(crate) fn trim_spaces(old: &str, new: &str, change: &mut Change) {
    while !change.old.is_empty() && !change.new.is_empty() {
        let old_cluster = &old[change.old.start..cluster_end(old, change.old.start)];
        let new_cluster = &new[change.new.start..cluster_end(new, change.new.start)];
        if old_cluster != new_cluster || class(old_cluster) != Class::Space {
            break;
        }
        change.old.start += old_cluster.len();
        change.new.start += new_cluster.len();
    }
    while !change.old.is_empty() && !change.new.is_empty() {
        let old_start = last_space(&old[change.old.range()]).map(|at| change.old.start + at);
        let new_start = last_space(&new[change.new.range()]).map(|at| change.new.start + at);
        match (old_start, new_start) {
            (Some(o), Some(n)) if old[o..change.old.end] == new[n..change.new.end] => {
                change.old.end = o;
                change.new.end = n;
            }
            _ => break,
        }
    }
}

/// Where the white-space cluster at the end of `text` begins, if there is one. `text` begins at a cluster.
fn last_space(text: &str) -> Option<usize> {
    let last = text.chars().next_back().filter(|c| c.is_whitespace())?;
    let start = if text.ends_with("\r\n") { text.len() - 2 } else { text.len() - last.len_utf8() };
    // A few signs take whatever follows them into their cluster, a space too.
    let alone = text[..start].bytes().next_back().is_none_or(|byte| byte < 0x80)
        || text.graphemes(true).next_back().is_some_and(|cluster| cluster.len() == text.len() - start);
    alone.then_some(start)
}
