//! SQLite: one thread that writes, several jobs to a commit, and a pool of connections that read.
//!
//! A commit waits for the disk. Jobs that queue up meanwhile share the next commit, each in a savepoint of
//! its own, so that one that fails takes nothing of the others with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use tokio::sync::{Semaphore, oneshot};

use super::value::runs;
use super::{Column, DbError, Outcome, Param, Row, Tx, Value, internal, migrate};

/// The database's name in the data folder.
const FILE: &str = "hub.sqlite";
/// Connections that read at the same time.
const READERS: usize = 4;
/// Statements kept ready on each connection.
const STATEMENTS: usize = 128;
/// The longest a commit waits for more jobs to share it.
const SHARE: Duration = Duration::from_millis(30);
/// The most jobs of one commit.
const MOST_JOBS: usize = 64;

type Job = Box<dyn FnOnce(&mut dyn Tx) -> Done + Send>;

/// What a job left behind: whether to keep what it wrote, and whom to tell how the commit went.
struct Done {
    keep: bool,
    tell: Box<dyn FnOnce(Result<(), DbError>)>,
}

#[derive(Clone)]
pub(crate) struct Sqlite {
    jobs: mpsc::Sender<Job>,
    readers: Arc<Readers>,
}

struct Readers {
    idle: Mutex<Vec<Connection>>,
    turns: Semaphore,
}

impl Sqlite {
    pub(super) fn open(folder: &Path) -> Result<Self, DbError> {
        let file = folder.join(FILE);
        let mut writer = connect(&file, false)?;
        writer.pragma_update(None, "journal_mode", "wal").map_err(fault)?;
        upgrade(&mut writer)?;
        let readers: Result<Vec<_>, _> = (0..READERS).map(|_| connect(&file, true)).collect();
        let readers = Readers { idle: Mutex::new(readers?), turns: Semaphore::new(READERS) };
        let (jobs, queue) = mpsc::channel();
        std::thread::Builder::new()
            .name("hub-writer".to_owned())
            .spawn(move || write_all(&mut writer, &queue))
            .map_err(|error| DbError::Fault(error.to_string()))?;
        Ok(Self { jobs, readers: Arc::new(readers) })
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Tx) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let (tell, told) = oneshot::channel();
        let job = move |tx: &mut dyn Tx| {
            let outcome = job(tx);
            let keep = outcome.is_ok();
            let tell = move |commit: Result<(), DbError>| {
                let outcome = match commit {
                    Err(error) if keep => Err(error.into()),
                    _ => outcome,
                };
                // Whoever asked may have gone away.
                let _gone = tell.send(outcome);
            };
            Done { keep, tell: Box::new(tell) }
        };
        self.jobs.send(Box::new(job)).map_err(|_| internal())?;
        told.await.unwrap_or_else(|_| Err(internal()))
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Tx) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let readers = Arc::clone(&self.readers);
        let _turn = self.readers.turns.acquire().await.map_err(|_| internal())?;
        tokio::task::spawn_blocking(move || {
            let idle = || readers.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let mut connection = idle().pop().ok_or_else(internal)?;
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                connection.execute_batch("BEGIN").map_err(fault)?;
                let outcome = job(&mut Open(&mut connection));
                connection.execute_batch("ROLLBACK").map_err(fault)?;
                outcome
            }));
            if !connection.is_autocommit() {
                let _still_open = connection.execute_batch("ROLLBACK");
            }
            idle().push(connection);
            outcome.unwrap_or_else(|_| Err(internal()))
        })
        .await
        .map_err(|_| internal())?
    }
}

fn connect(file: &Path, read_only: bool) -> Result<Connection, DbError> {
    let flags = if read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    };
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| DbError::Fault(format!("{} cannot be opened: {error}", file.display())))?;
    connection.busy_timeout(Duration::from_secs(10)).map_err(fault)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "cache_size", -65_536).map_err(fault)?;
    if !read_only {
        connection.pragma_update(None, "synchronous", "full").map_err(fault)?;
    }
    Ok(connection)
}

fn upgrade(connection: &mut Connection) -> Result<(), DbError> {
    connection.execute_batch("BEGIN IMMEDIATE").map_err(fault)?;
    let mut tx = Open(connection);
    tx.execute("CREATE TABLE IF NOT EXISTS schema_step (version INTEGER PRIMARY KEY) STRICT", &[])?;
    migrate::run(&mut tx, |tx, step| {
        for statement in statements(&migrate::for_sqlite(step)) {
            tx.execute(&statement, &[])?;
        }
        Ok(())
    })?;
    connection.execute_batch("COMMIT").map_err(fault)
}

/// The statements of a step, which end at a semicolon at the end of a line.
fn statements(step: &str) -> Vec<String> {
    let bare: Vec<&str> = step.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let bare = bare.join("\n");
    bare.split(";\n").map(str::trim).filter(|one| !one.is_empty()).map(ToOwned::to_owned).collect()
}

/// Runs jobs until nobody can send one any more.
fn write_all(connection: &mut Connection, queue: &mpsc::Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut done = Vec::new();
        let commit = one_commit(connection, first, queue, &mut done);
        if !connection.is_autocommit() {
            let _already_over = connection.execute_batch("ROLLBACK");
        }
        let reason = commit.err().map(|error| {
            let error = error.to_string();
            tracing::warn!(error, "a commit failed");
            error
        });
        for Done { tell, .. } in done {
            tell(reason.as_ref().map_or(Ok(()), |reason| Err(DbError::Unavailable(reason.clone()))));
        }
    }
}

/// The commit that the first job opens and others join.
fn one_commit(
    connection: &mut Connection,
    first: Job,
    queue: &mpsc::Receiver<Job>,
    done: &mut Vec<Done>,
) -> Result<(), DbError> {
    let began = connection.execute_batch("BEGIN IMMEDIATE").map_err(fault);
    let start = Instant::now();
    let mut next = Some(first);
    while let Some(job) = next {
        if began.is_ok() {
            one_job(connection, job, done)?;
        } else {
            // The job learns from its own statements that nothing can be written.
            done.extend(catch_unwind(AssertUnwindSafe(|| job(&mut Shut))));
        }
        let room = done.len() < MOST_JOBS && start.elapsed() < SHARE;
        next = if room { queue.try_recv().ok() } else { None };
    }
    began?;
    connection.execute_batch("COMMIT").map_err(fault)
}

fn one_job(connection: &mut Connection, job: Job, done: &mut Vec<Done>) -> Result<(), DbError> {
    connection.execute_batch("SAVEPOINT job").map_err(fault)?;
    let outcome = catch_unwind(AssertUnwindSafe(|| job(&mut Open(connection))));
    let keep = outcome.as_ref().is_ok_and(|outcome| outcome.keep);
    done.extend(outcome);
    // A full disk ends the whole transaction, not only the statement.
    if connection.is_autocommit() {
        return Err(DbError::Unavailable("the transaction was ended by SQLite".to_owned()));
    }
    let end = if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    connection.execute_batch(end).map_err(fault)
}

/// A transaction on a connection.
struct Open<'c>(&'c mut Connection);

/// In the place of a transaction that could not be begun.
struct Shut;

impl Tx for Open<'_> {
    fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, DbError> {
        let mut statement = self.0.prepare_cached(&translated(sql)).map_err(fault)?;
        let mut found = Vec::new();
        collect(&mut statement, params, &mut |row| found.push(row))?;
        Ok(found)
    }

    fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, DbError> {
        let mut statement = self.0.prepare_cached(&translated(sql)).map_err(fault)?;
        bind(&mut statement, params)?;
        statement.raw_execute().map(|changed| changed as u64).map_err(fault)
    }

    fn query_each(&mut self, sql: &str, columns: &[Column<'_>]) -> Result<Vec<(usize, Row)>, DbError> {
        let mut statement = self.0.prepare_cached(&translated(sql)).map_err(fault)?;
        let mut found = Vec::new();
        let mut params = Vec::with_capacity(columns.len());
        for run in 0..runs(columns) {
            params.clear();
            params.extend(columns.iter().map(|column| column.at(run)));
            collect(&mut statement, &params, &mut |row| found.push((run, row)))?;
        }
        Ok(found)
    }

    fn insert_each(&mut self, sql: &str, columns: &[Column<'_>]) -> Result<(), DbError> {
        let mut statement = self.0.prepare_cached(&translated(sql)).map_err(fault)?;
        let mut params = Vec::with_capacity(columns.len());
        for run in 0..runs(columns) {
            params.clear();
            params.extend(columns.iter().map(|column| column.at(run)));
            bind(&mut statement, &params)?;
            statement.raw_execute().map_err(fault)?;
        }
        Ok(())
    }
}

impl Tx for Shut {
    fn query(&mut self, _: &str, _: &[Param<'_>]) -> Result<Vec<Row>, DbError> {
        Err(shut())
    }

    fn execute(&mut self, _: &str, _: &[Param<'_>]) -> Result<u64, DbError> {
        Err(shut())
    }

    fn query_each(&mut self, _: &str, _: &[Column<'_>]) -> Result<Vec<(usize, Row)>, DbError> {
        Err(shut())
    }

    fn insert_each(&mut self, _: &str, _: &[Column<'_>]) -> Result<(), DbError> {
        Err(shut())
    }
}

fn shut() -> DbError {
    DbError::Unavailable("no transaction can be begun".to_owned())
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
            Self::NoInt | Self::NoBytes => ValueRef::Null,
        }))
    }
}

fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Param<'_>]) -> Result<(), DbError> {
    for (at, param) in (1..).zip(params) {
        statement.raw_bind_parameter(at, param).map_err(fault)?;
    }
    Ok(())
}

fn collect(
    statement: &mut rusqlite::Statement<'_>,
    params: &[Param<'_>],
    take: &mut dyn FnMut(Row),
) -> Result<(), DbError> {
    let width = statement.column_count();
    bind(statement, params)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(fault)? {
        let value = |at| {
            Ok(match row.get_ref(at).map_err(fault)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(value) => Value::Int(value),
                ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
                ValueRef::Blob(value) => Value::Bytes(value.to_vec()),
                ValueRef::Real(_) => return Err(DbError::Fault("a fraction is stored".to_owned())),
            })
        };
        take(Row((0..width).map(value).collect::<Result<_, _>>()?));
    }
    Ok(())
}

/// SQLite numbers parameters with `?`, and needs no lock of a row: it has one writer.
fn translated(sql: &str) -> String {
    sql.replace('$', "?").replace(" FOR UPDATE", "")
}

fn fault(error: rusqlite::Error) -> DbError {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::OutOfMemory,
        ) => DbError::Unavailable(error.to_string()),
        _ => DbError::Fault(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use assay_sync::wire::HubCode;

    use super::super::{DbError, Outcome, Tx};
    use super::{SHARE, Sqlite};

    const TABLES: [&str; 3] = [
        "CREATE TABLE parent (n INTEGER PRIMARY KEY) STRICT",
        "CREATE TABLE line (n INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent(n) DEFERRABLE INITIALLY DEFERRED) STRICT",
        "CREATE TRIGGER full BEFORE INSERT ON line WHEN NEW.n = 13 BEGIN SELECT RAISE(ROLLBACK, 'full'); END",
    ];

    fn insert(n: i64, parent: Option<i64>) -> impl FnOnce(&mut dyn Tx) -> Outcome<i64> + Send + 'static {
        move |tx| {
            tx.execute("INSERT INTO line (n, parent) VALUES ($1, $2)", &[n.into(), parent.into()])?;
            Ok(n)
        }
    }

    /// Runs jobs that share a commit; gives what each was told, and the lines that are there then.
    fn shared(jobs: &[(i64, Option<i64>)]) -> (Vec<Result<i64, HubCode>>, Vec<i64>) {
        let folder = tempfile::tempdir().unwrap();
        let db = Sqlite::open(folder.path()).unwrap();
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            for sql in TABLES {
                db.write(|tx| Ok(tx.execute(sql, &[])?)).await.unwrap();
            }
            // While this one takes its time, the others queue up, in their order.
            let slow = tokio::spawn({
                let db = db.clone();
                let job = |_: &mut dyn Tx| {
                    std::thread::sleep(SHARE + Duration::from_millis(200));
                    Ok(())
                };
                async move { db.write(job).await }
            });
            tokio::time::sleep(Duration::from_millis(50)).await;
            let mut told = Vec::new();
            for (n, parent) in jobs {
                let (db, job) = (db.clone(), insert(*n, *parent));
                told.push(tokio::spawn(async move { db.write(job).await }));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            slow.await.unwrap().unwrap();
            let mut said = Vec::new();
            for one in told {
                said.push(one.await.unwrap().map_err(|error| error.code));
            }
            let lines = db.read(|tx| {
                let rows = tx.query("SELECT n FROM line ORDER BY n", &[])?;
                Ok(rows.into_iter().map(|mut row| row.int(0)).collect::<Result<Vec<_>, DbError>>()?)
            });
            (said, lines.await.unwrap())
        })
    }

    #[test]
    fn a_job_that_fails_takes_nothing_of_those_that_share_its_commit() {
        let (said, lines) = shared(&[(1, None), (1, None), (2, None)]);
        assert_eq!(said, [Ok(1), Err(HubCode::Internal), Ok(2)]);
        assert_eq!(lines, [1, 2]);
    }

    #[test]
    fn a_transaction_that_a_full_disk_ends_is_told_to_all_who_shared_it() {
        let (said, lines) = shared(&[(1, None), (13, None), (2, None)]);
        assert_eq!(said, [Err(HubCode::Unavailable), Err(HubCode::Internal), Ok(2)]);
        assert_eq!(lines, [2]);
    }

    #[test]
    fn a_commit_that_fails_is_told_to_all_who_shared_it() {
        let (said, lines) = shared(&[(1, None), (2, Some(7))]);
        assert_eq!(said, [Err(HubCode::Unavailable), Err(HubCode::Unavailable)]);
        assert_eq!(lines, Vec::<i64>::new());
    }
}
