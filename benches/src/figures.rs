//! How time and memory are measured, and how figures are printed.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;

/// How long something took, and how much of it this thread was on a processor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// By the clock.
    pub wall: Duration,
    /// On a processor.
    pub cpu: Duration,
}

/// Runs something and says how long it took.
pub fn took(run: impl FnOnce() -> Result<()>) -> Result<Took> {
    let (cpu, wall) = (on_cpu(), Instant::now());
    run()?;
    let wall = wall.elapsed();
    Ok(Took { wall, cpu: on_cpu().saturating_sub(cpu) })
}

/// How long this thread has been on a processor; nothing where the system does not tell.
#[cfg(target_os = "linux")]
fn on_cpu() -> Duration {
    let told = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(told).unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
fn on_cpu() -> Duration {
    Duration::ZERO
}

/// The middle and the slow end of many times.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// The median by the clock.
    pub p50: Duration,
    /// The 95th percentile by the clock.
    pub p95: Duration,
    /// The 99th percentile by the clock.
    pub p99: Duration,
    /// The median on a processor.
    pub cpu: Duration,
}

impl Times {
    /// Of those times.
    pub fn of(times: Vec<Took>) -> Self {
        let at = |share: usize, mut times: Vec<Duration>| {
            times.sort_unstable();
            times
                .get((times.len() * share / 100).min(times.len().saturating_sub(1)))
                .copied()
                .unwrap_or_default()
        };
        let wall = || times.iter().map(|took| took.wall).collect();
        Self {
            p50: at(50, wall()),
            p95: at(95, wall()),
            p99: at(99, wall()),
            cpu: at(50, times.iter().map(|took| took.cpu).collect()),
        }
    }
}

/// The middle one.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// In milliseconds.
pub fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}

/// How many times as long.
pub fn times_as_long(time: Duration, as_: Duration) -> f64 {
    time.as_secs_f64() / as_.as_secs_f64().max(1e-9)
}

/// The head of a table of [`row`]s and [`ratio`]s.
pub fn head() {
    println!("{:48} {:>12} {:>12} {:>12}", "", "p50", "p95", "on CPU");
}

/// One thing measured. Nothing is said of the processor where others than this thread did the work.
pub fn row(name: &str, times: Times) {
    let [p50, p95] = [times.p50, times.p95].map(milliseconds);
    let cpu = if times.cpu.is_zero() { "–".to_owned() } else { milliseconds(times.cpu) };
    println!("{name:48} {p50:>12} {p95:>12} {cpu:>12}");
}

/// One thing by another.
pub fn ratio(name: &str, times: Times, to: Times) {
    let by = |a: Duration, b: Duration| {
        if b.is_zero() { "–".to_owned() } else { format!("{:.2}x", times_as_long(a, b)) }
    };
    let [p50, p95, cpu] = [by(times.p50, to.p50), by(times.p95, to.p95), by(times.cpu, to.cpu)];
    println!("{name:48} {p50:>12} {p95:>12} {cpu:>12}");
}

/// The most memory a process ever had, in megabytes, as Linux tells; nothing elsewhere. `process` is a number
/// or `self`.
pub fn peak_memory_mb(process: &str) -> f64 {
    memory(process, "VmHWM:")
}

/// The memory a process has now, in megabytes, as Linux tells; nothing elsewhere.
pub fn memory_mb(process: &str) -> f64 {
    memory(process, "VmRSS:")
}

fn memory(process: &str, field: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes =
        line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}

/// Forgets the most memory that this process had so far.
pub fn forget_peak_memory() {
    // Where that is not possible, the most is that of the whole run.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// Whether every promise looked at so far was kept.
static KEPT: AtomicBool = AtomicBool::new(true);

/// What a promise is, and whether what was measured keeps it.
pub fn promise(measured: f64, at_most: f64) -> String {
    let kept = measured <= at_most;
    KEPT.fetch_and(kept, Ordering::Relaxed);
    format!("at most {at_most}: {}", if kept { "kept" } else { "NOT KEPT" })
}

/// Whether every [`promise`] of this run was kept.
pub fn all_kept() -> bool {
    KEPT.load(Ordering::Relaxed)
}

/// A number from the environment.
///
/// # Errors
/// When it is none.
pub fn setting(name: &str, usual: usize) -> Result<usize> {
    match std::env::var(name) {
        Ok(number) => number.parse().map_err(|_| anyhow::anyhow!("{name} is a number, not “{number}”")),
        Err(_) => Ok(usual),
    }
}
