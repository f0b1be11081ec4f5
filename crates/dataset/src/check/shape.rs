//! Whether all rows have the same columns, and each column the same type all the way down.
//!
//! `null` and an empty list fit any type, and messages may have further keys: `datasets` fills those in.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::hash::{HashedMap, hash64, mix};

/// How many lines are remembered of each kind.
const LINES: usize = 1000;

/// Kinds of something → how many rows have it, and the first lines.
type Kinds = Vec<(u64, u64, Vec<u64>)>;

/// The shapes of the rows so far.
#[derive(Default)]
pub(crate) struct Shapes {
    /// Sets of columns.
    columns: Kinds,
    /// Path → types.
    types: HashedMap<u64, Kinds>,
}

impl Shapes {
    pub fn see(&mut self, row: &Value, line: u64) {
        if let Some(map) = row.as_object() {
            let set = map.keys().fold(0, |all: u64, key| all.wrapping_add(hash64(9, key.as_bytes())));
            count(&mut self.columns, set, line);
        }
        self.types_of(row, 0, line);
    }

    fn types_of(&mut self, value: &Value, path: u64, line: u64) {
        let kind = match value {
            Value::Null => return,
            Value::Array(list) if list.is_empty() => return,
            Value::Bool(_) => 1,
            Value::Number(_) => 2,
            Value::String(_) => 3,
            Value::Array(list) => {
                list.iter().for_each(|one| self.types_of(one, mix(path, 1), line));
                4
            }
            Value::Object(map) => {
                for (key, one) in map {
                    self.types_of(one, mix(path, hash64(9, key.as_bytes())), line);
                }
                5
            }
        };
        count(self.types.entry(path).or_default(), kind, line);
    }

    /// The lines of the rows that are not like most, at most a thousand of each kind.
    pub fn odd(&self) -> BTreeSet<u64> {
        std::iter::once(&self.columns).chain(self.types.values()).flat_map(minority).collect()
    }
}

fn count(kinds: &mut Kinds, kind: u64, line: u64) {
    let at = kinds.iter().position(|(one, ..)| *one == kind).unwrap_or_else(|| {
        kinds.push((kind, 0, Vec::new()));
        kinds.len() - 1
    });
    let (_, rows, lines) = &mut kinds[at];
    *rows += 1;
    if lines.len() < LINES && lines.last() != Some(&line) {
        lines.push(line);
    }
}

/// The lines of all kinds but the most usual; of equally usual ones, the first.
fn minority(kinds: &Kinds) -> impl Iterator<Item = u64> + '_ {
    let usual = kinds.iter().map(|(_, rows, _)| *rows).max();
    let usual = kinds.iter().position(|(_, rows, _)| Some(*rows) == usual);
    kinds
        .iter()
        .enumerate()
        .filter(move |(at, _)| Some(*at) != usual)
        .flat_map(|(_, (_, _, lines))| lines.iter().copied())
}
