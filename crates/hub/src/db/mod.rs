//! The database, either of two, behind one small surface: transactions in which one SQL text is run with one
//! row of parameters or with many.
//!
//! Invariant: rules are written once. Nothing outside this folder knows which database it speaks to. The SQL
//! is what both understand, with `$1` as parameters; statements over many rows are written for one row, and
//! each database runs them in its own quickest way (a prepared statement in a loop, or one statement over
//! arrays).
//!
//! Jobs are plain blocking closures: SQLite runs them on its one writing thread, several to a commit;
//! PostgreSQL on a thread of the runtime with a connection of the pool.

mod address;
mod failing;
mod migrate;
mod postgres;
mod sqlite;
mod value;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use assay_sync::wire::{HubCode, HubError};
use failing::Failing;

pub use failing::{Faults, Step};
pub(crate) use value::{Column, Param, Row, Value};

/// What went wrong in the database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DbError {
    /// It cannot be reached or cannot write now; later it may.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Anything else: a fault of the hub, or a database that was changed by hand.
    #[error("the database: {0}")]
    Fault(String),
}

/// How often the database was away, and how often it failed, since the process started.
static FAILURES: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

/// See [`FAILURES`].
pub(crate) fn failures() -> (u64, u64) {
    (FAILURES[0].load(Ordering::Relaxed), FAILURES[1].load(Ordering::Relaxed))
}

impl From<DbError> for HubError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(reason) => {
                FAILURES[0].fetch_add(1, Ordering::Relaxed);
                tracing::warn!(reason, "the database is not available");
                unavailable()
            }
            DbError::Fault(reason) => {
                FAILURES[1].fetch_add(1, Ordering::Relaxed);
                tracing::error!(reason, "the database failed");
                internal()
            }
        }
    }
}

/// The answer while the database is away or full.
pub(crate) fn unavailable() -> HubError {
    HubError {
        code: HubCode::Unavailable,
        message: "the hub cannot reach or write its database".to_owned(),
        hint: "nothing is lost; the next sync sends it again".to_owned(),
        retry_after: Some(5),
    }
}

/// The answer to what must not happen.
pub(crate) fn internal() -> HubError {
    HubError {
        code: HubCode::Internal,
        message: "the hub failed".to_owned(),
        hint: "this is a fault of Assay; the hub’s log says more".to_owned(),
        retry_after: None,
    }
}

/// A transaction under way.
pub(crate) trait Tx {
    /// The rows of a query.
    fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, DbError>;
    /// Runs a statement; answers how many rows it changed.
    fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, DbError>;
    /// The rows of a query that is run for each row of the columns, with the number of that row, from 0.
    fn query_each(&mut self, sql: &str, columns: &[Column<'_>]) -> Result<Vec<(usize, Row)>, DbError>;
    /// Runs an `INSERT … VALUES (…)` for each row of the columns.
    fn insert_each(&mut self, sql: &str, columns: &[Column<'_>]) -> Result<(), DbError>;
}

/// What a job answers.
pub(crate) type Outcome<T> = Result<T, HubError>;

/// The database of a hub.
#[derive(Clone)]
pub(crate) struct Db {
    which: Which,
    /// What goes wrong in it, in a test.
    faults: Option<Arc<dyn Faults>>,
}

/// One of the two.
#[derive(Clone)]
enum Which {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens the SQLite database of a data folder, which is made where it is missing.
    pub(crate) fn sqlite(folder: &Path) -> Result<Self, DbError> {
        Ok(Self { which: Which::Sqlite(sqlite::Sqlite::open(folder)?), faults: None })
    }

    /// Connects to a PostgreSQL database.
    pub(crate) async fn postgres(url: &str) -> Result<Self, DbError> {
        Ok(Self { which: Which::Postgres(postgres::Postgres::open(url).await?), faults: None })
    }

    /// The same, where it fails as it is told to.
    pub(crate) fn failing(self, faults: Option<Arc<dyn Faults>>) -> Self {
        Self { faults, ..self }
    }

    fn struck(&self) -> Option<Arc<dyn Faults>> {
        self.faults.clone().filter(|faults| faults.concern_this())
    }

    /// Runs a job that may write, and commits what it wrote unless it fails.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Tx) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let Some(faults) = self.struck() else { return self.which.write(job).await };
        let within = Arc::clone(&faults);
        let job = move |tx: &mut dyn Tx| -> Outcome<T> {
            let done = job(&mut Failing { tx, faults: &*within })?;
            failing::at(&*within, Step::Commit)?;
            Ok(done)
        };
        let done = self.which.write(job).await?;
        failing::at(&*faults, Step::Told)?;
        Ok(done)
    }

    /// Runs a job that only reads, and sees one state of the database throughout.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Tx) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let Some(faults) = self.struck() else { return self.which.read(job).await };
        self.which.read(move |tx| job(&mut Failing { tx, faults: &*faults })).await
    }
}

impl Which {
    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Tx) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        match self {
            Self::Sqlite(db) => db.write(job).await,
            Self::Postgres(db) => db.run(job, true).await,
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Tx) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        match self {
            Self::Sqlite(db) => db.read(job).await,
            Self::Postgres(db) => db.run(job, false).await,
        }
    }
}
