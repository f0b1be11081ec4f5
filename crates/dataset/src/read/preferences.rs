//! Preference pairs: `prompt`, `chosen`, `rejected`, as texts or as lists of messages (TRL
//! `docs/source/dataset_formats.md`: explicit prompt, and implicit prompt where both sides hold the whole
//! conversation), or as objects (LLaMA-Factory, Axolotl). Each becomes a sample with two responses and
//! a label that prefers the first.

use std::collections::BTreeMap;

use assay_model::{ExternalId, Message, MessageRole, Preference, RaterKind, Response, Sample, Work};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::parts::{AnyMessage, Conversation, Name};
use super::{Draft, IMPORTED, Label};
use crate::error::Fault;

#[derive(Deserialize)]
pub(crate) struct Line {
    #[serde(default, alias = "external_id")]
    id: Option<Name>,
    #[serde(default, alias = "messages", alias = "conversations", alias = "question", alias = "instruction")]
    prompt: Option<Conversation>,
    #[serde(default)]
    system: Option<String>,
    chosen: Side,
    rejected: Side,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

/// One side of a pair: whole messages; a bare text is one message of the assistant.
struct Side {
    messages: Vec<Message>,
    bare: bool,
}

impl<'de> Deserialize<'de> for Side {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Side;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text or a list of messages")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Side, E> {
                let message = Message { role: MessageRole::Assistant, content: text.to_owned() };
                Ok(Side { messages: vec![message], bare: true })
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Side, A::Error> {
                let mut messages = Vec::new();
                while let Some(message) = list.next_element::<AnyMessage>()? {
                    messages.push(message.into());
                }
                Ok(Side { messages, bare: false })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Side, A::Error> {
                let one = AnyMessage::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Side { messages: vec![one.into()], bare: false })
            }
        }
        from.deserialize_any(Any)
    }
}

impl Side {
    /// The last message, which must be the assistant's, and what came before it.
    fn split(mut self, field: &str) -> Result<(Vec<Message>, String), Fault> {
        match self.messages.pop() {
            Some(Message { role: MessageRole::Assistant, content }) => Ok((self.messages, content)),
            _ => Err(Fault::new(
                field,
                format!("{field} does not end with a message of the assistant."),
                "end it with the answer that was compared",
            )),
        }
    }
}

impl Line {
    pub fn into_draft(self) -> Result<Draft, Fault> {
        let bare = self.chosen.bare;
        let (before, chosen) = self.chosen.split("chosen")?;
        let (before_rejected, rejected) = self.rejected.split("rejected")?;
        if before != before_rejected {
            return Err(Fault::new(
                "rejected",
                "chosen and rejected continue different conversations.",
                "pair answers to the same conversation",
            ));
        }
        let mut messages = match self.prompt {
            Some(prompt) if before.is_empty() || prompt.0 == before => prompt.0,
            Some(prompt) if before.starts_with(&prompt.0) => before,
            Some(_) => {
                return Err(Fault::new(
                    "prompt",
                    "prompt is not the beginning of chosen.",
                    "give either the prompt apart, or whole conversations without it",
                ));
            }
            None if before.is_empty() && bare => {
                return Err(Fault::new(
                    "prompt",
                    "There is no prompt, and chosen and rejected are plain texts.",
                    "give the prompt as a text or a list of messages",
                ));
            }
            None => before,
        };
        if let Some(content) = self.system.filter(|text| !text.trim().is_empty()) {
            messages.insert(0, Message { role: MessageRole::System, content });
        }
        let response = |text| Response { text, ..Response::default() };
        let sample = Sample {
            external_id: ExternalId(self.id.map(|id| id.0).unwrap_or_default()),
            messages,
            responses: vec![response(chosen), response(rejected)],
            metadata: self.unknown.into_iter().filter(|(_, value)| !value.is_null()).collect(),
            ..Sample::default()
        };
        Ok(Draft { sample, labels: vec![preferred_first()] })
    }
}

/// The label that an imported pair carries.
pub(crate) fn preferred_first() -> Label {
    let work = Work { preference: Some(Preference(vec![vec![0], vec![1]])), ..Work::empty(2) };
    Label { rater: IMPORTED.to_owned(), kind: RaterKind::Person, work }
}
