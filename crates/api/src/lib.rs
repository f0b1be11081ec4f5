//! Every use case of Assay, once, with typed requests, answers and errors.
//!
//! The shells (the window, the command line, the loopback server) hold no decisions: what a button does,
//! the command line can do, through the same function here. The one thing that must stay true: a command
//! that answers with an error has changed nothing.

mod agreement;
mod app;
mod assignments;
mod commands;
mod convert;
pub mod demo;
mod diff;
mod error;
mod export;
mod grade;
mod home;
mod import;
mod jobs;
mod may;
mod people;
pub mod render;
mod rubric;
mod samples;
mod stats;
mod team;
mod typescript;
pub mod wire;

pub use agreement::options as agreement_options;
pub use app::{App, AppOptions, Listener, default_home};
pub use commands::{NAMES, dispatch};
pub use error::{ApiError, ErrorCode, Place, Result};
pub use team::Laptop;
pub use typescript::types as typescript_types;
pub use wire::Event;
