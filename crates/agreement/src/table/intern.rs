//! Names as numbers.
//!
//! Tables are seldom in random order: the next name is most often the last one again, the one that
//! followed it before, the first, or a new one that sorts after all before it. These are tried first, and
//! as long as nothing else comes there is no hash table at all: names in ascending order are distinct.
//! Invariant: numbers go up from 0 in order of first appearance.

use std::cmp::Ordering;

/// Distinct names in order of first appearance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    text: Vec<u8>,
    /// Where each name ends in the text.
    ends: Vec<u32>,
    /// Open addressing: high half of the hash, and the number plus one; 0 is free. Empty while the names
    /// came in one of the two orders.
    slots: Vec<(u32, u32)>,
    last: usize,
    unordered: Orders,
}

/// The ways in which names may have come out of order: every new name was greater than the one before,
/// byte by byte, or else as numbers without leading zeros are, the longer one greater.
#[derive(Debug, Clone, Copy, Default)]
struct Orders {
    by_bytes: bool,
    by_length: bool,
}

impl Names {
    /// Bytes of text that names may have in all.
    pub const CAPACITY: usize = u32::MAX as usize;

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of text so far.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The name of a number, with doubled quotes undone.
    pub fn get(&self, number: usize) -> String {
        if number >= self.len() {
            return String::new();
        }
        String::from_utf8_lossy(self.name(number)).replace("\"\"", "\"")
    }

    fn name(&self, number: usize) -> &[u8] {
        let start = if number == 0 { 0 } else { self.ends[number - 1] as usize };
        &self.text[start..self.ends[number] as usize]
    }

    /// The number of a name, a new one for a new name. The caller minds [`Names::CAPACITY`].
    #[inline]
    pub fn number(&mut self, name: &[u8]) -> u32 {
        let next = self.last + 1;
        if next < self.len() {
            if same(self.name(next), name) {
                self.last = next;
                return next as u32;
            }
        } else if self.slots.is_empty() && self.continues(name) {
            self.last = self.add(name);
            return self.last as u32;
        }
        if self.last < self.len() && same(self.name(self.last), name) {
            return self.last as u32;
        }
        if !self.ends.is_empty() && same(self.name(0), name) {
            self.last = 0;
            return 0;
        }
        self.last = self.look_up(name);
        self.last as u32
    }

    /// Whether a name is new because it sorts after the last one, and all before came in that order.
    #[inline]
    fn continues(&mut self, name: &[u8]) -> bool {
        let Some(last) = self.len().checked_sub(1) else { return true };
        let last = self.name(last);
        let greater = name > last;
        let now = Orders {
            by_bytes: self.unordered.by_bytes || !greater,
            by_length: self.unordered.by_length
                || !(name.len() > last.len() || name.len() == last.len() && greater),
        };
        if now.by_bytes && now.by_length {
            return false;
        }
        self.unordered = now;
        true
    }

    /// The number of the first name of each of these when they are all counted together: known without
    /// comparing them all where each came in the same order and sorts after the one before. The last name
    /// of one may be the first of the next.
    pub fn in_sequence(all: &[&Names]) -> Option<Vec<u32>> {
        if all.iter().any(|names| !names.slots.is_empty()) {
            return None;
        }
        let by_bytes = || sequence(all, |names| !names.unordered.by_bytes, |name| (0, name));
        let by_length = || sequence(all, |names| !names.unordered.by_length, |name| (name.len(), name));
        by_bytes().or_else(by_length)
    }

    /// Makes a hash table with room for so many more names.
    pub fn reserve(&mut self, more: usize) {
        let wanted = ((self.len() + more) * 2 + 1).next_power_of_two().max(64);
        if wanted > self.slots.len() {
            self.grow_to(wanted);
        }
    }

    /// The numbers of another's names here, new ones for names not yet here.
    pub fn adopt(&mut self, other: &Names) -> Vec<u32> {
        (0..other.len()).map(|number| self.number(other.name(number))).collect()
    }

    fn add(&mut self, name: &[u8]) -> usize {
        self.text.extend_from_slice(name);
        self.ends.push(self.text.len() as u32);
        self.ends.len() - 1
    }

    fn look_up(&mut self, name: &[u8]) -> usize {
        if self.len() * 2 >= self.slots.len() {
            self.grow_to((self.len() * 8).next_power_of_two().max(64));
        }
        let hash = hash(name);
        let tag = (hash >> 32) as u32;
        let mask = self.slots.len() - 1;
        let mut at = place(hash, name) & mask;
        loop {
            let (there, number) = self.slots[at];
            if number == 0 {
                self.slots[at] = (tag, self.len() as u32 + 1);
                return self.add(name);
            }
            if there == tag && same(self.name(number as usize - 1), name) {
                return number as usize - 1;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow_to(&mut self, slots: usize) {
        let mut new = vec![(0, 0); slots];
        let mask = slots - 1;
        for number in 0..self.len() {
            let name = self.name(number);
            let hash = hash(name);
            let mut at = place(hash, name) & mask;
            while new[at].1 != 0 {
                at = (at + 1) & mask;
            }
            new[at] = ((hash >> 32) as u32, number as u32 + 1);
        }
        self.slots = new;
    }
}

fn sequence<'a>(
    all: &[&'a Names],
    ordered: impl Fn(&Names) -> bool,
    key: impl Fn(&'a [u8]) -> (usize, &'a [u8]),
) -> Option<Vec<u32>> {
    let mut end = 0_usize;
    let mut last: Option<&[u8]> = None;
    let mut starts = Vec::with_capacity(all.len());
    for names in all.iter().copied() {
        if !ordered(names) {
            return None;
        }
        let mut start = end;
        if names.len() > 0 {
            let first = names.name(0);
            match last.map(|last| key(last).cmp(&key(first))) {
                Some(Ordering::Greater) => return None,
                Some(Ordering::Equal) => start -= 1,
                Some(Ordering::Less) | None => {}
            }
            last = Some(names.name(names.len() - 1));
        }
        starts.push(start as u32);
        end = start + names.len();
    }
    Some(starts)
}

/// Equality of short texts, eight bytes at a time and without a call.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    let n = a.len();
    if n != b.len() {
        return false;
    }
    let word = |text: &[u8], at: usize| -> Option<u64> {
        Some(u64::from_le_bytes(text.get(at..at + 8)?.try_into().ok()?))
    };
    let half = |text: &[u8], at: usize| -> Option<u32> {
        Some(u32::from_le_bytes(text.get(at..at + 4)?.try_into().ok()?))
    };
    if n < 4 {
        return a.iter().zip(b).all(|(a, b)| a == b);
    }
    if n < 8 {
        return half(a, 0) == half(b, 0) && half(a, n - 4) == half(b, n - 4);
    }
    let mut at = 0;
    while at + 8 < n {
        if word(a, at) != word(b, at) {
            return false;
        }
        at += 8;
    }
    word(a, n - 8) == word(b, n - 8)
}

/// Where in the table to start looking: by all bytes but the last, and from there by the last, so that
/// numbered names that come in order fill it in order.
#[inline]
fn place(hash: u64, name: &[u8]) -> usize {
    (hash as usize).wrapping_add(name.last().map_or(0, |byte| usize::from(byte & 15)))
}

/// One step of the hash: multiply and fold.
#[inline]
pub(crate) fn mix(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ word) * 0xE703_7ED1_A0B4_28DB_u128;
    (product as u64) ^ ((product >> 64) as u64)
}

/// Eight bytes at a time: the low half without the last byte, the high half with.
#[inline]
fn hash(name: &[u8]) -> u64 {
    let (stem, tail) = name.split_at(name.len().saturating_sub(1));
    let mut state = 0xA076_1D64_78BD_642F ^ name.len() as u64;
    let mut words = stem.chunks_exact(8);
    for word in &mut words {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        state = mix(state, u64::from_le_bytes(bytes));
    }
    let join = |bytes: &[u8]| bytes.iter().fold(1_u64, |rest, byte| rest << 8 | u64::from(*byte));
    state = mix(mix(state, join(words.remainder())), 0x8EBC_6AF0_9C88_C6E3);
    let whole = mix(state, join(tail));
    (whole & !0xFFFF_FFFF) | (state & 0xFFFF_FFFF)
}
