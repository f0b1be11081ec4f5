//! Resolutions from a file: lines as of annotations, with a cause and without what only a rater can say.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use assay_model::{
    DimensionId, ExternalId, Grade, Preference, ReasonCodeId, Resolution, ResolutionCause,
    ResponseResolution, RubricId, Verdict,
};
use serde::Deserialize;

use crate::annotations::{self, AnnotationLine};
use crate::error::{FileError, LineError};
use crate::lines::{self, Lines};
use crate::read::name_text;

/// What a line of a resolution file says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolutionLine {
    /// The line in the file, from 1.
    #[serde(skip)]
    pub line: u64,
    /// The sample, by the name it had where it came from.
    #[serde(deserialize_with = "name_text")]
    pub sample: ExternalId,
    /// Which response the grades are of, from 0; may be left out when the sample has one.
    #[serde(default)]
    pub response: Option<u32>,
    /// Final grades; `null` is “not applicable”.
    #[serde(default)]
    pub grades: BTreeMap<DimensionId, Option<Grade>>,
    /// Final reason codes.
    #[serde(default)]
    pub reason_codes: BTreeSet<ReasonCodeId>,
    /// Final verdict.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// Final correction, whole.
    #[serde(default)]
    pub correction: Option<String>,
    /// Final preference, best first.
    #[serde(default)]
    pub preference: Option<Preference>,
    /// Why the raters disagreed.
    #[serde(default)]
    pub cause: Option<ResolutionCause>,
    /// The reasoning.
    #[serde(default)]
    pub note: Option<String>,
}

impl lines::Numbered for ResolutionLine {
    fn set_line(&mut self, line: u64) {
        self.line = line;
    }
}

/// Opens a file of resolutions; its lines come one by one.
pub fn read(path: &Path) -> Result<Lines<ResolutionLine>, FileError> {
    Lines::open(path)
}

/// The same from anything that can be read; `name` stands in for the path.
pub fn from_reader(
    reader: impl Read + Send + 'static,
    name: &str,
) -> Result<Lines<ResolutionLine>, FileError> {
    Lines::new(Box::new(reader), name)
}

/// The resolution that several lines on one sample add up to, under the rubric version given; its basis is
/// left empty. Errors as of [`annotations::merge`].
pub fn merge(
    file: &str,
    lines: &[ResolutionLine],
    responses: usize,
    rubric: RubricId,
) -> Result<Resolution, LineError> {
    let as_annotations: Vec<AnnotationLine> = lines.iter().map(ResolutionLine::as_annotation).collect();
    let work = annotations::merge(file, &as_annotations, responses)?;
    let mut cause = None;
    let mut notes: Vec<&str> = Vec::new();
    for line in lines {
        if line.cause.is_some() && cause.is_some() && line.cause != cause {
            return Err(LineError::new(
                file,
                line.line,
                format!(
                    "cause of sample “{}” was said on an earlier line already, differently.",
                    line.sample
                ),
                "keep one of the two lines",
            )
            .field("cause"));
        }
        cause = line.cause.or(cause);
        notes.extend(line.note.as_deref().filter(|note| !note.is_empty()));
    }
    notes.dedup();
    Ok(Resolution {
        rubric,
        responses: work
            .responses
            .into_iter()
            .map(|response| ResponseResolution {
                grades: response.grades,
                reason_codes: response.reason_codes,
                verdict: response.verdict,
                correction: response.correction,
            })
            .collect(),
        preference: work.preference,
        cause,
        note: notes.join("\n"),
        basis: Vec::new(),
    })
}

impl ResolutionLine {
    fn as_annotation(&self) -> AnnotationLine {
        AnnotationLine {
            line: self.line,
            sample: self.sample.clone(),
            response: self.response,
            grades: self.grades.clone(),
            reason_codes: self.reason_codes.clone(),
            verdict: self.verdict,
            note: None,
            correction: self.correction.clone(),
            preference: self.preference.clone(),
            flags: BTreeSet::new(),
            confidence: None,
            active_ms: None,
        }
    }
}
