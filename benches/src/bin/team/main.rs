//! Team work: what a hub and its laptops take, beside what their databases take alone.
//!
//! `cargo run --release -p assay-benches --bin team` runs all parts; arguments (`push`, `growth`, `pull`,
//! `crowd`, `idle`, `laptop`, `plan`) run those only. Needs PostgreSQL (`apt install postgresql`), of which it
//! starts a server of its own. Databases are as durable as in earnest: SQLite with `synchronous=FULL`,
//! PostgreSQL as it comes. A hub that is reached over HTTP is a process of its own on this machine.
//!
//! From the environment: `ASSAY_BENCH_ROUNDS`, how many rounds of `push` and `pull` count (usually 3);
//! `ASSAY_BENCH_ANNOTATIONS`, how many annotations are there already in `growth` (usually 200000; 1000000 is the
//! whole promise, and takes five times as long); `ASSAY_BENCH_SAMPLES`, the size of the project in `laptop`
//! and `plan` (usually 1000000). Exits with 1 when a promise is not kept.

mod crowd;
mod growth;
mod idle;
mod laptop;
mod plan;
mod pull;
mod push;
mod rows;

use std::process::ExitCode;

use anyhow::{Result, ensure};
use assay_benches::figures::all_kept;
use assay_benches::place::Place;
use assay_benches::served::{self, be_the_hub};

const PARTS: [&str; 7] = ["push", "growth", "pull", "crowd", "idle", "laptop", "plan"];

fn main() -> Result<ExitCode> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    if let [served::ROLE, kind, place] = only.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        be_the_hub(kind, place)?;
        return Ok(ExitCode::SUCCESS);
    }
    for part in &only {
        ensure!(PARTS.contains(&part.as_str()), "“{part}” is none of {}", PARTS.join(", "));
    }
    let wanted = |part: &str| only.is_empty() || only.iter().any(|only| only == part);
    let folder = tempfile::Builder::new().prefix("assay-bench-team").tempdir()?;
    if PARTS[..5].iter().any(|part| wanted(part)) {
        let places = Place::both(folder.path());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        if wanted("push") {
            runtime.block_on(push::measure(&places))?;
        }
        if wanted("growth") {
            runtime.block_on(growth::measure(&places))?;
        }
        if wanted("pull") {
            pull::measure(&runtime, folder.path(), &places)?;
        }
        if wanted("crowd") {
            crowd::measure(&runtime, folder.path(), &places)?;
        }
        if wanted("idle") {
            idle::measure(&runtime, folder.path(), &places)?;
        }
    }
    if wanted("laptop") || wanted("plan") {
        let large = laptop::published(&folder.path().join("large.assay"), laptop::large()?)?;
        if wanted("laptop") {
            laptop::measure(folder.path(), &large)?;
        }
        if wanted("plan") {
            plan::measure(folder.path(), large)?;
        }
    }
    Ok(if all_kept() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
