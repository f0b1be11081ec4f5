//! Datasets out: label tables and training files, each a folder with data, card, manifest and provenance.
//!
//! What must stay true: the same input in the same order under the same options gives the same bytes
//! (promise 4); each row has its line in `provenance.jsonl` and each dropped one is counted (promise 5);
//! golden and red-flag samples, and what is nearly them, stay out unless named (promise 6).
//!
//! Use: [`Exporter::create`], [`Exporter::hold_out`] for every golden and red-flag sample, then
//! [`Exporter::push`] for every sample in a fixed order, then [`Exporter::finish`].

mod card;
mod exporter;
mod folder;
mod heldout;
mod labels;
mod options;
mod rows;
mod samples;
mod shapes;
mod sink;
mod tally;
mod target;
mod view;

use std::collections::BTreeMap;

use assay_model::{Annotation, AnnotationId, RaterKind, Resolution, ResolutionId, Rubric, Sample, SampleId};
use serde_json::Value;

pub use exporter::{Exporter, Report};
pub use folder::{MANIFEST_SCHEMA, WrittenFile};
pub use heldout::Screen;
pub use options::{
    ExportOptions, FileFormat, Filters, GradeGap, KtoOptions, PairSources, SftOptions, Split, SplitShares,
};
pub use rows::Origin;
pub use samples::write_sample;
pub use sink::{PreviewRow, Provenance};
pub use tally::{Dropped, Reason, Unit};
pub use target::{Rows, Target, TargetInfo, UnknownTarget};

/// A sample with all that people said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// Its fact.
    pub id: SampleId,
    /// The sample.
    pub sample: Sample,
    /// The newest revision of each rater's work, in a fixed order.
    pub annotations: Vec<Rated>,
    /// The final word, where there is one.
    pub resolution: Option<(ResolutionId, Resolution)>,
}

/// One rater's work.
#[derive(Debug, Clone, PartialEq)]
pub struct Rated {
    /// Its fact.
    pub id: AnnotationId,
    /// Who, by the name (or pseudonym) that may be in the export.
    pub rater: String,
    /// Person or model.
    pub kind: RaterKind,
    /// The number of the rubric version it was made under.
    pub rubric_version: u32,
    /// The work.
    pub annotation: Annotation,
}

/// What an export says about the project it comes from.
#[derive(Clone, Default)]
pub struct About {
    /// The project's name.
    pub title: String,
    /// All rubric versions by number; the newest weighs the quality.
    pub rubrics: BTreeMap<u32, Rubric>,
    /// Agreement at export (`assay.agreement/1`), put into the manifest as it is.
    pub agreement: Option<Value>,
    /// Edit distance in characters, original first; a rough one is computed when absent.
    pub edit_distance: Option<fn(&str, &str) -> u64>,
}

impl About {
    /// The newest rubric.
    pub(crate) fn rubric(&self) -> Option<&Rubric> {
        self.rubrics.values().next_back()
    }

    /// The edit distance between two texts. Without a function of the caller's: the characters between the
    /// common beginning and the common end, of the longer text.
    pub(crate) fn distance(&self, original: &str, corrected: &str) -> u64 {
        match self.edit_distance {
            Some(measure) => measure(original, corrected),
            None => {
                let same = original.chars().zip(corrected.chars()).take_while(|(a, b)| a == b).count();
                let rest = |text: &str| text.chars().count() - same;
                let (a, b) = (rest(original), rest(corrected));
                let ends = original.chars().rev().zip(corrected.chars().rev());
                let end = ends.take(a.min(b)).take_while(|(a, b)| a == b).count();
                (a.max(b) - end) as u64
            }
        }
    }
}
