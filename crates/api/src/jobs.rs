//! Long work: it runs on a thread of its own, tells how far it is, and can be stopped.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::App;
use crate::app::Listeners;
use crate::error::{ApiError, ErrorCode, Result};
use crate::wire::{Event, Job, JobOutcome, JobState, OfJob};

/// The fewest milliseconds between two events of one job: more would only cost the window its frames.
const BETWEEN_EVENTS: Duration = Duration::from_millis(80);

/// All jobs of this run.
pub(crate) struct Jobs {
    listeners: Arc<Listeners>,
    count: AtomicU64,
    all: Mutex<HashMap<String, Arc<Running>>>,
}

/// A job as its own thread sees it.
pub(crate) struct Running {
    listeners: Arc<Listeners>,
    stop: AtomicBool,
    seen: Mutex<Seen>,
    ended: Condvar,
}

struct Seen {
    job: Job,
    told: Option<Instant>,
}

impl Jobs {
    pub(crate) fn new(listeners: Arc<Listeners>) -> Self {
        Self { listeners, count: AtomicU64::new(0), all: Mutex::default() }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Arc<Running>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a job and answers with how it stands at once.
    pub(crate) fn start(
        &self,
        title: String,
        work: impl FnOnce(&Running) -> Result<JobOutcome> + Send + 'static,
    ) -> Result<Job> {
        let id = format!("job-{}", self.count.fetch_add(1, Ordering::Relaxed) + 1);
        let job = Job {
            id: id.clone(),
            title,
            state: JobState::Running,
            fraction: 0.0,
            note: String::new(),
            outcome: None,
            error: None,
        };
        let running = Arc::new(Running {
            listeners: Arc::clone(&self.listeners),
            stop: AtomicBool::new(false),
            seen: Mutex::new(Seen { job: job.clone(), told: None }),
            ended: Condvar::new(),
        });
        self.all().insert(id, Arc::clone(&running));
        std::thread::Builder::new()
            .name("job".to_owned())
            .spawn(move || {
                let result = work(&running);
                running.end(result);
            })
            .map_err(no_thread)?;
        Ok(job)
    }

    fn find(&self, id: &str) -> Result<Arc<Running>> {
        self.all().get(id).cloned().ok_or_else(|| {
            ApiError::new(
                ErrorCode::NotFound,
                format!("There is no job {id}."),
                "it may be from an earlier run",
            )
        })
    }
}

/// What is said when the system gives no thread.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(crate) fn no_thread(error: std::io::Error) -> ApiError {
    ApiError::new(ErrorCode::Internal, format!("No thread could be started: {error}."), "try again")
}

impl Running {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says how far the job is; fails when the person stopped it.
    pub(crate) fn progress(&self, fraction: f64, note: impl FnOnce() -> String) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(ApiError::new(
                ErrorCode::Cancelled,
                "It was stopped; nothing was changed.",
                "start it again",
            ));
        }
        let mut seen = self.seen();
        if seen.told.is_none_or(|told| told.elapsed() >= BETWEEN_EVENTS) {
            seen.told = Some(Instant::now());
            seen.job.fraction = fraction.clamp(0.0, 1.0);
            seen.job.note = note();
            let job = seen.job.clone();
            drop(seen);
            self.listeners.tell(&Event::Job { job: Box::new(job) });
        }
        Ok(())
    }

    fn end(&self, result: Result<JobOutcome>) {
        let mut seen = self.seen();
        match result {
            Ok(outcome) => {
                seen.job.state = JobState::Done;
                seen.job.fraction = 1.0;
                seen.job.outcome = Some(outcome);
            }
            Err(error) if error.code == ErrorCode::Cancelled => {
                seen.job.state = JobState::Cancelled;
                seen.job.error = Some(error);
            }
            Err(error) => {
                seen.job.state = JobState::Failed;
                seen.job.error = Some(error);
            }
        }
        let job = seen.job.clone();
        drop(seen);
        self.ended.notify_all();
        self.listeners.tell(&Event::Job { job: Box::new(job) });
    }
}

impl App {
    /// Waits for a job to end, and gives what it did.
    ///
    /// # Errors
    /// The job's own error, or `cancelled`.
    pub fn wait(&self, job: &Job) -> Result<JobOutcome> {
        let running = self.jobs().find(&job.id)?;
        let mut seen = running.seen();
        while seen.job.state == JobState::Running {
            seen = running.ended.wait(seen).unwrap_or_else(PoisonError::into_inner);
        }
        match (&seen.job.outcome, &seen.job.error) {
            (Some(outcome), _) => Ok(outcome.clone()),
            (None, Some(error)) => Err(error.clone()),
            (None, None) => {
                Err(ApiError::new(ErrorCode::Internal, "The job ended without a word.", "try again"))
            }
        }
    }
}

pub(crate) fn get(app: &App, request: OfJob) -> Result<Job> {
    Ok(app.jobs().find(&request.job)?.seen().job.clone())
}

pub(crate) fn cancel(app: &App, request: OfJob) -> Result<Job> {
    let running = app.jobs().find(&request.job)?;
    running.stop.store(true, Ordering::Relaxed);
    let job = running.seen().job.clone();
    Ok(job)
}
