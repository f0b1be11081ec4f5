//! The rows that a push left behind, to be inserted by the bare driver.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use assay_benches::place::Place;
use rusqlite::types::{ToSql as SqliteValue, ValueRef};
use rusqlite::{Connection, params_from_iter};
use tokio_postgres::types::ToSql as PostgresValue;

/// A table's rows, by columns.
pub struct Table {
    name: &'static str,
    columns: Vec<(&'static str, Values)>,
}

enum Values {
    Ints(Vec<i64>),
    Texts(Vec<String>),
    Bytes(Vec<Vec<u8>>),
}

/// What a push of annotations writes for each: the fact, and that it is what counts now.
const TABLES: [(&str, &str, &[&str]); 2] = [
    (
        "fact",
        "kind = 'annotation'",
        &[
            "p",
            "seq",
            "id",
            "kind",
            "author",
            "device",
            "device_no",
            "time",
            "audience",
            "sample",
            "bytes",
            "body",
        ],
    ),
    ("annotation", "true", &["p", "sample", "member", "revision", "id", "state", "seq", "grades"]),
];

impl Table {
    /// How many.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| match values {
            Values::Ints(values) => values.len(),
            Values::Texts(values) => values.len(),
            Values::Bytes(values) => values.len(),
        })
    }

    /// What a push left in a database, in the order of the hub's sequence.
    pub async fn of_push(place: &Place, database: &str) -> Result<Vec<Self>> {
        let mut tables = Vec::new();
        for (name, rows, columns) in TABLES {
            let sql = format!("SELECT {} FROM {name} WHERE {rows} ORDER BY seq", columns.join(", "));
            let values = match place {
                Place::Sqlite(_) => from_sqlite(place, database, &sql)?,
                Place::Postgres(_) => from_postgres(place, database, &sql).await?,
            };
            tables.push(Self { name, columns: columns.iter().copied().zip(values).collect() });
        }
        Ok(tables)
    }

    /// Inserts all rows, so many of each table to a transaction, into the hub's own tables or into such
    /// without key and index; says how long it took.
    pub async fn insert(
        tables: &[Self],
        place: &Place,
        database: &str,
        batch: usize,
        indexes: bool,
    ) -> Result<Duration> {
        match place {
            Place::Sqlite(_) => into_sqlite(tables, place, database, batch, indexes),
            Place::Postgres(_) => into_postgres(tables, place, database, batch, indexes).await,
        }
    }

    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// Its name, or that of a table like it without key and index, and the statement that makes that.
    fn target(&self, indexes: bool) -> (String, Option<String>) {
        let name = self.name;
        if indexes {
            return (name.to_owned(), None);
        }
        let like = format!("CREATE TABLE plain_{name} AS SELECT {} FROM {name} LIMIT 0", self.names());
        (format!("plain_{name}"), Some(like))
    }
}

fn from_sqlite(place: &Place, database: &str, sql: &str) -> Result<Vec<Values>> {
    let sqlite = Connection::open(place.file(database)?)?;
    let mut query = sqlite.prepare(sql)?;
    let width = query.column_count();
    let mut rows = query.query([])?;
    let mut columns: Vec<Values> = Vec::new();
    while let Some(row) = rows.next()? {
        for at in 0..width {
            let value = row.get_ref(at)?;
            if columns.len() == at {
                columns.push(match value {
                    ValueRef::Integer(_) => Values::Ints(Vec::new()),
                    ValueRef::Text(_) => Values::Texts(Vec::new()),
                    _ => Values::Bytes(Vec::new()),
                });
            }
            match (&mut columns[at], value) {
                (Values::Ints(values), ValueRef::Integer(value)) => values.push(value),
                (Values::Texts(values), value) => values.push(value.as_str()?.to_owned()),
                (Values::Bytes(values), value) => values.push(value.as_blob()?.to_owned()),
                _ => bail!("a column of one type holds another"),
            }
        }
    }
    Ok(columns)
}

async fn from_postgres(place: &Place, database: &str, sql: &str) -> Result<Vec<Values>> {
    let rows = place.client(database).await?.query(sql, &[]).await?;
    let width = rows.first().context("nothing was pushed")?.len();
    let column = |at: usize| {
        let kind = rows[0].columns()[at].type_().name();
        Ok(match kind {
            "int8" => Values::Ints(rows.iter().map(|row| row.try_get(at)).collect::<Result<_, _>>()?),
            "text" => Values::Texts(rows.iter().map(|row| row.try_get(at)).collect::<Result<_, _>>()?),
            "bytea" => Values::Bytes(rows.iter().map(|row| row.try_get(at)).collect::<Result<_, _>>()?),
            _ => bail!("a column of type {kind} is not expected"),
        })
    };
    (0..width).map(column).collect()
}

fn into_sqlite(
    tables: &[Table],
    place: &Place,
    database: &str,
    batch: usize,
    indexes: bool,
) -> Result<Duration> {
    let mut sqlite = Connection::open(place.file(database)?)?;
    sqlite
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;")?;
    let mut inserts = Vec::new();
    for table in tables {
        let (name, make) = table.target(indexes);
        sqlite.execute_batch(&make.unwrap_or_default())?;
        let places = vec!["?"; table.columns.len()].join(", ");
        inserts.push(format!("INSERT INTO {name} ({}) VALUES ({places})", table.names()));
    }
    let rows = tables.first().map_or(0, Table::rows);
    let begun = Instant::now();
    for from in (0..rows).step_by(batch) {
        let transaction = sqlite.transaction()?;
        for (table, insert) in tables.iter().zip(&inserts) {
            let mut insert = transaction.prepare_cached(insert)?;
            for at in from..rows.min(from + batch) {
                insert.execute(params_from_iter(table.columns.iter().map(|(_, values)| match values {
                    Values::Ints(values) => &values[at] as &dyn SqliteValue,
                    Values::Texts(values) => &values[at],
                    Values::Bytes(values) => &values[at],
                })))?;
            }
        }
        transaction.commit()?;
    }
    Ok(begun.elapsed())
}

async fn into_postgres(
    tables: &[Table],
    place: &Place,
    database: &str,
    batch: usize,
    indexes: bool,
) -> Result<Duration> {
    let mut client = place.client(database).await?;
    let mut inserts = Vec::new();
    for table in tables {
        let (name, make) = table.target(indexes);
        client.batch_execute(&make.unwrap_or_default()).await?;
        let array = |(at, (_, values)): (usize, &(&str, Values))| match values {
            Values::Ints(_) => format!("${}::int8[]", at + 1),
            Values::Texts(_) => format!("${}::text[]", at + 1),
            Values::Bytes(_) => format!("${}::bytea[]", at + 1),
        };
        let arrays: Vec<String> = table.columns.iter().enumerate().map(array).collect();
        let sql =
            format!("INSERT INTO {name} ({}) SELECT * FROM unnest({})", table.names(), arrays.join(", "));
        inserts.push(client.prepare(&sql).await?);
    }
    let rows = tables.first().map_or(0, Table::rows);
    let begun = Instant::now();
    for from in (0..rows).step_by(batch) {
        let to = rows.min(from + batch);
        let transaction = client.transaction().await?;
        for (table, insert) in tables.iter().zip(&inserts) {
            let slices: Vec<Box<dyn PostgresValue + Sync + Send + '_>> = table
                .columns
                .iter()
                .map(|(_, values)| -> Box<dyn PostgresValue + Sync + Send + '_> {
                    match values {
                        Values::Ints(values) => Box::new(&values[from..to]),
                        Values::Texts(values) => Box::new(&values[from..to]),
                        Values::Bytes(values) => Box::new(&values[from..to]),
                    }
                })
                .collect();
            let slices: Vec<&(dyn PostgresValue + Sync)> =
                slices.iter().map(|slice| &**slice as &(dyn PostgresValue + Sync)).collect();
            transaction.execute(insert, &slices).await?;
        }
        transaction.commit().await?;
    }
    Ok(begun.elapsed())
}
