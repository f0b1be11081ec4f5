//! A hub over either database, and people who work with it.
#![allow(dead_code, reason = "each test uses a part of it")]

pub mod asked;
pub mod kit;
pub mod postgres;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use assay_hub::{Database, Faults, Hub, NoRandomness, Options, World};
use assay_model::Timestamp;
use uuid::Uuid;

use self::postgres::Cluster;

/// Where a test's hub keeps its facts.
pub struct Place {
    folder: tempfile::TempDir,
    pub cluster: Option<Cluster>,
    pub world: Arc<TestWorld>,
}

impl Place {
    pub fn sqlite() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), cluster: None, world: Arc::default() }
    }

    pub fn postgres() -> Self {
        Self { cluster: Some(Cluster::start()), ..Self::sqlite() }
    }

    pub fn database(&self) -> Database {
        match &self.cluster {
            Some(cluster) => Database::Postgres(cluster.url()),
            None => Database::Sqlite(self.folder.path().join("data")),
        }
    }

    /// A hub there: the same each time, another process of it, or what comes after a restart.
    pub async fn hub(&self) -> Hub {
        self.failing(None).await
    }

    /// As [`Self::hub`], with a database that fails.
    pub async fn failing(&self, faults: Option<Arc<dyn Faults>>) -> Hub {
        let options = Options { database: self.database(), world: self.world.clone(), faults };
        Hub::open(options).await.unwrap()
    }
}

/// A clock that a test sets, and ids and randomness that count up.
pub struct TestWorld {
    now: AtomicI64,
    count: AtomicU64,
}

impl Default for TestWorld {
    fn default() -> Self {
        Self { now: AtomicI64::new(1_767_603_600_000), count: AtomicU64::new(1) }
    }
}

impl TestWorld {
    pub fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }
}

impl World for TestWorld {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::Relaxed))
    }

    fn id(&self) -> Uuid {
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u128(0x019c_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
    }

    fn random(&self, into: &mut [u8]) -> Result<(), NoRandomness> {
        for byte in into {
            *byte =
                (self.count.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8;
        }
        Ok(())
    }
}

/// Runs a test's body to its end.
pub fn run(body: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(body);
}

/// Makes of each function two tests, one for each database.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { $crate::common::run(super::$name($crate::common::Place::sqlite())); })*
        }
        mod postgres {
            $(#[test] fn $name() { $crate::common::run(super::$name($crate::common::Place::postgres())); })*
        }
    };
}
