//! A fast hash that is the same on every machine, for finding repeats. Not for security: digests that
//! people see are SHA-256.

use std::hash::{BuildHasherDefault, Hasher};

const K0: u64 = 0x9E37_79B9_7F4A_7C15;
const K1: u64 = 0xD6E8_FEB8_6659_FD93;

fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    (wide as u64) ^ ((wide >> 64) as u64)
}

/// Hash of some bytes under a seed: eight bytes at a time by folded multiplication.
pub(crate) fn hash64(seed: u64, bytes: &[u8]) -> u64 {
    let mut state = seed ^ K0 ^ (bytes.len() as u64).wrapping_mul(K1);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = fold(state ^ u64::from_le_bytes(*word), K1);
    }
    let mut last = [0_u8; 8];
    last[..rest.len()].copy_from_slice(rest);
    state = fold(state ^ u64::from_le_bytes(last), K0);
    fold(state ^ K1, K0)
}

/// One number from two.
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    fold(a ^ K0, b ^ K1).rotate_left(17) ^ b
}

/// A hash of 128 bits over several texts, each with its length, so that moving a boundary changes it.
pub(crate) fn hash128<'a>(parts: impl IntoIterator<Item = &'a str>) -> u128 {
    let (mut low, mut high) = (K0, K1);
    for part in parts {
        low = mix(low, hash64(1, part.as_bytes()));
        high = mix(high, hash64(2, part.as_bytes()));
    }
    (u128::from(high) << 64) | u128::from(low)
}

/// For maps whose keys are already hashes.
#[derive(Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash64(self.0, bytes);
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
    fn write_u128(&mut self, n: u128) {
        self.0 = n as u64;
    }
}

/// A map from hashes.
pub(crate) type HashedMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<AsIs>>;
/// A set of hashes.
pub(crate) type HashedSet<K> = std::collections::HashSet<K, BuildHasherDefault<AsIs>>;
