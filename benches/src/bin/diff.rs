//! Word diffs against npm `diff` and `diff-match-patch`, in one run: `cargo run --release -p assay-benches
//! --bin diff`. Needs Node; installs the two packages into `benches/peers` when they are missing.
//!
//! Promise: on pairs of 2 KB and 20 KB with 5 % and 30 % of the words edited, the whole pipeline (cutting,
//! comparing, clean-up, marks inside words, hunks) takes at most half the time of either. Exits with 1
//! when it does not.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use anyhow::{Context, Result, ensure};
use assay_diff::{Diff, FRAME, Options, diff, measure};
use serde_json::{Value, json};
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// How many rounds: ours, then the peers, again and again, so that a busy machine troubles all alike.
const ROUNDS: usize = 3;
/// Time for each pair, program and round.
const BUDGET: Duration = Duration::from_millis(400);
/// The factor that is promised.
const PROMISED: f64 = 2.0;

struct Pair {
    name: String,
    old: String,
    new: String,
}

fn main() -> Result<ExitCode> {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    install(&peers)?;
    let pairs: Vec<Pair> = [(2_000, 5), (2_000, 30), (20_000, 5), (20_000, 30)]
        .into_iter()
        .map(|(bytes, percent)| {
            let name = format!("{} KB, {percent} % of words edited", bytes / 1000);
            let (old, new) = edited(bytes, percent, 42);
            Pair { name, old, new }
        })
        .collect();

    let mut whole = vec![Vec::new(); pairs.len()];
    let mut aligned = vec![Vec::new(); pairs.len()];
    let mut theirs: Vec<Vec<Value>> = vec![Vec::new(); pairs.len()];
    let mut versions = Value::Null;
    for _ in 0..ROUNDS {
        for (index, Pair { old, new, .. }) in pairs.iter().enumerate() {
            whole[index].push(time(|| diff(old, new, &Options::default()).hunks.len()));
            aligned[index].push(time(|| assay_diff::matched_words(old, new)));
        }
        let answer = run_peers(&peers, &pairs)?;
        versions = answer["versions"].clone();
        for (index, pair) in answer["pairs"].as_array().context("no pairs in the answer")?.iter().enumerate()
        {
            theirs[index].push(pair["times"].clone());
        }
    }

    println!("Word diffs, median microseconds of {ROUNDS} rounds; peers: {versions}\n");
    let mut kept = true;
    for (index, pair) in pairs.iter().enumerate() {
        let ours = median(&mut whole[index]);
        let hunks = diff(&pair.old, &pair.new, &Options::default()).hunks.len();
        println!("{} ({hunks} hunks)", pair.name);
        println!("  {:42} {:>9.1}", "assay-diff, all of it", ours);
        println!("  {:42} {:>9.1}", "  of which cutting and comparing", median(&mut aligned[index]));
        for peer in theirs[index][0].as_object().context("no times in the answer")?.keys() {
            let mut times: Vec<f64> = theirs[index].iter().filter_map(|times| times[peer].as_f64()).collect();
            let time = median(&mut times);
            println!("  {peer:42} {time:>9.1}  {:.1} × ours", time / ours);
            kept &= time >= PROMISED * ours;
        }
    }
    long_texts();
    println!("\npromise of {PROMISED} × {}", if kept { "kept" } else { "BROKEN" });
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the deadline and the distances cost; no peer has either.
fn long_texts() {
    println!("\nDistances (exact), microseconds");
    for (bytes, percent) in [(2_000, 5), (20_000, 5), (20_000, 30)] {
        let (old, new) = edited(bytes, percent, 7);
        let both = time(|| measure(&old, &new, None).chars.distance);
        println!("  {:42} {both:>9.1}", format!("{} KB, {percent} % of words edited", bytes / 1000));
    }
    println!("\nLong texts, milliseconds, slowest of 5");
    let (a, b) = (edited(1_000_000, 5, 1), edited(1_000_000, 5, 2));
    let one_line = (a.0.replace('\n', " "), b.0.replace('\n', " "));
    let cases = [
        ("1 MB, 5 % edited", &a.0, &a.1),
        ("1 MB, other words in other order", &a.0, &b.0),
        ("the same in one line", &one_line.0, &one_line.1),
    ];
    for (name, old, new) in cases {
        for (deadline, label) in [(Some(FRAME), "in a frame"), (None, "no deadline")] {
            let mut slowest = Duration::ZERO;
            let mut refined = false;
            for _ in 0..if deadline.is_some() { 5 } else { 1 } {
                let started = Instant::now();
                let seen: Diff<'_> = black_box(diff(old, new, &Options { deadline, ..Options::default() }));
                slowest = slowest.max(started.elapsed());
                refined = seen.refined;
            }
            let millis = slowest.as_secs_f64() * 1e3;
            println!("  {:42} {millis:>9.1}  refined: {refined}", format!("{name}, {label}"));
        }
    }
}

/// Installs the peers as their lock file says, unless they are there.
fn install(peers: &Path) -> Result<()> {
    if peers.join("node_modules/diff/package.json").exists()
        && peers.join("node_modules/diff-match-patch/package.json").exists()
    {
        return Ok(());
    }
    let status = Command::new("npm").arg("ci").current_dir(peers).stdout(Stdio::null()).status();
    let status = status.context("cannot run npm; to fix: install Node.js with npm")?;
    ensure!(status.success(), "`npm ci` in benches/peers failed");
    Ok(())
}

fn run_peers(peers: &Path, pairs: &[Pair]) -> Result<Value> {
    let pairs: Vec<Value> =
        pairs.iter().map(|pair| json!({"name": pair.name, "old": pair.old, "new": pair.new})).collect();
    let question = json!({"millis": BUDGET.as_millis() as u64, "pairs": pairs}).to_string();
    let mut node = Command::new("node")
        .arg("diff_peer.mjs")
        .current_dir(peers)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run node; to fix: install Node.js")?;
    node.stdin.take().context("node has no standard input")?.write_all(question.as_bytes())?;
    let output = node.wait_with_output()?;
    ensure!(output.status.success(), "diff_peer.mjs failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The median time of `run` in microseconds, within the budget, after a warm-up as long as the peers'.
fn time<T>(mut run: impl FnMut() -> T) -> f64 {
    let started = Instant::now();
    while started.elapsed() < BUDGET / 3 {
        black_box(run());
    }
    let mut times = Vec::new();
    while times.len() < 5 || started.elapsed() < BUDGET {
        let before = Instant::now();
        black_box(run());
        times.push(before.elapsed().as_secs_f64() * 1e6);
    }
    median(&mut times)
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Prose of about `bytes` bytes, and the same with `percent` of its words replaced, removed or joined by
/// others. Words are drawn as in a language: few often, most seldom.
fn edited(bytes: usize, percent: u64, seed: u64) -> (String, String) {
    let mut random = Random(seed);
    let vocabulary: Vec<String> = (0..3000).map(|rank| word(&mut random, rank)).collect();
    let (mut old, mut new) = (String::new(), String::new());
    let mut in_sentence = 0;
    while old.len() < bytes {
        in_sentence += 1;
        let end = match random.below(100) {
            _ if in_sentence < 6 => " ",
            0..8 => ", ",
            8..16 => ". ",
            16..18 => ".\n\n",
            _ => " ",
        };
        if end.starts_with('.') {
            in_sentence = 0;
        }
        let kept = random.pick(&vocabulary);
        old.push_str(kept);
        old.push_str(end);
        let edit = if random.below(100) < percent { random.below(5) } else { 9 };
        match edit {
            0 => continue,
            1 => {
                new.push_str(random.pick(&vocabulary));
                new.push(' ');
                new.push_str(kept);
            }
            2 => {
                // A slip of the pen put right.
                new.push_str(kept);
                new.push_str(if kept.ends_with('s') { "ed" } else { "s" });
            }
            3 | 4 => new.push_str(random.pick(&vocabulary)),
            _ => new.push_str(kept),
        }
        new.push_str(end);
    }
    (old, new)
}

fn word(random: &mut Random, rank: u64) -> String {
    let syllables = 1 + (rank > 60) as u64 + random.below(2) + (rank > 800) as u64 * random.below(2);
    (0..syllables)
        .map(|_| {
            let onset = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "st", "tr", "v", "w"];
            let rhyme = ["a", "e", "i", "o", "u", "an", "en", "er", "is", "on", "ou", "al"];
            let onset = onset[random.below(onset.len() as u64) as usize];
            format!("{onset}{}", rhyme[random.below(rhyme.len() as u64) as usize])
        })
        .collect()
}

/// SplitMix64: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// The word of rank r about as often as 1 / r.
    fn pick<'a>(&mut self, vocabulary: &'a [String]) -> &'a str {
        let unit = self.next() as f64 / u64::MAX as f64;
        let rank = (vocabulary.len() as f64).powf(unit) as usize;
        &vocabulary[rank.min(vocabulary.len()) - 1]
    }
}
