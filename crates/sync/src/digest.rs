//! An order-free hash of a set of facts, by which two sides see that they hold the same.
//!
//! A set is summed up as its count and the sum, modulo 2⁶⁴, of the first eight bytes (big-endian) of
//! SHA-256(id ‖ seq), where `seq` is eight bytes, big-endian. A sum can be kept while facts come and go, and
//! does not depend on their order. It finds accidents, not forgeries: the hub is trusted.

use assay_model::FactId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The sum of a set of facts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Digest {
    /// How many facts.
    pub count: u64,
    /// The sum, as 16 hexadecimal digits: JSON numbers do not hold 64 bits.
    #[serde(with = "hex")]
    #[cfg_attr(feature = "schema", schemars(with = "String", regex(pattern = "^[0-9a-f]{16}$")))]
    pub sum: u64,
}

impl Digest {
    /// The digest of one fact.
    pub fn of(id: FactId, seq: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(id.bytes());
        hash.update(seq.to_be_bytes());
        let bytes = hash.finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&bytes[..8]);
        Self { count: 1, sum: u64::from_be_bytes(first) }
    }

    /// Both sets together, which share no fact.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { count: self.count.wrapping_add(other.count), sum: self.sum.wrapping_add(other.sum) }
    }

    /// This set without another, all of which is in it.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self { count: self.count.wrapping_sub(other.count), sum: self.sum.wrapping_sub(other.sum) }
    }
}

mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(sum: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{sum:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        let text = String::deserialize(from)?;
        u64::from_str_radix(&text, 16).map_err(|_| de::Error::custom("a sum is 16 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use assay_model::FactId;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::Digest;

    proptest! {
        #[test]
        fn the_order_of_facts_changes_nothing_and_what_leaves_leaves_no_trace(
            mut facts in prop::collection::vec((any::<u128>(), any::<u64>()), 0..40),
            gone in any::<(u128, u64)>(),
        ) {
            let one = |(id, seq): (u128, u64)| Digest::of(FactId(Uuid::from_u128(id)), seq);
            let sum = |facts: &[(u128, u64)]| facts.iter().fold(Digest::default(), |sum, fact| sum.plus(one(*fact)));
            let forwards = sum(&facts);
            facts.reverse();
            prop_assert_eq!(sum(&facts), forwards);
            prop_assert_eq!(forwards.plus(one(gone)).minus(one(gone)), forwards);
        }
    }

    #[test]
    fn a_digest_is_the_same_on_every_machine() {
        let one = Digest::of(FactId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)), 7);
        assert_eq!(serde_json::to_string(&one).unwrap(), FROZEN);
    }

    /// SHA-256 of the 24 bytes, made by `sha256sum`.
    const FROZEN: &str = r#"{"count":1,"sum":"c1f3436dc8b8e1a6"}"#;
}
