//! Cutting a text into the units that are compared, and giving equal units equal numbers.
//!
//! Invariant: the tokens of a text cover it end to end, and every token starts and ends between grapheme
//! clusters.
//!
//! White space belongs to the token before it and takes no part in the comparison of tokens: a reader
//! thinks of words, and a diff that may match spaces matches little else. What happened to the space
//! between two matched words is found afterwards. The first token is always an empty one that holds the
//! white space at the start of the text.

use crate::clock::Clock;
use crate::script::{Class, class, cluster_end};
use crate::types::Granularity;

/// Texts longer than this are compared as a whole.
pub(crate) const LONGEST: usize = u32::MAX as usize;

/// One unit: `start..word_end` is compared, `word_end..end` is the white space after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) start: u32,
    pub(crate) word_end: u32,
    pub(crate) end: u32,
    /// Equal exactly when the words are equal bytes.
    pub(crate) id: u32,
}

impl Token {
    pub(crate) fn word<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start as usize..self.word_end as usize]
    }

    pub(crate) fn space<'a>(&self, text: &'a str) -> &'a str {
        &text[self.word_end as usize..self.end as usize]
    }
}

/// Cuts `text` and numbers its tokens by `interner`. None if the clock ran out before the end.
pub(crate) fn tokens<'a>(
    text: &'a str,
    granularity: Granularity,
    interner: &mut Interner<'a>,
    clock: Clock,
) -> Option<Vec<Token>> {
    let mut out = Vec::with_capacity(text.len() / 4 + 2);
    let mut at = 0;
    let words = granularity == Granularity::Words;
    if words {
        at = space_end(text, 0);
    }
    out.push(Token { start: 0, word_end: 0, end: at as u32, id: interner.number("") });
    while at < text.len() {
        let start = at;
        let word_end = match granularity {
            Granularity::Words => word_end(text, at),
            Granularity::Chars => cluster_end(text, at),
            Granularity::Lines => text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1),
        };
        at = if words { space_end(text, word_end) } else { word_end };
        let id = interner.number(&text[start..word_end]);
        out.push(Token { start: start as u32, word_end: word_end as u32, end: at as u32, id });
        if out.len() % 1024 == 0 && clock.expired() {
            return None;
        }
    }
    Some(out)
}

/// The end of the white space at `at`.
pub(crate) fn space_end(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    while at < bytes.len() {
        // The most usual cases first: no space, or one before an ASCII character.
        if bytes[at] > b' ' && bytes[at] < 0x7f {
            break;
        }
        if bytes[at] == b' ' && bytes.get(at + 1).is_none_or(u8::is_ascii) {
            at += 1;
            continue;
        }
        let end = cluster_end(text, at);
        if class(&text[at..end]) != Class::Space {
            break;
        }
        at = end;
    }
    at
}

/// The end of the word, mark, or run of equal marks at `at`, where no space is.
pub(crate) fn word_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    if let Some(end) = ascii_word_end(bytes, at) {
        return end;
    }
    let first_end = cluster_end(text, at);
    match class(&text[at..first_end]) {
        Class::Word => {}
        Class::Mark if first_end == at + 1 && is_ruler(bytes[at]) => {
            let mut end = first_end;
            while end < bytes.len() && bytes[end] == bytes[at] && cluster_end(text, end) == end + 1 {
                end += 1;
            }
            return end;
        }
        _ => return first_end,
    }
    let mut end = first_end;
    loop {
        // Letters before an ASCII letter are clusters without asking.
        while end + 1 < bytes.len() && is_ascii_word(bytes[end]) && bytes[end + 1] < 0x80 {
            end += 1;
        }
        if end >= bytes.len() {
            return end;
        }
        let next = cluster_end(text, end);
        let cluster = &text[end..next];
        if class(cluster) == Class::Word {
            end = next;
        } else if let Some(after) = joined(text, end, next) {
            end = after;
        } else {
            return end;
        }
    }
}

/// The end of the word at `at`, if it is plain ASCII and so is what ends it; else none.
fn ascii_word_end(bytes: &[u8], at: usize) -> Option<usize> {
    let len = bytes[at..].iter().take_while(|byte| is_ascii_word(**byte)).count();
    let (end, after) = (at + len, bytes.get(at + len + 1));
    let plain = match bytes.get(end) {
        None => true,
        // These may join two words into one; a character after them may change what they are.
        Some(b'\'' | b'.' | b',') => false,
        Some(byte) => byte.is_ascii() && after.is_none_or(u8::is_ascii),
    };
    (len > 0 && plain).then_some(end)
}

/// Where the mark at `at..next` joins what is before and after it into one word (`don't`, `3.14`), the
/// end of the cluster after it.
fn joined(text: &str, at: usize, next: usize) -> Option<usize> {
    if next >= text.len() {
        return None;
    }
    let before = text[..at].chars().next_back()?;
    let after_end = cluster_end(text, next);
    let after = text[next..after_end].chars().next()?;
    let joins = match &text[at..next] {
        "'" | "’" | "·" | "\u{ad}" => !before.is_numeric() && !after.is_numeric(),
        "." | "," => before.is_numeric() && after.is_numeric(),
        _ => false,
    };
    (joins && class(&text[next..after_end]) == Class::Word).then_some(after_end)
}

/// Marks that mean one thing when repeated: rules, emphasis, headings, ellipses.
fn is_ruler(byte: u8) -> bool {
    matches!(byte, b'-' | b'=' | b'*' | b'#' | b'~' | b'`' | b'.' | b'+' | b'!' | b'?')
}

fn is_ascii_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Gives equal strings equal numbers, counted from 0 in order of first sight.
pub(crate) struct Interner<'a> {
    /// Open addressing; 0 is free, else one more than a number.
    slots: Vec<u32>,
    seen: Vec<(u64, &'a str)>,
}

impl<'a> Interner<'a> {
    /// With room for the usual number of distinct words in `bytes` bytes of text.
    pub(crate) fn new(bytes: usize) -> Self {
        let room = (bytes / 8).clamp(64, 1 << 16).next_power_of_two();
        Self { slots: vec![0; room], seen: Vec::with_capacity(room / 4) }
    }

    pub(crate) fn number(&mut self, word: &'a str) -> u32 {
        let hash = hash(word.as_bytes());
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots[slot] {
                0 => break,
                taken => {
                    let (other_hash, other) = self.seen[taken as usize - 1];
                    if other_hash == hash && other == word {
                        return taken - 1;
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
        self.seen.push((hash, word));
        self.slots[slot] = self.seen.len() as u32;
        if self.seen.len() * 2 > self.slots.len() {
            self.grow();
        }
        self.seen.len() as u32 - 1
    }

    /// Every word seen, in the order of the numbers.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'a str> {
        self.seen.iter().map(|(_, word)| *word)
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 4 - 1;
        let mut slots = vec![0; mask + 1];
        for (number, (hash, _)) in self.seen.iter().enumerate() {
            let mut slot = *hash as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = number as u32 + 1;
        }
        self.slots = slots;
    }
}

/// A quick hash of a short string; its quality only decides how often slots collide.
fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: u64| (state.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    let mut state = bytes.len() as u64;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        state = mix(state, u64::from_le_bytes(*chunk));
    }
    state = mix(state, rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    state ^ state >> 32
}
