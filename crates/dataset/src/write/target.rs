//! The files that can be written, by stable names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What an export is for. The shapes are those of each tool's own documentation: TRL
/// `docs/source/dataset_formats.md`, the OpenAI fine-tuning guides, LLaMA-Factory `data/README.md`, Axolotl
/// `docs/rlhf.qmd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// One line for each grade.
    LabelsLong,
    /// One line for each rater and response.
    LabelsWide,
    /// TRL DPO, conversational.
    TrlDpo,
    /// TRL DPO, plain texts.
    TrlDpoStandard,
    /// TRL KTO, conversational.
    TrlKto,
    /// TRL KTO, plain texts.
    TrlKtoStandard,
    /// TRL SFT, `messages`.
    TrlSft,
    /// TRL SFT, `prompt` and `completion` as messages.
    TrlSftPromptCompletion,
    /// OpenAI supervised fine-tuning.
    OpenaiSft,
    /// OpenAI preference fine-tuning (also Together, Fireworks).
    OpenaiPreference,
    /// TRL reward modelling, implicit prompt.
    TrlReward,
    /// LLaMA-Factory DPO, ShareGPT form.
    LlamaFactoryDpo,
    /// LLaMA-Factory KTO, OpenAI form.
    LlamaFactoryKto,
    /// Axolotl DPO, `chat_template.default`.
    AxolotlDpo,
}

/// What rows a target is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// Grades and other labels.
    Labels,
    /// A better and a worse answer to one prompt.
    Pairs,
    /// One answer and whether it is wanted.
    Judged,
    /// One good answer.
    Examples,
}

/// A target as it is listed for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TargetInfo {
    /// The target.
    pub target: Target,
    /// Its stable name.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// One line about it.
    pub description: String,
    /// What the project must hold for it to have rows.
    pub needs: String,
    /// What its rows are.
    pub rows: Rows,
}

type Line = (Target, &'static str, &'static str, &'static str);

const LINES: [Line; 14] = [
    (
        Target::LabelsLong,
        "labels-long",
        "Labels, long",
        "One line for each grade; for statistics and `assay agreement`",
    ),
    (
        Target::LabelsWide,
        "labels-wide",
        "Labels, wide",
        "One line for each rater and response, with texts, verdicts and notes",
    ),
    (Target::TrlDpo, "trl-dpo", "TRL DPO", "Preference pairs as messages, for TRL’s DPOTrainer"),
    (
        Target::TrlDpoStandard,
        "trl-dpo-standard",
        "TRL DPO, plain text",
        "Preference pairs as plain texts, for models without a chat template",
    ),
    (
        Target::TrlKto,
        "trl-kto",
        "TRL KTO",
        "Single answers, wanted or not, as messages, for TRL’s KTOTrainer",
    ),
    (
        Target::TrlKtoStandard,
        "trl-kto-standard",
        "TRL KTO, plain text",
        "Single answers, wanted or not, as plain texts",
    ),
    (Target::TrlSft, "trl-sft", "TRL SFT", "Good conversations, for TRL’s SFTTrainer"),
    (
        Target::TrlSftPromptCompletion,
        "trl-sft-prompt-completion",
        "TRL SFT, prompt and completion",
        "Good answers apart from their prompt: the loss is on the answer only",
    ),
    (
        Target::OpenaiSft,
        "openai-sft",
        "OpenAI SFT",
        "Good conversations, for OpenAI's fine-tuning and those like it",
    ),
    (
        Target::OpenaiPreference,
        "openai-preference",
        "OpenAI preference",
        "Preference pairs for OpenAI, Together and Fireworks",
    ),
    (
        Target::TrlReward,
        "trl-reward",
        "TRL reward",
        "Whole conversations, better and worse, for TRL’s RewardTrainer",
    ),
    (
        Target::LlamaFactoryDpo,
        "llama-factory-dpo",
        "LLaMA-Factory DPO",
        "Preference pairs in ShareGPT form, with the dataset_info.json entry",
    ),
    (
        Target::LlamaFactoryKto,
        "llama-factory-kto",
        "LLaMA-Factory KTO",
        "Single answers, wanted or not, with the dataset_info.json entry",
    ),
    (
        Target::AxolotlDpo,
        "axolotl-dpo",
        "Axolotl DPO",
        "Preference pairs for chat_template.default, with the YAML snippet",
    ),
];

impl Target {
    /// All targets, in the order in which they are listed.
    pub fn all() -> Vec<TargetInfo> {
        LINES.iter().map(|line| line.0.info()).collect()
    }

    fn line(self) -> &'static Line {
        let at = LINES.iter().position(|line| line.0 == self).unwrap_or_default();
        &LINES[at]
    }

    /// Its stable name.
    pub fn name(self) -> &'static str {
        self.line().1
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        self.line().2
    }

    /// What its rows are.
    pub fn rows(self) -> Rows {
        match self {
            Self::LabelsLong | Self::LabelsWide => Rows::Labels,
            Self::TrlKto | Self::TrlKtoStandard | Self::LlamaFactoryKto => Rows::Judged,
            Self::TrlSft | Self::TrlSftPromptCompletion | Self::OpenaiSft => Rows::Examples,
            _ => Rows::Pairs,
        }
    }

    /// As it is listed for people.
    pub fn info(self) -> TargetInfo {
        let (target, name, title, description) = *self.line();
        let needs = match self.rows() {
            Rows::Labels => "grades, verdicts, notes or corrections",
            Rows::Pairs => "corrections, preferences, or grades of several responses to one prompt",
            Rows::Judged => "verdicts or grades, of wanted and of unwanted answers",
            Rows::Examples => "corrections, or answers that passed",
        };
        TargetInfo {
            target,
            name: name.to_owned(),
            title: title.to_owned(),
            description: description.to_owned(),
            needs: needs.to_owned(),
            rows: self.rows(),
        }
    }

    /// Whether its texts are plain and not messages.
    pub(crate) fn is_standard(self) -> bool {
        matches!(self, Self::TrlDpoStandard | Self::TrlKtoStandard)
    }

    /// Whether prompt and answer are one list of messages.
    pub(crate) fn joins_messages(self) -> bool {
        matches!(self, Self::TrlSft | Self::OpenaiSft | Self::TrlReward | Self::LlamaFactoryKto)
    }

    /// Whether its tool has no place for a message of the role `tool`.
    pub(crate) fn refuses_tools(self) -> bool {
        matches!(
            self,
            Self::OpenaiSft
                | Self::OpenaiPreference
                | Self::LlamaFactoryDpo
                | Self::LlamaFactoryKto
                | Self::AxolotlDpo
        )
    }

    /// Whether its tool wants the user and the assistant to take turns, after at most one system message.
    pub(crate) fn wants_turns(self) -> bool {
        matches!(self, Self::LlamaFactoryDpo | Self::LlamaFactoryKto)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no target's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a target; use one of {list}", list = LINES.map(|line| line.1).join(", "))]
pub struct UnknownTarget(pub String);

impl FromStr for Target {
    type Err = UnknownTarget;
    fn from_str(name: &str) -> Result<Self, UnknownTarget> {
        let plain = name.trim().to_ascii_lowercase().replace('_', "-");
        LINES
            .iter()
            .find(|line| line.1 == plain)
            .map(|line| line.0)
            .ok_or_else(|| UnknownTarget(name.to_owned()))
    }
}
