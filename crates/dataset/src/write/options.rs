//! What is to be exported. Every option is in the manifest, so an export can be repeated.

use assay_model::{Component, DimensionId, Flag, RaterKind, SampleId, Verdict};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::target::{Rows, Target};
use crate::error::Error;
use crate::hash::{hash64, mix};

/// How label tables are written. Training files are always JSONL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    #[default]
    Jsonl,
}

/// Everything that decides what an export holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ExportOptions {
    /// What for.
    pub target: Target,
    /// How label tables are written.
    #[serde(default)]
    pub file_format: FileFormat,
    /// Where pairs come from.
    #[serde(default)]
    pub pairs_from: PairSources,
    /// Which samples and labels count.
    #[serde(default)]
    pub filters: Filters,
    /// Golden and red-flag samples stay out (promise 6), except for components named here.
    #[serde(default)]
    pub include_held_out: Vec<Component>,
    /// Shares of train, validation and test.
    #[serde(default)]
    pub split: SplitShares,
    /// Another seed, another split.
    #[serde(default)]
    #[ts(type = "number")]
    pub seed: u64,
    /// Which answers are examples to learn from.
    #[serde(default)]
    pub sft: SftOptions,
    /// Which answers are wanted.
    #[serde(default)]
    pub kto: KtoOptions,
}

impl ExportOptions {
    /// The defaults for a target: all of it in one training file, people's labels only, pairs from
    /// corrections and preferences; label tables as CSV.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            file_format: if target.rows() == Rows::Labels { FileFormat::Csv } else { FileFormat::Jsonl },
            pairs_from: PairSources::default(),
            filters: Filters::default(),
            include_held_out: Vec::new(),
            split: SplitShares::default(),
            seed: 0,
            sft: SftOptions::default(),
            kto: KtoOptions::default(),
        }
    }

    /// Refuses options that contradict each other.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |message: &str, hint: &str| {
            Err(Error::Refused { code: "bad_options", message: message.to_owned(), hint: hint.to_owned() })
        };
        let rows = self.target.rows();
        if rows != Rows::Labels && self.file_format == FileFormat::Csv {
            return refuse("Training files are written as JSONL, not CSV.", "leave out the file format");
        }
        let from = &self.pairs_from;
        if rows == Rows::Pairs && !from.corrections && !from.preferences && from.grade_gap.is_none() {
            return refuse("No source of pairs is chosen.", "choose corrections, preferences or a grade gap");
        }
        if let Some(gap) = &from.grade_gap
            && !(gap.at_least > 0.0 && gap.at_least <= 4.0)
        {
            return refuse(
                "The grade gap must be more than 0 and at most 4.",
                "use 1 or more for clear pairs",
            );
        }
        let SplitShares { train, validation, test } = self.split;
        let good = |share: f64| (0.0..=1.0).contains(&share);
        let all = good(train) && good(validation) && good(test);
        if !all || (train + validation + test - 1.0).abs() > 1e-6 || train == 0.0 {
            return refuse(
                "The shares of train, validation and test must add up to 1, with some for training.",
                "for example 0.8, 0.1 and 0.1",
            );
        }
        if self.kto.wanted_from.is_nan() || self.kto.wanted_from <= self.kto.unwanted_to {
            return refuse(
                "The quality from which an answer is wanted must be above the one to which it is not.",
                "for example 4 and 2.5",
            );
        }
        Ok(())
    }
}

/// Where pairs come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct PairSources {
    /// A corrected text over the response that was corrected.
    pub corrections: bool,
    /// A preferred response over another.
    pub preferences: bool,
    /// A better graded response over another, where no preference says anything.
    pub grade_gap: Option<GradeGap>,
}

impl Default for PairSources {
    fn default() -> Self {
        Self { corrections: true, preferences: true, grade_gap: None }
    }
}

/// How much better graded a response must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct GradeGap {
    /// The least difference of mean grades, in grades.
    pub at_least: f64,
    /// Of this dimension; of the weighted quality when absent.
    #[serde(default)]
    pub dimension: Option<DimensionId>,
}

/// Which samples and labels count. An empty list means all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Filters {
    /// Raters, by the name they are exported under.
    pub raters: Vec<String>,
    /// People, models or both.
    pub rater_kinds: Vec<RaterKind>,
    /// Verdicts on the response (of a pair: on the corrected, or the better one).
    pub verdicts: Vec<Verdict>,
    /// Components of the dataset.
    pub components: Vec<Component>,
    /// Task types.
    pub task_types: Vec<String>,
    /// Locales; `en` takes in `en-GB`.
    pub locales: Vec<String>,
    /// The fewest raters of a sample.
    pub min_raters: u32,
    /// The least weighted quality, 1 to 5, of the response (of a pair: of the corrected, or the better one).
    pub min_quality: Option<f64>,
    /// Samples that somebody flagged so stay out.
    pub without_flags: Vec<Flag>,
}

impl Default for Filters {
    fn default() -> Self {
        Self {
            raters: Vec::new(),
            rater_kinds: vec![RaterKind::Person],
            verdicts: Vec::new(),
            components: Vec::new(),
            task_types: Vec::new(),
            locales: Vec::new(),
            min_raters: 0,
            min_quality: None,
            without_flags: vec![Flag::PersonalData],
        }
    }
}

/// Shares of the splits; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SplitShares {
    /// To learn from.
    pub train: f64,
    /// To watch while learning.
    pub validation: f64,
    /// To measure with at the end.
    pub test: f64,
}

impl Default for SplitShares {
    fn default() -> Self {
        Self { train: 1.0, validation: 0.0, test: 0.0 }
    }
}

/// A part of the dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// To learn from.
    Train,
    /// To watch while learning.
    Validation,
    /// To measure with at the end.
    Test,
}

impl Split {
    /// All splits, in order.
    pub const ALL: [Split; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

impl SplitShares {
    /// The split of a sample: by a hash of its id, so that it stays there whatever else is added.
    pub(crate) fn of(&self, sample: SampleId, seed: u64) -> Split {
        let hash = mix(hash64(seed, &sample.bytes()), seed);
        let at = (hash >> 11) as f64 / (1_u64 << 53) as f64;
        if at < self.train {
            Split::Train
        } else if at < self.train + self.validation || self.test == 0.0 && self.validation > 0.0 {
            Split::Validation
        } else if self.test > 0.0 {
            Split::Test
        } else {
            Split::Train
        }
    }
}

/// Which answers are examples to learn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct SftOptions {
    /// Corrected texts.
    pub corrections: bool,
    /// Responses with the verdict pass (resolved, or of most raters).
    pub passed: bool,
    /// Responses without a verdict, from this weighted quality on.
    pub min_quality: Option<f64>,
}

impl Default for SftOptions {
    fn default() -> Self {
        Self { corrections: true, passed: true, min_quality: Some(4.0) }
    }
}

/// Which answers are wanted. A verdict decides; without one, the weighted quality.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct KtoOptions {
    /// From this quality on an answer is wanted.
    pub wanted_from: f64,
    /// To this quality it is not.
    pub unwanted_to: f64,
    /// Corrected texts are wanted, and what they correct (without a verdict or a grade) is not.
    pub corrections: bool,
}

impl Default for KtoOptions {
    fn default() -> Self {
        Self { wanted_from: 4.0, unwanted_to: 2.5, corrections: true }
    }
}
