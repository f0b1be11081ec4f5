//! The way between laptops and the hub, on which everything can happen, and laptops that die on it.

use std::cell::Cell;

use assay_api::{ApiError, Laptop as Copy};
use assay_model::MemberId;
use assay_store::Store;
use assay_sync::client::{self, Again, Applied, Outcome, Replica, Standing, Transport, TransportError};
use assay_sync::wire::{HubCode, HubError, MAX_FACTS, SyncAnswer, SyncRequest, WireFact};

use crate::sim::{Fault, Sim, text};

/// A request with the token that was shown with it.
#[derive(Clone)]
pub struct Letter {
    pub member: MemberId,
    pub token: String,
    pub request: SyncRequest,
}

/// What may happen to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Arrives,
    /// It never arrives.
    Lost,
    /// It arrives, and the answer does not.
    AnswerLost,
    /// It arrives twice.
    Twice,
    /// The laptop gives up, and it arrives later.
    Late,
    /// It arrives, and a copy of it again, later.
    TwiceLate,
    /// Half of the answer arrives.
    CutOff,
    /// The hub dies before it arrives.
    HubDies,
    /// The hub dies after the commit.
    HubDiesAfter,
    /// Others go on before it arrives.
    Meanwhile,
    /// Others go on before the answer arrives.
    MeanwhileAfter,
}

const FATES: [(u32, Fate); 10] = [
    (3, Fate::Lost),
    (3, Fate::AnswerLost),
    (2, Fate::Twice),
    (2, Fate::Late),
    (1, Fate::TwiceLate),
    (1, Fate::CutOff),
    (1, Fate::HubDies),
    (1, Fate::HubDiesAfter),
    (3, Fate::Meanwhile),
    (3, Fate::MeanwhileAfter),
];

/// How deep what happens meanwhile may go.
const DEPTH: u32 = 2;

struct Net<'s> {
    sim: &'s Sim,
    laptop: usize,
    /// The most facts of an answer.
    limit: usize,
    chaos: u32,
}

impl Net<'_> {
    fn fate(&self) -> Fate {
        let deep = self.sim.depth.get() >= DEPTH;
        self.sim.with(|state| {
            if !state.rng.percent(self.chaos) {
                return Fate::Arrives;
            }
            let fate = state.rng.weighted(&FATES);
            if deep && matches!(fate, Fate::Meanwhile | Fate::MeanwhileAfter) { Fate::Arrives } else { fate }
        })
    }

    /// A fault that was found on the way ends the course: it is kept, and looks like no network.
    fn keep(&self, fault: Fault) -> TransportError {
        self.sim.with(|state| {
            state.fault.get_or_insert(fault);
        });
        offline()
    }

    fn deliver(&self, letter: &Letter) -> Result<SyncAnswer, TransportError> {
        match self.sim.deliver(letter) {
            Ok(answer) => answer.map_err(TransportError::Hub),
            Err(fault) => Err(self.keep(fault)),
        }
    }

    fn meanwhile(&self) {
        self.sim.depth.set(self.sim.depth.get() + 1);
        if let Err(fault) = self.sim.act() {
            self.keep(fault);
        }
        self.sim.depth.set(self.sim.depth.get() - 1);
    }
}

fn offline() -> TransportError {
    TransportError::Offline("no network".to_owned())
}

impl Transport for Net<'_> {
    fn sync(&self, request: &SyncRequest) -> Result<SyncAnswer, TransportError> {
        // As it is read at the other end.
        let mut request: SyncRequest = serde_json::from_slice(&serde_json::to_vec(request).unwrap()).unwrap();
        request.limit = self.limit;
        let letter = self.sim.with(|state| {
            let laptop = &state.laptops[self.laptop];
            Letter { member: laptop.member, token: laptop.token.clone(), request }
        });
        let fate = self.fate();
        if fate != Fate::Arrives {
            self.sim.note(|| format!("  request of laptop {}: {fate:?}", self.laptop));
        }
        match fate {
            Fate::Arrives => self.deliver(&letter),
            Fate::Lost => Err(offline()),
            Fate::AnswerLost => self.deliver(&letter).and(Err(offline())),
            Fate::Twice => {
                let _first = self.deliver(&letter);
                self.deliver(&letter)
            }
            Fate::Late | Fate::TwiceLate => {
                self.sim.with(|state| state.late.push(letter.clone()));
                if fate == Fate::Late { Err(offline()) } else { self.deliver(&letter) }
            }
            Fate::CutOff => {
                let answer = serde_json::to_vec(&self.deliver(&letter)?).unwrap();
                let half = &answer[..answer.len() * 2 / 3];
                match serde_json::from_slice::<SyncAnswer>(half) {
                    Ok(_) => Err(self.keep("half an answer passes for a whole one".to_owned())),
                    Err(error) => Err(TransportError::NotAHub(error.to_string())),
                }
            }
            Fate::HubDies => {
                self.sim.with(|state| state.place.crash());
                Err(offline())
            }
            Fate::HubDiesAfter => {
                let _lost = self.deliver(&letter);
                self.sim.with(|state| state.place.crash());
                Err(offline())
            }
            Fate::Meanwhile => {
                self.meanwhile();
                self.deliver(&letter)
            }
            Fate::MeanwhileAfter => {
                let answer = self.deliver(&letter);
                self.meanwhile();
                answer
            }
        }
    }
}

/// A laptop that may die when something is to be written: before or after its commit.
struct Mortal<'a> {
    copy: Copy<'a>,
    /// The most facts that it sends at once.
    most: usize,
    /// How many writes it has left, and whether the last one is still made.
    dies: Cell<Option<(u32, bool)>>,
}

#[derive(Debug)]
enum Death {
    Died,
    Failed(ApiError),
}

impl std::fmt::Display for Death {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Died => f.write_str("the laptop died"),
            Self::Failed(error) => write!(f, "{error:?}"),
        }
    }
}

impl Mortal<'_> {
    fn write<T>(&self, write: impl FnOnce() -> Result<T, ApiError>) -> Result<T, Death> {
        match self.dies.get() {
            Some((0, after)) => {
                if after {
                    write().map_err(Death::Failed)?;
                }
                Err(Death::Died)
            }
            Some((left, after)) => {
                self.dies.set(Some((left - 1, after)));
                write().map_err(Death::Failed)
            }
            None => write().map_err(Death::Failed),
        }
    }
}

impl Replica for Mortal<'_> {
    type Error = Death;

    fn standing(&self) -> Result<Standing, Death> {
        self.copy.standing().map_err(Death::Failed)
    }

    fn outgoing(&self, facts: usize, bytes: usize) -> Result<Vec<WireFact>, Death> {
        self.copy.outgoing(facts.min(self.most), bytes).map_err(Death::Failed)
    }

    fn apply(&self, answer: &SyncAnswer) -> Result<Applied, Death> {
        self.write(|| self.copy.apply(answer))
    }

    fn fork(&self) -> Result<(), Death> {
        self.write(|| self.copy.fork())
    }

    fn begin_again(&self, why: Again) -> Result<(), Death> {
        self.write(|| self.copy.begin_again(why))
    }

    fn end_again(&self) -> Result<(), Death> {
        self.write(|| self.copy.end_again())
    }
}

/// How a sync ended.
pub enum Synced {
    Whole(Outcome),
    /// No network, or the like.
    Broken,
    /// The hub does not serve this laptop: removed, revoked.
    Closed,
}

impl Sim {
    /// Brings a request to the hub, and looks at what it did.
    pub fn deliver(&self, letter: &Letter) -> Result<Result<SyncAnswer, HubError>, Fault> {
        let hub = self.hub();
        let request = || {
            self.rt.block_on(async {
                let caller = hub.authenticate(&letter.token).await?;
                hub.sync(self.project, &caller, letter.request.clone()).await
            })
        };
        let (answer, struck) = self.by_luck(request)?;
        self.look_at_hub()?;
        match answer {
            Err(error) if struck => Ok(Err(error)),
            Ok(answer) => {
                let answer: SyncAnswer = serde_json::from_slice(&serde_json::to_vec(&answer).unwrap())
                    .map_err(|e| e.to_string())?;
                self.with(|state| state.ledger.check(letter.member, &letter.request, &answer))?;
                Ok(Ok(answer))
            }
            Err(error) => {
                must_be_said(&error)?;
                Ok(Err(error))
            }
        }
    }

    /// A request that was on its way for long.
    pub fn deliver_late(&self) -> Result<(), Fault> {
        let letter = self.with(|state| {
            let at = state.rng.below(state.late.len());
            (!state.late.is_empty()).then(|| state.late.swap_remove(at))
        });
        let Some(letter) = letter else { return Ok(()) };
        self.note(|| format!("a late request with {} facts arrives", letter.request.facts.len()));
        let _nobody_waits = self.deliver(&letter)?;
        Ok(())
    }

    pub fn sync_calmly(&self, laptop: usize) -> Result<Synced, Fault> {
        let limit = self.with(|state| *state.rng.pick(&[3, 20, MAX_FACTS]).unwrap_or(&MAX_FACTS));
        let net = Net { sim: self, laptop, limit, chaos: 0 };
        self.sync_by(&net, None)
    }

    pub fn sync_wildly(&self, laptop: usize) -> Result<Synced, Fault> {
        let (limit, dies) = self.with(|state| {
            let limit = *state.rng.pick(&[1, 2, 5, MAX_FACTS]).unwrap_or(&MAX_FACTS);
            let dies = state.rng.percent(self.chaos / 2);
            (limit, dies.then(|| (state.rng.below(5) as u32, state.rng.percent(50))))
        });
        let net = Net { sim: self, laptop, limit, chaos: self.chaos };
        self.sync_by(&net, dies.filter(|_| self.with(|state| state.laptops[laptop].busy) == 0))
    }

    fn sync_by(&self, net: &Net<'_>, dies: Option<(u32, bool)>) -> Result<Synced, Fault> {
        let laptop = net.laptop;
        let (store, most): (Store, usize) = self.with(|state| {
            state.laptops[laptop].busy += 1;
            (state.laptops[laptop].store.clone(), *state.rng.pick(&[1, 3, MAX_FACTS]).unwrap_or(&MAX_FACTS))
        });
        let mortal = Mortal { copy: Copy(&store), most, dies: Cell::new(dies) };
        let synced = client::sync(&mortal, net, "course", |_| true);
        drop(store);
        let alone = self.with(|state| {
            state.laptops[laptop].busy -= 1;
            state.laptops[laptop].busy == 0
        });
        if let Some(fault) = self.with(|state| state.fault.take()) {
            return Err(fault);
        }
        match synced {
            Ok(outcome) => Ok(Synced::Whole(outcome)),
            Err(client::Error::Replica(Death::Died)) => {
                if alone {
                    self.crash_laptop(laptop)?;
                }
                Ok(Synced::Broken)
            }
            Err(client::Error::Transport(TransportError::Hub(error))) => match error.code {
                HubCode::NotAllowed | HubCode::NotSignedIn => {
                    self.note(|| format!("  laptop {laptop} is told: {}", error.message));
                    Ok(Synced::Closed)
                }
                // Its database failed.
                HubCode::Unavailable => Ok(Synced::Broken),
                _ => Err(text(error)),
            },
            Err(client::Error::Transport(_)) => Ok(Synced::Broken),
            // While others write between an answer and the look at the digest, they may differ twice.
            Err(client::Error::StillDifferent { .. }) if net.chaos > 0 => Ok(Synced::Broken),
            Err(error) => Err(format!("laptop {laptop} cannot sync: {error}")),
        }
    }
}

/// A hub may refuse, but not fail.
pub fn must_be_said(error: &HubError) -> Result<(), Fault> {
    match error.code {
        HubCode::Internal | HubCode::Unavailable | HubCode::BadRequest | HubCode::TooLarge => {
            Err(format!("the hub fails: {error:?}"))
        }
        _ => Ok(()),
    }
}
