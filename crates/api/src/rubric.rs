//! The rubric: its history, what a change would do, saving a new version.

use assay_model::Rubric;

use crate::error::Result;
use crate::wire::{Nothing, OfProject, RubricEffect, RubricEntry, RubricHistory, SaveRubric, WeighRubric};
use crate::{App, demo, may};

pub(crate) fn default_rubric(_: &App, _: Nothing) -> Result<Rubric> {
    demo::default_rubric()
}

pub(crate) fn history(app: &App, request: OfProject) -> Result<RubricHistory> {
    let store = app.store(&request.project)?;
    // How much was done under a version is told to those who see all of it.
    let counts = match may::oversee(&store, "see how much was annotated") {
        Ok(()) => store.annotations_by_rubric()?,
        Err(_) => Vec::new(),
    };
    let mut versions = store.rubrics()?;
    versions.sort_by_key(|version| std::cmp::Reverse(version.version));
    let entries = versions.iter().map(|version| {
        let parent = versions.iter().find(|other| Some(other.id) == version.parent);
        RubricEntry {
            version: version.clone(),
            annotations: counts.iter().find(|(id, _)| *id == version.id).map_or(0, |(_, count)| *count),
            changes: parent.map(|parent| version.rubric.changes_since(&parent.rubric)).unwrap_or_default(),
        }
    });
    Ok(RubricHistory { versions: entries.collect() })
}

pub(crate) fn weigh(app: &App, request: WeighRubric) -> Result<RubricEffect> {
    let store = app.store(&request.project)?;
    may::oversee(&store, "see what a change of the rubric would do")?;
    let current = store.rubric()?;
    let annotations = store.annotations_by_rubric()?;
    Ok(RubricEffect {
        changes: request.rubric.changes_since(&current.rubric),
        annotations: annotations.iter().find(|(id, _)| *id == current.id).map_or(0, |(_, count)| *count),
        drafts: store.counts()?.drafts,
        problem: request.rubric.check().err().map(Into::into),
    })
}

pub(crate) fn save(app: &App, request: SaveRubric) -> Result<assay_model::RubricVersion> {
    let store = app.store(&request.project)?;
    may::lead(&store, "change the rubric")?;
    Ok((*store.save_rubric(request.parent, request.rubric)?).clone())
}
