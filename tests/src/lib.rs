//! What crosses crates, end to end: the real window, driven in the system's own webview.
//!
//! The one thing that must stay true: a test leaves nothing behind, neither a process nor a file, however
//! it ends.

#[cfg(target_os = "linux")]
pub mod desktop;
#[cfg(target_os = "linux")]
pub mod hub;
pub mod listener;
#[cfg(target_os = "linux")]
pub mod processes;
pub mod project;
