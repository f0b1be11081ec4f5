//! Requests and answers: plain data, one file a noun. What a command takes and gives is declared here and
//! nowhere else; the TypeScript of the window is generated from it.

mod agreement;
mod diff;
mod export;
mod grade;
mod import;
mod job;
mod project;
mod rubric;
mod samples;
mod team;

pub use agreement::*;
pub use diff::*;
pub use export::*;
pub use grade::*;
pub use import::*;
pub use job::*;
pub use project::*;
pub use rubric::*;
pub use samples::*;
pub use team::*;
