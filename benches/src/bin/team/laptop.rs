//! What a sync costs a laptop, with a thousand samples and with a million.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::cell::RefCell;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use assay_api::Laptop;
use assay_benches::figures::{Times, Took, head, promise, ratio, row, setting, times_as_long, took};
use assay_benches::nouns;
use assay_model::{
    Annotation, AnnotationBody, AnnotationState, DeviceId, FactId, Kind, MemberBody, MemberId, RaterKind,
    Role, RubricId, SampleId, Timestamp,
};
use assay_store::{SampleFilter, Store};
use assay_sync::client::{self, Transport, TransportError};
use assay_sync::digest::Digest;
use assay_sync::wire::{Cursor, Placed, Receipt, SyncAnswer, SyncRequest, Verdict, View, WireFact};
use uuid::Uuid;

const FEW: usize = 1000;
/// Annotations sent, and received, by one sync.
const BROUGHT: usize = 50;
const ROUNDS: usize = 60;

/// How many samples the large project has.
pub fn large() -> Result<usize> {
    setting("ASSAY_BENCH_SAMPLES", 1_000_000)
}

/// A project that is on a hub, and the hub.
pub struct Published {
    pub store: Store,
    hub: Answering,
    samples: Vec<SampleId>,
}

/// Makes a project with so many samples, half of them annotated, and sends it to a hub.
pub fn published(path: &Path, samples: usize) -> Result<Published> {
    let begun = Instant::now();
    let store = nouns::project_of(path, samples, nouns::short_sample)?;
    let (rubric, me) = (store.rubric()?.id, store.me().id);
    let (mut ids, mut after) = (Vec::with_capacity(samples), None);
    while ids.len() < samples {
        let page = store.samples(&SampleFilter::default(), after, 50_000)?;
        after = page.rows.last().map(|row| row.n);
        ids.extend(page.rows.iter().map(|row| row.id));
    }
    for page in ids[..samples / 2].chunks(50_000) {
        store.annotate(me, page.iter().map(|sample| (*sample, submitted(rubric, 0))).collect())?;
    }
    let made = begun.elapsed().as_secs_f64();
    let hub = Answering::default();
    store.connect("http://127.0.0.1:1")?;
    let begun = Instant::now();
    let outcome = sync(&store, &hub)?;
    println!(
        "{samples} samples, {} annotations: made in {made:.1} s, {} facts sent in {:.1} s",
        samples / 2,
        outcome.pushed,
        begun.elapsed().as_secs_f64()
    );
    Ok(Published { store, hub, samples: ids })
}

pub fn measure(folder: &Path, large: &Published) -> Result<()> {
    let small = published(&folder.join("small.assay"), FEW)?;
    let sides = [&small, large];
    let others: Vec<MemberId> =
        sides.iter().map(|side| side.hub.member(side.store.me().id)).collect::<Result<_>>()?;
    let mut times: [[Vec<Took>; 2]; 6] = Default::default();
    for round in 0..ROUNDS {
        for (at, side) in sides.into_iter().enumerate() {
            let Published { store, hub, samples } = side;
            let (rubric, me) = (store.rubric()?.id, store.me().id);
            // From all over the half that was not annotated; each sample comes round again, as often in both.
            let half = &samples[samples.len() / 2..];
            let place = |n: usize| half[n * (half.len() / BROUGHT) + round % 10];
            let mine: Vec<SampleId> = (0..BROUGHT).map(place).collect();
            store.annotate(me, mine.iter().map(|sample| (*sample, submitted(rubric, round))).collect())?;
            for sample in &mine {
                let annotation = submitted(rubric, round);
                let member = others[at];
                let revision = u32::try_from(round)? + 1;
                let body = AnnotationBody { sample: *sample, member, revision, annotation };
                hub.coming(Kind::Annotation, member, None, &body)?;
            }
            times[2][at].push(took(|| {
                ensure!(store.outgoing_count()? == BROUGHT as u64, "not all work waits to be sent");
                Ok(())
            })?);
            times[0][at].push(took(|| {
                let outcome = sync(store, hub)?;
                ensure!(outcome.pushed == BROUGHT as u64, "{} facts were sent", outcome.pushed);
                ensure!(outcome.pulled >= BROUGHT as u64, "{} facts came", outcome.pulled);
                Ok(())
            })?);
            times[1][at].push(took(|| sync(store, hub).map(drop))?);
            times[3][at].push(took(|| Ok(store.refused().map(drop)?))?);
            times[4][at].push(took(|| Ok(store.sync_history(20).map(drop)?))?);
            times[5][at].push(took(|| Ok(store.note_sync(1, 1, 0, None)?))?);
        }
    }
    println!(
        "\nwhat a sync costs a laptop, {FEW} samples against {} ({ROUNDS} each, by turns)",
        large.samples.len()
    );
    head();
    let names = [
        format!("sync, {BROUGHT} annotations each way"),
        "sync, nothing to do".to_owned(),
        "how much waits to be sent".to_owned(),
        "what was refused".to_owned(),
        "the last syncs".to_owned(),
        "noting a sync".to_owned(),
    ];
    for (name, [few, lots]) in names.into_iter().zip(times) {
        let (few, lots) = (Times::of(few), Times::of(lots));
        row(&format!("{name}, {FEW}"), few);
        row(&format!("{name}, {}", large.samples.len()), lots);
        let (what, told) = if few.cpu.is_zero() {
            ("by the clock", times_as_long(lots.p50, few.p50))
        } else {
            ("on CPU", times_as_long(lots.cpu, few.cpu))
        };
        ratio(&format!("  ratio {what} ({})", promise(told, 1.5)), lots, few);
    }
    Ok(())
}

fn submitted(rubric: RubricId, round: usize) -> Annotation {
    let work = nouns::graded(|dimension| [4, 3, 5, 2][(round + dimension) % 4]);
    Annotation { rubric, state: AnnotationState::Submitted, skip_reason: None, work }
}

fn sync(store: &Store, hub: &Answering) -> Result<client::Outcome> {
    client::sync(&Laptop(store), hub, "bench", |_| true).map_err(|error| anyhow!("{error}"))
}

/// What stands in for a hub: takes everything in, and says what it was told to say. It costs next to nothing.
#[derive(Default)]
struct Answering(RefCell<Known>);

#[derive(Default)]
struct Known {
    seq: u64,
    digest: Digest,
    device_no: u64,
    device: Uuid,
    coming: Vec<Placed>,
}

impl Known {
    fn place(&mut self, id: FactId) -> u64 {
        self.seq += 1;
        self.digest = self.digest.plus(Digest::of(id, self.seq));
        self.seq
    }
}

impl Answering {
    /// Somebody else in the team.
    fn member(&self, by: MemberId) -> Result<MemberId> {
        self.0.borrow_mut().device = Uuid::now_v7();
        let id = MemberId(Uuid::now_v7());
        let (name, role, kind) = ("Bea".to_owned(), Role::Annotator, RaterKind::Person);
        let body = MemberBody { id, name, role, kind, active: true };
        self.coming(Kind::Member, by, Some(FactId(id.0)), &body)?;
        Ok(id)
    }

    /// Says this with the next answer.
    fn coming(
        &self,
        kind: Kind,
        author: MemberId,
        id: Option<FactId>,
        body: &impl serde::Serialize,
    ) -> Result<()> {
        let mut known = self.0.borrow_mut();
        known.device_no += 1;
        let fact = WireFact {
            id: id.unwrap_or_else(|| FactId(Uuid::now_v7())),
            kind,
            author,
            device: DeviceId(known.device),
            device_no: known.device_no,
            time: Timestamp(1_767_603_600_000),
            body: serde_json::value::to_raw_value(body).context("a body is no JSON")?,
        };
        let seq = known.place(fact.id);
        known.coming.push(Placed { seq, fact, carries: Vec::new() });
        Ok(())
    }
}

impl Transport for Answering {
    fn sync(&self, request: &SyncRequest) -> Result<SyncAnswer, TransportError> {
        let mut known = self.0.borrow_mut();
        let receipts = request
            .facts
            .iter()
            .map(|fact| Receipt { id: fact.id, verdict: Verdict::Accepted(known.place(fact.id)) })
            .collect();
        let cursor =
            Cursor { epoch: "bench".to_owned(), view: View::All, seq: known.seq, mark: String::new() };
        Ok(SyncAnswer {
            receipts,
            facts: std::mem::take(&mut known.coming),
            cursor,
            more: false,
            digest: Some(known.digest),
            role: Role::Owner,
            agreement: Vec::new(),
            untold: Vec::new(),
        })
    }
}
