//! Time, ids and chance, which come in from outside so that tests repeat exactly.

use std::time::{SystemTime, UNIX_EPOCH};

use assay_model::Timestamp;
use uuid::Uuid;

/// Where the hub gets the time, new ids and secrets from.
pub trait World: Send + Sync {
    /// The time now: for expiries and for people to read, never for order.
    fn now(&self) -> Timestamp;
    /// An id that nobody ever had: a UUID of version 7.
    fn id(&self) -> Uuid;
    /// Bytes that nobody can guess.
    ///
    /// # Errors
    /// When the system has none to give.
    fn random(&self, into: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The system gives no random bytes; nothing secret can be made.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random bytes: {0}")]
pub struct NoRandomness(pub String);

/// The machine's clock and randomness.
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

    fn random(&self, into: &mut [u8]) -> Result<(), NoRandomness> {
        getrandom::fill(into).map_err(|error| NoRandomness(error.to_string()))
    }
}
