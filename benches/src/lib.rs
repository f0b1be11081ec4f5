//! Measured promises: what the benchmarks share.

pub mod figures;
pub mod laptops;
pub mod nouns;
pub mod place;
pub mod served;
pub mod team;
pub mod wiretap;

/// The allocator of the programs that are measured here.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// The throwaway server of the hub's tests. It is for tests, so it ends with the program when something is
// amiss, and not every part of it is used here.
#[path = "../../crates/hub/tests/common/postgres.rs"]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark without its database ends there")]
pub mod postgres;
