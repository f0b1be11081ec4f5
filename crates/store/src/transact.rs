//! The one door for writes. Everything that is written goes through [`Store::transact`]: it takes the lock
//! of the database before it reads what it will change, hands out ids and device numbers, and tells the
//! subscribers after the commit, and only then.

use std::ops::Deref;
use std::sync::{Arc, PoisonError};

use assay_model::{MemberId, ResolutionId, RubricId, SampleId, Timestamp};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use uuid::Uuid;

use crate::error::Result;
use crate::{Inner, Store};

/// Something that changed, told after it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Samples came or went.
    Samples {
        /// How many came.
        added: usize,
        /// How many went.
        removed: usize,
    },
    /// A draft was saved or discarded.
    Draft(SampleId),
    /// Somebody's work on a sample has a new revision.
    Annotation {
        /// The sample.
        sample: SampleId,
        /// Whose work.
        member: MemberId,
    },
    /// The rubric has a new version.
    Rubric(RubricId),
    /// The settings have a new version.
    Settings,
    /// A sample has a new final word.
    Resolution {
        /// The sample.
        sample: SampleId,
        /// The final word.
        resolution: ResolutionId,
    },
    /// There is a new member, or one changed.
    Member(MemberId),
    /// Who is to do what changed.
    Assignments,
    /// What is known of the hub changed: how far it was read, what it refused.
    Hub,
}

/// Who is told of changes.
pub type Subscriber = Box<dyn Fn(&[Change]) + Send + Sync>;

pub(crate) type Subscribers = Vec<Arc<dyn Fn(&[Change]) + Send + Sync>>;

/// A transaction that writes.
pub(crate) struct Tx<'a> {
    transaction: Transaction<'a>,
    pub(crate) store: &'a Inner,
    pub(crate) device_n: i64,
    device_no: i64,
    used: i64,
    changes: Vec<Change>,
    abandoned: bool,
}

/// What every fact begins with: its id, and its number and time on this device.
pub(crate) struct Stamp {
    pub(crate) id: Uuid,
    pub(crate) device_no: i64,
    pub(crate) time: Timestamp,
}

impl Deref for Tx<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl Tx<'_> {
    /// The stamp of a new fact.
    pub(crate) fn stamp(&mut self) -> Stamp {
        let time = self.store.world.now();
        self.stamp_at(time)
    }

    /// The stamp of a new fact of a batch, whose facts share their time.
    pub(crate) fn stamp_at(&mut self, time: Timestamp) -> Stamp {
        let device_no = self.device_no + self.used;
        self.used += 1;
        Stamp { id: self.store.world.id(), device_no, time }
    }

    /// Gives the last stamp back: the fact was not written after all.
    pub(crate) fn unstamp(&mut self) {
        self.used -= 1;
    }

    /// Notes what to tell the subscribers when this is durable.
    pub(crate) fn changed(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Lets go of everything that was written: the transaction ends without a change.
    pub(crate) fn abandon(&mut self) {
        self.abandoned = true;
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    fn commit(self) -> Result<Vec<Change>> {
        if self.abandoned {
            self.transaction.rollback()?;
            return Ok(Vec::new());
        }
        if self.used > 0 {
            self.transaction
                .prepare_cached("UPDATE local SET device_no = device_no + ?1")?
                .execute([self.used])?;
        }
        self.transaction.commit()?;
        Ok(self.changes)
    }
}

impl Store {
    /// Runs `write` in a transaction. When it fails, nothing was changed and nobody is told.
    pub(crate) fn transact<T>(&self, write: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let (value, changes) = self.transact_quietly(write).map_err(|error| error.at(&self.inner.path))?;
        if !changes.is_empty() {
            // Outside of every lock, so that a subscriber may use the store.
            let subscribers = self.inner.subscribers.read().unwrap_or_else(PoisonError::into_inner).clone();
            for subscriber in &subscribers {
                subscriber(&changes);
            }
        }
        Ok(value)
    }

    fn transact_quietly<T>(&self, write: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<(T, Vec<Change>)> {
        let mut connection = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (device_n, device_no) = transaction
            .prepare_cached("SELECT device, device_no FROM local")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut tx = Tx {
            transaction,
            store: &self.inner,
            device_n,
            device_no,
            used: 0,
            changes: Vec::new(),
            abandoned: false,
        };
        let value = write(&mut tx)?;
        let changes = tx.commit()?;
        Ok((value, changes))
    }

    /// Tells `subscriber` of every change that this store (not another process) makes, after it is durable.
    pub fn subscribe(&self, subscriber: Subscriber) {
        self.inner.subscribers.write().unwrap_or_else(PoisonError::into_inner).push(Arc::from(subscriber));
    }
}
