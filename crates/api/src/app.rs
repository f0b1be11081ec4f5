//! What every command works on: the home folder, the projects that are open, the jobs under way, and
//! those who want to hear of changes.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use assay_store::{Change, Store, SystemWorld, World};

use crate::agreement::Book;
use crate::error::{ApiError, ErrorCode, Result};
use crate::home::Summaries;
use crate::jobs::Jobs;
use crate::team::Syncs;
use crate::wire::Event;

/// How to start.
pub struct AppOptions {
    /// The folder in which projects live; made when something is first written to it.
    pub home: PathBuf,
    /// Take a lock on every project opened, so that no second window works on it. Windows do; commands
    /// that run and end do not need to.
    pub lock_projects: bool,
    /// Where time and ids come from.
    pub world: Arc<dyn World>,
}

impl AppOptions {
    /// The usual ones: that home folder, no locks, the system's clock.
    pub fn at(home: impl Into<PathBuf>) -> Self {
        Self { home: home.into(), lock_projects: false, world: Arc::new(SystemWorld) }
    }
}

/// The home folder: `ASSAY_HOME`, else the platform's folder for an application's data.
pub fn default_home() -> PathBuf {
    if let Some(home) = std::env::var_os("ASSAY_HOME").filter(|home| !home.is_empty()) {
        return PathBuf::from(home);
    }
    directories::ProjectDirs::from("app", "assay", "Assay")
        .map_or_else(|| PathBuf::from("assay-projects"), |dirs| dirs.data_dir().to_owned())
}

/// Hears of events; called on whatever thread they happen.
pub type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// An instance of Assay without a shell. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    home: PathBuf,
    lock_projects: bool,
    world: Arc<dyn World>,
    open: Mutex<HashMap<PathBuf, Open>>,
    listeners: Arc<Listeners>,
    jobs: Jobs,
    syncs: Arc<Syncs>,
    summaries: Summaries,
    books: Arc<Books>,
}

/// The grades of projects as far as they were read in this run.
type Books = Mutex<HashMap<PathBuf, Arc<Mutex<Book>>>>;

struct Open {
    store: Store,
    // Held until the project is closed.
    _lock: Option<File>,
}

/// Those who hear of events.
#[derive(Default)]
pub(crate) struct Listeners(RwLock<Vec<Listener>>);

impl Listeners {
    pub(crate) fn tell(&self, event: &Event) {
        for listener in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(event);
        }
    }
}

impl App {
    /// Starts an instance. Touches nothing on the disk.
    pub fn new(options: AppOptions) -> Self {
        let listeners = Arc::new(Listeners::default());
        let jobs = Jobs::new(Arc::clone(&listeners));
        Self {
            inner: Arc::new(Inner {
                home: options.home,
                lock_projects: options.lock_projects,
                world: options.world,
                open: Mutex::default(),
                listeners,
                jobs,
                syncs: Arc::default(),
                summaries: Summaries::default(),
                books: Arc::default(),
            }),
        }
    }

    /// Hears of every event from now on.
    pub fn subscribe(&self, listener: Listener) {
        self.inner.listeners.0.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// The folder in which projects live.
    pub fn home(&self) -> &Path {
        &self.inner.home
    }

    pub(crate) fn world(&self) -> Arc<dyn World> {
        Arc::clone(&self.inner.world)
    }

    /// Whether this is a window, which keeps its projects open.
    pub(crate) fn locks_projects(&self) -> bool {
        self.inner.lock_projects
    }

    pub(crate) fn syncs(&self) -> &Arc<Syncs> {
        &self.inner.syncs
    }

    pub(crate) fn tell(&self, event: &Event) {
        self.inner.listeners.tell(event);
    }

    pub(crate) fn summaries(&self) -> &Summaries {
        &self.inner.summaries
    }

    pub(crate) fn jobs(&self) -> &Jobs {
        &self.inner.jobs
    }

    /// The grades of a project as far as they were read in this run.
    pub(crate) fn book(&self, store: &Store) -> Arc<Mutex<Book>> {
        let mut books = self.inner.books.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(books.entry(store.path().to_owned()).or_default())
    }

    fn open_projects(&self) -> MutexGuard<'_, HashMap<PathBuf, Open>> {
        self.inner.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file that a name or path means: a path when it looks like one or exists, else a project of that
    /// name in the home folder.
    pub fn project_file(&self, project: &str) -> PathBuf {
        let path = Path::new(project);
        if path.extension().is_some_and(|end| end == "assay") || path.is_absolute() || path.exists() {
            if path.is_absolute() || path.exists() {
                return path.to_owned();
            }
            return self.home().join(path);
        }
        self.home().join(format!("{}.assay", crate::home::file_stem(project)))
    }

    /// The open project that a request names, opened when it is not.
    pub fn store(&self, project: &str) -> Result<Store> {
        let path = self.project_file(project);
        let key = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let mut open = self.open_projects();
        if let Some(known) = open.get(&key) {
            return Ok(known.store.clone());
        }
        if !path.exists() {
            return Err(ApiError::new(
                ErrorCode::NotFound,
                format!("There is no project at {}.", path.display()),
                "name a project of the home folder, or the path of an .assay file",
            )
            .in_file(path.display().to_string()));
        }
        let lock = if self.inner.lock_projects { Some(lock(&path)?) } else { None };
        let store = Store::open(&path, self.world())?;
        self.watch(&store);
        open.insert(key, Open { store: store.clone(), _lock: lock });
        Ok(store)
    }

    /// Takes over a project just made.
    pub(crate) fn adopt(&self, store: Store) -> Result<Store> {
        let path = store.path().to_owned();
        let key = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let lock = if self.inner.lock_projects { Some(lock(&path)?) } else { None };
        self.watch(&store);
        self.open_projects().insert(key, Open { store: store.clone(), _lock: lock });
        Ok(store)
    }

    /// Closes a project: its lock is given up when the last request on it has ended.
    pub(crate) fn close(&self, project: &str) {
        let path = self.project_file(project);
        let key = std::fs::canonicalize(&path).unwrap_or(path);
        let gone = self.open_projects().remove(&key);
        if let Some(gone) = gone {
            self.syncs().close(gone.store.path());
            self.inner.books.lock().unwrap_or_else(PoisonError::into_inner).remove(gone.store.path());
        }
    }

    fn watch(&self, store: &Store) {
        let listeners = Arc::clone(&self.inner.listeners);
        let project = store.path().display().to_string();
        let (books, path) = (Arc::clone(&self.inner.books), store.path().to_owned());
        store.subscribe(Box::new(move |changes: &[Change]| {
            // Work may have gone with its samples, because it may no longer be seen here.
            if changes.iter().any(|change| matches!(change, Change::Samples { removed: 1.., .. })) {
                books.lock().unwrap_or_else(PoisonError::into_inner).remove(&path);
            }
            let mut what: Vec<String> = changes.iter().map(|change| noun(change).to_owned()).collect();
            what.sort_unstable();
            what.dedup();
            listeners.tell(&Event::Changed { project: project.clone(), what });
        }));
    }
}

fn noun(change: &Change) -> &'static str {
    match change {
        Change::Samples { .. } => "sample",
        Change::Draft(_) => "draft",
        Change::Annotation { .. } => "annotation",
        Change::Rubric(_) => "rubric",
        Change::Settings => "settings",
        Change::Resolution { .. } => "resolution",
        Change::Member(_) => "member",
        Change::Assignments => "assignment",
        Change::Hub => "hub",
        _ => "project",
    }
}

/// Takes the lock of a window on a project. The lock file lies beside the project and is kept: removing it
/// would let two windows lock two files of one name.
fn lock(project: &Path) -> Result<File> {
    let path = project.with_extension("assay-lock");
    let shown = project.display().to_string();
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(|error| {
        let code = match error.kind() {
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                ErrorCode::ReadOnly
            }
            std::io::ErrorKind::StorageFull => ErrorCode::DiskFull,
            _ => ErrorCode::Io,
        };
        ApiError::new(
            code,
            format!("The folder of {shown} cannot be written ({error})."),
            "make the folder writable, or copy the project elsewhere and open the copy",
        )
        .in_file(shown.clone())
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ApiError::new(
            ErrorCode::InUse,
            format!("{shown} is open in another window."),
            "go on in that window, or close it and try again",
        )
        .in_file(shown)),
        // A file system without locks: better to work without the guard than not at all.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}
