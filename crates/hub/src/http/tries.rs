//! Invites that did not work, counted for each address, so that codes cannot be tried at leisure.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use assay_sync::wire::{HubCode, HubError};

use crate::say;

/// How long until one failure is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(6);
/// Addresses that are remembered; beyond that those are dropped whose failures are forgotten soonest.
const ADDRESSES: usize = 10_000;

/// Failures by address. A success costs nothing, so that an office of many people joins at once.
pub(super) struct Tries {
    most: u32,
    /// When the last failure of an address will be forgotten.
    until: Mutex<HashMap<IpAddr, Instant>>,
}

impl Tries {
    pub(super) fn new(most: u32) -> Self {
        Self { most: most.max(1), until: Mutex::default() }
    }

    /// Whether an address may try.
    ///
    /// # Errors
    /// `too_many`, with the time to wait.
    pub(super) fn check(&self, address: IpAddr, now: Instant) -> Result<(), HubError> {
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let owed = until.get(&network(address)).map_or(Duration::ZERO, |until| until.duration_since(now));
        let limit = FORGOTTEN * (self.most - 1);
        if owed <= limit {
            return Ok(());
        }
        let wait = (owed - limit).as_secs() + 1;
        let mut error = say::error(
            HubCode::TooMany,
            "too many invites from this address did not work",
            format!("wait {wait} seconds, then try again"),
        );
        error.retry_after = Some(wait);
        Err(error)
    }

    /// An invite from this address did not work.
    pub(super) fn failed(&self, address: IpAddr, now: Instant) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.len() >= ADDRESSES {
            until.retain(|_, until| *until > now);
        }
        if until.len() >= ADDRESSES {
            let soonest = until.iter().min_by_key(|(_, until)| **until).map(|(address, _)| *address);
            soonest.and_then(|address| until.remove(&address));
        }
        let most = now + FORGOTTEN * self.most;
        let there = until.entry(network(address)).or_insert(now);
        *there = ((*there).max(now) + FORGOTTEN).min(most);
    }
}

/// Whoever has one IPv6 address has a whole network of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::time::{Duration, Instant};

    use super::Tries;

    #[test]
    fn whoever_fails_too_often_waits_and_may_try_again_later() {
        let (tries, now) = (Tries::new(3), Instant::now());
        let one: IpAddr = "192.0.2.1".parse().unwrap();
        for _ in 0..3 {
            tries.check(one, now).unwrap();
            tries.failed(one, now);
        }
        let refused = tries.check(one, now).unwrap_err();
        let wait = refused.retry_after.unwrap();
        assert!((1..=7).contains(&wait), "{refused:?}");
        assert!(tries.check(one, now + Duration::from_secs(wait)).is_ok());
        assert!(tries.check("192.0.2.2".parse().unwrap(), now).is_ok(), "others need not wait");
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let (tries, now) = (Tries::new(1), Instant::now());
        tries.failed("2001:db8::1".parse().unwrap(), now);
        assert!(tries.check("2001:db8::ffff".parse().unwrap(), now).is_err());
        assert!(tries.check("2001:db8:0:1::1".parse().unwrap(), now).is_ok());
        tries.failed("192.0.2.1".parse().unwrap(), now);
        assert!(tries.check("::ffff:192.0.2.1".parse().unwrap(), now).is_err());
    }
}
