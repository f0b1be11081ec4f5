//! Annotations from a file: one JSON object a line (`cli.md`, “An annotation line”).
//!
//! The one thing that must stay true: a line with a name that is not known is refused, not half read: a
//! misspelt `grade` must not become a missing one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use assay_model::{
    DimensionId, ExternalId, Flag, Grade, Preference, ReasonCodeId, ResponseWork, Verdict, Work,
};
use serde::Deserialize;

use crate::error::{FileError, LineError};
use crate::lines::{self, Lines};
use crate::read::name_text;

/// What a line of an annotation file says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnotationLine {
    /// The line in the file, from 1.
    #[serde(skip)]
    pub line: u64,
    /// The sample, by the name it had where it came from.
    #[serde(deserialize_with = "name_text")]
    pub sample: ExternalId,
    /// Which response the grades are of, from 0; may be left out when the sample has one.
    #[serde(default)]
    pub response: Option<u32>,
    /// A grade for each dimension; `null` is “not applicable”.
    #[serde(default)]
    pub grades: BTreeMap<DimensionId, Option<Grade>>,
    /// What is wrong with the response.
    #[serde(default)]
    pub reason_codes: BTreeSet<ReasonCodeId>,
    /// The overall word.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// A remark.
    #[serde(default)]
    pub note: Option<String>,
    /// The whole corrected text.
    #[serde(default)]
    pub correction: Option<String>,
    /// Which responses are better, best first.
    #[serde(default)]
    pub preference: Option<Preference>,
    /// What else there is to say.
    #[serde(default)]
    pub flags: BTreeSet<Flag>,
    /// How sure the person is, 1 to 5.
    #[serde(default)]
    pub confidence: Option<Grade>,
    /// Time spent, in milliseconds.
    #[serde(default)]
    pub active_ms: Option<u64>,
}

impl lines::Numbered for AnnotationLine {
    fn set_line(&mut self, line: u64) {
        self.line = line;
    }
}

/// Opens a file of annotations; its lines come one by one.
pub fn read(path: &Path) -> Result<Lines<AnnotationLine>, FileError> {
    Lines::open(path)
}

/// The same from anything that can be read (standard input); `name` stands in for the path.
pub fn from_reader(
    reader: impl Read + Send + 'static,
    name: &str,
) -> Result<Lines<AnnotationLine>, FileError> {
    Lines::new(Box::new(reader), name)
}

/// The work that several lines of one person on one sample add up to. `file` is for the errors.
///
/// # Errors
/// When a line does not say which of several responses it grades, or names one that is not there, and
/// when two lines say the same thing of the same response differently.
pub fn merge(file: &str, lines: &[AnnotationLine], responses: usize) -> Result<Work, LineError> {
    let mut work = Work::empty(responses);
    work.presented.clear();
    for line in lines {
        if let Some(at) = line.of_response(file, responses)? {
            let into = &mut work.responses[at];
            add_response(into, line).map_err(|field| line.said_twice(file, field))?;
        }
        set_once(&mut work.preference, line.preference.as_ref())
            .map_err(|()| line.said_twice(file, "preference"))?;
        set_once(&mut work.confidence, line.confidence.as_ref())
            .map_err(|()| line.said_twice(file, "confidence"))?;
        work.flags.extend(&line.flags);
        work.active_ms = work.active_ms.saturating_add(line.active_ms.unwrap_or(0));
    }
    Ok(work)
}

impl AnnotationLine {
    fn says_of_response(&self) -> bool {
        !self.grades.is_empty()
            || !self.reason_codes.is_empty()
            || self.verdict.is_some()
            || self.note.is_some()
            || self.correction.is_some()
    }

    /// The response that the line is of; `None` when it says nothing of any.
    fn of_response(&self, file: &str, responses: usize) -> Result<Option<usize>, LineError> {
        let wrong = |message: String, hint: String| {
            Err(LineError::new(file, self.line, message, hint).field("response"))
        };
        match self.response {
            Some(at) if (at as usize) < responses => Ok(Some(at as usize)),
            Some(at) => wrong(
                format!("response is {at}, and sample “{}” has {responses}.", self.sample),
                format!("count responses from 0: use 0 to {}", responses.saturating_sub(1)),
            ),
            None if !self.says_of_response() => Ok(None),
            None if responses == 1 => Ok(Some(0)),
            None => wrong(
                format!(
                    "The line does not say which of the {responses} responses of sample “{}” it grades.",
                    self.sample
                ),
                "add \"response\": 0 (or 1, …)".to_owned(),
            ),
        }
    }

    fn said_twice(&self, file: &str, field: &str) -> LineError {
        LineError::new(
            file,
            self.line,
            format!("{field} of sample “{}” was said on an earlier line already, differently.", self.sample),
            "keep one of the two lines",
        )
        .field(field)
    }
}

fn add_response(into: &mut ResponseWork, line: &AnnotationLine) -> Result<(), &'static str> {
    for (dimension, grade) in &line.grades {
        match into.grades.insert(dimension.clone(), *grade) {
            Some(before) if before != *grade => return Err("grades"),
            _ => {}
        }
    }
    into.reason_codes.extend(line.reason_codes.iter().cloned());
    set_once(&mut into.verdict, line.verdict.as_ref()).map_err(|()| "verdict")?;
    set_once(&mut into.correction, line.correction.as_ref()).map_err(|()| "correction")?;
    if let Some(note) = line.note.as_deref().filter(|note| !note.is_empty() && *note != into.note) {
        if !into.note.is_empty() {
            into.note.push('\n');
        }
        into.note.push_str(note);
    }
    Ok(())
}

fn set_once<T: Clone + PartialEq>(into: &mut Option<T>, value: Option<&T>) -> Result<(), ()> {
    match (into.as_ref(), value) {
        (_, None) => Ok(()),
        (Some(before), Some(value)) if before != value => Err(()),
        (_, Some(value)) => {
            *into = Some(value.clone());
            Ok(())
        }
    }
}
