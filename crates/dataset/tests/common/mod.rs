//! A small project that every export test works on.
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::path::Path;

use assay_dataset::Error;
use assay_dataset::write::{About, ExportOptions, Exporter, Labelled, Rated, Report};
use assay_model::*;
use uuid::Uuid;

pub fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n)
}

pub fn message(role: MessageRole, content: &str) -> Message {
    Message { role, content: content.to_owned() }
}

pub fn sample(name: &str, prompt: &str, responses: &[&str]) -> Sample {
    Sample {
        external_id: ExternalId::from(name),
        messages: vec![message(MessageRole::User, prompt)],
        responses: responses
            .iter()
            .map(|text| Response {
                text: (*text).to_owned(),
                model: Some("tern-2".to_owned()),
                ..Response::default()
            })
            .collect(),
        task_type: Some("support".to_owned()),
        locale: Some("en-GB".to_owned()),
        ..Sample::default()
    }
}

pub fn rubric() -> Rubric {
    let dimension = |id: &str, weight| Dimension {
        id: DimensionId::from(id),
        name: id.to_owned(),
        description: String::new(),
        weight,
        threshold: None,
        levels: Grade::ALL
            .into_iter()
            .map(|grade| Level { grade, meaning: format!("level {grade}"), example: String::new() })
            .collect(),
        required: true,
    };
    Rubric {
        name: "Two things".to_owned(),
        guidelines: String::new(),
        dimensions: vec![dimension("accuracy", 3.0), dimension("tone", 1.0)],
        reason_codes: vec![],
        verdicts: vec![Verdict::Pass, Verdict::Borderline, Verdict::Fail],
    }
}

pub fn about() -> About {
    About {
        title: "Café \"Tern\": answers".to_owned(),
        rubrics: [(1, rubric())].into(),
        agreement: Some(serde_json::json!({
            "schema": "assay.agreement/1",
            "dimensions": [{"dimension": "accuracy", "coefficients": [
                {"coefficient": "krippendorff_alpha", "weights": "ordinal", "value": 0.61}]}],
        })),
        edit_distance: None,
    }
}

pub fn grades(accuracy: u8, tone: Option<u8>) -> BTreeMap<DimensionId, Option<Grade>> {
    [
        (DimensionId::from("accuracy"), Grade::new(accuracy)),
        (DimensionId::from("tone"), tone.and_then(Grade::new)),
    ]
    .into()
}

pub fn work(accuracy: u8, verdict: Option<Verdict>, correction: Option<&str>) -> ResponseWork {
    ResponseWork {
        grades: grades(accuracy, Some(4)),
        verdict,
        correction: correction.map(str::to_owned),
        ..ResponseWork::default()
    }
}

pub fn rated(n: u128, rater: &str, responses: Vec<ResponseWork>, preference: Option<Vec<Vec<u32>>>) -> Rated {
    Rated {
        id: uuid(n).into(),
        rater: rater.to_owned(),
        kind: RaterKind::Person,
        rubric_version: 1,
        annotation: Annotation {
            rubric: uuid(1).into(),
            state: AnnotationState::Submitted,
            skip_reason: None,
            work: Work {
                responses,
                preference: preference.map(Preference),
                active_ms: 41_000,
                ..Work::default()
            },
        },
    }
}

pub fn labelled(n: u128, sample: Sample, annotations: Vec<Rated>) -> Labelled {
    Labelled { id: uuid(n).into(), sample, annotations, resolution: None }
}

/// Every way in which a row comes about or does not.
pub fn project() -> Vec<Labelled> {
    use Verdict::{Borderline, Fail, Pass};
    let mut turns =
        sample("turns", "Then make it \"shorter\", please, with emoji 🙂.", &["Short, no emoji.", "Kurz 🙂"]);
    turns.messages.splice(
        0..0,
        [
            message(MessageRole::System, "You write letters."),
            message(MessageRole::User, "Write to my landlord."),
            message(MessageRole::Assistant, "Dear landlord,\n\nthe tap drips."),
        ],
    );
    let mut golden =
        sample("golden", "Which wall may a tenant paint in the spring of a leap year?", &["Any."]);
    golden.component = Component::Golden;
    let resolution = Resolution {
        rubric: uuid(1).into(),
        responses: vec![ResponseResolution {
            grades: grades(2, Some(4)),
            verdict: Some(Fail),
            correction: Some("You have 14 days.".to_owned()),
            ..ResponseResolution::default()
        }],
        preference: None,
        cause: None,
        note: String::new(),
        basis: vec![],
    };
    vec![
        labelled(
            100,
            sample("corrected", "How long may I return it?", &["You have 60 days."]),
            vec![
                rated(
                    200,
                    "r1",
                    vec![work(2, Some(Fail), Some("You have 14 days, with the receipt."))],
                    None,
                ),
                rated(
                    201,
                    "r2",
                    vec![work(2, Some(Fail), Some("You have 14 days, with the receipt."))],
                    None,
                ),
                rated(202, "r3", vec![work(3, Some(Borderline), Some("You have 60 days."))], None),
            ],
        ),
        labelled(
            101,
            turns,
            vec![
                rated(
                    203,
                    "r1",
                    vec![work(3, Some(Borderline), None), work(5, Some(Pass), None)],
                    Some(vec![vec![1], vec![0]]),
                ),
                rated(
                    204,
                    "r2",
                    vec![work(3, Some(Fail), None), work(4, Some(Pass), None)],
                    Some(vec![vec![1], vec![0]]),
                ),
                rated(
                    205,
                    "r3",
                    vec![work(4, Some(Fail), None), work(4, None, None)],
                    Some(vec![vec![0, 1]]),
                ),
            ],
        ),
        labelled(
            102,
            sample("contradictory", "Tea or coffee?", &["Tea.", "Coffee."]),
            vec![
                rated(
                    206,
                    "r1",
                    vec![ResponseWork::default(), ResponseWork::default()],
                    Some(vec![vec![1], vec![0]]),
                ),
                rated(
                    207,
                    "r2",
                    vec![ResponseWork::default(), ResponseWork::default()],
                    Some(vec![vec![0], vec![1]]),
                ),
            ],
        ),
        Labelled {
            resolution: Some((uuid(300).into(), resolution)),
            ..labelled(
                103,
                sample("resolved", "How long may I return shoes?", &["Shoes: 60 days."]),
                vec![rated(208, "r1", vec![work(4, Some(Pass), Some("Shoes: 30 days."))], None)],
            )
        },
        labelled(104, golden, vec![rated(209, "r1", vec![work(5, Some(Pass), Some("Any wall."))], None)]),
        labelled(
            105,
            sample("near", "which WALL may a tenant paint, in the spring of a leap year", &["None."]),
            vec![rated(210, "r1", vec![work(1, Some(Fail), Some("Any of them."))], None)],
        ),
        labelled(106, sample("silent", "Nobody graded this.", &["No."]), vec![]),
        labelled(
            107,
            sample("passed", "Say hello in Japanese.", &["こんにちは"]),
            vec![rated(211, "r2", vec![work(5, Some(Pass), None)], None)],
        ),
        labelled(
            108,
            sample("gap", "Name a prime number.", &["7", "8"]),
            vec![rated(212, "r2", vec![work(5, None, None), work(1, None, None)], None)],
        ),
    ]
}

/// The whole of an export into a folder.
pub fn export(folder: &Path, options: ExportOptions, items: &[Labelled]) -> Result<Report, Error> {
    run(Exporter::create(folder, options, about())?, items)
}

pub fn run(mut exporter: Exporter, items: &[Labelled]) -> Result<Report, Error> {
    items.iter().for_each(|item| exporter.hold_out(&item.sample));
    items.iter().try_for_each(|item| exporter.push(item))?;
    exporter.finish()
}
