//! Grading: the queue, a sample to grade, drafts, submissions and taking them back.

use assay_model::{AnnotationState, Member, Rubric, RubricVersion, Sample, SampleId, Work};
use assay_store::{RecentItem, Store, StoredAnnotation, StoredSample, SubmitAs};
use sha2::{Digest, Sha256};

use crate::error::{ApiError, ErrorCode, Result};
use crate::wire::{
    Beside, DraftSaved, GetQueue, GradeView, OfProject, OfSample, Queue, QueueEntry, RecentEntry,
    RenderedMessage, RenderedPassage, RenderedResponse, SaveDraft, Skip, Submission, Submit, Submitted,
    TakenBack,
};
use crate::{App, may, render};

/// The recent submissions over which the median active time goes.
const MEDIAN_OVER: usize = 50;

pub(crate) fn queue(app: &App, request: GetQueue) -> Result<Queue> {
    let store = app.store(&request.project)?;
    let upcoming = store.queue(request.limit.min(100) as usize)?.into_iter().map(|item| QueueEntry {
        sample: item.id,
        title: item.title,
        task_type: item.task_type,
        locale: item.locale,
        responses: item.responses,
        has_draft: item.has_draft,
        returned: item.returned_reason,
        due: item.due,
    });
    let upcoming = upcoming.collect();
    let shown = request.recent.min(500) as usize;
    let recent = store.recent(shown.max(MEDIAN_OVER))?;
    let mut times: Vec<u64> = recent
        .iter()
        .filter(|item| item.state == AnnotationState::Submitted)
        .take(MEDIAN_OVER)
        .map(|item| item.annotation.work.active_ms)
        .collect();
    times.sort_unstable();
    let recent: Result<Vec<_>> = recent.iter().take(shown).map(|item| recent_entry(&store, item)).collect();
    Ok(Queue {
        counts: store.counts()?.into(),
        upcoming,
        recent: recent?,
        median_active_ms: (!times.is_empty()).then(|| times[times.len() / 2]),
    })
}

fn recent_entry(store: &Store, item: &RecentItem) -> Result<RecentEntry> {
    let rubric = store.rubric_version(item.annotation.rubric)?;
    let work = &item.annotation.work;
    Ok(RecentEntry {
        sample: item.sample,
        title: item.title.clone(),
        state: item.state,
        time: item.time,
        quality: quality(&rubric.rubric, work),
        corrected: work.responses.iter().any(|response| response.correction.is_some()),
        skip_reason: item.annotation.skip_reason.clone(),
        active_ms: work.active_ms,
    })
}

/// The mean, over the responses that have grades, of the weighted quality score.
pub(crate) fn quality(rubric: &Rubric, work: &Work) -> Option<f64> {
    let scores: Vec<f64> =
        work.responses.iter().filter_map(|response| rubric.quality(response.given())).collect();
    (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
}

pub(crate) fn get(app: &App, request: OfSample) -> Result<GradeView> {
    view(&app.store(&request.project)?, request.sample)
}

pub(crate) fn next(app: &App, request: Beside) -> Result<Option<GradeView>> {
    let store = app.store(&request.project)?;
    let found = store.next(request.sample)?.filter(|id| Some(*id) != request.sample);
    found.map(|id| view(&store, id)).transpose()
}

pub(crate) fn previous(app: &App, request: Beside) -> Result<Option<GradeView>> {
    let store = app.store(&request.project)?;
    let found = match request.sample {
        Some(sample) => store.previous(sample)?.filter(|id| *id != sample),
        None => store.next(None)?,
    };
    found.map(|id| view(&store, id)).transpose()
}

/// A sample as its annotator sees it.
pub(crate) fn view(store: &Store, id: SampleId) -> Result<GradeView> {
    let stored = store.sample(id)?;
    let me = store.me();
    let rubric = store.rubric()?;
    let draft = store.draft(id)?;
    let head = store.head(id, me.id)?;
    let shown_head = head.as_ref().filter(|head| head.annotation.state != AnnotationState::Withdrawn);
    let draft_saved = draft.as_ref().map(|draft| draft.time);
    let begun = draft.map(|draft| draft.work).or_else(|| shown_head.map(|head| head.annotation.work.clone()));
    let work = ready(begun, &stored, &me, &rubric);
    let show_models = store.settings()?.show_models;
    Ok(render_view(stored, work, &rubric, draft_saved, submission(store, head)?, show_models))
}

fn submission(store: &Store, head: Option<StoredAnnotation>) -> Result<Option<Submission>> {
    head.map(|head| {
        Ok(Submission {
            annotation: head.id,
            state: head.annotation.state,
            revision: head.revision,
            time: head.time,
            rubric_version: store.rubric_version(head.annotation.rubric)?.version,
            work: head.annotation.work,
        })
    })
    .transpose()
}

/// The work to go on with: of the right shape for the sample, without what the rubric no longer knows, and
/// with an order of responses.
fn ready(begun: Option<Work>, sample: &StoredSample, me: &Member, rubric: &RubricVersion) -> Work {
    let count = sample.sample.responses.len();
    let mut work = begun.unwrap_or_default();
    work.responses.resize_with(count, Default::default);
    for response in &mut work.responses {
        response.grades.retain(|id, _| rubric.rubric.dimension(id).is_some());
        response.reason_codes.retain(|id| rubric.rubric.reason_codes.iter().any(|known| known.id == *id));
    }
    if work.presented.len() != count {
        work.presented = presentation(me, sample.id, count);
    }
    work
}

/// The order in which a person sees the responses of a sample: drawn from their ids, so that it is as good
/// as random between people and samples and the same each time the sample is opened.
fn presentation(me: &Member, sample: SampleId, count: usize) -> Vec<u32> {
    let mut order: Vec<(Vec<u8>, u32)> = (0..count as u32)
        .map(|response| {
            let mut hash = Sha256::new();
            hash.update(me.id.bytes());
            hash.update(sample.bytes());
            hash.update(response.to_le_bytes());
            (hash.finalize().to_vec(), response)
        })
        .collect();
    order.sort();
    order.into_iter().map(|(_, response)| response).collect()
}

fn render_view(
    stored: StoredSample,
    work: Work,
    rubric: &RubricVersion,
    draft_saved: Option<assay_model::Timestamp>,
    submission: Option<Submission>,
    show_models: bool,
) -> GradeView {
    let title = stored.sample.title();
    let Sample {
        external_id,
        messages,
        responses,
        reference,
        context,
        locale,
        segment,
        task_type,
        tags,
        feedback,
        ..
    } = stored.sample;
    let responses = work.presented.iter().filter_map(|&index| {
        let response = responses.get(index as usize)?;
        Some(RenderedResponse {
            index,
            html: render::markdown(&response.text),
            text: response.text.clone(),
            model: response.model.clone().filter(|_| show_models),
            proposed_correction: response.proposed_correction.clone(),
        })
    });
    GradeView {
        sample: stored.id,
        external_id: external_id.0,
        title,
        task_type,
        locale,
        segment,
        tags,
        messages: messages
            .into_iter()
            .map(|message| RenderedMessage { role: message.role, html: render::markdown(&message.content) })
            .collect(),
        context: context
            .into_iter()
            .map(|passage| RenderedPassage { id: passage.id, html: render::markdown(&passage.text) })
            .collect(),
        reference: reference.as_deref().map(render::markdown),
        responses: responses.collect(),
        feedback,
        work,
        draft_saved,
        submission,
        rubric: rubric.id,
    }
}

pub(crate) fn save(app: &App, request: SaveDraft) -> Result<DraftSaved> {
    let store = app.store(&request.project)?;
    may::grade(&store)?;
    Ok(DraftSaved { time: store.save_draft(request.sample, &request.work)? })
}

pub(crate) fn discard(app: &App, request: OfSample) -> Result<GradeView> {
    let store = app.store(&request.project)?;
    may::grade(&store)?;
    store.discard_draft(request.sample)?;
    view(&store, request.sample)
}

pub(crate) fn submit(app: &App, request: Submit) -> Result<Submitted> {
    let store = app.store(&request.project)?;
    may::grade(&store)?;
    send(&store, request.sample, request.work, SubmitAs::Submitted)
}

pub(crate) fn skip(app: &App, request: Skip) -> Result<Submitted> {
    let store = app.store(&request.project)?;
    may::grade(&store)?;
    send(&store, request.sample, request.work, SubmitAs::Skipped(request.reason))
}

fn send(store: &Store, sample: SampleId, work: Work, how: SubmitAs) -> Result<Submitted> {
    let submitted = store.submit(sample, work, how)?;
    let newest = store.recent(1)?.into_iter().find(|item| item.annotation_id == submitted.annotation);
    let item = match newest {
        Some(item) => item,
        // Another process was quicker with another one.
        None => submitted_before(store, sample)?,
    };
    Ok(Submitted {
        annotation: submitted.annotation,
        revision: submitted.revision,
        counts: store.counts()?.into(),
        recent: recent_entry(store, &item)?,
    })
}

/// My newest work on a sample, as it is listed.
fn submitted_before(store: &Store, sample: SampleId) -> Result<RecentItem> {
    let stored = store.sample(sample)?.sample;
    let head = store.head(sample, store.me().id)?.ok_or_else(|| {
        ApiError::new(ErrorCode::Internal, "A submission is not there.", "check the project: assay verify")
    })?;
    Ok(RecentItem {
        sample,
        title: stored.title(),
        external_id: stored.external_id,
        annotation_id: head.id,
        state: head.annotation.state,
        time: head.time,
        annotation: head.annotation,
    })
}

pub(crate) fn take_back(app: &App, request: OfProject) -> Result<TakenBack> {
    let store = app.store(&request.project)?;
    may::grade(&store)?;
    Ok(TakenBack { sample: store.take_back()?, counts: store.counts()?.into() })
}
