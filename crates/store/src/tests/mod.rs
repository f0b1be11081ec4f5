//! What the store promises, by example.

mod files;
mod follow;
mod model;
mod reading;
mod upgrade;
mod work;

use std::ops::Deref;
use std::sync::Arc;

use assay_model::{
    Component, Dimension, ExternalId, Grade, Level, Message, MessageRole, ReasonCode, Response, ResponseWork,
    Rubric, Sample, SampleId, Settings, Verdict, Work,
};

use crate::{NewProject, Store, TestWorld, World};

pub(crate) struct Project {
    pub(crate) store: Verified,
    pub(crate) world: Arc<dyn World>,
    pub(crate) folder: tempfile::TempDir,
}

/// A store whose file must be as it should be when it is let go, whatever a test did.
pub(crate) struct Verified(Store);

impl Deref for Verified {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.0
    }
}

impl Drop for Verified {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let report = self.0.verify().unwrap();
            assert!(report.is_ok(), "{report:?}");
        }
    }
}

impl Project {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world: Arc<dyn World> = Arc::new(TestWorld::default());
        let store = Store::create(folder.path().join("p.assay"), &new_project(), Arc::clone(&world)).unwrap();
        Self { store: Verified(store), world, folder }
    }

    /// With samples `s0`, `s1`, …
    pub(crate) fn with_samples(count: usize) -> (Self, Vec<SampleId>) {
        let project = Self::new();
        let samples: Vec<Sample> = (0..count).map(|i| sample(&format!("s{i}"))).collect();
        let ids = project.store.add_samples(&samples).unwrap().added;
        (project, ids)
    }

    /// Closed, and opened again.
    pub(crate) fn reopened(self) -> Self {
        let path = self.store.path().to_owned();
        drop(self.store);
        let store = Store::open(path, Arc::clone(&self.world)).unwrap();
        Self { store: Verified(store), ..self }
    }
}

pub(crate) fn new_project() -> NewProject {
    NewProject { settings: Settings::named("Test"), rubric: rubric(), owner_name: "Ada".to_owned() }
}

pub(crate) fn rubric() -> Rubric {
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
        name: "Test".to_owned(),
        guidelines: String::new(),
        dimensions: vec![dimension("accuracy"), dimension("tone")],
        reason_codes: vec![ReasonCode {
            id: "factual_error".into(),
            name: "Factual error".to_owned(),
            description: String::new(),
        }],
        verdicts: vec![Verdict::Pass, Verdict::Fail],
    }
}

pub(crate) fn sample(name: &str) -> Sample {
    Sample {
        external_id: ExternalId::from(name),
        messages: vec![Message { role: MessageRole::User, content: format!("Question of {name}?") }],
        responses: vec![Response {
            text: format!("Answer of {name}."),
            model: Some("small".to_owned()),
            ..Response::default()
        }],
        component: Component::Representative,
        task_type: Some("qa".to_owned()),
        locale: Some("en-GB".to_owned()),
        ..Sample::default()
    }
}

pub(crate) fn graded(grade: u8) -> Work {
    let grade = Grade::new(grade);
    let grades = [("accuracy".into(), grade), ("tone".into(), grade)].into();
    Work { responses: vec![ResponseWork { grades, ..ResponseWork::default() }], ..Work::empty(1) }
}
