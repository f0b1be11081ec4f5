//! The names of the formats.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A format that samples come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Assay JSONL: one sample a line.
    Assay,
    /// Chat JSONL: `messages` that end with the answer.
    Chat,
    /// JSONL of prompt and response, under any usual names.
    Pairs,
    /// JSONL of prompt, chosen and rejected (TRL, LLaMA-Factory, Axolotl).
    Preferences,
    /// Comma- or semicolon-separated values with a header.
    Csv,
    /// Tab-separated values with a header.
    Tsv,
    /// Product feedback events.
    Events,
}

impl Format {
    /// All formats, in the order in which they are listed.
    pub const ALL: [Format; 7] =
        [Self::Assay, Self::Chat, Self::Pairs, Self::Preferences, Self::Csv, Self::Tsv, Self::Events];

    /// The name used on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Assay => "assay",
            Self::Chat => "chat",
            Self::Pairs => "pairs",
            Self::Preferences => "preferences",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Events => "events",
        }
    }

    /// The name shown to people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Assay => "Assay JSONL",
            Self::Chat => "chat JSONL",
            Self::Pairs => "prompt/response JSONL",
            Self::Preferences => "prompt/chosen/rejected JSONL",
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::Events => "product feedback events",
        }
    }

    /// Whether it is a table with a header.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }

    /// Whether a mapping of columns has a meaning for it.
    pub fn has_columns(self) -> bool {
        self.is_table() || self == Self::Pairs
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no format's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a format; use one of assay, chat, pairs, preferences, csv, tsv, events")]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;
    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let plain = name.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|format| format.name() == plain)
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}
