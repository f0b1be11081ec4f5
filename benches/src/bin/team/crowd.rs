//! 200 annotators who sync 50 annotations each, at once.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;
use std::sync::Barrier;
use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use assay_benches::figures::{Times, Took, memory_mb, milliseconds, peak_memory_mb, took};
use assay_benches::laptops::Joining;
use assay_benches::nouns;
use assay_benches::place::Place;
use assay_benches::served::Served;
use assay_benches::team::{Team, open};
use assay_model::{Annotation, AnnotationState, Role};
use tokio::runtime::Runtime;

const PEOPLE: usize = 200;
const EACH: usize = 50;
/// Each sample goes to two people.
const SAMPLES: usize = PEOPLE * EACH / 2;

pub fn measure(runtime: &Runtime, folder: &Path, places: &[Place]) -> Result<()> {
    println!("\n{PEOPLE} annotators sync {EACH} annotations each, at once, over HTTP, on this machine");
    for place in places {
        one(runtime, folder, place)?;
    }
    Ok(())
}

fn one(runtime: &Runtime, folder: &Path, place: &Place) -> Result<()> {
    let (database, mut team) = runtime.block_on(async {
        let database = place.database("crowd").await?;
        let hub = open(database.clone()).await?;
        anyhow::Ok((database, Team::publish(&hub, SAMPLES).await?))
    })?;
    let served = Served::after(&database, &mut team)?;
    let mut laptops = Vec::new();
    for n in 0..PEOPLE {
        let code = runtime.block_on(team.invite(&format!("Person {n}"), Role::Annotator))?;
        let home = folder.join(format!("crowd-{}-{n}", place.name()));
        let laptop = Joining::with(&home, &served.address, &code)?;
        let own = (0..EACH).map(|at| (n * EACH / 2 + at) % SAMPLES);
        runtime.block_on(team.assign(laptop.store.me().id, own))?;
        laptop.sync()?;
        let (rubric, me) = (laptop.store.rubric()?.id, laptop.store.me().id);
        let todo = laptop.store.queue(EACH)?;
        ensure!(todo.len() == EACH, "{} samples are to do", todo.len());
        let state = AnnotationState::Submitted;
        let work = todo
            .iter()
            .map(|item| (item.id, Annotation { rubric, state, skip_reason: None, work: nouns::work() }));
        laptop.store.annotate(me, work.collect())?;
        laptops.push(laptop);
    }
    runtime.block_on(place.settle())?;
    let before = memory_mb(&served.process());
    let all = Barrier::new(PEOPLE);
    let begun = Instant::now();
    let times: Vec<Result<Took>> = std::thread::scope(|scope| {
        let one = |laptop: &Joining| {
            all.wait();
            took(|| {
                let (pushed, ..) = laptop.sync()?;
                ensure!(pushed == EACH as u64, "{pushed} annotations were sent");
                Ok(())
            })
        };
        let threads: Vec<_> = laptops.iter().map(|laptop| scope.spawn(move || one(laptop))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a laptop's thread failed"))))
            .collect()
    });
    let whole = begun.elapsed();
    let refused = times.iter().filter(|one| one.is_err()).count();
    if let Some(Err(error)) = times.iter().find(|one| one.is_err()) {
        println!("  {}: {error}", place.name());
    }
    let times = Times::of(times.into_iter().flatten().collect());
    let [p50, p95, p99] = [times.p50, times.p95, times.p99].map(milliseconds);
    println!(
        "  {:<12} {} complete, {refused} refused or failed (at most 0), all in {:.1} s; p50 {p50}, p95 {p95}, p99 {p99}; the hub takes {:.0} MB, {:.0} MB at most ({before:.0} MB before)",
        place.name(),
        PEOPLE - refused,
        whole.as_secs_f64(),
        memory_mb(&served.process()),
        peak_memory_mb(&served.process()),
    );
    ensure!(refused == 0, "not everybody could sync");
    drop(served);
    runtime.block_on(place.remove("crowd"))
}
