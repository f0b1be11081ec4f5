//! Agreement against the Python packages `krippendorff` and `pandas`, in one run:
//! `cargo run --release -p assay-benches --bin agreement`. Needs Python 3; makes an environment with the two
//! packages under `target/` when it is missing.
//!
//! Promises, on 1,000,000 units, 3 raters, 10 % missing, grades 1 to 5:
//! - ordinal alpha from memory at least 40 times as fast as `krippendorff`;
//! - all coefficients with 1,000-replicate bootstrap intervals in less time than its one alpha;
//! - point values within 10 microseconds of a changed grade;
//! - a whole report of a 3,000,000-line table at least 10 times as fast as `read_csv` and `krippendorff`,
//!   in memory and as the command `assay agreement` (which is built when it is missing);
//!
//! and on 2,000 units × 300 raters with 5 ratings each, a report with all pairs within a second, likewise.
//! The peers are timed inside a warm process, without a start, imports or the pivot they need. Exits with 1
//! when a promise is not kept.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use anyhow::{Context, Result, ensure};
use assay_agreement::{Bootstrap, DimensionReport, Level, Metric, Options, Panel, Ratings, Report, Scale};
use serde_json::Value;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::Instant;

const UNITS: usize = 1_000_000;
const RATERS: usize = 3;
const ROUNDS: usize = 7;

fn main() -> Result<ExitCode> {
    let target = target_folder();
    let work = target.join("agreement-bench");
    std::fs::create_dir_all(&work)?;
    let matrix = matrix();
    let (matrix_path, table_path) = (work.join("matrix.bin"), work.join("ratings.csv"));
    std::fs::write(&matrix_path, matrix.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())?;
    std::fs::write(&table_path, table(&matrix))?;
    let scale = Scale::range(1, 5)?;

    let mut rows = Vec::new();
    let mut peer = Peer::start(&target, &matrix_path, &table_path)?;
    let mut value = 0.0;
    let (ours, theirs) = in_turns(&mut peer, &["alpha"], || {
        let ratings = Ratings::from_values(scale.clone(), RATERS, &matrix)?;
        value = ratings.alpha(Metric::Ordinal)?.map_or(f64::NAN, |point| point.value);
        Ok(())
    })?;
    ensure!((value - peer.value).abs() < 1e-9, "ordinal alpha is {value} here and {} there", peer.value);
    rows.push(Row::faster("ordinal alpha of 3,000,000 ratings", ours, theirs, 40.0));

    let with_bootstrap = Options { bootstrap: Some(Bootstrap::default()), ..Options::default() };
    let names: Vec<String> = (1..=RATERS).map(|rater| format!("rater {rater}")).collect();
    let (ours, theirs) = in_turns(&mut peer, &["alpha"], || {
        let ratings = Ratings::from_values(scale.clone(), RATERS, &matrix)?;
        black_box(DimensionReport::new("", &ratings, &names, &with_bootstrap)?);
        Ok(())
    })?;
    rows.push(Row::faster("all coefficients, 1,000 bootstrap replicates", ours, theirs, 1.0));

    let (ours, theirs) = in_turns(&mut peer, &["read", "alpha"], || {
        let report = Report::of_file(&table_path, Some(&scale), &Options::default())?;
        black_box(serde_json::to_string(&report)?);
        Ok(())
    })?;
    rows.push(Row::faster("report of a 3,000,000-line table", ours, theirs, 10.0));

    let assay = assay()?;
    let (ours, theirs) = in_turns(&mut peer, &["read", "alpha"], || run(&assay, &table_path))?;
    rows.push(Row::faster("`assay agreement` on that table", ours, theirs, 10.0));
    let pivot = peer.time("pivot").and_then(|_| peer.time("pivot"))?;

    rows.push(Row::within("a changed grade to all point values", changed_grade(&scale, &matrix)?, 10e-6));
    let cells = sparse_cells();
    rows.push(Row::within("2,000 × 300 sparse, all pairs, as JSON", sparse(&scale, &cells)?, 1.0));
    let sparse_path = work.join("sparse.csv");
    std::fs::write(&sparse_path, sparse_table(&cells))?;
    let ours = median(ROUNDS, || run(&assay, &sparse_path))?;
    rows.push(Row::within("`assay agreement` on 2,000 × 300 sparse", ours, 1.0));

    println!("Agreement, medians of {ROUNDS} rounds in turns with the peers: {}", peer.versions);
    println!("(the pivot that the peers need from table to alpha, not counted: {pivot:.3} s)\n");
    println!("{:<46} {:>12} {:>12} {:>9}  promised", "", "ours", "theirs", "ratio");
    rows.iter().for_each(Row::print);
    Ok(if rows.iter().all(|row| row.kept) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Row {
    name: &'static str,
    ours: f64,
    theirs: Option<f64>,
    promised: f64,
    kept: bool,
}

impl Row {
    fn faster(name: &'static str, ours: f64, theirs: f64, promised: f64) -> Self {
        Self { name, ours, theirs: Some(theirs), promised, kept: theirs / ours >= promised }
    }

    fn within(name: &'static str, ours: f64, promised: f64) -> Self {
        Self { name, ours, theirs: None, promised, kept: ours <= promised }
    }

    fn print(&self) {
        let verdict = if self.kept { "kept" } else { "NOT KEPT" };
        let (ours, name) = (show(self.ours), self.name);
        match self.theirs {
            Some(theirs) => {
                let ratio = theirs / self.ours;
                let theirs = show(theirs);
                println!("{name:<46} {ours:>12} {theirs:>12} {ratio:>8.1}x  {}x: {verdict}", self.promised);
            }
            None => {
                println!("{name:<46} {ours:>12} {:>12} {:>9}  {}: {verdict}", "", "", show(self.promised));
            }
        }
    }
}

fn show(seconds: f64) -> String {
    if seconds < 1e-3 { format!("{:.2} µs", seconds * 1e6) } else { format!("{:.1} ms", seconds * 1e3) }
}

/// Grades near a true one, a tenth missing; the same on every machine.
fn matrix() -> Vec<f64> {
    let mut state = 7_u64;
    let mut next = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut matrix = Vec::with_capacity(UNITS * RATERS);
    for _ in 0..UNITS {
        let truth = 1 + next(5) as i64;
        for _ in 0..RATERS {
            let grade = (truth + [-1, 0, 0, 0, 1][next(5) as usize]).clamp(1, 5);
            matrix.push(if next(10) == 0 { f64::NAN } else { grade as f64 });
        }
    }
    matrix
}

fn table(matrix: &[f64]) -> String {
    let mut text = String::from("item,rater,dimension,value\n");
    for (i, grade) in matrix.iter().enumerate() {
        let shown = if grade.is_nan() { String::new() } else { grade.to_string() };
        let _ = writeln!(text, "item-{:07},rater-{},quality,{shown}", i / RATERS, 1 + i % RATERS);
    }
    text
}

/// One grade changed in the large project, and all coefficients without rater identity read.
fn changed_grade(scale: &Scale, matrix: &[f64]) -> Result<f64> {
    let mut panel: Panel<u32, u8> = Panel::new(scale);
    for (i, grade) in matrix.iter().enumerate() {
        panel.set((i / RATERS) as u32, &((i % RATERS) as u8), scale.level_of(*grade))?;
    }
    let mut times = Vec::new();
    for i in 0..2000_u32 {
        let (unit, rater) = (i.wrapping_mul(7919) % UNITS as u32, (i % 3) as u8);
        let level = (i % 5) as Level;
        let start = Instant::now();
        panel.set(unit, &rater, Some(level))?;
        black_box(panel.coefficients());
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(middle(times))
}

/// Each unit rated by five of three hundred raters.
fn sparse_cells() -> Vec<(u32, u32, Level)> {
    let cell = |i: u32| {
        let (unit, turn) = (i / 5, i % 5);
        let rater = (unit * 7 + turn * (31 + unit % 23)) % 300;
        (unit, rater, ((unit + (unit * turn) % 3) % 5) as Level)
    };
    let mut seen = std::collections::HashSet::new();
    (0..10_000).map(cell).filter(|(unit, rater, _)| seen.insert((*unit, *rater))).collect()
}

fn sparse_table(cells: &[(u32, u32, Level)]) -> String {
    let mut text = String::from("item,rater,value\n");
    for (unit, rater, level) in cells {
        let _ = writeln!(text, "item {unit:04},rater {rater:03},{}", level + 1);
    }
    text
}

fn sparse(scale: &Scale, cells: &[(u32, u32, Level)]) -> Result<f64> {
    let names: Vec<String> = (0..300).map(|rater| format!("rater {rater:03}")).collect();
    median(ROUNDS, || {
        let ratings = Ratings::from_cells(scale.clone(), 300, 2000, cells)?;
        let report = DimensionReport::new("", &ratings, &names, &Options::default())?;
        ensure!(report.pairs.len() == 44_850);
        black_box(serde_json::to_string(&report)?);
        Ok(())
    })
}

/// The command line beside this benchmark.
fn assay() -> Result<PathBuf> {
    let beside = std::env::current_exe()?.with_file_name(format!("assay{}", std::env::consts::EXE_SUFFIX));
    if !beside.exists() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let mut build = Command::new(cargo);
        build.args(["build", "--release", "--quiet", "-p", "assay-cli", "--manifest-path"]).arg(manifest);
        ensure!(build.status()?.success(), "could not build the command line");
    }
    Ok(beside)
}

/// A report by the command line, from start to end, into a pipe.
fn run(assay: &Path, table: &Path) -> Result<()> {
    let mut command = Command::new(assay);
    command.arg("agreement").arg(table).args(["--scale", "1-5", "--json"]).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let mut answer = child.stdout.take().context("no output")?;
    let bytes = std::io::copy(&mut answer, &mut std::io::sink())?;
    ensure!(child.wait()?.success() && bytes > 1000, "the command line failed");
    Ok(())
}

fn median(rounds: usize, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut times = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(middle(times))
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Median seconds of ours and of the peer's tasks together, one round after the other, so that whatever else
/// the machine does meets both.
fn in_turns(peer: &mut Peer, tasks: &[&str], mut ours: impl FnMut() -> Result<()>) -> Result<(f64, f64)> {
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        ours()?;
        mine.push(start.elapsed().as_secs_f64());
        theirs.push(tasks.iter().map(|task| peer.time(task)).sum::<Result<f64>>()?);
    }
    Ok((middle(mine), middle(theirs)))
}

fn target_folder() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
    }
}

/// The Python packages in a process of their own, which does a task when told.
struct Peer {
    process: Child,
    answers: BufReader<ChildStdout>,
    versions: Value,
    value: f64,
}

impl Peer {
    fn start(target: &Path, matrix: &Path, table: &Path) -> Result<Self> {
        let environment = target.join("agreement-peers");
        let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
        if !python.exists() {
            let made = Command::new("python3").args(["-m", "venv"]).arg(&environment).status();
            let made = made.context("Python 3 is missing: install python3 and python3-venv")?;
            ensure!(made.success(), "could not make a Python environment: install python3-venv");
            let arguments = ["-m", "pip", "install", "--quiet", "krippendorff==0.9.0", "pandas<3"];
            ensure!(Command::new(&python).args(arguments).status()?.success(), "could not install the peers");
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/krippendorff_peer.py");
        let mut process = Command::new(&python)
            // These choose slow kernels for a current numpy.
            .env_remove("OPENBLAS_CORETYPE")
            .env_remove("OPENBLAS_L2_SIZE")
            .arg(script)
            .arg(matrix)
            .arg(RATERS.to_string())
            .arg(table)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut answers = BufReader::new(process.stdout.take().context("no output")?);
        let mut about = String::new();
        answers.read_line(&mut about)?;
        let about: Value = serde_json::from_str(&about).context("the peers failed")?;
        let value = about["value"].as_f64().context("no value")?;
        Ok(Self { process, answers, versions: about["versions"].clone(), value })
    }

    /// The seconds that a task takes.
    fn time(&mut self, task: &str) -> Result<f64> {
        writeln!(self.process.stdin.as_mut().context("no input")?, "{task}")?;
        let mut seconds = String::new();
        self.answers.read_line(&mut seconds)?;
        seconds.trim().parse().with_context(|| format!("the peers failed at {task}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Its input ends, and so does it.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
