//! Whole numbers in any way in which JSON may write them: `5`, `5.0` and `5e0` are the same number.

use std::fmt;
use std::marker::PhantomData;

use assay_model::Timestamp;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// A number that is whole, whatever it looks like.
struct Whole<N>(N);

impl<'de, N: TryFrom<i128>> Deserialize<'de> for Whole<N> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_u64(Reader(PhantomData)).map(Self)
    }
}

struct Reader<N>(PhantomData<N>);

impl<N: TryFrom<i128>> Visitor<'_> for Reader<N> {
    type Value = N;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number in bounds")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<N, E> {
        self.take(number.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<N, E> {
        self.take(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<N, E> {
        // What is less than the least integer comes as its neighbour among the floating-point numbers.
        if number.fract() != 0.0 || number <= i64::MIN as f64 {
            return Err(E::invalid_value(serde::de::Unexpected::Float(number), &self));
        }
        self.take(number as i128)
    }
}

impl<N: TryFrom<i128>> Reader<N> {
    fn take<E: Error>(self, number: i128) -> Result<N, E> {
        N::try_from(number).map_err(|_| E::custom(format_args!("{number} is out of bounds")))
    }
}

pub(crate) fn whole<'de, D: Deserializer<'de>, N: TryFrom<i128>>(from: D) -> Result<N, D::Error> {
    Whole::deserialize(from).map(|Whole(number)| number)
}

pub(crate) fn maybe_whole<'de, D: Deserializer<'de>, N: TryFrom<i128>>(
    from: D,
) -> Result<Option<N>, D::Error> {
    let number: Option<Whole<N>> = Option::deserialize(from)?;
    Ok(number.map(|Whole(number)| number))
}

pub(crate) fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    whole(from).map(Timestamp)
}

#[cfg(test)]
mod tests {
    use crate::wire::Cursor;

    const ID: &str = "019c0000-0000-7000-8000-000000000001";

    #[test]
    fn a_whole_number_may_be_written_in_any_way_and_must_be_whole_and_in_bounds() {
        let read = |seq: &str| {
            let text = format!(r#"{{"epoch":"e","view":"all","seq":{seq},"mark":""}}"#);
            serde_json::from_str::<Cursor>(&text).map(|cursor| cursor.seq)
        };
        for five in ["5", "5.0", "5e0", "0.5e1"] {
            assert_eq!(read(five).unwrap(), 5);
        }
        assert_eq!(read("18446744073709551615").unwrap(), u64::MAX);
        let time = |time: &str| {
            serde_json::from_str::<crate::wire::Placed>(&format!(
                r#"{{"seq":1,"id":"{ID}","kind":"sample","author":"{ID}","device":"{ID}","device_no":1,"time":{time},"body":1}}"#
            ))
            .map(|placed| placed.fact.time.0)
        };
        assert_eq!(time("-9223372036854775808").unwrap(), i64::MIN);
        assert!(time("-9223372036854775809").is_err() && time("9223372036854775808").is_err());
        for bad in ["-1", "0.5", "1e30", "\"5\"", "null", "18446744073709551616"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
