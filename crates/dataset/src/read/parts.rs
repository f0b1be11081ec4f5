//! The parts that the JSON formats share, with the spellings that other tools use.

use std::fmt;

use assay_model::{Message, MessageRole, Passage, Response};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A name given as a text or as a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name(pub String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Name;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a number")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Name, E> {
                Ok(Name(text.to_owned()))
            }
            fn visit_string<E: de::Error>(self, text: String) -> Result<Name, E> {
                Ok(Name(text))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Name, E> {
                Ok(Name(number.to_string()))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Name, E> {
                Ok(Name(number.to_string()))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Name, E> {
                Ok(Name(number.to_string()))
            }
        }
        from.deserialize_any(Text)
    }
}

/// One thing, or a list of them.
pub(crate) struct OneOrMany<T>(pub Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = OneOrMany<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                T::deserialize(de::value::StrDeserializer::new(text)).map(|one| OneOrMany(vec![one]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut many = Vec::new();
                while let Some(one) = list.next_element()? {
                    many.push(one);
                }
                Ok(OneOrMany(many))
            }
        }
        from.deserialize_any(Either(std::marker::PhantomData))
    }
}

/// A message as OpenAI, ShareGPT and TRL spell it: `role`/`from`, `content`/`value`; the content a text
/// or a list of text parts. Calls of tools, which Assay does not model, are kept as JSON text.
#[derive(Debug, Deserialize)]
pub(crate) struct AnyMessage {
    #[serde(alias = "from")]
    role: AnyRole,
    #[serde(alias = "value", default)]
    content: Option<Content>,
    #[serde(default)]
    tool_calls: Option<Value>,
}

impl From<AnyMessage> for Message {
    fn from(message: AnyMessage) -> Self {
        let mut content = message.content.map(|content| content.0).unwrap_or_default();
        if let Some(calls) = message.tool_calls.filter(|calls| !calls.is_null() && content.is_empty()) {
            content = calls.to_string();
        }
        Self { role: message.role.0, content }
    }
}

#[derive(Debug)]
struct AnyRole(MessageRole);

impl<'de> Deserialize<'de> for AnyRole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Role;
        impl Visitor<'_> for Role {
            type Value = AnyRole;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a role")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<AnyRole, E> {
                role(name).map(AnyRole).ok_or_else(|| {
                    E::custom(format!(
                        "“{name}” is not a role; use one of system, user, assistant, tool (or human, gpt)"
                    ))
                })
            }
        }
        from.deserialize_str(Role)
    }
}

pub(crate) fn role(name: &str) -> Option<MessageRole> {
    Some(match name {
        "system" | "developer" => MessageRole::System,
        "user" | "human" => MessageRole::User,
        "assistant" | "gpt" | "model" | "bot" | "chatgpt" => MessageRole::Assistant,
        "tool" | "function" | "observation" => MessageRole::Tool,
        _ => return None,
    })
}

#[derive(Debug)]
struct Content(String);

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Part {
            text: String,
        }
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Content;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Content, E> {
                Ok(Content(text.to_owned()))
            }
            fn visit_string<E: de::Error>(self, text: String) -> Result<Content, E> {
                Ok(Content(text))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Content, A::Error> {
                let mut whole = String::new();
                while let Some(part) = parts.next_element::<Part>()? {
                    whole.push_str(&part.text);
                }
                Ok(Content(whole))
            }
        }
        from.deserialize_any(Text)
    }
}

/// A conversation: messages, or a bare text, which is one message of the user.
#[derive(Debug)]
pub(crate) struct Conversation(pub Vec<Message>);

impl<'de> Deserialize<'de> for Conversation {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Conversation;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of messages")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Conversation, E> {
                self.visit_string(text.to_owned())
            }
            fn visit_string<E: de::Error>(self, text: String) -> Result<Conversation, E> {
                Ok(Conversation(vec![Message { role: MessageRole::User, content: text }]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Conversation, A::Error> {
                let mut messages = Vec::new();
                while let Some(message) = list.next_element::<AnyMessage>()? {
                    messages.push(message.into());
                }
                Ok(Conversation(messages))
            }
        }
        from.deserialize_any(Either)
    }
}

/// A response: a bare text, or an object with its text and what is known about it.
#[derive(Debug)]
pub(crate) struct AnyResponse(pub Response);

/// The object form. `content` and `output` are other tools' names for the text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponseObject {
    #[serde(alias = "content")]
    text: String,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    model_version: Option<String>,
    #[serde(default)]
    latency_ms: Option<f64>,
    #[serde(default)]
    proposed_correction: Option<String>,
    /// Said by some tools, and always “assistant”.
    #[serde(default, rename = "role")]
    _role: Option<de::IgnoredAny>,
}

impl<'de> Deserialize<'de> for AnyResponse {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = AnyResponse;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or an object with a text")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<AnyResponse, E> {
                self.visit_string(text.to_owned())
            }
            fn visit_string<E: de::Error>(self, text: String) -> Result<AnyResponse, E> {
                Ok(AnyResponse(Response { text, ..Response::default() }))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AnyResponse, A::Error> {
                let object = ResponseObject::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(AnyResponse(Response {
                    text: object.text,
                    model: object.model,
                    model_version: object.model_version,
                    latency_ms: object.latency_ms,
                    proposed_correction: object.proposed_correction,
                }))
            }
        }
        from.deserialize_any(Either)
    }
}

/// A passage: a bare text, or an object with an id.
#[derive(Debug, Serialize)]
pub(crate) struct AnyPassage(pub Passage);

impl<'de> Deserialize<'de> for AnyPassage {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Object {
            #[serde(default)]
            id: Option<Name>,
            text: String,
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = AnyPassage;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or an object with a text")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<AnyPassage, E> {
                Ok(AnyPassage(Passage { id: None, text: text.to_owned() }))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AnyPassage, A::Error> {
                let object = Object::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(AnyPassage(Passage { id: object.id.map(|id| id.0), text: object.text }))
            }
        }
        from.deserialize_any(Either)
    }
}

/// The component by any of its names.
#[derive(Debug)]
pub(crate) struct AnyComponent(pub assay_model::Component);

impl<'de> Deserialize<'de> for AnyComponent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        component(&name).map(AnyComponent).map_err(de::Error::custom)
    }
}

pub(crate) fn component(name: &str) -> Result<assay_model::Component, String> {
    assay_model::Component::from_name(name).ok_or_else(|| {
        let names = assay_model::Component::ALL.map(assay_model::Component::name).join(", ");
        format!("“{name}” is not a component; use one of {names}")
    })
}
