//! A pool of connections that read. A connection is taken out for a query and put back after it; the lock
//! is held for the taking and the putting only, so that no reader waits for another's query.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use crate::error::Result;
use crate::schema;

/// Connections kept open while nobody reads.
const KEPT: usize = 8;

pub(crate) struct Readers {
    path: PathBuf,
    busy_timeout: Duration,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: &Path, busy_timeout: Duration) -> Self {
        Self { path: path.to_owned(), busy_timeout, idle: Mutex::new(Vec::new()) }
    }

    pub(crate) fn take(&self) -> Result<Reader<'_>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => schema::connect_reader(&self.path, self.busy_timeout)?,
        };
        Ok(Reader { pool: self, connection: Some(connection) })
    }
}

/// A connection out of the pool, until it is dropped.
pub(crate) struct Reader<'a> {
    pool: &'a Readers,
    connection: Option<Connection>,
}

impl Deref for Reader<'_> {
    type Target = Connection;
    #[expect(clippy::expect_used, reason = "the connection leaves only in drop")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a reader holds its connection until it is dropped")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT
            && let Some(connection) = self.connection.take()
            // A query that was given up in the middle of a transaction would keep its old view for ever.
            && connection.is_autocommit()
        {
            idle.push(connection);
        }
    }
}
