//! A fact as it was sent, read as what its kind says. Needs no database, so it is done before the project is
//! locked.

use assay_model::{
    AnnotationBody, AssignmentBody, ExternalId, Kind, MemberBody, MemberId, ResolutionBody, RubricBody,
    Sample, SampleId, Settings,
};
use assay_sync::wire::{Refusal, RefusalCode, WireFact};
use serde::de::DeserializeOwned;

use crate::say;

/// The largest body of one fact: a page that holds it alone, with the sample that it carries, still fits
/// into one answer.
pub(crate) const MAX_BODY: usize = 6 << 20;

/// What a fact says.
#[derive(Debug)]
pub(crate) enum Said {
    Member(MemberBody),
    Settings(Settings),
    Rubric(RubricBody),
    Sample { external_id: ExternalId, responses: usize },
    Assignment(AssignmentBody),
    Annotation(Box<AnnotationBody>),
    Resolution(Box<ResolutionBody>),
}

impl Said {
    /// Whose assignment or annotation it is.
    pub(crate) fn about(&self) -> Option<MemberId> {
        match self {
            Self::Assignment(body) => Some(body.member),
            Self::Annotation(body) => Some(body.member),
            _ => None,
        }
    }

    /// The sample that it names.
    pub(crate) fn sample(&self) -> Option<SampleId> {
        match self {
            Self::Assignment(body) => Some(body.sample),
            Self::Annotation(body) => Some(body.sample),
            Self::Resolution(body) => Some(body.sample),
            _ => None,
        }
    }
}

/// A fact with what it says, or why it says nothing.
#[derive(Debug)]
pub(crate) struct Heard {
    pub fact: WireFact,
    pub said: Result<Said, Refusal>,
}

/// Reads facts and checks all that can be checked without knowing the project.
pub(crate) fn hear(facts: Vec<WireFact>) -> Vec<Heard> {
    facts.into_iter().map(|fact| Heard { said: said(&fact), fact }).collect()
}

fn said(fact: &WireFact) -> Result<Said, Refusal> {
    let length = fact.body.get().len();
    if length > MAX_BODY {
        return Err(say::refusal(
            RefusalCode::Invalid,
            format!("it has {length} bytes, more than the {MAX_BODY} that one fact may have"),
            "split it",
        ));
    }
    if fact.device_no == 0 || i64::try_from(fact.device_no).is_err() {
        return Err(say::refusal(RefusalCode::Invalid, "devices count their facts from 1", "update Assay"));
    }
    match fact.kind {
        Kind::Member => {
            let body: MemberBody = parse(fact)?;
            let name = say::name("the member’s name", &body.name);
            name.map_err(|error| say::refusal(RefusalCode::Invalid, error.message, error.hint))?;
            Ok(Said::Member(body))
        }
        Kind::Settings => {
            let body: Settings = parse(fact)?;
            body.check().map_err(|why| say::invalid(&why))?;
            Ok(Said::Settings(body))
        }
        Kind::Rubric => {
            let body: RubricBody = parse(fact)?;
            body.rubric.check().map_err(|why| say::invalid(&why))?;
            Ok(Said::Rubric(body))
        }
        Kind::Sample => {
            let body: Sample = parse(fact)?;
            body.check().map_err(|why| say::invalid(&why))?;
            Ok(Said::Sample { external_id: body.external_id, responses: body.responses.len() })
        }
        Kind::Assignment => parse(fact).map(Said::Assignment),
        Kind::Annotation => {
            let body: AnnotationBody = parse(fact)?;
            if body.revision == 0 {
                return Err(say::refusal(RefusalCode::Invalid, "revisions count from 1", "update Assay"));
            }
            Ok(Said::Annotation(Box::new(body)))
        }
        Kind::Resolution => parse(fact).map(|body| Said::Resolution(Box::new(body))),
    }
}

fn parse<Body: DeserializeOwned>(fact: &WireFact) -> Result<Body, Refusal> {
    fact.parse().map_err(|error| {
        say::refusal(
            RefusalCode::Invalid,
            format!("it is not what a fact of kind {} says: {error}", fact.kind.word()),
            "update the older of Assay on this laptop and the hub",
        )
    })
}
