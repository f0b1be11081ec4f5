//! Which tokens of two texts belong together: the one place that calls `similar`.
//!
//! Invariant: the runs found are in order on both sides, do not overlap, and pair equal tokens only.

use crate::clock::Clock;
use similar::Algorithm;
use similar::algorithms::{DiffHook, diff_slices_deadline};
use std::convert::Infallible;

/// `len` tokens from `old` on that equal `len` tokens from `new` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) old: usize,
    pub(crate) new: usize,
    pub(crate) len: usize,
}

struct Runs(Vec<Run>);

impl DiffHook for Runs {
    type Error = Infallible;

    fn equal(&mut self, old: usize, new: usize, len: usize) -> Result<(), Infallible> {
        match self.0.last_mut() {
            Some(last) if last.old + last.len == old && last.new + last.len == new => last.len += len,
            _ if len > 0 => self.0.push(Run { old, new, len }),
            _ => {}
        }
        Ok(())
    }
}

/// From so many tokens on, `similar` first pairs the tokens that occur once on either side. In prose there
/// are many, and the search between them is short; in a short text they cost more than they save.
const ANCHORED: usize = 1024;

/// The runs of equal numbers in `old` and `new`. When the clock runs out, fewer than there are.
pub(crate) fn align(old: &[u32], new: &[u32], clock: Clock) -> Vec<Run> {
    let mut runs = Runs(Vec::with_capacity(64));
    let by = if old.len().min(new.len()) < ANCHORED { Algorithm::Myers } else { Algorithm::Patience };
    match diff_slices_deadline(by, &mut runs, old, new, clock.end) {
        Ok(()) => runs.0,
    }
}
