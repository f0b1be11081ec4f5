//! One sync: what a laptop and a hub say to each other until both hold the same.
//!
//! The conversation is a plain loop over two traits, so that thousands of its courses can be played in one
//! process. Nothing is remembered but what the [`Replica`] keeps: a sync that was cut off is simply run
//! again.

use crate::digest::Digest;
use crate::pages::PAGE_BYTES;
use crate::wire::{
    Cursor, DimensionNumbers, HubCode, HubError, MAX_FACTS, PROTOCOL, Refusal, RefusalCode, SyncAnswer,
    SyncRequest, Verdict, WireFact,
};
use assay_model::{FactId, Role};

/// Why all is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Another hub, or one put back from a backup. Nothing is dropped; what the hub no longer has is sent
    /// again by its authors.
    OtherHistory,
    /// The member may see less or more than before. What they may no longer see leaves the laptop, but for
    /// their own work and the samples it was done on.
    OtherView,
    /// The digests differ.
    Mismatch,
}

/// What the replica has to say at the start of each step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How far was read.
    pub cursor: Option<Cursor>,
    /// Whether all is being read again, and why. Nothing is sent until it was.
    pub again: Option<Again>,
    /// What is here and, by its seq, on the hub; without what was carried along.
    pub digest: Digest,
}

/// What one step did to the replica.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Facts that were not here before.
    pub pulled: u64,
    /// Facts that are now known to be on the hub.
    pub pushed: u64,
    /// Facts that were refused for want of what is on the hub now, and are sent again.
    pub freed: u64,
}

/// The facts on a laptop. Each method is one transaction.
pub trait Replica {
    /// What can go wrong on the laptop.
    type Error;

    /// How far this laptop is.
    fn standing(&self) -> Result<Standing, Self::Error>;
    /// My facts that are not known to be on the hub and were not refused: the first ones, in an order in
    /// which nothing comes before what it names, at most `facts` of about `bytes` bytes in all, at least one
    /// if there is any.
    fn outgoing(&self, facts: usize, bytes: usize) -> Result<Vec<WireFact>, Self::Error>;
    /// Takes in an answer: places and refusals of what was sent, new facts, the new cursor. All or nothing;
    /// the same answer again changes nothing.
    fn apply(&self, answer: &SyncAnswer) -> Result<Applied, Self::Error>;
    /// Takes a new device id, and numbers from 1 what is not on the hub.
    fn fork(&self) -> Result<(), Self::Error>;
    /// Begins to read all again: forgets the cursor and which facts are on the hub.
    fn begin_again(&self, why: Again) -> Result<(), Self::Error>;
    /// All was read again: lets go what the member may no longer see, where that was the reason.
    fn end_again(&self) -> Result<(), Self::Error>;
}

/// Why a request has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TransportError {
    /// The hub answered with an error.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// No answer came: no network, no hub, or one of them went away meanwhile.
    #[error("{0}")]
    Offline(String),
    /// An answer came that no hub gives: a proxy or a sign-in page is in the way.
    #[error("{0}")]
    NotAHub(String),
}

/// The way to a project on a hub.
pub trait Transport {
    /// Sends one request and waits for its answer.
    fn sync(&self, request: &SyncRequest) -> Result<SyncAnswer, TransportError>;

    /// The same, with something that is done meanwhile. A way that cannot do both at once waits first.
    fn sync_while(
        &self,
        request: &SyncRequest,
        meanwhile: &mut dyn FnMut(),
    ) -> Result<SyncAnswer, TransportError> {
        let answer = self.sync(request);
        meanwhile();
        answer
    }
}

/// Why a sync ended early. What was done until then is kept.
#[derive(Debug, thiserror::Error)]
pub enum Error<E> {
    /// On the laptop.
    #[error("{0}")]
    Replica(E),
    /// On the way, or at the hub.
    #[error("{0}")]
    Transport(TransportError),
    /// The person stopped it.
    #[error("stopped")]
    Stopped,
    /// Hub and laptop still differ after everything was read again: a fault of one of them. The work is
    /// safe on both.
    #[error("the hub and this laptop do not hold the same facts, although everything was read again")]
    StillDifferent {
        /// What the laptop holds.
        here: Digest,
        /// What the hub says it should.
        there: Digest,
    },
    /// The hub does not keep to the protocol.
    #[error("the hub’s answers do not fit together: {0}")]
    Nonsense(&'static str),
}

/// How far a sync is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Facts sent and placed so far.
    pub pushed: u64,
    /// Facts received so far.
    pub pulled: u64,
    /// The place in the hub's sequence up to which was read.
    pub seq: u64,
}

/// What a sync did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Facts that are now known to be on the hub.
    pub pushed: u64,
    /// Facts that were not here before.
    pub pulled: u64,
    /// What the hub refused this time.
    pub refused: Vec<(FactId, Refusal)>,
    /// Numbers that changed.
    pub agreement: Vec<DimensionNumbers>,
    /// Dimensions without numbers that could be told; those told before hold no more.
    pub untold: Vec<String>,
    /// How many requests it took.
    pub round_trips: u64,
    /// Whether everything was read again, and why.
    pub again: Option<Again>,
    /// What the member may do now.
    pub role: Option<Role>,
}

impl Again {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Self::OtherHistory => "other_history",
            Self::OtherView => "other_view",
            Self::Mismatch => "mismatch",
        }
    }

    /// From its word.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::OtherHistory, Self::OtherView, Self::Mismatch].into_iter().find(|again| again.word() == word)
    }
}

/// More requests in a row that change nothing than any honest course has.
const MOST_IDLE: u32 = 8;

/// Syncs until nothing is left to send or to read and the digests agree. `watch` hears of each step and may
/// stop the sync by answering `false`; what was done until then is kept.
///
/// # Errors
/// See [`Error`]. Whatever it is, running it again later is right.
pub fn sync<R: Replica>(
    replica: &R,
    transport: &dyn Transport,
    client: &str,
    mut watch: impl FnMut(Progress) -> bool,
) -> Result<Outcome, Error<R::Error>> {
    let mut outcome = Outcome::default();
    let mut idle = 0;
    // Whether something came, on whatever page, for want of which a fact of mine was refused before.
    let mut freed = false;
    // The page that was asked for while the one before it was taken in, and after which place.
    let mut ahead: Option<(Cursor, Result<SyncAnswer, TransportError>)> = None;
    let ask = |cursor, facts| SyncRequest {
        protocol: PROTOCOL,
        client: client.to_owned(),
        cursor,
        facts,
        limit: MAX_FACTS,
    };
    loop {
        let standing = replica.standing().map_err(Error::Replica)?;
        let (sent, answer) = match ahead.take() {
            // It follows what is here, unless the laptop begins again.
            Some((cursor, answer)) if standing.cursor.as_ref() == Some(&cursor) => (0, answer),
            _ => {
                let facts = match standing.again {
                    Some(_) => Vec::new(),
                    None => replica.outgoing(MAX_FACTS, PAGE_BYTES).map_err(Error::Replica)?,
                };
                outcome.round_trips += 1;
                (facts.len(), transport.sync(&ask(standing.cursor.clone(), facts)))
            }
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(TransportError::Hub(error)) if again_for(error.code).is_some() => {
                idle += 1;
                if idle > MOST_IDLE {
                    return Err(Error::Nonsense("it asks to read from the beginning again and again"));
                }
                let why = again_for(error.code).unwrap_or(Again::Mismatch);
                replica.begin_again(why).map_err(Error::Replica)?;
                outcome.again = Some(why);
                continue;
            }
            Err(error) => return Err(Error::Transport(error)),
        };
        if answer.receipts.len() != sent {
            return Err(Error::Nonsense("it does not answer for each fact"));
        }
        // While there is more to read and nothing on the way, the next page is fetched while this one is written.
        let applied = if answer.more && sent == 0 {
            outcome.round_trips += 1;
            let mut applied = None;
            let next = ask(Some(answer.cursor.clone()), Vec::new());
            let fetched = transport.sync_while(&next, &mut || applied = Some(replica.apply(&answer)));
            ahead = Some((answer.cursor.clone(), fetched));
            applied.unwrap_or_else(|| replica.apply(&answer))
        } else {
            replica.apply(&answer)
        };
        let applied = applied.map_err(Error::Replica)?;
        outcome.pushed += applied.pushed;
        outcome.pulled += applied.pulled;
        freed |= applied.freed > 0;
        outcome.role = Some(answer.role);
        for numbers in answer.agreement {
            outcome.agreement.retain(|there| there.dimension != numbers.dimension);
            outcome.untold.retain(|dimension| *dimension != numbers.dimension);
            outcome.agreement.push(numbers);
        }
        for dimension in answer.untold {
            outcome.agreement.retain(|there| there.dimension != dimension);
            outcome.untold.retain(|there| *there != dimension);
            outcome.untold.push(dimension);
        }
        let mut forked = false;
        let refused_before = outcome.refused.len();
        for receipt in answer.receipts {
            match receipt.verdict {
                Verdict::Refused(refusal) if refusal.code == RefusalCode::DeviceFork => forked = true,
                Verdict::Refused(refusal) => outcome.refused.push((receipt.id, refusal)),
                Verdict::Accepted(_) => {}
            }
        }
        let progress = Progress { pushed: outcome.pushed, pulled: outcome.pulled, seq: answer.cursor.seq };
        if !watch(progress) {
            return Err(Error::Stopped);
        }
        let moved = standing.cursor.is_none_or(|cursor| cursor.seq != answer.cursor.seq);
        // What is refused is not sent again by itself.
        let refused = outcome.refused.len() > refused_before;
        idle = if moved || refused || applied != Applied::default() { 0 } else { idle + 1 };
        if idle > MOST_IDLE {
            return Err(Error::Nonsense("nothing moves"));
        }
        if forked {
            replica.fork().map_err(Error::Replica)?;
            continue;
        }
        if answer.more {
            continue;
        }
        if standing.again.is_some() {
            replica.end_again().map_err(Error::Replica)?;
            if let Some(there) = answer.digest {
                let here = replica.standing().map_err(Error::Replica)?.digest;
                if here != there {
                    return Err(Error::StillDifferent { here, there });
                }
            }
            // What was mine and is not on the hub any more is sent again.
            continue;
        }
        if let Some(there) = answer.digest {
            let here = replica.standing().map_err(Error::Replica)?.digest;
            if here != there {
                if outcome.again == Some(Again::Mismatch) {
                    return Err(Error::StillDifferent { here, there });
                }
                replica.begin_again(Again::Mismatch).map_err(Error::Replica)?;
                outcome.again = Some(Again::Mismatch);
                continue;
            }
        }
        // What was written while the answer was under way goes with the next sync, unless there was more
        // than one page to send, or what was refused before can be sent now.
        let goes_on = sent > 0 || std::mem::take(&mut freed);
        if !goes_on || replica.outgoing(1, 1).map_err(Error::Replica)?.is_empty() {
            return Ok(outcome);
        }
    }
}

fn again_for(code: HubCode) -> Option<Again> {
    match code {
        HubCode::EpochChanged => Some(Again::OtherHistory),
        HubCode::ViewChanged => Some(Again::OtherView),
        _ => None,
    }
}
