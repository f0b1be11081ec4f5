//! The rubric: dimensions with the meaning of each level, reason codes, verdicts. A version is immutable;
//! a change is a new version.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use ts_rs::TS;

use crate::Invalid;
use crate::fact::Timestamp;
use crate::ids::{DimensionId, MemberId, ReasonCodeId, RubricId};

/// A grade: a whole number from 1 (worst) to 5 (best).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, TS)]
#[ts(type = "1 | 2 | 3 | 4 | 5")]
pub struct Grade(u8);

impl Grade {
    /// All grades, lowest first.
    pub const ALL: [Grade; 5] = [Grade(1), Grade(2), Grade(3), Grade(4), Grade(5)];

    /// The grade of that number, or `None` outside 1–5.
    pub fn new(number: u8) -> Option<Self> {
        (1..=5).contains(&number).then_some(Self(number))
    }

    /// The number, 1 to 5.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Grade {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(self.0)
    }
}

impl<'de> Deserialize<'de> for Grade {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(from)?;
        let whole = number as u8;
        Grade::new(whole).filter(|_| f64::from(whole) == number).ok_or_else(|| {
            de::Error::custom(format!("{number} is not a grade; give a whole number from 1 to 5"))
        })
    }
}

/// What one grade of one dimension means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Level {
    /// The grade it explains.
    pub grade: Grade,
    /// When to give it.
    pub meaning: String,
    /// An answer that deserves it.
    #[serde(default)]
    pub example: String,
}

/// One thing that is graded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Dimension {
    /// Short name in files, kept over versions.
    pub id: DimensionId,
    /// Name on the screen.
    pub name: String,
    /// What is looked at.
    #[serde(default)]
    #[ts(as = "String")]
    pub description: String,
    /// Its share of the weighted quality score; shares need not add up to 100.
    #[serde(default = "one")]
    #[ts(as = "f64")]
    pub weight: f64,
    /// The mean grade below which quality is not good enough, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// The five levels, in order of grade.
    pub levels: Vec<Level>,
    /// Whether an annotation without a grade (or “not applicable”) here is incomplete.
    #[serde(default = "yes")]
    #[ts(as = "bool")]
    pub required: bool,
}

/// A named reason for a low grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReasonCode {
    /// Short name in files.
    pub id: ReasonCodeId,
    /// Name on the screen.
    pub name: String,
    /// When to use it.
    #[serde(default)]
    pub description: String,
}

/// The overall word on a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Good enough.
    Pass,
    /// Could go either way.
    Borderline,
    /// Not good enough.
    Fail,
}

impl Verdict {
    /// The name used in files and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Borderline => "borderline",
            Self::Fail => "fail",
        }
    }
}

/// A whole rubric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Rubric {
    /// Its name.
    pub name: String,
    /// How to grade, as Markdown.
    #[serde(default)]
    pub guidelines: String,
    /// What is graded, in the order of the screen.
    pub dimensions: Vec<Dimension>,
    /// Reasons to choose from.
    #[serde(default)]
    pub reason_codes: Vec<ReasonCode>,
    /// Verdicts to choose from; empty means that none is asked for.
    #[serde(default)]
    pub verdicts: Vec<Verdict>,
}

/// A rubric as a fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct RubricVersion {
    /// Its id.
    pub id: RubricId,
    /// 1 for the first, one more for each that follows.
    pub version: u32,
    /// The version it succeeds.
    pub parent: Option<RubricId>,
    /// Who made it.
    pub author: MemberId,
    /// When.
    pub time: Timestamp,
    /// The rubric itself.
    pub rubric: Rubric,
}

fn one() -> f64 {
    1.0
}

fn yes() -> bool {
    true
}

fn check_name(field: &str, id: &str) -> Result<(), Invalid> {
    let fits = !id.is_empty()
        && id.len() <= 64
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if fits {
        return Ok(());
    }
    Err(Invalid::new(
        field,
        format!("“{id}” is not a short name"),
        "use lower-case letters, digits and _, 64 at most",
    ))
}

impl Dimension {
    fn check(&self) -> Result<(), Invalid> {
        check_name("id", self.id.as_str())?;
        if self.name.trim().is_empty() {
            return Err(Invalid::new("name", "is empty", "name the dimension"));
        }
        if !(self.weight.is_finite() && self.weight >= 0.0) {
            return Err(Invalid::new("weight", format!("is {}", self.weight), "give a number of at least 0"));
        }
        if let Some(threshold) = self.threshold
            && !(1.0..=5.0).contains(&threshold)
        {
            return Err(Invalid::new("threshold", format!("is {threshold}"), "give a number from 1 to 5"));
        }
        let grades: Vec<u8> = self.levels.iter().map(|level| level.grade.number()).collect();
        if grades != [1, 2, 3, 4, 5] {
            return Err(Invalid::new(
                "levels",
                if grades.is_empty() {
                    "are missing".to_owned()
                } else {
                    format!("explain the grades {grades:?}")
                },
                "give one level for each grade from 1 to 5, in order",
            ));
        }
        for (i, level) in self.levels.iter().enumerate() {
            if level.meaning.trim().is_empty() {
                return Err(Invalid::new(
                    format!("levels[{i}].meaning"),
                    "is empty",
                    "say when to give this grade",
                ));
            }
        }
        Ok(())
    }

    /// The level of a grade.
    pub fn level(&self, grade: Grade) -> Option<&Level> {
        self.levels.iter().find(|level| level.grade == grade)
    }
}

impl Rubric {
    /// Refuses a rubric that could not be graded with, or whose names clash.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.name.trim().is_empty() {
            return Err(Invalid::new("name", "is empty", "name the rubric"));
        }
        if self.dimensions.is_empty() {
            return Err(Invalid::new("dimensions", "are missing", "give at least one dimension"));
        }
        let mut seen = BTreeSet::new();
        for (i, dimension) in self.dimensions.iter().enumerate() {
            let at = format!("dimensions[{i}]");
            dimension.check().map_err(|invalid| invalid.within(&at))?;
            if !seen.insert(&dimension.id) {
                let message = format!("“{}” is there twice", dimension.id);
                return Err(Invalid::new(
                    format!("{at}.id"),
                    message,
                    "give each dimension an id of its own",
                ));
            }
        }
        if self.dimensions.iter().all(|dimension| dimension.weight == 0.0) {
            return Err(Invalid::new("dimensions", "all weigh 0", "give at least one dimension a weight"));
        }
        let mut seen = BTreeSet::new();
        for (i, reason) in self.reason_codes.iter().enumerate() {
            let field = format!("reason_codes[{i}].id");
            check_name(&field, reason.id.as_str())?;
            if !seen.insert(&reason.id) {
                let message = format!("“{}” is there twice", reason.id);
                return Err(Invalid::new(field, message, "give each reason code an id of its own"));
            }
        }
        Ok(())
    }

    /// The dimension of that id.
    pub fn dimension(&self, id: &DimensionId) -> Option<&Dimension> {
        self.dimensions.iter().find(|dimension| dimension.id == *id)
    }

    /// The weighted quality score of a set of grades, 1 to 5: the mean of the grades given, weighted by
    /// dimension. Dimensions without a grade do not count; `None` when nothing counts.
    pub fn quality<'a>(&self, grades: impl IntoIterator<Item = (&'a DimensionId, Grade)>) -> Option<f64> {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (id, grade) in grades {
            if let Some(dimension) = self.dimension(id) {
                sum += dimension.weight * f64::from(grade.number());
                weight += dimension.weight;
            }
        }
        (weight > 0.0).then(|| sum / weight)
    }

    /// What this rubric changes in `before`, as one line a change, in the order of the rubric.
    pub fn changes_since(&self, before: &Rubric) -> Vec<RubricChange> {
        changes(before, self)
    }
}

/// One difference between two rubrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RubricChange {
    /// Where, as a dotted path with ids (`accuracy.levels.3.meaning`).
    pub field: String,
    /// The text before; `None` for what is new.
    pub before: Option<String>,
    /// The text after; `None` for what is gone.
    pub after: Option<String>,
    /// Whether grades made under the old version may mean something else now.
    pub changes_meaning: bool,
}

fn changes(before: &Rubric, after: &Rubric) -> Vec<RubricChange> {
    let (before, after) = (fields(before), fields(after));
    let mut found = Vec::new();
    for (field, text, matters) in &after {
        let old = before.iter().find(|(name, ..)| name == field).map(|(_, text, _)| text);
        if old != Some(text) {
            found.push(RubricChange {
                field: field.clone(),
                before: old.cloned(),
                after: Some(text.clone()),
                changes_meaning: *matters,
            });
        }
    }
    for (field, text, matters) in &before {
        if !after.iter().any(|(name, ..)| name == field) {
            found.push(RubricChange {
                field: field.clone(),
                before: Some(text.clone()),
                after: None,
                changes_meaning: *matters,
            });
        }
    }
    found
}

/// A rubric as (path, text, whether it bears on what a grade means).
fn fields(rubric: &Rubric) -> Vec<(String, String, bool)> {
    let mut list = vec![
        ("name".to_owned(), rubric.name.clone(), false),
        ("guidelines".to_owned(), rubric.guidelines.clone(), true),
    ];
    for dimension in &rubric.dimensions {
        let id = &dimension.id;
        list.push((format!("{id}.name"), dimension.name.clone(), false));
        list.push((format!("{id}.description"), dimension.description.clone(), true));
        list.push((format!("{id}.weight"), dimension.weight.to_string(), false));
        let threshold = dimension.threshold.map_or_else(|| "none".to_owned(), |t| t.to_string());
        list.push((format!("{id}.threshold"), threshold, false));
        list.push((format!("{id}.required"), dimension.required.to_string(), false));
        for level in &dimension.levels {
            list.push((format!("{id}.levels.{}.meaning", level.grade), level.meaning.clone(), true));
            list.push((format!("{id}.levels.{}.example", level.grade), level.example.clone(), false));
        }
    }
    for reason in &rubric.reason_codes {
        list.push((
            format!("reason_codes.{}", reason.id),
            format!("{}: {}", reason.name, reason.description),
            false,
        ));
    }
    let verdicts: Vec<&str> = rubric.verdicts.iter().map(|verdict| verdict.name()).collect();
    list.push(("verdicts".to_owned(), verdicts.join(", "), false));
    list
}
