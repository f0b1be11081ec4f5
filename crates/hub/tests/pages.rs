//! What each member is given to read, in which pages, and what comes along with it; the same over both databases.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod common;

use std::collections::BTreeSet;

use assay_model::{FactId, Role};
use assay_sync::wire::{HubCode, Kind, MAX_FACTS, MemberChange, Placed, RefusalCode, Verdict, WireFact};
use common::Place;
use common::kit::{Laptop, Team, accepted, refused};
use serde_json::json;

on_both!(
    annotators_read_what_is_for_everybody_and_their_own,
    those_who_lead_or_observe_read_all,
    pages_end_where_they_are_full_and_read_the_same_as_one,
    a_page_of_many_short_facts_holds_each_of_them_once_in_order,
    an_assignment_carries_its_sample_whatever_its_place,
    a_withdrawal_carries_nothing_and_takes_the_sample_out_of_what_came_before,
    work_keeps_its_sample_when_the_assignment_is_taken_back,
    work_without_an_assignment_carries_its_sample,
    an_expired_assignment_is_taken_back_unless_the_work_was_done,
    what_nobody_syncs_expires_all_the_same,
    a_role_that_changes_what_is_seen_says_so,
    a_request_has_bounds,
    a_sync_with_nothing_to_do_is_short,
);

fn ids<'a>(facts: impl IntoIterator<Item = &'a Placed>) -> BTreeSet<FactId> {
    facts.into_iter().map(|placed| placed.fact.id).collect()
}

/// The samples that an answer carries along.
fn carried(facts: &[Placed]) -> Vec<FactId> {
    facts.iter().flat_map(|placed| &placed.carries).map(|carried| carried.fact.id).collect()
}

async fn annotators_read_what_is_for_everybody_and_their_own(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 3).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    let mut ben = team.join("Ben", Role::Annotator).await;
    team.assign(anna.me, [0, 1]).await;
    team.assign(ben.me, [1, 2]).await;
    let rubric = team.rubric;
    anna.sync(Vec::new()).await;
    ben.sync(Vec::new()).await;
    let work = anna.annotate(&team.samples[1], rubric, 1, 2);
    accepted(&anna.sync(vec![work.clone()]).await);
    let bens = ben.annotate(&team.samples[1], rubric, 1, 5);
    accepted(&ben.sync(vec![bens.clone()]).await);
    let word = team.owner.resolve(&team.samples[1].clone(), rubric, 4);
    accepted(&team.owner.sync(vec![word]).await);
    for (one, me, own) in [(&mut anna, "Anna", work.id), (&mut ben, "Ben", bens.id)] {
        let read = one.read_again().await;
        let kinds: BTreeSet<&str> = read.facts.iter().map(|placed| placed.fact.kind.word()).collect();
        assert_eq!(kinds, ["annotation", "assignment", "member", "rubric", "settings"].into(), "{me}");
        assert_eq!(ids(one.of_kind(Kind::Annotation)), [own].into(), "{me} reads their own work only");
        assert_eq!(one.of_kind(Kind::Assignment).len(), 2);
        assert_eq!(one.of_kind(Kind::Member).len(), 3, "everybody’s name");
        assert_eq!(one.carried.len(), 2);
    }
    assert!(!anna.carried.contains_key(&team.samples[2].id));
    assert!(!ben.carried.contains_key(&team.samples[0].id));
}

async fn those_who_lead_or_observe_read_all(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 2).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    team.assign(anna.me, [0]).await;
    let work = anna.annotate(&team.samples[0], team.rubric, 1, 2);
    accepted(&anna.sync(vec![work]).await);
    team.owner.sync(Vec::new()).await;
    for role in [Role::Owner, Role::Lead, Role::Observer] {
        let mut one = team.join("Somebody", role).await;
        let read = one.sync(Vec::new()).await;
        assert!(carried(&read.facts).is_empty(), "samples come by themselves");
        let places: Vec<u64> = read.facts.iter().map(|placed| placed.seq).collect();
        assert_eq!(places, (1..=places.len() as u64).collect::<Vec<_>>(), "no place is missing for {role:?}");
        assert_eq!(one.of_kind(Kind::Annotation).len(), 1);
    }
}

async fn pages_end_where_they_are_full_and_read_the_same_as_one(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 9).await;
    let anna = team.join("Anna", Role::Annotator).await;
    team.assign(anna.me, 0..9).await;
    let whole = anna.clone().sync(Vec::new()).await;
    for limit in [1, 2, 5, 1000] {
        let mut paged = anna.clone();
        let read = paged.sync_by(Vec::new(), limit).await;
        let order = |facts: &[Placed]| facts.iter().map(|placed| placed.seq).collect::<Vec<_>>();
        assert_eq!(order(&read.facts), order(&whole.facts));
        assert_eq!(carried(&read.facts), carried(&whole.facts));
        // What a request brings is left out of what it reads, on every page.
        let mut owner = team.owner.clone();
        let facts: Vec<WireFact> = (0..4).map(|n| owner.sample(&format!("of {limit} {n}"))).collect();
        accepted(&owner.sync_by(facts, limit).await);
        team.owner = owner;
    }
    // Samples of half a megabyte: a page takes a few.
    let mut large: Vec<WireFact> = Vec::new();
    for n in 0..9 {
        let body = json!({
            "external_id": format!("large {n}"),
            "messages": [{ "role": "user", "content": "x".repeat(500_000) }],
            "responses": [{ "text": "y" }],
        });
        large.push(team.owner.fact(Kind::Sample, &body));
    }
    accepted(&team.owner.sync(large.clone()).await);
    let mut late = anna.clone();
    let assigned: Vec<WireFact> =
        large.iter().map(|sample| team.owner.assign(sample, anna.me, None)).collect();
    accepted(&team.owner.sync(assigned).await);
    let first = late.step(Vec::new(), MAX_FACTS).await.unwrap();
    assert!(first.more && first.digest.is_none());
    let carried_bytes: usize = first
        .facts
        .iter()
        .flat_map(|placed| &placed.carries)
        .map(|sample| sample.fact.body.get().len())
        .sum();
    assert!(carried_bytes < 3_000_000, "{carried_bytes} bytes on one page");
    late.sync(Vec::new()).await;
    assert_eq!(late.carried.len(), 18);
}

async fn a_page_of_many_short_facts_holds_each_of_them_once_in_order(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 700).await;
    let anna = team.join("Anna", Role::Annotator).await;
    team.assign(anna.me, 0..700).await;
    let page = anna.clone().step(Vec::new(), MAX_FACTS).await.unwrap();
    assert!(!page.more, "they fit on one page");
    let seqs: Vec<u64> = page.facts.iter().map(|placed| placed.seq).collect();
    assert!(seqs.is_sorted_by(|a, b| a < b), "each once, in order");
    let carried: BTreeSet<FactId> =
        page.facts.iter().flat_map(|placed| &placed.carries).map(|sample| sample.fact.id).collect();
    assert_eq!(carried, team.samples.iter().map(|sample| sample.id).collect());
    for limit in [128, 129, 512] {
        let first = anna.clone().step(Vec::new(), limit).await.unwrap();
        assert!(first.more);
        assert_eq!(first.facts.iter().map(|placed| placed.seq).collect::<Vec<_>>(), seqs[..limit]);
        assert_eq!(first.cursor.seq, seqs[limit - 1]);
    }
}

async fn an_assignment_carries_its_sample_whatever_its_place(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 2).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    assert!(carried(&anna.sync(Vec::new()).await.facts).is_empty());
    team.assign(anna.me, [0]).await;
    let read = anna.sync(Vec::new()).await;
    assert_eq!(carried(&read.facts), [team.samples[0].id]);
    let sample = &anna.carried[&team.samples[0].id];
    assert_eq!(sample.seq, 4, "with its own place, which the cursor has passed");
    assert_eq!(sample.fact.body.get(), team.samples[0].body.get());
    // Assigned once more: it comes once more, for it may have been taken away in between.
    team.assign(anna.me, [0]).await;
    assert_eq!(carried(&anna.sync(Vec::new()).await.facts), [team.samples[0].id]);
}

async fn a_withdrawal_carries_nothing_and_takes_the_sample_out_of_what_came_before(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    team.assign(anna.me, [0]).await;
    let back = team.owner.withdraw(&team.samples[0].clone(), anna.me);
    accepted(&team.owner.sync(vec![back]).await);
    let read = anna.sync(Vec::new()).await;
    assert_eq!(anna.of_kind(Kind::Assignment).len(), 2, "both facts are hers to read");
    assert!(carried(&read.facts).is_empty(), "the sample is not hers any more");
    team.assign(anna.me, [0]).await;
    let read = anna.read_again().await;
    assert_eq!(
        carried(&read.facts),
        [team.samples[0].id; 2],
        "by each assignment, and not by the withdrawal"
    );
}

async fn work_keeps_its_sample_when_the_assignment_is_taken_back(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    team.assign(anna.me, [0]).await;
    anna.sync(Vec::new()).await;
    let back = team.owner.withdraw(&team.samples[0].clone(), anna.me);
    accepted(&team.owner.sync(vec![back]).await);
    let mut other = anna.clone();
    other.sync(Vec::new()).await;
    let work = anna.annotate(&team.samples[0], team.rubric, 1, 3);
    accepted(&anna.sync(vec![work]).await);
    // Another laptop of hers heard of the withdrawal and let the sample go: the work brings it back.
    assert_eq!(carried(&other.sync(Vec::new()).await.facts), [team.samples[0].id]);
    let read = anna.read_again().await;
    assert_eq!(carried(&read.facts), [team.samples[0].id; 2], "by the assignment and by the work");
    // A further revision is taken in as well, and its sample comes once on a page.
    let more = [2, 3].map(|revision| anna.annotate(&team.samples[0], team.rubric, revision, 4));
    accepted(&anna.sync(more.to_vec()).await);
    assert_eq!(carried(&other.sync(Vec::new()).await.facts), [team.samples[0].id]);
}

async fn work_without_an_assignment_carries_its_sample(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 2).await;
    let mut lead = team.join("Lea", Role::Lead).await;
    lead.sync(Vec::new()).await;
    let work = lead.annotate(&team.samples[1], team.rubric, 1, 3);
    accepted(&lead.sync(vec![work]).await);
    change(&team.owner, lead.me, MemberChange { role: Some(Role::Annotator), ..MemberChange::default() })
        .await;
    let read = lead.read_again().await;
    assert_eq!(carried(&read.facts), [team.samples[1].id]);
    team.owner.sync(Vec::new()).await;
}

async fn change(by: &Laptop, member: assay_model::MemberId, change: MemberChange) {
    by.hub.change_member(by.project, &by.caller, member, change).await.unwrap();
}

async fn an_expired_assignment_is_taken_back_unless_the_work_was_done(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 4).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    let expires = Some(assay_hub::World::now(&*place.world).0 + 3_600_000);
    let samples = team.samples.clone();
    let facts = samples.iter().map(|sample| team.owner.assign(sample, anna.me, expires)).collect();
    accepted(&team.owner.sync(facts).await);
    anna.sync(Vec::new()).await;
    let done = anna.annotate(&samples[0], team.rubric, 1, 3);
    let skipped = anna.in_state(&samples[1], team.rubric, 1, assay_model::AnnotationState::Skipped);
    accepted(&anna.sync(vec![done, skipped]).await);
    place.world.pass(3_599_000);
    assert!(anna.sync(Vec::new()).await.facts.is_empty(), "not yet");
    place.world.pass(1_000);
    let read = anna.sync(Vec::new()).await;
    let taken_back: Vec<&Placed> =
        read.facts.iter().filter(|placed| placed.fact.kind == Kind::Assignment).collect();
    assert_eq!(taken_back.len(), 2, "{read:?}");
    for placed in taken_back {
        assert!(placed.fact.body.get().contains("withdrawn") && placed.carries.is_empty());
        assert_eq!(placed.fact.author, team.owner.me, "in the name of who assigned it");
        assert_ne!(placed.fact.device, team.owner.device, "under a device of the hub’s own");
    }
    let lines = hub.members(team.owner.project, &team.owner.caller).await.unwrap();
    assert_eq!((lines[0].assigned, lines[0].submitted, lines[0].skipped), (2, 1, 1));
    // Work that was done before the laptop heard of it is taken in.
    let late = anna.annotate(&samples[2], team.rubric, 1, 3);
    accepted(&anna.sync(vec![late]).await);
    assert!(anna.sync(Vec::new()).await.facts.is_empty(), "it expires once");
    team.owner.sync(Vec::new()).await;
}

async fn what_nobody_syncs_expires_all_the_same(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 3).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    let now = assay_hub::World::now(&*place.world);
    let samples = team.samples.clone();
    let facts = samples.iter().map(|sample| team.owner.assign(sample, anna.me, Some(now.0 + 1))).collect();
    accepted(&team.owner.sync(facts).await);
    assert_eq!(hub.expire_assignments(now).await.unwrap(), 0);
    place.world.pass(1);
    let now = assay_hub::World::now(&*place.world);
    assert_eq!(hub.expire_assignments(now).await.unwrap(), 1);
    assert_eq!(hub.expire_assignments(now).await.unwrap(), 0);
    let read = anna.sync(Vec::new()).await;
    assert_eq!((anna.of_kind(Kind::Assignment).len(), carried(&read.facts).len()), (6, 0));
}

async fn a_role_that_changes_what_is_seen_says_so(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 2).await;
    let mut lea = team.join("Lea", Role::Lead).await;
    lea.sync(Vec::new()).await;
    let role = |role| MemberChange { role: Some(role), ..MemberChange::default() };
    change(&team.owner, lea.me, role(Role::Annotator)).await;
    let sample = lea.sample("late");
    for facts in [Vec::new(), vec![sample.clone()]] {
        assert_eq!(lea.step(facts, 10).await.unwrap_err().code, HubCode::ViewChanged);
    }
    lea.read_again().await;
    assert_eq!((lea.of_kind(Kind::Sample).len(), lea.carried.len()), (0, 0));
    assert_eq!(refused(&lea.sync(vec![sample]).await, 0), RefusalCode::NotAllowed);
    change(&team.owner, lea.me, role(Role::Observer)).await;
    assert_eq!(lea.step(Vec::new(), 10).await.unwrap_err().code, HubCode::ViewChanged);
    assert_eq!(lea.read_again().await.role, Role::Observer);
    // From one that sees all to another nothing is read again.
    change(&team.owner, lea.me, role(Role::Lead)).await;
    let read = lea.sync(Vec::new()).await;
    assert_eq!((read.role, read.facts.len()), (Role::Lead, 1));
}

async fn a_request_has_bounds(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 0).await;
    let owner = &mut team.owner;
    let many: Vec<WireFact> = (0..=MAX_FACTS).map(|n| owner.sample(&format!("{n}"))).collect();
    let error = owner.step(many.clone(), 10).await.unwrap_err();
    assert_eq!(error.code, HubCode::TooLarge);
    let most = &many[..MAX_FACTS];
    let answer = owner.step(most.to_vec(), usize::MAX).await.unwrap();
    assert_eq!(accepted(&answer).len(), MAX_FACTS);
    let body = json!({
        "external_id": "huge",
        "messages": [{ "role": "user", "content": "x".repeat(6 << 20) }],
        "responses": [{ "text": "y" }],
    });
    let huge = owner.fact(Kind::Sample, &body);
    let next = owner.sample("next");
    let answer = owner.step(vec![huge, next], 10).await.unwrap();
    assert_eq!(refused(&answer, 0), RefusalCode::Invalid);
    assert!(matches!(answer.receipts[1].verdict, Verdict::Accepted(_)));
    for number in [0, u64::MAX] {
        let mut fact = owner.sample("numbered");
        fact.device_no = number;
        assert_eq!(refused(&owner.step(vec![fact], 10).await.unwrap(), 0), RefusalCode::Invalid);
    }
    // However few are wanted, one comes.
    assert_eq!(owner.step(Vec::new(), 0).await.unwrap().facts.len(), 1);
}

async fn a_sync_with_nothing_to_do_is_short(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 5).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    team.assign(anna.me, 0..5).await;
    anna.sync(Vec::new()).await;
    for one in [&anna, &team.owner] {
        let answer = one.step(Vec::new(), MAX_FACTS).await.unwrap();
        assert!(answer.facts.is_empty() && !answer.more && answer.digest.is_some());
        let request = serde_json::to_vec(&one.request(Vec::new(), MAX_FACTS)).unwrap().len();
        let length = request + serde_json::to_vec(&answer).unwrap().len();
        assert!(length < 1000, "{length} bytes");
    }
}
