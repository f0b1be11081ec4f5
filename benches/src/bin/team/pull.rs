//! The first pull of an assignment of 20,000 samples onto a laptop, beside a bare insert of the same rows
//! and the transfer of the same bytes.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use assay_benches::figures::{median, milliseconds, promise, setting, times_as_long};
use assay_benches::laptops::Joining;
use assay_benches::place::Place;
use assay_benches::served::Served;
use assay_benches::team::{Team, open};
use assay_benches::wiretap::{Wiretap, bare};
use assay_model::{MemberId, Role};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use tokio::runtime::Runtime;

const SAMPLES: usize = 20_000;

pub fn measure(runtime: &Runtime, folder: &Path, places: &[Place]) -> Result<()> {
    let rounds = setting("ASSAY_BENCH_ROUNDS", 3)?;
    for place in places {
        one(runtime, folder, place, rounds)?;
    }
    Ok(())
}

fn one(runtime: &Runtime, folder: &Path, place: &Place, rounds: usize) -> Result<()> {
    let (database, mut team) = runtime.block_on(async {
        let database = place.database("pull").await?;
        let hub = open(database.clone()).await?;
        let team = Team::publish(&hub, SAMPLES).await?;
        place.settle().await?;
        anyhow::Ok((database, team))
    })?;
    let mut times: [Vec<Duration>; 3] = Default::default();
    let (mut said, mut rows) = (String::new(), Vec::new());
    let served = Served::after(&database, &mut team)?;
    let tap = Wiretap::before(&served.address)?;
    for round in 0..=rounds {
        let home = folder.join(format!("home-{}-{round}", place.name()));
        let code = runtime.block_on(team.invite(&format!("Person {round}"), Role::Annotator))?;
        let laptop = Joining::with(&home, &tap.address, &code)?;
        let me: MemberId = laptop.store.me().id;
        runtime.block_on(async {
            team.assign(me, 0..SAMPLES).await?;
            place.settle().await
        })?;
        let before = tap.travelled();
        let begun = Instant::now();
        let (_, pulled, trips) = laptop.sync()?;
        let took = begun.elapsed();
        let travelled = tap.travelled() - before;
        ensure!(pulled >= 2 * SAMPLES as u64, "{pulled} facts came");
        ensure!(laptop.store.counts()?.left == SAMPLES as u64, "not all that was assigned is to do");
        if rows.is_empty() {
            rows = Table::of(laptop.store.path())?;
            let counts: Vec<usize> = rows.iter().map(|table| table.rows.len()).collect();
            ensure!(counts == [SAMPLES; 2], "{counts:?} rows came");
            said = format!(
                "{:.1} MB of rows, {:.1} MB on the wire, {trips} requests",
                rows.iter().map(Table::bytes).sum::<usize>() as f64 / 1e6,
                (travelled.there + travelled.back) as f64 / 1e6
            );
        }
        let path = folder.join("bare.sqlite");
        let insert = insert(&path, &rows, usize::try_from(trips)?)?;
        let transfer = bare(travelled, trips)?;
        drop(laptop);
        std::fs::remove_dir_all(&home)?;
        if round > 0 {
            times[0].push(took);
            times[1].push(insert);
            times[2].push(transfer);
        }
    }
    drop(served);
    runtime.block_on(place.remove("pull"))?;
    let [took, insert, transfer] = times.map(median);
    println!(
        "\nfirst pull of {SAMPLES} assigned samples, hub over {}, medians of {rounds} rounds",
        place.name()
    );
    println!("  ({said})");
    for (name, time) in [
        ("bare INSERT of the same rows, as many commits", insert),
        ("bare transfer of the same bytes, as many turns", transfer),
    ] {
        println!("  {name:<48} {:>14}", milliseconds(time));
    }
    let ratio = times_as_long(took, insert + transfer);
    println!("  {:<48} {:>14}   ratio {ratio:.2} ({})", "pull", milliseconds(took), promise(ratio, 3.0));
    Ok(())
}

/// The rows that a pull left in a table, and how that table is made.
struct Table {
    name: &'static str,
    made_by: Vec<String>,
    columns: usize,
    rows: Vec<Vec<Value>>,
}

impl Table {
    fn of(project: &Path) -> Result<Vec<Self>> {
        let sqlite = Connection::open(project)?;
        let one = |name: &'static str| {
            // Tables and indexes as they are; triggers keep what is derived, and are no part of the rows.
            let mut made_by = sqlite.prepare(
                "SELECT sql FROM sqlite_master WHERE tbl_name = ?1 AND type IN ('table', 'index')
                   AND sql IS NOT NULL ORDER BY type DESC",
            )?;
            let made_by = made_by.query_map([name], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            let mut query = sqlite.prepare(&format!("SELECT * FROM {name} ORDER BY n"))?;
            let columns = query.column_count();
            let rows = query.query_map([], |row| (0..columns).map(|column| row.get(column)).collect())?;
            Ok(Self { name, made_by, columns, rows: rows.collect::<rusqlite::Result<_>>()? })
        };
        ["sample", "assignment"].into_iter().map(one).collect()
    }

    fn bytes(&self) -> usize {
        let size = |value: &Value| match value {
            Value::Text(text) => text.len(),
            Value::Blob(bytes) => bytes.len(),
            _ => 8,
        };
        self.rows.iter().flatten().map(size).sum()
    }
}

/// The same rows, in as many commits, each as durable as ours.
fn insert(path: &Path, tables: &[Table], commits: usize) -> Result<Duration> {
    let mut sqlite = Connection::open(path)?;
    sqlite.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA cache_size = -32768; PRAGMA foreign_keys = OFF;",
    )?;
    let mut inserts = Vec::new();
    for table in tables {
        for sql in &table.made_by {
            sqlite.execute_batch(sql)?;
        }
        let places = vec!["?"; table.columns].join(", ");
        inserts.push(format!("INSERT INTO {} VALUES ({places})", table.name));
    }
    let batch = tables.iter().map(|table| table.rows.len()).max().unwrap_or(0).div_ceil(commits.max(1));
    let begun = Instant::now();
    for commit in 0..commits {
        let transaction = sqlite.transaction()?;
        for (table, insert) in tables.iter().zip(&inserts) {
            let mut insert = transaction.prepare_cached(insert)?;
            let rows = table.rows.len();
            for row in &table.rows[rows.min(commit * batch)..rows.min((commit + 1) * batch)] {
                insert.execute(params_from_iter(row))?;
            }
        }
        transaction.commit()?;
    }
    let took = begun.elapsed();
    drop(sqlite);
    std::fs::remove_file(path)?;
    Ok(took)
}
