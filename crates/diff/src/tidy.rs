//! Making the matches that a shortest edit script finds into the ones that a reader would draw.
//!
//! Invariant: what comes out is in order and pairs equal tokens only, as what went in.
//!
//! Two things are done. A match too small to mean anything between two changes is given up, so that a
//! rewritten phrase is one change and not a scatter of articles and commas. And a deletion or insertion
//! that could as well stand a little to the left or right is put where a paragraph, line, sentence or
//! word begins.

use crate::align::Run;
use crate::script::{Class, class, cluster_end};
use crate::token::Token;
use crate::types::Granularity;

/// One text, cut.
#[derive(Clone, Copy)]
pub(crate) struct Cut<'a> {
    pub(crate) text: &'a str,
    pub(crate) tokens: &'a [Token],
}

/// How far a change is moved at most, in tokens.
const FARTHEST: usize = 128;

/// Tidies `runs`, which pair the tokens of `old` and `new`. `weights` tells, by token number, how much
/// each token means to a reader ([`weight`]).
pub(crate) fn tidy(
    old: Cut<'_>,
    new: Cut<'_>,
    mut runs: Vec<Run>,
    weights: &[u16],
    granularity: Granularity,
) -> Vec<Run> {
    slide(old, new, &mut runs);
    let mut kept = drop_weak(old, new, &runs, weights, granularity);
    if kept.len() < runs.len() {
        slide(old, new, &mut kept);
    }
    kept
}

/// How much a match of `word` means: nothing for punctuation, little for a short word, else its letters.
pub(crate) fn weight(word: &str, granularity: Granularity) -> u16 {
    match granularity {
        Granularity::Lines => word.trim().len().min(1000) as u16,
        Granularity::Chars => u16::from(!word.starts_with(char::is_whitespace)),
        Granularity::Words => {
            let Some(first) = word.chars().next() else { return 0 };
            match class(&word[..cluster_end(word, 0)]) {
                Class::Space => 0,
                Class::Mark if first.is_ascii_punctuation() || is_punctuation(first) => 0,
                Class::Mark => 2,
                Class::Solo if matches!(first, '\u{3041}'..='\u{30ff}') => 1,
                Class::Solo => 2,
                Class::Word => {
                    let letters = if word.is_ascii() { word.len() } else { word.chars().count() };
                    let number = first.is_numeric();
                    match letters.min(1000) as u16 {
                        few if few <= 3 => {
                            if number {
                                3
                            } else {
                                1
                            }
                        }
                        many => many,
                    }
                }
            }
        }
    }
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '\u{a1}'..='\u{bf}' | '\u{2010}'..='\u{205e}' | '\u{3001}'..='\u{301f}' | '\u{30fb}'
        | '\u{60c}' | '\u{61b}' | '\u{61f}' | '\u{6d4}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}'
        | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}')
}

/// Whether a sentence ends with `token`: a full stop or its like, with a space where its script has one.
fn ends_sentence(token: &Token, text: &str) -> bool {
    let word = token.word(text);
    word.ends_with(['.', '!', '?', '。', '！', '？', '؟', '।'])
        && (!word.is_ascii() || token.word_end < token.end)
}

// ---- giving up matches that mean little -------------------------------------------------------------

struct Weak<'a> {
    old: Cut<'a>,
    new: Cut<'a>,
    weights: &'a [u16],
    /// A match is weak when it weighs no more than its smaller neighbour divided by this…
    factor: usize,
    /// …where no neighbour counts for more than this.
    most: usize,
}

/// What a line break inside a match, or before it, adds to its weight.
const LINE_BREAK: usize = 3;
/// What the end of a sentence inside a match adds.
const SENTENCE: usize = 3;

fn drop_weak(old: Cut<'_>, new: Cut<'_>, runs: &[Run], weights: &[u16], by: Granularity) -> Vec<Run> {
    let (factor, most) = match by {
        Granularity::Words => (2, 24),
        Granularity::Chars => (1, 12),
        Granularity::Lines => (2, 4),
    };
    let weak = Weak { old, new, weights, factor, most };
    let mut kept: Vec<Run> = Vec::with_capacity(runs.len());
    for (index, run) in runs.iter().enumerate() {
        // Every match given up makes the change before this run greater, and so the match before it
        // weaker.
        while let [.., before, last] = kept[..]
            && weak.is_weak(before, last, *run)
        {
            kept.pop();
        }
        kept.push(*run);
        // The last run has a change after it only if it does not end both texts.
        if index + 1 == runs.len() {
            let end = Run { old: old.tokens.len(), new: new.tokens.len(), len: 0 };
            if run.old + run.len < end.old || run.new + run.len < end.new {
                while let [.., before, last] = kept[..]
                    && weak.is_weak(before, last, end)
                {
                    kept.pop();
                }
            }
        }
    }
    kept
}

impl<'a> Weak<'a> {
    fn is_weak(&self, before: Run, run: Run, after: Run) -> bool {
        let worth = self.worth(run);
        if worth * self.factor > self.most {
            return false;
        }
        let needed = (worth * self.factor).max(1);
        self.change(before, run) >= needed && self.change(run, after) >= needed
    }

    /// The weight of a match; once it is plainly too great, some greater number.
    fn worth(&self, run: Run) -> usize {
        let mut sum = 0;
        if run.old > 0 && run.new > 0 && self.breaks(run.old - 1, run.new - 1) {
            sum += LINE_BREAK;
        }
        let mut marks = 0_usize;
        for i in 0..run.len {
            let token = &self.old.tokens[run.old + i];
            let weight = usize::from(self.weights[token.id as usize]);
            sum += weight;
            if weight == 0 {
                // A comma is nothing; a row of marks, as in code, is something.
                sum += marks.min(1);
                marks += 1;
            }
            if i + 1 < run.len {
                if self.breaks(run.old + i, run.new + i) {
                    sum += LINE_BREAK;
                } else if ends_sentence(token, self.old.text) {
                    sum += SENTENCE;
                }
            }
            if sum * self.factor > self.most {
                break;
            }
        }
        sum
    }

    fn breaks(&self, old: usize, new: usize) -> bool {
        self.old.tokens[old].space(self.old.text).contains('\n')
            && self.new.tokens[new].space(self.new.text).contains('\n')
    }

    /// The weight of what was changed between two matches. Words that begin and end alike count only for
    /// what differs in them.
    fn change(&self, from: Run, to: Run) -> usize {
        let old = &self.old.tokens[from.old + from.len..to.old];
        let new = &self.new.tokens[from.new + from.len..to.new];
        let weight = self.side(old).max(self.side(new));
        if old.is_empty() || new.is_empty() || old.len().max(new.len()) > 4 {
            return weight;
        }
        let bytes = |cut: Cut<'a>, tokens: &[Token]| {
            &cut.text.as_bytes()[tokens[0].start as usize..tokens[tokens.len() - 1].word_end as usize]
        };
        let (old, new) = (bytes(self.old, old), bytes(self.new, new));
        let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let (old, new) = (&old[prefix..], &new[prefix..]);
        let suffix = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        weight.min(old.len().max(new.len()) - suffix)
    }

    fn side(&self, tokens: &[Token]) -> usize {
        let mut sum = 0;
        for token in tokens {
            sum += usize::from(self.weights[token.id as usize]);
            if sum >= self.most {
                break;
            }
        }
        sum
    }
}

// ---- moving changes to where something begins -------------------------------------------------------

/// Moves every pure deletion and pure insertion within what its neighbours allow: onto another change if
/// it can reach one, else to the place that reads best. Runs that become empty are removed.
fn slide(old: Cut<'_>, new: Cut<'_>, runs: &mut Vec<Run>) {
    let (old_end, new_end) = (old.tokens.len(), new.tokens.len());
    // The place after the last token is a match of nothing, so that a change there has two neighbours.
    runs.push(Run { old: old_end, new: new_end, len: 0 });
    let mut kept: Vec<Run> = Vec::with_capacity(runs.len());
    for &next in runs.iter() {
        let mut next = next;
        while let Some(&last) = kept.last() {
            let (old_gap, new_gap) = (next.old - last.old - last.len, next.new - last.new - last.len);
            let place = match (old_gap, new_gap) {
                (0, 0) | (1.., 1..) => break,
                (gap, 0) => Place { gapped: old, whole: new, from: last.old + last.len, gap, at: next.new },
                (0, gap) => Place { gapped: new, whole: old, from: last.new + last.len, gap, at: next.old },
            };
            let left = place.left(last.len.min(FARTHEST));
            if left == last.len && kept.len() > 1 {
                // The match before it dissolves, and this change and the one before become one.
                next = Run { old: next.old - left, new: next.new - left, len: next.len + left };
                kept.pop();
                continue;
            }
            let best = place.best(left, place.right(next.len.min(FARTHEST)));
            if let Some(last) = kept.last_mut() {
                last.len = last.len.saturating_add_signed(best);
            }
            next = Run {
                old: next.old.saturating_add_signed(best),
                new: next.new.saturating_add_signed(best),
                len: next.len.saturating_add_signed(-best),
            };
            break;
        }
        if next.len > 0 {
            kept.push(next);
        }
    }
    *runs = kept;
}

/// A change on one side only: tokens `from..from + gap` of `gapped` stand before token `at` of `whole`.
struct Place<'a> {
    gapped: Cut<'a>,
    whole: Cut<'a>,
    from: usize,
    gap: usize,
    at: usize,
}

impl Place<'_> {
    fn same(&self, index: usize) -> bool {
        self.gapped.tokens[index].id == self.gapped.tokens[index + self.gap].id
    }

    /// How many tokens the change can move to the left, at most `most`.
    fn left(&self, most: usize) -> usize {
        (1..=most).take_while(|step| self.same(self.from - step)).count()
    }

    fn right(&self, most: usize) -> usize {
        (0..most).take_while(|step| self.same(self.from + step)).count()
    }

    /// The move, from `-left` to `right`, to the place that reads best; the last of several.
    fn best(&self, left: usize, right: usize) -> isize {
        if left == 0 && right == 0 {
            return 0;
        }
        let mut best = (i32::MIN, 0);
        let mut unlike = 0;
        let start = self.from - left;
        for step in 0..=left + right {
            let from = start + step;
            let score = self.edge(from) + self.edge(from + self.gap) - 3 * unlike;
            if score >= best.0 {
                best = (score, step);
            }
            if step < left + right {
                // The pair that moves from after the change to before it may differ in its white space.
                let whole = self.at - left + step;
                unlike += self.unlike(from, whole) - self.unlike(from + self.gap, whole);
            }
        }
        best.1 as isize - left as isize
    }

    fn unlike(&self, gapped: usize, whole: usize) -> i32 {
        let gapped = self.gapped.tokens[gapped].space(self.gapped.text);
        i32::from(gapped != self.whole.tokens[whole].space(self.whole.text))
    }

    /// How good it is to begin or end a change before token `index`.
    fn edge(&self, index: usize) -> i32 {
        let Cut { text, tokens } = self.gapped;
        if index <= 1 || index == tokens.len() {
            return 6;
        }
        let before = &tokens[index - 1];
        let (word, space) = (before.word(text), before.space(text));
        match space.bytes().filter(|byte| *byte == b'\n').count() + usize::from(word.ends_with('\n')) {
            0 if ends_sentence(before, text) => 3,
            0 if word.ends_with([',', ';', ':', '、', '，', '；', '،']) => 2,
            0 if !space.is_empty() => 1,
            0 => 0,
            1 => 4,
            _ => 5,
        }
    }
}
