//! A push of 100,000 annotations, beside a bare batched `INSERT` of the same rows.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use assay_benches::figures::{median, milliseconds, promise, setting, times_as_long};
use assay_benches::place::Place;
use assay_benches::served::Served;
use assay_benches::team::{Person, Team, Way, in_requests, open};
use assay_model::Role;
use assay_sync::wire::WireFact;

use crate::rows::Table;

const SAMPLES: usize = 20_000;
const PEOPLE: usize = 5;
/// Rows of one transaction, in a push and bare.
const BATCH: usize = 2000;

pub async fn measure(places: &[Place]) -> Result<()> {
    let rounds = setting("ASSAY_BENCH_ROUNDS", 3)?;
    for place in places {
        one(place, rounds).await?;
    }
    Ok(())
}

/// Facts as they are sent, by whom.
struct Work(Vec<(usize, Vec<WireFact>)>);

async fn one(place: &Place, rounds: usize) -> Result<()> {
    let (people, work) = prepare(place).await?;
    let mut tables: Vec<Table> = Vec::new();
    let mut times: [Vec<Duration>; 4] = Default::default();
    // The first round warms up and is not counted.
    for round in 0..=rounds {
        let mut took = [Duration::ZERO; 4];
        for (at, http) in [false, true].into_iter().enumerate() {
            place.copy("base", "pushed").await?;
            place.settle().await?;
            took[at] = push(place, &people, &work, http).await?;
            if tables.is_empty() {
                tables = Table::of_push(place, "pushed").await?;
                let rows: Vec<usize> = tables.iter().map(Table::rows).collect();
                ensure!(rows == [SAMPLES * PEOPLE; 2], "{rows:?} rows were pushed");
            }
            place.remove("pushed").await?;
        }
        for (at, indexes) in [(2, true), (3, false)] {
            place.copy("base", "bare").await?;
            place.settle().await?;
            took[at] = Table::insert(&tables, place, "bare", BATCH, indexes).await?;
            place.remove("bare").await?;
        }
        if round > 0 {
            times.iter_mut().zip(took).for_each(|(times, took)| times.push(took));
        }
    }
    place.remove("base").await?;
    let [here, http, same, plain] = times.map(median);
    println!("\npush of {} annotations into {}, medians of {rounds} rounds", SAMPLES * PEOPLE, place.name());
    line("bare INSERT, tables without index or key", plain, "");
    line("bare INSERT, tables of the hub", same, "");
    for (name, took) in [("push, in one process", here), ("push, over HTTP", http)] {
        let (to_same, to_plain) = (times_as_long(took, same), times_as_long(took, plain));
        line(name, took, &format!("ratio {to_same:.2} ({}) and {to_plain:.2}", promise(to_same, 3.0)));
    }
    Ok(())
}

fn line(name: &str, time: Duration, more: &str) {
    println!("  {name:<46} {:>14}   {more}", milliseconds(time));
}

/// A hub on which every sample is assigned to everybody, and their work, not yet sent.
async fn prepare(place: &Place) -> Result<(Vec<Person>, Work)> {
    let hub = open(place.database("base").await?).await?;
    let mut team = Team::publish(&hub, SAMPLES).await?;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        let person = team.join(&format!("Person {n}"), Role::Annotator).await?;
        team.assign(person.me, 0..SAMPLES).await?;
        people.push(person);
    }
    for person in &mut people {
        person.read().await?;
    }
    let mut work = Vec::new();
    for (at, person) in people.iter_mut().enumerate() {
        let facts = team.samples.iter().enumerate().map(|(n, sample)| {
            let me = person.me;
            person.annotate(me, *sample, team.rubric, n + at)
        });
        let facts = facts.collect::<Result<Vec<_>>>()?;
        work.extend(in_requests(facts).into_iter().map(|request| (at, request)));
        // The hub ends here; what is pushed goes to copies of its database.
        person.way = Way::Nowhere;
    }
    Ok((people, Work(work)))
}

/// Pushes, over one way or the other, to a copy of the hub.
async fn push(place: &Place, people: &[Person], work: &Work, http: bool) -> Result<Duration> {
    let database = place.database("pushed").await?;
    let mut there = Vec::new();
    let mut hub_process = None;
    if http {
        let served = hub_process.insert(Served::start(&database)?);
        for person in people {
            there.push(person.there(&served.address)?);
        }
    } else {
        let hub = open(database).await?;
        for person in people {
            there.push(person.here(&hub).await?);
        }
    }
    let work = work.0.clone();
    let begun = Instant::now();
    for (at, facts) in work {
        there[at].sync(facts).await?;
    }
    Ok(begun.elapsed())
}
