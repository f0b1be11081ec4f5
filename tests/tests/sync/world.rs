//! One true time for all, clocks that are wrong by some, and ids that nobody else has.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use assay_hub::NoRandomness;
use assay_model::Timestamp;
use uuid::Uuid;

use crate::rng::mix;

/// The true time, and how many ids and random bytes were given.
pub struct Clock {
    seed: u64,
    now: AtomicI64,
    count: AtomicU64,
}

impl Clock {
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self { seed, now: AtomicI64::new(1_767_603_600_000), count: AtomicU64::new(1) })
    }

    pub fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    fn next(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }
}

/// The world as one machine sees it.
pub struct Machine {
    clock: Arc<Clock>,
    /// By how much its clock is wrong, in milliseconds.
    skew: i64,
}

impl Machine {
    pub fn new(clock: &Arc<Clock>, skew: i64) -> Arc<Self> {
        Arc::new(Self { clock: Arc::clone(clock), skew })
    }

    fn time(&self) -> i64 {
        self.clock.now.fetch_add(1, Ordering::Relaxed) + self.skew
    }

    fn uuid(&self) -> Uuid {
        // Sorted by this machine's clock, as ids of version 7 are; the rest tells it from all others.
        let (n, ms) = (self.clock.next(), self.clock.now.load(Ordering::Relaxed) + self.skew);
        let mut rest = [0; 10];
        rest[2..].copy_from_slice(&n.to_be_bytes());
        let mixed = mix(self.clock.seed ^ n).to_be_bytes();
        rest[..2].copy_from_slice(&mixed[..2]);
        rest[3] = mixed[2];
        uuid::Builder::from_unix_timestamp_millis(ms.max(0) as u64, &rest).into_uuid()
    }
}

impl assay_store::World for Machine {
    fn now(&self) -> Timestamp {
        Timestamp(self.time())
    }

    fn id(&self) -> Uuid {
        self.uuid()
    }
}

impl assay_hub::World for Machine {
    fn now(&self) -> Timestamp {
        Timestamp(self.time())
    }

    fn id(&self) -> Uuid {
        self.uuid()
    }

    fn random(&self, into: &mut [u8]) -> Result<(), NoRandomness> {
        for byte in into {
            *byte = (mix(self.clock.seed.wrapping_add(self.clock.next())) >> 56) as u8;
        }
        Ok(())
    }
}

impl Machine {
    /// A token made on this machine.
    pub fn token(&self) -> String {
        let mut random = [0; 32];
        for part in random.chunks_mut(8) {
            part.copy_from_slice(&mix(self.clock.seed ^ self.clock.next()).to_be_bytes());
        }
        assay_sync::secret::token(random)
    }
}
