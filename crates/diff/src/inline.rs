//! The finer view inside one hunk.
//!
//! Invariant: the finer changes lie within the hunk and are such as help a reader; where none do, there
//! is one, the hunk itself.
//!
//! Words of both sides are paired in order where they are alike, and only what differs inside a pair is
//! marked. Two words are alike when they share at least three characters and half of the longer one, at
//! their ends or in stretches of three. Numbers are never alike: `2019` became `2021`, not `20`+`21`.

use crate::changes::{Change, changes};
use crate::clock::Clock;
use crate::script::{Class, class, cluster_end};
use crate::tidy::weight;
use crate::token::{space_end, word_end};
use crate::types::{Granularity, Span};

/// Hunks with more pairs of words than this are left whole: they were rewritten, not corrected.
const MOST_PAIRS: usize = 1024;
/// Longer words are compared by their ends only.
const LONGEST_WORD: usize = 64;
/// The shortest stretch inside a word that counts as shared.
const STRETCH: usize = 3;

/// Finds the finer changes of hunks; keeps its buffers from one hunk to the next.
#[derive(Default)]
pub(crate) struct Refiner {
    old: Vec<Word>,
    new: Vec<Word>,
    scores: Vec<u32>,
    stretch: Stretch,
    found: Vec<Change>,
}

/// A word or mark, in bytes of the whole text.
#[derive(Clone, Copy)]
struct Word {
    start: usize,
    word_end: usize,
}

impl Word {
    fn of(self, text: &str) -> &str {
        &text[self.start..self.word_end]
    }
}

impl Refiner {
    /// The finer changes of `change`, in order. Empty when the hunk had better stay whole.
    pub(crate) fn refine(
        &mut self,
        old: &str,
        new: &str,
        change: Change,
        granularity: Granularity,
        clock: Clock,
    ) -> &[Change] {
        self.found.clear();
        if change.old.is_empty() || change.new.is_empty() {
            return &[];
        }
        match granularity {
            Granularity::Chars => {}
            Granularity::Lines => {
                let (o, n) = (&old[change.old.range()], &new[change.new.range()]);
                let (fine, _) = changes(o, n, Granularity::Words, clock);
                let offsets = (change.old.start, change.new.start);
                self.found.extend(fine.into_iter().map(|fine| fine.moved(offsets)));
            }
            Granularity::Words => self.words(old, new, change),
        }
        if let [only] = self.found[..]
            && only == change
        {
            return &[];
        }
        &self.found
    }

    fn words(&mut self, old: &str, new: &str, change: Change) {
        cut(old, change.old, &mut self.old);
        cut(new, change.new, &mut self.new);
        let (rows, columns) = (self.old.len(), self.new.len());
        if rows == 0 || columns == 0 || rows * columns > MOST_PAIRS {
            return;
        }
        // scores[i][j]: the most characters that pairs among the words from i and from j on can share.
        let width = columns + 1;
        self.scores.clear();
        self.scores.resize(2 * (rows + 1) * width, 0);
        let (best, own) = self.scores.split_at_mut((rows + 1) * width);
        for i in (0..rows).rev() {
            for j in (0..columns).rev() {
                let shared = self.stretch.shared(self.old[i].of(old), self.new[j].of(new));
                own[i * width + j] = shared;
                let paired = if shared > 0 { shared + best[(i + 1) * width + j + 1] } else { 0 };
                best[i * width + j] = paired.max(best[(i + 1) * width + j]).max(best[i * width + j + 1]);
            }
        }
        if best[0] == 0 {
            return;
        }
        let pairs = walk(best, own, rows, columns);
        self.mark(old, new, change, &pairs);
    }

    /// Writes down what lies between the pairs, and what differs inside them.
    fn mark(&mut self, old: &str, new: &str, change: Change, pairs: &[(usize, usize)]) {
        let mut gap = Change { old: change.old, new: change.new };
        let mut kept = 0;
        for (at, &pair) in pairs.iter().enumerate() {
            let (o, n) = (self.old[pair.0], self.new[pair.1]);
            let (a, b) = (o.of(old), n.of(new));
            let beside = |other: Option<&(usize, usize)>| {
                other.is_some_and(|o| o.0.abs_diff(pair.0) == 1 && o.1.abs_diff(pair.1) == 1)
            };
            let (before, after) = (at.checked_sub(1).and_then(|at| pairs.get(at)), pairs.get(at + 1));
            if a == b && weight(a, Granularity::Words) < 2 && !beside(before) && !beside(after) {
                continue;
            }
            gap.old.end = o.start;
            gap.new.end = n.start;
            push(old, new, gap, &mut self.found);
            if a != b {
                kept += self.stretch.mark(a, b, (o.start, n.start), &mut self.found);
            } else {
                kept += a.len();
            }
            gap.old.start = o.word_end;
            gap.new.start = n.word_end;
        }
        gap.old.end = change.old.end;
        gap.new.end = change.new.end;
        push(old, new, gap, &mut self.found);
        let letters = |words: &[Word]| words.iter().map(|word| word.word_end - word.start).sum::<usize>();
        if kept * 3 < letters(&self.old).max(letters(&self.new)) {
            self.found.clear();
        }
    }
}

/// Adds `gap` without the white space that both sides begin or end with.
fn push(old: &str, new: &str, mut gap: Change, out: &mut Vec<Change>) {
    crate::changes::trim_spaces(old, new, &mut gap);
    if !gap.is_empty() {
        out.push(gap);
    }
}

/// The pairs of the best scores, in order.
fn walk(best: &[u32], own: &[u32], rows: usize, columns: usize) -> Vec<(usize, usize)> {
    let width = columns + 1;
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < rows && j < columns {
        let here = best[i * width + j];
        let shared = own[i * width + j];
        if shared > 0 && here == shared + best[(i + 1) * width + j + 1] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if here == best[(i + 1) * width + j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

fn cut(text: &str, span: Span, out: &mut Vec<Word>) {
    out.clear();
    let inside = &text[..span.end];
    let mut at = space_end(inside, span.start);
    while at < span.end {
        let word_end = word_end(inside, at);
        out.push(Word { start: at, word_end });
        at = space_end(inside, word_end);
        if out.len() > MOST_PAIRS {
            return;
        }
    }
}

/// What two words share; keeps its buffers from one pair to the next.
#[derive(Default)]
struct Stretch {
    old: Vec<u32>,
    new: Vec<u32>,
    row: Vec<u8>,
    shared: Vec<(usize, usize, usize)>,
}

impl Stretch {
    /// How many bytes `a` and `b` share, 0 unless they are alike.
    fn shared(&mut self, a: &str, b: &str) -> u32 {
        if a == b {
            return a.len() as u32;
        }
        // Two words of which one is more than twice the other cannot share half of it.
        if a.len().min(b.len()) * 2 < a.len().max(b.len()) {
            return 0;
        }
        if !is_word(a) || !is_word(b) || letters(a) & letters(b) == 0 {
            return 0;
        }
        clusters(a, &mut self.old);
        clusters(b, &mut self.new);
        self.shared.clear();
        let whole = (0..self.old.len() - 1, 0..self.new.len() - 1);
        self.find(a, b, whole.0, whole.1);
        let shared: usize = self.shared.iter().map(|(_, _, len)| len).sum();
        let (short, long) = minmax(self.old.len() - 1, self.new.len() - 1);
        let alike = shared * 2 >= long && (shared >= 3 || (shared == short && shared >= 2));
        if alike { shared as u32 } else { 0 }
    }

    /// Writes down what differs between the two words, which are alike, and tells how much does not.
    fn mark(&mut self, a: &str, b: &str, offsets: (usize, usize), out: &mut Vec<Change>) -> usize {
        self.shared(a, b);
        self.shared.sort_unstable();
        let (mut old_at, mut new_at, mut kept) = (0, 0, 0);
        let ends = (self.old.len() - 1, self.new.len() - 1, 0);
        for &(old, new, len) in self.shared.iter().chain([&ends]) {
            let byte = |ends: &[u32], index: usize| ends[index] as usize;
            let change = Change {
                old: Span::new(byte(&self.old, old_at), byte(&self.old, old)),
                new: Span::new(byte(&self.new, new_at), byte(&self.new, new)),
            };
            if !change.is_empty() {
                out.push(change.moved(offsets));
            }
            (old_at, new_at) = (old + len, new + len);
            kept += byte(&self.old, old_at) - byte(&self.old, old);
        }
        kept
    }

    /// Notes what both ranges of clusters begin and end with, and looks between them for stretches.
    fn find(&mut self, a: &str, b: &str, mut old: Clusters, mut new: Clusters) {
        let prefix = old.clone().zip(new.clone()).take_while(|(o, n)| self.same(a, b, *o, *n)).count();
        self.note(old.start, new.start, prefix);
        old.start += prefix;
        new.start += prefix;
        let both = old.clone().rev().zip(new.clone().rev());
        let suffix = both.take_while(|(o, n)| self.same(a, b, *o, *n)).count();
        old.end -= suffix;
        new.end -= suffix;
        self.note(old.end, new.end, suffix);
        let (short, long) = minmax(old.len(), new.len());
        if short < STRETCH || long > LONGEST_WORD {
            return;
        }
        let (o, n, len) = self.longest(a, b, old.clone(), new.clone());
        if len >= STRETCH {
            self.find(a, b, old.start..o, new.start..n);
            self.note(o, n, len);
            self.find(a, b, o + len..old.end, n + len..new.end);
        }
    }

    fn note(&mut self, old: usize, new: usize, len: usize) {
        if len > 0 {
            self.shared.push((old, new, len));
        }
    }

    fn same(&self, a: &str, b: &str, old: usize, new: usize) -> bool {
        let o = self.old[old] as usize..self.old[old + 1] as usize;
        let n = self.new[new] as usize..self.new[new + 1] as usize;
        a.as_bytes()[o] == b.as_bytes()[n]
    }

    /// The longest stretch that both ranges share: where in each, and how long; the first of several.
    fn longest(&mut self, a: &str, b: &str, old: Clusters, new: Clusters) -> (usize, usize, usize) {
        let mut best = (old.start, new.start, 0);
        self.row.clear();
        self.row.resize(new.len() + 1, 0);
        for o in old {
            let mut diagonal = 0;
            for n in new.clone() {
                let cell = n - new.start + 1;
                let len = if self.same(a, b, o, n) { diagonal + 1 } else { 0 };
                diagonal = std::mem::replace(&mut self.row[cell], len);
                if usize::from(len) > best.2 {
                    let before = usize::from(len) - 1;
                    best = (o - before, n - before, usize::from(len));
                }
            }
        }
        best
    }
}

type Clusters = std::ops::Range<usize>;

/// The starts of the clusters of `word`, and its length.
fn clusters(word: &str, out: &mut Vec<u32>) {
    out.clear();
    out.push(0);
    let mut at = 0;
    while at < word.len() {
        at = cluster_end(word, at);
        out.push(at as u32);
    }
}

/// Which bytes a word has, folded into 64: words without one in common share nothing.
fn letters(word: &str) -> u64 {
    word.bytes().fold(0, |set, byte| set | 1 << (byte & 63))
}

fn minmax(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

fn is_word(text: &str) -> bool {
    let number = text.chars().next().is_none_or(char::is_numeric);
    !number && class(&text[..cluster_end(text, 0)]) == Class::Word
}
