//! Frozen examples of every request and answer, for each version of the protocol that laptops may speak:
//! today's types read and write them byte by byte, and today's hub serves whoever still sends them.
//!
//! `ASSAY_RECORD_WIRE=1` plays the exchange and writes the examples of today's version that are not there yet.
//! What is there is never written again.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;

use assay_hub::Hub;
use assay_hub::http::Peer;
use assay_model::{DeviceId, MemberId, ProjectId, RaterKind, Role, RubricId};
use assay_sync::wire::{
    HubError, InviteAnswer, InviteLine, InviteRequest, JoinAnswer, JoinRequest, JoinedProject, Kind,
    MemberBody, MemberChange, MemberLine, Others, PROTOCOL, SyncAnswer, SyncRequest,
};
use axum::body::Body;
use axum::http::{Method, Request, header};
use common::asked::Front;
use common::kit::{Laptop, id, join, publication, token};
use common::{Place, run};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn folder(version: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../fixtures/wire/{version}"))
}

/// The exchange, played with today's types or with what was frozen.
struct Play {
    front: Front,
    record: bool,
    /// What stands in the frozen examples, and what stands for it in this run.
    stands_for: BTreeMap<String, String>,
}

impl Play {
    /// One request and its answer, under a name.
    async fn step<Asked: Serialize + DeserializeOwned, Answered: Serialize + DeserializeOwned>(
        &mut self,
        name: &str,
        method: Method,
        path: &str,
        token: &str,
        asked: Option<&Asked>,
    ) -> Answered {
        let files = ["request", "answer"].map(|part| folder(PROTOCOL).join(format!("{name}.{part}.json")));
        let mut sent = asked.map(|asked| serde_json::to_string(asked).unwrap());
        let record = self.record && !files[1].exists();
        if !record && sent.is_some() {
            let frozen = frozen(&files[0]);
            assert_stable::<Asked>(name, &frozen);
            sent = Some(self.today(&frozen));
        }
        let mut request = Request::builder().method(method).uri(path).extension(Peer([127, 0, 0, 1].into()));
        if sent.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = Body::from(sent.clone().unwrap_or_default());
        let said = self.front.send(request.body(body).unwrap()).await;
        let text = String::from_utf8(said.bytes).unwrap();
        let answered = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"));
        assert_stable::<Answered>(name, &text);
        if record {
            std::fs::create_dir_all(folder(PROTOCOL)).unwrap();
            if let Some(sent) = sent {
                std::fs::write(&files[0], self.then(&sent) + "\n").unwrap();
            }
            std::fs::write(&files[1], self.then(&text) + "\n").unwrap();
        } else {
            let frozen = frozen(&files[1]);
            assert_stable::<Answered>(name, &frozen);
            let (frozen, today) =
                (serde_json::from_str(&frozen).unwrap(), serde_json::from_str(&text).unwrap());
            self.holds(name, &frozen, &today);
        }
        answered
    }

    /// A frozen request, with what this hub calls things.
    fn today(&self, frozen: &str) -> String {
        self.stands_for.iter().fold(frozen.to_owned(), |text, (then, now)| {
            text.replace(&format!("\"{then}\""), &format!("\"{now}\""))
        })
    }

    /// What this hub says, with what the frozen examples call things.
    fn then(&self, today: &str) -> String {
        self.stands_for.iter().fold(today.to_owned(), |text, (then, now)| {
            text.replace(&format!("\"{now}\""), &format!("\"{then}\""))
        })
    }

    /// Whether an answer has all that the frozen one has. It may say more; names and times differ.
    fn holds(&mut self, at: &str, frozen: &Value, today: &Value) {
        match (frozen, today) {
            (Value::Object(then), Value::Object(now)) => {
                for (name, value) in then {
                    let there =
                        now.get(name).unwrap_or_else(|| panic!("{at} has no {name} any more: {today}"));
                    self.holds(&format!("{at}.{name}"), value, there);
                }
            }
            (Value::Array(then), Value::Array(now)) => {
                assert_eq!(then.len(), now.len(), "{at}");
                for (value, there) in then.iter().zip(now) {
                    self.holds(at, value, there);
                }
            }
            (Value::String(then), Value::String(now)) => {
                if at.ends_with(".code") && !at.starts_with("invite") {
                    assert_eq!(then, now, "{at}");
                }
                if then != now {
                    self.stands_for.insert(then.clone(), now.clone());
                }
            }
            (then, now) => assert_eq!(std::mem::discriminant(then), std::mem::discriminant(now), "{at}"),
        }
    }
}

fn frozen(file: &std::path::Path) -> String {
    let text = std::fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("{}: {error}; record it with ASSAY_RECORD_WIRE=1", file.display()));
    text.trim_end().to_owned()
}

/// Today's type reads a text and writes it as it was.
fn assert_stable<T: Serialize + DeserializeOwned>(name: &str, text: &str) {
    let read: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"));
    assert_eq!(serde_json::to_string(&read).unwrap(), text, "{name}");
}

const NONE: Option<&()> = None;

#[test]
fn laptops_of_every_version_are_served() {
    run(async {
        let place = Place::sqlite();
        let hub = place.hub().await;
        let record = std::env::var_os("ASSAY_RECORD_WIRE").is_some();
        let mut play = Play { front: Front::new(&hub), record, stands_for: BTreeMap::new() };
        let code = hub.first_invite().await.unwrap().unwrap();
        let owner = publish(&mut play, &hub, &code).await;
        work(&mut play, &hub, owner).await;
    });
}

/// The frozen join of that name, where there is one.
fn frozen_join(play: &Play, name: &str) -> Option<JoinRequest> {
    let file = folder(PROTOCOL).join(format!("{name}.request.json"));
    (!play.record || file.exists()).then(|| serde_json::from_str(&frozen(&file)).unwrap())
}

/// The token of a frozen join, for the steps after it.
fn token_of(play: &Play, name: &str, fresh: String) -> String {
    frozen_join(play, name).map_or(fresh, |then| then.token)
}

async fn publish(play: &mut Play, hub: &Hub, code: &str) -> Laptop {
    let token = token_of(play, "join-hub", token());
    let asked = join(code, &token, "Olga");
    if let Some(then) = frozen_join(play, "join-hub") {
        play.stands_for.insert(then.code, code.to_owned());
    }
    let joined: JoinAnswer = play.step("join-hub", Method::POST, "/api/v1/join", "", Some(&asked)).await;
    assert!(joined.may_publish && joined.project.is_none());
    let asked = publication("Answers", ProjectId(id()), MemberId(id()));
    let made: JoinedProject =
        play.step("publish", Method::POST, "/api/v1/projects", &token, Some(&asked)).await;
    Laptop::new(hub, token, made.project, made.member).await
}

async fn work(play: &mut Play, hub: &Hub, mut owner: Laptop) {
    let base = format!("/api/v1/projects/{}", owner.project);
    let sync = format!("{base}/sync");
    let me = owner.me;
    let (member, settings) = (owner.member(me, "Olga", Role::Owner, RaterKind::Person), owner.settings(3));
    let (rubric, sample) = (owner.rubric(None, &["accuracy", "tone"]), owner.sample("s-1"));
    let asked = owner.request(vec![member, settings, rubric.clone(), sample.clone()], 100);
    let pushed: SyncAnswer = play.step("push", Method::POST, &sync, &owner.token, Some(&asked)).await;
    assert_eq!(pushed.receipts.len(), 4);
    owner.cursor = Some(pushed.cursor);

    let asked = InviteRequest {
        name: "Anna".to_owned(),
        role: Role::Annotator,
        hours: Some(48),
        member: None,
        back: None,
    };
    let path = format!("{base}/invites");
    let invited: InviteAnswer = play.step("invite", Method::POST, &path, &owner.token, Some(&asked)).await;
    let token = token_of(play, "join-project", token());
    let asked = join(&invited.code, &token, "");
    let joined: JoinAnswer = play.step("join-project", Method::POST, "/api/v1/join", "", Some(&asked)).await;
    let mut anna = Laptop::new(hub, token, owner.project, joined.project.unwrap().member).await;
    let assignment = owner.assign(&sample, anna.me, None);
    let asked = owner.request(vec![assignment], 100);
    let _: SyncAnswer = play.step("assign", Method::POST, &sync, &owner.token, Some(&asked)).await;

    let asked = anna.request(Vec::new(), 100);
    let pulled: SyncAnswer = play.step("pull", Method::POST, &sync, &anna.token, Some(&asked)).await;
    assert!(pulled.facts.iter().any(|placed| !placed.carries.is_empty()), "an assignment carries its sample");
    anna.cursor = Some(pulled.cursor);
    let mine = anna.annotate(&sample, RubricId(rubric.id.0), 1, 4);
    let not_mine = anna.fact(Kind::Settings, &json!({ "name": "Mine" }));
    let asked = anna.request(vec![mine, not_mine], 100);
    let answered: SyncAnswer = play.step("annotate", Method::POST, &sync, &anna.token, Some(&asked)).await;
    assert_eq!(answered.receipts.len(), 2);
    anna.cursor = Some(answered.cursor);
    let asked = anna.request(Vec::new(), 100);
    let _: SyncAnswer = play.step("nothing-to-do", Method::POST, &sync, &anna.token, Some(&asked)).await;
    let numbers: SyncAnswer =
        play.step("numbers", Method::POST, &sync, &owner.token, Some(&owner.request(Vec::new(), 100))).await;
    assert!(!numbers.agreement.is_empty());
    let carried = pulled.facts.iter().find_map(|placed| placed.carries.first()).unwrap().fact.id;
    let path = format!("{base}/samples/{carried}/others");
    let others: Others = play.step("others", Method::GET, &path, &owner.token, NONE).await;
    assert_eq!(others.works.len(), 1);
    let path = format!("{base}/agreement");
    let report: Value = play.step("agreement", Method::GET, &path, &owner.token, NONE).await;
    assert!(report.is_object());

    let members = people(play, &base, &owner, &anna, &invited.id).await;
    errors(play, &sync, &anna).await;
    let device = members.iter().find(|line| line.member.id == anna.me).unwrap().devices[0].id.clone();
    let path = format!("{base}/devices/{device}");
    let _: Value = play.step("revoke-device", Method::DELETE, &path, &owner.token, NONE).await;
    let asked = anna.request(Vec::new(), 100);
    let _: HubError = play.step("error-revoked", Method::POST, &sync, &anna.token, Some(&asked)).await;
    back(play, &base, &owner).await;
    not_begun(play, &owner).await;
}

/// Somebody of whom a hub that was put back does not know.
async fn back(play: &mut Play, base: &str, owner: &Laptop) {
    let mut lost = Laptop { me: MemberId(id()), device: DeviceId(id()), ..owner.clone() };
    let me = lost.me;
    let named = lost.member(me, "Ben", Role::Annotator, RaterKind::Person);
    let asked = InviteRequest {
        name: "Ben".to_owned(),
        role: Role::Annotator,
        hours: None,
        member: Some(me),
        back: Some(named),
    };
    let path = format!("{base}/invites");
    let _: InviteAnswer = play.step("invite-back", Method::POST, &path, &owner.token, Some(&asked)).await;
}

/// A project of which nothing but its name is there yet.
async fn not_begun(play: &mut Play, owner: &Laptop) {
    let asked = publication("Claims", ProjectId(id()), MemberId(id()));
    let made: JoinedProject =
        play.step("publish-another", Method::POST, "/api/v1/projects", &owner.token, Some(&asked)).await;
    let path = format!("/api/v1/projects/{}/invites", made.project);
    let (name, role) = ("Cleo".to_owned(), Role::Annotator);
    let asked = InviteRequest { name, role, hours: None, member: None, back: None };
    let invited: InviteAnswer =
        play.step("invite-early", Method::POST, &path, &owner.token, Some(&asked)).await;
    let asked = join(&invited.code, &token(), "");
    let error: HubError = play.step("error-not-begun", Method::POST, "/api/v1/join", "", Some(&asked)).await;
    assert!(error.retry_after.is_some());
}

async fn people(play: &mut Play, base: &str, owner: &Laptop, anna: &Laptop, invite: &str) -> Vec<MemberLine> {
    let token = &owner.token;
    let _: Vec<JoinedProject> = play.step("projects", Method::GET, "/api/v1/projects", token, NONE).await;
    let _: Vec<InviteLine> = play.step("invites", Method::GET, &format!("{base}/invites"), token, NONE).await;
    let path = format!("{base}/invites/{invite}");
    let _: InviteLine = play.step("revoke-invite", Method::DELETE, &path, token, NONE).await;
    let members: Vec<MemberLine> =
        play.step("members", Method::GET, &format!("{base}/members"), token, NONE).await;
    let asked = MemberChange { role: Some(Role::Observer), name: Some("Anna A.".to_owned()), active: None };
    let path = format!("{base}/members/{}", anna.me);
    let _: MemberBody = play.step("change-member", Method::PATCH, &path, token, Some(&asked)).await;
    assert_eq!(members.len(), 2);
    members
}

async fn errors(play: &mut Play, sync: &str, anna: &Laptop) {
    // What they see changed with their role.
    let asked = anna.request(Vec::new(), 100);
    let _: HubError = play.step("error-view", Method::POST, sync, &anna.token, Some(&asked)).await;
    let asked = SyncRequest { protocol: PROTOCOL + 1, ..anna.request(Vec::new(), 100) };
    let error: HubError = play.step("error-protocol", Method::POST, sync, &anna.token, Some(&asked)).await;
    assert!(error.hint.contains("update"), "a laptop of another version is told what to do: {error:?}");
    let _: HubError = play.step("error-token", Method::GET, "/api/v1/projects", &token(), NONE).await;
    let asked = join("0000-0000-0000-0000", &token(), "");
    let _: HubError = play.step("error-invite", Method::POST, "/api/v1/join", "", Some(&asked)).await;
}
