//! Bodies of requests: read as far as they may go, then unpacked.

use std::time::Duration;

use assay_sync::pages;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::failure::{Failure, JSON};
use crate::say;

/// How the body of a request is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Zstd,
}

/// How the body is packed, if it is something that the hub reads.
pub(super) fn packing(headers: &HeaderMap) -> Result<Packing, Failure> {
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
    let kind = kind.ok_or_else(|| Failure::unreadable_form("the request does not say what its body is"))?;
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(JSON) {
        return Err(Failure::unreadable_form("the request’s body is not JSON"));
    }
    match headers.get(header::CONTENT_ENCODING).map(|encoding| encoding.to_str().unwrap_or("?")) {
        None => Ok(Packing::Plain),
        Some(encoding) if encoding.eq_ignore_ascii_case("identity") => Ok(Packing::Plain),
        Some(encoding) if encoding.eq_ignore_ascii_case("zstd") => Ok(Packing::Zstd),
        Some(_) => Err(Failure::unreadable_form("the request’s body is packed in a way that is not known")),
    }
}

/// The length that a request says its body has.
pub(super) fn said_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The bytes of a body, as they travelled.
pub(super) async fn read(body: Body, largest: usize, arrival: Duration) -> Result<Vec<u8>, Failure> {
    match tokio::time::timeout(arrival, Limited::new(body, largest).collect()).await {
        Err(_) => Err(Failure::too_slow()),
        Ok(Ok(read)) => Ok(read.to_bytes().into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Failure::too_large(largest)),
        Ok(Err(_)) => {
            Err(say::bad_request("the request broke off", "send it again; nothing of it was taken in").into())
        }
    }
}

/// A body as it was before it travelled.
pub(super) fn unpack(body: Vec<u8>, packing: Packing, largest: usize) -> Result<Vec<u8>, Failure> {
    let plain = match packing {
        Packing::Plain => return Ok(body),
        Packing::Zstd => pages::unpack(&body),
    };
    match plain {
        Ok(plain) if plain.len() <= largest => Ok(plain),
        Ok(_) | Err(pages::Error::TooLarge) => Err(Failure::too_large(largest)),
        Err(pages::Error::NotZstd(_)) => {
            Err(say::bad_request("the request’s body is not zstd, as it says", "send it again").into())
        }
    }
}
