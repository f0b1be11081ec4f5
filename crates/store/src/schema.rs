//! The schema of a project file: which file is one, and how an old one becomes a new one.
//!
//! The one thing that must stay true: a migration that was shipped is never edited. What changes is a new
//! migration, and each shipped schema leaves a small database in `fixtures/schemas/`.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::error::{Error, Result};

/// “Assy”, in the header of each project file.
const APPLICATION_ID: i32 = 0x4173_7379;
const MIGRATIONS: [&str; 6] = [
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_team.sql"),
    include_str!("../migrations/0003_agreement.sql"),
    include_str!("../migrations/0004_heads.sql"),
    include_str!("../migrations/0005_shown.sql"),
    include_str!("../migrations/0006_arrivals.sql"),
];

/// The newest schema this build knows, and the one it writes.
pub const SCHEMA_VERSION: u32 = MIGRATIONS.len() as u32;

/// Refuses what is not a project file by its first hundred bytes, before SQLite touches it or makes files
/// beside it.
pub(crate) fn check_header(path: &Path) -> Result<()> {
    let refuse = |detail: &str| Err(Error::NotAProject { path: path.to_owned(), detail: detail.to_owned() });
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return refuse("there is no such file");
        }
        Err(error) => return Err(Error::Io { path: path.to_owned(), source: error }),
    };
    let metadata = file.metadata().map_err(|error| Error::io(path, error))?;
    if metadata.is_dir() {
        return refuse("it is a folder");
    }
    if metadata.len() == 0 {
        return refuse("it is empty");
    }
    let mut header = Vec::with_capacity(100);
    file.by_ref().take(100).read_to_end(&mut header).map_err(|error| Error::io(path, error))?;
    if header.len() < 100 || !header.starts_with(b"SQLite format 3\0") {
        return refuse("it is not a SQLite file");
    }
    if header[68..72] != APPLICATION_ID.to_be_bytes() {
        return refuse("it is a database of another program");
    }
    Ok(())
}

/// A connection that can write. Durable: a commit is on the disk when it returns (promise 1).
pub(crate) fn connect(path: &Path, busy_timeout: Duration, create: bool) -> Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(64);
    if connection.is_readonly("main")? {
        return Err(Error::ReadOnly { path: path.to_owned() });
    }
    // The page size counts for a new file only: of 4096 bytes, a page would hold one sample of usual size and
    // be half empty. 32 MiB of cache: a batch of an import is not written twice.
    connection.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(connection)
}

/// The cache of a connection that only reads: 8 MiB, in SQLite's negative KiB.
pub(crate) const READER_CACHE: i64 = -8192;

/// A connection that only reads.
pub(crate) fn connect_reader(path: &Path, busy_timeout: Duration) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
    connection.pragma_update(None, "cache_size", READER_CACHE)?;
    Ok(connection)
}

/// Brings a database to the newest schema, in one transaction; returns whether there was something to do.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<bool> {
    if current_version(connection, path)? == SCHEMA_VERSION {
        return Ok(false);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Again under the lock: another process may have been quicker.
    let from = current_version(&transaction, path)?;
    for migration in MIGRATIONS.iter().skip(from as usize) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    Ok(true)
}

fn current_version(connection: &Connection, path: &Path) -> Result<u32> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > SCHEMA_VERSION {
        return Err(Error::NewerSchema { path: path.to_owned(), found, supported: SCHEMA_VERSION });
    }
    Ok(found)
}
