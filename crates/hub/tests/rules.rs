//! Who may write what, and what becomes of it; the same over both databases.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod common;

use assay_model::{AnnotationState, DeviceId, FactId, MemberId, RaterKind, Role, RubricId};
use assay_sync::wire::{HubCode, Kind, RefusalCode, Verdict, WireFact};
use common::Place;
use common::kit::{Team, accepted, id, refused};
use serde_json::json;

on_both!(
    facts_get_places_in_their_order_and_keep_them,
    what_is_sent_twice_is_there_once,
    an_id_names_one_fact,
    a_number_of_a_device_names_one_fact,
    bodies_come_back_as_the_text_that_was_sent,
    what_names_nothing_that_is_there_is_refused,
    one_refused_fact_does_not_keep_the_others_out,
    there_is_one_successor_of_each_rubric,
    an_external_id_names_one_sample,
    annotators_write_their_own_work_on_what_was_assigned,
    observers_write_nothing,
    nobody_writes_in_anothers_name,
    a_lead_writes_down_the_work_of_raters_without_a_token_only,
    the_newest_revision_counts_whatever_the_order,
    another_history_is_noticed,
    another_protocol_is_told_what_to_do,
    members_are_counted,
);

async fn facts_get_places_in_their_order_and_keep_them(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 3).await;
    let seqs: Vec<u64> = team.owner.of_kind(Kind::Sample).iter().map(|placed| placed.seq).collect();
    assert_eq!(seqs, [4, 5, 6]);
    let mut lead = team.join("Lea", Role::Lead).await;
    let facts = vec![lead.sample("x"), lead.sample("y")];
    assert_eq!(accepted(&lead.sync(facts).await), [8, 9]);
    let pulled = team.owner.sync(Vec::new()).await;
    assert_eq!(pulled.facts.iter().map(|placed| placed.seq).collect::<Vec<_>>(), [7, 8, 9]);
    let again = lead.read_again().await;
    assert_eq!(again.facts.iter().map(|placed| placed.seq).collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
}

async fn what_is_sent_twice_is_there_once(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 0).await;
    let facts = vec![team.owner.sample("a"), team.owner.sample("b")];
    // The first answer is lost; in the second request the same fact stands twice.
    team.owner.step(facts.clone(), 100).await.unwrap();
    let doubled = [facts.clone(), facts.clone()].concat();
    let answer = team.owner.step(doubled, 100).await.unwrap();
    assert_eq!(accepted(&answer), [4, 5, 4, 5]);
    assert!(answer.facts.is_empty(), "what a request brings is not sent back");
    team.owner.sync(facts).await;
    assert_eq!(team.owner.facts.len(), 5);
}

async fn an_id_names_one_fact(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let mut other = team.owner.sample("other");
    other.id = team.samples[0].id;
    assert_eq!(refused(&team.owner.step(vec![other], 10).await.unwrap(), 0), RefusalCode::IdTaken);
    // After a fork the same fact comes under another device and number, and is still the same fact.
    let mut renumbered = team.samples[0].clone();
    renumbered.device = DeviceId(id());
    renumbered.device_no = 1;
    assert_eq!(accepted(&team.owner.step(vec![renumbered], 10).await.unwrap()), [4]);
}

async fn a_number_of_a_device_names_one_fact(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let mut backup = team.owner.clone();
    let ours = team.owner.sample("ours");
    accepted(&team.owner.sync(vec![ours]).await);
    let theirs = backup.sample("theirs");
    let next = backup.sample("next");
    let answer = backup.step(vec![theirs.clone(), next], 10).await.unwrap();
    assert_eq!(refused(&answer, 0), RefusalCode::DeviceFork);
    assert_eq!(accepted_at(&answer, 1), 6, "a number that nobody used is free");
    let forked = WireFact { device: DeviceId(id()), device_no: 1, ..theirs };
    assert_eq!(accepted(&backup.step(vec![forked], 10).await.unwrap()), [7]);
    // A device of somebody else is refused in the same way.
    let mut lead = team.join("Lea", Role::Lead).await;
    lead.device = team.owner.device;
    lead.device_no = 1000;
    let stolen = lead.sample("stolen");
    assert_eq!(refused(&lead.step(vec![stolen], 10).await.unwrap(), 0), RefusalCode::DeviceFork);
}

fn accepted_at(answer: &assay_sync::wire::SyncAnswer, at: usize) -> u64 {
    match answer.receipts[at].verdict {
        Verdict::Accepted(seq) => seq,
        Verdict::Refused(_) => panic!("refused"),
    }
}

async fn bodies_come_back_as_the_text_that_was_sent(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 0).await;
    let mut fact = team.owner.sample("x");
    let text = "{ \"external_id\":\"x\",\n \"messages\":[{\"role\":\"user\",\"content\":\"\\u00e9 é 🙂\"}], \
                \"responses\":[{\"text\":\"1.0\"}], \"later\": 1.50 }";
    fact.body = serde_json::value::RawValue::from_string(text.to_owned()).unwrap();
    accepted(&team.owner.sync(vec![fact]).await);
    team.owner.read_again().await;
    assert_eq!(team.owner.of_kind(Kind::Sample)[0].fact.body.get(), text);
}

async fn what_names_nothing_that_is_there_is_refused(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let (sample, rubric) = (team.samples[0].clone(), team.rubric);
    let mut nowhere = sample.clone();
    nowhere.id = FactId(id());
    let owner = &mut team.owner;
    let me = owner.me;
    let facts = vec![
        owner.annotate(&nowhere, rubric, 1, 3),
        owner.annotate(&sample, RubricId(id()), 1, 3),
        owner.assign(&sample, MemberId(id()), None),
        owner.resolve(&nowhere, rubric, 3),
    ];
    let answer = owner.step(facts, 10).await.unwrap();
    assert!((0..4).all(|at| refused(&answer, at) == RefusalCode::Unknown), "{answer:?}");
    let invalid = vec![
        owner.annotate_as(me, &sample, rubric, 1, json!({ "taste": 3 })),
        owner.annotate_as(me, &sample, rubric, 1, json!({ "tone": 9 })),
        owner.annotate(&sample, rubric, 0, 3),
        owner.fact(Kind::Sample, &json!({ "external_id": "", "messages": [], "responses": [] })),
        owner.fact(Kind::Settings, &json!({ "name": 7 })),
    ];
    let answer = owner.step(invalid, 10).await.unwrap();
    assert!((0..5).all(|at| refused(&answer, at) == RefusalCode::Invalid), "{answer:?}");
}

async fn one_refused_fact_does_not_keep_the_others_out(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 0).await;
    let owner = &mut team.owner;
    let (a, b) = (owner.sample("a"), owner.sample("b"));
    let bad = owner.sample("a");
    // What is named may come in the same request, before what names it.
    let rubric = team.rubric;
    let on_a = owner.annotate(&a, rubric, 1, 4);
    let on_bad = owner.annotate(&bad, rubric, 1, 4);
    let answer = owner.sync(vec![a, bad, b, on_a, on_bad]).await;
    assert_eq!(accepted_at(&answer, 0), 4);
    assert_eq!(refused(&answer, 1), RefusalCode::SampleConflict);
    assert_eq!(accepted_at(&answer, 2), 5);
    assert_eq!(accepted_at(&answer, 3), 6);
    assert_eq!(refused(&answer, 4), RefusalCode::Unknown);
}

async fn there_is_one_successor_of_each_rubric(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 0).await;
    let mut lead = team.join("Lea", Role::Lead).await;
    let first = FactId(team.rubric.0);
    let (ours, theirs) =
        (team.owner.rubric(Some((first, 1)), &["accuracy"]), lead.rubric(Some((first, 1)), &["tone"]));
    accepted(&team.owner.sync(vec![ours.clone()]).await);
    let answer = lead.sync(vec![theirs]).await;
    assert_eq!(refused(&answer, 0), RefusalCode::RubricConflict);
    let rebased = lead.rubric(Some((ours.id, 2)), &["tone"]);
    accepted(&lead.sync(vec![rebased]).await);
    let second_first = lead.rubric(None, &["tone"]);
    assert_eq!(refused(&lead.sync(vec![second_first]).await, 0), RefusalCode::RubricConflict);
}

async fn an_external_id_names_one_sample(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let again = team.owner.sample("s00000");
    assert_eq!(refused(&team.owner.sync(vec![again]).await, 0), RefusalCode::SampleConflict);
}

async fn annotators_write_their_own_work_on_what_was_assigned(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 3).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    let ben = team.join("Ben", Role::Annotator).await;
    team.assign(anna.me, [0, 1]).await;
    team.assign(ben.me, [2]).await;
    let rubric = team.rubric;
    anna.sync(Vec::new()).await;
    let own = anna.annotate(&team.samples[0], rubric, 1, 3);
    let not_mine = anna.annotate(&team.samples[2], rubric, 1, 3);
    let for_ben = anna.annotate_as(ben.me, &team.samples[2], rubric, 1, json!({ "accuracy": 1, "tone": 1 }));
    let answer = anna.sync(vec![own, not_mine, for_ben]).await;
    accepted_at(&answer, 0);
    assert_eq!(refused(&answer, 1), RefusalCode::NotAllowed);
    assert_eq!(refused(&answer, 2), RefusalCode::NotAllowed);
    // Work done before a withdrawal was heard of is taken in.
    let taken_back = team.owner.withdraw(&team.samples[1].clone(), anna.me);
    accepted(&team.owner.sync(vec![taken_back]).await);
    let late = anna.annotate(&team.samples[1], rubric, 1, 2);
    accepted_at(&anna.sync(vec![late]).await, 0);
    // Whatever leads write, annotators may not.
    let sample = team.samples[0].clone();
    let me = anna.me;
    let facts = vec![
        anna.settings(1),
        anna.rubric(Some((FactId(rubric.0), 1)), &["tone"]),
        anna.sample("mine"),
        anna.assign(&team.samples[2], me, None),
        anna.resolve(&sample, rubric, 3),
        anna.member(MemberId(id()), "Nobody", Role::Annotator, RaterKind::Person),
    ];
    let count = facts.len();
    let answer = anna.sync(facts).await;
    assert!((0..count).all(|at| refused(&answer, at) == RefusalCode::NotAllowed), "{answer:?}");
    // A submission at the window is whole.
    let half = anna.annotate_as(me, &sample, rubric, 2, json!({ "accuracy": 3 }));
    assert_eq!(refused(&anna.sync(vec![half]).await, 0), RefusalCode::Invalid);
}

async fn observers_write_nothing(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 1).await;
    let mut observer = team.join("Oda", Role::Observer).await;
    let sample = team.samples[0].clone();
    let facts =
        vec![observer.annotate(&sample, team.rubric, 1, 3), observer.sample("mine"), observer.settings(1)];
    let answer = observer.sync(facts).await;
    assert!((0..3).all(|at| refused(&answer, at) == RefusalCode::NotAllowed), "{answer:?}");
    assert_eq!(observer.of_kind(Kind::Sample).len(), 1, "an observer reads what leads read");
}

async fn nobody_writes_in_anothers_name(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 1).await;
    let mut lead = team.join("Lea", Role::Lead).await;
    let mut fact = lead.sample("x");
    fact.author = team.owner.me;
    assert_eq!(refused(&lead.sync(vec![fact]).await, 0), RefusalCode::NotAllowed);
}

async fn a_lead_writes_down_the_work_of_raters_without_a_token_only(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let anna = team.join("Anna", Role::Annotator).await;
    let (judge, sample, rubric) = (MemberId(id()), team.samples[0].clone(), team.rubric);
    let owner = &mut team.owner;
    let facts = vec![
        owner.member(judge, "judge", Role::Annotator, RaterKind::Model),
        owner.annotate_as(judge, &sample, rubric, 1, json!({ "accuracy": 2 })),
        owner.annotate_as(anna.me, &sample, rubric, 1, json!({ "accuracy": 2 })),
        owner.member(MemberId(id()), "boss", Role::Owner, RaterKind::Person),
        owner.member(anna.me, "Anne", Role::Annotator, RaterKind::Person),
    ];
    let answer = owner.sync(facts).await;
    accepted_at(&answer, 0);
    accepted_at(&answer, 1);
    assert!((2..4).all(|at| refused(&answer, at) == RefusalCode::NotAllowed), "{answer:?}");
    assert_eq!(refused(&answer, 4), RefusalCode::IdTaken, "the hub’s own fact has this id");
}

async fn the_newest_revision_counts_whatever_the_order(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let (sample, rubric) = (team.samples[0].clone(), team.rubric);
    let owner = &mut team.owner;
    let (first, second) = (owner.annotate(&sample, rubric, 1, 1), owner.annotate(&sample, rubric, 2, 5));
    accepted(&owner.sync(vec![second]).await);
    accepted(&owner.sync(vec![first]).await);
    let lines = hub.members(owner.project, &owner.caller).await.unwrap();
    assert_eq!((lines[0].submitted, lines[0].skipped), (1, 0));
    let withdrawn = owner.in_state(&sample, rubric, 3, AnnotationState::Withdrawn);
    accepted(&owner.sync(vec![withdrawn]).await);
    let skipped = owner.in_state(&sample, rubric, 4, AnnotationState::Skipped);
    let late = owner.in_state(&sample, rubric, 2, AnnotationState::Submitted);
    accepted(&owner.sync(vec![skipped, late]).await);
    let lines = hub.members(owner.project, &owner.caller).await.unwrap();
    assert_eq!((lines[0].submitted, lines[0].skipped), (0, 1));
}

async fn another_history_is_noticed(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let right = team.owner.cursor.clone().unwrap();
    let wrong = [
        assay_sync::wire::Cursor { epoch: "another".to_owned(), ..right.clone() },
        assay_sync::wire::Cursor { mark: "0011223344556677".to_owned(), ..right.clone() },
        assay_sync::wire::Cursor { seq: 1000, ..right.clone() },
        assay_sync::wire::Cursor { seq: u64::MAX, ..right.clone() },
    ];
    for cursor in wrong {
        team.owner.cursor = Some(cursor);
        let error = team.owner.step(Vec::new(), 10).await.unwrap_err();
        assert_eq!(error.code, HubCode::EpochChanged);
        let fact = team.owner.sample("late");
        assert_eq!(team.owner.step(vec![fact], 10).await.unwrap_err().code, HubCode::EpochChanged);
    }
    team.owner.cursor = Some(right);
    assert_eq!(team.owner.sync(Vec::new()).await.facts.len(), 0, "nothing was taken in meanwhile");
    // The history survives the process.
    let reopened = place.hub().await;
    team.owner.hub = reopened;
    team.owner.sync(Vec::new()).await;
}

async fn another_protocol_is_told_what_to_do(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    for (protocol, side) in [(0, "this laptop"), (2, "the hub")] {
        let mut request = team.owner.request(Vec::new(), 10);
        request.protocol = protocol;
        let error = hub.sync(team.owner.project, &team.owner.caller, request).await.unwrap_err();
        assert_eq!(error.code, HubCode::OtherProtocol);
        assert!(error.hint.contains(side), "{error:?}");
    }
}

async fn members_are_counted(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 4).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    team.assign(anna.me, [0, 1, 2]).await;
    team.assign(anna.me, [1]).await;
    let back = team.owner.withdraw(&team.samples[2].clone(), anna.me);
    accepted(&team.owner.sync(vec![back]).await);
    let work = anna.annotate(&team.samples[0], team.rubric, 1, 3);
    accepted(&anna.sync(vec![work]).await);
    let lines = hub.members(team.owner.project, &team.owner.caller).await.unwrap();
    let line = &lines[0];
    assert_eq!(line.member.name, "Anna");
    assert_eq!((line.assigned, line.submitted, line.skipped, line.devices.len()), (2, 1, 0, 1));
    assert!(line.last_seen.is_some());
    let seen = hub.members(anna.project, &anna.caller).await.unwrap();
    let (mine, olgas) = (&seen[0], &seen[1]);
    assert_eq!((mine.submitted, mine.devices.len()), (1, 1));
    assert_eq!((olgas.submitted, olgas.devices.len(), olgas.last_seen), (0, 0, None));
}
