//! The facts on this laptop, as a sync sees them.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use assay_store::{Answer, Arrival, FactRow, HubCursor, Joining, Place, Store, World};
use assay_sync::client::{Again, Applied, Replica, Standing};
use assay_sync::digest::Digest;
use assay_sync::wire::{Cursor, Placed, RefusalCode, SyncAnswer, Verdict, View, WireFact};
use serde_json::value::RawValue;

use crate::error::{ApiError, ErrorCode};

/// A project on this laptop.
pub struct Laptop<'a>(pub &'a Store);

impl Laptop<'_> {
    /// Makes the copy of a project that was joined, in a new file, with the beginning of its facts.
    ///
    /// # Errors
    /// As [`Store::join`].
    pub fn join(
        path: impl AsRef<Path>,
        joining: &Joining<'_>,
        first: &SyncAnswer,
        world: Arc<dyn World>,
    ) -> assay_store::Result<Store> {
        Store::join(path, joining, &from_wire(first), world)
    }
}

impl Replica for Laptop<'_> {
    type Error = ApiError;

    fn standing(&self) -> Result<Standing, ApiError> {
        let hub = self.0.hub()?.ok_or_else(super::no_hub)?;
        Ok(Standing {
            cursor: hub.cursor.map(|cursor| Cursor {
                epoch: cursor.epoch,
                view: if cursor.all { View::All } else { View::Own },
                seq: cursor.seq,
                mark: cursor.mark,
            }),
            again: hub.again.as_deref().and_then(Again::of_word),
            digest: Digest { count: hub.digest_count, sum: hub.digest_sum },
        })
    }

    fn outgoing(&self, facts: usize, bytes: usize) -> Result<Vec<WireFact>, ApiError> {
        self.0.outgoing(facts, bytes)?.into_iter().map(to_wire).collect()
    }

    fn apply(&self, answer: &SyncAnswer) -> Result<Applied, ApiError> {
        let taken = self.0.take_in(&from_wire(answer))?;
        Ok(Applied { pulled: taken.pulled, pushed: taken.pushed, freed: taken.freed })
    }

    fn fork(&self) -> Result<(), ApiError> {
        self.0.fork_device()?;
        Ok(())
    }

    fn begin_again(&self, why: Again) -> Result<(), ApiError> {
        Ok(self.0.begin_again(why.word())?)
    }

    fn end_again(&self) -> Result<(), ApiError> {
        let why = self.0.hub()?.and_then(|hub| hub.again);
        Ok(self.0.end_again(why.as_deref().and_then(Again::of_word) == Some(Again::OtherView))?)
    }
}

pub(super) fn to_wire(fact: FactRow<'_>) -> Result<WireFact, ApiError> {
    let body = RawValue::from_string(fact.body.into_owned()).map_err(|error| {
        ApiError::new(
            ErrorCode::Internal,
            format!("The {} {} is no JSON: {error}.", fact.kind.word(), fact.id),
            "check the project with `assay verify`, or restore a backup",
        )
    })?;
    Ok(WireFact {
        id: fact.id,
        kind: fact.kind,
        author: fact.author,
        device: fact.device,
        device_no: fact.device_no,
        time: fact.time,
        body,
    })
}

/// An answer as the store takes it in.
fn from_wire(answer: &SyncAnswer) -> Answer<'_> {
    Answer {
        receipts: answer
            .receipts
            .iter()
            .map(|receipt| {
                let verdict = match &receipt.verdict {
                    Verdict::Accepted(seq) => assay_store::Verdict::Placed(Place {
                        seq: *seq,
                        sum: Digest::of(receipt.id, *seq).sum,
                    }),
                    Verdict::Refused(refusal) if refusal.code == RefusalCode::DeviceFork => {
                        assay_store::Verdict::SendAgain
                    }
                    Verdict::Refused(refusal) => assay_store::Verdict::Refused {
                        code: word(refusal.code),
                        message: refusal.message.clone(),
                        hint: refusal.hint.clone(),
                    },
                };
                (receipt.id, verdict)
            })
            .collect(),
        facts: answer.facts.iter().map(arrival).collect(),
        cursor: HubCursor {
            epoch: answer.cursor.epoch.clone(),
            all: answer.cursor.view == View::All,
            seq: answer.cursor.seq,
            mark: answer.cursor.mark.clone(),
        },
    }
}

fn arrival(placed: &Placed) -> Arrival<'_> {
    let fact = &placed.fact;
    Arrival {
        place: Place { seq: placed.seq, sum: Digest::of(fact.id, placed.seq).sum },
        fact: FactRow {
            id: fact.id,
            kind: fact.kind,
            author: fact.author,
            device: fact.device,
            device_no: fact.device_no,
            time: fact.time,
            body: Cow::Borrowed(fact.body.get()),
        },
        carries: placed.carries.iter().map(arrival).collect(),
    }
}

fn word(code: RefusalCode) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
