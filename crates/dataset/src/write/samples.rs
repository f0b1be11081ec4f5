//! Assay JSONL out: what [`read`](crate::read) reads back as the same sample.

use std::io::{self, Write};

use assay_model::{Component, ExternalId, Feedback, Message, Passage, Response, Sample};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Line<'a> {
    id: &'a ExternalId,
    messages: &'a [Message],
    responses: &'a [Response],
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    context: &'a [Passage],
    component: Component,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_type: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    feedback: Option<&'a Feedback>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: &'a BTreeMap<String, Value>,
}

/// Writes a sample as one line of Assay JSONL.
pub fn write_sample(sample: &Sample, to: &mut impl Write) -> io::Result<()> {
    let line = Line {
        id: &sample.external_id,
        messages: &sample.messages,
        responses: &sample.responses,
        reference: sample.reference.as_deref(),
        context: &sample.context,
        component: sample.component,
        locale: sample.locale.as_deref(),
        segment: sample.segment.as_deref(),
        task_type: sample.task_type.as_deref(),
        tags: &sample.tags,
        feedback: sample.feedback.as_ref(),
        metadata: &sample.metadata,
    };
    serde_json::to_writer(&mut *to, &line)?;
    to.write_all(b"\n")
}
