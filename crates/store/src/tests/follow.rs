//! Following the work that counts, members at work, and what the hub said of agreement.

use std::ops::ControlFlow;

use assay_model::{Annotation, AnnotationState, AssignmentState, RaterKind, Role};

use super::{Project, graded};
use crate::{NewAssignment, Store, SubmitAs};

/// What is shown after an annotation, as (sample, submitted), and the number to go on from.
fn after(store: &Store, from: i64) -> (Vec<(i64, bool)>, i64) {
    let mut found = Vec::new();
    let last = store
        .for_each_head_after(from, &mut |head, _| {
            found.push((head.sample, head.submitted));
            ControlFlow::Continue(())
        })
        .unwrap();
    (found, last)
}

#[test]
fn each_revision_that_counts_is_shown_once_and_what_it_replaced_never() {
    let (project, ids) = Project::with_samples(3);
    let store = &project.store;
    for id in &ids[..2] {
        store.submit(*id, graded(3), SubmitAs::Submitted).unwrap();
    }
    store.submit(ids[0], graded(4), SubmitAs::Submitted).unwrap();
    let (found, last) = after(store, 0);
    assert_eq!(found, [(2, true), (1, true)]);
    assert_eq!(after(store, last), (Vec::new(), last));
    store.submit(ids[2], graded(2), SubmitAs::Skipped("unclear".to_owned())).unwrap();
    let (found, last) = after(store, last);
    assert_eq!(found, [(3, false)]);
    store.take_back().unwrap();
    assert_eq!(after(store, last).0, [(3, false)]);
}

#[test]
fn members_at_work_have_what_is_assigned_to_them_and_what_they_did() {
    let (project, ids) = Project::with_samples(3);
    let store = &project.store;
    let bo = store.add_member("Bo", Role::Annotator, RaterKind::Person).unwrap();
    let rubric = store.rubric().unwrap().id;
    let annotation =
        Annotation { rubric, state: AnnotationState::Submitted, skip_reason: None, work: graded(3) };
    store.annotate(bo.id, vec![(ids[0], annotation)]).unwrap();
    let assign = |sample, state| NewAssignment { sample, member: bo.id, state, due: None, expires: None };
    let made = ids.iter().map(|id| assign(*id, AssignmentState::Assigned)).collect::<Vec<_>>();
    store.assign(&made).unwrap();
    store.assign(&[assign(ids[2], AssignmentState::Withdrawn)]).unwrap();
    let found = store.members_at_work().unwrap();
    let figures: Vec<_> =
        found.iter().map(|one| (one.active, one.assigned, one.submitted, one.skipped)).collect();
    assert_eq!(figures, [(true, 0, 0, 0), (true, 2, 1, 0)]);
}

#[test]
fn what_the_hub_said_of_agreement_is_kept_until_all_is_read_again() {
    let project = Project::new();
    project.store.connect("http://127.0.0.1:9").unwrap();
    assert_eq!(project.store.kept_agreement().unwrap(), None);
    project.store.keep_agreement("[1]").unwrap();
    let project = project.reopened();
    assert_eq!(project.store.kept_agreement().unwrap().as_deref(), Some("[1]"));
    project.store.begin_again("other_view").unwrap();
    assert_eq!(project.store.kept_agreement().unwrap(), None);
}
