//! What is found, by stable names.

use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::TS;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Training on it goes wrong.
    Error,
    /// It is hardly meant.
    Warning,
    /// Worth knowing.
    Note,
}

/// What is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// A line that is no JSON.
    BadJson,
    /// A row that is no object.
    NotAnObject,
    /// NaN or Infinity.
    NotANumber,
    /// No rows.
    NoRows,
    /// A file that is not as the manifest says.
    ChangedFile,
    /// Chosen and rejected are equal.
    ChosenEqualsRejected,
    /// Two rows say the opposite.
    Contradictory,
    /// An empty answer.
    EmptyCompletion,
    /// An empty prompt.
    EmptyPrompt,
    /// A role that no chat template knows.
    UnknownRole,
    /// A conversation that ends with the user.
    EndsWithUser,
    /// An answer that is not the assistant's.
    NotAssistant,
    /// A prompt that ends with the assistant.
    PromptEndsWithAssistant,
    /// Rows of several shapes.
    MixedShapes,
    /// A KTO label that is no boolean.
    LabelNotBoolean,
    /// KTO labels of one kind.
    OneClass,
    /// A column of dates.
    DatesOnly,
    /// A column with a reserved name.
    ReservedColumn,
    /// The prompt again in the answer.
    PromptRepeated,
    /// A row that is there twice.
    DuplicateRow,
    /// A byte-order mark.
    ByteOrderMark,
    /// A margin that is no number.
    MarginNotNumber,
    /// Texts that are joined with nothing between them.
    NoSeparator,
    /// The better answers are the longer ones.
    LengthBias,
}

impl Code {
    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::DuplicateRow | Self::NoSeparator | Self::PromptEndsWithAssistant => Severity::Warning,
            Self::LengthBias => Severity::Note,
            _ => Severity::Error,
        }
    }

    /// What is wrong, as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::BadJson => "The line is not JSON.",
            Self::NotAnObject => "The row is not a JSON object.",
            Self::NotANumber => "The row holds NaN or Infinity, which JSON does not have.",
            Self::NoRows => "The file holds no rows.",
            Self::ChangedFile => "The file is not the one that the manifest describes.",
            Self::ChosenEqualsRejected => "Chosen and rejected are the same text.",
            Self::Contradictory => "Another row with this prompt says the opposite.",
            Self::EmptyCompletion => "The answer is empty.",
            Self::EmptyPrompt => "The prompt is empty.",
            Self::UnknownRole => "A message has a role other than system, user, assistant or tool.",
            Self::EndsWithUser => "The conversation ends with the user, so there is no answer to learn.",
            Self::NotAssistant => "The answer is not a message of the assistant.",
            Self::PromptEndsWithAssistant => "The prompt ends with the assistant.",
            Self::MixedShapes => "The row has other fields or types than most rows.",
            Self::LabelNotBoolean => "The label is not true or false.",
            Self::OneClass => "All labels are the same, and KTO needs both kinds.",
            Self::DatesOnly => "Every text of the column is an ISO date; datasets turns it into timestamps.",
            Self::ReservedColumn => "The column has a name that trainers give a meaning of their own.",
            Self::PromptRepeated => "The answer begins with the whole prompt.",
            Self::DuplicateRow => "The same row is there before.",
            Self::ByteOrderMark => "The file begins with a byte-order mark.",
            Self::MarginNotNumber => "The margin, which a reward trainer reads, is not a number.",
            Self::NoSeparator => {
                "Prompt and answer are plain texts, and trainers join those with nothing between them."
            }
            Self::LengthBias => "Chosen is nearly always longer than rejected; a model may learn length.",
        }
    }

    /// What to do.
    pub fn hint(self) -> &'static str {
        match self {
            Self::BadJson | Self::NotAnObject => "give one JSON object a line",
            Self::NotANumber => "write null, or leave the field out",
            Self::NoRows => "check the export that wrote it",
            Self::ChangedFile => "export again, or find out who changed it",
            Self::ChosenEqualsRejected | Self::DuplicateRow => "remove the row",
            Self::Contradictory => "decide which of the two is right, and remove the other",
            Self::EmptyCompletion | Self::EmptyPrompt => "remove the row, or fill in the text",
            Self::UnknownRole => "rename the role",
            Self::EndsWithUser => "add the answer, or remove the last message",
            Self::NotAssistant => "give the role assistant to the answer",
            Self::PromptEndsWithAssistant => "move the last message into the answer, or remove it",
            Self::MixedShapes => "give all rows the same fields with the same types",
            Self::LabelNotBoolean => "write true or false",
            Self::OneClass => "add answers of the other kind",
            Self::DatesOnly => "add texts around the dates",
            Self::ReservedColumn => "rename the column",
            Self::PromptRepeated => "remove the prompt from the answer",
            Self::ByteOrderMark => "save the file as UTF-8 without a mark",
            Self::MarginNotNumber => "write a number, or leave the column out",
            Self::NoSeparator => "begin the answer with a space or a line break",
            Self::LengthBias => "add pairs whose better answer is the shorter one",
        }
    }
}

/// A place where something was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(optional_fields)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1.
    #[ts(type = "number")]
    pub line: u64,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
}

/// One kind of finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Finding {
    /// Its name.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    #[ts(type = "string")]
    pub message: &'static str,
    /// What to do.
    #[ts(type = "string")]
    pub hint: &'static str,
    /// How often.
    #[ts(type = "number")]
    pub count: u64,
    /// The first places, at most ten.
    pub places: Vec<Place>,
}

/// What a check came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct Findings {
    /// The files that were read.
    pub files: Vec<String>,
    /// How many rows they have.
    #[ts(type = "number")]
    pub rows: u64,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
}

impl Findings {
    /// Whether there is anything of severity `error`.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// The finding of a code.
    pub fn of(&self, code: Code) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.code == code)
    }
}

/// Findings on the way.
#[derive(Default)]
pub(crate) struct Notes(BTreeMap<Code, (u64, Vec<Place>)>);

impl Notes {
    pub fn add(&mut self, code: Code, file: &str, line: u64) {
        self.put(code, file, line, None);
    }

    pub fn add_saying(&mut self, code: Code, file: &str, line: u64, what: &str) {
        self.put(code, file, line, Some(what.to_owned()));
    }

    fn put(&mut self, code: Code, file: &str, line: u64, what: Option<String>) {
        let (count, places) = self.0.entry(code).or_default();
        *count += 1;
        if places.len() < 10 {
            places.push(Place { file: file.to_owned(), line, what });
        }
    }

    pub fn list(self) -> Vec<Finding> {
        let mut list: Vec<Finding> = self
            .0
            .into_iter()
            .map(|(code, (count, places))| Finding {
                code,
                severity: code.severity(),
                message: code.sentence(),
                hint: code.hint(),
                count,
                places,
            })
            .collect();
        list.sort_by_key(|finding| (finding.severity, finding.code));
        list
    }
}
