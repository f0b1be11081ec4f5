//! A team on a hub: somebody who leads, and people to whom samples are assigned.

use anyhow::{Context, Result, bail};
use assay_hub::{Caller, Database, Hub, Options, SystemWorld, World};
use assay_model::{
    Annotation, AnnotationBody, AnnotationState, AssignmentBody, AssignmentState, DeviceId, FactId, Kind,
    MemberBody, MemberId, ProjectId, RaterKind, Role, RubricBody, RubricId, SampleId, Settings, Timestamp,
};
use assay_sync::client::Transport as _;
use assay_sync::pages::PAGE_BYTES;
use assay_sync::wire::{
    Cursor, InviteRequest, JoinRequest, MAX_FACTS, PROTOCOL, PublishRequest, SyncAnswer, SyncRequest,
    Verdict, WireFact,
};
use assay_sync::{http, secret};
use serde::Serialize;
use uuid::Uuid;

use crate::nouns;

/// When the facts are made.
const TIME: i64 = 1_767_603_600_000;

/// Opens a hub and lets it read what is there.
///
/// # Errors
/// When it cannot be opened.
pub async fn open(database: Database) -> Result<Hub> {
    let hub = Hub::open(Options::new(database)).await?;
    hub.load().await?;
    Ok(hub)
}

/// The way to a hub.
#[derive(Clone)]
pub enum Way {
    /// In this process.
    Here(Hub),
    /// Over HTTP.
    There(http::Hub),
    /// None.
    Nowhere,
}

/// Somebody at a laptop, whose facts are not kept.
#[derive(Clone)]
pub struct Person {
    /// How they reach the hub.
    pub way: Way,
    /// As a hub in this process knows them.
    caller: Caller,
    /// By which the hub knows them.
    pub token: String,
    /// In which project.
    pub project: ProjectId,
    /// Who they are in it.
    pub me: MemberId,
    device: DeviceId,
    device_no: u64,
    cursor: Option<Cursor>,
}

impl Person {
    async fn new(hub: &Hub, token: String, project: ProjectId, me: MemberId) -> Result<Self> {
        let (way, caller) = (Way::Here(hub.clone()), hub.authenticate(&token).await?);
        let device = DeviceId(Uuid::now_v7());
        Ok(Self { way, caller, token, project, me, device, device_no: 0, cursor: None })
    }

    /// This person at the same hub, or a copy of it, in this process.
    ///
    /// # Errors
    /// When the hub does not know them.
    pub async fn here(&self, hub: &Hub) -> Result<Self> {
        let (way, caller) = (Way::Here(hub.clone()), hub.authenticate(&self.token).await?);
        Ok(Self { way, caller, ..self.clone() })
    }

    /// This person at the same hub, or a copy of it, over HTTP.
    ///
    /// # Errors
    /// When that is no address.
    pub fn there(&self, address: &str) -> Result<Self> {
        Ok(Self { way: Way::There(http::Hub::at(address, Some(&self.token), false)?), ..self.clone() })
    }

    /// The next fact of this person.
    ///
    /// # Errors
    /// When the body cannot be written as JSON.
    pub fn fact(&mut self, kind: Kind, body: &impl Serialize) -> Result<WireFact> {
        self.device_no += 1;
        Ok(WireFact {
            id: FactId(Uuid::now_v7()),
            kind,
            author: self.me,
            device: self.device,
            device_no: self.device_no,
            time: Timestamp(TIME + self.device_no as i64),
            body: serde_json::value::to_raw_value(body)?,
        })
    }

    /// The assignment of a sample.
    ///
    /// # Errors
    /// When the body cannot be written as JSON.
    pub fn assign(&mut self, sample: SampleId, member: MemberId) -> Result<WireFact> {
        let state = AssignmentState::Assigned;
        self.fact(Kind::Assignment, &AssignmentBody { sample, member, state, due: None, expires: None })
    }

    /// The work of a member on a sample, with grades that depend on `n`.
    ///
    /// # Errors
    /// When the body cannot be written as JSON.
    pub fn annotate(
        &mut self,
        member: MemberId,
        sample: SampleId,
        rubric: RubricId,
        n: usize,
    ) -> Result<WireFact> {
        // Mostly 4, as people grade.
        let work = nouns::graded(|dimension| [4, 4, 3, 5, 4, 2, 4, 5, 1][(n * 7 + dimension) % 9]);
        let annotation = Annotation { rubric, state: AnnotationState::Submitted, skip_reason: None, work };
        self.fact(Kind::Annotation, &AnnotationBody { sample, member, revision: 1, annotation })
    }

    /// A request that brings facts.
    pub fn request(&self, facts: Vec<WireFact>) -> SyncRequest {
        SyncRequest {
            protocol: PROTOCOL,
            client: "bench".to_owned(),
            cursor: self.cursor.clone(),
            facts,
            limit: MAX_FACTS,
        }
    }

    /// What an answer says of the cursor; all facts must have been taken.
    ///
    /// # Errors
    /// When one was refused.
    pub fn heard(&mut self, answer: SyncAnswer) -> Result<()> {
        for receipt in &answer.receipts {
            if let Verdict::Refused(refusal) = &receipt.verdict {
                bail!("a fact was refused: {}", refusal.message);
            }
        }
        self.cursor = Some(answer.cursor);
        Ok(())
    }

    /// One request, and its answer.
    ///
    /// # Errors
    /// When the hub refuses it.
    pub async fn ask(&self, facts: Vec<WireFact>) -> Result<SyncAnswer> {
        let request = self.request(facts);
        match &self.way {
            Way::Here(hub) => Ok(hub.sync(self.project, &self.caller, request).await?),
            Way::There(hub) => {
                let (hub, project) = (hub.clone(), self.project);
                let answer = tokio::task::spawn_blocking(move || hub.project(project).sync(&request));
                Ok(answer.await??)
            }
            Way::Nowhere => bail!("there is no way to the hub"),
        }
    }

    /// One request, all of whose facts must be taken.
    ///
    /// # Errors
    /// When the hub refuses it or one of them.
    pub async fn sync(&mut self, facts: Vec<WireFact>) -> Result<()> {
        let answer = self.ask(facts).await?;
        self.heard(answer)
    }

    /// Reads all there is to read.
    ///
    /// # Errors
    /// When the hub refuses.
    pub async fn read(&mut self) -> Result<()> {
        loop {
            let answer = self.ask(Vec::new()).await?;
            let more = answer.more;
            self.heard(answer)?;
            if !more {
                return Ok(());
            }
        }
    }
}

/// Facts in requests as a laptop makes them.
pub fn in_requests(facts: impl IntoIterator<Item = WireFact>) -> Vec<Vec<WireFact>> {
    let mut requests: Vec<Vec<WireFact>> = Vec::new();
    let (mut now, mut bytes) = (Vec::new(), 0);
    for fact in facts {
        let more = fact.body.get().len();
        if !now.is_empty() && (now.len() == MAX_FACTS || bytes + more > PAGE_BYTES) {
            requests.push(std::mem::take(&mut now));
            bytes = 0;
        }
        bytes += more;
        now.push(fact);
    }
    if !now.is_empty() {
        requests.push(now);
    }
    requests
}

/// A project on a hub.
pub struct Team {
    /// Who leads it.
    pub owner: Person,
    /// Its rubric.
    pub rubric: RubricId,
    /// Its samples.
    pub samples: Vec<SampleId>,
}

impl Team {
    /// Publishes a project with so many samples to a hub that has none.
    ///
    /// # Errors
    /// When the hub refuses.
    pub async fn publish(hub: &Hub, samples: usize) -> Result<Self> {
        let code = hub.first_invite().await?.context("the hub is not new")?;
        let token = new_token()?;
        hub.join(join(&code, &token, "Olga")).await?;
        let caller = hub.authenticate(&token).await?;
        let (project, member) = (ProjectId(Uuid::now_v7()), MemberId(Uuid::now_v7()));
        let request = PublishRequest {
            protocol: PROTOCOL,
            project,
            name: "Bench".to_owned(),
            member,
            person: "Olga".to_owned(),
        };
        hub.publish(&caller, request).await?;
        let mut owner = Person::new(hub, token, project, member).await?;
        let mut named = owner.fact(Kind::Member, &person(member, "Olga", Role::Owner))?;
        named.id = FactId(member.0);
        let body = RubricBody { version: 1, parent: None, rubric: nouns::rubric() };
        let rubric = owner.fact(Kind::Rubric, &body)?;
        let rubric_id = RubricId(rubric.id.0);
        let settings = owner.fact(Kind::Settings, &Settings::named("Bench"))?;
        owner.sync(vec![named, settings, rubric]).await?;
        let mut team = Self { owner, rubric: rubric_id, samples: Vec::new() };
        let mut from = 0;
        while from < samples {
            let to = samples.min(from + MAX_FACTS);
            let facts = (from..to)
                .map(|n| team.owner.fact(Kind::Sample, &nouns::sample(n)))
                .collect::<Result<Vec<_>>>()?;
            team.samples.extend(facts.iter().map(|fact| SampleId(fact.id.0)));
            for request in in_requests(facts) {
                team.owner.sync(request).await?;
            }
            from = to;
        }
        Ok(team)
    }

    /// The code of an invite.
    ///
    /// # Errors
    /// When the hub refuses.
    pub async fn invite(&self, name: &str, role: Role) -> Result<String> {
        let request = InviteRequest { name: name.to_owned(), role, hours: None, member: None, back: None };
        let owner = &self.owner;
        let invite = match &owner.way {
            Way::Here(hub) => hub.invite(owner.project, &owner.caller, request).await?,
            Way::There(hub) => {
                let (hub, project) = (hub.clone(), owner.project);
                tokio::task::spawn_blocking(move || hub.invite(project, &request)).await??
            }
            Way::Nowhere => bail!("there is no way to the hub"),
        };
        Ok(invite.code)
    }

    /// Somebody who joins a hub in this process by an invite.
    ///
    /// # Errors
    /// When the hub refuses.
    pub async fn join(&self, name: &str, role: Role) -> Result<Person> {
        let Way::Here(hub) = &self.owner.way else { bail!("the hub is not in this process") };
        let (code, token) = (self.invite(name, role).await?, new_token()?);
        let joined = hub.join(join(&code, &token, "")).await?.project.context("no project was joined")?;
        Person::new(hub, token, joined.project, joined.member).await
    }

    /// A rater whose work the owner writes down.
    ///
    /// # Errors
    /// When the hub refuses.
    pub async fn rater(&mut self, name: &str) -> Result<MemberId> {
        let id = MemberId(Uuid::now_v7());
        let mut fact = self.owner.fact(Kind::Member, &person(id, name, Role::Annotator))?;
        fact.id = FactId(id.0);
        self.owner.sync(vec![fact]).await?;
        Ok(id)
    }

    /// Assigns samples, by number, to somebody.
    ///
    /// # Errors
    /// When the hub refuses.
    pub async fn assign(&mut self, to: MemberId, samples: impl IntoIterator<Item = usize>) -> Result<()> {
        let facts = samples
            .into_iter()
            .map(|n| self.owner.assign(self.samples[n], to))
            .collect::<Result<Vec<_>>>()?;
        for request in in_requests(facts) {
            self.owner.sync(request).await?;
        }
        Ok(())
    }

    /// Writes down the work of raters on samples, by number.
    ///
    /// # Errors
    /// When the hub refuses.
    pub async fn write_down(
        &mut self,
        raters: &[MemberId],
        samples: impl IntoIterator<Item = usize>,
    ) -> Result<()> {
        let mut facts = Vec::with_capacity(MAX_FACTS);
        for n in samples {
            for (at, rater) in raters.iter().enumerate() {
                facts.push(self.owner.annotate(*rater, self.samples[n], self.rubric, n + at)?);
                if facts.len() == MAX_FACTS {
                    self.owner.sync(std::mem::take(&mut facts)).await?;
                }
            }
        }
        if facts.is_empty() { Ok(()) } else { self.owner.sync(facts).await }
    }
}

fn person(id: MemberId, name: &str, role: Role) -> MemberBody {
    MemberBody { id, name: name.to_owned(), role, kind: RaterKind::Person, active: true }
}

/// A new token.
///
/// # Errors
/// When the system has no random bytes.
pub fn new_token() -> Result<String> {
    let mut random = [0; 32];
    SystemWorld.random(&mut random)?;
    Ok(secret::token(random))
}

fn join(code: &str, token: &str, name: &str) -> JoinRequest {
    JoinRequest {
        protocol: PROTOCOL,
        code: code.to_owned(),
        token: token.to_owned(),
        name: name.to_owned(),
        device: "laptop".to_owned(),
    }
}
