//! The samples of a project, for those who may see them all.

use assay_model::{AnnotationState, Role};
use assay_store::{SampleCount, SampleState, Store};

use crate::error::Result;
use crate::wire::{
    Facet, Facets, ListSamples, OfProject, OfSample, Others, Progress, RatedWork, Resolved, SampleFilter,
    SamplePage, SampleRow, SampleView,
};
use crate::{App, grade, may, team};

impl From<SampleFilter> for assay_store::SampleFilter {
    fn from(filter: SampleFilter) -> Self {
        Self {
            component: filter.component,
            task_type: filter.task_type,
            locale: filter.locale,
            model: None,
            state: filter.progress.map(|progress| match progress {
                Progress::Todo => SampleState::Todo,
                Progress::Draft => SampleState::Draft,
                Progress::Done => SampleState::Done,
                Progress::Skipped => SampleState::Skipped,
            }),
            text: filter.text.filter(|text| !text.trim().is_empty()),
        }
    }
}

pub(crate) fn list(app: &App, request: ListSamples) -> Result<SamplePage> {
    let store = app.store(&request.project)?;
    // Which samples are golden stays hidden from those whom they test.
    let shows_component = may::oversee(&store, "see dataset components");
    if request.filter.component.is_some() {
        shows_component.clone()?;
    }
    let filter: assay_store::SampleFilter = request.filter.into();
    let page = store.samples(&filter, request.after, request.limit.clamp(1, 500) as usize)?;
    let SampleCount { count, exact } = store.sample_count(&filter)?;
    let rows = page.rows.into_iter().map(|row| SampleRow {
        sample: row.id,
        number: row.n,
        external_id: row.external_id.0,
        title: row.title,
        component: shows_component.is_ok().then_some(row.component),
        task_type: row.task_type,
        locale: row.locale,
        responses: row.responses,
        progress: match row.state {
            _ if row.has_draft => Progress::Draft,
            Some(SampleState::Done) => Progress::Done,
            Some(SampleState::Skipped) => Progress::Skipped,
            _ => Progress::Todo,
        },
    });
    Ok(SamplePage { rows: rows.collect(), next: page.next, total: exact.then_some(count) })
}

pub(crate) fn facets(app: &App, request: OfProject) -> Result<Facets> {
    let store = app.store(&request.project)?;
    let found = store.facets()?;
    let shown = may::oversee(&store, "see dataset components").is_ok();
    let named = |list: Vec<(String, u64)>| {
        list.into_iter().map(|(value, samples)| Facet { value, samples }).collect::<Vec<_>>()
    };
    Ok(Facets {
        components: found
            .components
            .into_iter()
            .filter(|_| shown)
            .map(|(component, samples)| Facet { value: component.name().to_owned(), samples })
            .collect(),
        task_types: named(found.task_types),
        locales: named(found.locales),
    })
}

pub(crate) fn get(app: &App, request: OfSample) -> Result<SampleView> {
    let store = app.store(&request.project)?;
    let stored = store.sample(request.sample)?;
    let oversees = may::oversee(&store, "see others’ work, components and models").is_ok();
    let models = oversees || store.settings()?.show_models;
    Ok(SampleView {
        view: grade::view(&store, request.sample)?,
        component: oversees.then_some(stored.sample.component),
        models: stored.sample.responses.into_iter().map(|one| one.model.filter(|_| models)).collect(),
        annotations: if oversees { everybody(&store, &request)? } else { Vec::new() },
    })
}

/// What others did on a sample. No laptop of an annotator holds it, so the hub is asked, which decides. That it
/// was shown is on the disk before it is: their further work on the sample is no blind work.
pub(crate) fn others(app: &App, request: OfSample) -> Result<Others> {
    let store = app.store(&request.project)?;
    may::ask_for_others(&store)?;
    if store.hub()?.is_some() {
        let others = team::others(app, &store, request.sample)?;
        if store.me().role == Role::Annotator {
            store.note_shown(request.sample)?;
        }
        return Ok(others);
    }
    may::lead(&store, "see others’ work in a project without a hub")?;
    let me = store.me().id;
    let mut works = everybody(&store, &request)?;
    works.retain(|rated| rated.member.id != me);
    let members = store.members()?;
    let resolution = store.resolution(request.sample)?.and_then(|said| {
        let member = members.into_iter().find(|member| member.id == said.author)?;
        Some(Resolved { member, time: said.time, resolution: said.resolution })
    });
    Ok(Others { works, resolution })
}

fn everybody(store: &Store, request: &OfSample) -> Result<Vec<RatedWork>> {
    let members = store.members()?;
    let mut works = Vec::new();
    for head in store.heads(request.sample)? {
        if head.annotation.state != AnnotationState::Submitted {
            continue;
        }
        let Some(member) = members.iter().find(|member| member.id == head.member) else { continue };
        works.push(RatedWork {
            member: member.clone(),
            time: head.time,
            revision: head.revision,
            rubric_version: store.rubric_version(head.annotation.rubric)?.version,
            work: head.annotation.work,
        });
    }
    works.sort_by(|a, b| a.member.name.cmp(&b.member.name));
    Ok(works)
}
