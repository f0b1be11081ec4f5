//! The command line, as scripts and people use it: each test is a promise about `assay`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod agreement;
mod bad_input;
mod contract;
mod harness;
mod serve;
mod team;
