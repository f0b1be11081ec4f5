//! The way of a request: who it is from, what it brings, its turn, its answer.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use assay_model::{MemberId, ProjectId};
use assay_sync::pages;
use assay_sync::wire::{HubCode, HubError};
use axum::RequestExt;
use axum::body::Body;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::failure::Failure;
use super::observe::Seen;
use super::operation::{Access, Call, Operation, Reply};
use super::peer::{Peer, origin};
use super::{Server, Shared, body};
use crate::people::Caller;
use crate::say;

/// Answers a request to an operation.
pub(super) async fn answer(server: Shared, operation: Arc<Operation>, request: Request) -> Response {
    let mut seen = Seen::default();
    let packs = takes_zstd(request.headers());
    let reply = enter(&server, &operation, request, &mut seen).await;
    let mut answer = match reply {
        Ok(reply) => send(reply, packs),
        Err(failure) => failure.answer(),
    };
    answer.extensions_mut().insert(seen);
    answer
}

async fn enter(
    server: &Shared,
    operation: &Arc<Operation>,
    mut request: Request,
    seen: &mut Seen,
) -> Result<Reply, Failure> {
    let places = places(&mut request).await?;
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let from = origin(peer, request.headers(), &server.settings.trusted_proxies);
    if operation.counts_failures {
        server.tries.check(from, Instant::now())?;
    }
    let caller = match operation.access {
        Access::Open => None,
        _ => Some(server.turn(who(server, request.headers())).await??),
    };
    if let (Some(caller), Some(project)) = (&caller, places.get("project").and_then(|id| id.parse().ok())) {
        seen.project = Some(project);
        seen.member = server.member(caller, project).await;
    }
    let call = Call { server: Arc::clone(server), hub: server.hub.clone(), places, caller, body: Vec::new() };
    let outcome = if operation.takes.is_some() {
        bring(server, operation, call, request).await
    } else if operation.at_once {
        (operation.run)(call).await.map_err(Failure::from)
    } else {
        work(server, operation, call).await
    };
    if operation.counts_failures && outcome.as_ref().is_err_and(|it| it.error.code == HubCode::BadInvite) {
        server.tries.failed(from, Instant::now());
    }
    outcome
}

/// What stands in the address for each name in braces.
async fn places(request: &mut Request) -> Result<HashMap<String, String>, Failure> {
    let params = request.extract_parts::<RawPathParams>().await.map_err(|_| Failure::no_such_address())?;
    Ok(params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// Whose token the request shows.
async fn who(server: &Server, headers: &HeaderMap) -> Result<Caller, HubError> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.ok_or_else(|| say::not_signed_in("the request shows no token"))?;
    let (scheme, token) = shown.split_once(' ').unwrap_or((shown, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(say::not_signed_in("the request shows no token"));
    }
    server.hub.authenticate(token.trim()).await
}

/// Takes the body in, and works on it.
async fn bring(
    server: &Shared,
    operation: &Arc<Operation>,
    mut call: Call,
    request: Request,
) -> Result<Reply, Failure> {
    let packing = body::packing(request.headers())?;
    let said = body::said_length(request.headers());
    if said.is_some_and(|said| said > operation.largest) {
        return Err(Failure::too_large(operation.largest));
    }
    // Many may be on their way at once, but not more than there is memory for.
    let kib = u32::try_from(said.unwrap_or(operation.largest).div_ceil(1024).max(1)).unwrap_or(u32::MAX);
    let _room = tokio::time::timeout(server.settings.patience, server.room.acquire_many(kib))
        .await
        .map_err(|_| Failure::too_busy())?
        .map_err(|_| crate::db::internal())?;
    let packed = body::read(request.into_body(), operation.largest, server.settings.arrival).await?;
    server.metrics.received(packed.len());
    let largest = operation.largest;
    // What is small is unpacked in less time than it takes to ask another thread for it.
    call.body = if packed.len() > 64 << 10 && packing == body::Packing::Zstd {
        tokio::task::spawn_blocking(move || body::unpack(packed, packing, largest))
            .await
            .map_err(|_| crate::db::internal())??
    } else {
        body::unpack(packed, packing, largest)?
    };
    work(server, operation, call).await
}

/// Works on a request when its turn comes. It goes on to its end also when nobody waits for it any more.
async fn work(server: &Shared, operation: &Arc<Operation>, call: Call) -> Result<Reply, Failure> {
    let (at_work, operation) = (Arc::clone(server), Arc::clone(operation));
    let task = tokio::spawn(async move {
        let _turn = Arc::clone(&at_work.turns).acquire_owned().await.map_err(|_| crate::db::internal())?;
        (operation.run)(call).await
    });
    match tokio::time::timeout(server.settings.patience, task).await {
        Err(_) => Err(Failure::too_busy()),
        Ok(Ok(reply)) => reply.map_err(Failure::from),
        Ok(Err(error)) => {
            tracing::error!(%error, "a request failed");
            Err(crate::db::internal().into())
        }
    }
}

impl Server {
    /// Runs something when its turn comes.
    async fn turn<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let turn = async {
            let _turn = self.turns.acquire().await.map_err(|_| crate::db::internal())?;
            Ok::<_, HubError>(work.await)
        };
        match tokio::time::timeout(self.settings.patience, turn).await {
            Ok(done) => done.map_err(Failure::from),
            Err(_) => Err(Failure::too_busy()),
        }
    }

    /// Who the caller is in a project, for the log.
    async fn member(&self, caller: &Caller, project: ProjectId) -> Option<MemberId> {
        let key = (caller.account.id, project);
        let names = || self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let known = names().get(&key).copied();
        if known.is_some() {
            return known;
        }
        let member = self.hub.member(project, caller).await.ok().flatten()?;
        let mut names = names();
        if names.len() >= 100_000 {
            names.clear();
        }
        names.insert(key, member);
        Some(member)
    }
}

/// Whether the other side reads zstd.
fn takes_zstd(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let refused =
                weight.trim().strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
            name.trim().eq_ignore_ascii_case("zstd") && !refused
        })
}

fn send(reply: Reply, packs: bool) -> Response {
    let (bytes, packed) = if packs { pages::pack(reply.body) } else { (reply.body, false) };
    let mut answer = Response::new(Body::from(bytes));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.kind));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("zstd"));
    }
    answer
}
