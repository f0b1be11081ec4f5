//! The hub's database fails in the middle of what it is asked, at a step that chance picks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use assay_hub::{Faults, Step};

use crate::rng::Rng;

/// More steps than most requests take.
const STEPS: usize = 45;

/// The luck of one course. Its chance is its own: what else happens in a course does not depend on it.
pub struct Luck(Mutex<State>);

struct State {
    rng: Rng,
    /// How often a request meets a database that fails, in percent.
    chance: u32,
    /// The thread whose request may meet one, and how many steps go well before.
    armed: Option<(ThreadId, usize)>,
    struck: Option<String>,
}

impl Luck {
    /// Half of all courses have some; which ones, shows in their seed.
    pub fn of(seed: u64) -> Option<Arc<Self>> {
        if seed & 2 == 0 {
            return None;
        }
        let mut rng = Rng::new(!seed);
        let chance = *rng.pick(&[5, 20, 50])?;
        Some(Arc::new(Self(Mutex::new(State { rng, chance, armed: None, struck: None }))))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a request of this thread; answers with it at which step the database failed, if it did.
    pub fn of_request<T>(&self, request: impl FnOnce() -> T) -> (T, Option<String>) {
        {
            let mut state = self.state();
            let chance = state.chance;
            state.armed = None;
            if state.rng.percent(chance) {
                state.armed = Some((thread::current().id(), state.rng.below(STEPS)));
            }
        }
        let answer = request();
        let mut state = self.state();
        state.armed = None;
        (answer, state.struck.take())
    }
}

impl Faults for Luck {
    fn concern_this(&self) -> bool {
        // What the hub does in its own time runs elsewhere, and would make a course another one each time.
        self.state().armed.is_some_and(|(of, _)| of == thread::current().id())
    }

    fn strike(&self, step: Step<'_>) -> bool {
        // Whether this is due depends on what the hub did in its own time.
        if matches!(step, Step::Statement(sql) if sql.contains("SET last_seen")) {
            return false;
        }
        let mut state = self.state();
        let Some((of, left)) = state.armed else { return false };
        state.armed = left.checked_sub(1).map(|left| (of, left));
        if state.armed.is_none() {
            state.struck = Some(format!("{step:?}"));
        }
        state.armed.is_none()
    }
}
