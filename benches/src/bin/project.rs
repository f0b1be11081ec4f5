//! Import and export of a project of 10,000 samples (22 MB), beside what they cannot beat: a bare bulk
//! insert of the same rows by the same SQLite, and Python copying the same rows from SQLite to JSONL.
//!
//! `cargo run --release -p assay-benches --bin project` prints the median of each and the ratio that must
//! hold. What is compared is run by turns, so that whatever else the machine does falls on both, after one
//! round that is not counted. `ASSAY_BENCH_RUNS` (default 9) sets the number of rounds; an argument
//! (`import`, `memory`, `export`) runs one part only. The memory of an import is that of a process of its
//! own, which does nothing else.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use assay_api::{App, AppOptions, dispatch, wire::Job};
use assay_benches::figures::{peak_memory_mb, setting};
use rusqlite::{Connection, params_from_iter, types::Value as Cell};
use serde_json::{Value, json};

const SAMPLES: usize = 10_000;
/// Of so many samples one is golden, so that an export has something to keep out.
const GOLDEN: usize = 100;
/// Vowels and consonants by turns make words that look like some language.
const SYLLABLES: [&str; 24] = [
    "ka", "to", "ri", "me", "lo", "sa", "ne", "vi", "du", "po", "ta", "re", "mi", "no", "la", "si", "be",
    "go", "fa", "ru", "de", "ja", "wo", "hi",
];

/// What Python does with the two tables: read each row, write it as a line. With the bodies as the texts
/// that they are, or parsed and written again.
const PYTHON: &str = r#"
import json, sqlite3, sys, time
begun = time.perf_counter()
rows = sqlite3.connect(sys.argv[1]).execute(
    "SELECT s.id, s.external_id, s.body, a.body FROM sample s JOIN annotation a ON a.sample = s.n ORDER BY s.external_id")
parse = json.loads if sys.argv[3] == "parsed" else str
with open(sys.argv[2], "w", encoding="utf-8") as out:
    for id, name, sample, annotation in rows:
        out.write(json.dumps({"id": id.hex(), "name": name, "sample": parse(sample),
                              "annotation": parse(annotation)}, ensure_ascii=False) + "\n")
print(time.perf_counter() - begun)
"#;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [how, file, home] = arguments.as_slice()
        && how == "import-alone"
    {
        return import_alone(Path::new(file), Path::new(home));
    }
    let runs = setting("ASSAY_BENCH_RUNS", 9)?;
    let wanted = |part: &str| arguments.first().is_none_or(|only| only == part);
    let folder = tempfile::Builder::new().prefix("assay-bench-project").tempdir()?;
    let file = folder.path().join("samples.jsonl");
    let work = folder.path().join("work.jsonl");
    write_samples(&file, SAMPLES)?;
    write_work(&work)?;
    let size = fs::metadata(&file)?.len() as f64 / 1e6;
    println!("{SAMPLES} samples, {size:.1} MB; medians of {runs} rounds, by turns\n");
    if wanted("import") {
        imports(folder.path(), &file, runs)?;
    }
    if wanted("memory") {
        memory(folder.path())?;
    }
    if wanted("export") {
        exports(folder.path(), &file, &work, runs)?;
    }
    Ok(())
}

/// Words as in a natural text: a few of them often, many seldom; always the same.
fn prose(seed: usize, words: usize) -> String {
    let mut state = seed as u64 * 2_654_435_761 + 1;
    let mut text = String::new();
    for i in 0..words {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = (state >> 40) as f64 / (1_u64 << 24) as f64;
        let mut word = (share.powi(4) * 8_000.0) as usize;
        if i > 0 {
            text.push(if i % 14 == 0 { '\n' } else { ' ' });
        }
        while word > 0 || text.is_empty() || text.ends_with([' ', '\n']) {
            text.push_str(SYLLABLES[word % SYLLABLES.len()]);
            word /= SYLLABLES.len();
        }
    }
    text
}

fn response(i: usize) -> String {
    prose(i, 280)
}

fn write_samples(file: &Path, samples: usize) -> Result<()> {
    let mut out = std::io::BufWriter::new(fs::File::create(file)?);
    for i in 0..samples {
        let component = if i % GOLDEN == 0 { "golden" } else { "representative" };
        let line = json!({
            "id": format!("sample-{i:06}"), "prompt": prose(i + samples, 92), "response": response(i),
            "locale": "en-GB", "task_type": "support", "tags": ["bench"], "component": component,
        });
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

fn write_work(work: &Path) -> Result<()> {
    let mut out = std::io::BufWriter::new(fs::File::create(work)?);
    for i in 0..SAMPLES {
        let line = json!({
            "sample": format!("sample-{i:06}"),
            "grades": { "accuracy": i % 5 + 1, "relevance": 4, "completeness": 3, "tone": 5, "safety": 5 },
            "verdict": "fail", "correction": response(i).replacen(" ka ", " ka and wind ", 1) + " Ask us.",
            "active_ms": 40_000,
        });
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

fn call(app: &App, name: &str, request: &Value) -> Result<Value> {
    match dispatch(app, name, &request.to_string()) {
        Ok(answer) => Ok(serde_json::from_str(&answer)?),
        Err(error) => bail!("{name}: {error}"),
    }
}

fn job(app: &App, name: &str, request: &Value) -> Result<()> {
    let job: Job = serde_json::from_value(call(app, name, request)?)?;
    app.wait(&job).map(|_| ()).map_err(|error| anyhow::anyhow!("{name}: {error}"))
}

/// The median of the rounds that count, in milliseconds.
fn median(times: &[Duration]) -> f64 {
    let mut times: Vec<Duration> = times.iter().skip(1).copied().collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1e3
}

fn line(name: &str, times: &[Duration], ratio: &str) {
    println!("{name:<40}{:>8.0} ms   {ratio}", median(times));
}

fn new_project(home: &Path, name: &str) -> Result<(App, String)> {
    let app = App::new(AppOptions::at(home));
    let project = call(&app, "project.create", &json!({ "name": name }))?;
    let file = project["file"].as_str().context("no file")?.to_owned();
    Ok((app, file))
}

fn imports(folder: &Path, file: &Path, runs: usize) -> Result<()> {
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for run in 0..=runs {
        let (app, project) = new_project(folder, &format!("import {run}"))?;
        let begun = Instant::now();
        job(&app, "import.start", &json!({ "project": project, "paths": [file] }))?;
        ours.push(begun.elapsed());
        drop(app);
        if rows.is_empty() {
            rows = rows_of(&project)?;
            ensure!(rows.len() == SAMPLES, "{} samples were imported", rows.len());
        }
        fs::remove_file(&project)?;
        let path = folder.join("bare.db");
        bare.push(bare_insert(&path, &rows)?);
        fs::remove_file(&path)?;
    }
    let ratio = median(&ours) / median(&bare);
    line("bare bulk insert, one transaction", &bare, "");
    line("import, parsed and checked", &ours, &format!("ratio {ratio:.2}   (wanted: at most 2)\n"));
    Ok(())
}

/// The columns of a sample, as our own import has made them.
const COLUMNS: &str = "id, author, device, device_no, time, external_id, content_hash, component, task_type, \
                       locale, segment, title, response_count, models, body";

fn rows_of(project: &str) -> Result<Vec<Vec<Cell>>> {
    let database = Connection::open(project)?;
    let mut query = database.prepare(&format!("SELECT {COLUMNS} FROM sample ORDER BY n"))?;
    let count = query.column_count();
    let rows = query.query_map([], |row| (0..count).map(|column| row.get(column)).collect())?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The same rows, made beforehand, with the same keys, in the same journal mode, as durable as ours.
fn bare_insert(path: &Path, rows: &[Vec<Cell>]) -> Result<Duration> {
    let mut database = Connection::open(path)?;
    database.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA cache_size = -32768;
         CREATE TABLE sample (n INTEGER PRIMARY KEY, id BLOB UNIQUE, author, device, device_no, time,
           external_id TEXT UNIQUE, content_hash, component, task_type, locale, segment, title,
           response_count, models, body);",
    )?;
    let begun = Instant::now();
    let transaction = database.transaction()?;
    {
        let places = vec!["?"; COLUMNS.split(',').count()].join(", ");
        let mut insert = transaction.prepare(&format!("INSERT INTO sample ({COLUMNS}) VALUES ({places})"))?;
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
    }
    transaction.commit()?;
    Ok(begun.elapsed())
}

/// The most memory that an import takes, for files of growing size.
fn memory(folder: &Path) -> Result<()> {
    for times in [1, 10] {
        let file = folder.join(format!("memory-{times}.jsonl"));
        write_samples(&file, SAMPLES * times)?;
        let home = folder.join(format!("memory-{times}"));
        let program = std::env::current_exe()?;
        let answer = Command::new(program).arg("import-alone").arg(&file).arg(&home).output()?;
        ensure!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
        let size = fs::metadata(&file)?.len() as f64 / 1e6;
        println!("importing {size:>6.1} MB: {}", String::from_utf8(answer.stdout)?.trim());
        fs::remove_file(&file)?;
        fs::remove_dir_all(&home)?;
    }
    println!();
    Ok(())
}

fn import_alone(file: &Path, home: &Path) -> Result<()> {
    let (app, project) = new_project(home, "alone")?;
    let before = peak_memory_mb("self");
    let begun = Instant::now();
    job(&app, "import.start", &json!({ "project": project, "paths": [file] }))?;
    println!(
        "{:.2} s, at most {:.0} MB of memory ({before:.0} MB before)",
        begun.elapsed().as_secs_f64(),
        peak_memory_mb("self")
    );
    Ok(())
}

fn exports(folder: &Path, file: &Path, work: &Path, runs: usize) -> Result<()> {
    let (app, project) = new_project(folder, "export")?;
    job(&app, "import.start", &json!({ "project": project, "paths": [file] }))?;
    call(&app, "annotations.from_file", &json!({ "project": project, "path": work, "rater": "ada" }))?;
    let script = folder.join("copy.py");
    fs::write(&script, PYTHON)?;
    let targets = call(&app, "export.targets", &json!({}))?;
    let targets: Vec<&str> =
        targets.as_array().into_iter().flatten().filter_map(|t| t["id"].as_str()).collect();
    let mut ours: Vec<Vec<Duration>> = vec![Vec::new(); targets.len()];
    let mut python = [Vec::new(), Vec::new()];
    for run in 0..=runs {
        for (target, times) in targets.iter().zip(&mut ours) {
            let out = folder.join(format!("{target}-{run}"));
            let begun = Instant::now();
            job(
                &app,
                "export.start",
                &json!({ "project": project, "choice": { "target": target }, "out": out }),
            )?;
            times.push(begun.elapsed());
            fs::remove_dir_all(&out)?;
        }
        for (how, times) in ["as text", "parsed"].iter().zip(&mut python) {
            let copy = folder.join("copy.jsonl");
            let answer = Command::new("python3").arg(&script).arg(&project).arg(&copy).arg(how).output()?;
            let seconds: f64 =
                String::from_utf8(answer.stdout)?.trim().parse().context("Python said nothing")?;
            times.push(Duration::from_secs_f64(seconds));
        }
    }
    line("Python, SQLite to JSONL, bodies as text", &python[0], "");
    line("Python, SQLite to JSONL, bodies parsed", &python[1], "");
    let [text, parsed] = python.map(|times| median(&times));
    for (target, times) in targets.iter().zip(ours) {
        let (to_text, to_parsed) = (median(&times) / text, median(&times) / parsed);
        line(
            &format!("export {target}"),
            &times,
            &format!("ratio {to_text:.2} and {to_parsed:.2}   (wanted: at most 1)"),
        );
    }
    Ok(())
}
