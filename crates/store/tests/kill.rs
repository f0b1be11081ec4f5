//! Promise 1: saved means saved. A process that writes is killed at random moments; whatever it was told was
//! saved is there, and the file is whole.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use assay_model::{
    AnnotationState, Dimension, ExternalId, Grade, Level, Message, MessageRole, Response, ResponseWork,
    Rubric, Sample, SampleId, Settings, Work,
};
use assay_store::{NewProject, Store, SubmitAs, SystemWorld};

const SAMPLES: usize = 40;
const KILLS: u32 = 30;
/// Tells the process that it is the one to be killed, and which project it works on.
const VICTIM: &str = "ASSAY_TEST_KILL_PROJECT";

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.assay");
    let store = Store::create(&path, &new_project(), Arc::new(SystemWorld)).unwrap();
    let samples: Vec<Sample> = (0..SAMPLES).map(sample).collect();
    let ids = store.add_samples(&samples).unwrap().added;
    drop(store);
    // What each sample must hold: the mark of the last acknowledged work on it, or of the next one.
    let mut acknowledged: Vec<u64> = vec![0; SAMPLES];
    let mut told = 0;
    for round in 0..KILLS {
        let first_mark = u64::from(round) * 1_000_000 + 1;
        // Moments spread from before its first write on, at any point of what comes after: counted in writes, so
        // that a busy machine proves as much as an idle one.
        let writes = (round * 7919 % 29) as usize;
        let wait = Duration::from_micros(u64::from(round * 7907 % 31) * 250);
        for (sample, mark) in run_and_kill(&path, first_mark, writes, wait) {
            acknowledged[sample] = mark;
            told += 1;
        }
        let store = Store::open(&path, Arc::new(SystemWorld)).unwrap();
        let report = store.verify().unwrap();
        assert!(report.is_ok(), "round {round}: {report:?}");
        for (sample, &id) in ids.iter().enumerate() {
            let kept = mark_of(&store, id);
            assert!(
                kept >= acknowledged[sample],
                "round {round}: sample {sample} was told {}, and holds {kept}",
                acknowledged[sample]
            );
        }
    }
    assert!(told > u64::from(KILLS), "the victim was killed too early to prove anything: {told} writes");
}

/// The mark of the newest work on a sample, as a draft or as a revision.
fn mark_of(store: &Store, id: SampleId) -> u64 {
    let draft = store.draft(id).unwrap().map_or(0, |draft| draft.work.active_ms);
    let head = store.head(id, store.me().id).unwrap().map_or(0, |head| {
        assert_eq!(head.annotation.state, AnnotationState::Submitted);
        head.annotation.work.active_ms
    });
    draft.max(head)
}

/// Starts the victim, kills it some time after it was told of so many writes, and returns what it was told.
fn run_and_kill(path: &Path, first_mark: u64, writes: usize, wait: Duration) -> Vec<(usize, u64)> {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_victim", "--nocapture", "--test-threads=1"])
        .env(VICTIM, format!("{first_mark}:{}", path.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let begun = lines.by_ref().map(Result::unwrap).any(|line| line.ends_with("begin"));
    assert!(begun, "the victim did not begin");
    let before: Vec<String> = lines.by_ref().map(Result::unwrap).take(writes).collect();
    std::thread::sleep(wait);
    victim.kill().unwrap();
    victim.wait().unwrap();
    // A last line that was cut off was not told.
    before
        .into_iter()
        .chain(lines.map(Result::unwrap))
        .filter_map(|line| {
            let (sample, mark) = line.strip_prefix("saved ")?.strip_suffix(" .")?.split_once(' ')?;
            Some((sample.parse().unwrap(), mark.parse().unwrap()))
        })
        .collect()
}

/// Not a test of its own: what is killed. Writes drafts and submissions for ever, and says so after each.
#[test]
fn the_victim() {
    let Ok(order) = std::env::var(VICTIM) else { return };
    let (mark, path) = order.split_once(':').unwrap();
    let (mut mark, path) = (mark.parse::<u64>().unwrap(), PathBuf::from(path));
    let store = Store::open(path, Arc::new(SystemWorld)).unwrap();
    let names: Vec<ExternalId> = (0..SAMPLES).map(|i| sample(i).external_id).collect();
    let ids: Vec<SampleId> = store.sample_ids(&names).unwrap().into_iter().map(Option::unwrap).collect();
    let mut out = std::io::stdout();
    writeln!(out, "\nbegin").unwrap();
    loop {
        let sample = (mark * 31 % SAMPLES as u64) as usize;
        if mark.is_multiple_of(3) {
            store.submit(ids[sample], work(mark), SubmitAs::Submitted).unwrap();
        } else {
            store.save_draft(ids[sample], &work(mark)).unwrap();
        }
        writeln!(out, "saved {sample} {mark} .").unwrap();
        out.flush().unwrap();
        mark += 1;
    }
}

fn work(mark: u64) -> Work {
    let grades = [("accuracy".into(), Grade::new((mark % 5) as u8 + 1))].into();
    let note = "A remark that takes room. ".repeat((mark % 200) as usize);
    let response = ResponseWork { grades, note, ..ResponseWork::default() };
    Work { responses: vec![response], active_ms: mark, ..Work::empty(1) }
}

fn sample(number: usize) -> Sample {
    Sample {
        external_id: ExternalId(format!("s{number}")),
        messages: vec![Message { role: MessageRole::User, content: "Question?".to_owned() }],
        responses: vec![Response { text: "Answer.".to_owned(), ..Response::default() }],
        ..Sample::default()
    }
}

fn new_project() -> NewProject {
    let level = |grade| Level { grade, meaning: format!("Deserves {grade}."), example: String::new() };
    let accuracy = Dimension {
        id: "accuracy".into(),
        name: "Accuracy".to_owned(),
        description: String::new(),
        weight: 1.0,
        threshold: None,
        levels: Grade::ALL.into_iter().map(level).collect(),
        required: true,
    };
    let rubric = Rubric {
        name: "Test".to_owned(),
        guidelines: String::new(),
        dimensions: vec![accuracy],
        reason_codes: Vec::new(),
        verdicts: Vec::new(),
    };
    NewProject { settings: Settings::named("Test"), rubric, owner_name: "Ada".to_owned() }
}
