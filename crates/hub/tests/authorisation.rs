//! The authorisation matrix: every operation of the OpenAPI document, called by everybody, for the own
//! project and a foreign one, with tokens good and bad; over both databases.
//!
//! What each may is taken from the document (`x-assay-access`, `x-assay-roles`, `x-assay-own`), so that an
//! operation that is added cannot be forgotten: [`Cast::request`] fails on one that it does not know.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod common;

use assay_hub::Hub;
use assay_model::Role;
use assay_sync::wire::InviteRequest;
use common::Place;
use common::asked::{Front, Operation};
use common::kit::{Laptop, Team, accepted, id, join, token};
use serde_json::{Value, json};

on_both!(everybody_may_what_the_document_says_and_nothing_else);

const ROLES: [Role; 4] = [Role::Owner, Role::Lead, Role::Annotator, Role::Observer];

/// Somebody, with a device besides the one they speak from.
struct Person {
    role: Role,
    laptop: Laptop,
    other_device: String,
}

/// A project with somebody of each role, and somebody to whom things are done.
struct Cast {
    team: Team,
    people: Vec<Person>,
    target: Person,
    invite: String,
}

impl Cast {
    async fn new(hub: &Hub) -> Self {
        let mut team = Team::new(hub, 1).await;
        let policy = team.owner.policy(json!("until_submission"));
        accepted(&team.owner.sync(vec![policy]).await);
        let mut people = vec![Person::with_another_device(Role::Owner, team.owner.clone()).await];
        for role in [Role::Lead, Role::Annotator, Role::Observer] {
            people.push(Person::with_another_device(role, team.join("Somebody", role).await).await);
        }
        let target =
            Person::with_another_device(Role::Annotator, team.join("Target", Role::Annotator).await).await;
        // Whoever grades has done so: then the policy lets them see what others did.
        let (annotator, sample) = (&mut people[2].laptop, team.samples[0].clone());
        team.assign(annotator.me, [0]).await;
        annotator.sync(Vec::new()).await;
        let work = annotator.annotate(&sample, team.rubric, 1, 3);
        accepted(&annotator.sync(vec![work]).await);
        let open = InviteRequest {
            name: "Open".to_owned(),
            role: Role::Annotator,
            hours: None,
            member: None,
            back: None,
        };
        let invite = hub.invite(team.owner.project, &team.owner.caller, open).await.unwrap().id;
        Self { team, people, target, invite }
    }

    /// The address and body of a call, about the target or, `own`, about whoever calls.
    fn request(&self, operation: &Operation, by: &Person, own: bool) -> (String, Option<Value>) {
        let about = if own { by } else { &self.target };
        let body = match operation.id() {
            "join" => {
                json!({ "protocol": 1, "code": "0000-0000-0000-0000", "token": token(), "name": "", "device": "" })
            }
            "publish" => {
                json!({ "protocol": 1, "project": id(), "name": "Another", "member": id(), "person": "Me" })
            }
            "sync" => json!({ "protocol": 1, "client": "matrix", "cursor": null, "limit": 10 }),
            "invite" if own => json!({ "name": "Mine", "role": "annotator", "member": by.laptop.me }),
            "invite" => json!({ "name": "New", "role": "annotator" }),
            "change_member" => json!({ "name": "Renamed" }),
            "projects" | "invites" | "revoke_invite" | "members" | "revoke_device" | "others"
            | "agreement" | "health" | "ready" | "metrics" | "openapi" | "page" => Value::Null,
            unknown => panic!("the matrix does not know how to call {unknown}: add it to this test"),
        };
        let path = operation
            .path
            .replace("{project}", &self.team.owner.project.to_string())
            .replace("{member}", &about.laptop.me.to_string())
            .replace("{device}", &about.other_device)
            .replace("{invite}", &self.invite)
            .replace("{sample}", &self.team.samples[0].id.to_string());
        assert!(!path.contains('{'), "the matrix does not know what stands for the braces of {path}");
        (path, Some(body).filter(|body| !body.is_null()))
    }

    /// What owners see of people and invites, to compare.
    async fn picture(&self) -> Value {
        let (hub, owner) = (&self.team.hub, &self.team.owner);
        let mut members = json!(hub.members(owner.project, &owner.caller).await.unwrap());
        for member in members.as_array_mut().unwrap() {
            member["last_seen"] = Value::Null;
            for device in member["devices"].as_array_mut().unwrap() {
                device["last_seen"] = Value::Null;
            }
        }
        let invites = hub.invites(owner.project, &owner.caller).await.unwrap();
        json!({ "members": members, "invites": invites, "projects": hub.projects(&owner.caller).await.unwrap() })
    }
}

impl Person {
    async fn with_another_device(role: Role, laptop: Laptop) -> Self {
        let request =
            InviteRequest { name: "Mine".to_owned(), role, hours: None, member: Some(laptop.me), back: None };
        let invite = laptop.hub.invite(laptop.project, &laptop.caller, request).await.unwrap();
        laptop.hub.join(join(&invite.code, &token(), "")).await.unwrap();
        let lines = laptop.hub.members(laptop.project, &laptop.caller).await.unwrap();
        let me = lines.iter().find(|line| line.member.id == laptop.me).unwrap();
        Self { role, other_device: me.devices.last().unwrap().id.clone(), laptop }
    }

    fn token(&self) -> Option<&str> {
        Some(&self.laptop.token)
    }
}

/// Whether somebody may call an operation about others.
fn may(operation: &Operation, role: Role) -> bool {
    match operation.described["x-assay-access"].as_str().unwrap() {
        "token" => true,
        // Only the owner came by an invite to the hub itself.
        "publisher" => role == Role::Owner,
        "members" => operation.described["x-assay-roles"].as_array().unwrap().contains(&json!(role)),
        other => panic!("“{other}” is no way of access"),
    }
}

async fn everybody_may_what_the_document_says_and_nothing_else(place: Place) {
    let hub = place.hub().await;
    let (cast, foreign) = (Cast::new(&hub).await, Cast::new(&hub).await);
    let front = Front::new(&hub);
    let operations = front.operations();
    let (open, closed): (Vec<_>, Vec<_>) =
        operations.into_iter().partition(|operation| operation.described["x-assay-access"] == "open");
    let of_a_project = closed.iter().filter(|operation| operation.path.contains("{project}"));
    for operation in &open {
        assert_eq!(operation.described["security"], json!([]));
        let (path, body) = cast.request(operation, &cast.people[0], false);
        for token in [None, Some("garbage"), cast.people[2].token()] {
            let said = front.call(operation, &path, token, body.as_ref()).await;
            assert_ne!(said.status, 401, "{} is open", operation.id());
        }
    }

    // Nobody comes in without a token that the hub knows.
    let revoked = revoked(&cast).await;
    let unknown = token();
    let bad = [None, Some(""), Some("garbage"), Some(unknown.as_str()), Some(revoked.as_str())];
    let before = cast.picture().await;
    for operation in &closed {
        assert_eq!(operation.described["security"], json!([{ "token": [] }]));
        let (path, body) = cast.request(operation, &cast.target, true);
        for token in bad {
            let said = front.call(operation, &path, token, body.as_ref()).await;
            assert_eq!((said.status, said.code().as_str()), (401, "not_signed_in"), "{}", operation.id());
            assert!(said.header("www-authenticate").starts_with("Bearer"));
        }
    }

    // Nobody learns of a project that is not theirs.
    for operation in of_a_project {
        for person in &cast.people {
            for own in [false, true] {
                let (path, body) = foreign.request(operation, &foreign.people[0], own);
                let said = front.call(operation, &path, person.token(), body.as_ref()).await;
                let what = format!("{} of a foreign project by {:?}", operation.id(), person.role);
                assert_eq!((said.status, said.code().as_str()), (404, "not_found"), "{what}");
            }
        }
    }
    assert_eq!(cast.picture().await, before, "what was refused changed something");

    // Members may what the document says of their role, and the rest changes nothing.
    for operation in &closed {
        for person in &cast.people {
            let (path, body) = cast.request(operation, person, false);
            let before = cast.picture().await;
            let said = front.call(operation, &path, person.token(), body.as_ref()).await;
            let what =
                format!("{} by {:?}: {}", operation.id(), person.role, String::from_utf8_lossy(&said.bytes));
            if may(operation, person.role) {
                assert_eq!(said.status, 200, "{what}");
            } else {
                assert!(matches!(said.status, 403 | 404), "{what}");
                assert_eq!(cast.picture().await, before, "{what}");
            }
        }
    }

    // A device of somebody else is let in by those who invite.
    let invite = closed.iter().find(|operation| operation.id() == "invite").unwrap();
    for person in &cast.people {
        let (path, _) = cast.request(invite, person, false);
        let device = json!({ "name": "Theirs", "role": "annotator", "member": cast.target.laptop.me });
        let before = cast.picture().await;
        let said = front.call(invite, &path, person.token(), Some(&device)).await;
        let wanted = if may(invite, person.role) { 200 } else { 403 };
        assert_eq!(said.status, wanted, "a device of somebody else by {:?}", person.role);
        assert_eq!(cast.picture().await == before, wanted == 403);
    }

    // What is their own is everybody's to change.
    for operation in closed.iter().filter(|operation| operation.described["x-assay-own"] == true) {
        for person in cast.people.iter().chain([&cast.target]) {
            let (path, body) = cast.request(operation, person, true);
            let said = front.call(operation, &path, person.token(), body.as_ref()).await;
            assert_eq!(said.status, 200, "{} for {:?}: {}", operation.id(), person.role, said.json());
        }
    }

    // Whoever was removed is a stranger, and a token that nobody used for half a year opens nothing.
    let gone = cast.people.iter().find(|person| person.role == Role::Annotator).unwrap();
    let removal = assay_sync::wire::MemberChange { active: Some(false), ..Default::default() };
    let owner = &cast.team.owner;
    hub.change_member(owner.project, &owner.caller, gone.laptop.me, removal).await.unwrap();
    for operation in closed.iter().filter(|operation| operation.path.contains("{project}")) {
        let (path, body) = cast.request(operation, gone, true);
        let said = front.call(operation, &path, gone.token(), body.as_ref()).await;
        assert!(matches!(said.status, 403 | 404), "{} by somebody removed: {}", operation.id(), said.status);
    }
    place.world.pass(181 * 24 * 3_600_000);
    for operation in &closed {
        for person in &cast.people {
            let (path, body) = cast.request(operation, person, true);
            let said = front.call(operation, &path, person.token(), body.as_ref()).await;
            assert_eq!((said.status, said.code().as_str()), (401, "not_signed_in"), "{}", operation.id());
        }
    }
    assert_eq!(cast.people.iter().map(|person| person.role).collect::<Vec<_>>(), ROLES);
}

/// The token of a lead's device that was revoked.
async fn revoked(cast: &Cast) -> String {
    let lead = cast.team.join("Lost", Role::Lead).await;
    let (hub, owner) = (&cast.team.hub, &cast.team.owner);
    let lines = hub.members(owner.project, &owner.caller).await.unwrap();
    let line = lines.iter().find(|line| line.member.id == lead.me).unwrap();
    hub.revoke_device(owner.project, &owner.caller, &line.devices[0].id).await.unwrap();
    lead.token
}
