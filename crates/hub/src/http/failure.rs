//! Errors as answers: a status and a [`HubError`].

use assay_sync::wire::{HubCode, HubError};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::say;

pub(super) const JSON: &str = "application/json";

/// An answer that is no success.
#[derive(Debug)]
pub(super) struct Failure {
    pub status: StatusCode,
    pub error: HubError,
}

/// The status of an error.
pub(super) fn status(code: HubCode) -> StatusCode {
    match code {
        HubCode::BadRequest | HubCode::OtherProtocol => StatusCode::BAD_REQUEST,
        HubCode::NotSignedIn => StatusCode::UNAUTHORIZED,
        HubCode::NotAllowed | HubCode::BadInvite => StatusCode::FORBIDDEN,
        HubCode::NotFound => StatusCode::NOT_FOUND,
        HubCode::Exists | HubCode::EpochChanged | HubCode::ViewChanged => StatusCode::CONFLICT,
        HubCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        HubCode::TooMany => StatusCode::TOO_MANY_REQUESTS,
        HubCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        HubCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<HubError> for Failure {
    fn from(error: HubError) -> Self {
        Self { status: status(error.code), error }
    }
}

impl Failure {
    /// With another status than the code's own.
    pub(super) fn new(status: StatusCode, error: HubError) -> Self {
        Self { status, error }
    }

    pub(super) fn no_such_address() -> Self {
        say::error(
            HubCode::NotFound,
            "the hub has no such address",
            "the hub’s addresses are described at /openapi.json",
        )
        .into()
    }

    /// The body is in a form that the hub does not read.
    pub(super) fn unreadable_form(message: impl Into<String>) -> Self {
        let error =
            say::bad_request(message, "send application/json, as it is or with the content encoding zstd");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error)
    }

    pub(super) fn too_large(limit: usize) -> Self {
        say::error(
            HubCode::TooLarge,
            format!("the request is larger than the {limit} bytes that are taken here"),
            "send it in several requests",
        )
        .into()
    }

    /// The request did not arrive in time.
    pub(super) fn too_slow() -> Self {
        let mut error = say::error(
            HubCode::Unavailable,
            "the request did not arrive in time",
            "nothing is lost; the next sync sends it again",
        );
        error.retry_after = Some(5);
        Self::new(StatusCode::REQUEST_TIMEOUT, error)
    }

    /// The work on a request did not end in time.
    pub(super) fn too_busy() -> Self {
        let mut error = say::error(
            HubCode::Unavailable,
            "the hub is too busy to answer in time",
            "nothing is lost; the next sync sends it again",
        );
        error.retry_after = Some(10);
        error.into()
    }

    pub(super) fn answer(self) -> Response {
        let body = serde_json::to_vec(&self.error).unwrap_or_default();
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"assay\""));
        }
        if let Some(seconds) = self.error.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("zstd"));
        }
        if matches!(self.status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
            // What is left of the request is not read.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let mut answer = Response::new(Body::from(body));
        *answer.status_mut() = self.status;
        *answer.headers_mut() = headers;
        answer
    }
}
