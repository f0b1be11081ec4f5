//! A plan of assignments for a large project and a team of 20.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use assay_api::{App, AppOptions, dispatch};
use assay_benches::figures::{forget_peak_memory, memory_mb, peak_memory_mb};
use assay_model::{RaterKind, Role};
use serde_json::{Value, json};

use crate::laptop::Published;

const PEOPLE: usize = 20;

pub fn measure(folder: &Path, large: Published) -> Result<()> {
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        let name = format!("Person {n}");
        large.store.add_member(&name, Role::Annotator, RaterKind::Person)?;
        people.push(name);
    }
    let path = large.store.path().to_owned();
    drop(large);
    let app = App::new(AppOptions::at(folder));
    let request = json!({
        "project": path, "to": people, "overlap": 2, "strata": ["task", "locale"], "golden_share": 0.05, "seed": 1,
    });
    println!("\na plan for {PEOPLE} people, 2 for each sample, by task and locale, with golden samples");
    for (name, what) in [("assignments.plan", "looking at it"), ("assignments.make", "carrying it out")] {
        forget_peak_memory();
        let before = memory_mb("self");
        let begun = Instant::now();
        let plan = call(&app, name, &request)?;
        println!(
            "  {what:<20} {:>8.1} s, {:>6.0} MB at most ({before:.0} MB before): {} samples, {} assignments",
            begun.elapsed().as_secs_f64(),
            peak_memory_mb("self"),
            plan["samples"],
            plan["assigned"],
        );
    }
    Ok(())
}

fn call(app: &App, name: &str, request: &Value) -> Result<Value> {
    match dispatch(app, name, &request.to_string()) {
        Ok(answer) => serde_json::from_str(&answer).context("an answer is no JSON"),
        Err(error) => bail!("{name}: {error}"),
    }
}
