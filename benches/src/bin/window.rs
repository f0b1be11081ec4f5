//! From the start of the program to the first sample on the screen, in a project of a million samples,
//! beside an empty window built with the same versions. Linux only, because of how it looks.
//!
//! ```text
//! cargo xtask run --release        (or: build the interface once)
//! cargo build --release -p assay-desktop --bin assay-desktop --example empty-window
//! cargo run --release -p assay-benches --bin window
//! ```
//!
//! Neither program knows that it is watched. Xvfb keeps its screen in a file; this program reads the middle
//! of it, where the sample (or the empty window's line of text) stands, every two milliseconds, and takes
//! the moment of its last change. `ASSAY_BENCH_SAMPLES` (default 1000000) makes the project smaller for a
//! quick look, `ASSAY_BENCH_RUNS` (default 11) sets the number of runs of each. The last screen of each is
//! kept beside the programs as an `.xwd`, to see what was measured.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use assay_model::{ExternalId, Message, MessageRole, Response, Rubric, Sample, Settings};
use assay_store::{NewProject, Store, SystemWorld};

/// How long the middle must stay as it is before its last change counts as the last one.
const STILL: Duration = Duration::from_millis(1500);
const LIMIT: Duration = Duration::from_secs(60);
/// What the promise allows.
const ALLOWED: f64 = 1.5;
/// The middle of the window, in pixels: within the column of the conversation and the response.
const MIDDLE: Area = Area { left: 400, top: 130, width: 400, height: 500 };

fn main() -> Result<()> {
    let samples = number("ASSAY_BENCH_SAMPLES", 1_000_000)?;
    let runs = number("ASSAY_BENCH_RUNS", 11)?;
    let assay = built("assay-desktop")?;
    let empty = built("examples/empty-window")?;
    let home = tempfile::Builder::new().prefix("assay-bench-window").tempdir()?;
    let started = Instant::now();
    let project = project(&home.path().join("large.assay"), samples)?;
    println!("made a project of {samples} samples in {:.1} s", started.elapsed().as_secs_f64());

    let mut times = [Vec::new(), Vec::new()];
    for run in 0..=runs {
        for (side, (program, arguments)) in
            [(&empty, Vec::new()), (&assay, vec!["--project".into(), project.clone()])]
                .into_iter()
                .enumerate()
        {
            let time = start_of(program, &arguments, home.path())?;
            // The first run fills the system's caches, for both.
            if run > 0 {
                times[side].push(time);
            }
        }
    }
    let [empty, assay] = times.map(Times::of);
    println!("\nfrom start to the first sample, {runs} runs each, by turns");
    println!("{:<24}{:>10}{:>10}{:>10}", "", "median", "fastest", "slowest");
    for (name, times) in [("an empty window", &empty), ("Assay, first sample", &assay)] {
        let [median, least, most] = [times.median, times.least, times.most].map(milliseconds);
        println!("{name:<24}{median:>10}{least:>10}{most:>10}");
    }
    let ratio = assay.median.as_secs_f64() / empty.median.as_secs_f64();
    let verdict = if ratio <= ALLOWED { "within" } else { "over" };
    println!("ratio {ratio:.2}, {verdict} the {ALLOWED} allowed");
    Ok(())
}

/// The time from the start of a program to the last change in the middle of its window.
fn start_of(program: &Path, arguments: &[PathBuf], home: &Path) -> Result<Duration> {
    let screen = Screen::start()?;
    let mut before = screen.middle()?;
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .env("DISPLAY", &screen.name)
        .env_remove("WAYLAND_DISPLAY")
        .env("GDK_BACKEND", "x11")
        .env("NO_AT_BRIDGE", "1")
        .env("ASSAY_HOME", home)
        .env("XDG_DATA_HOME", home.join(".webview"))
        .env("XDG_CACHE_HOME", home.join(".webview"))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{} could not be started", program.display()))?;
    let mut last = None;
    while last.is_none_or(|time| start.elapsed() < time + STILL) && start.elapsed() < LIMIT {
        std::thread::sleep(Duration::from_millis(2));
        let now = screen.middle()?;
        if differs(&before, &now) {
            last = Some(start.elapsed());
            before = now;
        }
    }
    screen.keep(&program.with_extension("xwd"))?;
    // It may have ended by itself, and then nothing was shown.
    let _ = child.kill();
    let _ = child.wait();
    last.with_context(|| format!("{} showed nothing", program.display()))
}

/// Whether anybody could see a difference: WebKit draws the same text again with colours that are off by one.
fn differs(before: &[u8], now: &[u8]) -> bool {
    before.len() != now.len() || before.iter().zip(now).any(|(a, b)| a.abs_diff(*b) > 2)
}

/// A display in memory whose pixels can be read from a file.
struct Screen {
    server: Child,
    name: String,
    folder: tempfile::TempDir,
    /// Where the pixels begin in the file, and how many bytes a row of them takes.
    pixels: (u64, u64),
}

#[derive(Clone, Copy)]
struct Area {
    left: u64,
    top: u64,
    width: u64,
    height: u64,
}

impl Screen {
    fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("assay-bench-screen").tempdir()?;
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-fbdir"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb could not be started")?;
        let mut number = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut number)?;
        }
        let mut screen = Self { server, name: format!(":{}", number.trim()), folder, pixels: (0, 0) };
        ensure!(!number.trim().is_empty(), "Xvfb ended before it opened a display");
        screen.pixels = screen.layout()?;
        Ok(screen)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("Xvfb_screen0")
    }

    /// Reads the header of the X window dump: big-endian words, then the colours, then the pixels.
    fn layout(&self) -> Result<(u64, u64)> {
        let mut header = [0; 100];
        File::open(self.file())?.read_exact(&mut header)?;
        let word = |index: usize| {
            let at = index * 4;
            u64::from(u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]))
        };
        let (size, bits, row, colours) = (word(0), word(11), word(12), word(19));
        if bits != 32 {
            bail!("the screen has {bits} bits a pixel instead of 32");
        }
        Ok((size + colours * 12, row))
    }

    /// Every fourth row of the middle.
    fn middle(&self) -> Result<Vec<u8>> {
        let mut file = File::open(self.file())?;
        let (start, row) = self.pixels;
        let mut pixels = Vec::new();
        for y in (MIDDLE.top..MIDDLE.top + MIDDLE.height).step_by(4) {
            file.seek(SeekFrom::Start(start + y * row + MIDDLE.left * 4))?;
            file.by_ref().take(MIDDLE.width * 4).read_to_end(&mut pixels)?;
        }
        Ok(pixels)
    }

    fn keep(&self, to: &Path) -> Result<()> {
        fs::copy(self.file(), to)?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // One that ended by itself is what was wanted.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn project(path: &Path, samples: u64) -> Result<PathBuf> {
    let rubric: Rubric = serde_json::from_str(include_str!("../../../fixtures/demo/rubric.json"))?;
    let new = NewProject { settings: Settings::named("Large"), rubric, owner_name: "Ada".to_owned() };
    let store = Store::create(path, &new, Arc::new(SystemWorld))?;
    let all: Vec<u64> = (0..samples).collect();
    for batch in all.chunks(10_000) {
        store.add_samples(&batch.iter().copied().map(sample).collect::<Vec<_>>())?;
    }
    Ok(path.to_owned())
}

fn sample(number: u64) -> Sample {
    let question = format!("Where is order {number}, and when will it arrive?");
    let answer = format!(
        "Order **{number}** left our warehouse on Monday.\n\n- It arrives within three working days.\n- \
         Customs may ask for its invoice, which lies in your account.\n\n{}",
        "You can follow it on the carrier's page, and change the address until it is out for delivery. "
            .repeat(6)
    );
    Sample {
        external_id: ExternalId(format!("order-{number}")),
        messages: vec![Message { role: MessageRole::User, content: question }],
        responses: vec![Response { text: answer, ..Response::default() }],
        ..Sample::default()
    }
}

struct Times {
    median: Duration,
    least: Duration,
    most: Duration,
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |index: usize| times.get(index).copied().unwrap_or_default();
        Self { median: at(times.len() / 2), least: at(0), most: at(times.len().saturating_sub(1)) }
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1000.0)
}

fn number(name: &str, usual: u64) -> Result<u64> {
    std::env::var(name)
        .map_or(Ok(usual), |given| given.parse().with_context(|| format!("{name} is a number")))
}

/// A program in the folder in which this one was built.
fn built(name: &str) -> Result<PathBuf> {
    let me = std::env::current_exe()?;
    let program = me.parent().context("this program lies in no folder")?.join(name);
    if !program.exists() {
        bail!("{} is not built; the head of this file says how", program.display());
    }
    Ok(program)
}
