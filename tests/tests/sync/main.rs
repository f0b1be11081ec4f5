//! Whole teams in one process (promises 2, 3 and 4): real laptops' files, a real hub, and a way between them on
//! which requests and answers are lost, doubled, late and cut off, while laptops and hubs die, are put back
//! from backups and copied, the hub's database fails in the middle, and people come, go and change their roles.
//!
//! Each course follows from its seed. When one fails, its seed, what was wrong and what happened are
//! printed; `ASSAY_COURSE=SEED cargo nextest run -p assay-tests --test sync` plays it again. More of them:
//! `ASSAY_COURSES=20000`; with
//! `ASSAY_COURSES_ALL=1` they go on after a failure and name the seeds that failed.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that fails says where")]

mod acts;
mod copy;
mod events;
mod ledger;
mod luck;
mod net;
mod place;
#[path = "../../../crates/hub/tests/common/postgres.rs"]
#[expect(dead_code, reason = "shared with tests that need more of it")]
mod postgres;
mod rest;
mod rng;
mod scratch;
mod sim;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sim::{Fault, Over, Sim};
use tokio::runtime::Runtime;

/// Seeds of courses that once failed, with the database that they were found over and what was wrong.
const FOUND: &str = include_str!("found.txt");

fn runtime() -> Arc<Runtime> {
    Arc::new(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap())
}

/// A folder whose files are in memory, where there is one.
fn folder() -> tempfile::TempDir {
    let memory = PathBuf::from("/dev/shm");
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix("assay-course-");
        builder
    };
    builder().tempdir_in(memory).or_else(|_| builder().tempdir()).unwrap()
}

/// Plays one course.
fn play(rt: &Arc<Runtime>, over: &Over, seed: u64) -> Result<(), String> {
    let folder = folder();
    let sim = Sim::new(rt, over, folder.path(), seed)?;
    let played = catch_unwind(AssertUnwindSafe(|| course(&sim)));
    let fault = match played {
        Ok(Ok(())) => {
            sim.end();
            return Ok(());
        }
        Ok(Err(fault)) => fault,
        Err(panic) => panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default(),
    };
    Err(format!("{}\n\n{fault}", sim.course()))
}

fn course(sim: &Sim) -> Result<(), Fault> {
    sim.gather()?;
    for _ in 0..sim.with(|state| state.rng.between(5, 60)) {
        sim.act()?;
    }
    sim.rest()
}

/// Plays courses by several hands, from a first seed on.
fn play_all(over: &Over, first: u64, count: u64) {
    let keep_on = std::env::var_os("ASSAY_COURSES_ALL").is_some();
    let (next, hands) = (AtomicU64::new(first), std::thread::available_parallelism().map_or(2, usize::from));
    let failed = std::thread::scope(|scope| {
        let hand = || {
            let rt = runtime();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= first + count {
                    return None;
                }
                if let Err(fault) = play(&rt, over, seed) {
                    if keep_on {
                        println!("SEED {seed}: {}", fault.lines().last().unwrap_or_default());
                        continue;
                    }
                    // The others end with what they have begun.
                    next.store(first + count, Ordering::Relaxed);
                    return Some((seed, fault));
                }
            }
        };
        let hands: Vec<_> = (0..hands).map(|_| scope.spawn(hand)).collect();
        hands.into_iter().filter_map(|hand| hand.join().unwrap()).min()
    });
    if let Some((seed, fault)) = failed {
        panic!(
            "{fault}\n\nthe course of seed {seed} failed; again: ASSAY_COURSE={seed} cargo nextest run -p assay-tests --test sync"
        );
    }
}

/// What the environment asks for: one seed, or so many courses.
fn asked(usual: u64) -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    match (number("ASSAY_COURSE"), number("ASSAY_COURSES")) {
        (Some(seed), count) => (seed, count.unwrap_or(1)),
        (None, count) => (0, count.unwrap_or(usual)),
    }
}

fn found(over: &str) -> impl Iterator<Item = u64> {
    FOUND
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .filter(move |(database, _)| *database == over)
        .map(|(_, rest)| rest.split_whitespace().next().unwrap().parse().unwrap())
}

#[test]
fn every_course_of_a_team_ends_with_the_same_facts_everywhere() {
    let over = Over::Sqlite;
    for seed in found("sqlite") {
        play_all(&over, seed, 1);
    }
    let (first, count) = asked(2000);
    play_all(&over, first, count);
}

#[test]
fn every_course_over_postgres_ends_with_the_same_facts_everywhere() {
    let over = Over::Postgres(place::Databases::start(&runtime()));
    for seed in found("postgres") {
        play_all(&over, seed, 1);
    }
    let (first, count) = asked(100);
    play_all(&over, first, count.div_ceil(20));
}
