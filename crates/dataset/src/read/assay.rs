//! Assay JSONL, one sample a line (`formats.md`, “What comes in”), and chat JSONL: `messages` that end
//! with the answer to be graded. Fields that Assay does not know are kept as metadata.

use std::collections::BTreeMap;

use assay_model::{ExternalId, Feedback, Message, MessageRole, Response, Sample};
use serde::Deserialize;
use serde_json::Value;

use super::Draft;
use super::parts::{AnyComponent, AnyPassage, AnyResponse, Conversation, Name, OneOrMany};
use crate::error::Fault;

/// One line of Assay JSONL, and of chat JSONL.
#[derive(Deserialize)]
pub(crate) struct Line {
    #[serde(default, alias = "external_id")]
    id: Option<Name>,
    #[serde(default, alias = "conversations", alias = "conversation")]
    messages: Option<Conversation>,
    #[serde(default)]
    prompt: Option<Conversation>,
    #[serde(default)]
    system: Option<String>,
    #[serde(default)]
    responses: Vec<AnyResponse>,
    #[serde(default)]
    response: Option<AnyResponse>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    context: Option<OneOrMany<AnyPassage>>,
    #[serde(default)]
    component: Option<AnyComponent>,
    #[serde(default)]
    locale: Option<String>,
    #[serde(default)]
    segment: Option<String>,
    #[serde(default)]
    task_type: Option<String>,
    #[serde(default)]
    tags: Option<OneOrMany<String>>,
    #[serde(default)]
    feedback: Option<Feedback>,
    #[serde(default)]
    metadata: Option<BTreeMap<String, Value>>,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

impl Line {
    /// The sample of a line of Assay JSONL.
    pub fn into_draft(mut self) -> Result<Draft, Fault> {
        let messages = self.take_messages()?;
        let mut responses: Vec<Response> =
            std::mem::take(&mut self.responses).into_iter().map(|response| response.0).collect();
        match self.response.take() {
            Some(_) if !responses.is_empty() => {
                return Err(Fault::new(
                    "response",
                    "Both response and responses are given.",
                    "keep one of the two",
                ));
            }
            Some(AnyResponse(response)) => responses.push(response),
            None if responses.is_empty() => {
                return Err(Fault::new(
                    "responses",
                    "There is no response to be graded.",
                    "give response as a text, or responses as a list",
                ));
            }
            None => {}
        }
        Ok(self.finish(messages, responses))
    }

    /// The sample of a line of chat JSONL: the last message is the answer.
    pub fn into_chat(mut self) -> Result<Draft, Fault> {
        let mut messages = self.take_messages()?;
        match messages.pop() {
            Some(Message { role: MessageRole::Assistant, content }) => {
                let response = Response { text: content, ..Response::default() };
                Ok(self.finish(messages, vec![response]))
            }
            Some(Message { role, .. }) => {
                let role = serde_json::to_string(&role).unwrap_or_default();
                Err(Fault::new(
                    "messages",
                    format!("The conversation ends with role {role}, so there is no answer to grade."),
                    "end each conversation with a message of the assistant",
                ))
            }
            None => Err(Fault::new("messages", "messages is an empty list.", "give the conversation")),
        }
    }

    fn take_messages(&mut self) -> Result<Vec<Message>, Fault> {
        let mut messages = match (self.messages.take(), self.prompt.take()) {
            (Some(_), Some(_)) => {
                return Err(Fault::new(
                    "prompt",
                    "Both prompt and messages are given.",
                    "keep one of the two",
                ));
            }
            (Some(conversation), None) | (None, Some(conversation)) => conversation.0,
            (None, None) => {
                return Err(Fault::new(
                    "prompt",
                    "There is no prompt.",
                    "give prompt as a text, or messages as a list of {role, content}",
                ));
            }
        };
        if let Some(content) = self.system.take().filter(|text| !text.trim().is_empty()) {
            messages.insert(0, Message { role: MessageRole::System, content });
        }
        Ok(messages)
    }

    fn finish(self, messages: Vec<Message>, mut responses: Vec<Response>) -> Draft {
        let mut metadata = self.metadata.unwrap_or_default();
        for (key, value) in self.unknown {
            if !value.is_null() {
                metadata.entry(key).or_insert(value);
            }
        }
        if let (Some(model), [response]) = (self.model, responses.as_mut_slice()) {
            response.model.get_or_insert(model);
        }
        let sample = Sample {
            external_id: ExternalId(self.id.map(|id| id.0).unwrap_or_default()),
            messages,
            responses,
            reference: self.reference,
            context: self
                .context
                .map(|list| list.0.into_iter().map(|one| one.0).collect())
                .unwrap_or_default(),
            component: self.component.map(|component| component.0).unwrap_or_default(),
            locale: self.locale,
            segment: self.segment,
            task_type: self.task_type,
            tags: self.tags.map(|tags| tags.0).unwrap_or_default(),
            feedback: self.feedback,
            metadata,
        };
        Draft { sample, labels: Vec::new() }
    }
}
