//! A sync with nothing to do: how many bytes travel, and how long it takes.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;

use anyhow::{Result, ensure};
use assay_benches::figures::{Times, milliseconds, promise, took};
use assay_benches::laptops::Joining;
use assay_benches::place::Place;
use assay_benches::served::Served;
use assay_benches::team::{Team, open};
use assay_benches::wiretap::{Travelled, Wiretap};
use assay_model::Role;
use tokio::runtime::Runtime;

const SAMPLES: usize = 1000;
const SYNCS: usize = 200;

pub fn measure(runtime: &Runtime, folder: &Path, places: &[Place]) -> Result<()> {
    println!("\na sync with nothing to do, over HTTP, {SAMPLES} samples on the laptop ({SYNCS} times)");
    for place in places {
        let (database, mut team) = runtime.block_on(async {
            let database = place.database("idle").await?;
            let hub = open(database.clone()).await?;
            anyhow::Ok((database, Team::publish(&hub, SAMPLES).await?))
        })?;
        let served = Served::after(&database, &mut team)?;
        let tap = Wiretap::before(&served.address)?;
        let code = runtime.block_on(team.invite("Ada", Role::Annotator))?;
        let home = folder.join(format!("idle-{}", place.name()));
        let laptop = Joining::with(&home, &tap.address, &code)?;
        runtime.block_on(team.assign(laptop.store.me().id, 0..SAMPLES))?;
        laptop.sync()?;
        let (mut times, mut most, mut trips) = (Vec::new(), Travelled::default(), 0);
        for _ in 0..SYNCS {
            let before = tap.travelled();
            let mut outcome = (0, 0, 0);
            times.push(took(|| {
                outcome = laptop.sync()?;
                Ok(())
            })?);
            let travelled = tap.travelled() - before;
            ensure!((outcome.0, outcome.1) == (0, 0), "something was to be done");
            trips = trips.max(outcome.2);
            most.there = most.there.max(travelled.there);
            most.back = most.back.max(travelled.back);
        }
        let times = Times::of(times);
        println!(
            "  {:<12} {trips} request ({}), {} bytes there and {} back with all headers ({}); p50 {}, p95 {}",
            place.name(),
            promise(trips as f64, 1.0),
            most.there,
            most.back,
            promise((most.there + most.back) as f64, 1024.0),
            milliseconds(times.p50),
            milliseconds(times.p95),
        );
        drop(served);
        runtime.block_on(place.remove("idle"))?;
    }
    Ok(())
}
