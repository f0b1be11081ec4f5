//! Finds samples that are in a file twice. Keeps hashes only: 32 bytes a sample.

use std::collections::hash_map::Entry;

use assay_model::Sample;

use crate::hash::{HashedMap, hash128};

/// What is known of the ids seen so far.
#[derive(Default)]
pub(crate) struct Once {
    /// Hash of the id → hash of the content, and the line.
    seen: HashedMap<u128, (u64, u64)>,
}

/// Whether a sample was there before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Not yet.
    First,
    /// Yes, with the same conversation and responses.
    Same,
    /// Its id was, with another content, on that line.
    Clash(u64),
}

impl Once {
    pub fn see(&mut self, sample: &Sample, line: u64) -> Seen {
        let content = content(sample);
        match self.seen.entry(hash128([sample.external_id.as_str()])) {
            Entry::Vacant(entry) => {
                entry.insert((content, line));
                Seen::First
            }
            Entry::Occupied(entry) if entry.get().0 == content => Seen::Same,
            Entry::Occupied(entry) => Seen::Clash(entry.get().1),
        }
    }
}

/// Over what [`Sample::content_hash`] is over, but fast.
fn content(sample: &Sample) -> u64 {
    let messages = sample.messages.iter().flat_map(|m| [role(m), m.content.as_str()]);
    let responses = sample.responses.iter().flat_map(|r| ["r", &r.text, r.model.as_deref().unwrap_or("")]);
    let passages = sample.context.iter().flat_map(|p| ["p", p.text.as_str()]);
    let reference = ["f", sample.reference.as_deref().unwrap_or("")];
    hash128(messages.chain(responses).chain(passages).chain(reference)) as u64
}

fn role(message: &assay_model::Message) -> &'static str {
    use assay_model::MessageRole::{Assistant, System, Tool, User};
    match message.role {
        System => "system",
        User => "user",
        Assistant => "assistant",
        Tool => "tool",
    }
}
