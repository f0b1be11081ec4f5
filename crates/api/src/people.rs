//! Work that comes from files: annotations of a rater, resolutions of a lead. All of a file goes in, or
//! nothing of it.

use std::collections::BTreeMap;
use std::path::Path;

use assay_dataset::{annotations, resolutions};
use assay_model::{
    Annotation, AnnotationState, Completeness, ExternalId, RaterKind, Resolution, Role, SampleId,
};
use assay_store::Store;

use crate::error::{ApiError, ErrorCode, Result};
use crate::wire::{WorkFromFile, WorkReport};
use crate::{App, may};

/// Lines grouped by sample, in the order in which the samples first appear.
fn grouped<Line>(
    lines: impl Iterator<Item = std::result::Result<Line, assay_dataset::LineError>>,
    sample: impl Fn(&Line) -> &ExternalId,
) -> Result<Vec<(ExternalId, Vec<Line>)>> {
    let mut order: Vec<(ExternalId, Vec<Line>)> = Vec::new();
    let mut places: BTreeMap<ExternalId, usize> = BTreeMap::new();
    for line in lines {
        let line = line?;
        let name = sample(&line).clone();
        let at = *places.entry(name.clone()).or_insert_with(|| {
            order.push((name, Vec::new()));
            order.len() - 1
        });
        order[at].1.push(line);
    }
    Ok(order)
}

fn known(
    store: &Store,
    file: &str,
    names: &[ExternalId],
    line_of: impl Fn(usize) -> u64,
) -> Result<Vec<SampleId>> {
    let ids = store.sample_ids(names)?;
    ids.into_iter()
        .enumerate()
        .map(|(i, id)| {
            id.ok_or_else(|| {
                let mut error = ApiError::new(
                    ErrorCode::NotFound,
                    format!("There is no sample “{}” in the project.", names[i]),
                    "import the samples first; the name is their id where they came from",
                )
                .in_file(file)
                .at_line(line_of(i));
                error.place.field = Some("sample".to_owned());
                error
            })
        })
        .collect()
}

fn at(file: &str, line: u64, invalid: assay_model::Invalid) -> ApiError {
    ApiError::from(invalid).in_file(file).at_line(line)
}

/// Annotations from a file, as one rater's.
pub(crate) fn annotate(app: &App, request: WorkFromFile) -> Result<WorkReport> {
    let store = app.store(&request.project)?;
    let rater = request.rater.as_deref().map(str::trim).filter(|name| !name.is_empty()).ok_or_else(|| {
        ApiError::new(
            ErrorCode::BadRequest,
            "No rater was named.",
            "name whose annotations these are (--as NAME)",
        )
    })?;
    // One's own work may come from a file as it does from the window; others' is brought along by leads.
    if rater == store.me().name && !request.model {
        may::grade(&store)?;
    } else {
        may::lead(&store, "take in others’ work from files")?;
    }
    let lines = annotations::read(Path::new(&request.path))?;
    annotate_lines(&store, &request.path, lines, rater, request.model)
}

/// The same from lines that are read already.
pub(crate) fn annotate_lines(
    store: &Store,
    file: &str,
    lines: assay_dataset::Lines<annotations::AnnotationLine>,
    rater: &str,
    model: bool,
) -> Result<WorkReport> {
    let rubric = store.rubric()?;
    let groups = grouped(lines, |line| &line.sample)?;
    let names: Vec<ExternalId> = groups.iter().map(|(name, _)| name.clone()).collect();
    let ids = known(store, file, &names, |i| groups[i].1[0].line)?;
    let mut items = Vec::with_capacity(ids.len());
    for (id, (_, lines)) in ids.into_iter().zip(&groups) {
        let sample = store.sample(id)?.sample;
        let work = annotations::merge(file, lines, sample.responses.len())?;
        work.check(&rubric.rubric, sample.responses.len(), Completeness::Partial)
            .map_err(|invalid| at(file, lines[0].line, invalid))?;
        let work = work.without_unedited(sample.responses.iter().map(|response| response.text.as_str()));
        let annotation =
            Annotation { rubric: rubric.id, state: AnnotationState::Submitted, skip_reason: None, work };
        items.push((id, annotation));
    }
    let kind = if model { RaterKind::Model } else { RaterKind::Person };
    let member = store.add_member(rater, Role::Annotator, kind)?;
    let total = items.len() as u64;
    let added = store.annotate(member.id, items)?.len() as u64;
    Ok(WorkReport { added, already_there: total - added })
}

/// Resolutions from a file, as the lead's at this laptop.
pub(crate) fn resolve(app: &App, request: WorkFromFile) -> Result<WorkReport> {
    let store = app.store(&request.project)?;
    may::lead(&store, "resolve samples")?;
    let file = request.path.as_str();
    let rubric = store.rubric()?;
    let groups = grouped(resolutions::read(Path::new(file))?, |line| &line.sample)?;
    let names: Vec<ExternalId> = groups.iter().map(|(name, _)| name.clone()).collect();
    let ids = known(&store, file, &names, |i| groups[i].1[0].line)?;
    let mut ready: Vec<(SampleId, Resolution)> = Vec::with_capacity(ids.len());
    for (id, (_, lines)) in ids.into_iter().zip(&groups) {
        let sample = store.sample(id)?.sample;
        let mut resolution = resolutions::merge(file, lines, sample.responses.len(), rubric.id)?;
        resolution
            .check(&rubric.rubric, sample.responses.len())
            .map_err(|invalid| at(file, lines[0].line, invalid))?;
        resolution.basis = store
            .heads(id)?
            .into_iter()
            .filter(|head| head.annotation.state == AnnotationState::Submitted)
            .map(|head| head.id)
            .collect();
        ready.push((id, resolution));
    }
    let mut report = WorkReport::default();
    for (id, resolution) in ready {
        if store.resolution(id)?.is_some_and(|there| there.resolution == resolution) {
            report.already_there += 1;
        } else {
            store.resolve(id, &resolution)?;
            report.added += 1;
        }
    }
    Ok(report)
}
