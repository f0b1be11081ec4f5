//! One course: a hub, people, laptops, and what has happened to them so far.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_api::Laptop as Copy;
use assay_hub::{Caller, Hub};
use assay_model::{ExternalId, MemberId, ProjectId, Role, SampleId, Settings, Work};
use assay_store::{Joining, NewProject, Store};
use assay_sync::wire::{
    HubCode, HubError, InviteRequest, JoinRequest, JoinedProject, MAX_FACTS, PROTOCOL, PublishRequest,
    SyncRequest,
};
use tokio::runtime::Runtime;

use crate::acts;
use crate::ledger::Ledger;
use crate::luck::Luck;
use crate::net::Letter;
use crate::place::{Databases, Place};
use crate::rng::Rng;
use crate::world::{Clock, Machine};

/// What went wrong, as a sentence.
pub type Fault = String;

pub const ADDRESS: &str = "https://hub.example.org";

/// A laptop with a copy of the project.
pub struct Laptop {
    pub store: Store,
    pub member: MemberId,
    pub token: String,
    pub world: Arc<Machine>,
    /// The drafts that must be on it.
    pub drafts: BTreeMap<SampleId, Work>,
    /// Samples that ever had a draft on it: they stay when they are taken back meanwhile.
    pub had_draft: BTreeSet<SampleId>,
    pub backups: Vec<Backup>,
    /// Syncs under way: it is not switched off meanwhile.
    pub busy: u32,
}

/// A copy of a laptop's file, and of what is known of it.
#[derive(Clone)]
pub struct Backup {
    pub file: PathBuf,
    pub drafts: BTreeMap<SampleId, Work>,
    pub had_draft: BTreeSet<SampleId>,
}

pub struct State {
    pub rng: Rng,
    pub place: Place,
    pub laptops: Vec<Laptop>,
    /// Requests that are still on their way.
    pub late: Vec<Letter>,
    pub ledger: Ledger,
    pub hub_backups: Vec<u32>,
    /// The first thing that was seen to be wrong.
    pub fault: Option<Fault>,
    /// Samples and people that were made so far, for their names.
    pub made: usize,
    /// What the samples of drafts are called outside: two leads may bring the same one, and then one of its ids
    /// gives way.
    pub called: BTreeMap<SampleId, ExternalId>,
    files: u32,
}

pub struct Sim {
    pub rt: Arc<Runtime>,
    pub clock: Arc<Clock>,
    pub folder: PathBuf,
    pub project: ProjectId,
    /// How often something goes wrong on the way, in percent.
    pub chaos: u32,
    /// Of the hub's database.
    luck: Option<Arc<Luck>>,
    /// Whether nothing fails in it meanwhile.
    calm: Cell<bool>,
    state: RefCell<State>,
    course: RefCell<Vec<String>>,
    pub depth: Cell<u32>,
}

/// Over which database.
#[derive(Clone)]
pub enum Over {
    Sqlite,
    Postgres(Arc<Databases>),
}

impl Sim {
    /// A project that its owner published, with some work from the time alone.
    pub fn new(rt: &Arc<Runtime>, over: &Over, folder: &Path, seed: u64) -> Result<Self, Fault> {
        let mut rng = Rng::new(seed);
        let clock = Clock::new(seed);
        let skew = skew(&mut rng);
        let hub_world = Machine::new(&clock, skew);
        let luck = Luck::of(seed);
        let faults = luck.clone().map(|luck| luck as Arc<dyn assay_hub::Faults>);
        let place = match over {
            Over::Sqlite => Place::sqlite(rt, folder, hub_world, faults),
            Over::Postgres(all) => Place::postgres(rt, all, &format!("s{seed}"), hub_world, faults),
        };
        let world = Machine::new(&clock, self::skew(&mut rng));
        let rubric = acts::rubric(&mut rng, 0);
        let mut settings = Settings::named("Answers");
        settings.minimum_people = rng.between(1, 3) as u32;
        let new = NewProject { settings, rubric, owner_name: "Olga".to_owned() };
        let store = said(Store::create(folder.join("0.assay"), &new, Arc::clone(&world) as _))?;
        let (project, member, token) = (store.project_id(), store.me().id, world.token());
        let chaos = *rng.pick(&[0, 5, 15, 30, 50]).unwrap_or(&0);
        let laptop = Laptop {
            store,
            member,
            token: token.clone(),
            world,
            drafts: BTreeMap::new(),
            had_draft: BTreeSet::new(),
            backups: Vec::new(),
            busy: 0,
        };
        let state = State {
            rng,
            place,
            laptops: vec![laptop],
            late: Vec::new(),
            ledger: Ledger::default(),
            hub_backups: Vec::new(),
            fault: None,
            made: 0,
            called: BTreeMap::new(),
            files: 1,
        };
        let sim = Self {
            rt: Arc::clone(rt),
            clock,
            folder: folder.to_owned(),
            project,
            chaos,
            luck,
            calm: Cell::new(true),
            state: RefCell::new(state),
            course: RefCell::default(),
            depth: Cell::new(0),
        };
        for _ in 0..sim.with(|state| state.rng.between(1, 5)) {
            sim.write_on(0)?;
        }
        sim.publish(&token)?;
        if seed % 4 == 1 {
            // From before anybody else came.
            sim.with(|state| {
                let n = state.place.backup();
                state.hub_backups.push(n);
            });
        }
        Ok(sim)
    }

    fn publish(&self, token: &str) -> Result<(), Fault> {
        let store = self.with(|state| state.laptops[0].store.clone());
        let hub = self.hub();
        self.rt.block_on(async {
            let code = hub.first_invite().await.map_err(text)?.ok_or("no first invite")?;
            hub.join(join(&code, token)).await.map_err(text)?;
            let caller = hub.authenticate(token).await.map_err(text)?;
            let request = PublishRequest {
                protocol: PROTOCOL,
                project: self.project,
                name: said(store.settings())?.name,
                member: store.me().id,
                person: store.me().name,
            };
            hub.publish(&caller, request).await.map_err(text)?;
            Ok::<_, Fault>(())
        })?;
        said(store.connect(ADDRESS))?;
        self.sync_calmly(0)?;
        Ok(())
    }

    /// Looks at or changes the state, briefly: nothing that acts may be called inside.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.borrow_mut())
    }

    pub fn note(&self, line: impl FnOnce() -> String) {
        let indent = "  ".repeat(self.depth.get() as usize);
        self.course.borrow_mut().push(format!("{indent}{}", line()));
    }

    /// What happened, line by line.
    pub fn course(&self) -> String {
        self.course.borrow().join("\n")
    }

    pub fn hub(&self) -> Hub {
        self.with(|state| state.place.hub(&mut state.rng))
    }

    pub fn store(&self, laptop: usize) -> Store {
        self.with(|state| state.laptops[laptop].store.clone())
    }

    /// A name for a file that is not there yet.
    pub fn file(&self) -> PathBuf {
        self.with(|state| {
            state.files += 1;
            self.folder.join(format!("{}.assay", state.files))
        })
    }

    /// From now on the hub's database works, or may fail.
    pub fn be_calm(&self, calm: bool) {
        self.calm.set(calm);
    }

    /// Does something while the hub's database works.
    fn calmly<T>(&self, what: impl FnOnce() -> T) -> T {
        let before = self.calm.replace(true);
        let done = what();
        self.calm.set(before);
        done
    }

    /// Runs a request during which the hub's database may fail; answers whether it did, which the hub must say.
    pub fn by_luck<T>(
        &self,
        request: impl FnOnce() -> Result<T, HubError>,
    ) -> Result<(Result<T, HubError>, bool), Fault> {
        let Some(luck) = self.luck.as_ref().filter(|_| !self.calm.get()) else {
            return Ok((request(), false));
        };
        let (answer, struck) = luck.of_request(request);
        let Some(step) = struck else { return Ok((answer, false)) };
        self.note(|| format!("  the hub's database fails at {step}"));
        match answer {
            Ok(_) => Err(format!("the hub says nothing of a database that failed at {step}")),
            Err(error) => {
                let said = error.code == HubCode::Unavailable;
                if said { Ok((Err(error), true)) } else { Err(text(error)) }
            }
        }
    }

    /// Asks the hub something in the name of a laptop. What the hub refuses is `Ok(Err)`, and so is that its
    /// database failed; that it fails itself is a fault.
    pub fn ask<T, F>(
        &self,
        laptop: usize,
        what: impl FnOnce(Hub, Caller) -> F,
    ) -> Result<Result<T, HubError>, Fault>
    where
        F: Future<Output = Result<T, HubError>>,
    {
        let token = self.with(|state| state.laptops[laptop].token.clone());
        let hub = self.hub();
        let request = || {
            self.rt.block_on(async {
                let caller = hub.authenticate(&token).await?;
                what(hub.clone(), caller).await
            })
        };
        let (answer, struck) = self.by_luck(request)?;
        self.look_at_hub()?;
        if let (Err(error), false) = (&answer, struck) {
            crate::net::must_be_said(error)?;
        }
        Ok(answer)
    }

    /// Reads what the hub has taken in since.
    pub fn look_at_hub(&self) -> Result<(), Fault> {
        self.with(|state| {
            let new = state.place.facts_after(state.ledger.head());
            state.ledger.follow(new)
        })
    }

    /// Somebody new, invited by a laptop's person; answers whether they came.
    pub fn invite(&self, by: usize, name: &str, role: Role) -> Result<bool, Fault> {
        let request = InviteRequest { name: name.to_owned(), role, hours: None, member: None, back: None };
        let project = self.project;
        let made = self.ask(by, |hub, caller| async move { hub.invite(project, &caller, request).await })?;
        let Ok(invite) = made else { return Ok(false) };
        self.come(&invite.code, name, role)
    }

    /// The team comes together.
    pub fn gather(&self) -> Result<(), Fault> {
        self.be_calm(false);
        let roles = [Role::Lead, Role::Annotator, Role::Annotator, Role::Annotator, Role::Observer];
        let names = ["Lea", "Anna", "Ben", "Cleo", "Oda"];
        let first = self.with(|state| state.rng.below(2));
        let last = self.with(|state| state.rng.between(first + 2, 5));
        for (name, role) in names.into_iter().zip(roles).take(last).skip(first) {
            self.invite(0, name, role)?;
        }
        if self.with(|state| state.rng.percent(40)) {
            let of = self.with(|state| state.rng.below(state.laptops.len()));
            self.second_laptop(of)?;
        }
        let people = self
            .with(|state| state.laptops.iter().map(|one| (one.member, one.store.me())).collect::<Vec<_>>());
        for (at, (_, me)) in people.into_iter().enumerate() {
            self.note(|| format!("laptop {at} is that of {} ({:?}, {})", me.name, me.role, me.id));
        }
        Ok(())
    }

    /// Gives back what the course used beside its folder.
    pub fn end(self) {
        self.state.into_inner().place.end();
    }

    /// Another laptop of a laptop's person.
    pub fn second_laptop(&self, of: usize) -> Result<bool, Fault> {
        let (member, project) = (self.with(|state| state.laptops[of].member), self.project);
        let request = InviteRequest {
            name: "me".to_owned(),
            role: Role::Annotator,
            hours: None,
            member: Some(member),
            back: None,
        };
        let made = self.ask(of, |hub, caller| async move { hub.invite(project, &caller, request).await })?;
        let Ok(invite) = made else { return Ok(false) };
        let me = self.store(of).me();
        self.come(&invite.code, &me.name, me.role)
    }

    fn come(&self, code: &str, name: &str, role: Role) -> Result<bool, Fault> {
        let skew = self.with(|state| skew(&mut state.rng));
        let world = Machine::new(&self.clock, skew);
        let token = world.token();
        let Some(joined) = self.use_invite(code, &token)? else { return Ok(false) };
        let (path, limit) =
            (self.file(), self.with(|state| *state.rng.pick(&[40, MAX_FACTS]).unwrap_or(&40)));
        let request = SyncRequest {
            protocol: PROTOCOL,
            client: "course".to_owned(),
            cursor: None,
            facts: Vec::new(),
            limit,
        };
        let letter = Letter { member: joined.member, token: token.clone(), request };
        let first = match self.deliver(&letter)? {
            // The person tries again.
            Err(error) if error.code == HubCode::Unavailable => self.calmly(|| self.deliver(&letter))?,
            first => first,
        };
        let first = first.map_err(text)?;
        let joining = Joining { address: ADDRESS, project: self.project, member: joined.member, name, role };
        let store = match Copy::join(path, &joining, &first, Arc::clone(&world) as _) {
            Ok(store) => store,
            // The page ended before the settings and a rubric; the person tries again another time.
            Err(_) if first.more => return Ok(false),
            Err(error) => return Err(format!("the project cannot be joined: {error}")),
        };
        self.with(|state| {
            state.laptops.push(Laptop {
                store,
                member: joined.member,
                token,
                world,
                drafts: BTreeMap::new(),
                had_draft: BTreeSet::new(),
                backups: Vec::new(),
                busy: 0,
            });
        });
        Ok(true)
    }

    /// Uses an invite, now and then twice: the first answer is lost.
    pub fn use_invite(&self, code: &str, token: &str) -> Result<Option<JoinedProject>, Fault> {
        let (hub, twice) = (self.hub(), self.with(|state| state.rng.percent(30)));
        let join = || self.rt.block_on(hub.join(join(code, token)));
        let (mut answer, struck) = self.by_luck(join)?;
        if struck {
            answer = join();
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                crate::net::must_be_said(&error)?;
                return Ok(None);
            }
        };
        if twice && join().map_err(text)? != answer {
            return Err("the same join again answers something else".to_owned());
        }
        self.look_at_hub()?;
        Ok(answer.project)
    }
}

pub fn join(code: &str, token: &str) -> JoinRequest {
    JoinRequest {
        protocol: PROTOCOL,
        code: code.to_owned(),
        token: token.to_owned(),
        name: String::new(),
        device: "laptop".to_owned(),
    }
}

/// By how much a clock is wrong: mostly some seconds, now and then days.
fn skew(rng: &mut Rng) -> i64 {
    let seconds = match rng.below(4) {
        0 => 0,
        1 | 2 => rng.below(120) as i64 - 60,
        _ => (rng.below(20) as i64 - 10) * 86_400,
    };
    seconds * 1000
}

pub fn text(error: HubError) -> Fault {
    format!("{error:?}")
}

/// An answer of a store that must not fail.
pub fn said<T>(answer: Result<T, assay_store::Error>) -> Result<T, Fault> {
    answer.map_err(|error| format!("a laptop fails: {error:?}"))
}
