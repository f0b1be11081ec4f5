//! People at laptops: they write facts and sync them.

use std::collections::HashMap;

use assay_hub::{Caller, Hub};
use assay_model::{
    AnnotationState, AssignmentState, DeviceId, FactId, MemberId, ProjectId, RaterKind, Role, RubricId,
    Timestamp,
};
use assay_sync::digest::Digest;
use assay_sync::secret;
use assay_sync::wire::{
    Cursor, HubError, InviteRequest, JoinRequest, Kind, MAX_FACTS, PROTOCOL, Placed, PublishRequest,
    RefusalCode, SyncAnswer, SyncRequest, Verdict, WireFact,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A new id.
pub fn id() -> Uuid {
    Uuid::now_v7()
}

/// A new token.
pub fn token() -> String {
    let mut random = [0; 32];
    random[..16].copy_from_slice(Uuid::now_v7().as_bytes());
    random[16..].copy_from_slice(Uuid::now_v7().as_bytes());
    secret::token(random)
}

/// Somebody at a laptop.
#[derive(Clone)]
pub struct Laptop {
    pub hub: Hub,
    pub caller: Caller,
    pub token: String,
    pub project: ProjectId,
    pub me: MemberId,
    pub device: DeviceId,
    pub device_no: u64,
    pub cursor: Option<Cursor>,
    /// What is here of the feed, by place.
    pub facts: HashMap<u64, Placed>,
    /// Samples carried along.
    pub carried: HashMap<FactId, Placed>,
}

impl Laptop {
    pub async fn new(hub: &Hub, token: String, project: ProjectId, me: MemberId) -> Self {
        Self {
            hub: hub.clone(),
            caller: hub.authenticate(&token).await.unwrap(),
            token,
            project,
            me,
            device: DeviceId(id()),
            device_no: 0,
            cursor: None,
            facts: HashMap::new(),
            carried: HashMap::new(),
        }
    }

    /// The next fact of this laptop.
    pub fn fact(&mut self, kind: Kind, body: &Value) -> WireFact {
        self.fact_as(FactId(id()), kind, body)
    }

    pub fn fact_as(&mut self, id: FactId, kind: Kind, body: &Value) -> WireFact {
        self.device_no += 1;
        WireFact {
            id,
            kind,
            author: self.me,
            device: self.device,
            device_no: self.device_no,
            time: Timestamp(1_767_603_600_000 + self.device_no as i64),
            body: serde_json::value::to_raw_value(body).unwrap(),
        }
    }

    pub fn settings(&mut self, minimum_people: u32) -> WireFact {
        self.settings_of(minimum_people, json!("always"))
    }

    /// Settings that say when annotators see others' work.
    pub fn policy(&mut self, blind: Value) -> WireFact {
        self.settings_of(3, blind)
    }

    fn settings_of(&mut self, minimum_people: u32, blind: Value) -> WireFact {
        let body = json!({
            "name": "Answers", "blind": blind, "show_models": false, "minimum_people": minimum_people,
        });
        self.fact(Kind::Settings, &body)
    }

    pub fn rubric(&mut self, parent: Option<(FactId, u32)>, dimensions: &[&str]) -> WireFact {
        let version = parent.map_or(0, |(_, version)| version) + 1;
        let parent = parent.map(|(id, _)| id);
        self.fact(
            Kind::Rubric,
            &json!({ "version": version, "parent": parent, "rubric": rubric(dimensions) }),
        )
    }

    pub fn sample(&mut self, external_id: &str) -> WireFact {
        let body = json!({
            "external_id": external_id,
            "messages": [{ "role": "user", "content": "Why is the sky blue?" }],
            "responses": [{ "text": "Because of Rayleigh scattering." }],
        });
        self.fact(Kind::Sample, &body)
    }

    pub fn assign(&mut self, sample: &WireFact, member: MemberId, expires: Option<i64>) -> WireFact {
        self.assignment(sample, member, AssignmentState::Assigned, expires)
    }

    pub fn withdraw(&mut self, sample: &WireFact, member: MemberId) -> WireFact {
        self.assignment(sample, member, AssignmentState::Withdrawn, None)
    }

    fn assignment(
        &mut self,
        sample: &WireFact,
        member: MemberId,
        state: AssignmentState,
        expires: Option<i64>,
    ) -> WireFact {
        let mut body = json!({ "sample": sample.id, "member": member, "state": state });
        if let Some(expires) = expires {
            body["expires"] = json!(expires);
        }
        self.fact(Kind::Assignment, &body)
    }

    /// A grade for each dimension of the rubric that [`project`] makes.
    pub fn annotate(&mut self, sample: &WireFact, rubric: RubricId, revision: u32, grade: u8) -> WireFact {
        let me = self.me;
        self.annotate_as(me, sample, rubric, revision, json!({ "accuracy": grade, "tone": (grade % 5) + 1 }))
    }

    pub fn annotate_as(
        &mut self,
        member: MemberId,
        sample: &WireFact,
        rubric: RubricId,
        revision: u32,
        grades: Value,
    ) -> WireFact {
        let state = AnnotationState::Submitted;
        let body = json!({
            "sample": sample.id, "member": member, "revision": revision,
            "annotation": { "rubric": rubric, "state": state, "work": { "responses": [{ "grades": grades }] } },
        });
        self.fact(Kind::Annotation, &body)
    }

    pub fn in_state(
        &mut self,
        sample: &WireFact,
        rubric: RubricId,
        revision: u32,
        state: AnnotationState,
    ) -> WireFact {
        let body = json!({
            "sample": sample.id, "member": self.me, "revision": revision,
            "annotation": { "rubric": rubric, "state": state, "work": { "responses": [{ "grades": {} }] } },
        });
        self.fact(Kind::Annotation, &body)
    }

    pub fn member(&mut self, id: MemberId, name: &str, role: Role, kind: RaterKind) -> WireFact {
        let body = json!({ "id": id, "name": name, "role": role, "kind": kind, "active": true });
        self.fact_as(FactId(id.0), Kind::Member, &body)
    }

    pub fn resolve(&mut self, sample: &WireFact, rubric: RubricId, grade: u8) -> WireFact {
        let body = json!({
            "sample": sample.id,
            "resolution": { "rubric": rubric, "responses": [{ "grades": { "accuracy": grade } }], "note": "so" },
        });
        self.fact(Kind::Resolution, &body)
    }

    pub fn request(&self, facts: Vec<WireFact>, limit: usize) -> SyncRequest {
        SyncRequest {
            protocol: PROTOCOL,
            client: "test".to_owned(),
            cursor: self.cursor.clone(),
            facts,
            limit,
        }
    }

    /// One request.
    pub async fn step(&self, facts: Vec<WireFact>, limit: usize) -> Result<SyncAnswer, HubError> {
        self.hub.sync(self.project, &self.caller, self.request(facts, limit)).await
    }

    /// Sends facts and reads to the end; compares the digest of what is here.
    pub async fn sync(&mut self, facts: Vec<WireFact>) -> SyncAnswer {
        self.sync_by(facts, MAX_FACTS).await
    }

    /// As [`Self::sync`], in pages of so many facts.
    pub async fn sync_by(&mut self, mut facts: Vec<WireFact>, limit: usize) -> SyncAnswer {
        let (mut receipts, mut pulled) = (Vec::new(), Vec::new());
        loop {
            let mut answer = self.step(facts.clone(), limit).await.unwrap();
            for (fact, receipt) in facts.drain(..).zip(&answer.receipts) {
                assert_eq!(fact.id, receipt.id);
                if let Verdict::Accepted(seq) = receipt.verdict {
                    self.facts.insert(seq, Placed { seq, fact, carries: Vec::new() });
                }
            }
            receipts.append(&mut answer.receipts);
            for placed in &answer.facts {
                for carried in &placed.carries {
                    self.carried.insert(carried.fact.id, carried.clone());
                }
                assert!(self.facts.insert(placed.seq, placed.clone()).is_none(), "{} came twice", placed.seq);
            }
            pulled.append(&mut answer.facts);
            self.cursor = Some(answer.cursor.clone());
            if !answer.more {
                assert_eq!(answer.digest, Some(self.digest()), "laptop and hub differ");
                answer.receipts = receipts;
                answer.facts = pulled;
                return answer;
            }
            assert_eq!(answer.digest, None);
        }
    }

    pub fn digest(&self) -> Digest {
        self.facts
            .values()
            .fold(Digest::default(), |sum, placed| sum.plus(Digest::of(placed.fact.id, placed.seq)))
    }

    /// Everything anew, as after `view_changed`.
    pub async fn read_again(&mut self) -> SyncAnswer {
        self.cursor = None;
        self.facts.clear();
        self.carried.clear();
        self.sync(Vec::new()).await
    }

    /// What this laptop holds of a kind, by place.
    pub fn of_kind(&self, kind: Kind) -> Vec<&Placed> {
        let mut found: Vec<&Placed> = self.facts.values().filter(|placed| placed.fact.kind == kind).collect();
        found.sort_by_key(|placed| placed.seq);
        found
    }
}

/// A project on a hub, with a rubric of two dimensions and some samples.
pub struct Team {
    pub hub: Hub,
    pub owner: Laptop,
    pub rubric: RubricId,
    pub samples: Vec<WireFact>,
}

impl Team {
    /// Published by its owner.
    pub async fn new(hub: &Hub, samples: usize) -> Self {
        let code = match hub.first_invite().await.unwrap() {
            Some(code) => code,
            None => hub.owner_invite().await.unwrap(),
        };
        let token = token();
        let joined = hub.join(join(&code, &token, "Olga")).await.unwrap();
        assert!(joined.may_publish && joined.project.is_none());
        let caller = hub.authenticate(&token).await.unwrap();
        let (project, member) = (ProjectId(id()), MemberId(id()));
        hub.publish(&caller, publication("Answers", project, member)).await.unwrap();
        let mut owner = Laptop::new(hub, token, project, member).await;
        let mut facts = vec![owner.member(member, "Olga", Role::Owner, RaterKind::Person), owner.settings(3)];
        let rubric = owner.rubric(None, &["accuracy", "tone"]);
        facts.push(rubric.clone());
        let samples: Vec<WireFact> = (0..samples).map(|n| owner.sample(&format!("s{n:05}"))).collect();
        facts.extend(samples.iter().cloned());
        for page in facts.chunks(MAX_FACTS) {
            accepted(&owner.sync(page.to_vec()).await);
        }
        Self { hub: hub.clone(), owner, rubric: RubricId(rubric.id.0), samples }
    }

    /// Somebody who joins by an invite of the owner.
    pub async fn join(&self, name: &str, role: Role) -> Laptop {
        let request = InviteRequest { name: name.to_owned(), role, hours: None, member: None, back: None };
        let invite = self.hub.invite(self.owner.project, &self.owner.caller, request).await.unwrap();
        let token = token();
        let joined = self.hub.join(join(&invite.code, &token, "")).await.unwrap().project.unwrap();
        assert_eq!((joined.role, joined.project), (role, self.owner.project));
        Laptop::new(&self.hub, token, joined.project, joined.member).await
    }

    /// Assigns samples, by number, to a member.
    pub async fn assign(&mut self, member: MemberId, samples: impl IntoIterator<Item = usize>) {
        let facts: Vec<WireFact> = samples
            .into_iter()
            .map(|n| {
                let sample = self.samples[n].clone();
                self.owner.assign(&sample, member, None)
            })
            .collect();
        for page in facts.chunks(MAX_FACTS) {
            accepted(&self.owner.sync(page.to_vec()).await);
        }
    }
}

/// Asks for a place for a project of Olga's.
pub fn publication(name: &str, project: ProjectId, member: MemberId) -> PublishRequest {
    PublishRequest { protocol: PROTOCOL, project, name: name.to_owned(), member, person: "Olga".to_owned() }
}

pub fn join(code: &str, token: &str, name: &str) -> JoinRequest {
    JoinRequest {
        protocol: PROTOCOL,
        code: code.to_owned(),
        token: token.to_owned(),
        name: name.to_owned(),
        device: "laptop".to_owned(),
    }
}

/// The places of facts that all were accepted.
pub fn accepted(answer: &SyncAnswer) -> Vec<u64> {
    let place = |verdict: &Verdict| match verdict {
        Verdict::Accepted(seq) => *seq,
        Verdict::Refused(refusal) => panic!("refused: {refusal:?}"),
    };
    answer.receipts.iter().map(|receipt| place(&receipt.verdict)).collect()
}

/// The code of a fact that was refused.
pub fn refused(answer: &SyncAnswer, at: usize) -> RefusalCode {
    match &answer.receipts[at].verdict {
        Verdict::Accepted(seq) => panic!("accepted at {seq}"),
        Verdict::Refused(refusal) => refusal.code,
    }
}

pub fn rubric(dimensions: &[&str]) -> Value {
    let level = |grade: u8| json!({ "grade": grade, "meaning": format!("grade {grade}") });
    let dimension =
        |id: &&str| json!({ "id": id, "name": id, "levels": (1..=5).map(level).collect::<Vec<_>>() });
    json!({ "name": "Quality", "dimensions": dimensions.iter().map(dimension).collect::<Vec<_>>() })
}
