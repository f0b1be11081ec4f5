//! What an annotator is shown of others, and when (promise 3); the same over both databases.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod common;

use assay_model::{AnnotationState, Role, SampleId};
use assay_sync::wire::{DimensionNumbers, HubCode, HubError, Kind, Others, WireFact};
use common::Place;
use common::kit::{Laptop, Team, accepted, id};
use serde_json::{Value, json};

on_both!(
    before_their_own_submission_annotators_are_shown_nothing,
    who_takes_their_submission_back_is_shown_nothing_again,
    a_sample_of_others_is_as_good_as_none,
    a_sample_that_was_taken_back_is_shown_no_more,
    until_resolution_it_takes_a_leads_word_as_well,
    a_blind_project_shows_annotators_nothing_and_leads_everything,
    observers_are_shown_nobodys_work,
    what_settings_once_said_with_true_and_false_is_kept_to,
    work_done_after_looking_counts_for_no_agreement,
);

/// Anna and Ben have sample 0, Ben alone sample 1, and Ben has submitted both.
struct Scene {
    team: Team,
    anna: Laptop,
    ben: Laptop,
}

impl Scene {
    async fn new(place: &Place, blind: Value) -> Self {
        let hub = place.hub().await;
        let mut team = Team::new(&hub, 2).await;
        let (anna, mut ben) =
            (team.join("Anna", Role::Annotator).await, team.join("Ben", Role::Annotator).await);
        team.assign(anna.me, [0]).await;
        team.assign(ben.me, [0, 1]).await;
        let (rubric, samples) = (team.rubric, team.samples.clone());
        let policy = team.owner.policy(blind);
        accepted(&team.owner.sync(vec![policy]).await);
        let works = samples.iter().map(|sample| ben.annotate(sample, rubric, 1, 2)).collect();
        accepted(&ben.sync(works).await);
        Self { team, anna, ben }
    }

    /// Anna's next revision of sample 0.
    async fn anna_is(&mut self, state: AnnotationState, revision: u32) {
        let (sample, rubric) = (self.team.samples[0].clone(), self.team.rubric);
        let work = match state {
            AnnotationState::Submitted => self.anna.annotate(&sample, rubric, revision, 4),
            state => self.anna.in_state(&sample, rubric, revision, state),
        };
        accepted(&self.anna.sync(vec![work]).await);
    }

    async fn resolve(&mut self) {
        let (sample, rubric) = (self.team.samples[0].clone(), self.team.rubric);
        let word = self.team.owner.resolve(&sample, rubric, 5);
        accepted(&self.team.owner.sync(vec![word]).await);
    }

    /// What somebody is told of a sample.
    async fn told(&self, who: &Laptop, sample: usize) -> Result<Others, HubError> {
        told(who, &self.team.samples[sample]).await
    }

    async fn anna_is_refused(&self, code: HubCode) {
        let error = self.told(&self.anna, 0).await.unwrap_err();
        assert_eq!(error.code, code, "{error}");
    }
}

async fn told(who: &Laptop, sample: &WireFact) -> Result<Others, HubError> {
    who.hub.others(who.project, &who.caller, SampleId(sample.id.0)).await
}

fn names(others: &Others) -> Vec<&str> {
    others.works.iter().map(|word| word.member.name.as_str()).collect()
}

async fn before_their_own_submission_annotators_are_shown_nothing(place: Place) {
    for policy in ["until_resolution", "until_submission"] {
        let mut scene = Scene::new(&place, json!(policy)).await;
        scene.resolve().await;
        scene.anna_is_refused(HubCode::NotAllowed).await;
        // To pass it over is no submission.
        scene.anna_is(AnnotationState::Skipped, 1).await;
        scene.anna_is_refused(HubCode::NotAllowed).await;
        scene.anna_is(AnnotationState::Submitted, 2).await;
        let others = scene.told(&scene.anna, 0).await.unwrap();
        assert_eq!(names(&others), ["Ben"], "others, and not herself");
        let bens = &scene.ben.of_kind(Kind::Annotation)[0].fact;
        assert_eq!((others.works[0].body.get(), others.works[0].time), (bens.body.get(), bens.time));
        assert_eq!(others.resolution.unwrap().member.name, "Olga");
    }
}

async fn who_takes_their_submission_back_is_shown_nothing_again(place: Place) {
    let mut scene = Scene::new(&place, json!("until_submission")).await;
    scene.anna_is(AnnotationState::Submitted, 1).await;
    scene.told(&scene.anna, 0).await.unwrap();
    scene.anna_is(AnnotationState::Withdrawn, 2).await;
    scene.anna_is_refused(HubCode::NotAllowed).await;
}

async fn a_sample_of_others_is_as_good_as_none(place: Place) {
    let mut scene = Scene::new(&place, json!("until_submission")).await;
    scene.anna_is(AnnotationState::Submitted, 1).await;
    let mut nowhere = scene.team.samples[1].clone();
    nowhere.id = id().into();
    let of_others = scene.told(&scene.anna, 1).await.unwrap_err();
    assert_eq!(of_others.code, HubCode::NotFound);
    assert_eq!(of_others, told(&scene.anna, &nowhere).await.unwrap_err());
    assert_eq!(told(&scene.team.owner, &nowhere).await.unwrap_err().code, HubCode::NotFound);
}

async fn a_sample_that_was_taken_back_is_shown_no_more(place: Place) {
    let mut scene = Scene::new(&place, json!("until_submission")).await;
    scene.anna_is(AnnotationState::Submitted, 1).await;
    let sample = scene.team.samples[0].clone();
    let taken_back = scene.team.owner.withdraw(&sample, scene.anna.me);
    accepted(&scene.team.owner.sync(vec![taken_back]).await);
    scene.anna_is_refused(HubCode::NotFound).await;
}

async fn until_resolution_it_takes_a_leads_word_as_well(place: Place) {
    let mut scene = Scene::new(&place, json!("until_resolution")).await;
    scene.anna_is(AnnotationState::Submitted, 1).await;
    scene.anna_is_refused(HubCode::NotAllowed).await;
    scene.resolve().await;
    scene.resolve().await;
    let word = scene.told(&scene.anna, 0).await.unwrap().resolution.unwrap();
    let newest = scene.team.owner.of_kind(Kind::Resolution)[1].fact.body.get().to_owned();
    assert_eq!(word.body.get(), newest, "the newest is the final word");
}

async fn a_blind_project_shows_annotators_nothing_and_leads_everything(place: Place) {
    let mut scene = Scene::new(&place, json!("always")).await;
    scene.anna_is(AnnotationState::Submitted, 1).await;
    scene.resolve().await;
    scene.anna_is_refused(HubCode::NotAllowed).await;
    // What is not hers is refused in the same words.
    let refused = scene.told(&scene.anna, 0).await.unwrap_err();
    assert_eq!(scene.told(&scene.anna, 1).await.unwrap_err(), refused);
    let lead = scene.team.join("Lea", Role::Lead).await;
    for who in [&lead, &scene.team.owner] {
        assert_eq!(names(&scene.told(who, 0).await.unwrap()), ["Anna", "Ben"]);
        let alone = scene.told(who, 1).await.unwrap();
        assert!(names(&alone) == ["Ben"] && alone.resolution.is_none());
    }
}

async fn observers_are_shown_nobodys_work(place: Place) {
    let mut scene = Scene::new(&place, json!("until_submission")).await;
    scene.resolve().await;
    let observer = scene.team.join("Oda", Role::Observer).await;
    assert_eq!(scene.told(&observer, 0).await.unwrap_err().code, HubCode::NotAllowed);
}

async fn what_settings_once_said_with_true_and_false_is_kept_to(place: Place) {
    let mut scene = Scene::new(&place, json!(true)).await;
    scene.anna_is(AnnotationState::Submitted, 1).await;
    scene.anna_is_refused(HubCode::NotAllowed).await;
    let open = scene.team.owner.policy(json!(false));
    accepted(&scene.team.owner.sync(vec![open]).await);
    assert_eq!(names(&scene.told(&scene.anna, 0).await.unwrap()), ["Ben"]);
    let no_policy = scene.team.owner.policy(json!("sometimes"));
    let answer = scene.team.owner.sync(vec![no_policy]).await;
    assert_eq!(common::kit::refused(&answer, 0), assay_sync::wire::RefusalCode::Invalid);
}

async fn work_done_after_looking_counts_for_no_agreement(place: Place) {
    let mut scene = Scene::new(&place, json!("until_submission")).await;
    let ratings = |numbers: &[DimensionNumbers]| numbers.iter().map(|one| one.ratings).collect::<Vec<_>>();
    scene.anna_is(AnnotationState::Submitted, 1).await;
    assert_eq!(ratings(&scene.team.owner.sync(Vec::new()).await.agreement), [3, 3]);
    let after = json!({
        "sample": scene.team.samples[0].id, "member": scene.anna.me, "revision": 2,
        "annotation": {
            "rubric": scene.team.rubric, "state": "submitted",
            "work": { "responses": [{ "grades": { "accuracy": 2, "tone": 3 } }], "informed": true },
        },
    });
    let after = scene.anna.fact(Kind::Annotation, &after);
    accepted(&scene.anna.sync(vec![after]).await);
    assert_eq!(ratings(&scene.team.owner.sync(Vec::new()).await.agreement), [2, 2]);
    let members = place.hub().await.members(scene.anna.project, &scene.team.owner.caller).await.unwrap();
    let anna = members.iter().find(|line| line.member.id == scene.anna.me).unwrap();
    assert_eq!(anna.submitted, 1, "it is a submission all the same");
    // Another process of the hub reads the same from the facts.
    let report = place.hub().await.agreement(scene.anna.project, &scene.team.owner.caller).await.unwrap();
    assert_eq!(report["dimensions"][0]["ratings"], 2);
}
