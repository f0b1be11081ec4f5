//! Small tools that make grades into keys: levels looked up without a search, a unit's ratings as one
//! number, and a hasher for such keys.
//!
//! Invariant: a key and the pattern it stands for determine each other; key 0 is no rating at all.

use crate::Scale;
use crate::ratings::Cell;
use crate::scale::Level;
use std::hash::{BuildHasherDefault, Hasher};

/// A unit's ratings as digits of one number: for few raters and levels. A digit is the level plus one, 0
/// for no rating.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packing {
    bits: u32,
    raters: u32,
}

impl Packing {
    /// `None` when the digits do not fit 64 bits.
    pub fn new(levels: usize, raters: usize) -> Option<Self> {
        let bits = usize::BITS - levels.leading_zeros();
        let raters = u32::try_from(raters).ok()?;
        (bits.checked_mul(raters)? <= 64).then_some(Self { bits, raters })
    }

    pub fn bits_in_all(self) -> u32 {
        self.bits * self.raters
    }

    pub fn table_fits(self) -> bool {
        self.bits_in_all() <= 16
    }

    /// The digit of a level at a rater's place.
    pub fn digit(self, rater: usize, level: Level) -> u64 {
        // MISSING is all ones, so adding one makes the digit 0.
        u64::from(level.wrapping_add(1)) << (self.bits * rater as u32)
    }

    /// The key of a row of digits, where [`table_fits`](Self::table_fits).
    #[inline]
    pub fn short_key(self, digits: &[u32]) -> u32 {
        let mut key = 0;
        for digit in digits.iter().rev() {
            key = key << self.bits | digit;
        }
        key
    }

    /// The bits of a rater's place.
    pub fn place(self, rater: usize) -> u64 {
        ((1 << self.bits) - 1) << (self.bits * rater as u32)
    }

    pub fn cells(self, key: u64, raters: usize) -> Vec<Cell> {
        let digit = |rater: usize| (key >> (self.bits * rater as u32)) & ((1 << self.bits) - 1);
        (0..raters)
            .filter(|rater| digit(*rater) != 0)
            .map(|rater| (rater as u32, digit(rater) as Level - 1))
            .collect()
    }
}

/// From a grade to its level without a search, where the scale's steps are equal.
pub(crate) struct Lookup<'a> {
    values: &'a [f64],
    per_step: f64,
    /// The step, where each grade of the scale is exactly the first and so many steps.
    step: Option<f64>,
    scale: &'a Scale,
}

/// Added to a small number and taken away again, leaves it rounded; between the two, the lowest bits are the
/// whole number. Unlike a cast, this is one instruction for several numbers at once.
const ROUND: f64 = 1.5 * (1_u64 << 52) as f64;

impl<'a> Lookup<'a> {
    pub fn new(scale: &'a Scale) -> Self {
        let values = scale.values();
        let per_step = if values.len() > 1 { (values.len() - 1) as f64 / scale.span() } else { 0.0 };
        let step = if values.len() > 1 { scale.span() / (values.len() - 1) as f64 } else { 0.0 };
        let mut lookup = Self { values, per_step, step: Some(step), scale };
        let mut digits = vec![0; values.len()];
        let even = lookup.digits(values, &mut digits) && digits.iter().copied().eq(1..=values.len() as u32);
        lookup.step = even.then_some(step);
        lookup
    }

    /// The digits of grades (see [`Packing`]); whether they are right, which they are where the scale's steps
    /// are equal and every grade is of the scale or NaN. Without a branch, for millions of grades.
    #[inline]
    pub fn digits(&self, grades: &[f64], digits: &mut [u32]) -> bool {
        let Some(step) = self.step else { return false };
        let (first, per_step, last) = (self.values[0], self.per_step, (self.values.len() - 1) as f64);
        let mut wrong = 0;
        for (grade, digit) in grades.iter().zip(digits) {
            let near = (grade - first) * per_step + ROUND;
            let steps = near - ROUND;
            let there = (steps >= 0.0) & (steps <= last) & (steps * step + first == *grade);
            *digit = if there { (near.to_bits() as u32).wrapping_add(1) } else { 0 };
            wrong |= u32::from(!(there | grade.is_nan()));
        }
        wrong == 0
    }

    #[inline]
    pub fn level(&self, value: f64) -> Option<Level> {
        let guess = ((value - self.values[0]) * self.per_step + 0.5) as usize;
        match self.values.get(guess) {
            Some(there) if *there == value => Some(guess as Level),
            _ => self.scale.level_of(value),
        }
    }
}

/// A hasher for keys that are not chosen by an adversary against this process: multiply and fold.
#[derive(Default)]
pub(crate) struct Mixer(u64);

pub(crate) type Mixing = BuildHasherDefault<Mixer>;

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        let product =
            u128::from(self.0.rotate_left(23) ^ word ^ 0xA076_1D64_78BD_642F) * 0xE703_7ED1_A0B4_28DB_u128;
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    fn write_u16(&mut self, word: u16) {
        self.write_u64(u64::from(word));
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_digits_at_once_are_those_of_the_levels_or_said_to_be_wrong() {
        let tenths: Vec<f64> = (0..=10).map(|i| f64::from(i) / 10.0).collect();
        let gaps = vec![0.0, 1.0, 2.0, 5.0, 10.0];
        let scales = [
            vec![1.0, 2.0, 3.0, 4.0, 5.0],
            vec![0.0, 1.0],
            vec![1.0, 1.5, 2.0, 2.5],
            vec![7.0],
            gaps,
            tenths,
        ];
        for values in scales {
            let scale = Scale::new(values.clone()).unwrap();
            let lookup = Lookup::new(&scale);
            let near = values
                .iter()
                .flat_map(|value| [*value, value.next_up(), value.next_down(), -value, value + 0.3]);
            let odd = [
                f64::NAN,
                -f64::NAN,
                f64::from_bits(0x7ff8_0000_0000_0003),
                f64::INFINITY,
                f64::NEG_INFINITY,
                1e300,
                -0.0,
            ];
            for grade in near.chain(odd) {
                let mut digits = [7];
                let right = lookup.digits(&[grade], &mut digits);
                let level = if grade.is_nan() { Some(Level::MAX) } else { lookup.level(grade) };
                match level {
                    Some(level) if right => {
                        assert_eq!(digits[0], u32::from(level.wrapping_add(1)), "{grade} of {scale}");
                    }
                    Some(_) => assert!(lookup.step.is_none(), "{grade} of {scale}"),
                    None => assert!(!right, "{grade} of {scale}"),
                }
            }
        }
    }
}
