//! Looking through samples, streaming them for an export, members, rubric versions, changes.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use assay_model::{
    Annotation, AnnotationState, Component, ExternalId, RaterKind, Resolution, ResponseResolution, Role,
    Sample, SampleId,
};

use super::{Project, graded, sample};
use crate::{Change, Error, SampleCount, SampleFilter, SampleState, Store, SubmitAs};

fn annotation(store: &Store, grade: u8) -> Annotation {
    let rubric = store.rubric().unwrap().id;
    Annotation { rubric, state: AnnotationState::Submitted, skip_reason: None, work: graded(grade) }
}

fn names(store: &Store, filter: &SampleFilter) -> Vec<String> {
    let page = store.samples(filter, None, 100).unwrap();
    let count = store.sample_count(filter).unwrap();
    assert_eq!(count, SampleCount { count: page.rows.len() as u64, exact: true }, "{filter:?}");
    page.rows.into_iter().map(|row| row.external_id.0).collect()
}

/// Five samples that differ in everything a filter can ask for.
fn varied() -> (Project, Vec<SampleId>) {
    let project = Project::new();
    let with = |name: &str, change: &dyn Fn(&mut Sample)| {
        let mut sample = sample(name);
        change(&mut sample);
        sample
    };
    let samples = [
        with("e", &|s| s.component = Component::Golden),
        with("d", &|s| s.task_type = Some("code".to_owned())),
        with("c", &|s| s.locale = None),
        with("b", &|s| s.responses[0].model = Some("la\"rge_1".to_owned())),
        with("a", &|s| s.messages[0].content = "100% “sûr”\nand \"quoted\" \\ user".to_owned()),
    ];
    let ids = project.store.add_samples(&samples).unwrap().added;
    (project, ids)
}

#[test]
fn each_filter_finds_what_it_says_and_counts_it() {
    let (project, ids) = varied();
    let store = &project.store;
    store.submit(ids[0], graded(3), SubmitAs::Submitted).unwrap();
    store.submit(ids[1], graded(3), SubmitAs::Skipped("Unclear".to_owned())).unwrap();
    store.save_draft(ids[2], &graded(2)).unwrap();
    let all = SampleFilter::default;
    let text = |text: &str| SampleFilter { text: Some(text.to_owned()), ..all() };
    let state = |state| SampleFilter { state: Some(state), ..all() };
    assert_eq!(names(store, &all()), ["e", "d", "c", "b", "a"]);
    assert_eq!(names(store, &SampleFilter { component: Some(Component::Golden), ..all() }), ["e"]);
    assert_eq!(names(store, &SampleFilter { task_type: Some("code".to_owned()), ..all() }), ["d"]);
    assert_eq!(
        names(store, &SampleFilter { locale: Some("en-GB".to_owned()), ..all() }),
        ["e", "d", "b", "a"]
    );
    assert_eq!(names(store, &SampleFilter { model: Some("la\"rge_1".to_owned()), ..all() }), ["b"]);
    assert_eq!(names(store, &state(SampleState::Done)), ["e"]);
    assert_eq!(names(store, &state(SampleState::Skipped)), ["d"]);
    assert_eq!(names(store, &state(SampleState::Draft)), ["c"]);
    assert_eq!(names(store, &state(SampleState::Todo)), ["c", "b", "a"]);
    assert_eq!(names(store, &text("100% “sûr”\nand \"quoted\" \\")), ["a"]);
    assert_eq!(names(store, &text("ANSWER OF C")), ["c"]);
    assert_eq!(names(store, &text("user")), ["a"], "a role is not a text");
    assert_eq!(names(store, &text("nothing")), [""; 0]);
    let facets = SampleFilter { locale: Some("en-GB".to_owned()), model: Some("small".to_owned()), ..all() };
    assert_eq!(names(store, &facets), ["e", "d", "a"]);
    let both = SampleFilter { locale: Some("en-GB".to_owned()), ..state(SampleState::Todo) };
    assert_eq!(names(store, &both), ["b", "a"]);
    let facets = store.facets().unwrap();
    assert_eq!(facets.components, [(Component::Representative, 4), (Component::Golden, 1)]);
    assert_eq!(facets.task_types, [("code".to_owned(), 1), ("qa".to_owned(), 4)]);
    assert_eq!(facets.models, [("la\"rge_1".to_owned(), 1), ("small".to_owned(), 4)]);
}

#[test]
fn pages_show_every_sample_once() {
    let (project, _) = Project::with_samples(25);
    for state in [None, Some(SampleState::Todo)] {
        let filter = SampleFilter { state, ..SampleFilter::default() };
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = project.store.samples(&filter, after, 7).unwrap();
            seen.extend(page.rows.into_iter().map(|row| row.n));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, (1..=25).collect::<Vec<_>>());
    }
}

#[test]
fn an_export_reads_in_the_order_of_names_and_only_what_counts() {
    let (project, ids) = varied();
    let store = &project.store;
    let judge = store.add_member("Judge", Role::Annotator, RaterKind::Model).unwrap();
    let items = ids.iter().take(3).map(|&id| (id, annotation(store, 2))).collect();
    store.annotate(judge.id, items).unwrap();
    store.submit(ids[4], graded(5), SubmitAs::Submitted).unwrap();
    store.submit(ids[0], graded(4), SubmitAs::Submitted).unwrap();
    store.submit(ids[3], graded(1), SubmitAs::Skipped("Unclear".to_owned())).unwrap();
    let rubric = store.rubric().unwrap().id;
    let word = Resolution {
        rubric,
        responses: vec![ResponseResolution::default()],
        preference: None,
        cause: None,
        note: "Both".to_owned(),
        basis: Vec::new(),
    };
    let resolution = store.resolve(ids[0], &word).unwrap();
    assert_eq!(store.resolution(ids[0]).unwrap().unwrap().id, resolution);
    let mut seen = Vec::new();
    store
        .for_each_annotated(&SampleFilter::default(), &mut |a| {
            assert!(a.annotations.is_sorted_by_key(|annotation| annotation.member));
            seen.push((a.sample.external_id.0, a.annotations.len(), a.resolution.is_some()));
            ControlFlow::Continue(())
        })
        .unwrap();
    let expected = [("a", 1, false), ("c", 1, false), ("d", 1, false), ("e", 2, true)];
    assert_eq!(seen, expected.map(|(name, n, resolved)| (name.to_owned(), n, resolved)));
    let golden = SampleFilter { component: Some(Component::Golden), ..SampleFilter::default() };
    let mut seen = 0;
    let count = &mut |_| {
        seen += 1;
        ControlFlow::Break(())
    };
    store.for_each_annotated(&golden, count).unwrap();
    assert_eq!(seen, 1);
    let mut held_out = Vec::new();
    store.for_each_held_out(&mut |sample| held_out.push(sample.external_id.0)).unwrap();
    assert_eq!(held_out, ["e"]);
    assert_eq!(store.annotations_by_rubric().unwrap(), [(rubric, 5)]);
}

#[test]
fn the_same_file_of_annotations_twice_adds_nothing() {
    let (project, ids) = Project::with_samples(3);
    let store = &project.store;
    let rater = store.add_member("Grace", Role::Annotator, RaterKind::Person).unwrap();
    assert_eq!(store.add_member(" Grace ", Role::Lead, RaterKind::Person).unwrap(), rater);
    assert_eq!(store.member_by_name("Grace").unwrap(), Some(rater.clone()));
    let items: Vec<_> = ids.iter().map(|&id| (id, annotation(store, 3))).collect();
    assert_eq!(store.annotate(rater.id, items.clone()).unwrap().len(), 3);
    assert_eq!(store.annotate(rater.id, items.clone()).unwrap().len(), 0);
    assert_eq!(store.counts().unwrap().left, 3, "another’s work is not mine");
    let mut wrong = items;
    wrong[0].1.work = graded(5);
    wrong[1].1.work.responses[0].grades.insert("style".into(), None);
    match store.annotate(rater.id, wrong) {
        Err(Error::Invalid(invalid)) => assert_eq!(invalid.field, "annotations[1].responses[0].grades.style"),
        other => panic!("{other:?}"),
    }
    assert_eq!(store.revisions(ids[0], rater.id).unwrap().len(), 1, "all or nothing");
}

#[test]
fn one_bad_sample_keeps_its_whole_batch_out() {
    let project = Project::new();
    for place in [0, 3, 150] {
        let mut batch: Vec<Sample> = (0..200).map(|i| sample(&format!("s{i}"))).collect();
        batch[place].responses.clear();
        match project.store.add_samples(&batch) {
            Err(Error::Invalid(invalid)) => assert_eq!(invalid.field, format!("samples[{place}].responses")),
            other => panic!("{other:?}"),
        }
        assert_eq!(project.store.counts().unwrap().samples, 0);
    }
}

#[test]
fn an_import_is_taken_back_but_not_what_was_worked_on() {
    let (project, ids) = Project::with_samples(4);
    let store = &project.store;
    store.save_draft(ids[0], &graded(3)).unwrap();
    store.submit(ids[1], graded(3), SubmitAs::Submitted).unwrap();
    assert_eq!(store.remove_samples(&ids).unwrap(), 2);
    assert_eq!(store.remove_samples(&ids).unwrap(), 0);
    assert_eq!(store.counts().unwrap().samples, 2);
    let known = store.sample_ids(&["s1".into(), "s2".into()]).unwrap();
    assert_eq!(known, [Some(ids[1]), None]);
    assert!(store.sample_by_external(&ExternalId::from("s2")).unwrap().is_none());
    let gone = store.sample(ids[2]);
    assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
}

#[test]
fn changes_are_told_after_they_are_durable_and_refusals_never() {
    let (project, ids) = Project::with_samples(1);
    let store = &project.store;
    let told: Arc<Mutex<Vec<Change>>> = Arc::default();
    let (sink, other) = (Arc::clone(&told), Store::open(store.path(), Arc::clone(&project.world)).unwrap());
    store.subscribe(Box::new(move |changes| {
        if let Some(Change::Draft(id)) = changes.first() {
            assert!(other.draft(*id).unwrap().is_some(), "another window sees it already");
        }
        sink.lock().unwrap().extend_from_slice(changes);
    }));
    store.save_draft(ids[0], &graded(3)).unwrap();
    let empty = store.submit(ids[0], assay_model::Work::empty(1), SubmitAs::Submitted);
    assert!(
        matches!(&empty, Err(Error::Invalid(i)) if i.field == "responses[0].grades.accuracy"),
        "{empty:?}"
    );
    let unreasoned = store.submit(ids[0], graded(3), SubmitAs::Skipped("  ".to_owned()));
    assert!(matches!(unreasoned, Err(Error::Invalid(_))), "{unreasoned:?}");
    store.submit(ids[0], graded(3), SubmitAs::Submitted).unwrap();
    let member = store.me().id;
    assert_eq!(*told.lock().unwrap(), [Change::Draft(ids[0]), Change::Annotation { sample: ids[0], member }]);
}

#[test]
fn a_correction_that_changes_nothing_is_no_correction() {
    let (project, ids) = Project::with_samples(2);
    let mut work = graded(3);
    work.responses[0].correction = Some("Answer of s0.".to_owned());
    project.store.submit(ids[0], work.clone(), SubmitAs::Submitted).unwrap();
    project.store.submit(ids[1], work.clone(), SubmitAs::Submitted).unwrap();
    let corrections: Vec<_> =
        project.store.recent(2).unwrap().into_iter().map(|r| r.annotation.work).collect();
    assert_eq!(corrections, [work, graded(3)]);
}

#[test]
fn settings_are_kept_and_a_bad_name_is_refused() {
    let project = Project::new();
    let mut settings = project.store.settings().unwrap();
    settings.name = "Renamed".to_owned();
    project.store.save_settings(&settings).unwrap();
    let project = project.reopened();
    assert_eq!(project.store.settings().unwrap(), settings);
    settings.name = String::new();
    assert!(matches!(project.store.save_settings(&settings), Err(Error::Invalid(_))));
}

#[test]
fn the_heads_of_a_million_samples_are_found_by_index() {
    let project = Project::new();
    let sql = project.store.inner.writer.lock().unwrap();
    for query in [
        include_str!("../queue_first.sql"),
        include_str!("../queue_last.sql"),
        include_str!("../queue_list.sql"),
        include_str!("../queue_next.sql"),
        include_str!("../queue_previous.sql"),
        include_str!("../queue_recent.sql"),
        include_str!("../annotation_newest.sql"),
    ] {
        let mut plan = sql.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let given = plan.parameter_count();
        let steps = plan.query_map(rusqlite::params_from_iter(vec![1; given]), |row| row.get::<_, String>(3));
        let steps: Vec<String> = steps.unwrap().map(Result::unwrap).collect();
        assert!(
            !steps.iter().any(|step| step.contains("TEMP B-TREE")
                || (step.starts_with("SCAN") && step != "SCAN CONSTANT ROW")),
            "{query}: {steps:?}"
        );
    }
}
