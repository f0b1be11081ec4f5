//! Leaves a small database of the newest schema in `fixtures/schemas/`, once for each schema that is shipped:
//! `cargo run -p assay-store --example schema_fixture`. Refuses to replace one that is there.

use std::path::PathBuf;
use std::sync::Arc;

use assay_model::{
    Dimension, ExternalId, Grade, Level, Message, MessageRole, RaterKind, Response, ResponseWork, Role,
    Rubric, Sample, Settings, Work,
};
use assay_store::{NewProject, Result, SCHEMA_VERSION, Store, SubmitAs, TestWorld};

fn main() -> Result<()> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/schemas"));
    let new = NewProject {
        settings: Settings::named("Schema fixture"),
        rubric: rubric("First"),
        owner_name: "Ada".to_owned(),
    };
    let path = folder.join(format!("{SCHEMA_VERSION:04}.assay"));
    let store = Store::create(path, &new, Arc::new(TestWorld::default()))?;
    let samples: Vec<Sample> = ["one", "two", "three", "four"].map(sample).into();
    let ids = store.add_samples(&samples)?.added;
    store.submit(ids[0], work(4), SubmitAs::Submitted)?;
    store.submit(ids[1], work(2), SubmitAs::Submitted)?;
    store.take_back()?;
    store.submit(ids[2], work(3), SubmitAs::Skipped("Not my field".to_owned()))?;
    let head = store.heads(ids[0])?;
    let judge = store.add_member("Judge", Role::Annotator, RaterKind::Model)?;
    store.annotate(judge.id, head.into_iter().map(|head| (ids[0], head.annotation)).collect())?;
    store.save_rubric(store.rubric()?.id, rubric("Second"))?;
    Ok(())
}

fn rubric(name: &str) -> Rubric {
    let level = |grade| Level { grade, meaning: format!("Deserves {grade}."), example: String::new() };
    Rubric {
        name: name.to_owned(),
        guidelines: String::new(),
        dimensions: vec![Dimension {
            id: "accuracy".into(),
            name: "Accuracy".to_owned(),
            description: String::new(),
            weight: 1.0,
            threshold: None,
            levels: Grade::ALL.into_iter().map(level).collect(),
            required: true,
        }],
        reason_codes: Vec::new(),
        verdicts: Vec::new(),
    }
}

fn sample(name: &str) -> Sample {
    Sample {
        external_id: ExternalId::from(name),
        messages: vec![Message { role: MessageRole::User, content: format!("What is {name}?") }],
        responses: vec![Response { text: format!("It is {name}."), ..Response::default() }],
        ..Sample::default()
    }
}

fn work(grade: u8) -> Work {
    let grades = [("accuracy".into(), Grade::new(grade))].into();
    Work { responses: vec![ResponseWork { grades, ..ResponseWork::default() }], ..Work::empty(1) }
}
