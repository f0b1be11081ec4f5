//! What was kept and what was dropped, and why (promise 5).

use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::TS;

/// Why something is not in the dataset. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// See [`Reason::sentence`], for each.
    HeldOut,
    /// Near-duplicate.
    NearDuplicateOfHeldOut,
    /// Component filter.
    FilteredByComponent,
    /// Task type filter.
    FilteredByTaskType,
    /// Locale filter.
    FilteredByLocale,
    /// Flag filter.
    FilteredByFlag,
    /// Rater filter.
    FilteredByRater,
    /// Too few raters.
    FilteredByMinRaters,
    /// Verdict filter.
    FilteredByVerdict,
    /// Quality filter.
    FilteredByQuality,
    /// Skipped or withdrawn.
    NotSubmitted,
    /// Cannot judge.
    CannotJudge,
    /// No label.
    NoLabel,
    /// Superseded by a resolution.
    Superseded,
    /// Equal to the original.
    UneditedCorrection,
    /// A tie.
    Tie,
    /// As many for as against.
    Contradictory,
    /// Too small a gap.
    SmallGap,
    /// Borderline.
    Borderline,
    /// Empty.
    EmptyText,
    /// Chosen and rejected equal.
    EqualPair,
    /// Prompt in completion.
    PromptRepeated,
    /// Prompt ends with the assistant.
    PromptEndsWithAssistant,
    /// A role the target has no place for.
    UnsupportedRole,
    /// Turns the target has no place for.
    UnsupportedTurns,
    /// Twice.
    DuplicateRow,
}

/// What a reason counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Whole samples.
    Samples,
    /// Annotations.
    Annotations,
    /// Rows that might have been.
    Rows,
}

impl Reason {
    /// What it counts.
    pub fn unit(self) -> Unit {
        match self {
            Self::HeldOut
            | Self::FilteredByComponent
            | Self::FilteredByTaskType
            | Self::FilteredByLocale
            | Self::FilteredByFlag
            | Self::FilteredByMinRaters
            | Self::NearDuplicateOfHeldOut
            | Self::NoLabel => Unit::Samples,
            Self::FilteredByRater | Self::NotSubmitted | Self::CannotJudge => Unit::Annotations,
            _ => Unit::Rows,
        }
    }

    /// What it means.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::HeldOut => "The sample is golden or red-flag, and those are never trained on.",
            Self::NearDuplicateOfHeldOut => {
                "Its prompt or an answer is nearly that of a golden or red-flag sample."
            }
            Self::FilteredByComponent => "The sample is of a component that was not asked for.",
            Self::FilteredByTaskType => "The sample is of a task type that was not asked for.",
            Self::FilteredByLocale => "The sample is in a language that was not asked for.",
            Self::FilteredByFlag => "Somebody flagged the sample with a flag that keeps it out.",
            Self::FilteredByRater => "The annotation is of a rater that was not asked for.",
            Self::FilteredByMinRaters => "The sample has fewer raters than asked for.",
            Self::FilteredByVerdict => "The response has no verdict, or not one that was asked for.",
            Self::FilteredByQuality => {
                "The response has no grades, or its quality is below the one asked for."
            }
            Self::NotSubmitted => "The annotation was skipped or taken back.",
            Self::CannotJudge => "The rater said that they cannot judge it.",
            Self::NoLabel => "Nobody said anything of the sample that this dataset could use.",
            Self::Superseded => "A lead’s resolution takes the place of what the raters said.",
            Self::UneditedCorrection => "The correction is equal to the response.",
            Self::Tie => "The responses, or the raters’ verdicts, are tied.",
            Self::Contradictory => "As many say one thing as the opposite, here or in another row.",
            Self::SmallGap => "The grades of the two responses are too close to each other.",
            Self::Borderline => "The answer is neither clearly wanted nor clearly unwanted.",
            Self::EmptyText => "The prompt or an answer is empty.",
            Self::EqualPair => "The better and the worse answer are the same text.",
            Self::PromptRepeated => "The answer begins with the whole prompt.",
            Self::PromptEndsWithAssistant => {
                "The conversation ends with the assistant before the answer begins."
            }
            Self::UnsupportedRole => {
                "The conversation has a message of a role that the target has no place for."
            }
            Self::UnsupportedTurns => "User and assistant do not take turns, as the target wants it.",
            Self::DuplicateRow => "The same row is there already.",
        }
    }
}

/// A reason and its count, as it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct Dropped {
    /// Why.
    pub reason: Reason,
    /// Of what.
    pub of: Unit,
    /// How many.
    #[ts(type = "number")]
    pub count: u64,
    /// What it means.
    #[ts(type = "string")]
    pub sentence: &'static str,
}

/// Counts by reason.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally(BTreeMap<Reason, u64>);

impl Tally {
    pub fn drop(&mut self, reason: Reason) {
        self.drop_many(reason, 1);
    }

    pub fn drop_many(&mut self, reason: Reason, count: u64) {
        if count > 0 {
            *self.0.entry(reason).or_default() += count;
        }
    }

    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    pub fn list(&self) -> Vec<Dropped> {
        self.0
            .iter()
            .map(|(&reason, &count)| Dropped {
                reason,
                of: reason.unit(),
                count,
                sentence: reason.sentence(),
            })
            .collect()
    }
}
