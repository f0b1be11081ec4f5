//! Figures for Prometheus, in its text format.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::Method;

use super::Server;

/// Upper bounds of the histogram of latencies, in seconds.
const BOUNDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// What is counted.
#[derive(Default)]
pub(super) struct Metrics {
    requests: Mutex<BTreeMap<(String, &'static str, u16), u64>>,
    latencies: Mutex<BTreeMap<String, Histogram>>,
    under_way: AtomicI64,
    received: AtomicU64,
    syncs: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
    sent: AtomicU64,
    agreement: AtomicU64,
}

#[derive(Default)]
struct Histogram {
    counts: [u64; BOUNDS.len()],
    sum: f64,
    count: u64,
}

/// A request under way, until it is dropped.
pub(super) struct UnderWay<'a>(&'a AtomicI64);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    pub(super) fn enter(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(&self.under_way)
    }

    pub(super) fn answered(&self, route: &str, method: &Method, status: u16, took: Duration) {
        let key = (route.to_owned(), known(method), status);
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
        let seconds = took.as_secs_f64();
        let mut latencies = self.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        let histogram = latencies.entry(route.to_owned()).or_default();
        for (count, bound) in histogram.counts.iter_mut().zip(BOUNDS) {
            *count += u64::from(seconds <= bound);
        }
        histogram.sum += seconds;
        histogram.count += 1;
    }

    pub(super) fn received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn synced(&self, accepted: usize, refused: usize, sent: usize, agreement: usize) {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.accepted.fetch_add(accepted as u64, Ordering::Relaxed);
        self.refused.fetch_add(refused as u64, Ordering::Relaxed);
        self.sent.fetch_add(sent as u64, Ordering::Relaxed);
        self.agreement.fetch_add(agreement as u64, Ordering::Relaxed);
    }

    /// All of it.
    pub(super) fn text(&self, server: &Server) -> String {
        let mut text = String::new();
        self.requests(&mut text);
        self.latencies(&mut text);
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed) as f64;
        let (unavailable, faults) = crate::db::failures();
        let facts = [("result=\"accepted\"", of(&self.accepted)), ("result=\"refused\"", of(&self.refused))];
        let database = [("kind=\"unavailable\"", unavailable as f64), ("kind=\"fault\"", faults as f64)];
        let mut family = |name: &str, kind: &str, help: &str, values: &[(&str, f64)]| {
            head(&mut text, name, kind, help);
            for (labels, value) in values {
                let braces = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
                let _ = writeln!(text, "{name}{braces} {value}");
            }
        };
        family(
            "assay_hub_syncs_total",
            "counter",
            "Steps of syncs that were answered.",
            &[("", of(&self.syncs))],
        );
        family("assay_hub_facts_received_total", "counter", "Facts that laptops sent.", &facts);
        family("assay_hub_facts_sent_total", "counter", "Facts that laptops read.", &[("", of(&self.sent))]);
        family(
            "assay_hub_agreement_updates_total",
            "counter",
            "Dimensions whose numbers were said anew.",
            &[("", of(&self.agreement))],
        );
        family(
            "assay_hub_request_bytes_total",
            "counter",
            "Bytes of bodies, as they travelled.",
            &[("", of(&self.received))],
        );
        family("assay_hub_database_errors_total", "counter", "Failures of the database.", &database);
        let under_way = self.under_way.load(Ordering::Relaxed) as f64;
        family("assay_hub_requests_under_way", "gauge", "Requests not answered yet.", &[("", under_way)]);
        let at_work = server.settings.at_once.saturating_sub(server.turns.available_permits()) as f64;
        family("assay_hub_requests_at_work", "gauge", "Requests that have their turn.", &[("", at_work)]);
        if let Some(bytes) = resident() {
            family(
                "process_resident_memory_bytes",
                "gauge",
                "Memory that the process holds.",
                &[("", bytes as f64)],
            );
        }
        text
    }

    fn requests(&self, text: &mut String) {
        let name = "assay_hub_requests_total";
        head(text, name, "counter", "Requests answered.");
        for ((route, method, status), count) in &*self.requests.lock().unwrap_or_else(PoisonError::into_inner)
        {
            let _ =
                writeln!(text, "{name}{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}} {count}");
        }
    }

    fn latencies(&self, text: &mut String) {
        let name = "assay_hub_request_seconds";
        head(text, name, "histogram", "Time from a request’s headers to its answer.");
        for (route, histogram) in &*self.latencies.lock().unwrap_or_else(PoisonError::into_inner) {
            for (count, bound) in histogram.counts.iter().zip(BOUNDS) {
                let _ = writeln!(text, "{name}_bucket{{route=\"{route}\",le=\"{bound}\"}} {count}");
            }
            let _ = writeln!(text, "{name}_bucket{{route=\"{route}\",le=\"+Inf\"}} {}", histogram.count);
            let _ = writeln!(text, "{name}_sum{{route=\"{route}\"}} {}", histogram.sum);
            let _ = writeln!(text, "{name}_count{{route=\"{route}\"}} {}", histogram.count);
        }
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// A method as a label; whoever invents methods makes no new labels.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// The memory of this process, in bytes, where the system says it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
