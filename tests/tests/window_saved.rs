//! Promise 1: saved means saved. What the window shows as saved is there after the process was killed, at
//! whatever moment.

#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use assay_tests::desktop::{Display, Window};
use assay_tests::{processes, project};
use fantoccini::key::Key;
use serde::Deserialize;
use serde_json::{Value, json};

/// How often it is killed at least, and how often work must have been seen as saved by then. A machine that is
/// busy takes longer for both, which is no fault.
const ROUNDS: u32 = 16;
const SNAPSHOTS: u64 = 100;
/// After how many steps of work it is killed at the latest; a sample takes about twenty. Steps and not seconds,
/// so that a busy machine kills in the middle of the same work.
const STEPS: u64 = 60;
/// What is too long even for a busy machine.
const LIMIT: Duration = Duration::from_secs(480);
const ANSWER: &str = "Paris is the capital of France. It lies on the Seine.";

/// What the window shows, read in one go between two tasks of the page.
#[derive(Debug, Clone, Deserialize)]
struct Shown {
    /// Whether the indicator says that everything is on the disk.
    saved: bool,
    sample: Option<String>,
    grades: BTreeMap<String, String>,
    note: String,
    /// The text of the correction, while its field is open.
    correction: Option<String>,
}

const SHOWN: &str = "
    const grades = {};
    for (const row of document.querySelectorAll('[data-rubric=current] [data-dimension]')) {
      const on = row.querySelector('[aria-checked=true]');
      if (on) grades[row.dataset.dimension] = on.textContent.trim();
    }
    return {
      saved: document.querySelector('button.state')?.classList.contains('saved') ?? false,
      sample: document.querySelector('[data-pane=current] .about .id')?.textContent.trim() ?? null,
      grades,
      note: document.querySelector('[data-rubric=current] textarea')?.value ?? '',
      correction: document.querySelector('[data-pane=current] article textarea')?.value ?? null,
    };";

/// The work on a sample that was seen as saved.
#[derive(Debug, Clone, Default)]
struct Saved {
    grades: BTreeMap<String, String>,
    note: String,
    correction: String,
    submitted: bool,
}

#[tokio::test]
#[ignore = "needs the window: cargo xtask test window"]
async fn what_was_shown_as_saved_survives_a_kill_at_any_moment() -> Result<()> {
    let home = tempfile::tempdir()?;
    let samples: Vec<Value> = (0..400)
        .map(|number| json!({ "id": format!("s-{number}"), "prompt": "What is the capital of France?", "response": ANSWER }))
        .collect();
    let file = project::with_samples(home.path(), "Killed", &samples)?;
    let display = Display::start()?;
    let mut chance = Chance(seed());
    println!("seed {}", chance.0);

    let start = Instant::now();
    let mut saved: BTreeMap<String, Saved> = BTreeMap::new();
    let (mut rounds, mut snapshots) = (0, 0);
    while rounds < ROUNDS || snapshots < SNAPSHOTS {
        anyhow::ensure!(start.elapsed() < LIMIT, "only {rounds} kills, {snapshots} times seen as saved");
        let window = Window::open(&display, home.path(), &["--project", &file]).await?;
        // Not the response itself: a corrected one is shown as its changes.
        window.find("[data-pane=current] .about .id").await?;
        let opened = shown(&window).await?;
        // What a person sees first after the crash is what they had seen as saved.
        if let Some(sample) = &opened.sample
            && let Some(before) = saved.get(sample)
        {
            holds(before, &opened.grades, &opened.note, opened.correction.as_deref())
                .with_context(|| format!("round {rounds}: {sample} reopened as {opened:?}"))?;
        }
        snapshots += work_until_killed(&window, &mut chance, &mut saved)
            .await
            .with_context(|| format!("round {rounds}"))?;
        drop(window);
        check(home.path(), &file, &saved).with_context(|| format!("round {rounds}"))?;
        rounds += 1;
    }
    println!("{rounds} kills, {snapshots} times seen as saved, {} samples", saved.len());
    Ok(())
}

/// Grades, writes and corrects, sample after sample, and has the window killed on the way, while it goes on;
/// remembers what was shown as saved, and answers how often that was.
async fn work_until_killed(
    window: &Window,
    chance: &mut Chance,
    saved: &mut BTreeMap<String, Saved>,
) -> Result<u64> {
    let mut seen = 0;
    let mut steps_left = chance.below(STEPS);
    let mut killer = None;
    let ended = |killer: Option<JoinHandle<()>>, seen| {
        killer
            .context("the window went before it was killed")?
            .join()
            .ok()
            .context("the killer ended badly")?;
        Ok(seen)
    };
    loop {
        let mut steps: Vec<Step> = (0..5).map(|_| Step::Text((1 + chance.below(5)).to_string())).collect();
        steps.extend([Step::Text("n".to_owned()), Step::End]);
        steps.extend(words(chance).into_iter().map(Step::Text));
        steps.extend([Step::Key(Key::Escape), Step::Text("e".to_owned()), Step::Start]);
        steps.extend(words(chance).into_iter().map(Step::Text));
        steps.push(Step::Key(Key::Escape));
        steps.push(Step::Submit);
        for step in steps {
            if steps_left == 0 && killer.is_none() {
                killer = Some(kill_after(window, Duration::from_millis(chance.below(100))));
            }
            steps_left = steps_left.saturating_sub(1);
            let submitting = match &step {
                Step::Submit => shown(window).await.ok(),
                _ => None,
            };
            let taken = match step {
                Step::Text(text) => window.type_text(&text).await,
                Step::Key(key) => window.key(key).await,
                Step::Start => window.chord(&[Key::Control], char::from(Key::Home)).await,
                Step::End => window.chord(&[Key::Control], char::from(Key::End)).await,
                Step::Submit => window.chord(&[Key::Control], char::from(Key::Enter)).await,
            };
            if taken.is_err() {
                return ended(killer, seen);
            }
            for _ in 0..1 + chance.below(3) {
                let Ok(now) = shown(window).await else { return ended(killer, seen) };
                let Some(sample) = now.sample.clone().filter(|_| now.saved) else { continue };
                seen += 1;
                if let Some(before) = &submitting
                    && let Some(done) = &before.sample
                    && *done != sample
                {
                    let known = saved.entry(done.clone()).or_default();
                    known.submitted = true;
                    known.grades.clone_from(&before.grades);
                }
                let known = saved.entry(sample).or_default();
                known.grades = now.grades;
                known.note = now.note;
                if let Some(correction) = now.correction {
                    known.correction = correction;
                }
            }
        }
    }
}

enum Step {
    Text(String),
    Key(Key),
    /// To the start of the text.
    Start,
    /// To the end of the text.
    End,
    Submit,
}

/// Some words, in pieces as they are typed.
fn words(chance: &mut Chance) -> Vec<String> {
    (0..2 + chance.below(4)).map(|_| format!("w{} ", chance.below(1_000_000))).collect()
}

/// Everything that was seen as saved, in the file itself.
fn check(home: &Path, file: &str, saved: &BTreeMap<String, Saved>) -> Result<()> {
    let app = project::app(home);
    for (sample, saved) in saved {
        let page = project::call(
            &app,
            "samples.list",
            &json!({ "project": file, "filter": { "text": sample }, "limit": 500 }),
        )?;
        let row = page["rows"].as_array().into_iter().flatten().find(|row| row["external_id"] == **sample);
        let id = &row.with_context(|| format!("{sample} is not listed in {page}"))?["sample"];
        let view = project::call(&app, "grade.get", &json!({ "project": file, "sample": id }))?;
        let work = &view["work"]["responses"][0];
        let grades = work["grades"].as_object().into_iter().flatten();
        let grades = grades.map(|(dimension, grade)| (dimension.clone(), grade.to_string())).collect();
        let correction = work["correction"].as_str().unwrap_or(ANSWER);
        holds(saved, &grades, work["note"].as_str().unwrap_or_default(), Some(correction))
            .with_context(|| format!("{sample} holds {work}"))?;
        if saved.submitted {
            anyhow::ensure!(view["submission"]["state"] == "submitted", "{sample} is not submitted: {view}");
        }
    }
    Ok(())
}

/// Whether work holds everything that was saved. More may have come since: text only grew, at the end of the
/// note and before the rest of the correction, and a grade is never taken away.
fn holds(
    saved: &Saved,
    grades: &BTreeMap<String, String>,
    note: &str,
    correction: Option<&str>,
) -> Result<()> {
    for dimension in saved.grades.keys() {
        anyhow::ensure!(
            grades.contains_key(dimension),
            "the grade for {dimension} is lost; saved was {saved:?}"
        );
    }
    anyhow::ensure!(note.starts_with(&saved.note), "the note {note:?} lost some of {:?}", saved.note);
    if let Some(correction) = correction {
        let all_there = saved.correction.split_inclusive(' ').all(|word| correction.contains(word));
        anyhow::ensure!(all_there, "the correction {correction:?} lost some of {:?}", saved.correction);
    }
    Ok(())
}

async fn shown(window: &Window) -> Result<Shown> {
    Ok(serde_json::from_value(window.run(SHOWN).await?)?)
}

/// Kills the window's process after a while, whatever it does then.
fn kill_after(window: &Window, after: Duration) -> JoinHandle<()> {
    let pid = window.pid;
    std::thread::spawn(move || {
        std::thread::sleep(after);
        processes::kill(&[pid]);
    })
}

/// A small generator of numbers, so that a failed run can be repeated by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn seed() -> u64 {
    let given = std::env::var("ASSAY_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(1, |since| since.as_nanos() as u64 | 1)
    })
}
