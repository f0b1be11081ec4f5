//! The demo project, and the rubric that a new project begins with. Both are compiled in, so that the
//! first start needs nothing but the program.

use assay_dataset::annotations;
use assay_dataset::read::{ReadOptions, Reader};
use assay_model::Rubric;
use assay_store::Store;

use crate::error::{ApiError, ErrorCode, Result};
use crate::wire::NewProject;
use crate::{App, home, people};

/// The demo project's name.
pub const NAME: &str = "Northlight assistant";
/// The stem of its file.
const STEM: &str = "northlight-assistant";

/// Of the same dimensions as the demo's, with meanings and examples that fit any subject.
const DEFAULT_RUBRIC: &str = include_str!("default_rubric.json");
const RUBRIC: &str = include_str!("../../../fixtures/demo/rubric.json");
const SAMPLES: &str = include_str!("../../../fixtures/demo/samples.jsonl");
const RESOLUTIONS: &str = include_str!("../../../fixtures/demo/resolutions.jsonl");
const RATERS: [(&str, &str); 3] = [
    ("Amina", include_str!("../../../fixtures/demo/annotations/amina.jsonl")),
    ("Boris", include_str!("../../../fixtures/demo/annotations/boris.jsonl")),
    ("Chika", include_str!("../../../fixtures/demo/annotations/chika.jsonl")),
];

/// The files of the demo project, by name, for those who want to walk through it by hand.
pub fn files() -> Vec<(String, &'static str)> {
    let mut files = vec![
        ("rubric.json".to_owned(), RUBRIC),
        ("samples.jsonl".to_owned(), SAMPLES),
        ("resolutions.jsonl".to_owned(), RESOLUTIONS),
    ];
    files.extend(RATERS.map(|(name, lines)| (format!("{}.jsonl", name.to_lowercase()), lines)));
    files
}

fn broken(what: impl std::fmt::Display) -> ApiError {
    ApiError::new(
        ErrorCode::Internal,
        format!("The demo that comes with Assay is broken: {what}."),
        "this is a fault of Assay; please report it",
    )
}

/// The rubric of the demo project.
///
/// # Errors
/// When the rubric that is compiled in is broken.
pub fn rubric() -> Result<Rubric> {
    serde_json::from_str(RUBRIC).map_err(broken)
}

/// The rubric that a new project begins with.
pub(crate) fn default_rubric() -> Result<Rubric> {
    serde_json::from_str(DEFAULT_RUBRIC).map_err(broken)
}

/// Opens the demo project; makes it where it is missing.
pub(crate) fn open(app: &App) -> Result<Store> {
    let path = app.home().join(format!("{STEM}.assay"));
    if path.exists() {
        return app.store(&path.display().to_string());
    }
    let new = NewProject { name: NAME.to_owned(), person: None, rubric: Some(rubric()?) };
    let store = home::make(app, &new)?;
    fill(&store)?;
    Ok(store)
}

fn fill(store: &Store) -> Result<()> {
    let reader =
        Reader::from_reader(SAMPLES.as_bytes(), "demo", SAMPLES.len() as u64, ReadOptions::default())?;
    let samples = reader.map(|record| record.map(|record| record.sample));
    store.add_samples(&samples.collect::<std::result::Result<Vec<_>, _>>()?)?;
    for (name, lines) in RATERS {
        let lines = annotations::from_reader(lines.as_bytes(), name)?;
        people::annotate_lines(store, name, lines, name, false)?;
    }
    Ok(())
}
