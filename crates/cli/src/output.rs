//! Where answers and errors go: data to stdout, everything else to stderr.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex};

use assay_api::wire::{Event, Job, JobOutcome, OfJob};
use assay_api::{ApiError, App, ErrorCode, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// How to answer.
pub struct Output {
    json: bool,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether stdout is for a program.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A line for people; nothing under `--json`.
    pub fn say(&self, line: impl AsRef<str>) {
        if !self.json {
            self.line(line.as_ref());
        }
    }

    /// A value for programs; nothing without `--json`.
    pub fn value(&self, value: &impl Serialize) {
        if self.json {
            match serde_json::to_string_pretty(value) {
                Ok(text) => self.line(&text),
                Err(error) => self.error(&internal(error)),
            }
        }
    }

    /// A value for programs, on one line, while the command goes on; nothing without `--json`.
    pub fn value_line(&self, value: &serde_json::Value) {
        if self.json {
            self.line(&value.to_string());
        }
    }

    /// A value for programs that may be very long: on one line unless a person looks at it, and never held in
    /// memory as text.
    pub fn long_value(&self, value: &impl Serialize) {
        if !self.json {
            return;
        }
        let stdout = std::io::stdout();
        let mut writer = std::io::BufWriter::with_capacity(1 << 20, stdout.lock());
        let written = if stdout.is_terminal() {
            serde_json::to_writer_pretty(&mut writer, value)
        } else {
            serde_json::to_writer(&mut writer, value)
        };
        match written {
            // A closed pipe is no error, as in `line`.
            Err(error) if !error.is_io() => self.error(&internal(error)),
            _ => {
                let _ = writer.write_all(b"\n").and_then(|()| writer.flush());
            }
        }
    }

    /// A line on stdout. A closed pipe is no error: the reader has seen enough.
    pub fn line(&self, line: &str) {
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }

    /// Something worth knowing that is not the answer.
    pub fn note(&self, line: impl AsRef<str>) {
        let _ = writeln!(std::io::stderr().lock(), "{}", line.as_ref());
    }

    /// The one error with which a command ends.
    pub fn error(&self, error: &ApiError) {
        let mut stderr = std::io::stderr().lock();
        if self.json {
            let _ = writeln!(stderr, "{}", json!({ "error": error }));
            return;
        }
        let place = &error.place;
        let at = match (&place.file, place.line) {
            (Some(file), Some(line)) => format!("{file}:{line}: "),
            (Some(file), None) if !error.message.contains(file.as_str()) => format!("{file}: "),
            _ => String::new(),
        };
        let _ = writeln!(stderr, "error: {at}{}", error.message);
        if !error.hint.is_empty() {
            let _ = writeln!(stderr, "\nhint: {}", error.hint);
        }
    }
}

fn internal(error: impl std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::Internal, format!("{error}."), "this is a fault of Assay; please report it")
}

/// Runs a command of the surface.
pub fn call<Answer: DeserializeOwned>(app: &App, name: &str, request: &impl Serialize) -> Result<Answer> {
    let request = serde_json::to_string(request).map_err(internal)?;
    serde_json::from_str(&assay_api::dispatch(app, name, &request)?).map_err(internal)
}

/// Runs a command that starts a job, shows how far it is, and waits for its end. Ctrl-C stops the job.
pub fn run_job(app: &App, name: &str, request: &impl Serialize) -> Result<JobOutcome> {
    let bar = bar();
    let shown = Arc::new(Mutex::new(bar.clone()));
    app.subscribe(Box::new(move |event| {
        if let (Event::Job { job }, Ok(bar)) = (event, shown.lock()) {
            bar.set_position((job.fraction * 1000.0) as u64);
            bar.set_message(job.note.clone());
        }
    }));
    let job: Job = call(app, name, request)?;
    bar.set_prefix(job.title.clone());
    let (stopping, id) = (app.clone(), job.id.clone());
    // A second handler in one process is refused; the first one then still ends the process.
    let _ = ctrlc::set_handler(move || {
        let _: Result<Job> = call(&stopping, "job.cancel", &OfJob { job: id.clone() });
    });
    let outcome = app.wait(&job);
    bar.finish_and_clear();
    outcome
}

fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(1000);
    if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar:.dim} {percent:>3} %  {msg}") {
        bar.set_style(style);
    }
    bar
}

/// A number with a thin grouping, as people read it.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// “1 sample”, “2 samples”.
pub fn count(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}
