//! The local database of a project: one SQLite file that holds what people did as immutable facts.
//!
//! A fact is a row that is never updated. What is current (heads, to-do lists, counts) is derived from
//! facts by triggers in the same transaction, so that opening a project, the next sample and a submission
//! cost the same whatever the number of samples (promise 7). The one thing that must stay true: what a
//! method that writes has returned is on the disk, whole (promise 1), and what it refused changed nothing
//! (promise 8).
//!
//! A [`Store`] is cheap to clone and may be used from any thread; all methods block. Several processes may
//! have the same file open.

mod annotation;
mod backup;
mod browse;
mod draft;
mod error;
mod grades;
mod project;
mod queue;
mod readers;
mod resolution;
mod rows;
mod rubric;
mod sample;
mod schema;
mod shown;
mod stream;
mod team;
mod transact;
mod verify;
mod world;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};

use assay_model::{DeviceId, Member, MemberId, ProjectId};
use rusqlite::Connection;

pub use annotation::{StoredAnnotation, SubmitAs, Submitted};
pub use browse::{Facets, Page, SampleCount, SampleFilter, SampleRow, SampleState};
pub use draft::Draft;
pub use error::{Error, Result, What};
pub use grades::HeadRow;
pub use project::{MemberAtWork, NewProject, Options, Origin};
pub use queue::{Counts, QueueItem, RecentItem};
pub use resolution::StoredResolution;
pub use sample::{AddReport, Clash, Next, PreparedSamples, StoredSample};
pub use schema::SCHEMA_VERSION;
pub use stream::AnnotatedSample;
pub use team::{
    Answer, Arrival, Assigned, FactRow, HubCursor, HubStanding, Joining, NewAssignment, Place, Refused,
    SyncLine, Taken, Verdict,
};
pub use transact::{Change, Subscriber};
pub use verify::VerifyReport;
pub use world::{SystemWorld, TestWorld, World};

/// An open project.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    world: Arc<dyn World>,
    project: ProjectId,
    // A copied disk takes a new device id, and the hub may change the role of the one who is here.
    device: RwLock<DeviceId>,
    me: RwLock<Member>,
    me_id: MemberId,
    me_n: i64,
    rubrics: rubric::RubricCache,
    subscribers: RwLock<transact::Subscribers>,
    readers: readers::Readers,
    // Closed last, so that it folds the write-ahead log into the file.
    writer: Mutex<Connection>,
}

impl Store {
    /// Runs a query on a connection of its own.
    fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let path = &self.inner.path;
        let reader = self.inner.readers.take().map_err(|error| error.at(path))?;
        query(&reader).map_err(|error| error.at(path))
    }

    /// Runs several queries that must see the same moment.
    fn read_moment<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.read(|sql| {
            let moment = sql.unchecked_transaction()?;
            let value = query(&moment)?;
            moment.commit()?;
            Ok(value)
        })
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.inner.path).finish_non_exhaustive()
    }
}
