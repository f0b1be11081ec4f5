//! Projects and the nouns in them, the same on every machine.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use assay_model::{
    Component, Dimension, ExternalId, Grade, Level, Message, MessageRole, Response, ResponseWork, Rubric,
    Sample, Settings, Work,
};
use assay_store::{NewProject, Store, SystemWorld};

/// How many samples are added in one transaction.
const BATCH: usize = 10_000;
/// The dimensions of the rubric.
const DIMENSIONS: [&str; 5] = ["accuracy", "relevance", "completeness", "tone", "safety"];

/// A new project with so many samples.
///
/// # Errors
/// When it cannot be written.
pub fn project(path: &Path, samples: usize) -> Result<Store> {
    project_of(path, samples, sample)
}

/// A new project with so many samples, each made from its number.
///
/// # Errors
/// When it cannot be written.
pub fn project_of(path: &Path, samples: usize, sample: fn(usize) -> Sample) -> Result<Store> {
    let new =
        NewProject { settings: Settings::named("Bench"), rubric: rubric(), owner_name: "Ada".to_owned() };
    let store = Store::create(path, &new, Arc::new(SystemWorld))?;
    let mut from = 0;
    while from < samples {
        let to = samples.min(from + BATCH);
        let batch: Vec<Sample> = (from..to).map(sample).collect();
        store.add_samples(&batch)?;
        from = to;
    }
    Ok(store)
}

/// A rubric of five dimensions.
pub fn rubric() -> Rubric {
    let level = |grade| Level { grade, meaning: format!("Deserves {grade}."), example: String::new() };
    let dimension = |id: &str| Dimension {
        id: id.into(),
        name: id.to_owned(),
        description: String::new(),
        weight: 1.0,
        threshold: None,
        levels: Grade::ALL.into_iter().map(level).collect(),
        required: true,
    };
    Rubric {
        name: "Bench".to_owned(),
        guidelines: String::new(),
        dimensions: DIMENSIONS.map(dimension).into(),
        reason_codes: Vec::new(),
        verdicts: Vec::new(),
    }
}

/// Everyday work: five grades and a remark.
pub fn work() -> Work {
    graded(|_| 4)
}

/// As [`work`], with the grade of each dimension by its place.
pub fn graded(grade: impl Fn(usize) -> u8) -> Work {
    let grades =
        DIMENSIONS.into_iter().enumerate().map(|(at, name)| (name.into(), Grade::new(grade(at)))).collect();
    let note = "Right in the main, one detail is missing.".to_owned();
    Work {
        responses: vec![ResponseWork { grades, note, ..ResponseWork::default() }],
        active_ms: 41_000,
        ..Work::empty(1)
    }
}

/// A sample of about 2.2 KB, different for each number, whose name does not sort by it.
pub fn sample(number: usize) -> Sample {
    const WORDS: [&str; 16] = [
        "the", "order", "was", "sent", "to", "your", "address", "and", "arrives", "within", "three",
        "working", "days", "unless", "customs", "asks",
    ];
    let mut state = number as u64 ^ 0x9E37_79B9_7F4A_7C15;
    let mut text = |words: usize| {
        let mut text = String::with_capacity(words * 7);
        for _ in 0..words {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(WORDS[(state >> 60) as usize]);
            text.push(' ');
        }
        text
    };
    let (question, answer) = (text(60), text(290));
    Sample {
        external_id: ExternalId(format!(
            "{:08}-{number}",
            (number as u64).wrapping_mul(2_654_435_761) % 100_000_000
        )),
        messages: vec![Message { role: MessageRole::User, content: question }],
        responses: vec![Response { text: answer, model: Some("small-1".to_owned()), ..Response::default() }],
        task_type: Some(["support", "summary", "code"][number % 3].to_owned()),
        locale: Some(["en-GB", "de-DE"][number % 2].to_owned()),
        ..Sample::default()
    }
}

/// As [`sample`], of about 200 bytes, for projects of very many.
pub fn short_sample(number: usize) -> Sample {
    let mut sample = sample(number);
    let cut = |text: &mut String| text.truncate(24);
    sample.messages.iter_mut().for_each(|message| cut(&mut message.content));
    sample.responses.iter_mut().for_each(|response| cut(&mut response.text));
    sample.component = if number.is_multiple_of(100) { Component::Golden } else { Component::Representative };
    sample
}
