//! What travels between a laptop and a hub, and the laptop's side of it.
//!
//! - [`wire`]: every request and answer of protocol version [`wire::PROTOCOL`], as JSON.
//! - [`digest`]: an order-free hash by which both sides see that they hold the same facts.
//! - [`client`]: one sync, as a conversation between a [`client::Replica`] (the facts on the laptop) and a
//!   [`client::Transport`] (the way to the hub).
//! - [`pages`]: how bodies are compressed, and how large they may be.
//!
//! The one thing that must stay true: any request may be cut off, repeated, reordered or delayed, and the
//! outcome is the same (promise 2). So each request says all that the hub must know, an answer that was
//! lost is asked for again, and nothing is kept between two requests.

pub mod client;
pub mod digest;
#[cfg(feature = "http")]
pub mod http;
pub mod pages;
pub mod secret;
mod whole;
pub mod wire;
