//! A row of any of the usual training shapes, brought to one form: a prompt and what follows it.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// An answer of a row.
#[derive(Debug, Default)]
pub(crate) struct Side {
    pub text: String,
    pub is_list: bool,
    pub not_assistant: bool,
    /// It continues the last word of a prompt that is a plain text too.
    pub is_unseparated: bool,
}

/// What matters of a row.
#[derive(Debug, Default)]
pub(crate) struct Row<'a> {
    pub has_prompt: bool,
    /// All of the prompt, with the roles.
    pub prompt: Cow<'a, str>,
    /// The text of its last message.
    pub last_prompt: Cow<'a, str>,
    pub prompt_ends_with_assistant: bool,
    /// The whole conversation ends with the user.
    pub ends_with_user: bool,
    pub chosen: Option<Side>,
    pub rejected: Option<Side>,
    pub completion: Option<Side>,
    pub label: Option<&'a Value>,
    /// What a reward trainer reads beside a pair.
    pub margin: Option<&'a Value>,
    /// The prompt is a plain text that ends in the middle of a line.
    pub ends_in_line: bool,
    pub unknown_roles: Vec<String>,
}

type Said<'a> = (&'a str, Cow<'a, str>);

impl<'a> Row<'a> {
    pub fn of(object: &'a Map<String, Value>) -> Self {
        let get =
            |names: &[&str]| names.iter().find_map(|name| object.get(*name)).filter(|value| !value.is_null());
        let mut row = Self::default();
        let input = object.get("input").and_then(|input| input.get("messages"));
        let messages = get(&["messages", "conversations"]);
        let mut prompt = get(&["prompt"]).or(input);
        let (chosen, rejected) =
            (get(&["chosen", "preferred_output"]), get(&["rejected", "non_preferred_output"]));
        let completion = get(&["completion", "response"]);
        let is_pair = chosen.is_some() && rejected.is_some();
        if is_pair && prompt.is_none() {
            prompt = messages;
        }
        if let Some(prompt) = prompt {
            row.set_prompt(prompt);
        }
        if let (Some(chosen), Some(rejected)) = (chosen, rejected) {
            row.chosen = Some(row.side(chosen, prompt.is_none()));
            row.rejected = Some(row.side(rejected, false));
        } else if let Some(completion) = completion {
            row.completion = Some(row.side(completion, false));
        } else if let (Some(messages), None) = (messages, prompt) {
            row.completion = Some(row.side(messages, true));
        }
        row.margin = get(&["margin"]).filter(|_| is_pair);
        row.label = get(&["label", "kto_tag"]).filter(|_| row.completion.is_some());
        row
    }

    fn messages(&mut self, value: &'a Value) -> Vec<Said<'a>> {
        let one = std::slice::from_ref(value);
        let list = value.as_array().map_or(one, Vec::as_slice);
        let mut said = Vec::new();
        for message in list {
            let text = |names: [&str; 2]| names.iter().find_map(|name| message.get(*name));
            let role = text(["role", "from"]).and_then(Value::as_str).unwrap_or("");
            if !is_known(role) {
                self.unknown_roles.push(role.to_owned());
            }
            let content = match text(["content", "value"]) {
                Some(Value::String(content)) => Cow::Borrowed(content.as_str()),
                Some(Value::Array(parts)) => {
                    Cow::Owned(parts.iter().filter_map(|part| part.get("text")?.as_str()).collect())
                }
                _ if message.get("tool_calls").is_some() => Cow::Borrowed("(a call of a tool)"),
                _ => Cow::Borrowed(""),
            };
            said.push((role, content));
        }
        said
    }

    fn set_prompt(&mut self, value: &'a Value) {
        self.has_prompt = true;
        if let Some(text) = value.as_str() {
            (self.prompt, self.last_prompt) = (text.into(), text.into());
            self.ends_in_line = text.ends_with(|last: char| last.is_ascii() && !last.is_whitespace());
            return;
        }
        let said = self.messages(value);
        self.take_prompt(&said);
    }

    fn take_prompt(&mut self, said: &[Said<'a>]) {
        self.has_prompt = true;
        if let Some((role, content)) = said.last() {
            self.prompt_ends_with_assistant = is_assistant(role);
            self.last_prompt = content.clone();
        }
        let contents = said.iter().map(|(_, content)| content.as_ref());
        self.prompt = contents.collect::<Vec<_>>().join("\n").into();
    }

    /// An answer: a text, a message, or a list that ends with one. Of a `whole` conversation the rest is
    /// the prompt.
    fn side(&mut self, value: &'a Value, whole: bool) -> Side {
        if let Some(text) = value.as_str() {
            let begins_at_once = text.starts_with(|first: char| first.is_ascii() && !first.is_whitespace());
            return Side {
                text: text.to_owned(),
                is_unseparated: self.ends_in_line && begins_at_once,
                ..Side::default()
            };
        }
        let mut said = self.messages(value);
        let last = said.pop();
        let role = last.as_ref().map_or("", |(role, _)| role);
        let ends_with_user = is_user(role);
        self.ends_with_user |= ends_with_user;
        if whole && ends_with_user {
            // There is no answer: what the user said last is the prompt's, and not an empty one.
            said.extend(last.clone());
        }
        if whole {
            self.take_prompt(&said);
        }
        Side {
            text: last.as_ref().map_or_else(String::new, |(_, content)| content.trim().to_owned()),
            is_list: value.is_array(),
            not_assistant: is_known(role) && !is_assistant(role) && !ends_with_user,
            is_unseparated: false,
        }
    }
}

fn is_known(role: &str) -> bool {
    is_assistant(role)
        || is_user(role)
        || matches!(role, "system" | "developer" | "tool" | "function" | "observation" | "function_call")
}

fn is_user(role: &str) -> bool {
    matches!(role, "user" | "human")
}

fn is_assistant(role: &str) -> bool {
    matches!(role, "assistant" | "gpt" | "model")
}
