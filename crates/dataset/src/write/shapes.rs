//! The JSON of one row, for each target. The shape of a target's rows never varies: `datasets` fails or
//! guesses where it does.

use assay_model::{Message, MessageRole};
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};

use super::rows::Texts;
use super::target::Target;

#[derive(Serialize)]
struct Said<'a> {
    role: &'static str,
    content: &'a str,
}

fn assistant(content: &str) -> Said<'_> {
    Said { role: "assistant", content }
}

/// A conversation with the assistant's answer at its end.
struct Whole<'a>(&'a [Message], &'a str);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(self.0.len() + 1))?;
        for message in self.0 {
            list.serialize_element(message)?;
        }
        list.serialize_element(&assistant(self.1))?;
        list.end()
    }
}

/// A conversation as ShareGPT spells it.
struct ShareGpt<'a>(&'a [Message]);

#[derive(Serialize)]
struct Turn<'a> {
    from: &'static str,
    value: &'a str,
}

impl Serialize for ShareGpt<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(|message| Turn {
            from: match message.role {
                MessageRole::System => "system",
                MessageRole::User => "human",
                MessageRole::Assistant => "gpt",
                MessageRole::Tool => "observation",
            },
            value: &message.content,
        }))
    }
}

#[derive(Serialize)]
struct Pair<P, C> {
    prompt: P,
    chosen: C,
    rejected: C,
}

#[derive(Serialize)]
struct Judged<P, C> {
    prompt: P,
    completion: C,
    label: bool,
}

#[derive(Serialize)]
struct PromptCompletion<P, C> {
    prompt: P,
    completion: C,
}

#[derive(Serialize)]
struct Messages<'a> {
    messages: Whole<'a>,
}

#[derive(Serialize)]
struct Sides<'a> {
    chosen: Whole<'a>,
    rejected: Whole<'a>,
}

#[derive(Serialize)]
struct OpenAiInput<'a> {
    messages: &'a [Message],
    tools: [&'a str; 0],
    parallel_tool_calls: bool,
}

#[derive(Serialize)]
struct OpenAiPair<'a> {
    input: OpenAiInput<'a>,
    preferred_output: [Said<'a>; 1],
    non_preferred_output: [Said<'a>; 1],
}

#[derive(Serialize)]
struct LlamaFactoryPair<'a> {
    conversations: ShareGpt<'a>,
    chosen: Turn<'a>,
    rejected: Turn<'a>,
}

#[derive(Serialize)]
struct LlamaFactoryJudged<'a> {
    messages: Whole<'a>,
    label: bool,
}

#[derive(Serialize)]
struct AxolotlPair<'a> {
    messages: &'a [Message],
    chosen: Said<'a>,
    rejected: Said<'a>,
}

/// Appends a row as one line of JSON to `out`.
pub(crate) fn write_row(
    target: Target,
    messages: &[Message],
    texts: Texts<'_>,
    out: &mut Vec<u8>,
) -> serde_json::Result<()> {
    let prompt = messages;
    match (target, texts) {
        (Target::TrlDpoStandard, Texts::Pair { chosen, rejected }) => {
            let prompt = plain_prompt(messages);
            let (chosen, rejected) = (continued(&prompt, chosen), continued(&prompt, rejected));
            line(&Pair { prompt: &prompt, chosen, rejected }, out)
        }
        (Target::TrlReward, Texts::Pair { chosen, rejected }) => {
            line(&Sides { chosen: Whole(prompt, chosen), rejected: Whole(prompt, rejected) }, out)
        }
        (Target::OpenaiPreference, Texts::Pair { chosen, rejected }) => {
            let input = OpenAiInput { messages, tools: [], parallel_tool_calls: true };
            let (preferred_output, non_preferred_output) = ([assistant(chosen)], [assistant(rejected)]);
            line(&OpenAiPair { input, preferred_output, non_preferred_output }, out)
        }
        (Target::LlamaFactoryDpo, Texts::Pair { chosen, rejected }) => {
            let turn = |value| Turn { from: "gpt", value };
            let (chosen, rejected) = (turn(chosen), turn(rejected));
            line(&LlamaFactoryPair { conversations: ShareGpt(messages), chosen, rejected }, out)
        }
        (Target::AxolotlDpo, Texts::Pair { chosen, rejected }) => {
            line(&AxolotlPair { messages, chosen: assistant(chosen), rejected: assistant(rejected) }, out)
        }
        (_, Texts::Pair { chosen, rejected }) => {
            line(&Pair { prompt, chosen: [assistant(chosen)], rejected: [assistant(rejected)] }, out)
        }
        (Target::TrlKtoStandard, Texts::Judged { completion, wanted }) => {
            let prompt = plain_prompt(messages);
            let completion = continued(&prompt, completion);
            line(&Judged { prompt: &prompt, completion, label: wanted }, out)
        }
        (Target::LlamaFactoryKto, Texts::Judged { completion, wanted }) => {
            line(&LlamaFactoryJudged { messages: Whole(messages, completion), label: wanted }, out)
        }
        (_, Texts::Judged { completion, wanted }) => {
            line(&Judged { prompt, completion: [assistant(completion)], label: wanted }, out)
        }
        (Target::TrlSftPromptCompletion, Texts::Example { completion }) => {
            line(&PromptCompletion { prompt, completion: [assistant(completion)] }, out)
        }
        (_, Texts::Example { completion }) => line(&Messages { messages: Whole(messages, completion) }, out),
    }
}

pub(crate) fn line(row: &impl Serialize, out: &mut Vec<u8>) -> serde_json::Result<()> {
    serde_json::to_writer(&mut *out, row)?;
    out.push(b'\n');
    Ok(())
}

/// A conversation as plain text: a lone message of the user as it is, anything longer as a transcript
/// (`User: …`) that ends with `Assistant:`.
pub(crate) fn plain_prompt(messages: &[Message]) -> String {
    if let [Message { role: MessageRole::User, content }] = messages {
        return content.clone();
    }
    let mut text = String::new();
    for message in messages {
        text.push_str(match message.role {
            MessageRole::System => "System: ",
            MessageRole::User => "User: ",
            MessageRole::Assistant => "Assistant: ",
            MessageRole::Tool => "Tool: ",
        });
        text.push_str(&message.content);
        text.push_str("\n\n");
    }
    text.push_str("Assistant:");
    text
}

/// A completion to be joined to a prompt without a separator, as TRL joins them: with a space before it,
/// unless one is there.
fn continued(prompt: &str, completion: &str) -> String {
    let spaced = prompt.ends_with(char::is_whitespace) || completion.starts_with(char::is_whitespace);
    if spaced { completion.to_owned() } else { format!(" {completion}") }
}
