//! Projects: the first screen, making and opening them, their settings.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use assay_model::{Role, Rubric, Settings, Timestamp};
use assay_store::Store;

use crate::error::{ApiError, ErrorCode, Result};
use crate::wire::{
    Backup, Counts, Home, NewProject, Nothing, OfProject, Project, ProjectSummary, ProjectTeam, SaveSettings,
    Verified,
};
use crate::{App, demo, may, render};

/// The file name, without its ending, of a project of that name: letters and digits of any script kept,
/// everything else a dash.
pub(crate) fn file_stem(name: &str) -> String {
    let mut stem = String::new();
    for c in name.trim().chars().take(80) {
        // Behind the name come an extension and, while the file is made, an id; no system takes more than 255
        // bytes in all.
        if stem.len() >= 150 {
            break;
        }
        if c.is_alphanumeric() || matches!(c, '_' | '.') && !stem.is_empty() {
            stem.extend(c.to_lowercase());
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
    }
    let stem = stem.trim_matches(['-', '.']);
    if stem.is_empty() { "project".to_owned() } else { stem.to_owned() }
}

fn person() -> String {
    let name = ["USER", "USERNAME", "LOGNAME"].iter().find_map(|key| std::env::var(key).ok());
    name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or_else(|| "Me".to_owned())
}

pub(crate) fn get(app: &App, _: Nothing) -> Result<Home> {
    let mut projects = Vec::new();
    for entry in fs::read_dir(app.home()).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|end| end == "assay") && path.is_file() {
            projects.push(summary(app, &path));
        }
    }
    projects.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| a.file.cmp(&b.file)));
    Ok(Home {
        folder: app.home().display().to_string(),
        projects,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        person: person(),
    })
}

/// Size and time of a project's file and of the log beside it: while they stay, so does what is listed of it.
type Stamp = [Option<(u64, SystemTime)>; 2];

/// What was listed before. Opening hundreds of projects for each look at the list would be felt.
#[derive(Default)]
pub(crate) struct Summaries(Mutex<HashMap<PathBuf, (Stamp, ProjectSummary)>>);

fn stamp(path: &Path) -> Stamp {
    let of = |path: &Path| fs::metadata(path).and_then(|meta| Ok((meta.len(), meta.modified()?))).ok();
    [of(path), of(&path.with_extension("assay-wal"))]
}

fn summary(app: &App, path: &Path) -> ProjectSummary {
    let now = stamp(path);
    let known = app.summaries().0.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
    if let Some((then, summary)) = known
        && then == now
    {
        return summary;
    }
    let summary = read_summary(app, path, &now);
    // One that cannot be read is tried again: it may only be busy.
    if summary.problem.is_none() {
        let kept = (now, summary.clone());
        app.summaries().0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), kept);
    }
    summary
}

fn read_summary(app: &App, path: &Path, stamp: &Stamp) -> ProjectSummary {
    let modified = stamp[0].and_then(|(_, time)| time.duration_since(UNIX_EPOCH).ok());
    let mut summary = ProjectSummary {
        file: path.display().to_string(),
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        counts: Counts::default(),
        modified: Timestamp(modified.map_or(0, |since| since.as_millis() as i64)),
        role: Role::Owner,
        team: None,
        problem: None,
    };
    // Not through `App::store`: looking at the list must not take a lock.
    let read = Store::open(path, app.world()).and_then(|store| {
        summary.name = store.settings()?.name;
        summary.counts = store.counts()?.into();
        summary.role = store.me().role;
        summary.team = team(&store)?;
        Ok(())
    });
    summary.problem = read.err().map(Into::into);
    summary
}

fn team(store: &Store) -> assay_store::Result<Option<ProjectTeam>> {
    let Some(hub) = store.hub()? else { return Ok(None) };
    let refused = store.refused()?.iter().filter(|one| !one.kept).count() as u64;
    Ok(Some(ProjectTeam { hub: hub.address, waiting: store.outgoing_count()?, refused }))
}

impl From<assay_store::Counts> for Counts {
    fn from(counts: assay_store::Counts) -> Self {
        Self {
            samples: counts.samples,
            done: counts.done,
            skipped: counts.skipped,
            left: counts.left,
            returned: counts.returned,
            drafts: counts.drafts,
        }
    }
}

/// A project as a request that opens it answers.
pub(crate) fn project(store: &Store) -> Result<Project> {
    let rubric = store.rubric()?;
    Ok(Project {
        file: store.path().display().to_string(),
        id: store.project_id(),
        settings: store.settings()?,
        me: store.me(),
        members: store.members()?,
        guidelines_html: render::markdown(&rubric.rubric.guidelines),
        rubric: (*rubric).clone(),
        counts: store.counts()?.into(),
    })
}

/// The folder of a new file, made where it is missing.
pub(crate) fn make_home(app: &App) -> Result<()> {
    fs::create_dir_all(app.home()).map_err(|error| {
        ApiError::new(
            ErrorCode::Io,
            format!("The folder {} could not be made: {error}.", app.home().display()),
            "choose another folder with --home or ASSAY_HOME",
        )
        .in_file(app.home().display().to_string())
    })
}

pub(crate) fn create(app: &App, request: NewProject) -> Result<Project> {
    let store = make(app, &request)?;
    project(&store)
}

/// Makes a project in the home folder and opens it.
pub(crate) fn make(app: &App, request: &NewProject) -> Result<Store> {
    let settings = Settings::named(request.name.trim());
    settings.check()?;
    make_home(app)?;
    let path: PathBuf = app.home().join(format!("{}.assay", file_stem(&request.name)));
    let owner = request.person.clone().filter(|name| !name.trim().is_empty()).unwrap_or_else(person);
    let rubric: Rubric = match &request.rubric {
        Some(rubric) => rubric.clone(),
        None => demo::default_rubric()?,
    };
    let new = assay_store::NewProject { settings, rubric, owner_name: owner };
    app.adopt(Store::create(path, &new, app.world())?)
}

pub(crate) fn open(app: &App, request: OfProject) -> Result<Project> {
    project(&app.store(&request.project)?)
}

pub(crate) fn close(app: &App, request: OfProject) -> Result<Nothing> {
    app.close(&request.project);
    Ok(Nothing {})
}

pub(crate) fn save_settings(app: &App, request: SaveSettings) -> Result<Project> {
    let store = app.store(&request.project)?;
    may::lead(&store, "change the settings")?;
    request.settings.check().map_err(|invalid| invalid.within("settings"))?;
    store.save_settings(&request.settings)?;
    project(&store)
}

pub(crate) fn open_demo(app: &App, _: Nothing) -> Result<Project> {
    project(&demo::open(app)?)
}

pub(crate) fn backup(app: &App, request: Backup) -> Result<Nothing> {
    app.store(&request.project)?.backup(&request.to)?;
    Ok(Nothing {})
}

pub(crate) fn verify(app: &App, request: OfProject) -> Result<Verified> {
    let store = app.store(&request.project)?;
    let report = store.verify()?;
    Ok(Verified {
        file: store.path().display().to_string(),
        sound: report.is_ok(),
        problems: report.problems,
    })
}

#[cfg(test)]
mod tests {
    use super::file_stem;

    #[test]
    fn a_name_in_any_script_gives_a_file_name_that_is_safe_everywhere() {
        assert_eq!(file_stem("Claims assistant · March"), "claims-assistant-march");
        assert_eq!(file_stem("../../etc/passwd"), "etc-passwd");
        assert_eq!(file_stem("東京 2026"), "東京-2026");
        assert_eq!(file_stem(" … "), "project");
    }

    #[test]
    fn the_longest_name_leaves_room_in_its_files_name_for_what_is_put_behind_it() {
        // A file's name is at most 255 bytes; while the file is being made, it has an id behind it as well.
        for letter in ["x", "ж", "案", "𠮷", "ﬃ"] {
            let length = file_stem(&letter.repeat(200)).len();
            assert!((80..=160).contains(&length), "{letter}: {length}");
        }
    }
}
