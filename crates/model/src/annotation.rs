//! One person's work on one sample: grades, reason codes, verdict, note and correction for each response,
//! and for the sample a preference, confidence and flags.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use ts_rs::TS;

use crate::Invalid;
use crate::ids::{DimensionId, ReasonCodeId, RubricId};
use crate::invalid::no_nul;
use crate::rubric::{Grade, Rubric, Verdict};

/// The longest note, in characters.
pub const MAX_NOTE: usize = 20_000;

/// What a person says about a sample besides grading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// It holds somebody's personal data.
    PersonalData,
    /// It is unsafe.
    Unsafe,
    /// This person cannot judge it.
    CannotJudge,
    /// A lead should look at it.
    Escalate,
}

impl Flag {
    /// All flags, in the order of the screen.
    pub const ALL: [Flag; 4] = [Self::PersonalData, Self::Unsafe, Self::CannotJudge, Self::Escalate];
}

/// Responses ranked best first; each rank holds the responses tied at it. Responses not named were not
/// compared. In JSON a rank of one is a bare number: `[0, 1]`, a tie a list: `[[0, 1]]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, TS)]
#[ts(type = "Array<number | Array<number>>")]
pub struct Preference(pub Vec<Vec<u32>>);

impl Preference {
    /// Every pair (better, worse) that the ranking implies; ties imply none.
    pub fn pairs(&self) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        for (i, better) in self.0.iter().enumerate() {
            for worse in &self.0[i + 1..] {
                pairs.extend(better.iter().flat_map(|&b| worse.iter().map(move |&w| (b, w))));
            }
        }
        pairs
    }

    /// Every pair of responses tied at one rank.
    pub fn ties(&self) -> Vec<(u32, u32)> {
        let mut ties = Vec::new();
        for rank in &self.0 {
            for (i, &a) in rank.iter().enumerate() {
                ties.extend(rank[i + 1..].iter().map(|&b| (a, b)));
            }
        }
        ties
    }

    fn check(&self, responses: usize) -> Result<(), Invalid> {
        let mut seen = BTreeSet::new();
        for &response in self.0.iter().flatten() {
            if response as usize >= responses {
                let message = format!("names response {response}, and the sample has {responses}");
                return Err(Invalid::new("preference", message, "count responses from 0"));
            }
            if !seen.insert(response) {
                let message = format!("names response {response} twice");
                return Err(Invalid::new("preference", message, "give each response one rank"));
            }
        }
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Rank {
    One(u32),
    Tied(Vec<u32>),
}

impl Serialize for Preference {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(|rank| match rank.as_slice() {
            [one] => Rank::One(*one),
            tied => Rank::Tied(tied.to_vec()),
        }))
    }
}

impl<'de> Deserialize<'de> for Preference {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let ranks = Vec::<Rank>::deserialize(from)
            .map_err(|_| de::Error::custom("a preference is a list of responses, best first, like [1, 0]"))?;
        Ok(Self(
            ranks
                .into_iter()
                .map(|rank| match rank {
                    Rank::One(one) => vec![one],
                    Rank::Tied(tied) => tied,
                })
                .collect(),
        ))
    }
}

/// The work on one response.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ResponseWork {
    /// A grade for each dimension; `null` is “not applicable”, a missing dimension is not graded yet.
    #[serde(default)]
    #[ts(type = "Record<string, 1 | 2 | 3 | 4 | 5 | null>")]
    pub grades: BTreeMap<DimensionId, Option<Grade>>,
    /// What is wrong with it.
    #[serde(default)]
    #[ts(as = "BTreeSet<ReasonCodeId>")]
    pub reason_codes: BTreeSet<ReasonCodeId>,
    /// The overall word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// A remark for others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>")]
    pub note: String,
    /// The whole corrected text; a text equal to the response is no correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<String>,
}

impl ResponseWork {
    /// Whether nothing was done.
    pub fn is_empty(&self) -> bool {
        self.grades.is_empty()
            && self.reason_codes.is_empty()
            && self.verdict.is_none()
            && self.note.trim().is_empty()
            && self.correction.is_none()
    }

    /// The grades that were given, without “not applicable”.
    pub fn given(&self) -> impl Iterator<Item = (&DimensionId, Grade)> {
        self.grades.iter().filter_map(|(id, grade)| grade.map(|grade| (id, grade)))
    }
}

/// What one person made of one sample: the content of a draft, and of a submitted annotation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Work {
    /// The work on each response, in the order of the sample (not of the screen).
    pub responses: Vec<ResponseWork>,
    /// Which responses are better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preference: Option<Preference>,
    /// How sure the person is, 1 (a guess) to 5 (certain).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Grade>,
    /// What else there is to say.
    #[serde(default)]
    #[ts(as = "BTreeSet<Flag>")]
    pub flags: BTreeSet<Flag>,
    /// The order in which the responses were shown: `presented[0]` stood leftmost.
    #[serde(default)]
    #[ts(as = "Vec<u32>")]
    pub presented: Vec<u32>,
    /// Time spent at it with the window in use, in milliseconds.
    #[serde(default)]
    #[ts(type = "number")]
    pub active_ms: u64,
    /// Active time before the first key or click that changed something, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number")]
    pub time_to_first_edit_ms: Option<u64>,
    /// Made after the person was shown what others did on the sample: it is no blind grade any more, and
    /// agreement leaves it out.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>")]
    pub informed: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// How complete a work must be to pass its check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Anything that is there must be right: drafts, and annotations from files.
    Partial,
    /// Every required dimension of every response must be graded, or be “not applicable”.
    Whole,
}

/// What became of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AnnotationState {
    /// Counts.
    Submitted,
    /// The person passed the sample over, with a reason; its grades do not count.
    Skipped,
    /// The person took the submission back; it does not count until they submit again.
    Withdrawn,
}

/// The body of an annotation fact: one revision of one person's work on one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Annotation {
    /// The rubric version it was made under.
    pub rubric: RubricId,
    /// What became of it.
    pub state: AnnotationState,
    /// Why the sample was passed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_reason: Option<String>,
    /// The work itself.
    pub work: Work,
}

impl Work {
    /// An empty work on a sample with that many responses.
    pub fn empty(responses: usize) -> Self {
        Self {
            responses: vec![ResponseWork::default(); responses],
            presented: (0..responses as u32).collect(),
            ..Self::default()
        }
    }

    /// Refuses what the rubric does not know, what names a response that is not there, and (when it
    /// must be whole) what is missing.
    pub fn check(&self, rubric: &Rubric, responses: usize, complete: Completeness) -> Result<(), Invalid> {
        if self.responses.len() != responses {
            return Err(Invalid::new(
                "responses",
                format!("are {}, and the sample has {responses}", self.responses.len()),
                "give one entry for each response",
            ));
        }
        for (i, work) in self.responses.iter().enumerate() {
            let at = format!("responses[{i}]");
            check_response(work, rubric, complete).map_err(|invalid| invalid.within(&at))?;
        }
        if let Some(preference) = &self.preference {
            preference.check(responses)?;
        }
        let mut shown = self.presented.clone();
        shown.sort_unstable();
        if !shown.is_empty() && !shown.iter().copied().eq(0..responses as u32) {
            return Err(Invalid::new(
                "presented",
                "is not an order of the responses",
                "name every response once, counted from 0",
            ));
        }
        Ok(())
    }

    /// Removes corrections that change nothing: a text equal to the response is no correction.
    #[must_use]
    pub fn without_unedited<'a>(mut self, originals: impl IntoIterator<Item = &'a str>) -> Self {
        for (work, original) in self.responses.iter_mut().zip(originals) {
            if work.correction.as_deref() == Some(original) {
                work.correction = None;
            }
        }
        self
    }

    /// Whether nothing was done yet, whatever the time spent.
    pub fn is_empty(&self) -> bool {
        self.responses.iter().all(ResponseWork::is_empty)
            && self.preference.is_none()
            && self.confidence.is_none()
            && self.flags.is_empty()
    }
}

fn check_response(work: &ResponseWork, rubric: &Rubric, complete: Completeness) -> Result<(), Invalid> {
    for id in work.grades.keys() {
        if rubric.dimension(id).is_none() {
            let known: Vec<&str> = rubric.dimensions.iter().map(|d| d.id.as_str()).collect();
            return Err(Invalid::new(
                format!("grades.{id}"),
                "is not a dimension of the rubric",
                format!("use one of {}", known.join(", ")),
            ));
        }
    }
    for id in &work.reason_codes {
        if !rubric.reason_codes.iter().any(|reason| reason.id == *id) {
            let known: Vec<&str> = rubric.reason_codes.iter().map(|r| r.id.as_str()).collect();
            return Err(Invalid::new(
                "reason_codes",
                format!("“{id}” is not a reason code of the rubric"),
                format!("use one of {}", known.join(", ")),
            ));
        }
    }
    no_nul("note", &work.note)?;
    if work.note.chars().count() > MAX_NOTE {
        return Err(Invalid::new("note", "is too long", format!("use {MAX_NOTE} characters at most")));
    }
    if let Some(correction) = &work.correction {
        no_nul("correction", correction)?;
    }
    if complete == Completeness::Whole {
        let missing = rubric.dimensions.iter().find(|d| d.required && !work.grades.contains_key(&d.id));
        if let Some(dimension) = missing {
            return Err(Invalid::new(
                format!("grades.{}", dimension.id),
                "is not graded",
                format!("grade {}, or press 0 where it does not apply", dimension.name),
            ));
        }
    }
    Ok(())
}
