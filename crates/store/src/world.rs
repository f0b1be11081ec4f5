//! Time, ids and chance, which come in from outside so that tests and exports repeat exactly.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use assay_model::Timestamp;
use uuid::Uuid;

/// Where the store gets the time and new ids from.
pub trait World: Send + Sync {
    /// The time now. Shown to people, never used for order.
    fn now(&self) -> Timestamp;
    /// An id that nobody ever had: a UUID of version 7.
    fn id(&self) -> Uuid;
}

/// The machine's clock and random ids.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemWorld;

impl World for SystemWorld {
    fn now(&self) -> Timestamp {
        // A clock before 1970 is a broken clock; 0 shows as such and breaks nothing.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// A world that repeats: time starts at a fixed moment and goes on by one second at each look, ids count
/// up. Two worlds with different seeds share no id.
#[derive(Debug)]
pub struct TestWorld {
    seed: u64,
    looks: AtomicU64,
    ids: AtomicU64,
}

/// 2026-01-05T09:00:00Z, when time starts in a [`TestWorld`].
const START_MS: u64 = 1_767_603_600_000;

impl TestWorld {
    /// A world of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, looks: AtomicU64::new(0), ids: AtomicU64::new(0) }
    }
}

impl Default for TestWorld {
    fn default() -> Self {
        Self::new(0)
    }
}

impl World for TestWorld {
    fn now(&self) -> Timestamp {
        let ms = START_MS + 1000 * self.looks.fetch_add(1, Ordering::Relaxed);
        Timestamp(ms as i64)
    }

    fn id(&self) -> Uuid {
        // Like a version 7: 48 bits of time, then what tells apart.
        let n = self.ids.fetch_add(1, Ordering::Relaxed);
        let high = (START_MS + n) << 16;
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&high.to_be_bytes());
        bytes[8..].copy_from_slice(&self.seed.to_be_bytes());
        uuid::Builder::from_bytes(bytes)
            .with_version(uuid::Version::SortRand)
            .with_variant(uuid::Variant::RFC4122)
            .into_uuid()
    }
}
