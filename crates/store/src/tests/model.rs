//! Any order of drafts, submissions, skips, discards, taking back and opening again leaves the store as a
//! plain list of what was done says it should be.

use std::collections::BTreeMap;

use assay_model::{AnnotationState, SampleId, Work};
use proptest::prelude::*;

use super::{Project, graded};
use crate::{Counts, Store, SubmitAs};

#[derive(Debug, Clone)]
enum Step {
    Draft(usize, u8),
    Discard(usize),
    Submit(usize, u8),
    Skip(usize, u8),
    TakeBack,
    Reopen,
}

/// What must be true, kept in the plainest way.
#[derive(Default)]
struct Plain {
    drafts: BTreeMap<usize, Work>,
    revisions: BTreeMap<usize, Vec<(AnnotationState, Work)>>,
    /// Samples with a submission or skip that counts, oldest first.
    handed_in: Vec<usize>,
}

impl Plain {
    fn hand_in(&mut self, sample: usize, state: AnnotationState, work: Work) {
        self.drafts.remove(&sample);
        self.revisions.entry(sample).or_default().push((state, work));
        self.handed_in.retain(|&other| other != sample);
        self.handed_in.push(sample);
    }

    fn take_back(&mut self) -> Option<usize> {
        let sample = self.handed_in.pop()?;
        let revisions = self.revisions.entry(sample).or_default();
        let (_, work) = revisions.last().cloned().unwrap();
        revisions.push((AnnotationState::Withdrawn, work.clone()));
        self.drafts.entry(sample).or_insert(work);
        Some(sample)
    }

    fn state(&self, sample: usize) -> Option<AnnotationState> {
        self.revisions.get(&sample)?.last().map(|(state, _)| *state)
    }

    fn is_todo(&self, sample: usize) -> bool {
        matches!(self.state(sample), None | Some(AnnotationState::Withdrawn))
    }
}

fn step(samples: usize) -> impl Strategy<Value = Step> {
    let sample = 0..samples;
    prop_oneof![
        3 => (sample.clone(), 1..=5_u8).prop_map(|(s, g)| Step::Draft(s, g)),
        1 => sample.clone().prop_map(Step::Discard),
        4 => (sample.clone(), 1..=5_u8).prop_map(|(s, g)| Step::Submit(s, g)),
        2 => (sample, 1..=5_u8).prop_map(|(s, g)| Step::Skip(s, g)),
        3 => Just(Step::TakeBack),
        1 => Just(Step::Reopen),
    ]
}

const SAMPLES: usize = 5;

fn compare(store: &Store, ids: &[SampleId], plain: &Plain) {
    let me = store.me().id;
    let todo: Vec<SampleId> = (0..SAMPLES).filter(|&s| plain.is_todo(s)).map(|s| ids[s]).collect();
    let queue: Vec<SampleId> = store.queue(100).unwrap().iter().map(|item| item.id).collect();
    assert_eq!(queue, todo);
    for (s, &id) in ids.iter().enumerate() {
        let after = todo.iter().copied().find(|&other| other > id).or(todo.first().copied());
        assert_eq!(store.next(Some(id)).unwrap(), after);
        let before = todo.iter().rev().copied().find(|&other| other < id).or(todo.last().copied());
        assert_eq!(store.previous(id).unwrap(), before);
        assert_eq!(store.draft(id).unwrap().map(|draft| draft.work), plain.drafts.get(&s).cloned());
        let revisions = store.revisions(id, me).unwrap();
        let plain_revisions = plain.revisions.get(&s).cloned().unwrap_or_default();
        let numbers: Vec<u32> = revisions.iter().map(|r| r.revision).collect();
        assert_eq!(numbers, (1..=plain_revisions.len() as u32).collect::<Vec<_>>());
        assert_eq!(store.head(id, me).unwrap().as_ref(), revisions.last());
        let kept: Vec<_> = revisions.into_iter().map(|r| (r.annotation.state, r.annotation.work)).collect();
        assert_eq!(kept, plain_revisions);
    }
    let recent: Vec<SampleId> = store.recent(100).unwrap().iter().map(|item| item.sample).collect();
    assert_eq!(recent, plain.handed_in.iter().rev().map(|&s| ids[s]).collect::<Vec<_>>());
    let states = |state| (0..SAMPLES).filter(|&s| plain.state(s) == Some(state)).count() as u64;
    let counts = Counts {
        samples: SAMPLES as u64,
        done: states(AnnotationState::Submitted),
        skipped: states(AnnotationState::Skipped),
        left: todo.len() as u64,
        returned: 0,
        drafts: plain.drafts.len() as u64,
    };
    assert_eq!(store.counts().unwrap(), counts);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn the_store_agrees_with_a_plain_list_of_what_was_done(steps in prop::collection::vec(step(SAMPLES), 1..25)) {
        let (mut project, ids) = Project::with_samples(SAMPLES);
        let mut plain = Plain::default();
        for step in steps {
            let store = &project.store;
            match step {
                Step::Draft(s, grade) => {
                    store.save_draft(ids[s], &graded(grade)).unwrap();
                    plain.drafts.insert(s, graded(grade));
                }
                Step::Discard(s) => {
                    store.discard_draft(ids[s]).unwrap();
                    plain.drafts.remove(&s);
                }
                Step::Submit(s, grade) => {
                    store.submit(ids[s], graded(grade), SubmitAs::Submitted).unwrap();
                    plain.hand_in(s, AnnotationState::Submitted, graded(grade));
                }
                Step::Skip(s, grade) => {
                    store.submit(ids[s], graded(grade), SubmitAs::Skipped("Unclear".to_owned())).unwrap();
                    plain.hand_in(s, AnnotationState::Skipped, graded(grade));
                }
                Step::TakeBack => {
                    prop_assert_eq!(store.take_back().unwrap(), plain.take_back().map(|s| ids[s]));
                }
                Step::Reopen => project = project.reopened(),
            }
            compare(&project.store, &ids, &plain);
            let report = project.store.verify().unwrap();
            prop_assert!(report.is_ok(), "{:?}", report);
        }
    }
}
