//! A lead's final word on a sample.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::annotation::Preference;
use crate::ids::{AnnotationId, DimensionId, ReasonCodeId, RubricId};
use crate::rubric::{Grade, Rubric, Verdict};
use crate::{Completeness, Invalid, ResponseWork, Work};

/// Why the raters disagreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ResolutionCause {
    /// The sample can be read in more than one way.
    AmbiguousSample,
    /// The rubric does not say.
    RubricGap,
    /// A rater was wrong.
    RaterError,
    /// A case that nobody had thought of.
    EdgeCase,
    /// A matter of taste.
    Taste,
}

/// The final word on one response.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ResponseResolution {
    /// Final grades; `null` is “not applicable”. A missing dimension is left to the raters.
    #[serde(default)]
    #[ts(type = "Record<string, 1 | 2 | 3 | 4 | 5 | null>")]
    pub grades: BTreeMap<DimensionId, Option<Grade>>,
    /// Final reason codes.
    #[serde(default)]
    #[ts(as = "BTreeSet<ReasonCodeId>")]
    pub reason_codes: BTreeSet<ReasonCodeId>,
    /// Final verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Final correction, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<String>,
}

/// The body of a resolution fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Resolution {
    /// The rubric version it was made under.
    pub rubric: RubricId,
    /// The final word on each response, in the order of the sample.
    pub responses: Vec<ResponseResolution>,
    /// The final preference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preference: Option<Preference>,
    /// Why the raters disagreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<ResolutionCause>,
    /// The reasoning, for those who ask later.
    #[serde(default)]
    #[ts(as = "String")]
    pub note: String,
    /// The annotations it was made from.
    #[serde(default)]
    #[ts(as = "Vec<AnnotationId>")]
    pub basis: Vec<AnnotationId>,
}

impl Resolution {
    /// Refuses what an annotation could not say either.
    pub fn check(&self, rubric: &Rubric, responses: usize) -> Result<(), Invalid> {
        let as_work = Work {
            responses: self
                .responses
                .iter()
                .map(|r| ResponseWork {
                    grades: r.grades.clone(),
                    reason_codes: r.reason_codes.clone(),
                    verdict: r.verdict,
                    note: String::new(),
                    correction: r.correction.clone(),
                })
                .collect(),
            preference: self.preference.clone(),
            ..Work::default()
        };
        as_work.check(rubric, responses, Completeness::Partial)
    }
}
