//! A database that fails in the middle: what was asked happened whole or not at all, and can be asked again; the
//! same over both databases.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod common;

use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use assay_hub::{Faults, Hub, Step};
use assay_model::{FactId, MemberBody, MemberId, RaterKind, Role};
use assay_sync::wire::{HubCode, InviteRequest, MAX_FACTS, WireFact};
use common::Place;
use common::kit::{Laptop, Team, accepted, id, join, token};
use serde_json::{Value, json};

on_both!(
    a_push_that_fails_anywhere_leaves_nothing_or_all_of_it,
    a_pull_that_fails_anywhere_is_simply_asked_again,
    a_join_that_fails_anywhere_makes_one_member,
);

/// One of the steps fails: the so-manieth from 0, among those of the thread that asked for it.
#[derive(Default)]
struct Nth(Mutex<Option<(ThreadId, usize)>>);

impl Nth {
    /// Runs a request whose so-manieth step fails; answers with it whether there was one.
    async fn of<T>(&self, n: usize, request: impl Future<Output = T>) -> (T, bool) {
        *self.0.lock().unwrap() = Some((thread::current().id(), n));
        let answer = request.await;
        (answer, self.0.lock().unwrap().take().is_none())
    }
}

impl Faults for Nth {
    fn concern_this(&self) -> bool {
        self.0.lock().unwrap().is_some_and(|(of, _)| of == thread::current().id())
    }

    fn strike(&self, _: Step<'_>) -> bool {
        let mut armed = self.0.lock().unwrap();
        let Some((of, left)) = *armed else { return false };
        *armed = left.checked_sub(1).map(|left| (of, left));
        armed.is_none()
    }
}

/// All that can be seen of a project.
#[derive(Debug, PartialEq)]
struct Seen {
    facts: Vec<(u64, FactId)>,
    members: Vec<(MemberBody, [u64; 3])>,
    report: Value,
}

/// What another process of the hub sees of a project, and this one must see as well.
async fn seen(place: &Place, hub: &Hub, watcher: &mut Laptop) -> Seen {
    watcher.read_again().await;
    let mut facts: Vec<_> = watcher.facts.iter().map(|(seq, placed)| (*seq, placed.fact.id)).collect();
    facts.sort_unstable();
    let (project, caller) = (watcher.project, &watcher.caller);
    let members = hub.members(project, caller).await.unwrap().into_iter();
    let members = members.map(|line| (line.member, [line.assigned, line.submitted, line.skipped])).collect();
    let report = hub.agreement(project, caller).await.unwrap();
    assert_eq!(report, place.hub().await.agreement(project, caller).await.unwrap());
    Seen { facts, members, report }
}

/// A fact of each kind.
fn of_each_kind(team: &mut Team, annotator: MemberId) -> Vec<WireFact> {
    let (rubric, sample) = (team.rubric, team.samples[0].clone());
    let (owner, rater) = (&mut team.owner, MemberId(id()));
    let new = owner.sample("new");
    vec![
        owner.member(rater, "Rita", Role::Annotator, RaterKind::Person),
        owner.settings(2),
        owner.rubric(Some((FactId(rubric.0), 1)), &["accuracy", "safety"]),
        new.clone(),
        owner.assign(&new, annotator, None),
        owner.annotate(&sample, rubric, 1, 4),
        owner.annotate_as(rater, &sample, rubric, 1, json!({ "accuracy": 2, "tone": 2 })),
        owner.resolve(&sample, rubric, 3),
    ]
}

async fn a_push_that_fails_anywhere_leaves_nothing_or_all_of_it(place: Place) {
    let nth = Arc::new(Nth::default());
    let hub = place.failing(Some(nth.clone())).await;
    let mut team = Team::new(&hub, 2).await;
    let anna = team.join("Anna", Role::Annotator).await;
    team.assign(anna.me, 0..2).await;
    let mut watcher = team.join("Oda", Role::Observer).await;
    team.owner.sync(Vec::new()).await;
    let facts = of_each_kind(&mut team, anna.me);
    let before = seen(&place, &hub, &mut watcher).await;
    let mut after = Vec::new();
    let answer = loop {
        let push = team.owner.step(facts.clone(), MAX_FACTS);
        let (answer, struck) = nth.of(after.len(), push).await;
        after.push(seen(&place, &hub, &mut watcher).await);
        match answer {
            Ok(answer) if !struck => break answer,
            Ok(_) => panic!("step {} failed, and the push did not", after.len() - 1),
            Err(error) => assert_eq!(error.code, HubCode::Unavailable),
        }
    };
    let first = before.facts.len() as u64 + 1;
    assert_eq!(accepted(&answer), (first..first + facts.len() as u64).collect::<Vec<_>>());
    let all = after.last().unwrap();
    let kept = after.iter().position(|seen| seen == all).unwrap();
    assert!(kept > 20, "it takes more than {kept} steps");
    assert!(after[..kept].iter().all(|seen| *seen == before), "nothing, until the commit");
    assert!(after[kept..].iter().all(|seen| seen == all), "all, once it was made");
    assert!(after.len() - kept > 1, "an answer may fail after the commit");
}

async fn a_pull_that_fails_anywhere_is_simply_asked_again(place: Place) {
    let nth = Arc::new(Nth::default());
    let hub = place.failing(Some(nth.clone())).await;
    let mut team = Team::new(&hub, 2).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    team.assign(anna.me, 0..1).await;
    let mut watcher = team.join("Oda", Role::Observer).await;
    // What expires is taken back by whoever asks next.
    let (sample, due) = (team.samples[1].clone(), 1_767_603_600_000 + 1000);
    let expires = team.owner.assign(&sample, anna.me, Some(due));
    team.owner.sync(vec![expires]).await;
    let work = team.samples[0].clone();
    anna.sync(Vec::new()).await;
    let work = anna.annotate(&work, team.rubric, 1, 5);
    anna.sync(vec![work]).await;
    place.world.pass(2000);
    let before = anna.facts.len();
    let mut n = 0;
    let answer = loop {
        match nth.of(n, anna.step(Vec::new(), MAX_FACTS)).await {
            (Ok(answer), false) => break answer,
            (Ok(_), true) => panic!("step {n} failed, and the pull did not"),
            (Err(error), _) => assert_eq!(error.code, HubCode::Unavailable),
        }
        n += 1;
    };
    assert!(n > 15, "it takes more than {n} steps");
    assert_eq!((answer.facts.len(), anna.facts.len()), (1, before), "taken back once");
    seen(&place, &hub, &mut watcher).await;
    // The report, of which a part was read when it failed.
    let (project, caller) = (watcher.project, watcher.caller.clone());
    for n in 0.. {
        let hub = place.failing(Some(nth.clone())).await;
        let (report, struck) = nth.of(n, hub.agreement(project, &caller)).await;
        assert_eq!(report.is_err(), struck);
        seen(&place, &hub, &mut watcher).await;
        if !struck {
            break;
        }
    }
}

async fn a_join_that_fails_anywhere_makes_one_member(place: Place) {
    let nth = Arc::new(Nth::default());
    let hub = place.failing(Some(nth.clone())).await;
    let team = Team::new(&hub, 1).await;
    let (project, caller) = (team.owner.project, &team.owner.caller);
    for n in 0.. {
        let request = InviteRequest {
            name: format!("Person {n}"),
            role: Role::Annotator,
            hours: None,
            member: None,
            back: None,
        };
        let invite = hub.invite(project, caller, request).await.unwrap();
        let before = hub.members(project, caller).await.unwrap().len();
        let request = join(&invite.code, &token(), "");
        let (answer, struck) = nth.of(n, hub.join(request.clone())).await;
        assert_eq!(answer.is_err(), struck);
        let again = hub.join(request).await.unwrap();
        assert!(answer.is_err() || answer.unwrap() == again);
        assert_eq!(hub.members(project, caller).await.unwrap().len(), before + 1);
        if !struck {
            assert!(n > 8, "it takes more than {n} steps");
            break;
        }
    }
}
