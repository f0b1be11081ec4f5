//! Where the hub of a course keeps its facts: killed, started again, backed up and put back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_hub::{Database, Faults, Hub, Options};
use assay_model::{DeviceId, FactId, Kind, MemberId};
use rusqlite::{Connection, OpenFlags};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::postgres::Cluster;
use crate::rng::Rng;
use crate::world::Machine;

/// A fact as it is in the hub's database.
#[derive(Debug, Clone, PartialEq)]
pub struct HubFact {
    pub seq: u64,
    pub id: FactId,
    pub kind: Kind,
    pub author: MemberId,
    pub device: DeviceId,
    pub device_no: u64,
    pub time: i64,
    pub body: String,
}

const FACTS: &str = "SELECT seq, id, kind, author, device, device_no, time, body FROM fact WHERE seq > ";

enum Kept {
    Sqlite { folder: PathBuf, reader: Connection },
    Postgres { cluster: Arc<Databases>, name: String, reader: tokio_postgres::Client },
}

/// The hub of one course: as many processes as the database allows for.
pub struct Place {
    rt: Arc<Runtime>,
    base: PathBuf,
    world: Arc<Machine>,
    faults: Option<Arc<dyn Faults>>,
    kept: Kept,
    hubs: Vec<Hub>,
    /// Times it was started.
    starts: u32,
    /// Backups by number; databases or files.
    backups: u32,
}

impl Place {
    pub fn sqlite(
        rt: &Arc<Runtime>,
        base: &Path,
        world: Arc<Machine>,
        faults: Option<Arc<dyn Faults>>,
    ) -> Self {
        let folder = base.join("hub-0");
        let hub = open(rt, Database::Sqlite(folder.clone()), &world, &faults);
        let reader = read_only(&folder.join("hub.sqlite"));
        let kept = Kept::Sqlite { folder, reader };
        Self {
            rt: Arc::clone(rt),
            base: base.to_owned(),
            world,
            faults,
            kept,
            hubs: vec![hub],
            starts: 1,
            backups: 0,
        }
    }

    pub fn postgres(
        rt: &Arc<Runtime>,
        cluster: &Arc<Databases>,
        name: &str,
        world: Arc<Machine>,
        faults: Option<Arc<dyn Faults>>,
    ) -> Self {
        cluster.copy(rt, TEMPLATE, name);
        let hub = || open(rt, Database::Postgres(cluster.url(name)), &world, &faults);
        let hubs = vec![hub(), hub()];
        let reader = cluster.client(rt, name);
        let kept = Kept::Postgres { cluster: Arc::clone(cluster), name: name.to_owned(), reader };
        let base = PathBuf::from(name);
        Self { rt: Arc::clone(rt), base, world, faults, kept, hubs, starts: 1, backups: 0 }
    }

    /// One of the processes.
    pub fn hub(&self, rng: &mut Rng) -> Hub {
        self.hubs[rng.below(self.hubs.len())].clone()
    }

    /// Kills all processes and starts them again.
    pub fn crash(&mut self) {
        match &self.kept {
            Kept::Sqlite { folder, .. } => {
                // What a killed process leaves: the file and its log as they are, nothing folded.
                let next = self.next_folder();
                for file in ["hub.sqlite", "hub.sqlite-wal"] {
                    if folder.join(file).exists() {
                        std::fs::copy(folder.join(file), next.join(file)).unwrap();
                    }
                }
                self.start_sqlite(next);
            }
            Kept::Postgres { cluster, name, .. } => {
                let (cluster, name) = (Arc::clone(cluster), name.clone());
                self.start_postgres(cluster, name);
            }
        }
    }

    /// Makes a backup; answers its number.
    pub fn backup(&mut self) -> u32 {
        let n = self.backups;
        self.backups += 1;
        match &self.kept {
            Kept::Sqlite { folder, .. } => {
                let source = Connection::open(folder.join("hub.sqlite")).unwrap();
                let to = self.base.join(format!("hub-backup-{n}.sqlite"));
                source.execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
            }
            Kept::Postgres { cluster, name, .. } => {
                let (cluster, name) = (Arc::clone(cluster), name.clone());
                self.hubs.clear();
                cluster.disconnect(&self.rt, &name);
                cluster.copy(&self.rt, &name, &self.backup_name(n));
                self.start_postgres(cluster, name);
            }
        }
        n
    }

    /// Puts a backup in the place of what is there.
    pub fn restore(&mut self, n: u32) {
        match &self.kept {
            Kept::Sqlite { .. } => {
                let next = self.next_folder();
                let backup = self.base.join(format!("hub-backup-{n}.sqlite"));
                std::fs::copy(backup, next.join("hub.sqlite")).unwrap();
                self.start_sqlite(next);
            }
            Kept::Postgres { cluster, name, .. } => {
                let (cluster, old) = (Arc::clone(cluster), name.clone());
                let new = format!("{}_r{}", self.base.display(), self.starts);
                self.hubs.clear();
                cluster.copy(&self.rt, &self.backup_name(n), &new);
                self.start_postgres(Arc::clone(&cluster), new);
                cluster.discard(&self.rt, &old);
            }
        }
    }

    /// All facts after a place, in order.
    pub fn facts_after(&self, seq: u64) -> Vec<HubFact> {
        match &self.kept {
            Kept::Sqlite { reader, .. } => {
                let mut query = reader.prepare_cached(&format!("{FACTS}?1 ORDER BY seq")).unwrap();
                let rows = query.query_map([seq as i64], |row| {
                    Ok(fact(
                        (row.get(0)?, row.get(5)?, row.get(6)?),
                        [row.get(1)?, row.get(3)?, row.get(4)?],
                        &row.get::<_, String>(2)?,
                        row.get(7)?,
                    ))
                });
                rows.unwrap().map(Result::unwrap).collect()
            }
            Kept::Postgres { reader, .. } => {
                let rows =
                    self.rt.block_on(reader.query(&format!("{FACTS}$1 ORDER BY seq"), &[&(seq as i64)]));
                let rows = rows.unwrap();
                rows.iter()
                    .map(|row| {
                        let ids = [1, 3, 4].map(|at| row.get::<_, Vec<u8>>(at).try_into().unwrap());
                        fact((row.get(0), row.get(5), row.get(6)), ids, row.get(2), row.get(7))
                    })
                    .collect()
            }
        }
    }

    fn backup_name(&self, n: u32) -> String {
        format!("{}_b{n}", self.base.display())
    }

    fn next_folder(&self) -> PathBuf {
        let next = self.base.join(format!("hub-{}", self.starts));
        std::fs::create_dir(&next).unwrap();
        next
    }

    fn start_sqlite(&mut self, folder: PathBuf) {
        self.starts += 1;
        self.hubs = vec![open(&self.rt, Database::Sqlite(folder.clone()), &self.world, &self.faults)];
        let reader = read_only(&folder.join("hub.sqlite"));
        self.kept = Kept::Sqlite { folder, reader };
    }

    fn start_postgres(&mut self, cluster: Arc<Databases>, name: String) {
        self.starts += 1;
        self.hubs.clear();
        cluster.disconnect(&self.rt, &name);
        let url = cluster.url(&name);
        let hub = || open(&self.rt, Database::Postgres(url.clone()), &self.world, &self.faults);
        self.hubs = vec![hub(), hub()];
        let reader = cluster.client(&self.rt, &name);
        self.kept = Kept::Postgres { cluster, name, reader };
    }

    /// Gives the databases back; files go with their folder.
    pub fn end(mut self) {
        self.hubs.clear();
        if let Kept::Postgres { cluster, name, .. } = &self.kept {
            cluster.discard(&self.rt, name);
            for n in 0..self.backups {
                cluster.discard(&self.rt, &self.backup_name(n));
            }
        }
    }
}

fn fact((seq, no, time): (i64, i64, i64), ids: [[u8; 16]; 3], kind: &str, body: String) -> HubFact {
    let [id, author, device] = ids.map(Uuid::from_bytes);
    HubFact {
        seq: seq as u64,
        id: FactId(id),
        kind: Kind::of_word(kind).unwrap(),
        author: MemberId(author),
        device: DeviceId(device),
        device_no: no as u64,
        time,
        body,
    }
}

fn open(rt: &Runtime, database: Database, world: &Arc<Machine>, faults: &Option<Arc<dyn Faults>>) -> Hub {
    let world: Arc<dyn assay_hub::World> = Arc::clone(world) as _;
    rt.block_on(Hub::open(Options { database, world, faults: faults.clone() })).unwrap()
}

fn read_only(file: &Path) -> Connection {
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .unwrap()
}

/// The databases of one PostgreSQL server, one and more for each course.
pub struct Databases {
    cluster: Cluster,
}

const TEMPLATE: &str = "hub_template";

impl Databases {
    pub fn start(rt: &Runtime) -> Arc<Self> {
        let all = Self { cluster: Cluster::start() };
        all.admin(rt, &format!("CREATE DATABASE {TEMPLATE}"));
        let world = Machine::new(&crate::world::Clock::new(0), 0);
        drop(open(rt, Database::Postgres(all.url(TEMPLATE)), &world, &None));
        all.disconnect(rt, TEMPLATE);
        Arc::new(all)
    }

    pub fn url(&self, name: &str) -> String {
        self.cluster.url().replace("/postgres?", &format!("/{name}?"))
    }

    fn client(&self, rt: &Runtime, name: &str) -> tokio_postgres::Client {
        rt.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&self.url(name), tokio_postgres::NoTls).await.unwrap();
            // Ends with the client, or with the database.
            tokio::spawn(async move { connection.await.ok() });
            client
        })
    }

    fn admin(&self, rt: &Runtime, sql: &str) {
        let client = self.client(rt, "postgres");
        rt.block_on(client.batch_execute(sql)).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    fn disconnect(&self, rt: &Runtime, name: &str) {
        self.admin(
            rt,
            &format!(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'"
            ),
        );
    }

    fn copy(&self, rt: &Runtime, from: &str, to: &str) {
        self.admin(rt, &format!("CREATE DATABASE {to} TEMPLATE {from} STRATEGY file_copy"));
    }

    fn discard(&self, rt: &Runtime, name: &str) {
        self.admin(rt, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }
}

/// The facts by id, each of which must be there once.
pub fn by_id(facts: &[HubFact]) -> Result<BTreeMap<FactId, &HubFact>, String> {
    let mut found = BTreeMap::new();
    for fact in facts {
        if found.insert(fact.id, fact).is_some() {
            return Err(format!("the hub has {} twice", fact.id));
        }
    }
    Ok(found)
}
