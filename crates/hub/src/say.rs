//! Errors and refusals in words.

use assay_model::Invalid;
use assay_sync::wire::{HubCode, HubError, PROTOCOL, Refusal, RefusalCode};

/// An error of a code.
pub(crate) fn error(code: HubCode, message: impl Into<String>, hint: impl Into<String>) -> HubError {
    HubError { code, message: message.into(), hint: hint.into(), retry_after: None }
}

/// There is no such thing, or it is not for the caller to know of: both sound the same.
pub(crate) fn no_project() -> HubError {
    error(
        HubCode::NotFound,
        "this hub has no such project for you",
        "ask a lead of the project for an invite",
    )
}

/// The caller's role does not allow it.
pub(crate) fn not_allowed(what: &str) -> HubError {
    error(HubCode::NotAllowed, format!("your role does not allow to {what}"), "ask an owner of the project")
}

/// The token opens nothing.
pub(crate) fn not_signed_in(message: &str) -> HubError {
    error(
        HubCode::NotSignedIn,
        message,
        "join again with an invite for another device of yours, which a lead can make for you",
    )
}

/// A request that does not make sense.
pub(crate) fn bad_request(message: impl Into<String>, hint: impl Into<String>) -> HubError {
    error(HubCode::BadRequest, message, hint)
}

/// The other side speaks another protocol.
pub(crate) fn protocol(theirs: u32) -> Result<(), HubError> {
    if theirs == PROTOCOL {
        return Ok(());
    }
    let hint = if theirs < PROTOCOL {
        "update Assay on this laptop"
    } else {
        "ask whoever runs the hub to update it"
    };
    Err(error(
        HubCode::OtherProtocol,
        format!("the hub speaks protocol {PROTOCOL}, and this request protocol {theirs}"),
        hint,
    ))
}

/// A name of a person, project or device, trimmed.
pub(crate) fn name(of: &str, given: &str) -> Result<String, HubError> {
    let name = given.trim();
    if name.is_empty() {
        return Err(bad_request(format!("{of} is empty"), "give a name"));
    }
    if given.chars().count() > 120 {
        return Err(bad_request(format!("{of} is longer than 120 characters"), "give a shorter name"));
    }
    if given.chars().any(char::is_control) {
        return Err(bad_request(format!("{of} holds control characters"), "give a name that can be read"));
    }
    Ok(name.to_owned())
}

/// Why a fact is refused.
pub(crate) fn refusal(code: RefusalCode, message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal { code, message: message.into(), hint: hint.into() }
}

/// A fact that is not what its kind says.
pub(crate) fn invalid(why: &Invalid) -> Refusal {
    refusal(RefusalCode::Invalid, why.to_string(), why.hint.clone())
}

/// A fact that names what is not there.
pub(crate) fn unknown(what: &str) -> Refusal {
    refusal(
        RefusalCode::Unknown,
        format!("it names a {what} that the hub does not have"),
        "sync the laptop on which that was made; this is sent again by itself then",
    )
}

/// A fact that its author may not write.
pub(crate) fn forbidden(message: &str, hint: &str) -> Refusal {
    refusal(RefusalCode::NotAllowed, message, hint)
}
