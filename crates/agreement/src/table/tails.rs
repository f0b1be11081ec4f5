//! What follows the item on a line, known by sight.
//!
//! Where the item stands first, the rest of the line is one of a few texts ("anna,tone,4"). Each is taken
//! apart once; after that it is recognised as a whole, in the pass that finds the line's end. Invariant: a
//! tail has no quote and no line end in it, and what is recognised is compared byte by byte.

use super::intern::{mix, same};

/// Different tails to keep; a table with more of them gains nothing from keeping any.
const KEPT: usize = 1 << 16;

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    hash: u64,
    start: u32,
    /// Length in bytes; 0 is a free slot, no tail is empty.
    length: u32,
    code: u32,
}

/// Known tails with their codes.
#[derive(Debug, Default)]
pub(crate) struct Tails {
    text: Vec<u8>,
    slots: Vec<Known>,
    count: usize,
    full: bool,
}

/// A tail found at the head of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tail {
    /// Bytes before the line's end.
    pub length: usize,
    hash: u64,
}

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
const ONES: u64 = 0x0101_0101_0101_0101;

/// The top bit of each byte that is `byte`.
#[inline]
pub(crate) fn equal(word: u64, byte: u8) -> u64 {
    // A byte of `x` is 0 where the byte is found, and only there the sum leaves its top bit 0.
    let x = word ^ (ONES * u64::from(byte));
    !(((x & LOW) + LOW) | x | LOW)
}

/// Eight bytes of a text as a number, the first one lowest.
#[inline]
pub(crate) fn word(text: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(text.get(at..at + 8)?.try_into().ok()?))
}

impl Tail {
    /// The tail from a place in the text to the line's end; `None` where a quote comes before it, or too
    /// little text is at hand to see the end.
    #[inline]
    pub fn at(text: &[u8], from: usize) -> Option<Self> {
        let (mut at, mut hash) = (from, SEED);
        loop {
            let word = word(text, at)?;
            let ends = equal(word, b'\n');
            let marks = ends | equal(word, b'"');
            if marks == 0 {
                hash = mix(hash, word);
                at += 8;
                continue;
            }
            let bytes = marks.trailing_zeros() / 8;
            if ends.trailing_zeros() / 8 != bytes {
                return None;
            }
            let length = at + bytes as usize - from;
            let kept = word & ((1_u64 << (8 * bytes)) - 1);
            return Some(Self { length, hash: mix(hash ^ length as u64, kept) });
        }
    }

    /// The tail that a text is, the line's end not in it; `None` where it has a quote.
    pub fn of_line(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.contains(&b'"') {
            return None;
        }
        let mut hash = SEED;
        let mut words = text.chunks_exact(8);
        for bytes in &mut words {
            hash = mix(hash, word(bytes, 0)?);
        }
        let kept = words.remainder().iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        Some(Self { length: text.len(), hash: mix(hash ^ text.len() as u64, kept) })
    }
}

impl Tails {
    /// The code of a known tail that stands at a place in the text.
    #[inline]
    pub fn code(&self, text: &[u8], from: usize, tail: Tail) -> Option<u32> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = tail.hash as usize & mask;
        loop {
            let known = self.slots.get(at)?;
            if known.length == 0 {
                return None;
            }
            let start = known.start as usize;
            if known.hash == tail.hash
                && known.length as usize == tail.length
                && same(&self.text[start..start + tail.length], &text[from..from + tail.length])
            {
                return Some(known.code);
            }
            at = (at + 1) & mask;
        }
    }

    /// Whether tails are still worth looking at.
    pub fn useful(&self) -> bool {
        !self.full
    }

    /// Keeps a tail that was not known.
    pub fn keep(&mut self, text: &[u8], tail: Tail, code: u32) {
        if self.count == KEPT {
            *self = Self { full: true, ..Self::default() };
        }
        if self.full || tail.length == 0 {
            return;
        }
        if 2 * self.count >= self.slots.len() {
            let slots = vec![Known::default(); (4 * self.slots.len()).max(64)];
            let old = std::mem::replace(&mut self.slots, slots);
            old.into_iter().filter(|known| known.length > 0).for_each(|known| self.place(known));
        }
        let (start, length) = (self.text.len() as u32, tail.length as u32);
        self.text.extend_from_slice(&text[..tail.length]);
        self.place(Known { hash: tail.hash, start, length, code });
        self.count += 1;
    }

    fn place(&mut self, known: Known) {
        let mask = self.slots.len() - 1;
        let mut at = known.hash as usize & mask;
        while self.slots[at].length > 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = known;
    }
}
