//! A sync of 50 annotations, with a thousand and with very many there already.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::Instant;

use anyhow::{Result, ensure};
use assay_benches::figures::{Times, Took, head, memory_mb, promise, ratio, row, setting, times_as_long};
use assay_benches::place::Place;
use assay_benches::team::{Person, Team, open};
use assay_model::{MemberId, Role};
use assay_sync::wire::WireFact;

const FEW: usize = 1000;
/// People whose work is there already, on each sample.
const RATERS: usize = 10;
/// Annotations of one sync.
const BROUGHT: usize = 50;
/// Syncs that are measured, each by somebody else.
const SYNCS: usize = 60;

pub async fn measure(places: &[Place]) -> Result<()> {
    let many = setting("ASSAY_BENCH_ANNOTATIONS", 200_000)?;
    for place in places {
        one(place, many).await?;
    }
    Ok(())
}

async fn one(place: &Place, many: usize) -> Result<()> {
    let few = side(place, "few", FEW).await?;
    let begun = Instant::now();
    let before = memory_mb("self");
    let lots = side(place, "many", many).await?;
    let (made, memory) = (begun.elapsed().as_secs_f64(), memory_mb("self") - before);
    place.settle().await?;
    println!("\na sync of {BROUGHT} annotations, {}; {SYNCS} each, by turns", place.name());
    println!(
        "  ({many} annotations were pushed in {made:.0} s, and take {memory:.0} MB of the hub's memory)"
    );
    let mut times: [Vec<Took>; 2] = Default::default();
    for (a, b) in few.into_iter().zip(lots) {
        for (side, (mut person, facts)) in [a, b].into_iter().enumerate() {
            let begun = Instant::now();
            let answer = person.ask(facts).await?;
            times[side].push(Took { wall: begun.elapsed(), ..Took::default() });
            ensure!(answer.agreement.len() == 5, "the numbers of {} dimensions came", answer.agreement.len());
            person.heard(answer)?;
        }
    }
    let [few, lots] = times.map(Times::of);
    head();
    row(&format!("{FEW} annotations there"), few);
    row(&format!("{many} annotations there"), lots);
    let promised = promise(times_as_long(lots.p50, few.p50), 1.3);
    ratio(&format!("  ratio ({promised})"), lots, few);
    for name in ["few", "many"] {
        place.remove(name).await?;
    }
    Ok(())
}

/// People with work that is not yet sent, on a hub with so many annotations.
async fn side(place: &Place, name: &str, annotations: usize) -> Result<Vec<(Person, Vec<WireFact>)>> {
    let hub = open(place.database(name).await?).await?;
    let samples = annotations / RATERS;
    let mut team = Team::publish(&hub, samples).await?;
    let mut raters: Vec<MemberId> = Vec::new();
    for n in 0..RATERS {
        raters.push(team.rater(&format!("Rater {n}")).await?);
    }
    team.write_down(&raters, 0..samples).await?;
    let mut people = Vec::new();
    for n in 0..SYNCS {
        let person = team.join(&format!("Person {n}"), Role::Annotator).await?;
        // From all over the project, as a plan deals them out.
        let own: Vec<usize> = (0..BROUGHT).map(|at| (at * samples / BROUGHT + n) % samples).collect();
        team.assign(person.me, own.iter().copied()).await?;
        people.push((person, own));
    }
    let mut work = Vec::new();
    for (mut person, own) in people {
        person.read().await?;
        let me = person.me;
        let facts = own.iter().map(|n| person.annotate(me, team.samples[*n], team.rubric, *n));
        let facts = facts.collect::<Result<Vec<_>>>()?;
        work.push((person, facts));
    }
    Ok(work)
}
