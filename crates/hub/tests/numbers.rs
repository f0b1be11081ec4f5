//! Agreement on sync: what is said to whom, and that it is a function of the facts (promise 4); the same over
//! both databases.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod common;

use assay_hub::Hub;
use assay_model::{AnnotationState, FactId, RaterKind, Role};
use assay_sync::wire::{DimensionNumbers, MemberChange};
use common::Place;
use common::kit::{Laptop, Team, accepted, id};
use serde_json::{Value, json};

on_both!(
    an_answer_brings_the_dimensions_that_it_changed,
    annotators_see_numbers_of_enough_people_only,
    whoever_saw_numbers_of_people_who_are_too_few_now_is_told_to_forget_them,
    several_processes_say_the_same_to_the_last_bit,
    a_hub_that_was_started_again_says_the_same,
    what_counts_no_more_leaves_no_trace,
    a_change_of_name_changes_no_number,
    a_rubric_of_other_dimensions_changes_what_is_said,
    judges_are_no_raters,
);

async fn report(hub: &Hub, by: &Laptop) -> Value {
    hub.agreement(by.project, &by.caller).await.unwrap()
}

fn dimensions(numbers: &[DimensionNumbers]) -> Vec<&str> {
    numbers.iter().map(|one| one.dimension.as_str()).collect()
}

/// Three annotators to whom all samples are assigned.
async fn annotators(team: &mut Team, samples: usize) -> Vec<Laptop> {
    let mut all = Vec::new();
    for name in ["Anna", "Ben", "Cleo"] {
        let mut one = team.join(name, Role::Annotator).await;
        team.assign(one.me, 0..samples).await;
        one.sync(Vec::new()).await;
        all.push(one);
    }
    all
}

async fn an_answer_brings_the_dimensions_that_it_changed(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 2).await;
    let (rubric, sample) = (team.rubric, team.samples[0].clone());
    let owner = &mut team.owner;
    let me = owner.me;
    assert!(owner.sync(Vec::new()).await.agreement.is_empty(), "nothing changed");
    let both = owner.annotate_as(me, &sample, rubric, 1, json!({ "accuracy": 3, "tone": 4 }));
    assert_eq!(dimensions(&owner.sync(vec![both]).await.agreement), ["accuracy", "tone"]);
    let tone = owner.annotate_as(me, &sample, rubric, 2, json!({ "accuracy": 3, "tone": 5 }));
    assert_eq!(dimensions(&owner.sync(vec![tone.clone()]).await.agreement), ["tone"]);
    assert!(owner.sync(vec![tone]).await.agreement.is_empty(), "the same again changes nothing");
    let sample = owner.sample("more");
    assert!(owner.sync(vec![sample]).await.agreement.is_empty());
    let all = owner.read_again().await.agreement;
    assert_eq!(dimensions(&all), ["accuracy", "tone"], "all at the end of a first read");
    assert_eq!((all[0].units, all[0].raters, all[0].ratings), (1, 1, 1));
}

async fn annotators_see_numbers_of_enough_people_only(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 2).await;
    let mut people = annotators(&mut team, 2).await;
    let rubric = team.rubric;
    for (grade, at) in [(3, 0), (4, 1)] {
        let work = people[at].annotate(&team.samples[0], rubric, 1, grade);
        assert!(people[at].sync(vec![work]).await.agreement.is_empty(), "three people are wanted");
    }
    assert!(!team.owner.sync(Vec::new()).await.agreement.is_empty(), "a lead sees them");
    let work = people[2].annotate(&team.samples[0], rubric, 1, 4);
    assert_eq!(people[2].sync(vec![work]).await.agreement[0].raters, 3);
    assert_eq!(people[0].read_again().await.agreement[0].raters, 3);
    let more = team.owner.settings(4);
    accepted(&team.owner.sync(vec![more]).await);
    assert!(people[0].read_again().await.agreement.is_empty(), "now four are");
    // Whoever takes their work back is none of them any more.
    let fewer = team.owner.settings(3);
    accepted(&team.owner.sync(vec![fewer]).await);
    let back = people[1].in_state(&team.samples[0], rubric, 2, AnnotationState::Withdrawn);
    assert!(people[1].sync(vec![back]).await.agreement.is_empty());
    assert!(people[0].read_again().await.agreement.is_empty());
}

async fn whoever_saw_numbers_of_people_who_are_too_few_now_is_told_to_forget_them(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 2).await;
    let mut people = annotators(&mut team, 2).await;
    let rubric = team.rubric;
    for (one, grade) in people.iter_mut().zip([3, 4, 5]) {
        let work = one.annotate(&team.samples[0], rubric, 1, grade);
        accepted(&one.sync(vec![work]).await);
    }
    let told = people[0].read_again().await;
    assert_eq!((dimensions(&told.agreement).len(), told.untold.len()), (2, 0));
    people[2].sync(Vec::new()).await;
    // Somebody takes their work back: two are left, which the others hear although they see nothing of it.
    let back = people[1].in_state(&team.samples[0], rubric, 2, AnnotationState::Withdrawn);
    let answer = people[1].sync(vec![back]).await;
    assert_eq!(
        (answer.agreement, answer.untold),
        (Vec::new(), vec!["accuracy".to_owned(), "tone".to_owned()])
    );
    for at in [0, 2] {
        let answer = people[at].sync(Vec::new()).await;
        assert!(answer.facts.is_empty() && answer.agreement.is_empty());
        assert_eq!(answer.untold, ["accuracy", "tone"]);
        assert!(people[at].sync(Vec::new()).await.untold.is_empty(), "it is said once");
    }
    // More people are wanted than there are, of a lead as of everybody else one at least.
    let work = people[1].annotate(&team.samples[0], rubric, 3, 4);
    accepted(&people[1].sync(vec![work]).await);
    assert!(people[0].sync(Vec::new()).await.untold.is_empty());
    let more = team.owner.settings(4);
    accepted(&team.owner.sync(vec![more]).await);
    assert_eq!(people[0].sync(Vec::new()).await.untold, ["accuracy", "tone"]);
    let mut lea = team.join("Lea", Role::Lead).await;
    assert!(lea.sync(Vec::new()).await.untold.is_empty());
    for (one, revision) in people.iter_mut().zip([2, 4, 2]) {
        let back = one.in_state(&team.samples[0], rubric, revision, AnnotationState::Withdrawn);
        accepted(&one.sync(vec![back]).await);
    }
    let answer = lea.sync(Vec::new()).await;
    assert_eq!(
        (answer.agreement, answer.untold),
        (Vec::new(), vec!["accuracy".to_owned(), "tone".to_owned()])
    );
}

async fn several_processes_say_the_same_to_the_last_bit(place: Place) {
    let hubs = [place.hub().await, place.hub().await, place.hub().await];
    let mut team = Team::new(&hubs[0], 6).await;
    let mut people = annotators(&mut team, 6).await;
    let rubric = team.rubric;
    for n in 0..18 {
        let (who, sample) = (n % 3, (n * 5) % 6);
        let one = &mut people[who];
        one.hub = hubs[n % hubs.len()].clone();
        let work = one.annotate(&team.samples[sample], rubric, 1 + (n / 6) as u32, 1 + (n * 7 % 5) as u8);
        accepted(&one.sync(vec![work]).await);
    }
    let said: Vec<Value> = [
        report(&hubs[0], &team.owner).await,
        report(&hubs[1], &team.owner).await,
        report(&hubs[2], &team.owner).await,
    ]
    .into();
    assert!(said.iter().all(|one| *one == said[0]));
    assert_eq!(said[0]["dimensions"][0]["raters"], 3);
    let mut numbers = Vec::new();
    for hub in &hubs {
        team.owner.hub = hub.clone();
        numbers.push(team.owner.read_again().await.agreement);
    }
    assert!(numbers.iter().all(|one| *one == numbers[0] && !one.is_empty()));
}

async fn a_hub_that_was_started_again_says_the_same(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 4).await;
    let mut people = annotators(&mut team, 4).await;
    for (n, one) in people.iter_mut().enumerate() {
        for sample in &team.samples {
            let work =
                one.annotate(sample, team.rubric, 1, 1 + ((n * 3 + sample.device_no as usize) % 5) as u8);
            accepted(&one.sync(vec![work]).await);
        }
    }
    let before = report(&hub, &team.owner).await;
    let started = place.hub().await;
    started.load().await.unwrap();
    assert_eq!(report(&started, &team.owner).await, before);
    // Without having read anything before it is asked.
    assert_eq!(report(&place.hub().await, &team.owner).await, before);
}

async fn what_counts_no_more_leaves_no_trace(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 2).await;
    let mut people = annotators(&mut team, 2).await;
    let rubric = team.rubric;
    for one in &mut people[..2] {
        let work = one.annotate(&team.samples[0], rubric, 1, 3);
        accepted(&one.sync(vec![work]).await);
    }
    let before = report(&hub, &team.owner).await;
    let more = people[2].annotate(&team.samples[0], rubric, 1, 1);
    accepted(&people[2].sync(vec![more]).await);
    assert_ne!(report(&hub, &team.owner).await, before);
    let back = people[2].in_state(&team.samples[0], rubric, 2, AnnotationState::Withdrawn);
    accepted(&people[2].sync(vec![back]).await);
    // An older revision that comes late counts as little.
    let late = people[2].annotate(&team.samples[0], rubric, 1, 5);
    accepted(&people[2].sync(vec![late]).await);
    assert_eq!(report(&hub, &team.owner).await, before);
    assert_eq!(report(&place.hub().await, &team.owner).await, before);
}

async fn a_change_of_name_changes_no_number(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 3).await;
    let mut people = annotators(&mut team, 3).await;
    for (n, one) in people.iter_mut().enumerate() {
        for (m, sample) in team.samples.iter().enumerate() {
            let work = one.annotate(sample, team.rubric, 1, 1 + ((n * 2 + m * 3) % 5) as u8);
            accepted(&one.sync(vec![work]).await);
        }
    }
    let before = team.owner.read_again().await.agreement;
    let change = MemberChange { name: Some("Zoe".to_owned()), ..MemberChange::default() };
    hub.change_member(team.owner.project, &people[0].caller, people[0].me, change).await.unwrap();
    assert_eq!(team.owner.read_again().await.agreement, before);
    let said = report(&hub, &team.owner).await;
    assert_eq!(
        said,
        report(&place.hub().await, &team.owner).await,
        "the order of raters is that of their names"
    );
    let names: Vec<&str> = said["dimensions"][0]["by_rater"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["rater"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Ben", "Cleo", "Zoe"]);
}

async fn a_rubric_of_other_dimensions_changes_what_is_said(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let (rubric, sample) = (team.rubric, team.samples[0].clone());
    let owner = &mut team.owner;
    let work = owner.annotate(&sample, rubric, 1, 3);
    accepted(&owner.sync(vec![work]).await);
    let next = owner.rubric(Some((FactId(rubric.0), 1)), &["tone", "safety"]);
    accepted(&owner.sync(vec![next.clone()]).await);
    assert_eq!(dimensions(&owner.read_again().await.agreement), ["tone"], "nobody graded safety yet");
    let me = owner.me;
    let work = owner.annotate_as(me, &sample, next.id.0.into(), 2, json!({ "tone": 1, "safety": 2 }));
    assert_eq!(dimensions(&owner.sync(vec![work]).await.agreement), ["tone", "safety"]);
    assert_eq!(report(&hub, owner).await, report(&place.hub().await, owner).await);
}

async fn judges_are_no_raters(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let (rubric, sample) = (team.rubric, team.samples[0].clone());
    let owner = &mut team.owner;
    let (judge, rita) = (id().into(), id().into());
    let facts = vec![
        owner.member(judge, "judge", Role::Annotator, RaterKind::Model),
        owner.member(rita, "Rita", Role::Annotator, RaterKind::Person),
        owner.annotate_as(judge, &sample, rubric, 1, json!({ "accuracy": 2 })),
    ];
    assert!(owner.sync(facts).await.agreement.is_empty());
    let work = owner.annotate_as(rita, &sample, rubric, 1, json!({ "accuracy": 2 }));
    let numbers = owner.sync(vec![work]).await.agreement;
    assert_eq!((numbers[0].raters, numbers[0].ratings), (1, 1));
}
