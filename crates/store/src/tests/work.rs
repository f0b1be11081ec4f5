//! One person's work: queue, drafts, submitting, taking back.

use assay_model::{AnnotationState, AssignmentState};
use rusqlite::{Connection, StatementStatus};

use super::{Project, graded, sample};
use crate::{Counts, NewAssignment, Next, PreparedSamples, SubmitAs};

#[test]
fn a_draft_is_there_after_opening_again() {
    let (project, ids) = Project::with_samples(1);
    let time = project.store.save_draft(ids[0], &graded(4)).unwrap();
    let project = project.reopened();
    let draft = project.store.draft(ids[0]).unwrap().unwrap();
    assert_eq!((draft.work, draft.time), (graded(4), time));
}

#[test]
fn a_submission_takes_the_sample_off_the_queue_and_its_draft_away() {
    let (project, ids) = Project::with_samples(3);
    let store = &project.store;
    store.save_draft(ids[0], &graded(4)).unwrap();
    assert_eq!(store.next(None).unwrap(), Some(ids[0]));
    let made = store.submit(ids[0], graded(5), SubmitAs::Submitted).unwrap();
    assert_eq!(made.revision, 1);
    assert_eq!(store.next(None).unwrap(), Some(ids[1]));
    assert_eq!(store.next(Some(ids[0])).unwrap(), Some(ids[1]));
    assert_eq!(store.draft(ids[0]).unwrap(), None);
    let head = store.head(ids[0], store.me().id).unwrap().unwrap();
    assert_eq!((head.id, head.annotation.work), (made.annotation, graded(5)));
    let counts = store.counts().unwrap();
    assert_eq!(counts, Counts { samples: 3, done: 1, left: 2, ..Counts::default() });
}

#[test]
fn what_is_handed_in_after_looking_at_others_says_so() {
    let (project, ids) = Project::with_samples(2);
    let informed = |project: &Project, at: usize| {
        let head = project.store.head(ids[at], project.store.me().id).unwrap().unwrap();
        head.annotation.work.informed
    };
    for id in &ids {
        project.store.submit(*id, graded(2), SubmitAs::Submitted).unwrap();
    }
    project.store.note_shown(ids[0]).unwrap();
    project.store.note_shown(ids[0]).unwrap();
    assert!(!informed(&project, 0), "what was handed in before was blind");
    let project = project.reopened();
    for id in &ids {
        project.store.submit(*id, graded(3), SubmitAs::Submitted).unwrap();
    }
    assert!(informed(&project, 0) && !informed(&project, 1));
    project.store.take_back().unwrap();
    project.store.take_back().unwrap();
    let skipped = SubmitAs::Skipped("Not my field".to_owned());
    project.store.submit(ids[0], graded(4), skipped).unwrap();
    assert!(informed(&project, 0), "and stays so");
    assert!(project.store.verify().unwrap().is_ok());
}

#[test]
fn taking_back_goes_from_the_newest_submission_to_the_oldest() {
    let (project, ids) = Project::with_samples(3);
    let store = &project.store;
    store.submit(ids[1], graded(2), SubmitAs::Submitted).unwrap();
    store.submit(ids[0], graded(3), SubmitAs::Skipped("Not my field".to_owned())).unwrap();
    assert_eq!(store.take_back().unwrap(), Some(ids[0]));
    assert_eq!(store.take_back().unwrap(), Some(ids[1]));
    assert_eq!(store.take_back().unwrap(), None);
    assert_eq!(store.draft(ids[1]).unwrap().unwrap().work, graded(2));
    let revisions = store.revisions(ids[1], store.me().id).unwrap();
    let states: Vec<_> = revisions.iter().map(|r| (r.revision, r.annotation.state)).collect();
    assert_eq!(states, [(1, AnnotationState::Submitted), (2, AnnotationState::Withdrawn)]);
    assert_eq!(store.counts().unwrap(), Counts { samples: 3, left: 3, drafts: 2, ..Counts::default() });
}

#[test]
fn the_same_samples_again_add_nothing_and_another_content_is_a_clash() {
    let (project, _) = Project::with_samples(2);
    let mut other = sample("s1");
    other.responses[0].text.push_str(" Changed.");
    let report = project.store.add_samples(&[sample("s0"), other, sample("s2"), sample("s2")]).unwrap();
    assert_eq!((report.added.len(), report.already_there), (1, 2));
    assert_eq!((report.clashes.len(), report.clashes[0].index), (1, 1));
    assert_eq!(project.store.counts().unwrap().samples, 3);
}

#[test]
fn samples_added_in_bulk_are_counted_as_one_by_one() {
    let project = Project::new();
    let named = |from: usize, to: usize| -> Vec<_> { (from..to).map(|i| sample(&format!("s{i}"))).collect() };
    for (from, to) in [(0, 3), (0, 200), (150, 400), (400, 402)] {
        project.store.add_samples(&named(from, to)).unwrap();
        let report = project.store.verify().unwrap();
        assert!(report.is_ok(), "{:?}", report.problems);
    }
    let counts = project.store.counts().unwrap();
    assert_eq!((counts.samples, counts.left), (402, 402));
}

#[test]
fn prepared_samples_that_are_let_go_change_nothing() {
    let project = Project::new();
    project.store.add_samples(&[sample("s0")]).unwrap();
    for (last, samples) in [((|| Next::Abandon) as fn() -> Next, 1), (|| Next::Keep, 4)] {
        let mut prepared = PreparedSamples::default();
        for name in ["s0", "s1", "s2", "s3"] {
            prepared.push(&sample(name)).unwrap();
        }
        let mut prepared = Some(prepared);
        let report =
            project.store.add_prepared(&mut |_| prepared.take().map_or_else(last, Next::Rows)).unwrap();
        assert_eq!((report.added.len(), report.already_there), (3, 1));
        let counts = project.store.counts().unwrap();
        assert_eq!((counts.samples, counts.left), (samples, samples));
        let report = project.store.verify().unwrap();
        assert!(report.is_ok(), "{:?}", report.problems);
    }
}

#[test]
fn an_assignment_costs_the_same_however_much_is_to_do() {
    /// The steps that SQLite takes for one more assignment, beside as many that are still to do.
    fn steps(to_do: usize) -> i32 {
        let (project, ids) = Project::with_samples(to_do + 1);
        let member = project.store.me().id;
        let assign = |&sample| NewAssignment {
            sample,
            member,
            state: AssignmentState::Assigned,
            due: None,
            expires: None,
        };
        project.store.assign(&ids[..to_do].iter().map(assign).collect::<Vec<_>>()).unwrap();
        assert_eq!(project.store.counts().unwrap().left, u64::try_from(to_do).unwrap());
        let connection = Connection::open(project.store.path()).unwrap();
        let rolled_back = connection.unchecked_transaction().unwrap();
        let mut insert = rolled_back
            .prepare(
                "INSERT INTO assignment (id, author, device, device_no, time, sample, member, state)
                 SELECT zeroblob(16), me, device, device_no, 0, ?1, me, 'assigned' FROM local",
            )
            .unwrap();
        assert_eq!(insert.execute([ids[to_do].bytes()]).unwrap(), 1);
        insert.get_status(StatementStatus::VmStep)
    }
    assert!(
        steps(1_000) <= steps(10) * 13 / 10,
        "{} steps beside 10, {} beside 1,000",
        steps(10),
        steps(1_000)
    );
}
