//! Agreement as grades arrive.
//!
//! Each process keeps, for each project and dimension, a panel of the grades that count, and the place in
//! the sequence up to which it followed. Invariant: what is answered is a function of the annotations that
//! count in the database, to the last bit, whatever the order in which they came, and whichever process took
//! them in: before a panel is read, it catches up with the sequence.
//!
//! Judges (raters of kind `model`) are left out: agreement is between people.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use assay_agreement::report::{DimensionReport, Report};
use assay_agreement::{Options, Panel, Scale};
use assay_model::{DimensionId, MemberId, RaterKind, SampleId};
use assay_sync::wire::{DimensionNumbers, PointNumber};
use serde::Serialize;

use crate::db::{DbError, Tx};
use crate::grades;
use crate::known::{Rubrics, current_rubric, read_rubric};
use crate::project::{Project, memberships};

/// An annotation that counts now: its grades, none where it was skipped or withdrawn.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub sample: SampleId,
    pub member: MemberId,
    pub grades: String,
}

/// A response of a sample.
type Unit = (SampleId, u8);
/// Raters in the order of their names, so that no sum depends on who joined first.
type Rater = (String, MemberId);

/// What a process keeps of a project.
#[derive(Default)]
pub(crate) struct Memory {
    live: Mutex<Live>,
    rubrics: Mutex<Rubrics>,
}

impl Memory {
    /// The panels, to read or to change.
    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rubric versions read so far.
    pub(crate) fn rubrics(&self) -> MutexGuard<'_, Rubrics> {
        self.rubrics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The grades that count, up to a place.
#[derive(Default)]
pub(crate) struct Live {
    /// Everything up to this place was followed.
    seq: u64,
    members_seq: u64,
    rubric_seq: u64,
    /// Everybody; `None` for judges.
    raters: HashMap<MemberId, Option<Rater>>,
    /// The dimensions of the current rubric, in its order.
    dimensions: Vec<DimensionId>,
    /// Of every dimension that ever had a grade.
    panels: BTreeMap<String, Panel<Unit, Rater>>,
    /// How many responses of one sample ever had grades, at most.
    responses: u8,
}

/// Annotations read at a time while catching up.
const CHUNK: i64 = 20_000;

impl Live {
    /// Follows the sequence up to the project's head.
    pub(crate) fn catch_up(&mut self, tx: &mut dyn Tx, project: &Project) -> Result<(), DbError> {
        if project.head < self.seq {
            // Another request followed further meanwhile.
            return Ok(());
        }
        if project.members_seq != self.members_seq {
            self.read_raters(tx, project)?;
        }
        if project.rubric_seq != self.rubric_seq {
            self.dimensions = match current_rubric(tx, project.n)? {
                Some((id, _)) => read_rubric(tx, project.n, id)?
                    .map(|rubric| rubric.dimensions.into_iter().map(|dimension| dimension.id).collect())
                    .unwrap_or_default(),
                None => Vec::new(),
            };
            self.rubric_seq = project.rubric_seq;
        }
        if project.head == self.seq {
            return Ok(());
        }
        loop {
            let rows = tx.query(
                "SELECT sample, member, grades, seq FROM annotation WHERE p = $1 AND seq > $2
                 ORDER BY seq LIMIT $3",
                &[project.n.into(), (self.seq as i64).into(), CHUNK.into()],
            )?;
            let more = rows.len() as i64 == CHUNK;
            for mut row in rows {
                let change = Change {
                    sample: SampleId(row.uuid(0)?),
                    member: MemberId(row.uuid(1)?),
                    grades: row.text(2)?,
                };
                self.set(&change)?;
                self.seq = row.int(3)? as u64;
            }
            if !more {
                break;
            }
        }
        self.seq = project.head;
        Ok(())
    }

    /// Follows what a request of this process brought, where nothing else came in between. Answers the
    /// dimensions whose numbers changed; `None` where the panels must [catch up](Self::catch_up).
    pub(crate) fn follow(
        &mut self,
        before: u64,
        after: &Project,
        changes: &[Change],
    ) -> Result<Option<BTreeSet<String>>, DbError> {
        let known = after.members_seq == self.members_seq && after.rubric_seq == self.rubric_seq;
        if self.seq != before || !known {
            return Ok(None);
        }
        let mut touched = BTreeSet::new();
        for change in changes {
            touched.extend(self.set(change)?);
        }
        self.seq = after.head;
        Ok(Some(touched))
    }

    /// Reads the members again. A rater who has another name now stands elsewhere in each sum, so then all
    /// panels are made anew.
    fn read_raters(&mut self, tx: &mut dyn Tx, project: &Project) -> Result<(), DbError> {
        let mut raters = HashMap::new();
        for (id, member) in memberships(tx, project.n)? {
            let person = member.body.kind == RaterKind::Person;
            raters.insert(id, person.then_some((member.body.name, id)));
        }
        let kept = |(id, rater): (&MemberId, &Option<Rater>)| raters.get(id) == Some(rater);
        if !self.raters.iter().all(kept) {
            self.panels.clear();
            self.seq = 0;
        }
        self.raters = raters;
        self.members_seq = project.members_seq;
        Ok(())
    }

    /// Sets what one annotation says now; answers the dimensions in which that is something else.
    fn set(&mut self, change: &Change) -> Result<BTreeSet<String>, DbError> {
        let mut touched = BTreeSet::new();
        let Some(Some(rater)) = self.raters.get(&change.member) else { return Ok(touched) };
        // A handful: looking through them costs less than a map of them.
        let given: Vec<(u8, &str, u8)> = grades::each(&change.grades).collect();
        for (response, dimension, _) in &given {
            self.responses = self.responses.max(response + 1);
            if !self.panels.contains_key(*dimension) {
                let scale = Scale::range(1, 5).map_err(fault)?;
                self.panels.insert((*dimension).to_owned(), Panel::new(&scale));
            }
        }
        for (dimension, panel) in &mut self.panels {
            for response in 0..self.responses {
                let level = given
                    .iter()
                    .find(|(of, name, _)| *of == response && name == dimension)
                    .map(|(_, _, number)| (number - 1).into());
                let before = panel.set((change.sample, response), rater, level).map_err(fault)?;
                if before != level {
                    touched.insert(dimension.clone());
                }
            }
        }
        Ok(touched)
    }

    /// Where agreement stands in the dimensions of the current rubric, in its order: all, or those named. Where
    /// fewer people graded, only that it is so: in those, or in all.
    pub(crate) fn numbers(
        &self,
        only: Option<&BTreeSet<String>>,
        untold_of_all: bool,
        fewest: u64,
    ) -> Numbers {
        let mut numbers = Numbers::default();
        for dimension in &self.dimensions {
            let wanted = only.is_none_or(|only| only.contains(dimension.as_str()));
            let panel = self.panels.get(dimension.as_str());
            match panel.filter(|panel| panel.counts().raters >= fewest.max(1)) {
                Some(panel) if wanted => numbers.said.push(numbers_of(dimension, panel)),
                None if wanted || untold_of_all => numbers.untold.push(dimension.0.clone()),
                _ => {}
            }
        }
        numbers
    }

    /// A copy from which the whole report can be made while grades go on arriving.
    pub(crate) fn picture(&self) -> Picture {
        let panel =
            |dimension: &DimensionId| (dimension.clone(), self.panels.get(dimension.as_str()).cloned());
        Picture(self.dimensions.iter().map(panel).collect())
    }
}

/// What may be said of agreement.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    pub said: Vec<DimensionNumbers>,
    /// Dimensions that too few people graded.
    pub untold: Vec<String>,
}

fn numbers_of(dimension: &DimensionId, panel: &Panel<Unit, Rater>) -> DimensionNumbers {
    let counts = panel.counts();
    DimensionNumbers {
        dimension: dimension.0.clone(),
        units: counts.units,
        units_paired: counts.units_paired,
        raters: counts.raters,
        ratings: counts.ratings,
        coefficients: panel
            .coefficients()
            .into_iter()
            .map(|((coefficient, weights), outcome)| PointNumber {
                coefficient: word(&coefficient),
                weights: weights.as_ref().map(word),
                value: outcome.as_ref().ok().map(|point| point.value),
                undefined: outcome.err().as_ref().map(word),
            })
            .collect(),
    }
}

/// The panels of the current rubric's dimensions at one moment.
pub(crate) struct Picture(Vec<(DimensionId, Option<Panel<Unit, Rater>>)>);

impl Picture {
    /// The whole report, `assay.agreement/1`. Takes long where there are very many grades.
    pub(crate) fn report(self) -> Result<serde_json::Value, DbError> {
        let scale = Scale::range(1, 5).map_err(fault)?;
        let one = |(dimension, panel): (DimensionId, Option<Panel<Unit, Rater>>)| {
            let panel = panel.unwrap_or_else(|| Panel::new(&scale));
            DimensionReport::of_panel(
                dimension.as_str(),
                &panel,
                |(name, _)| name.clone(),
                &Options::default(),
            )
        };
        let dimensions = self.0.into_iter().map(one).collect::<Result<_, _>>().map_err(fault)?;
        serde_json::to_value(Report::of_dimensions(dimensions))
            .map_err(|error| DbError::Fault(error.to_string()))
    }
}

fn fault(error: assay_agreement::Error) -> DbError {
    DbError::Fault(format!("agreement cannot be computed: {error}"))
}

/// The word that a plain enum has in JSON.
fn word(of: &impl Serialize) -> String {
    match serde_json::to_value(of) {
        Ok(serde_json::Value::String(word)) => word,
        other => other.map(|value| value.to_string()).unwrap_or_default(),
    }
}
