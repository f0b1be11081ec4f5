//! The trap of dates: `datasets` (by way of pyarrow's JSON reader) turns a column in which every string is
//! an ISO date into timestamps, and declaring the column as strings turns `2024-03-01` into
//! `2024-03-01 00:00:00` (seen with datasets 5.2).

use std::collections::BTreeMap;

use crate::write::Split;

/// Whether a text is one that pyarrow reads as a timestamp: `2024-03-01`, alone or with a time.
pub(crate) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let at = |i: usize| bytes.get(i).copied();
    let day = digits(0..4) && at(4) == Some(b'-') && digits(5..7) && at(7) == Some(b'-') && digits(8..10);
    let time = bytes.len() == 10
        || matches!(at(10), Some(b'T' | b' '))
            && bytes.len() > 12
            && bytes[11..]
                .iter()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'Z' | b'+' | b'-'));
    day && time
}

/// For each split and column, whether all texts so far are dates.
#[derive(Debug, Default)]
pub(crate) struct Dates(BTreeMap<(Split, &'static str), bool>);

impl Dates {
    /// Whether a further text could still matter.
    pub fn open(&self, split: Split, column: &'static str) -> bool {
        self.0.get(&(split, column)).copied().unwrap_or(true)
    }

    pub fn see(&mut self, split: Split, column: &'static str, text: &str) {
        let all = self.0.entry((split, column)).or_insert(true);
        *all = *all && is_date(text);
    }

    /// The first column of dates alone.
    pub fn all_dates(&self) -> Option<(Split, &'static str)> {
        self.0.iter().find(|(_, all)| **all).map(|(&at, _)| at)
    }
}
