//! The hub over HTTP.
//!
//! What the hub answers to is one table of [`operation`]s: the router and the OpenAPI document are both made
//! from it, so that neither can know what the other does not. Every answer that is no success is a
//! [`HubError`](assay_sync::wire::HubError), whatever went wrong.
//!
//! What must stay true: nothing secret (a token, an invite's code, a database's address) is written to the
//! log, and load is met by waiting: requests queue for a turn, and none is refused for being many.

mod body;
mod failure;
mod gate;
mod listen;
mod metrics;
mod observe;
mod openapi;
mod operation;
mod operations;
mod peer;
mod tries;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assay_model::{MemberId, ProjectId};
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use ipnet::IpNet;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::Hub;
use failure::Failure;
pub use listen::{Tls, TlsError, serve};
use metrics::Metrics;
use operation::Operation;
pub use peer::Peer;
use tries::Tries;

/// How a hub is served.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Encrypts; plain HTTP without it.
    pub tls: Option<Tls>,
    /// Whose `X-Forwarded-For` is believed; nobody's where it is empty.
    pub trusted_proxies: Vec<IpNet>,
    /// Invites that do not work, from one address, before it has to wait; one more is free every six seconds.
    pub failed_joins: u32,
    /// Requests that are worked on at the same time; others wait for their turn.
    pub at_once: usize,
    /// How long a request may take once it has arrived, waiting included.
    pub patience: Duration,
    /// How long a request may take to arrive.
    pub arrival: Duration,
    /// How long requests under way may still take when the hub stops.
    pub farewell: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tls: None,
            trusted_proxies: Vec::new(),
            failed_joins: 10,
            at_once: 32,
            // Laptops give up after 120 s.
            patience: Duration::from_secs(100),
            arrival: Duration::from_secs(100),
            farewell: Duration::from_secs(30),
        }
    }
}

/// The most bytes of requests that are arriving or waiting, all together.
const WAITING_BYTES: usize = 256 << 20;

/// What all requests share.
struct Server {
    hub: Hub,
    settings: Settings,
    /// Turns to be worked on.
    turns: Arc<Semaphore>,
    /// Room for requests that have not been worked on yet, in KiB.
    room: Arc<Semaphore>,
    tries: Tries,
    metrics: Metrics,
    /// The document at `/openapi.json`.
    document: String,
    /// Who is who in which project, for the log: it never changes.
    names: Mutex<HashMap<(Uuid, ProjectId), MemberId>>,
}

type Shared = Arc<Server>;

/// The hub's answers to requests, whatever brings them. Each request should have a [`Peer`] among its
/// extensions.
pub fn router(hub: Hub, settings: Settings) -> Router {
    let operations = operations::all();
    let document = openapi::document(&operations).to_string();
    let server = Arc::new(Server {
        turns: Arc::new(Semaphore::new(settings.at_once.max(1))),
        room: Arc::new(Semaphore::new(WAITING_BYTES >> 10)),
        tries: Tries::new(settings.failed_joins),
        metrics: Metrics::default(),
        document,
        names: Mutex::default(),
        hub,
        settings,
    });
    let mut router = Router::new();
    for (path, operations) in by_path(operations) {
        router = router.route(path, methods(&server, operations));
    }
    router
        .fallback(|| async { Failure::no_such_address().answer() })
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&server), observe::observe))
}

/// The document of the hub's API, OpenAPI 3.1.
pub fn openapi() -> serde_json::Value {
    openapi::document(&operations::all())
}

fn by_path(operations: Vec<Operation>) -> Vec<(&'static str, Vec<Operation>)> {
    let mut paths: Vec<(&'static str, Vec<Operation>)> = Vec::new();
    for operation in operations {
        match paths.iter_mut().find(|(path, _)| *path == operation.path) {
            Some((_, there)) => there.push(operation),
            None => paths.push((operation.path, vec![operation])),
        }
    }
    paths
}

fn methods(server: &Shared, operations: Vec<Operation>) -> MethodRouter {
    let mut allowed: Vec<&str> = operations.iter().map(|operation| operation.method.as_str()).collect();
    if allowed.contains(&"GET") {
        allowed.push("HEAD");
    }
    let allowed = allowed.join(", ");
    let mut router = MethodRouter::new();
    for operation in operations {
        let filter = MethodFilter::try_from(operation.method.clone()).unwrap_or(MethodFilter::GET);
        let (server, operation) = (Arc::clone(server), Arc::new(operation));
        router = router.on(filter, move |request: Request| {
            gate::answer(Arc::clone(&server), Arc::clone(&operation), request)
        });
    }
    router.fallback(move |method: Method| {
        let allowed = HeaderValue::from_str(&allowed).ok();
        async move { wrong_method(&method, allowed) }
    })
}

fn wrong_method(method: &Method, allowed: Option<HeaderValue>) -> Response {
    let mut answer = Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        crate::say::bad_request(
            format!("{method} is not possible at this address"),
            "the hub’s addresses are described at /openapi.json",
        ),
    )
    .answer();
    if let Some(allowed) = allowed {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    answer
}
