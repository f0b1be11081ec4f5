//! How fast reading and exporting are: `cargo run --release -p assay-dataset --example speed`.
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

use assay_dataset::read::{ReadOptions, Reader};
use assay_dataset::write::{About, ExportOptions, Exporter, Labelled, Rated, Target, write_sample};
use assay_model::{
    Annotation, AnnotationState, Component, ExternalId, Message, MessageRole, RaterKind, Response,
    ResponseWork, Sample, Work,
};

const SAMPLES: u128 = 10_000;

fn text(seed: u128, words: u128) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut text = String::new();
    for _ in 0..words {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) % (1 << 64);
        text.push_str(&format!("w{} ", (state >> 33) % 9000));
    }
    text
}

fn sample(n: u128) -> Sample {
    Sample {
        external_id: ExternalId(format!("s{n}")),
        messages: vec![Message { role: MessageRole::User, content: text(n, 40) }],
        responses: vec![Response { text: text(n + 1_000_000, 350), ..Response::default() }],
        component: if n.is_multiple_of(50) { Component::Golden } else { Component::Representative },
        ..Sample::default()
    }
}

fn labelled(n: u128) -> Labelled {
    let sample = sample(n);
    let id = |kind: u128| uuid::Uuid::from_u128(kind << 64 | n);
    let correction = sample.responses[0].text.replace("w1", "fixed");
    let work = Work {
        responses: vec![ResponseWork { correction: Some(correction), ..ResponseWork::default() }],
        ..Work::default()
    };
    let annotation =
        Annotation { rubric: id(3).into(), state: AnnotationState::Submitted, skip_reason: None, work };
    let rated = Rated {
        id: id(2).into(),
        rater: "r1".to_owned(),
        kind: RaterKind::Person,
        rubric_version: 1,
        annotation,
    };
    Labelled { id: id(1).into(), sample, annotations: vec![rated], resolution: None }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("assay-speed-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("samples.jsonl");
    let mut file = BufWriter::new(File::create(&path)?);
    for n in 0..SAMPLES * 5 {
        write_sample(&sample(n), &mut file)?;
    }
    file.flush()?;

    let start = Instant::now();
    let mut reader = Reader::open(&path, ReadOptions::default())?;
    let good = reader.by_ref().filter(Result::is_ok).count();
    let seconds = start.elapsed().as_secs_f64();
    let megabytes = reader.bytes_read() as f64 / 1e6;
    println!("read   {good} samples, {megabytes:.0} MB: {:.0} MB/s", megabytes / seconds);

    let items: Vec<Labelled> = (0..SAMPLES).map(labelled).collect();
    for (what, held) in [("without held-out samples", false), ("with 200 held-out samples", true)] {
        let start = Instant::now();
        let mut exporter =
            Exporter::create(&folder.join("dpo"), ExportOptions::new(Target::TrlDpo), About::default())?;
        if held {
            items.iter().for_each(|item| exporter.hold_out(&item.sample));
        }
        for item in &items {
            exporter.push(item)?;
        }
        let report = exporter.finish()?;
        println!("export {} rows {what}: {:.0} ms", report.rows, start.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
