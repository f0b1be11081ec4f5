//! How a project comes to belong to a hub: published from here, or joined.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use assay_model::{MemberBody, MemberId, ProjectId, RaterKind, Role};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{Answer, HubCursor, HubStanding, TABLES};
use crate::error::{Error, Result};
use crate::project::Unfinished;
use crate::transact::Change;
use crate::{Store, World, rows, schema};

/// A project of a hub that is to have a copy here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining<'a> {
    /// The hub's address.
    pub address: &'a str,
    /// The project.
    pub project: ProjectId,
    /// Who works on this copy.
    pub member: MemberId,
    /// Their name.
    pub name: &'a str,
    /// What they may do.
    pub role: Role,
}

impl Store {
    /// Makes a copy of a project that others began, in a new file, with the beginning of its facts; `first`
    /// must hold the settings and a version of the rubric. The file appears whole or not at all.
    ///
    /// # Errors
    /// [`Error::Exists`] when there is something at `path`; [`Error::Damaged`] when the facts do not fit.
    pub fn join(
        path: impl AsRef<Path>,
        joining: &Joining<'_>,
        first: &Answer<'_>,
        world: Arc<dyn World>,
    ) -> Result<Self> {
        let path = path.as_ref();
        if std::fs::symlink_metadata(path).is_ok() {
            return Err(Error::Exists { path: path.to_owned() });
        }
        let unfinished = Unfinished::beside(path, &*world);
        write_joined(unfinished.path(), joining, &*world).map_err(|error| error.at(path))?;
        // The rest goes the way of every answer.
        let store = Self::open(unfinished.path(), Arc::clone(&world)).map_err(|error| error.at(path))?;
        store.take_in(first).map_err(|error| error.at(path))?;
        store.settings().and(store.rubric()).map_err(|_| {
            Error::damaged("the hub did not begin with the project’s settings and rubric").at(path)
        })?;
        store.fold()?;
        drop(store);
        unfinished.becomes(path)?;
        Self::open(path, world)
    }

    /// Everything in the one file, without a log beside it.
    fn fold(&self) -> Result<()> {
        let writer = self.inner.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Says to which hub this project belongs. A project that was at another hub before is sent there whole.
    pub fn connect(&self, address: &str) -> Result<()> {
        self.transact(|tx| {
            connect(tx, address)?;
            tx.changed(Change::Hub);
            Ok(())
        })
    }

    /// Where this project stands with its hub; `None` while it has none.
    pub fn hub(&self) -> Result<Option<HubStanding>> {
        self.read(standing)
    }
}

pub(super) fn standing(sql: &Connection) -> Result<Option<HubStanding>> {
    let mut query = sql
        .prepare_cached("SELECT address, epoch, view, seq, mark, again, digest_count, digest_sum FROM hub")?;
    let standing = query.query_row([], |row| {
        let epoch: Option<String> = row.get(1)?;
        let cursor = match epoch {
            None => None,
            Some(epoch) => Some(HubCursor {
                epoch,
                all: row.get::<_, Option<String>>(2)?.as_deref() == Some("all"),
                seq: rows::count(row, 3)?,
                mark: row.get(4)?,
            }),
        };
        Ok(HubStanding {
            address: row.get(0)?,
            cursor,
            again: row.get(5)?,
            digest_count: rows::count(row, 6)?,
            digest_sum: row.get::<_, i64>(7)? as u64,
        })
    });
    Ok(standing.optional()?)
}

fn connect(sql: &Connection, address: &str) -> Result<()> {
    let known: Option<String> = sql.query_row("SELECT address FROM hub", [], |row| row.get(0)).optional()?;
    match known {
        Some(known) if known == address => return Ok(()),
        Some(_) => {
            // Which history this is, the hub says when it is asked.
            sql.execute("UPDATE hub SET address = ?1", [address])?;
        }
        None => {
            sql.execute("INSERT INTO hub (one, address) VALUES (1, ?1)", [address])?;
        }
    }
    // Only a project with a hub pays for finding what is not there yet.
    for (table, _) in TABLES {
        sql.execute_batch(&format!(
            "CREATE INDEX IF NOT EXISTS {table}_unsent ON {table}(n) WHERE seq IS NULL;"
        ))?;
    }
    Ok(())
}

fn write_joined(path: &Path, joining: &Joining<'_>, world: &dyn World) -> Result<()> {
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(|error| Error::io(path, error))?;
    let mut connection = schema::connect(path, Duration::ZERO, true)?;
    schema::migrate(&mut connection, path)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute("INSERT INTO device (n, id) VALUES (1, ?1)", [world.id().into_bytes()])?;
    let body = MemberBody {
        id: joining.member,
        name: joining.name.to_owned(),
        role: joining.role,
        kind: RaterKind::Person,
        active: true,
    };
    // The hub's own word on this member may come after many samples: until then this stands in for it, at no
    // place yet.
    transaction.execute(
        "INSERT INTO member (n, id, author, device, device_no, time, seq, name, role, kind, body)
         VALUES (1, ?1, 1, 1, 1, ?2, -1, ?3, ?4, ?5, ?6)",
        params![
            joining.member.bytes(),
            world.now().0,
            body.name,
            rows::to_word(&body.role)?,
            rows::to_word(&body.kind)?,
            rows::to_json(&body)?
        ],
    )?;
    transaction.execute(
        "INSERT INTO local (one, project, device, device_no, me, alone) VALUES (1, ?1, 1, 2, 1, 0)",
        [joining.project.bytes()],
    )?;
    connect(&transaction, joining.address)?;
    transaction.commit()?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}
