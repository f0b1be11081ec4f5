//! How people come, what they may do, and how they are kept out; the same over both databases.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod common;

use assay_hub::Hub;
use assay_model::{DeviceId, MemberId, ProjectId, RaterKind, Role};
use assay_sync::wire::{
    HubCode, HubError, InviteAnswer, InviteRequest, JoinAnswer, Kind, MemberChange, WireFact,
};
use common::Place;
use common::kit::{Laptop, Team, accepted, id, join, publication, token};

on_both!(
    an_invite_is_used_once,
    the_same_join_again_answers_the_same,
    an_invite_waits_for_the_beginning_of_its_project,
    an_invite_expires,
    an_invite_can_be_revoked,
    who_may_invite_whom,
    an_invite_for_another_device_joins_as_the_same_member,
    who_may_let_in_a_device_of_whom,
    somebody_whom_a_restored_hub_never_saw_is_brought_back_as_who_they_are,
    somebody_let_in_again_sends_what_waited,
    a_device_let_in_by_somebody_else_opens_that_project_alone,
    a_token_opens_more_than_one_project,
    whoever_was_removed_comes_back_as_who_they_were,
    a_token_that_is_not_one_opens_nothing,
    a_revoked_token_opens_nothing_and_the_others_go_on,
    a_token_expires_when_it_is_not_used,
    removing_a_member_closes_the_project_to_all_their_devices,
    who_may_change_whom,
    a_project_keeps_an_owner,
    strangers_learn_nothing,
    a_project_is_published_once,
    the_first_invite_is_made_once,
);

const DAY_MS: i64 = 86_400_000;

async fn invite(by: &Laptop, role: Role, hours: Option<u32>) -> Result<InviteAnswer, HubError> {
    let request = InviteRequest { name: "Somebody".to_owned(), role, hours, member: None, back: None };
    by.hub.invite(by.project, &by.caller, request).await
}

async fn used(hub: &Hub, code: &str, token: &str) -> Result<JoinAnswer, HubError> {
    hub.join(join(code, token, "")).await
}

async fn change(by: &Laptop, member: MemberId, change: MemberChange) -> Result<(), HubCode> {
    let answer = by.hub.change_member(by.project, &by.caller, member, change).await;
    answer.map(drop).map_err(|error| error.code)
}

fn role(role: Role) -> MemberChange {
    MemberChange { role: Some(role), ..MemberChange::default() }
}

fn active(active: bool) -> MemberChange {
    MemberChange { active: Some(active), ..MemberChange::default() }
}

fn name(name: &str) -> MemberChange {
    MemberChange { name: Some(name.to_owned()), ..MemberChange::default() }
}

async fn an_invite_is_used_once(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    let invite = invite(&team.owner, Role::Annotator, None).await.unwrap();
    // However it is typed.
    used(&hub, &invite.code.to_lowercase().replace('-', " "), &token()).await.unwrap();
    let error = used(&hub, &invite.code, &token()).await.unwrap_err();
    assert_eq!(error.code, HubCode::BadInvite);
    assert_eq!(hub.members(team.owner.project, &team.owner.caller).await.unwrap().len(), 2);
    assert_eq!(used(&hub, "0000-0000-0000-0000", &token()).await.unwrap_err().code, HubCode::BadInvite);
    assert_eq!(used(&hub, &invite.code, "no token").await.unwrap_err().code, HubCode::BadRequest);
}

async fn the_same_join_again_answers_the_same(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 0).await;
    let invite = invite(&team.owner, Role::Lead, Some(1)).await.unwrap();
    let token = token();
    let first = used(&hub, &invite.code, &token).await.unwrap();
    // The answer was lost; meanwhile the invite expired and the hub was started again.
    place.world.pass(DAY_MS);
    assert_eq!(used(&place.hub().await, &invite.code, &token).await.unwrap(), first);
    assert_eq!(team.owner.sync(Vec::new()).await.facts.len(), 1, "one member came");
}

async fn an_invite_waits_for_the_beginning_of_its_project(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    // One more project of Olga, of which nothing was sent yet.
    let (project, member) = (ProjectId(id()), MemberId(id()));
    let request = publication("Answers", project, member);
    hub.publish(&team.owner.caller, request).await.unwrap();
    let mut owner = Laptop::new(&hub, team.owner.token.clone(), project, member).await;
    let (invite, token) = (invite(&owner, Role::Annotator, None).await.unwrap(), token());
    let too_soon = |error: HubError| {
        assert_eq!((error.code, error.retry_after), (HubCode::NotFound, Some(10)), "{error}");
        assert!(error.message.contains("“Answers” has no rubric"), "{error}");
    };
    too_soon(used(&hub, &invite.code, &token).await.unwrap_err());
    let first = vec![owner.member(member, "Olga", Role::Owner, RaterKind::Person), owner.settings(3)];
    accepted(&owner.sync(first).await);
    too_soon(used(&hub, &invite.code, &token).await.unwrap_err());
    assert_eq!(hub.members(project, &owner.caller).await.unwrap().len(), 1, "nobody came");
    let rubric = owner.rubric(None, &["accuracy"]);
    accepted(&owner.sync(vec![rubric]).await);
    let joined = used(&hub, &invite.code, &token).await.unwrap().project.unwrap();
    let mut anna = Laptop::new(&hub, token, project, joined.member).await;
    anna.sync(Vec::new()).await;
    assert_eq!(anna.of_kind(Kind::Rubric).len(), 1);
}

async fn an_invite_expires(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    let short = invite(&team.owner, Role::Annotator, Some(1)).await.unwrap();
    let usual = invite(&team.owner, Role::Annotator, None).await.unwrap();
    place.world.pass(3_600_000);
    assert_eq!(used(&hub, &short.code, &token()).await.unwrap_err().code, HubCode::BadInvite);
    place.world.pass(6 * DAY_MS);
    used(&hub, &usual.code, &token()).await.unwrap();
    for hours in [0, 2161] {
        let error = invite(&team.owner, Role::Annotator, Some(hours)).await.unwrap_err();
        assert_eq!(error.code, HubCode::BadRequest);
    }
}

async fn an_invite_can_be_revoked(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    let (project, caller) = (team.owner.project, &team.owner.caller);
    let made = invite(&team.owner, Role::Annotator, None).await.unwrap();
    let line = hub.revoke_invite(project, caller, &made.id).await.unwrap();
    assert!(line.revoked && line.used_by.is_none());
    assert_eq!(used(&hub, &made.code, &token()).await.unwrap_err().code, HubCode::BadInvite);
    let lines = hub.invites(project, caller).await.unwrap();
    assert!(lines.iter().any(|line| line.id == made.id && line.revoked));
    let other = Team::new(&hub, 0).await;
    let foreign = hub.revoke_invite(other.owner.project, &other.owner.caller, &made.id).await.unwrap_err();
    assert_eq!(foreign.code, HubCode::NotFound);
    let anna = team.join("Anna", Role::Annotator).await;
    for one in [
        hub.invites(project, &anna.caller).await.map(drop),
        hub.revoke_invite(project, &anna.caller, &made.id).await.map(drop),
    ] {
        assert_eq!(one.unwrap_err().code, HubCode::NotAllowed);
    }
}

async fn who_may_invite_whom(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    let roles = [Role::Owner, Role::Lead, Role::Annotator, Role::Observer];
    for who in roles {
        let one = team.join("One", who).await;
        for whom in roles {
            let allowed = who == Role::Owner || (who == Role::Lead && whom != Role::Owner);
            let answer = invite(&one, whom, None).await;
            assert_eq!(answer.is_ok(), allowed, "{who:?} invites {whom:?}");
            assert!(answer.err().is_none_or(|error| error.code == HubCode::NotAllowed));
        }
    }
}

async fn an_invite_for_another_device_joins_as_the_same_member(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    let (anna, ben) = (team.join("Anna", Role::Annotator).await, team.join("Ben", Role::Annotator).await);
    let device = |member| InviteRequest {
        name: "mine".to_owned(),
        role: Role::Owner,
        hours: None,
        member: Some(member),
        back: None,
    };
    let error = hub.invite(anna.project, &anna.caller, device(ben.me)).await.unwrap_err();
    assert_eq!(error.code, HubCode::NotAllowed, "nobody else’s device");
    let made = hub.invite(anna.project, &anna.caller, device(anna.me)).await.unwrap();
    let error = used(&hub, &made.code, &ben.token).await.unwrap_err();
    assert_eq!(error.code, HubCode::BadRequest, "Ben’s laptop speaks for Ben");
    let second = token();
    let joined = used(&hub, &made.code, &second).await.unwrap().project.unwrap();
    assert_eq!((joined.member, joined.role), (anna.me, Role::Annotator), "whatever role the invite names");
    let mut laptop = Laptop::new(&hub, second, joined.project, joined.member).await;
    laptop.sync(Vec::new()).await;
    let lines = hub.members(anna.project, &anna.caller).await.unwrap();
    assert_eq!((lines.len(), lines[0].devices.len()), (3, 2));
    // Removed meanwhile: a device more does not bring them back.
    let made = hub.invite(anna.project, &anna.caller, device(anna.me)).await.unwrap();
    change(&team.owner, anna.me, active(false)).await.unwrap();
    assert_eq!(used(&hub, &made.code, &token()).await.unwrap_err().code, HubCode::BadInvite);
}

/// An invite for another device of a member.
async fn let_in(by: &Laptop, member: MemberId) -> Result<InviteAnswer, HubError> {
    let request = InviteRequest {
        name: "again".to_owned(),
        role: Role::Observer,
        hours: None,
        member: Some(member),
        back: None,
    };
    by.hub.invite(by.project, &by.caller, request).await
}

async fn who_may_let_in_a_device_of_whom(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 0).await;
    let roles = [Role::Owner, Role::Lead, Role::Annotator, Role::Observer];
    for who in roles {
        let one = team.join("One", who).await;
        for whom in roles {
            let other = team.join("Other", whom).await;
            let allowed = who == Role::Owner || (who == Role::Lead && whom != Role::Owner);
            let answer = let_in(&one, other.me).await;
            assert_eq!(answer.is_ok(), allowed, "{who:?} lets in {whom:?}");
            match answer {
                Ok(made) => {
                    let joined = used(&hub, &made.code, &token()).await.unwrap().project.unwrap();
                    assert_eq!((joined.member, joined.role), (other.me, whom));
                }
                Err(error) => assert_eq!(error.code, HubCode::NotAllowed),
            }
        }
        let nobody = let_in(&one, MemberId(id())).await.unwrap_err();
        let leads = matches!(who, Role::Owner | Role::Lead);
        assert_eq!(nobody.code, if leads { HubCode::NotFound } else { HubCode::NotAllowed });
    }
    // Neither somebody who was removed, before or after the invite, nor a rater whose work came from a file.
    let anna = team.join("Anna", Role::Annotator).await;
    let made = let_in(&team.owner, anna.me).await.unwrap();
    change(&team.owner, anna.me, active(false)).await.unwrap();
    assert_eq!(let_in(&team.owner, anna.me).await.unwrap_err().code, HubCode::NotAllowed);
    assert_eq!(used(&hub, &made.code, &token()).await.unwrap_err().code, HubCode::BadInvite);
    let judge = MemberId(id());
    let fact = team.owner.member(judge, "judge", Role::Annotator, RaterKind::Model);
    accepted(&team.owner.sync(vec![fact]).await);
    assert_eq!(let_in(&team.owner, judge).await.unwrap_err().code, HubCode::NotAllowed);
}

async fn somebody_whom_a_restored_hub_never_saw_is_brought_back_as_who_they_are(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    let lea = team.join("Lea", Role::Lead).await;
    let invite = |by: &Laptop, role: Role, member: MemberId, back: &WireFact| {
        let (hub, project, caller) = (by.hub.clone(), by.project, by.caller.clone());
        let (name, back) = ("Anna Berg".to_owned(), Some(back.clone()));
        let request = InviteRequest { name, role, hours: None, member: Some(member), back };
        async move { hub.invite(project, &caller, request).await.map_err(|error| error.code) }
    };
    // As a hub wrote it, of which nothing else is left: under a device of its own.
    let lost = |role: Role| {
        let mut then = Laptop { me: MemberId(id()), device: DeviceId(id()), ..team.owner.clone() };
        let me = then.me;
        (me, then.member(me, "Anna", role, RaterKind::Person))
    };
    let (anna, fact) = lost(Role::Annotator);
    let made = invite(&lea, Role::Observer, anna, &fact).await.unwrap();
    let joined = used(&hub, &made.code, &token()).await.unwrap();
    let there = joined.project.unwrap();
    assert_eq!((there.member, there.role, joined.name.as_str()), (anna, Role::Observer, "Anna Berg"));
    // Once more, for another device: as for everybody.
    let made = invite(&lea, Role::Lead, anna, &fact).await.unwrap();
    let again = used(&hub, &made.code, &token()).await.unwrap().project.unwrap();
    assert_eq!((again.member, again.role), (anna, Role::Observer), "who they are now counts");
    // The fact itself is back, and another says what changed since.
    let mut owner = team.owner.clone();
    owner.sync(Vec::new()).await;
    let about: Vec<_> = owner.of_kind(Kind::Member);
    let first = about.iter().find(|placed| placed.fact.id == fact.id).unwrap();
    let of = |fact: &WireFact| (fact.device, fact.device_no, fact.time, fact.body.get().to_owned());
    assert_eq!(of(&first.fact), of(&fact));
    assert_eq!(about.last().unwrap().fact.author, lea.me);
    // Neither more than one may make, nor what is no such fact, nor what is there already.
    let (otto, fact) = lost(Role::Owner);
    assert_eq!(invite(&lea, Role::Owner, otto, &fact).await.unwrap_err(), HubCode::NotAllowed);
    let annotator = team.join("Ben", Role::Annotator).await;
    assert_eq!(invite(&annotator, Role::Annotator, otto, &fact).await.unwrap_err(), HubCode::NotAllowed);
    assert_eq!(invite(&owner, Role::Owner, MemberId(id()), &fact).await.unwrap_err(), HubCode::NotFound);
    let sample = owner.sample("x");
    let wrong = WireFact { kind: Kind::Sample, ..fact.clone() };
    assert_eq!(invite(&owner, Role::Owner, otto, &wrong).await.unwrap_err(), HubCode::NotFound);
    let taken = WireFact { device: sample.device, device_no: sample.device_no, ..fact.clone() };
    accepted(&owner.sync(vec![sample]).await);
    assert_eq!(invite(&owner, Role::Owner, otto, &taken).await.unwrap_err(), HubCode::NotFound);
    invite(&owner, Role::Owner, otto, &fact).await.unwrap();
    assert_eq!(hub.members(owner.project, &owner.caller).await.unwrap().len(), 5);
}

async fn somebody_let_in_again_sends_what_waited(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 2).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    team.assign(anna.me, [0, 1]).await;
    let first = anna.annotate(&team.samples[0], team.rubric, 1, 3);
    accepted(&anna.sync(vec![first]).await);
    let lines = hub.members(anna.project, &team.owner.caller).await.unwrap();
    let line = lines.iter().find(|line| line.member.id == anna.me).unwrap();
    hub.revoke_device(anna.project, &team.owner.caller, &line.devices[0].id).await.unwrap();
    let waits = anna.annotate(&team.samples[1], team.rubric, 1, 4);
    assert_eq!(hub.authenticate(&anna.token).await.unwrap_err().code, HubCode::NotSignedIn);
    let made = let_in(&team.owner, anna.me).await.unwrap();
    anna.token = token();
    let joined = used(&hub, &made.code, &anna.token).await.unwrap().project.unwrap();
    assert_eq!((joined.member, joined.role), (anna.me, Role::Annotator));
    // The same copy goes on: same device, next number, same cursor.
    anna.caller = hub.authenticate(&anna.token).await.unwrap();
    accepted(&anna.sync(vec![waits]).await);
    let lines = hub.members(anna.project, &team.owner.caller).await.unwrap();
    let line = lines.iter().find(|line| line.member.id == anna.me).unwrap();
    assert_eq!((lines.len(), line.submitted, line.devices.len()), (2, 2, 2));
}

async fn a_device_let_in_by_somebody_else_opens_that_project_alone(place: Place) {
    let hub = place.hub().await;
    let (one, other) = (Team::new(&hub, 0).await, Team::new(&hub, 0).await);
    let lead = one.join("Lea", Role::Owner).await;
    // Olga owns one project, is in the other, and may publish: nothing of that is Lea's to give away.
    let made = invite(&other.owner, Role::Annotator, None).await.unwrap();
    let there = used(&hub, &made.code, &one.owner.token).await.unwrap().project.unwrap().member;
    assert_eq!(hub.projects(&one.owner.caller).await.unwrap().len(), 2);
    let made = let_in(&lead, one.owner.me).await.unwrap();
    let narrow = token();
    let joined = used(&hub, &made.code, &narrow).await.unwrap();
    assert!(!joined.may_publish && joined.project.unwrap().member == one.owner.me);
    let caller = hub.authenticate(&narrow).await.unwrap();
    let projects = hub.projects(&caller).await.unwrap();
    assert_eq!(projects.iter().map(|there| there.project).collect::<Vec<_>>(), [one.owner.project]);
    hub.members(one.owner.project, &caller).await.unwrap();
    let closed = hub.members(other.owner.project, &caller).await.unwrap_err();
    assert_eq!(closed.code, HubCode::NotFound);
    let request = publication("Mine", ProjectId(id()), MemberId(id()));
    assert_eq!(hub.publish(&caller, request).await.unwrap_err().code, HubCode::NotAllowed);
    // Nor does it open more later: by an invite elsewhere, or by letting in a further device.
    let made = invite(&other.owner, Role::Lead, None).await.unwrap();
    assert_eq!(used(&hub, &made.code, &narrow).await.unwrap_err().code, HubCode::BadRequest);
    assert_eq!(
        used(&hub, &hub.owner_invite().await.unwrap(), &narrow).await.unwrap_err().code,
        HubCode::BadRequest
    );
    let laptop = Laptop::new(&hub, narrow, one.owner.project, one.owner.me).await;
    let made = let_in(&laptop, laptop.me).await.unwrap();
    let further = token();
    assert!(!used(&hub, &made.code, &further).await.unwrap().may_publish);
    let caller = hub.authenticate(&further).await.unwrap();
    assert_eq!(hub.members(other.owner.project, &caller).await.unwrap_err().code, HubCode::NotFound);
    // Each project lists the devices that open it.
    for (owner, member, devices) in [(&one.owner, one.owner.me, 3), (&other.owner, there, 1)] {
        let lines = hub.members(owner.project, &owner.caller).await.unwrap();
        let line = lines.iter().find(|line| line.member.id == member).unwrap();
        assert_eq!(line.devices.len(), devices);
    }
}

async fn a_token_opens_more_than_one_project(place: Place) {
    let hub = place.hub().await;
    let (one, other) = (Team::new(&hub, 0).await, Team::new(&hub, 0).await);
    let anna = one.join("Anna", Role::Annotator).await;
    let made = invite(&other.owner, Role::Lead, None).await.unwrap();
    let joined = used(&hub, &made.code, &anna.token).await.unwrap().project.unwrap();
    let projects = hub.projects(&anna.caller).await.unwrap();
    assert_eq!(projects.len(), 2);
    assert!(projects.contains(&joined) && joined.role == Role::Lead);
    // Who she is in one of them says nothing about the other.
    let error = invite(&anna, Role::Annotator, None).await.unwrap_err();
    assert_eq!(error.code, HubCode::NotAllowed);
}

async fn whoever_was_removed_comes_back_as_who_they_were(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    team.assign(anna.me, [0]).await;
    change(&team.owner, anna.me, active(false)).await.unwrap();
    let made = invite(&team.owner, Role::Lead, None).await.unwrap();
    let joined = used(&hub, &made.code, &anna.token).await.unwrap().project.unwrap();
    assert_eq!((joined.member, joined.role), (anna.me, Role::Lead));
    anna.sync(Vec::new()).await;
    let work = anna.annotate(&team.samples[0], team.rubric, 1, 3);
    accepted(&anna.sync(vec![work]).await);
    team.owner.sync(Vec::new()).await;
}

async fn a_token_that_is_not_one_opens_nothing(place: Place) {
    let hub = place.hub().await;
    for wrong in ["", "x", &"=".repeat(43), &token()] {
        assert_eq!(hub.authenticate(wrong).await.unwrap_err().code, HubCode::NotSignedIn);
    }
}

async fn a_revoked_token_opens_nothing_and_the_others_go_on(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    let (anna, lea) = (team.join("Anna", Role::Annotator).await, team.join("Lea", Role::Lead).await);
    let made = InviteRequest {
        name: "mine".to_owned(),
        role: Role::Owner,
        hours: None,
        member: Some(anna.me),
        back: None,
    };
    let made = hub.invite(anna.project, &anna.caller, made).await.unwrap();
    let second = token();
    place.world.pass(1);
    used(&hub, &made.code, &second).await.unwrap();
    let lines = hub.members(anna.project, &lea.caller).await.unwrap();
    let device = |name: &str, at: usize| {
        lines.iter().find(|line| line.member.name == name).unwrap().devices[at].id.clone()
    };
    let (annas, leas, olgas) = (device("Anna", 0), device("Lea", 0), device("Olga", 0));
    let revoke = async |by: &Laptop, device: &str| {
        hub.revoke_device(by.project, &by.caller, device).await.map_err(|error| error.code)
    };
    assert_eq!(
        revoke(&anna, &leas).await,
        Err(HubCode::NotFound),
        "annotators do not know of others’ devices"
    );
    assert_eq!(revoke(&lea, &olgas).await, Err(HubCode::NotAllowed));
    assert_eq!(revoke(&lea, "nothing").await, Err(HubCode::NotFound));
    assert_eq!(revoke(&lea, &annas).await, Ok(()));
    assert_eq!(revoke(&lea, &annas).await, Ok(()), "once more changes nothing");
    assert_eq!(hub.authenticate(&anna.token).await.unwrap_err().code, HubCode::NotSignedIn);
    hub.authenticate(&second).await.unwrap();
    let made = invite(&team.owner, Role::Lead, None).await.unwrap();
    let error = used(&hub, &made.code, &anna.token).await.unwrap_err();
    assert_eq!(error.code, HubCode::NotSignedIn, "an invite does not mend a revoked token");
    assert_eq!(revoke(&team.owner, &leas).await, Ok(()));
}

async fn a_token_expires_when_it_is_not_used(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    for _ in 0..3 {
        place.world.pass(179 * DAY_MS);
        anna.caller = hub.authenticate(&anna.token).await.unwrap();
        anna.sync(Vec::new()).await;
        // That a device was seen is written down in the hub's own time.
        let now = assay_hub::World::now(&*place.world);
        while hub.members(anna.project, &anna.caller).await.unwrap()[0].last_seen != Some(now) {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }
    place.world.pass(180 * DAY_MS);
    assert_eq!(hub.authenticate(&anna.token).await.unwrap_err().code, HubCode::NotSignedIn);
}

async fn removing_a_member_closes_the_project_to_all_their_devices(place: Place) {
    let hub = place.hub().await;
    let mut team = Team::new(&hub, 1).await;
    let mut anna = team.join("Anna", Role::Annotator).await;
    team.assign(anna.me, [0]).await;
    anna.sync(Vec::new()).await;
    change(&team.owner, anna.me, active(false)).await.unwrap();
    let work = anna.annotate(&team.samples[0], team.rubric, 1, 3);
    for facts in [Vec::new(), vec![work.clone()]] {
        assert_eq!(anna.step(facts, 10).await.unwrap_err().code, HubCode::NotAllowed);
    }
    assert!(hub.projects(&anna.caller).await.unwrap().is_empty());
    assert!(hub.members(anna.project, &anna.caller).await.is_err());
    // Nothing more is given to them to do.
    let assign = team.owner.assign(&team.samples[0].clone(), anna.me, None);
    let answer = team.owner.sync(vec![assign]).await;
    assert_eq!(common::kit::refused(&answer, 0), assay_sync::wire::RefusalCode::NotAllowed);
    change(&team.owner, anna.me, active(true)).await.unwrap();
    accepted(&anna.sync(vec![work]).await);
}

async fn who_may_change_whom(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    let (lea, anna) = (team.join("Lea", Role::Lead).await, team.join("Anna", Role::Annotator).await);
    let (oda, second) = (team.join("Oda", Role::Observer).await, team.join("Otto", Role::Owner).await);
    let no = Err(HubCode::NotAllowed);
    assert_eq!(change(&anna, anna.me, name("Anne")).await, Ok(()), "everybody their own name");
    assert_eq!(change(&oda, oda.me, name("Odo")).await, Ok(()));
    assert_eq!(change(&anna, anna.me, role(Role::Lead)).await, no);
    assert_eq!(change(&anna, oda.me, name("Odette")).await, no);
    assert_eq!(change(&lea, anna.me, role(Role::Observer)).await, Ok(()));
    assert_eq!(change(&lea, lea.me, role(Role::Owner)).await, no, "nobody makes themselves an owner");
    assert_eq!(change(&lea, anna.me, role(Role::Owner)).await, no);
    assert_eq!(change(&lea, second.me, active(false)).await, no, "leads do not change owners");
    assert_eq!(change(&lea, MemberId(id()), active(false)).await, Err(HubCode::NotFound));
    assert_eq!(change(&lea, anna.me, name("")).await, Err(HubCode::BadRequest));
    assert_eq!(change(&team.owner, second.me, active(false)).await, Ok(()));
}

async fn a_project_keeps_an_owner(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    let me = team.owner.me;
    for last in [role(Role::Lead), active(false)] {
        assert_eq!(change(&team.owner, me, last).await, Err(HubCode::NotAllowed));
    }
    let otto = team.join("Otto", Role::Owner).await;
    assert_eq!(change(&team.owner, me, role(Role::Lead)).await, Ok(()));
    assert_eq!(change(&otto, otto.me, active(false)).await, Err(HubCode::NotAllowed));
}

async fn strangers_learn_nothing(place: Place) {
    let hub = place.hub().await;
    let (team, other) = (Team::new(&hub, 0).await, Team::new(&hub, 0).await);
    let (stranger, nowhere) = (&other.owner.caller, ProjectId(id()));
    for project in [team.owner.project, nowhere] {
        let mut laptop = other.owner.clone();
        laptop.project = project;
        let mut errors = vec![
            hub.members(project, stranger).await.unwrap_err(),
            hub.invites(project, stranger).await.unwrap_err(),
            hub.agreement(project, stranger).await.unwrap_err(),
            invite(&laptop, Role::Annotator, None).await.unwrap_err(),
            hub.change_member(project, stranger, team.owner.me, name("X")).await.unwrap_err(),
            hub.revoke_device(project, stranger, &id().to_string()).await.unwrap_err(),
        ];
        laptop.cursor = None;
        let sample = laptop.sample("x");
        errors.push(laptop.step(Vec::new(), 10).await.unwrap_err());
        errors.push(laptop.step(vec![sample], 10).await.unwrap_err());
        let same = (HubCode::NotFound, "this hub has no such project for you");
        assert!(errors.iter().all(|error| (error.code, error.message.as_str()) == same), "{errors:?}");
    }
    let anna = team.join("Anna", Role::Annotator).await;
    assert_eq!(hub.agreement(anna.project, &anna.caller).await.unwrap_err().code, HubCode::NotAllowed);
}

async fn a_project_is_published_once(place: Place) {
    let hub = place.hub().await;
    let team = Team::new(&hub, 0).await;
    let (anna, other) = (team.join("Anna", Role::Annotator).await, Team::new(&hub, 0).await);
    let request = |project, member| publication("Answers", project, member);
    let again = hub.publish(&team.owner.caller, request(team.owner.project, team.owner.me)).await.unwrap();
    assert_eq!((again.member, again.role), (team.owner.me, Role::Owner));
    let theirs =
        hub.publish(&other.owner.caller, request(team.owner.project, other.owner.me)).await.unwrap_err();
    assert_eq!(theirs.code, HubCode::Exists);
    let error = hub.publish(&anna.caller, request(ProjectId(id()), MemberId(id()))).await.unwrap_err();
    assert_eq!(error.code, HubCode::NotAllowed, "who was invited to a project may not publish");
}

async fn the_first_invite_is_made_once(place: Place) {
    let (one, other) = (place.hub().await, place.hub().await);
    let code = one.first_invite().await.unwrap().unwrap();
    assert_eq!(other.first_invite().await.unwrap(), None);
    let joined = used(&other, &code, &token()).await.unwrap();
    assert!(joined.may_publish && joined.project.is_none());
    assert_eq!(used(&one, &code, &token()).await.unwrap_err().code, HubCode::BadInvite);
    used(&one, &other.owner_invite().await.unwrap(), &token()).await.unwrap();
}
