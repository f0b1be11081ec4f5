//! PostgreSQL: a pool of connections, statements over many rows as one statement over arrays.
//!
//! A statement for one row becomes one for many by taking its parameters from `unnest`. Its plan must stay a
//! walk over an index whatever the statistics say, which are always behind in a table that grows: so each
//! connection keeps off the plans that read whole tables. All indexes begin with the project, and in a small
//! table each looks as good as the one that finds a single row; a plan that was kept from then would read all of a
//! project for each row later. So statements are prepared once, and planned each time for what is there.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use tokio::runtime::Handle;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::address::Address;
use super::{Column, DbError, Outcome, Param, Row, Tx, Value, migrate};

/// Connections of one hub process.
const CONNECTIONS: usize = 16;
/// How long to wait for a connection, a new one or one of the pool.
const PATIENCE: Duration = Duration::from_secs(10);
/// The number of the lock under which one process of several brings the schema up to date.
const SCHEMA_LOCK: i64 = 0x6173_7361_795f_6873;

/// How each connection is set up.
const SETTINGS: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; \
     SET enable_mergejoin = off; SET plan_cache_mode = force_custom_plan; SET jit = off; \
     SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'";

#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
}

impl Postgres {
    pub(super) async fn open(url: &str) -> Result<Self, DbError> {
        let Address { mut config, tls } = Address::parse(url)?;
        config.connect_timeout(PATIENCE).keepalives_idle(Duration::from_secs(30));
        if config.get_application_name().is_none() {
            config.application_name("assay-hub");
        }
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match tls {
            Some(tls) => Manager::from_config(config, tls, recycling),
            None => Manager::from_config(config, NoTls, recycling),
        };
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE * 6))
            .create_timeout(Some(PATIENCE))
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move { client.batch_execute(SETTINGS).await.map_err(HookError::Backend) })
            }))
            .build()
            .map_err(|error| DbError::Fault(error.to_string()))?;
        let hub = Self { pool };
        hub.upgrade().await?;
        Ok(hub)
    }

    async fn upgrade(&self) -> Result<(), DbError> {
        let client = self.client().await?;
        blocking(client, |tx| {
            tx.batch("BEGIN")?;
            tx.query("SELECT pg_advisory_xact_lock($1)", &[SCHEMA_LOCK.into()]).map(drop)?;
            tx.batch("CREATE TABLE IF NOT EXISTS schema_step (version BIGINT PRIMARY KEY)")?;
            let handle = tx.handle.clone();
            let mut steps = Vec::new();
            migrate::run(tx, |_, step| {
                steps.push(migrate::for_postgres(step));
                Ok(())
            })?;
            for step in steps {
                handle.block_on(tx.client.batch_execute(&step)).map_err(fault)?;
            }
            tx.batch("COMMIT")
        })
        .await?
    }

    async fn client(&self) -> Result<Object, DbError> {
        self.pool.get().await.map_err(|error| DbError::Unavailable(deep(&error)))
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Tx) -> Outcome<T> + Send + 'static,
        writes: bool,
    ) -> Outcome<T> {
        let client = self.client().await?;
        blocking(client, move |tx| {
            tx.batch(if writes { "BEGIN" } else { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" })?;
            let outcome = job(tx);
            tx.batch(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
            outcome
        })
        .await?
    }
}

/// Runs a job on a thread that may wait. A connection whose job failed halfway is closed, which ends its
/// transaction.
async fn blocking<T: Send + 'static>(
    client: Object,
    job: impl FnOnce(&mut Open) -> T + Send + 'static,
) -> Result<T, DbError> {
    let handle = Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut tx = Open { client, handle, open: false };
        let outcome = catch_unwind(AssertUnwindSafe(|| job(&mut tx)));
        if tx.open {
            let _closed = Object::take(tx.client);
        }
        outcome.map_err(|_| DbError::Fault("a job panicked".to_owned()))
    })
    .await
    .map_err(|error| DbError::Fault(error.to_string()))?
}

/// A transaction on a connection.
struct Open {
    client: Object,
    handle: Handle,
    /// Whether a transaction may be under way.
    open: bool,
}

impl Open {
    fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        self.open = true;
        self.handle.block_on(self.client.batch_execute(sql)).map_err(fault)?;
        self.open = sql != "COMMIT" && sql != "ROLLBACK";
        Ok(())
    }

    fn rows(&mut self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, DbError> {
        let rows = self.handle.block_on(async {
            let statement = self.client.prepare_cached(sql).await?;
            self.client.query(&statement, params).await
        });
        rows.map_err(fault)?.iter().map(read).collect()
    }

    fn change(&mut self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64, DbError> {
        let changed = self.handle.block_on(async {
            let statement = self.client.prepare_cached(sql).await?;
            self.client.execute(&statement, params).await
        });
        changed.map_err(fault)
    }
}

impl Tx for Open {
    fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, DbError> {
        let params = params.iter().map(scalar).collect::<Vec<_>>();
        self.rows(sql, &borrowed(&params))
    }

    fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, DbError> {
        let params = params.iter().map(scalar).collect::<Vec<_>>();
        self.change(sql, &borrowed(&params))
    }

    fn query_each(&mut self, sql: &str, columns: &[Column<'_>]) -> Result<Vec<(usize, Row)>, DbError> {
        let (from, sql) = over_arrays(sql, columns, " WITH ORDINALITY", ", run");
        // The offset keeps the query for one row a query of its own. Without it the planner may turn the join
        // around, where it knows nothing of the table yet, and go through all rows of it for each parameter.
        let sql =
            format!("SELECT input.run, found.* FROM {from} CROSS JOIN LATERAL ({sql} OFFSET 0) AS found");
        let params: Vec<_> = columns.iter().map(array).collect();
        let rows = self.rows(&sql, &borrowed(&params))?;
        rows.into_iter()
            .map(|mut row| {
                let run = row.int(0)? as usize - 1;
                row.0.remove(0);
                Ok((run, row))
            })
            .collect()
    }

    fn insert_each(&mut self, sql: &str, columns: &[Column<'_>]) -> Result<(), DbError> {
        if super::value::runs(columns) == 0 {
            return Ok(());
        }
        let (from, sql) = over_arrays(sql, columns, "", "");
        let bad = || DbError::Fault(format!("not an INSERT of values: {sql}"));
        let (head, rest) = sql.split_once("VALUES (").ok_or_else(bad)?;
        let (values, tail) = rest.split_once(')').ok_or_else(bad)?;
        // “ON CONFLICT” right after a table's name would be read as a join's condition.
        let sql = format!("{head}SELECT {values} FROM {from} WHERE true{tail}");
        let params: Vec<_> = columns.iter().map(array).collect();
        self.change(&sql, &borrowed(&params)).map(drop)
    }
}

/// A statement for one row with its parameters taken from arrays, and the table that those make.
fn over_arrays(sql: &str, columns: &[Column<'_>], with: &str, more: &str) -> (String, String) {
    let (mut arrays, mut names, mut text) = (Vec::new(), Vec::new(), sql.to_owned());
    // From the last, for `$1` is the beginning of `$12`.
    for (number, column) in (1..).zip(columns).collect::<Vec<_>>().into_iter().rev() {
        let place = format!("${number}");
        let kind = match column {
            Column::Same(_) => {
                // Set aside, so that a lower number is not found inside it.
                text = text.replace(&place, &format!("§{number}::int8"));
                continue;
            }
            Column::Ints(_) => "int8[]",
            Column::Texts(_) => "text[]",
            Column::Bytes(_) => "bytea[]",
        };
        text = text.replace(&place, &format!("input.c{number}"));
        arrays.push(format!("${number}::{kind}"));
        names.push(format!("c{number}"));
    }
    let from = format!("unnest({}){with} AS input({}{more})", arrays.join(", "), names.join(", "));
    (from, text.replace('§', "$"))
}

type Boxed<'a> = Box<dyn ToSql + Sync + 'a>;

fn borrowed<'a>(params: &'a [Boxed<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|param| &**param as &(dyn ToSql + Sync)).collect()
}

fn scalar<'a>(param: &Param<'a>) -> Boxed<'a> {
    match *param {
        Param::Int(value) => Box::new(value),
        Param::Text(value) => Box::new(value),
        Param::Bytes(value) => Box::new(value),
        Param::NoInt => Box::new(None::<i64>),
        Param::NoBytes => Box::new(None::<&[u8]>),
    }
}

fn array<'a>(column: &'a Column<'_>) -> Boxed<'a> {
    match column {
        Column::Same(value) => Box::new(*value),
        Column::Ints(values) => Box::new(values.as_slice()),
        Column::Texts(values) => Box::new(values.as_slice()),
        Column::Bytes(values) => Box::new(values.as_slice()),
    }
}

fn read(row: &tokio_postgres::Row) -> Result<Row, DbError> {
    let value = |(at, column): (usize, &tokio_postgres::Column)| {
        let kind = column.type_();
        let value = if *kind == Type::INT8 {
            row.try_get::<_, Option<i64>>(at).map_err(fault)?.map(Value::Int)
        } else if *kind == Type::INT4 {
            row.try_get::<_, Option<i32>>(at).map_err(fault)?.map(|value| Value::Int(value.into()))
        } else if *kind == Type::TEXT {
            row.try_get::<_, Option<String>>(at).map_err(fault)?.map(Value::Text)
        } else if *kind == Type::BYTEA {
            row.try_get::<_, Option<Vec<u8>>>(at).map_err(fault)?.map(Value::Bytes)
        } else if *kind == Type::VOID {
            None
        } else {
            return Err(DbError::Fault(format!("a column of type {kind} is not expected")));
        };
        Ok(value.unwrap_or(Value::Null))
    };
    Ok(Row(row.columns().iter().enumerate().map(value).collect::<Result<_, _>>()?))
}

fn fault(error: tokio_postgres::Error) -> DbError {
    let Some(said) = error.as_db_error() else {
        return if error.is_closed()
            || std::error::Error::source(&error).is_some_and(|source| source.is::<std::io::Error>())
        {
            DbError::Unavailable(error.to_string())
        } else {
            DbError::Fault(deep(&error))
        };
    };
    let code = said.code();
    let away = ["08", "53", "57", "25006"].iter().any(|class| code.code().starts_with(class));
    let again =
        [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::LOCK_NOT_AVAILABLE];
    // The details of an error may hold values; its message does not.
    let text = format!("{} ({})", said.message(), code.code());
    if away || again.contains(code) { DbError::Unavailable(text) } else { DbError::Fault(text) }
}

/// An error with what is behind it, down to what says most.
fn deep(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        let text = error.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        behind = error.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::{Column, over_arrays};

    #[test]
    fn a_statement_for_one_row_becomes_one_over_arrays() {
        let columns: Vec<Column<'_>> =
            std::iter::once(Column::Same(7)).chain((0..10).map(|_| Column::ints([1]))).collect();
        let (from, sql) =
            over_arrays("SELECT a FROM t WHERE p = $1 AND x = $2 AND y = $11", &columns, "", "");
        assert_eq!(sql, "SELECT a FROM t WHERE p = $1::int8 AND x = input.c2 AND y = input.c11");
        assert!(from.contains("$11::int8[]") && !from.contains("$1::"));
    }
}
