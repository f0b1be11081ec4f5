//! Plans of assignments.

use std::collections::{BTreeMap, BTreeSet};

use assay_model::plan::{Candidate, Plan, PlanOptions, plan};
use assay_model::{AssignmentState, MemberId, SampleId};
use proptest::prelude::*;
use uuid::Uuid;

fn member(n: u128) -> MemberId {
    MemberId(Uuid::from_u128(n + 1))
}

fn samples(count: u128, strata: u128) -> Vec<Candidate> {
    (0..count)
        .map(|n| Candidate {
            sample: SampleId(Uuid::from_u128(n + 1)),
            golden: false,
            stratum: format!("stratum {}", n % strata),
            assigned: BTreeSet::new(),
            worked: BTreeSet::new(),
        })
        .collect()
}

fn options(people: u128, overlap: usize) -> PlanOptions {
    PlanOptions {
        members: (0..people).map(member).collect(),
        overlap,
        golden_share: None,
        limit: None,
        seed: 7,
    }
}

/// What is there after a plan was carried out.
fn carry_out(candidates: &mut [Candidate], plan: &Plan) {
    let places: BTreeMap<SampleId, usize> =
        candidates.iter().enumerate().map(|(at, one)| (one.sample, at)).collect();
    for change in &plan.changes {
        let assigned = &mut candidates[places[&change.sample]].assigned;
        match change.state {
            AssignmentState::Assigned => assert!(assigned.insert(change.member), "assigned twice"),
            AssignmentState::Withdrawn => assert!(assigned.remove(&change.member), "was not assigned"),
        }
    }
}

fn loads(candidates: &[Candidate]) -> BTreeMap<MemberId, usize> {
    let mut loads = BTreeMap::new();
    for member in candidates.iter().flat_map(|one| &one.assigned) {
        *loads.entry(*member).or_default() += 1;
    }
    loads
}

proptest! {
    #[test]
    fn each_sample_gets_the_overlap_and_everybody_the_same_load(
        count in 1_u128..200, people in 1_u128..12, overlap in 1_usize..5, strata in 1_u128..6, seed: u64,
    ) {
        let overlap = overlap.min(people as usize);
        let mut candidates = samples(count, strata);
        let options = PlanOptions { seed, ..options(people, overlap) };
        let made = plan(&candidates, &options).unwrap();
        prop_assert_eq!(&made, &plan(&candidates, &options).unwrap());
        carry_out(&mut candidates, &made);
        prop_assert!(candidates.iter().all(|one| one.assigned.len() == overlap));
        let loads = loads(&candidates);
        let of = |member: &MemberId| loads.get(member).copied().unwrap_or(0);
        let (least, most) = (options.members.iter().map(of).min().unwrap(), options.members.iter().map(of).max().unwrap());
        prop_assert!(most - least <= 1 + usize::from(strata > 1), "{least} to {most}");
        prop_assert_eq!(made.covered as u128, count);
        // Carried out, there is nothing left to do.
        prop_assert_eq!(plan(&candidates, &options).unwrap().changes, vec![]);
    }

    #[test]
    fn who_comes_or_goes_moves_only_what_is_untouched(
        count in 1_u128..120, people in 2_u128..8, joins: bool, done in prop::collection::vec(any::<bool>(), 120), seed: u64,
    ) {
        let mut candidates = samples(count, 3);
        let first = PlanOptions { seed, ..options(people, 2) };
        let begun = plan(&candidates, &first).unwrap();
        carry_out(&mut candidates, &begun);
        for (one, done) in candidates.iter_mut().zip(done) {
            if done {
                one.worked.extend(one.assigned.first().copied());
            }
        }
        let before = candidates.clone();
        let mut then = first;
        if joins { then.members.insert(member(people)); } else if people > 2 { then.members.remove(&member(0)); }
        let made = plan(&candidates, &then).unwrap();
        carry_out(&mut candidates, &made);
        for (was, is) in before.iter().zip(&candidates) {
            prop_assert!(was.worked.iter().all(|member| !was.assigned.contains(member) || is.assigned.contains(member)));
            let people: BTreeSet<_> = is.assigned.union(&is.worked).collect();
            prop_assert!(people.len() >= 2);
            prop_assert!(is.assigned.iter().all(|member| then.members.contains(member) || is.worked.contains(member)));
        }
        if joins {
            let loads = loads(&candidates);
            prop_assert!(count < 20 || loads.contains_key(&member(people)), "the newcomer got nothing: {loads:?}");
        }
    }

    #[test]
    fn everybody_gets_their_share_of_golden_samples(
        count in 20_u128..150, people in 2_u128..6, golden in 5_u128..40, share in 0.0_f64..0.4, seed: u64,
    ) {
        let mut candidates = samples(count + golden, 2);
        for one in candidates.iter_mut().take(golden as usize) { one.golden = true; }
        let options = PlanOptions { golden_share: Some(share), seed, ..options(people, 2) };
        let made = plan(&candidates, &options).unwrap();
        for person in made.people.values() {
            let others = (person.new - person.golden) as f64;
            let wanted = (share * others / (1.0 - share)).round().min(golden as f64);
            prop_assert_eq!(person.golden as f64, wanted);
        }
    }
}

#[test]
fn a_newcomer_gets_a_share_where_everybody_else_holds_no_more_than_theirs() {
    // 42 places and eight people make five or six each; before the eighth came, each of seven held six.
    let mut candidates = samples(21, 3);
    let first = options(7, 2);
    let begun = plan(&candidates, &first).unwrap();
    carry_out(&mut candidates, &begun);
    let mut then = first;
    then.members.insert(member(7));
    let made = plan(&candidates, &then).unwrap();
    carry_out(&mut candidates, &made);
    let loads = loads(&candidates);
    assert!(loads.values().all(|load| (4..=6).contains(load)) && loads.len() == 8, "{loads:?}");
    assert_eq!(
        made.changes.len(),
        2 * made.people[&member(7)].new as usize,
        "what moved went to the newcomer"
    );
}

#[test]
fn a_limit_takes_the_same_number_of_each_stratum() {
    let candidates = samples(90, 3);
    let made = plan(&candidates, &PlanOptions { limit: Some(30), ..options(3, 1) }).unwrap();
    assert_eq!(made.changes.len(), 30);
    for person in made.people.values() {
        assert_eq!(person.new, 10);
        assert!(person.by_stratum.values().all(|count| (3..=4).contains(count)), "{person:?}");
    }
    assert_eq!((made.covered, made.short), (30, 60));
}

#[test]
fn what_cannot_be_planned_is_refused_by_its_field() {
    let candidates = samples(3, 1);
    assert_eq!(plan(&candidates, &options(0, 1)).unwrap_err().field, "to");
    assert_eq!(plan(&candidates, &options(2, 3)).unwrap_err().field, "overlap");
    assert_eq!(plan(&candidates, &options(2, 0)).unwrap_err().field, "overlap");
    let share = PlanOptions { golden_share: Some(1.5), ..options(2, 1) };
    assert_eq!(plan(&candidates, &share).unwrap_err().field, "golden_share");
}
