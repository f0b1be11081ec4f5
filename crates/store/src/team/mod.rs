//! Facts to and from a hub.
//!
//! The one thing that must stay true: what came from the hub and what is known to be there is written in the
//! transaction that moves the cursor, so that a sync cut off at any moment is simply run again (promise 2).
//! And nothing of mine is ever dropped: what the hub refuses stays, with its reason.
//!
//! A fact's `seq` says where it is: null, on this laptop only; positive, at that place on the hub; negative,
//! it was there before everything began to be read again, and was not seen again yet.

mod again;
mod arrived;
mod assign;
mod connect;
mod fork;
mod history;
mod outgoing;
mod reading;
mod refused;
mod take_in;

use std::borrow::Cow;

use assay_model::{DeviceId, FactId, Kind, MemberId, Timestamp};

pub use assign::{Assigned, NewAssignment};
pub use connect::Joining;
pub use history::SyncLine;
pub use refused::Refused;

/// A fact as it travels, whatever its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRow<'a> {
    /// Made where the fact was made.
    pub id: FactId,
    /// What it is.
    pub kind: Kind,
    /// Who did it.
    pub author: MemberId,
    /// On which device.
    pub device: DeviceId,
    /// The how-manieth fact of that device, from 1.
    pub device_no: u64,
    /// When, by that device's clock.
    pub time: Timestamp,
    /// What was done, as JSON.
    pub body: Cow<'a, str>,
}

/// A fact's place on the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From 1 upwards.
    pub seq: u64,
    /// What it adds to the digest.
    pub sum: u64,
}

/// A fact that came from the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival<'a> {
    /// Where it stands.
    pub place: Place,
    /// The fact.
    pub fact: FactRow<'a>,
    /// What it brought along, which is not part of the digest.
    pub carries: Vec<Arrival<'a>>,
}

/// What the hub said of a fact that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is there.
    Placed(Place),
    /// It is not taken: a code for programs, a sentence, what to do.
    Refused {
        /// For programs.
        code: String,
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// It will be sent again under another number.
    SendAgain,
}

/// How far a hub was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubCursor {
    /// Which history of the hub.
    pub epoch: String,
    /// Whether all facts could be seen then, or only what is the member's own.
    pub all: bool,
    /// Everything up to this place was read.
    pub seq: u64,
    /// What the hub says of that place.
    pub mark: String,
}

/// What the hub answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<'a> {
    /// What became of each fact that was sent.
    pub receipts: Vec<(FactId, Verdict)>,
    /// What came, in the hub's order.
    pub facts: Vec<Arrival<'a>>,
    /// How far it was read now.
    pub cursor: HubCursor,
}

/// What an answer changed here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Facts that were not here before.
    pub pulled: u64,
    /// Facts of mine that are now known to be on the hub.
    pub pushed: u64,
    /// Facts of mine that the hub refused for want of what is there now: they are sent again.
    pub freed: u64,
}

/// Where this copy of the project stands with its hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubStanding {
    /// The hub's address.
    pub address: String,
    /// How far it was read.
    pub cursor: Option<HubCursor>,
    /// Why everything is being read again, if it is.
    pub again: Option<String>,
    /// How many facts are known to be on the hub, without samples that came along with an assignment.
    pub digest_count: u64,
    /// The sum of their digests.
    pub digest_sum: u64,
}

/// The tables of facts, in the order in which they are sent.
const TABLES: [(&str, Kind); 8] = [
    ("member", Kind::Member),
    ("member_change", Kind::Member),
    ("settings", Kind::Settings),
    ("rubric", Kind::Rubric),
    ("sample", Kind::Sample),
    ("assignment", Kind::Assignment),
    ("annotation", Kind::Annotation),
    ("resolution", Kind::Resolution),
];
