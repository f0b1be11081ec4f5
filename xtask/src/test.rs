//! `cargo xtask test`: everything that must hold, in an order that fails early, with a summary at the end.

mod counts;
mod hub;

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use counts::Counts;

use crate::{interface, system, text, tools};

/// A part of the tests, by the name it is asked for with.
struct Part {
    name: &'static str,
    run: fn() -> Result<Counts>,
}

/// In the order in which they run: what fails fastest comes first.
const PARTS: &[Part] = &[
    Part { name: "lint", run: lint },
    Part { name: "rust", run: rust },
    Part { name: "hub", run: hub::run },
    Part { name: "ui", run: ui },
    Part { name: "window", run: window },
];

/// Runs the named parts, or all.
pub fn run(words: &[&str]) -> Result<()> {
    if let Some(unknown) = words.iter().find(|word| !PARTS.iter().any(|part| part.name == **word)) {
        let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        bail!("{unknown} is not a part of the tests. hint: the parts are {}", names.join(", "));
    }
    let mut done = Vec::new();
    for part in PARTS.iter().filter(|part| words.is_empty() || words.contains(&part.name)) {
        println!("\n── {} ──", part.name);
        let start = Instant::now();
        let counts = (part.run)().unwrap_or_else(|error| {
            println!("error: {error:#}");
            Counts { passed: 0, failed: 1 }
        });
        done.push((part.name, counts, start.elapsed()));
    }
    summarise(&done)
}

fn summarise(done: &[(&str, Counts, Duration)]) -> Result<()> {
    println!();
    let mut all = Counts::default();
    for (name, counts, time) in done {
        println!("{name:8} {:5} passed, {} failed   {}", counts.passed, counts.failed, minutes(*time));
        all = all + *counts;
    }
    let time = done.iter().map(|(_, _, time)| *time).sum();
    println!("{:8} {:5} passed, {} failed   {}", "all", all.passed, all.failed, minutes(time));
    if all.failed > 0 {
        bail!("{} of {} tests failed", all.failed, all.passed + all.failed);
    }
    Ok(())
}

fn minutes(time: Duration) -> String {
    format!("{}:{:02} min", time.as_secs() / 60, time.as_secs() % 60)
}

/// Formatting, Clippy, the interface's types, and what no file may say.
fn lint() -> Result<Counts> {
    let mut counts = Counts::default();
    let findings = text::findings()?;
    findings.iter().for_each(|finding| println!("{finding}"));
    counts.add(findings.is_empty());
    counts.add(passes(tools::cargo().args(["fmt", "--all", "--check"])));
    interface::build()?;
    counts.add(passes(tools::npm().args(["run", "--silent", "check"])));
    system::for_window()?;
    counts.add(passes(tools::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])));
    Ok(counts)
}

/// All Rust tests that need no display.
fn rust() -> Result<Counts> {
    system::for_databases()?;
    compile()?;
    let mut counts = if has_nextest() {
        counted(tools::cargo().args(["nextest", "run", "--workspace", "--no-fail-fast"]), counts::of_nextest)?
    } else {
        counted(
            tools::cargo().args(["test", "--workspace", "--all-targets", "--no-fail-fast"]),
            counts::of_cargo,
        )?
    };
    // Examples in the documentation are tests as well, and nextest does not run them.
    counts = counts
        + counted(tools::cargo().args(["test", "--workspace", "--doc", "--no-fail-fast"]), counts::of_cargo)?;
    Ok(counts)
}

/// The interface: its own tests, and whole flows in Chromium over `assay serve`.
fn ui() -> Result<Counts> {
    system::for_browser()?;
    compile()?;
    let units = counted(tools::npm().args(["run", "--silent", "test"]), counts::of_vitest)?;
    let mut flows = tools::npm();
    flows.args(["run", "--silent", "test:flows"]).env("ASSAY_BIN", tools::built("debug", "assay")?);
    if let Some(chromium) = system::chromium() {
        flows.env("CHROMIUM", chromium);
    }
    Ok(units + counted(&mut flows, counts::of_vitest)?)
}

/// The real window, in the system's own webview. These tests are marked as ignored, so that a plain
/// `cargo test` needs no display.
fn window() -> Result<Counts> {
    system::for_driving_the_window()?;
    compile()?;
    let mut cargo = tools::cargo();
    cargo.env("ASSAY_DESKTOP", tools::built("debug", "assay-desktop")?);
    if has_nextest() {
        cargo.args(["nextest", "run", "--workspace", "--no-fail-fast", "--run-ignored", "only"]);
        cargo.args(["--test-threads", "1", "--filterset", "package(assay-tests) & binary(/^window/)"]);
        counted(&mut cargo, counts::of_nextest)
    } else {
        cargo.args(["test", "--workspace", "--test", "window*", "--no-fail-fast"]);
        cargo.args(["--", "--ignored", "--test-threads", "1"]);
        counted(&mut cargo, counts::of_cargo)
    }
}

/// Builds everything once. Every part builds the same packages with the same features, so that none of
/// them compiles anything again.
fn compile() -> Result<()> {
    system::for_window()?;
    interface::build()?;
    tools::must(tools::cargo().args(["build", "--workspace", "--all-targets"]))
}

fn has_nextest() -> bool {
    tools::answer(tools::cargo().args(["nextest", "--version"])).is_some()
}

fn passes(command: &mut Command) -> bool {
    println!("{}", tools::shown(command));
    tools::must(command).inspect_err(|error| println!("error: {error:#}")).is_ok()
}

/// Runs a program that runs tests, shows what it says and counts what it reports.
fn counted(command: &mut Command, count: fn(&str) -> Option<Counts>) -> Result<Counts> {
    let name = tools::shown(command);
    println!("{name}");
    let mut child = command
        .env("NO_COLOR", "1")
        .env("CARGO_TERM_COLOR", "never")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{name}` could not be started"))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut counts = std::thread::scope(|scope| {
        let errors = scope.spawn(move || stderr.map(|lines| follow(lines, count)).unwrap_or_default());
        let counts = stdout.map(|lines| follow(lines, count)).unwrap_or_default();
        counts + errors.join().unwrap_or_default()
    });
    let status = child.wait()?;
    // A program that fails before its first test reports none.
    if !status.success() && counts.failed == 0 {
        println!("`{name}` failed");
        counts.failed = 1;
    }
    Ok(counts)
}

fn follow(output: impl Read, count: fn(&str) -> Option<Counts>) -> Counts {
    let mut counts = Counts::default();
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        counts = counts + count(&line).unwrap_or_default();
    }
    counts
}
