//! The team server: one append-only sequence of facts for each project.
//!
//! [`Hub`] is the whole of it in one process, over SQLite or PostgreSQL, with a method for each request of
//! the protocol (`docs/sync.md`). The one thing that must stay true: what was answered is committed, and the
//! same request again answers the same, whatever became of the first answer.

mod agreement;
mod audience;
mod brought;
mod db;
mod expiry;
mod grades;
mod hear;
pub mod http;
mod invites;
mod known;
mod members;
mod others;
mod page;
mod people;
mod project;
mod say;
mod sync;
mod take_in;
mod world;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use assay_model::{DeviceId, ProjectId};
pub use assay_sync::wire::HubError;
use uuid::Uuid;

use agreement::Memory;
use db::{Db, DbError, Param};
pub use db::{Faults, Step};
pub use people::Caller;
use sync::Epoch;
pub use world::{NoRandomness, SystemWorld, World};

/// Where a hub keeps its facts.
#[derive(Clone)]
pub enum Database {
    /// In an SQLite file in this folder, which is made, for its owner alone, where it is missing.
    Sqlite(PathBuf),
    /// In the PostgreSQL database of this URL. Several processes may share it.
    Postgres(String),
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(folder) => f.debug_tuple("Sqlite").field(folder).finish(),
            // The URL holds a password.
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

/// How to open a hub.
#[derive(Clone)]
pub struct Options {
    /// Where it keeps its facts.
    pub database: Database,
    /// Time, ids and chance.
    pub world: Arc<dyn World>,
    /// What goes wrong in the database, for tests of what becomes of it.
    pub faults: Option<Arc<dyn Faults>>,
}

impl Options {
    /// With the machine's own clock and randomness.
    pub fn new(database: Database) -> Self {
        Self { database, world: Arc::new(SystemWorld), faults: None }
    }
}

/// Why a hub could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder cannot be made or read.
    #[error("the data folder {folder} cannot be used: {reason}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// The database cannot be opened, reached or brought up to date.
    #[error("{0}")]
    Database(String),
    /// Nothing secret can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl From<DbError> for OpenError {
    fn from(error: DbError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<HubError> for OpenError {
    fn from(error: HubError) -> Self {
        Self::Database(error.message)
    }
}

/// A hub. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    world: Arc<dyn World>,
    epoch: Arc<Epoch>,
    /// Under which this process writes facts.
    device: DeviceId,
    memories: Mutex<HashMap<ProjectId, Arc<Memory>>>,
}

impl Hub {
    /// Opens a hub, whose database is made where there is none.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let Options { database, world, faults } = options;
        let db = match database {
            Database::Sqlite(folder) => {
                make_private(&folder)
                    .map_err(|reason| OpenError::Folder { folder: folder.clone(), reason })?;
                Db::sqlite(&folder)?
            }
            Database::Postgres(url) => Db::postgres(&url).await?,
        };
        let mut key = [0; 32];
        world.random(&mut key)?;
        let name = world.id().to_string();
        let epoch = db
            .write(move |tx| {
                tx.execute(
                    "INSERT INTO hub (one, epoch, key) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING",
                    &[Param::Text(&name), Param::Bytes(&key)],
                )?;
                let mut rows = tx.query("SELECT epoch, key FROM hub", &[])?;
                let row =
                    rows.first_mut().ok_or_else(|| DbError::Fault("the hub’s row is missing".to_owned()))?;
                Ok(Epoch { name: row.text(0)?, key: row.bytes(1)? })
            })
            .await?;
        let device = DeviceId(world.id());
        let db = db.failing(faults);
        let inner = Inner { db, world, epoch: Arc::new(epoch), device, memories: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Reads the grades of all projects, so that the first who asks need not wait for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(&self) -> Result<(), HubError> {
        let projects = self.inner.db.read(|tx| {
            let rows = tx.query("SELECT id FROM project ORDER BY n", &[])?;
            Ok(rows.into_iter().map(|mut row| row.uuid(0)).collect::<Result<Vec<Uuid>, _>>()?)
        });
        for id in projects.await? {
            let memory = self.memory(ProjectId(id));
            let caught_up = self.inner.db.read(move |tx| {
                let Some(project) = project::seen(tx, ProjectId(id))? else { return Ok(()) };
                Ok(memory.live().catch_up(tx, &project)?)
            });
            caught_up.await?;
        }
        Ok(())
    }

    /// Whether the database can be reached and read.
    ///
    /// # Errors
    /// `unavailable` where it cannot.
    pub async fn ready(&self) -> Result<(), HubError> {
        self.inner.db.read(|tx| Ok(tx.query("SELECT one FROM hub", &[]).map(drop)?)).await
    }

    /// What this process keeps of a project, made where there is nothing yet; to be called for projects that
    /// are there only.
    fn memory(&self, project: ProjectId) -> Arc<Memory> {
        Arc::clone(self.memories().entry(project).or_default())
    }

    fn memories(&self) -> MutexGuard<'_, HashMap<ProjectId, Arc<Memory>>> {
        self.inner.memories.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a folder that its owner alone can read.
fn make_private(folder: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
