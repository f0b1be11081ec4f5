//! Between what a hub says and what people read.

use assay_model::Member;
use assay_store::Store;
use assay_sync::client::{Error as SyncError, TransportError};
use assay_sync::http::BadAddress;
use assay_sync::wire::{
    AnnotationBody, DeviceLine, DimensionNumbers, HubCode, HubError, MemberBody, MemberLine, ResolutionBody,
    SampleWord,
};
use serde::de::DeserializeOwned;

use crate::error::{ApiError, ErrorCode, Result};
use crate::wire::{
    InviteLine, RatedWork, RefusedFact, Resolved, TeamDevice, TeamMember, TeamNumber, TeamNumbers,
};

pub(super) fn address(error: BadAddress) -> ApiError {
    let hint = match error {
        BadAddress::NotAnAddress(_) => "an address looks like https://hub.example.org",
        BadAddress::NotEncrypted(_) => {
            "use https, or accept a hub without encryption (--insecure) in a network that you trust"
        }
    };
    let mut error = ApiError::new(ErrorCode::Invalid, format!("{error}."), hint);
    error.place.field = Some("url".to_owned());
    error
}

pub(super) fn transport(error: TransportError) -> ApiError {
    match error {
        TransportError::Hub(error) => hub(error),
        TransportError::Offline(message) => ApiError::new(
            ErrorCode::Offline,
            sentence(&message),
            "your work is safe on this laptop; it is sent when the hub can be reached",
        ),
        TransportError::NotAHub(message) => ApiError::new(
            ErrorCode::Invalid,
            sentence(&message),
            "check the address; a proxy or a sign-in page may be in the way",
        ),
    }
}

fn hub(error: HubError) -> ApiError {
    let code = match error.code {
        HubCode::NotSignedIn => ErrorCode::NotSignedIn,
        HubCode::NotAllowed => ErrorCode::NotAllowed,
        HubCode::NotFound => ErrorCode::NotFound,
        HubCode::BadInvite | HubCode::BadRequest | HubCode::TooLarge => ErrorCode::Invalid,
        HubCode::Exists => ErrorCode::Exists,
        HubCode::OtherProtocol => ErrorCode::OtherProtocol,
        HubCode::TooMany | HubCode::Unavailable => ErrorCode::Offline,
        HubCode::EpochChanged | HubCode::ViewChanged => ErrorCode::Stale,
        HubCode::Internal => ErrorCode::Internal,
    };
    ApiError::new(code, sentence(&error.message), error.hint)
}

/// What the hub says without a capital and a full stop, as a sentence of its own. An address stays as it is.
fn sentence(said: &str) -> String {
    let mut chars = said.chars();
    let begun: String = match chars.next() {
        Some(first) if !said.split(' ').next().is_some_and(|word| word.contains("://")) => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => said.to_owned(),
    };
    if begun.is_empty() || begun.ends_with(['.', '!', '?', '…']) { begun } else { format!("{begun}.") }
}

pub(super) fn sync(error: SyncError<ApiError>) -> ApiError {
    match error {
        SyncError::Replica(error) => error,
        SyncError::Transport(error) => transport(error),
        SyncError::Stopped => ApiError::new(
            ErrorCode::Cancelled,
            "The sync was stopped; what it did stays.",
            "sync again when you like",
        ),
        SyncError::StillDifferent { here, there } => ApiError::new(
            ErrorCode::Internal,
            format!(
                "This laptop holds {} facts and the hub {}, although everything was read again.",
                here.count, there.count
            ),
            "your work is safe on this laptop; back the project up and tell whoever runs the hub",
        ),
        SyncError::Nonsense(what) => ApiError::new(
            ErrorCode::Internal,
            format!("The hub’s answers do not fit together: {what}."),
            "update Assay here and on the hub; your work is safe on this laptop",
        ),
    }
}

pub(super) fn numbers(numbers: &DimensionNumbers) -> TeamNumbers {
    TeamNumbers {
        dimension: numbers.dimension.clone(),
        units: numbers.units,
        units_paired: numbers.units_paired,
        raters: numbers.raters,
        ratings: numbers.ratings,
        coefficients: numbers
            .coefficients
            .iter()
            .map(|one| TeamNumber {
                coefficient: one.coefficient.clone(),
                weights: one.weights.clone(),
                value: one.value,
                undefined: one.undefined.clone(),
            })
            .collect(),
    }
}

pub(super) fn refused(one: assay_store::Refused) -> RefusedFact {
    let (sample, external_id) = one.sample.map_or((None, None), |(id, name)| (Some(id), Some(name.0)));
    RefusedFact {
        id: one.id,
        kind: one.kind,
        code: one.code,
        message: sentence(&one.message),
        hint: one.hint,
        time: one.time,
        sample,
        external_id,
        kept: one.kept,
    }
}

pub(super) fn member(line: MemberLine, from_file: bool) -> TeamMember {
    TeamMember {
        active: line.member.active,
        member: person(line.member),
        last_seen: line.last_seen,
        assigned: line.assigned,
        submitted: line.submitted,
        skipped: line.skipped,
        devices: line.devices.into_iter().map(device).collect(),
        from_file,
        lost: false,
    }
}

fn person(MemberBody { id, name, role, kind, .. }: MemberBody) -> Member {
    Member { id, name, role, kind }
}

/// Somebody's submission, whose rubric version this laptop may not have heard of yet.
pub(super) fn rated(store: &Store, word: SampleWord) -> Result<RatedWork> {
    let AnnotationBody { revision, annotation, .. } = body(&word)?;
    let rubric = store.rubric_version(annotation.rubric).map_err(|error| match ApiError::from(error) {
        error if error.code == ErrorCode::NotFound => ApiError::new(
            ErrorCode::Stale,
            "Others graded this sample under a rubric version that is not on this laptop yet.",
            "sync, then ask again",
        ),
        error => error,
    })?;
    Ok(RatedWork {
        member: person(word.member),
        time: word.time,
        revision,
        rubric_version: rubric.version,
        work: annotation.work,
    })
}

pub(super) fn resolved(word: SampleWord) -> Result<Resolved> {
    let ResolutionBody { resolution, .. } = body(&word)?;
    Ok(Resolved { member: person(word.member), time: word.time, resolution })
}

fn body<Body: DeserializeOwned>(word: &SampleWord) -> Result<Body> {
    serde_json::from_str(word.body.get()).map_err(|error| {
        ApiError::new(
            ErrorCode::Internal,
            format!("What {} did on the sample is not understood: {error}.", word.member.name),
            "update Assay on this laptop",
        )
    })
}

fn device(line: DeviceLine) -> TeamDevice {
    let DeviceLine { id, name, joined, last_seen, revoked } = line;
    TeamDevice { id, name, joined, last_seen, revoked }
}

pub(super) fn invite(line: assay_sync::wire::InviteLine) -> InviteLine {
    let assay_sync::wire::InviteLine { id, name, role, made, expires, used_by, revoked } = line;
    InviteLine { id, name, role, made, expires, used_by, revoked }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn what_the_hub_says_becomes_a_sentence_and_an_address_stays_one() {
        assert_eq!(sentence("the invite expired"), "The invite expired.");
        assert_eq!(sentence("Ready."), "Ready.");
        assert_eq!(
            sentence("https://hub.example.org cannot be reached"),
            "https://hub.example.org cannot be reached."
        );
        assert_eq!(sentence(""), "");
    }
}
