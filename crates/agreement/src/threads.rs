//! A few threads for a few large parts. Results come back in the order of the parts, so nothing depends
//! on how many threads there are.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many threads are worth starting.
pub(crate) fn available() -> usize {
    #[cfg(test)]
    if let Some(threads) = tests::FORCED.get() {
        return threads;
    }
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(16)
}

/// Applies `work` to each part, on as many threads as there are processors.
pub(crate) fn map<P: Send, R: Send>(parts: Vec<P>, work: impl Fn(P) -> R + Sync) -> Vec<R> {
    let threads = available().min(parts.len());
    if threads <= 1 {
        return parts.into_iter().map(work).collect();
    }
    let count = parts.len();
    let parts: Vec<Mutex<Option<P>>> = parts.into_iter().map(|part| Mutex::new(Some(part))).collect();
    let results: Vec<Mutex<Option<R>>> = (0..count).map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let run = || {
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(slot) = parts.get(i) else { break };
            let part = slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            if let Some(part) = part {
                let result = work(part);
                *results[i].lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(result);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(run);
        }
        run();
    });
    results
        .into_iter()
        .filter_map(|result| result.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bootstrap, DimensionReport, Level, Limits, MISSING, Options, Ratings, Report, Scale};
    use std::cell::Cell;

    thread_local! {
        /// How many threads a test wants there to be.
        pub static FORCED: Cell<Option<usize>> = const { Cell::new(None) };
    }

    fn on<R>(threads: usize, work: impl FnOnce() -> R) -> R {
        FORCED.set(Some(threads));
        let result = work();
        FORCED.set(None);
        result
    }

    /// Grades with gaps, the same every time.
    fn ratings(units: u32, raters: u32) -> Ratings {
        let level = |i: u32| {
            let luck = i.wrapping_mul(2_654_435_761) >> 13;
            if luck.is_multiple_of(5) { MISSING } else { ((i / raters + luck % 3) % 5) as Level }
        };
        let levels: Vec<Level> = (0..units * raters).map(level).collect();
        Ratings::from_levels(Scale::range(1, 5).unwrap(), raters as usize, &levels).unwrap()
    }

    #[test]
    fn results_come_back_in_the_order_of_the_parts_on_any_number_of_threads() {
        for threads in [1, 2, 3, 8, 40] {
            let squares = on(threads, || map((0..100_u64).collect(), |i| i * i));
            assert_eq!(squares, (0..100).map(|i| i * i).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_report_with_its_bootstrap_is_the_same_to_the_last_bit_on_any_number_of_threads() {
        for (units, raters) in [(400, 3), (60, 25), (70_000, 2)] {
            for limits in [Limits::Percentile, Limits::Bca] {
                let bootstrap = Some(Bootstrap { replicates: 100, seed: 4, limits });
                let options = Options { bootstrap, ..Options::default() };
                let names: Vec<String> = (0..raters).map(|rater| format!("{rater:02}")).collect();
                let report = |threads| {
                    on(threads, || {
                        let report =
                            DimensionReport::new("x", &ratings(units, raters), &names, &options).unwrap();
                        serde_json::to_string(&report).unwrap()
                    })
                };
                let one = report(1);
                for threads in [2, 3, 8] {
                    assert!(report(threads) == one, "{units} units, {raters} raters, {threads} threads");
                }
            }
        }
    }

    #[test]
    fn a_large_table_gives_the_same_report_on_any_number_of_threads() {
        let mut text = String::from("item,rater,value\n");
        for i in 0..90_000_u32 {
            text.push_str(&format!("item {},rater {},{}\n", i % 30_000, i / 30_000, 1 + i * 7 % 11 % 5));
        }
        assert!(text.len() > 1 << 20);
        let report =
            |threads| on(threads, || Report::of_text(text.as_bytes(), None, &Options::default()).unwrap());
        let one = report(1);
        assert!([2, 3, 8].into_iter().all(|threads| report(threads) == one));
    }
}
