//! What each line says, in few bytes.
//!
//! Who rated, in which dimension, with what value: of that there are few combinations, so a line keeps the
//! number of its combination, its **code**. The item is mostly the one before or the one after it.
//! Invariant: records come back as they were pushed.

use crate::packing::Mixing;
use std::collections::HashMap;

/// The value of a record whose value is missing.
pub(crate) const NO_VALUE: u16 = u16::MAX;

/// What a line says about its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Said {
    pub rater: u32,
    pub dimension: u16,
    pub value: u16,
}

/// Records (item, code) in one or two words each: the code, and how to come from the last item to this one.
#[derive(Debug, Default)]
pub(crate) struct Records {
    words: Vec<u32>,
    last: u32,
    said: Vec<Said>,
    code_of: HashMap<Said, u32, Mixing>,
}

const SAME: u32 = 1 << 30;
const NEXT: u32 = 2 << 30;
/// The item stands in the next word.
const JUMP: u32 = 3 << 30;
const CODE: u32 = (1 << 30) - 1;

impl Records {
    /// Codes there can be.
    pub const CODES: usize = CODE as usize;

    /// The code of a combination, a new one for a new combination.
    pub fn code(&mut self, said: Said) -> u32 {
        *self.code_of.entry(said).or_insert_with(|| {
            self.said.push(said);
            self.said.len() as u32 - 1
        })
    }

    /// All combinations, by code.
    pub fn codes(&self) -> &[Said] {
        &self.said
    }

    #[inline]
    pub fn push_same(&mut self, code: u32) {
        self.words.push(SAME | code);
    }

    #[inline]
    pub fn push(&mut self, item: u32, code: u32) {
        // Before the first record the last item is 0, which is then the same.
        match item.wrapping_sub(self.last) {
            0 => self.words.push(SAME | code),
            1 => self.words.push(NEXT | code),
            _ => self.words.extend([JUMP | code, item]),
        }
        self.last = item;
    }

    /// All records (item, code) in the order of the lines.
    #[inline]
    pub fn each(&self, mut take: impl FnMut(u32, u32)) {
        let mut words = self.words.iter();
        let mut item = 0_u32;
        while let Some(word) = words.next() {
            match word & !CODE {
                NEXT => item += 1,
                JUMP => item = words.next().copied().unwrap_or(item),
                _ => {}
            }
            take(item, word & CODE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_were_pushed() {
        let said = |rater| Said { rater, dimension: 0, value: 1 };
        let mut records = Records::default();
        assert_eq!([records.code(said(4)), records.code(said(9)), records.code(said(4))], [0, 1, 0]);
        let pushed = [(0, 0), (0, 1), (1, 0), (2, 1), (2, 0), (0, 0), (3_000_000_000, 1), (2, 0)];
        pushed.iter().for_each(|(item, code)| records.push(*item, *code));
        let mut back = Vec::new();
        records.each(|item, code| back.push((item, code)));
        assert_eq!(back, pushed);
        assert_eq!(records.codes(), [said(4), said(9)]);
    }
}
