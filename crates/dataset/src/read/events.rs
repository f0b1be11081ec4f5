//! Product feedback events (`formats.md`, “What comes in”): what a user was asked, got, said and did. The
//! user's own edit becomes a proposed correction; a label becomes a label of the rater `production`.

use std::collections::BTreeMap;

use assay_model::{
    DimensionId, ExternalId, Feedback, Grade, Passage, RaterKind, Response, ResponseWork, Sample, Thumb, Work,
};
use serde::Deserialize;
use serde_json::Value;

use super::parts::{Conversation, Name};
use super::{Draft, Label, PRODUCTION};

#[derive(Deserialize)]
pub(crate) struct Line {
    #[serde(default)]
    event_id: Option<Name>,
    #[serde(default)]
    user_segment: Option<String>,
    #[serde(default)]
    task_type: Option<String>,
    #[serde(default)]
    locale: Option<String>,
    input: Input,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    model_version: Option<String>,
    output: Output,
    #[serde(default)]
    explicit_feedback: Option<Explicit>,
    #[serde(default)]
    implicit_feedback: Option<Implicit>,
    #[serde(default)]
    automated_checks: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    label: Option<EventLabel>,
    /// `timestamp`, and all that Assay does not know.
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Input {
    #[serde(alias = "messages")]
    text: Conversation,
    #[serde(default)]
    context_refs: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct Output {
    text: String,
    #[serde(default)]
    latency_ms: Option<f64>,
}

#[derive(Deserialize)]
struct Explicit {
    #[serde(default)]
    thumb: Option<AnyThumb>,
    #[serde(default)]
    reason_codes: Option<Vec<String>>,
    #[serde(default)]
    user_edit: Option<String>,
}

struct AnyThumb(Option<Thumb>);

impl<'de> Deserialize<'de> for AnyThumb {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        let thumb = match &value {
            Value::Null => None,
            Value::Bool(up) => Some(if *up { Thumb::Up } else { Thumb::Down }),
            Value::Number(number) => match number.as_f64() {
                Some(n) if n > 0.0 => Some(Thumb::Up),
                Some(n) if n < 0.0 => Some(Thumb::Down),
                _ => None,
            },
            Value::String(name) => match name.trim().to_lowercase().as_str() {
                "up" | "thumbs_up" | "thumb_up" | "like" | "positive" | "👍" => Some(Thumb::Up),
                "down" | "thumbs_down" | "thumb_down" | "dislike" | "negative" | "👎" => Some(Thumb::Down),
                "" | "none" => None,
                _ => {
                    return Err(serde::de::Error::custom(format!(
                        "“{name}” is not a thumb; use up, down or null"
                    )));
                }
            },
            _ => return Err(serde::de::Error::custom("it is not a thumb; use up, down or null")),
        };
        Ok(Self(thumb))
    }
}

#[derive(Deserialize)]
struct Implicit {
    #[serde(default)]
    dwell_ms: Option<f64>,
    #[serde(default)]
    abandoned: Option<bool>,
}

#[derive(Deserialize)]
struct EventLabel {
    #[serde(default)]
    grade: Option<GivenGrade>,
    #[serde(default)]
    rubric_notes: Option<Name>,
}

/// One grade for the whole answer, or one for each dimension.
enum GivenGrade {
    Overall(Grade),
    ByDimension(BTreeMap<DimensionId, Option<Grade>>),
}

impl<'de> Deserialize<'de> for GivenGrade {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match Value::deserialize(from)? {
            value @ Value::Object(_) => {
                serde_json::from_value(value).map(Self::ByDimension).map_err(Error::custom)
            }
            value => serde_json::from_value(value).map(Self::Overall).map_err(Error::custom),
        }
    }
}

/// The dimension that one grade for a whole answer is kept under.
pub const OVERALL: &str = "overall";

impl Line {
    pub fn into_draft(self) -> Draft {
        let mut feedback =
            Feedback { automated_checks: self.automated_checks.unwrap_or_default(), ..Feedback::default() };
        if let Some(said) = self.explicit_feedback {
            feedback.thumb = said.thumb.and_then(|thumb| thumb.0);
            feedback.reason_codes = said.reason_codes.unwrap_or_default();
            feedback.user_edit = said.user_edit.filter(|edit| !edit.trim().is_empty());
        }
        if let Some(did) = self.implicit_feedback {
            feedback.dwell_ms = did.dwell_ms;
            feedback.abandoned = did.abandoned;
        }
        let proposed = feedback.user_edit.clone().filter(|edit| *edit != self.output.text);
        let mut metadata = self.unknown;
        metadata.retain(|_, value| !value.is_null());
        let (context, refs) = passages(self.input.context_refs.unwrap_or_default());
        if !refs.is_empty() {
            metadata.insert("context_refs".to_owned(), Value::Array(refs));
        }
        let sample = Sample {
            external_id: ExternalId(self.event_id.map(|id| id.0).unwrap_or_default()),
            messages: self.input.text.0,
            responses: vec![Response {
                text: self.output.text,
                model: self.model,
                model_version: self.model_version,
                latency_ms: self.output.latency_ms,
                proposed_correction: proposed,
            }],
            context,
            locale: self.locale,
            segment: self.user_segment,
            task_type: self.task_type,
            feedback: (feedback != Feedback::default()).then_some(feedback),
            metadata,
            ..Sample::default()
        };
        Draft { sample, labels: self.label.and_then(EventLabel::into_label).into_iter().collect() }
    }
}

/// The passages that an event carries, and the bare references to those that it does not.
fn passages(refs: Vec<Value>) -> (Vec<Passage>, Vec<Value>) {
    let (mut context, mut bare) = (Vec::new(), Vec::new());
    for one in refs {
        match one.get("text").and_then(Value::as_str) {
            Some(text) => {
                let id = one.get("id").and_then(Value::as_str).map(str::to_owned);
                context.push(Passage { id, text: text.to_owned() });
            }
            None => bare.push(one),
        }
    }
    (context, bare)
}

impl EventLabel {
    fn into_label(self) -> Option<Label> {
        let grades = match self.grade {
            Some(GivenGrade::Overall(grade)) => [(DimensionId::from(OVERALL), Some(grade))].into(),
            Some(GivenGrade::ByDimension(grades)) => grades,
            None => BTreeMap::new(),
        };
        let note = self.rubric_notes.map(|note| note.0).unwrap_or_default();
        if grades.is_empty() && note.trim().is_empty() {
            return None;
        }
        let work = Work {
            responses: vec![ResponseWork { grades, note, ..ResponseWork::default() }],
            ..Work::empty(1)
        };
        Some(Label { rater: PRODUCTION.to_owned(), kind: RaterKind::Person, work })
    }
}
