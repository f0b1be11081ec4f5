//! The grades of an open project, kept up as they come.
//!
//! A report needs to know how many units have which pattern of grades, and patterns are few however many
//! samples there are. So a book keeps, for each dimension, the patterns with how often they occur and the
//! pattern of each unit: a new annotation costs the units of its sample, and a report the patterns
//! (promise 7). Invariant: what a book says is a function of the annotations that count in the project,
//! whatever the order in which they came. Where work leaves the project, the book is thrown away.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use assay_agreement::{Level, Ratings, Scale};
use assay_model::{MAX_RESPONSES, MemberId, RaterKind};
use assay_store::{HeadRow, Store};
use serde::Deserialize;

use crate::error::{ApiError, ErrorCode, Result};

/// One rating of a pattern: the rater's number in the book, and the level.
type Cell = (u32, Level);
/// How many annotations are read between two looks at whether somebody wants to stop.
const BETWEEN_LOOKS: u64 = 512;

/// The grades that count, up to an annotation.
#[derive(Default)]
pub(crate) struct Book {
    /// Everything up to this annotation was taken in.
    last: i64,
    members: Vec<MemberId>,
    numbers: HashMap<MemberId, u32>,
    /// Units by sample and response.
    units: HashMap<(i64, u8), u32>,
    dimensions: BTreeMap<String, Dimension>,
}

/// One dimension's patterns.
#[derive(Default)]
struct Dimension {
    patterns: Vec<(Box<[Cell]>, u64)>,
    places: HashMap<Box<[Cell]>, u32>,
    /// The pattern of each unit; [`NONE`] without ratings.
    of_unit: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// Of the JSON of an annotation, what is needed here: texts are passed over without being copied.
#[derive(Deserialize)]
struct Graded {
    work: GradedWork,
}

#[derive(Deserialize)]
struct GradedWork {
    responses: Vec<GradedResponse>,
    #[serde(default)]
    informed: bool,
}

#[derive(Deserialize)]
struct GradedResponse {
    #[serde(default)]
    grades: BTreeMap<String, Option<u8>>,
}

impl Book {
    /// Takes in what came since the last time; answers how many annotations that were. `progress` hears how far
    /// that is, 0 to 1, and may stop it; what was read until then is kept.
    pub(crate) fn follow(
        &mut self,
        store: &Store,
        progress: &mut dyn FnMut(f64, u64) -> Result<()>,
    ) -> Result<u64> {
        let from = self.last;
        let (mut seen, mut failed) = (0_u64, None);
        let last = store.for_each_head_after(from, &mut |head, last| {
            if seen.is_multiple_of(BETWEEN_LOOKS) {
                let fraction = (head.n - from) as f64 / (last - from).max(1) as f64;
                if let Err(error) = progress(fraction, seen) {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
            seen += 1;
            match self.take(&head) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        self.last = last;
        Ok(seen)
    }

    fn take(&mut self, head: &HeadRow<'_>) -> Result<()> {
        let rater = self.number(head.member);
        let graded: Vec<GradedResponse> = if head.submitted {
            let graded: Graded = serde_json::from_str(head.body).map_err(|error| unreadable(&error))?;
            // Who was shown others' work did not grade blind.
            if graded.work.informed { Vec::new() } else { graded.work.responses }
        } else {
            Vec::new()
        };
        for (response, given) in (0_u8..).zip(&graded) {
            let next = self.units.len() as u32;
            self.units.entry((head.sample, response)).or_insert(next);
            for dimension in given.grades.keys() {
                if !self.dimensions.contains_key(dimension) {
                    self.dimensions.insert(dimension.clone(), Dimension::default());
                }
            }
        }
        for response in 0..MAX_RESPONSES as u8 {
            let Some(&unit) = self.units.get(&(head.sample, response)) else { continue };
            let given = graded.get(usize::from(response)).map(|given| &given.grades);
            for (name, dimension) in &mut self.dimensions {
                let grade = given.and_then(|given| given.get(name)).copied().flatten();
                // 1 to 5, as the model checked when it was written.
                let level = grade.filter(|grade| (1..=5).contains(grade)).map(|grade| Level::from(grade) - 1);
                dimension.set(unit, rater, level);
            }
        }
        self.last = head.n;
        Ok(())
    }

    fn number(&mut self, member: MemberId) -> u32 {
        *self.numbers.entry(member).or_insert_with(|| {
            self.members.push(member);
            self.members.len() as u32 - 1
        })
    }

    /// The ratings of a dimension, and the names of those who gave some. Judges are left out, and raters
    /// stand in the order of their names, so that no sum depends on who joined first.
    pub(super) fn ratings(
        &self,
        dimension: &str,
        members: &[assay_model::Member],
    ) -> Result<(Ratings, Vec<String>)> {
        let scale = Scale::range(1, 5)?;
        let Some(dimension) = self.dimensions.get(dimension) else {
            return Ok((Ratings::from_patterns(scale, 0, &[])?, Vec::new()));
        };
        let mut graded = vec![false; self.members.len()];
        for (cells, _) in dimension.patterns.iter().filter(|(_, times)| *times > 0) {
            cells.iter().for_each(|(rater, _)| graded[*rater as usize] = true);
        }
        let mut people: Vec<(&str, MemberId, u32)> = members
            .iter()
            .filter(|member| member.kind == RaterKind::Person)
            .filter_map(|member| Some((member.name.as_str(), member.id, *self.numbers.get(&member.id)?)))
            .filter(|(_, _, number)| graded[*number as usize])
            .collect();
        people.sort_unstable();
        let place: HashMap<u32, u32> = people.iter().map(|one| one.2).zip(0..).collect();
        let patterns: Vec<(Vec<Cell>, u64)> = dimension
            .patterns
            .iter()
            .filter(|(_, times)| *times > 0)
            .map(|(cells, times)| {
                let cells = cells.iter().filter_map(|(rater, level)| Some((*place.get(rater)?, *level)));
                (cells.collect(), *times)
            })
            .collect();
        let names: Vec<String> = people.into_iter().map(|(name, ..)| name.to_owned()).collect();
        Ok((Ratings::from_patterns(scale, names.len(), &patterns)?, names))
    }
}

impl Dimension {
    fn set(&mut self, unit: u32, rater: u32, level: Option<Level>) {
        let at = unit as usize;
        let before = self.of_unit.get(at).copied().unwrap_or(NONE);
        let cells: &[Cell] = if before == NONE { &[] } else { &self.patterns[before as usize].0 };
        let place = cells.binary_search_by_key(&rater, |cell| cell.0);
        let mut cells = match (place, level) {
            (Err(_), None) => return,
            (Ok(found), Some(level)) if cells[found].1 == level => return,
            _ => cells.to_vec(),
        };
        match (place, level) {
            (Ok(found), Some(level)) => cells[found].1 = level,
            (Ok(found), None) => drop(cells.remove(found)),
            (Err(found), Some(level)) => cells.insert(found, (rater, level)),
            (Err(_), None) => {}
        }
        if before != NONE {
            self.patterns[before as usize].1 -= 1;
        }
        if self.of_unit.len() <= at {
            self.of_unit.resize(at + 1, NONE);
        }
        self.of_unit[at] = if cells.is_empty() { NONE } else { self.pattern(cells.into()) };
    }

    /// The place of a pattern that has one unit more now.
    fn pattern(&mut self, cells: Box<[Cell]>) -> u32 {
        let next = self.patterns.len() as u32;
        let place = *self.places.entry(cells.clone()).or_insert(next);
        if place == next {
            self.patterns.push((cells, 0));
        }
        self.patterns[place as usize].1 += 1;
        place
    }
}

fn unreadable(error: &serde_json::Error) -> ApiError {
    ApiError::new(
        ErrorCode::NotAProject,
        format!("An annotation of the project cannot be read: {error}."),
        "check the project with `assay verify`, or restore a backup",
    )
}
