//! Agreement and counts from scratch, out of the hub's facts alone.

use std::collections::BTreeMap;

use assay_agreement::report::{DimensionReport, Report};
use assay_agreement::{Options, Ratings, Scale};
use assay_model::{
    AnnotationBody, AnnotationState, FactId, Kind, MemberBody, MemberId, RaterKind, RubricBody, SampleId,
};
use serde_json::Value;

use crate::ledger::Ledger;

type Heads = BTreeMap<(SampleId, MemberId), (u32, FactId, AnnotationBody)>;

/// The annotation of each sample and member that counts.
fn heads(ledger: &Ledger) -> Heads {
    let mut heads = Heads::new();
    for fact in ledger.facts.values().filter(|fact| fact.kind == Kind::Annotation) {
        let body: AnnotationBody = serde_json::from_str(&fact.body).unwrap();
        let key = (body.sample, body.member);
        let newer =
            heads.get(&key).is_none_or(|(revision, id, _)| (*revision, *id) < (body.revision, fact.id));
        if newer {
            heads.insert(key, (body.revision, fact.id, body));
        }
    }
    heads
}

/// How many samples are assigned to each member, and how many they submitted and skipped.
pub fn tallies(ledger: &Ledger) -> BTreeMap<MemberId, [u64; 3]> {
    let mut tallies: BTreeMap<MemberId, [u64; 3]> = BTreeMap::new();
    for ((_, member), standing) in &ledger.assigned {
        tallies.entry(*member).or_default()[0] += u64::from(*standing);
    }
    for ((_, member), (_, _, body)) in heads(ledger) {
        let tally = tallies.entry(member).or_default();
        tally[1] += u64::from(body.annotation.state == AnnotationState::Submitted);
        tally[2] += u64::from(body.annotation.state == AnnotationState::Skipped);
    }
    tallies
}

/// The whole report on the current rubric.
pub fn report(ledger: &Ledger) -> Value {
    let heads = heads(ledger);
    let mut people: BTreeMap<MemberId, MemberBody> = BTreeMap::new();
    let mut current = None;
    for fact in ledger.facts.values() {
        match fact.kind {
            Kind::Member => {
                let body: MemberBody = serde_json::from_str(&fact.body).unwrap();
                people.insert(body.id, body);
            }
            Kind::Rubric => current = Some(serde_json::from_str::<RubricBody>(&fact.body).unwrap().rubric),
            _ => {}
        }
    }
    let mut raters: Vec<(&str, MemberId)> = people
        .values()
        .filter(|member| member.kind == RaterKind::Person)
        .map(|member| (member.name.as_str(), member.id))
        .collect();
    raters.sort_unstable();
    let scale = Scale::range(1, 5).unwrap();
    let one = |dimension: &assay_model::Dimension| {
        let mut cells: BTreeMap<(SampleId, usize), Vec<(usize, u16)>> = BTreeMap::new();
        for ((sample, member), (_, _, body)) in &heads {
            let Some(rater) = raters.iter().position(|(_, id)| id == member) else { continue };
            if body.annotation.state != AnnotationState::Submitted {
                continue;
            }
            for (at, work) in body.annotation.work.responses.iter().enumerate() {
                if let Some(Some(grade)) = work.grades.get(&dimension.id) {
                    cells.entry((*sample, at)).or_default().push((rater, u16::from(grade.number()) - 1));
                }
            }
        }
        let mut active: Vec<usize> = cells.values().flatten().map(|(rater, _)| *rater).collect();
        active.sort_unstable();
        active.dedup();
        let place = |rater: &usize| active.binary_search(rater).unwrap() as u32;
        let list: Vec<(u32, u32, _)> = (0..)
            .zip(cells.values())
            .flat_map(|(unit, cells)| cells.iter().map(move |(rater, level)| (unit, rater, level)))
            .map(|(unit, rater, level)| (unit, place(rater), *level))
            .collect();
        let names: Vec<String> = active.iter().map(|rater| raters[*rater].0.to_owned()).collect();
        let ratings = Ratings::from_cells(scale.clone(), names.len(), cells.len(), &list).unwrap();
        DimensionReport::new(dimension.id.as_str(), &ratings, &names, &Options::default()).unwrap()
    };
    let dimensions = current.iter().flat_map(|rubric| &rubric.dimensions).map(one).collect();
    serde_json::to_value(Report::of_dimensions(dimensions)).unwrap()
}
