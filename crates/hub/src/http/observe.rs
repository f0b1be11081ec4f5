//! What is written down of each request, and what each answer says besides its body.

use std::time::Instant;

use assay_model::{MemberId, ProjectId};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

use super::Shared;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Whom and what a request was about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub project: Option<ProjectId>,
    pub member: Option<MemberId>,
}

/// Logs and counts a request. Only the template of its address is written down, for the address itself may
/// hold anything.
pub(super) async fn observe(State(server): State<Shared>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = request_id(&request);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.as_deref().unwrap_or("-");
    let under_way = server.metrics.enter();
    let mut answer = next.run(request).await;
    drop(under_way);
    let took = start.elapsed();
    let status = answer.status().as_u16();
    server.metrics.answered(route, &method, status, took);
    let seen = answer.extensions().get::<Seen>().copied().unwrap_or_default();
    let ms = took.as_secs_f64() * 1000.0;
    let (project, member) = (seen.project.map(display), seen.member.map(display));
    if matches!(route, "/healthz" | "/readyz" | "/metrics") && status < 400 {
        tracing::debug!(request = %id, %method, route, status, ms, "answered");
    } else {
        tracing::info!(request = %id, %method, route, status, ms, project, member, "answered");
    }
    let headers = answer.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if server.settings.tls.is_some() {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    answer
}

fn display(id: impl std::fmt::Display) -> String {
    id.to_string()
}

/// The id that a proxy gave the request, if it is harmless, or a new one.
fn request_id(request: &Request) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    match given.filter(|id| (8..=64).contains(&id.len()) && id.bytes().all(plain)) {
        Some(id) => id.to_owned(),
        None => Uuid::now_v7().simple().to_string(),
    }
}
