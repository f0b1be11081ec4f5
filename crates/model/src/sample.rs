//! A sample: a conversation, the responses to be graded, and what production knew about them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use ts_rs::TS;

use crate::Invalid;
use crate::ids::ExternalId;
use crate::invalid::no_nul;

/// The most responses one sample may hold: more cannot be compared side by side.
pub const MAX_RESPONSES: usize = 8;

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MessageRole {
    /// Instructions to the model.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The answer of a tool that the model called.
    Tool,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Message {
    /// Who speaks.
    pub role: MessageRole,
    /// What they say, as Markdown or plain text.
    pub content: String,
}

/// One output of one model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Response {
    /// The whole text.
    pub text: String,
    /// The model's name; hidden from annotators unless the project shows models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The model's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_version: Option<String>,
    /// How long the model took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
    /// A correction that somebody already proposed (a user's own edit in the product).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_correction: Option<String>,
}

/// A passage that the model was given to answer from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Passage {
    /// Its name in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its text.
    pub text: String,
}

/// Which part of the dataset a sample belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// Drawn from what production sees.
    #[default]
    Representative,
    /// Known answers, kept aside to measure with; never trained on (promise 6).
    Golden,
    /// Rare and difficult.
    Edge,
    /// Went wrong once.
    Regression,
    /// Must never go wrong; never trained on (promise 6).
    #[serde(alias = "red-flag")]
    RedFlag,
}

impl Component {
    /// All components, in the order in which they are listed.
    pub const ALL: [Component; 5] =
        [Self::Representative, Self::Golden, Self::Edge, Self::Regression, Self::RedFlag];

    /// The name used in files and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Representative => "representative",
            Self::Golden => "golden",
            Self::Edge => "edge",
            Self::Regression => "regression",
            Self::RedFlag => "red_flag",
        }
    }

    /// The component of that name (`red-flag` is understood too).
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace('-', "_");
        Self::ALL.into_iter().find(|component| component.name() == name)
    }

    /// Whether samples of this component are kept out of training files (promise 6).
    pub fn is_held_out(self) -> bool {
        matches!(self, Self::Golden | Self::RedFlag)
    }
}

/// A user's thumb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Thumb {
    /// Liked.
    Up,
    /// Disliked.
    Down,
}

/// What production knew: what the user said and did, and what checks found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Feedback {
    /// The user's thumb.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumb: Option<Thumb>,
    /// The reasons the user gave, as the product names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>")]
    pub reason_codes: Vec<String>,
    /// The user's own edit of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_edit: Option<String>,
    /// How long the user looked at the answer, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dwell_ms: Option<f64>,
    /// Whether the user left without using the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abandoned: Option<bool>,
    /// Automated checks by name, and what each found.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(as = "Option<BTreeMap<String, Value>>")]
    pub automated_checks: BTreeMap<String, Value>,
}

/// A sample. Its identity inside Assay is the [`SampleId`](crate::SampleId) of its fact; `external_id` is
/// the name it had where it came from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Sample {
    /// The name it had where it came from; unique in a project.
    pub external_id: ExternalId,
    /// The conversation up to the responses.
    pub messages: Vec<Message>,
    /// One or more answers to the conversation.
    pub responses: Vec<Response>,
    /// An answer known to be good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What the model was given to answer from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Passage>>")]
    pub context: Vec<Passage>,
    /// Which part of the dataset it belongs to.
    #[serde(default)]
    #[ts(as = "Component")]
    pub component: Component,
    /// Language tag, as in BCP 47 (`en-GB`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Which group of users it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// What kind of task it is (`summary`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_type: Option<String>,
    /// Free labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>")]
    pub tags: Vec<String>,
    /// What production knew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Feedback>,
    /// Anything else that came with it, kept as it was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(as = "Option<BTreeMap<String, Value>>")]
    pub metadata: BTreeMap<String, Value>,
}

impl Sample {
    /// Refuses a sample that could not be graded: no name, no conversation, no response, an empty
    /// response, a NUL anywhere in its texts.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.external_id.as_str().trim().is_empty() {
            return Err(Invalid::new("id", "is empty", "give each sample an id of its own"));
        }
        no_nul("id", self.external_id.as_str())?;
        if self.messages.iter().all(|message| message.content.trim().is_empty()) {
            return Err(Invalid::new("messages", "hold no text", "give a prompt, or messages with content"));
        }
        for (i, message) in self.messages.iter().enumerate() {
            no_nul(&format!("messages[{i}].content"), &message.content)?;
        }
        self.check_responses()?;
        if let Some(reference) = &self.reference {
            no_nul("reference", reference)?;
        }
        for (i, passage) in self.context.iter().enumerate() {
            no_nul(&format!("context[{i}].text"), &passage.text)?;
        }
        Ok(())
    }

    fn check_responses(&self) -> Result<(), Invalid> {
        if self.responses.is_empty() {
            return Err(Invalid::new("responses", "are missing", "give a response to be graded"));
        }
        if self.responses.len() > MAX_RESPONSES {
            return Err(Invalid::new(
                "responses",
                format!("are {}, more than {MAX_RESPONSES}", self.responses.len()),
                "split the sample into several",
            ));
        }
        for (i, response) in self.responses.iter().enumerate() {
            no_nul(&format!("responses[{i}].text"), &response.text)?;
            if let Some(proposed) = &response.proposed_correction {
                no_nul(&format!("responses[{i}].proposed_correction"), proposed)?;
            }
        }
        Ok(())
    }

    /// One line that tells this sample from others: the beginning of the last message of the user.
    pub fn title(&self) -> String {
        let last = self.messages.iter().rev().find(|message| message.role == MessageRole::User);
        let text = last.or(self.messages.first()).map_or("", |message| message.content.as_str());
        let (mut title, mut length) = (String::new(), 0);
        for word in text.split_whitespace() {
            let word_length = word.chars().count();
            if length + word_length > 120 {
                if title.is_empty() {
                    title.extend(word.chars().take(119));
                }
                title.push('…');
                break;
            }
            if !title.is_empty() {
                title.push(' ');
                length += 1;
            }
            title.push_str(word);
            length += word_length;
        }
        title
    }

    /// SHA-256 of what is graded (conversation, responses, context, reference), by which the same
    /// content is recognised under another name. Metadata and feedback do not count.
    pub fn content_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut part = |tag: u8, text: &str| {
            hash.update([tag]);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        for message in &self.messages {
            part(message.role as u8, &message.content);
        }
        for response in &self.responses {
            part(10, &response.text);
            part(11, response.model.as_deref().unwrap_or(""));
        }
        for passage in &self.context {
            part(12, &passage.text);
        }
        part(13, self.reference.as_deref().unwrap_or(""));
        hash.finalize().into()
    }
}
