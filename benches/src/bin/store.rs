//! The store at a thousand and at a million samples, beside bare SQLite on the same disk.
//!
//! `cargo run --release -p assay-benches --bin store` prints one table for each promise: what is measured,
//! the median, the 95th percentile, and the ratio that must hold. `on CPU` is the median of what the thread
//! itself took (Linux only): on a machine that does other things too, it is what can be compared. `ASSAY_BENCH_SAMPLES` (default 1000000)
//! makes the large project smaller for a quick look; an argument (`add`, `read`, `next`) runs one part only.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use assay_benches::figures::{Times, Took, head, ratio, row, setting, took};
use assay_benches::nouns::{project, sample, work};
use assay_model::{Annotation, AnnotationState, Sample, SampleId};
use assay_store::{SampleFilter, Store, SubmitAs, SystemWorld};
use rusqlite::{Connection, params};

/// How many times each of what is compared is done.
const ROUNDS: usize = 400;
const SMALL: usize = 1000;
const BATCH: usize = 10_000;

fn main() -> Result<()> {
    let large = setting("ASSAY_BENCH_SAMPLES", 1_000_000)?;
    let folder = tempfile::Builder::new().prefix("assay-bench-store").tempdir()?;
    let only = std::env::args().nth(1);
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wanted("add") {
        add(folder.path())?;
    }
    if wanted("read") {
        read_annotated(folder.path())?;
    }
    if wanted("next") {
        next(folder.path(), large)?;
    }
    Ok(())
}

/// Opening, next and submit, whatever the number of samples.
fn next(folder: &Path, large: usize) -> Result<()> {
    let small = project(&folder.join("small.assay"), SMALL)?;
    let started = Instant::now();
    let big = project(&folder.join("large.assay"), large)?;
    println!("\nmade a project of {large} samples in {:.1} s", started.elapsed().as_secs_f64());
    let path = big.path().to_owned();
    drop(big);
    let (big, opened) = open_to_first(&path)?;
    head();
    row("open, counts, first sample, close", opened);
    next_and_submit(folder, &small, &big, &format!("{large} samples"))?;
    finish_all_but(&big, SMALL)?;
    drop(small);
    let small = project(&folder.join("small-2.assay"), SMALL)?;
    next_and_submit(folder, &small, &big, &format!("{large} samples, all but {SMALL} done"))?;
    Ok(())
}

/// Next and submit in two projects, by turns, so that whatever else the machine does falls on both.
fn next_and_submit(folder: &Path, small: &Store, large: &Store, name: &str) -> Result<()> {
    let raw = Connection::open(folder.join("raw.sqlite"))?;
    raw.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE IF NOT EXISTS work (n INTEGER PRIMARY KEY, body TEXT NOT NULL);",
    )?;
    let body = serde_json::to_string(&work())?;
    let mut times: [Vec<Took>; 7] = Default::default();
    let mut at = [start(small)?, start(large)?];
    for _ in 0..ROUNDS {
        for (side, store) in [small, large].into_iter().enumerate() {
            times[side].push(took(|| Ok(store.submit(at[side], work(), SubmitAs::Submitted).map(drop)?))?);
            let mut next = None;
            times[2 + side].push(took(|| {
                next = store.next(Some(at[side]))?;
                Ok(())
            })?);
            at[side] = next.context("nothing is left to do")?;
            times[4 + side].push(took(|| Ok(store.next(Some(at[side])).map(drop)?))?);
        }
        times[6].push(took(|| Ok(raw.execute("INSERT INTO work (body) VALUES (?1)", [&body]).map(drop)?))?);
    }
    let [submit_small, submit_large, next_small, next_large, again_small, again_large, raw] =
        times.map(Times::of);
    println!("\n{SMALL} samples against {name} ({ROUNDS} each, by turns)");
    head();
    row("one durable row in bare SQLite", raw);
    row(&format!("submit, {SMALL}"), submit_small);
    row(&format!("submit, {name}"), submit_large);
    ratio("  ratio (at most 1.3)", submit_large, submit_small);
    ratio("  against bare SQLite", submit_large, raw);
    row(&format!("next after a submit, {SMALL}"), next_small);
    row(&format!("next after a submit, {name}"), next_large);
    ratio("  ratio (at most 1.3)", next_large, next_small);
    row(&format!("next again, {SMALL}"), again_small);
    row(&format!("next again, {name}"), again_large);
    ratio("  ratio (at most 1.3)", again_large, again_small);
    Ok(())
}

fn start(store: &Store) -> Result<SampleId> {
    store.next(None)?.context("nothing is left to do")
}

/// Submits work on everything but the last `left` samples, in bulk.
fn finish_all_but(store: &Store, left: usize) -> Result<()> {
    let rubric = store.rubric()?.id;
    let todo = store.counts()?.left as usize;
    let (mut after, mut to_do) = (None, todo.saturating_sub(left));
    let filter = SampleFilter { state: Some(assay_store::SampleState::Todo), ..SampleFilter::default() };
    while to_do > 0 {
        let page = store.samples(&filter, after, to_do.min(50_000))?;
        let annotation =
            || Annotation { rubric, state: AnnotationState::Submitted, skip_reason: None, work: work() };
        let items: Vec<_> = page.rows.iter().map(|row| (row.id, annotation())).collect();
        to_do -= items.len();
        store.annotate(store.me().id, items)?;
        after = page.rows.last().map(|row| row.n);
    }
    Ok(())
}

/// Adding ten thousand samples, beside a bare insert of the same rows in one transaction.
fn add(folder: &Path) -> Result<()> {
    let samples: Vec<Sample> = (0..BATCH).map(sample).collect();
    let bytes: usize =
        samples.iter().map(|sample| serde_json::to_string(sample).map_or(0, |s| s.len())).sum();
    let mut times: [Vec<Took>; 4] = Default::default();
    for round in 0..7 {
        let store = project(&folder.join(format!("bulk-{round}.assay")), 0)?;
        times[0].push(took(|| Ok(store.add_samples(&samples).map(drop)?))?);
        times[1].push(took(|| Ok(store.add_samples(&samples).map(drop)?))?);
        for (i, unique) in [(2, true), (3, false)] {
            times[i].push(bare_insert(
                &folder.join(format!("bare-{round}-{unique}.sqlite")),
                &samples,
                unique,
            )?);
        }
    }
    let [add, again, same, plain] = times.map(Times::of);
    println!("adding {BATCH} samples ({:.1} MB of JSON), one transaction", bytes as f64 / 1e6);
    head();
    row("bare SQLite, same columns and unique ids", same);
    row("bare SQLite, same columns, no index", plain);
    row("add_samples", add);
    row("add_samples, all there already", again);
    ratio("  add_samples to bare (at most 1.5)", add, same);
    ratio("  add_samples to bare without an index", add, plain);
    Ok(())
}

/// The same rows, made beforehand, in the same journal mode and with the same durability.
fn bare_insert(path: &Path, samples: &[Sample], unique: bool) -> Result<Took> {
    let rows: Vec<_> = samples
        .iter()
        .map(|s| Ok((uuid(s), s.content_hash(), s.title(), serde_json::to_string(s)?)))
        .collect::<Result<_>>()?;
    let mut bare = Connection::open(path)?;
    let is_unique = if unique { "UNIQUE" } else { "" };
    bare.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768;
         CREATE TABLE sample (n INTEGER PRIMARY KEY, id BLOB NOT NULL {is_unique}, time INTEGER NOT NULL,
           external_id TEXT NOT NULL {is_unique}, content_hash BLOB NOT NULL, component TEXT NOT NULL,
           task_type TEXT, locale TEXT, title TEXT NOT NULL, body TEXT NOT NULL);"
    ))?;
    took(|| {
        let transaction = bare.transaction()?;
        let mut insert = transaction.prepare(
            "INSERT INTO sample (id, time, external_id, content_hash, component, task_type, locale, title, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for (sample, (id, hash, title, body)) in samples.iter().zip(&rows) {
            insert.execute(params![
                id,
                1_767_603_600_000_i64,
                sample.external_id.as_str(),
                hash,
                sample.component.name(),
                sample.task_type,
                sample.locale,
                title,
                body
            ])?;
        }
        drop(insert);
        Ok(transaction.commit()?)
    })
}

/// An id as of a UUIDv7: in order of making.
fn uuid(sample: &Sample) -> [u8; 16] {
    let mut id = [7; 16];
    let number: u64 = sample
        .external_id
        .as_str()
        .bytes()
        .filter(u8::is_ascii_digit)
        .fold(0, |n, digit| n.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
    id[..8].copy_from_slice(&number.to_be_bytes());
    id
}

/// Reading ten thousand annotated samples, as an export does.
fn read_annotated(folder: &Path) -> Result<()> {
    let store = project(&folder.join("annotated.assay"), BATCH)?;
    finish_all_but(&store, 0)?;
    let (mut times, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let mut seen = 0;
        times.push(took(|| {
            Ok(store.for_each_annotated(&SampleFilter::default(), &mut |annotated| {
                seen += annotated.annotations.len();
                ControlFlow::Continue(())
            })?)
        })?);
        anyhow::ensure!(seen == BATCH, "{seen} annotations were read");
        bare.push(took(|| bare_read(store.path()))?);
    }
    println!("\nreading {BATCH} annotated samples in the order of their external ids");
    head();
    row("bare SQLite, texts only", Times::of(bare));
    row("for_each_annotated, parsed (at most 100 ms)", Times::of(times));
    Ok(())
}

fn bare_read(path: &Path) -> Result<()> {
    let bare = Connection::open(path)?;
    let mut query = bare.prepare(
        "SELECT s.body, a.body FROM sample s JOIN annotation a ON a.sample = s.n ORDER BY s.external_id",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        std::hint::black_box((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    }
    Ok(())
}

fn open_to_first(path: &Path) -> Result<(Store, Times)> {
    let mut times = Vec::new();
    for _ in 0..21 {
        times.push(took(|| {
            let store = Store::open(path, Arc::new(SystemWorld))?;
            store.counts()?;
            let first = store.next(None)?.context("nothing is left to do")?;
            std::hint::black_box(store.sample(first)?);
            Ok(())
        })?);
    }
    Ok((Store::open(path, Arc::new(SystemWorld))?, Times::of(times)))
}
