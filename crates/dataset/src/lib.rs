//! File formats of samples, ratings and training data: streaming readers and writers, and a check of
//! datasets, ours or anyone's. No database, no clock, no randomness.
//!
//! - [`read`]: samples from JSONL, CSV and product events.
//! - [`annotations`], [`resolutions`], [`rubric`]: what people did and what they work by, from files.
//! - [`write`]: label tables and training files, with card, manifest and provenance.
//! - [`check`]: what is wrong with a training dataset.
//!
//! What must stay true: bad input gets a sentence that says where and what to do (promise 8); the same
//! input and options give the same bytes (promise 4); every row can be traced and every dropped row is
//! counted (promise 5); held-out samples and what is nearly them stay out (promise 6).

pub mod annotations;
pub mod check;
mod dates;
mod error;
mod format;
mod hash;
mod lines;
pub mod read;
pub mod resolutions;
pub mod rubric;
pub mod write;

pub use error::{Error, FileError, FileProblem, LineError, plainly};
pub use format::{Format, UnknownFormat};
pub use lines::Lines;
