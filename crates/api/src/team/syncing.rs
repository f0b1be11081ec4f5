//! Syncs: one at a time for each project, on request or by themselves.
//!
//! While a window has a project of a team open, a thread of its own syncs it: soon after something was
//! written, now and then otherwise, and after a failure later and later, each time with some jitter, so that
//! a team does not come back to its hub all at once. The window is never waited for, and never waits.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use assay_model::{Role, Timestamp};
use assay_store::Store;
use assay_sync::client::{self, Outcome, Progress, TransportError};
use assay_sync::http::Hub;
use assay_sync::wire::DimensionNumbers;

use super::replica::Laptop;
use super::{convert, credentials, no_hub};
use crate::App;
use crate::error::{ApiError, ErrorCode, Result};
use crate::wire::{Event, SyncState, TeamStatus};

/// The name that the hub's log sees.
const CLIENT: &str = concat!("assay/", env!("CARGO_PKG_VERSION"));
/// How soon after something was written it is sent.
const SOON: Duration = Duration::from_secs(3);
/// How often one looks for what others did.
const NOW_AND_THEN: Duration = Duration::from_secs(60);
/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The projects that are synced in this run.
#[derive(Default)]
pub(crate) struct Syncs(Mutex<HashMap<PathBuf, Arc<ProjectSync>>>);

/// One project's syncs.
pub(crate) struct ProjectSync {
    live: Mutex<Live>,
    wake: Condvar,
    stop: AtomicBool,
    /// Held by the sync under way.
    turn: Mutex<()>,
}

struct Live {
    state: SyncState,
    pushed: u64,
    pulled: u64,
    problem: Option<ApiError>,
    next: Option<Instant>,
    attended: bool,
    closed: bool,
}

impl Syncs {
    pub(super) fn of(&self, file: &Path) -> Arc<ProjectSync> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(file.to_owned()).or_insert_with(|| {
            Arc::new(ProjectSync {
                live: Mutex::new(Live {
                    state: SyncState::Idle,
                    pushed: 0,
                    pulled: 0,
                    problem: None,
                    next: None,
                    attended: false,
                    closed: false,
                }),
                wake: Condvar::new(),
                stop: AtomicBool::new(false),
                turn: Mutex::new(()),
            })
        }))
    }

    /// Ends the thread of a project that is closed; a sync under way stops at its next step.
    pub(crate) fn close(&self, file: &Path) {
        let gone = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(file);
        if let Some(sync) = gone {
            sync.live().closed = true;
            sync.stop.store(true, Ordering::Relaxed);
            sync.wake.notify_all();
        }
    }
}

impl ProjectSync {
    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a sync by then, at the latest.
    fn by(&self, when: Instant) {
        let mut live = self.live();
        if live.next.is_none_or(|next| next > when) {
            live.next = Some(when);
            self.wake.notify_all();
        }
    }

    /// Asks for a sync now.
    pub(super) fn now(&self) {
        self.stop.store(false, Ordering::Relaxed);
        self.by(Instant::now());
    }

    /// Stops the sync under way.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether a thread of its own syncs it.
    pub(super) fn is_attended(&self) -> bool {
        self.live().attended
    }
}

/// How a project stands with its hub.
pub(super) fn status(app: &App, store: &Store) -> Result<TeamStatus> {
    let hub = store.hub()?;
    let sync = app.syncs().of(store.path());
    let waiting = if hub.is_some() { store.outgoing_count()? } else { 0 };
    let refused = store.refused()?.iter().filter(|one| !one.kept).count() as u64;
    let (mut said, role) = (said_of_agreement(store)?, store.me().role);
    if role == Role::Annotator {
        // What was told while fewer were asked for.
        let fewest = u64::from(store.settings()?.minimum_people);
        said.retain(|one| one.raters >= fewest);
    }
    let agreement = said.iter().map(convert::numbers).collect();
    let live = sync.live();
    let now = Instant::now();
    let clock = app.world().now().0;
    let next = live.next.filter(|_| live.attended && live.state != SyncState::Syncing);
    Ok(TeamStatus {
        hub: hub.map(|hub| hub.address),
        state: live.state,
        role,
        synced: store.last_synced()?,
        waiting,
        refused,
        pushed: live.pushed,
        pulled: live.pulled,
        problem: live.problem.clone(),
        next_try: next.map(|next| {
            Timestamp(clock.saturating_add(next.saturating_duration_since(now).as_millis() as i64))
        }),
        agreement,
    })
}

/// What the hub last said of agreement, as it said it: to the last bit. Numbers of another version of Assay are
/// as good as none.
fn said_of_agreement(store: &Store) -> Result<Vec<DimensionNumbers>> {
    let kept = store.kept_agreement()?;
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default())
}

/// Keeps what the hub says now: dimensions that it does not name are as they were. Those in which too few people
/// are left are forgotten.
fn hear_agreement(store: &Store, outcome: &Outcome) -> Result<()> {
    let before = said_of_agreement(store)?;
    let mut all = before.clone();
    all.retain(|there| !outcome.untold.contains(&there.dimension));
    for numbers in &outcome.agreement {
        all.retain(|there| there.dimension != numbers.dimension);
        all.push(numbers.clone());
    }
    if all == before {
        return Ok(());
    }
    // Plain data always becomes JSON.
    Ok(serde_json::to_string(&all).map_or(Ok(()), |said| store.keep_agreement(&said))?)
}

fn tell(app: &App, store: &Store) {
    if let Ok(status) = status(app, store) {
        let project = store.path().display().to_string();
        app.tell(&Event::Team { project, status: Box::new(status) });
    }
}

/// Starts the thread that syncs a project while it is open; does nothing when it runs already or there is no
/// hub.
pub(crate) fn attend(app: &App, store: &Store) -> Result<()> {
    if store.hub()?.is_none() {
        return Ok(());
    }
    let sync = app.syncs().of(store.path());
    {
        let mut live = sync.live();
        if live.attended || live.closed {
            return Ok(());
        }
        live.attended = true;
        live.next = Some(Instant::now());
    }
    let weak = Arc::downgrade(&sync);
    store.subscribe(Box::new(move |changes| {
        use assay_store::Change;
        let mine = |change: &Change| !matches!(change, Change::Draft(_) | Change::Hub);
        if changes.iter().any(mine)
            && let Some(sync) = weak.upgrade()
            && sync.live().state == SyncState::Idle
        {
            sync.by(Instant::now() + SOON);
        }
    }));
    let (app, store) = (app.clone(), store.clone());
    let spawned =
        std::thread::Builder::new().name("sync".to_owned()).spawn(move || attended(&app, &store, &sync));
    spawned.map_err(|error| {
        ApiError::new(ErrorCode::Internal, format!("No thread could be started: {error}."), "try again")
    })?;
    Ok(())
}

/// [`attend`], and syncs at once, also where a sync failed before and is to be tried much later.
pub(super) fn attend_now(app: &App, store: &Store) -> Result<()> {
    attend(app, store)?;
    app.syncs().of(store.path()).now();
    Ok(())
}

fn attended(app: &App, store: &Store, sync: &ProjectSync) {
    let mut failures = 0;
    loop {
        {
            let mut live = sync.live();
            loop {
                if live.closed {
                    return;
                }
                let now = Instant::now();
                match live.next {
                    Some(next) if next <= now => break,
                    Some(next) => {
                        live = sync
                            .wake
                            .wait_timeout(live, next - now)
                            .unwrap_or_else(PoisonError::into_inner)
                            .0;
                    }
                    None => live = sync.wake.wait(live).unwrap_or_else(PoisonError::into_inner),
                }
            }
            live.next = None;
        }
        let result = sync_now(app, store);
        let pause = match &result {
            Ok(_) => {
                failures = 0;
                NOW_AND_THEN
            }
            Err(error) if error.code == ErrorCode::Cancelled => NOW_AND_THEN,
            Err(_) => {
                failures += 1;
                pause_after(failures)
            }
        };
        sync.by(Instant::now() + with_jitter(pause));
        tell(app, store);
    }
}

/// How long to wait after that many failures in a row.
fn pause_after(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_PAUSE)
}

/// Up to a quarter more or less.
fn with_jitter(pause: Duration) -> Duration {
    let mut random = [0; 4];
    // Without random numbers the pause is as it is.
    let share = match getrandom::fill(&mut random) {
        Ok(()) => f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    };
    pause.mul_f64(0.75 + share / 2.0)
}

/// The hub of a project, with this laptop's token.
pub(super) fn hub_of(app: &App, store: &Store) -> Result<Hub> {
    let standing = store.hub()?.ok_or_else(no_hub)?;
    let credential =
        credentials::of_project(app.home(), &standing.address, store.project_id(), store.me().id)?
            .ok_or_else(|| {
                ApiError::new(
                    ErrorCode::NotSignedIn,
                    format!("This laptop has no token for {}.", standing.address),
                    "ask for an invite for another device of yours, and join with it; your work stays here",
                )
            })?;
    Hub::at(&standing.address, Some(&credential.token), credential.insecure).map_err(convert::address)
}

/// Syncs a project and waits for it.
///
/// # Errors
/// `offline`, `not_signed_in`, `cancelled`…; what was done until then stays.
pub fn sync_now(app: &App, store: &Store) -> Result<Outcome> {
    let sync = app.syncs().of(store.path());
    let _turn = sync.turn.lock().unwrap_or_else(PoisonError::into_inner);
    {
        let mut live = sync.live();
        (live.state, live.pushed, live.pulled) = (SyncState::Syncing, 0, 0);
        sync.stop.store(live.closed, Ordering::Relaxed);
    }
    tell(app, store);
    let mut told = Instant::now();
    let result = hub_of(app, store).and_then(|hub| {
        let watch = |progress: Progress| {
            let mut live = sync.live();
            (live.pushed, live.pulled) = (progress.pushed, progress.pulled);
            drop(live);
            if told.elapsed() > Duration::from_millis(150) {
                told = Instant::now();
                tell(app, store);
            }
            !sync.stop.load(Ordering::Relaxed)
        };
        client::sync(&Laptop(store), &hub.project(store.project_id()), CLIENT, watch).map_err(convert::sync)
    });
    let noted = match &result {
        Ok(outcome) => hear_agreement(store, outcome).and_then(|()| {
            Ok(store.note_sync(outcome.pushed, outcome.pulled, outcome.refused.len() as u64, None)?)
        }),
        Err(error) => {
            let (pushed, pulled) = {
                let live = sync.live();
                (live.pushed, live.pulled)
            };
            store.note_sync(pushed, pulled, 0, Some(&error.message)).map_err(ApiError::from)
        }
    };
    {
        let mut live = sync.live();
        match &result {
            Ok(outcome) => {
                live.state = SyncState::Idle;
                (live.pushed, live.pulled) = (outcome.pushed, outcome.pulled);
                live.problem = None;
            }
            Err(error) => {
                live.state = match error.code {
                    ErrorCode::Offline => SyncState::Offline,
                    ErrorCode::Cancelled => SyncState::Idle,
                    _ => SyncState::Stuck,
                };
                live.problem = (error.code != ErrorCode::Cancelled).then(|| error.clone());
            }
        }
    }
    tell(app, store);
    noted?;
    result
}

/// A request of the hub's, beside syncs.
pub(super) fn ask<T>(
    app: &App,
    store: &Store,
    ask: impl FnOnce(&Hub) -> std::result::Result<T, TransportError>,
) -> Result<T> {
    ask(&hub_of(app, store)?).map_err(convert::transport)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use assay_store::{NewProject, Store, TestWorld};
    use assay_sync::client::Outcome;
    use assay_sync::wire::DimensionNumbers;

    use super::{LONGEST_PAUSE, hear_agreement, pause_after, said_of_agreement, with_jitter};

    #[test]
    fn numbers_that_the_hub_tells_no_more_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let new = NewProject {
            settings: assay_model::Settings::named("Answers"),
            rubric: serde_json::from_str(include_str!("../default_rubric.json")).unwrap(),
            owner_name: "Olga".to_owned(),
        };
        let store = Store::create(folder.path().join("p.assay"), &new, Arc::new(TestWorld::new(1))).unwrap();
        store.connect("https://hub.example.org").unwrap();
        let numbers = |dimension: &str| DimensionNumbers {
            dimension: dimension.to_owned(),
            units: 4,
            units_paired: 4,
            raters: 3,
            ratings: 12,
            coefficients: Vec::new(),
        };
        let heard = |agreement: &[&str], untold: &[&str]| {
            let outcome = Outcome {
                agreement: agreement.iter().map(|name| numbers(name)).collect(),
                untold: untold.iter().map(|name| (*name).to_owned()).collect(),
                ..Outcome::default()
            };
            hear_agreement(&store, &outcome).unwrap();
            let said = said_of_agreement(&store).unwrap().into_iter();
            said.map(|one| one.dimension).collect::<Vec<_>>()
        };
        assert_eq!(heard(&["accuracy", "tone"], &[]), ["accuracy", "tone"]);
        assert_eq!(heard(&[], &[]), ["accuracy", "tone"], "what is not named is as it was");
        assert_eq!(heard(&["safety"], &["accuracy"]), ["tone", "safety"]);
        assert_eq!(heard(&[], &["tone", "safety"]), Vec::<String>::new());
    }

    #[test]
    fn pauses_grow_to_a_bound_and_differ_from_laptop_to_laptop() {
        let pauses: Vec<u64> = (1..=10).map(|failures| pause_after(failures).as_secs()).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(pause_after(u32::MAX), LONGEST_PAUSE);
        let jittered: Vec<Duration> = (0..50).map(|_| with_jitter(Duration::from_secs(100))).collect();
        assert!(jittered.iter().all(|pause| (75..=125).contains(&pause.as_secs())));
        assert!(jittered.iter().any(|pause| *pause != jittered[0]));
    }
}
