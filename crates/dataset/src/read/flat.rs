//! Records without nesting: rows of a table, and JSON objects of the form prompt/response. Which field
//! is which is said by a mapping.

use std::collections::BTreeMap;

use assay_model::{ExternalId, Message, MessageRole, Passage, Response, Sample};
use serde_json::{Map, Value};

use super::parts::{Conversation, component};
use super::preferences::preferred_first;
use super::{Draft, mapping};
use crate::error::{Fault, FileError, FileProblem};

/// A mapping made ready: which field each column goes to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    /// Field → column, as it is shown.
    pub mapping: BTreeMap<String, String>,
    /// Column → field.
    by_column: BTreeMap<String, String>,
}

impl Plan {
    /// The guessed mapping, overruled by what was asked for. Refuses a column that is not there, a field
    /// that does not exist, and a table without a prompt or a response.
    pub fn new(file: &str, columns: &[String], asked: &BTreeMap<String, String>) -> Result<Self, FileError> {
        let there = || columns.join(", ");
        let mut mapping = mapping::guess_mapping(columns);
        for (field, column) in asked {
            if !mapping::is_field(field) {
                return Err(FileError::new(
                    file,
                    FileProblem::MissingColumn,
                    format!("“{field}” is not a field that a column can be mapped to."),
                    format!("use one of {}", mapping::FIELDS.join(", ")),
                )
                .field(field));
            }
            if !columns.contains(column) {
                return Err(FileError::new(
                    file,
                    FileProblem::MissingColumn,
                    format!("{file} has no column “{column}”, which {field} is mapped to."),
                    format!("its columns are {}", there()),
                )
                .field(column));
            }
            mapping.retain(|_, guessed| guessed != column);
            mapping.insert(field.clone(), column.clone());
        }
        let pair = mapping.contains_key("chosen") && mapping.contains_key("rejected");
        let missing = match () {
            () if !mapping.contains_key("prompt") => Some("prompt"),
            () if !mapping.contains_key("response") && !pair => Some("response"),
            () => None,
        };
        if let Some(field) = missing {
            return Err(FileError::new(
                file,
                FileProblem::MissingColumn,
                format!("No column of {file} is known to hold the {field}; its columns are {}.", there()),
                format!("name it: --map {field}=COLUMN"),
            )
            .field(field));
        }
        let by_column = mapping.iter().map(|(field, column)| (column.clone(), field.clone())).collect();
        Ok(Self { mapping, by_column })
    }

    /// The field of a column.
    pub fn field(&self, column: &str) -> Option<&str> {
        self.by_column.get(column).map(String::as_str)
    }
}

/// A sample put together field by field.
#[derive(Default)]
pub(crate) struct Flat {
    prompt: Vec<Message>,
    system: Option<String>,
    responses: BTreeMap<usize, String>,
    models: BTreeMap<usize, String>,
    chosen: Option<String>,
    rejected: Option<String>,
    sample: Sample,
}

impl Flat {
    /// Puts a text into a field; an empty one counts as absent.
    pub fn put(&mut self, field: &str, text: &str) -> Result<(), Fault> {
        if text.trim().is_empty() && !matches!(field, "response" | "chosen" | "rejected") {
            return Ok(());
        }
        let own = text.to_owned();
        match field {
            "id" => self.sample.external_id = ExternalId(own.trim().to_owned()),
            "prompt" => self.prompt = vec![Message { role: MessageRole::User, content: own }],
            "system" => self.system = Some(own),
            "chosen" => self.chosen = Some(own),
            "rejected" => self.rejected = Some(own),
            "reference" => self.sample.reference = Some(own),
            "context" => self.sample.context.push(Passage { id: None, text: own }),
            "locale" => self.sample.locale = Some(own),
            "segment" => self.sample.segment = Some(own),
            "task_type" => self.sample.task_type = Some(own),
            "tags" => {
                let tags = own.split([',', ';', '|']).map(str::trim).filter(|tag| !tag.is_empty());
                self.sample.tags = tags.map(str::to_owned).collect();
            }
            "component" => {
                self.sample.component = component(text).map_err(|message| {
                    let (what, hint) = message.split_once("; ").unwrap_or((&message, ""));
                    Fault::new("component", format!("{what}."), hint)
                })?;
            }
            _ => {
                let (stem, n) = field.rsplit_once('_').unwrap_or((field, "1"));
                let n = n.parse().unwrap_or(1);
                let list = if stem == "model" { &mut self.models } else { &mut self.responses };
                list.insert(n, own);
            }
        }
        Ok(())
    }

    /// Puts a JSON value into a field.
    pub fn put_json(&mut self, field: &str, value: &Value) -> Result<(), Fault> {
        match value {
            Value::Null => Ok(()),
            Value::String(text) => self.put(field, text),
            Value::Number(number) => self.put(field, &number.to_string()),
            Value::Bool(truth) => self.put(field, &truth.to_string()),
            Value::Array(list) if field == "tags" || field == "context" => {
                let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                if field == "tags" {
                    self.sample.tags = texts.into_iter().map(str::to_owned).collect();
                    return Ok(());
                }
                texts.into_iter().try_for_each(|text| self.put(field, text))
            }
            Value::Array(_) if field == "prompt" => {
                let conversation: Conversation =
                    serde_path_to_error::deserialize(value).map_err(|error| {
                        let path = format!("prompt{}", error.path());
                        Fault::new(&path, format!("{path}: {}.", error.inner()), "give a text or messages")
                    })?;
                self.prompt = conversation.0;
                Ok(())
            }
            Value::Array(_) | Value::Object(_) => Err(Fault::new(
                field,
                format!("{field} is a list or an object, not a text."),
                "map the field to a key that holds a text",
            )),
        }
    }

    /// Keeps what no field takes.
    pub fn keep(&mut self, column: &str, value: Value) {
        let empty = value.is_null() || value.as_str().is_some_and(str::is_empty);
        if !empty {
            self.sample.metadata.insert(column.to_owned(), value);
        }
    }

    /// The sample.
    pub fn finish(self) -> Draft {
        let mut sample = self.sample;
        sample.messages = self.prompt;
        if let Some(content) = self.system {
            sample.messages.insert(0, Message { role: MessageRole::System, content });
        }
        let mut models = self.models;
        let mut labels = Vec::new();
        let texts: Vec<(usize, String)> = match (self.chosen, self.rejected) {
            (Some(chosen), Some(rejected)) => {
                labels.push(preferred_first());
                vec![(1, chosen), (2, rejected)]
            }
            _ => self.responses.into_iter().collect(),
        };
        for (n, text) in texts {
            let model = models.remove(&n);
            sample.responses.push(Response { text, model, ..Response::default() });
        }
        Draft { sample, labels }
    }
}

/// The sample of a JSON object of the form prompt/response.
pub(crate) fn from_object(object: Map<String, Value>, plan: &Plan) -> Result<Draft, Fault> {
    let mut flat = Flat::default();
    for (key, value) in object {
        match plan.field(&key) {
            Some(field) => flat.put_json(field, &value)?,
            None => flat.keep(&key, value),
        }
    }
    let draft = flat.finish();
    if draft.sample.messages.is_empty() {
        let key = plan.mapping.get("prompt").map_or("prompt", String::as_str);
        return Err(Fault::new(key, format!("{key} is missing."), "give the prompt as a text"));
    }
    if draft.sample.responses.is_empty() {
        let key = plan.mapping.get("response").map_or("response", String::as_str);
        return Err(Fault::new(key, format!("{key} is missing."), "give the response as a text"));
    }
    Ok(draft)
}
