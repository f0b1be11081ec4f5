//! The deadline of one diff.
//!
//! Invariant: without a deadline no clock is read, so the answer depends on the texts alone.

use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    pub(crate) end: Option<Instant>,
}

impl Clock {
    /// Starts now. A duration too long to be added to the present is no deadline.
    pub(crate) fn start(deadline: Option<Duration>) -> Self {
        Self { end: deadline.and_then(|duration| Instant::now().checked_add(duration)) }
    }

    pub(crate) fn expired(self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }
}
