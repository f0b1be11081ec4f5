//! People who go on working and syncing whatever happens on the way, and what must be so in the end.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use assay_api::Laptop;
use assay_model::{
    AssignmentState, Dimension, DimensionId, FactId, Grade, Level, Message, MessageRole, Response,
    ResponseWork, Role, Rubric, Sample, SampleId, Settings, Work,
};
use assay_store::{Joining, NewAssignment, NewProject, Store, SubmitAs, SystemWorld};
use assay_sync::client::{self, TransportError};
use assay_sync::http::Hub;
use assay_sync::wire::{InviteRequest, JoinRequest, MAX_FACTS, PROTOCOL, PublishRequest, SyncRequest};

const SAMPLES: usize = 30;
/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Person {
    pub store: Store,
    hub: Hub,
    /// What was ever known to be on the hub, by id.
    acknowledged: Mutex<BTreeMap<FactId, u64>>,
    submitted: AtomicU64,
}

pub struct Team {
    pub people: Vec<Arc<Person>>,
}

fn token() -> String {
    let mut random = [0; 32];
    for part in random.chunks_mut(16) {
        part.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    }
    assay_sync::secret::token(random)
}

fn join(hub: &Hub, code: &str, token: &str) -> assay_sync::wire::JoinAnswer {
    let request = JoinRequest {
        protocol: PROTOCOL,
        code: code.to_owned(),
        token: token.to_owned(),
        name: String::new(),
        device: "laptop".to_owned(),
    };
    hub.join(&request).unwrap()
}

fn rubric() -> Rubric {
    let level = |grade: Grade| Level { grade, meaning: format!("grade {grade}"), example: String::new() };
    let dimension = Dimension {
        id: DimensionId("accuracy".to_owned()),
        name: "Accuracy".to_owned(),
        description: String::new(),
        weight: 1.0,
        threshold: None,
        levels: Grade::ALL.into_iter().map(level).collect(),
        required: true,
    };
    let (guidelines, name) = (String::new(), "Quality".to_owned());
    Rubric { name, guidelines, dimensions: vec![dimension], reason_codes: Vec::new(), verdicts: Vec::new() }
}

fn sample(n: usize) -> Sample {
    Sample {
        external_id: format!("s{n:03}").as_str().into(),
        messages: vec![Message {
            role: MessageRole::User,
            content: format!("Question {n}? {}", "x".repeat(400)),
        }],
        responses: vec![Response { text: format!("Answer {n}."), ..Response::default() }],
        ..Sample::default()
    }
}

impl Team {
    /// An owner and three annotators, to whom every sample is assigned, at the hub of that address.
    pub fn gather(folder: &Path, url: &str, invite: &str) -> Self {
        let owners_token = token();
        let hub = Hub::at(url, Some(&owners_token), false).unwrap();
        join(&hub, invite, &owners_token);
        let new = NewProject {
            settings: Settings::named("Answers"),
            rubric: rubric(),
            owner_name: "Olga".to_owned(),
        };
        let store = Store::create(folder.join("0.assay"), &new, Arc::new(SystemWorld)).unwrap();
        let samples: Vec<Sample> = (0..SAMPLES).map(sample).collect();
        let samples = store.add_samples(&samples).unwrap().added;
        let project = store.project_id();
        let request = PublishRequest {
            protocol: PROTOCOL,
            project,
            name: "Answers".to_owned(),
            member: store.me().id,
            person: "Olga".to_owned(),
        };
        hub.publish(&request).unwrap();
        store.connect(url).unwrap();
        let owner = Person { store, hub, acknowledged: Mutex::default(), submitted: AtomicU64::new(0) };
        owner.sync().unwrap();
        let mut people = Vec::new();
        for (n, name) in (1..).zip(["Anna", "Ben", "Cleo"]) {
            let request = InviteRequest {
                name: name.to_owned(),
                role: Role::Annotator,
                hours: None,
                member: None,
                back: None,
            };
            let invite = owner.hub.invite(project, &request).unwrap();
            people.push(Person::join(&folder.join(format!("{n}.assay")), url, &invite.code, name));
        }
        let assignments: Vec<NewAssignment> =
            people.iter().flat_map(|person| samples.iter().map(|sample| assigned(person, *sample))).collect();
        owner.sync().unwrap();
        owner.store.assign(&assignments).unwrap();
        owner.sync().unwrap();
        for person in &people {
            person.sync().unwrap();
        }
        people.insert(0, owner);
        Self { people: people.into_iter().map(Arc::new).collect() }
    }

    /// Everybody works and syncs, on threads of their own, while `meanwhile` runs.
    pub fn work_during(&self, meanwhile: impl FnOnce()) {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for (seed, person) in self.people.iter().enumerate() {
                let stop = &stop;
                scope.spawn(move || person.work(seed as u64, stop));
            }
            meanwhile();
            stop.store(true, Ordering::Relaxed);
        });
    }

    /// How many facts are known to be on the hub.
    pub fn acknowledged(&self) -> usize {
        self.people.iter().map(|person| person.acknowledged.lock().unwrap().len()).sum()
    }

    /// Waits until so many more facts came to the hub than there were.
    pub fn wait_for_more(&self, than: usize) {
        let start = Instant::now();
        while self.acknowledged() <= than {
            assert!(start.elapsed() < PATIENCE, "nothing comes to the hub any more");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until no fact comes to the hub for a while; answers how many there are.
    pub fn wait_until_nothing_comes(&self) -> usize {
        let (start, mut last, mut since) = (Instant::now(), 0, Instant::now());
        while since.elapsed() < Duration::from_millis(1500) {
            if self.acknowledged() != last {
                (last, since) = (self.acknowledged(), Instant::now());
            }
            assert!(start.elapsed() < PATIENCE, "the hub goes on to take in");
            std::thread::sleep(Duration::from_millis(20));
        }
        last
    }

    /// With a hub that works: everything written is there once, and everybody holds what they should.
    pub fn settle(&self) {
        for person in self.people.iter().chain(&self.people) {
            person.sync_in_time();
        }
        let owner = &self.people[0];
        owner.sync_in_time();
        let hub = owner.placed();
        for (n, person) in self.people.iter().enumerate() {
            assert_eq!(person.store.outgoing_count().unwrap(), 0);
            assert!(person.store.refused().unwrap().is_empty());
            let verified = person.store.verify().unwrap();
            assert!(verified.is_ok(), "{:?}", verified.problems);
            for (id, seq) in person.acknowledged.lock().unwrap().iter().chain(&person.placed()) {
                assert_eq!(hub.get(id), Some(seq), "what person {n} knew to be on the hub");
            }
        }
        let mut places: Vec<u64> = hub.values().copied().collect();
        places.sort_unstable();
        assert_eq!(places, (1..=hub.len() as u64).collect::<Vec<_>>(), "each place has one fact");
        let wanted: u64 = self.people.iter().map(|person| person.submitted.load(Ordering::Relaxed)).sum();
        let mut there = 0;
        for sample in owner.store.sample_ids(&names()).unwrap().into_iter().flatten() {
            for person in &self.people {
                there += owner.store.revisions(sample, person.store.me().id).unwrap().len() as u64;
            }
        }
        assert_eq!(there, wanted, "each submission is there once");
    }
}

fn names() -> Vec<assay_model::ExternalId> {
    (0..SAMPLES).map(|n| format!("s{n:03}").as_str().into()).collect()
}

fn assigned(person: &Person, sample: SampleId) -> NewAssignment {
    let member = person.store.me().id;
    NewAssignment { sample, member, state: AssignmentState::Assigned, due: None, expires: None }
}

impl Person {
    fn join(path: &Path, url: &str, code: &str, name: &str) -> Self {
        let token = token();
        let hub = Hub::at(url, Some(&token), false).unwrap();
        let joined = join(&hub, code, &token).project.unwrap();
        let request = SyncRequest {
            protocol: PROTOCOL,
            client: "test".to_owned(),
            cursor: None,
            facts: Vec::new(),
            limit: MAX_FACTS,
        };
        let first = client::Transport::sync(&hub.project(joined.project), &request).unwrap();
        let joining =
            Joining { address: url, project: joined.project, member: joined.member, name, role: joined.role };
        let store = Laptop::join(path, &joining, &first, Arc::new(SystemWorld)).unwrap();
        Self { store, hub, acknowledged: Mutex::default(), submitted: AtomicU64::new(0) }
    }

    /// One sync; what is known to be on the hub afterwards must stay there.
    fn sync(&self) -> Result<(), TransportError> {
        let way = self.hub.project(self.store.project_id());
        let synced = client::sync(&Laptop(&self.store), &way, "test", |_| true);
        self.acknowledged.lock().unwrap().extend(self.placed());
        match synced {
            Ok(_) => Ok(()),
            Err(client::Error::Transport(error)) => Err(error),
            Err(error) => panic!("{error:?}"),
        }
    }

    fn sync_in_time(&self) {
        let start = Instant::now();
        while let Err(error) = self.sync() {
            assert!(start.elapsed() < PATIENCE, "{error}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn placed(&self) -> BTreeMap<FactId, u64> {
        let mut placed = BTreeMap::new();
        self.store.for_each_placed(&mut |id, seq| assert!(placed.insert(id, seq).is_none())).unwrap();
        placed
    }

    fn work(&self, seed: u64, stop: &AtomicBool) {
        let samples: Vec<SampleId> = self.store.sample_ids(&names()).unwrap().into_iter().flatten().collect();
        let mut n = seed as usize;
        while !stop.load(Ordering::Relaxed) {
            for _ in 0..3 {
                n += 1;
                let grade = Grade::new(1 + (n % 5) as u8);
                let mut work = Work::empty(1);
                work.responses[0] = ResponseWork {
                    grades: [(DimensionId("accuracy".to_owned()), grade)].into(),
                    note: "because".repeat(n % 40),
                    ..ResponseWork::default()
                };
                self.store.submit(samples[n * 7 % samples.len()], work, SubmitAs::Submitted).unwrap();
                self.submitted.fetch_add(1, Ordering::Relaxed);
            }
            if self.sync().is_err() {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}
