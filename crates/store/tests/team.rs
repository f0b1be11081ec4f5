//! A copy of a team's project takes in what the hub says (promise 2).

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::borrow::Cow;
use std::sync::Arc;

use assay_model::{
    AssignmentState, DeviceId, FactId, Kind, MemberId, Message, MessageRole, Response, Role, Rubric, Sample,
    SampleId, Settings, Timestamp,
};
use assay_store::{
    Answer, Arrival, FactRow, HubCursor, NewAssignment, NewProject, Place, Store, TestWorld, Verdict, World,
};
use serde_json::{Value, json};
use uuid::Uuid;

struct Copy {
    _folder: tempfile::TempDir,
    store: Store,
    /// The hub's ids.
    hub: TestWorld,
}

fn rubric() -> Rubric {
    let level = |grade: u8| json!({ "grade": grade, "meaning": format!("grade {grade}") });
    let dimension = json!({ "id": "tone", "name": "Tone", "levels": (1..=5).map(level).collect::<Vec<_>>() });
    serde_json::from_value(json!({ "name": "Quality", "dimensions": [dimension] })).unwrap()
}

fn sample(name: &str) -> Sample {
    Sample {
        external_id: name.into(),
        messages: vec![Message { role: MessageRole::User, content: "Why?".to_owned() }],
        responses: vec![Response { text: "Because.".to_owned(), ..Response::default() }],
        ..Sample::default()
    }
}

impl Copy {
    /// The owner's copy, whose first facts are on the hub at the places 1 to 3.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let new = NewProject {
            settings: Settings::named("Answers"),
            rubric: rubric(),
            owner_name: "Olga".to_owned(),
        };
        let store = Store::create(folder.path().join("p.assay"), &new, Arc::new(TestWorld::new(1))).unwrap();
        store.connect("https://hub.example.org").unwrap();
        let copy = Self { _folder: folder, store, hub: TestWorld::new(2) };
        copy.all_sent(1);
        copy
    }

    /// Everything unsent gets the places from that one on.
    fn all_sent(&self, first: u64) {
        let sent = self.store.outgoing(100, 1 << 20).unwrap();
        let receipts =
            (first..).zip(&sent).map(|(seq, fact)| (fact.id, Verdict::Placed(place(seq)))).collect();
        self.take_in(receipts, Vec::new(), first + sent.len() as u64 - 1);
    }

    fn take_in(&self, receipts: Vec<(FactId, Verdict)>, facts: Vec<Arrival<'_>>, seq: u64) {
        let cursor = HubCursor { epoch: "one".to_owned(), all: true, seq, mark: "mark".to_owned() };
        self.store.take_in(&Answer { receipts, facts, cursor }).unwrap();
    }

    fn of_hub(&self, id: Uuid, seq: u64, kind: Kind, author: MemberId, body: &Value) -> Arrival<'static> {
        Arrival {
            place: place(seq),
            fact: FactRow {
                id: FactId(id),
                kind,
                author,
                device: DeviceId(self.hub.id()),
                device_no: 1,
                time: Timestamp(1_767_603_600_000),
                body: Cow::Owned(body.to_string()),
            },
            carries: Vec::new(),
        }
    }

    /// Somebody who joined.
    fn joined(&self, seq: u64, name: &str, role: &str) -> (MemberId, Arrival<'static>) {
        let id = self.hub.id();
        let body = json!({ "id": id, "name": name, "role": role, "kind": "person", "active": true });
        (MemberId(id), self.of_hub(id, seq, Kind::Member, MemberId(id), &body))
    }

    fn is_whole(&self) {
        let verified = self.store.verify().unwrap();
        assert!(verified.is_ok(), "{:?}", verified.problems);
    }
}

fn place(seq: u64) -> Place {
    Place { seq, sum: seq }
}

#[test]
fn a_sample_that_another_lead_added_too_keeps_what_was_assigned_of_it() {
    let copy = Copy::new();
    let mine = copy.store.add_samples(&[sample("s1")]).unwrap().added[0];
    let member = copy.store.me().id;
    let assignment =
        NewAssignment { sample: mine, member, state: AssignmentState::Assigned, due: None, expires: None };
    copy.store.assign(&[assignment]).unwrap();
    let theirs = copy.hub.id();
    let body = serde_json::to_value(sample("s1")).unwrap();
    let (lea, lea_joined) = copy.joined(4, "Lea", "lead");
    let arrival = copy.of_hub(theirs, 5, Kind::Sample, lea, &body);
    copy.take_in(Vec::new(), vec![lea_joined, arrival], 5);
    copy.is_whole();
    let mut found = Vec::new();
    copy.store.for_each_assigned(&mut |one| found.push((one.sample, one.assigned))).unwrap();
    assert_eq!(found, [(SampleId(theirs), vec![member])]);
    assert_eq!(copy.store.next(None).unwrap(), Some(SampleId(theirs)), "it is mine to do");
}

/// To whom each sample is assigned.
fn assigned(copy: &Copy) -> Vec<Vec<MemberId>> {
    let mut found = Vec::new();
    copy.store.for_each_assigned(&mut |one| found.push(one.assigned)).unwrap();
    found
}

fn refused(code: &str) -> Verdict {
    Verdict::Refused { code: code.to_owned(), message: "no".to_owned(), hint: "ask".to_owned() }
}

#[test]
fn an_assignment_that_the_hub_refused_counts_for_nothing_until_it_is_sent_again() {
    let copy = Copy::new();
    let me = copy.store.me().id;
    let sample = copy.store.add_samples(&[sample("s1")]).unwrap().added[0];
    let assign = |state| {
        let assignment = NewAssignment { sample, member: me, state, due: None, expires: None };
        copy.store.assign(&[assignment]).unwrap();
    };
    assign(AssignmentState::Assigned);
    copy.all_sent(4);
    assign(AssignmentState::Withdrawn);
    assert_eq!(assigned(&copy), [[]], "what waits to be sent counts");
    let withdrawal = copy.store.outgoing(1, 1 << 20).unwrap().remove(0);
    copy.take_in(vec![(withdrawal.id, refused("not_allowed"))], Vec::new(), 5);
    assert_eq!(assigned(&copy), [[me]]);
    assert_eq!(copy.store.next(None).unwrap(), Some(sample), "it is mine to do again");
    copy.is_whole();
    copy.store.keep_here(&[withdrawal.id]).unwrap();
    assert_eq!(assigned(&copy), [[me]]);
    copy.store.send_again(&[withdrawal.id]).unwrap();
    assert_eq!(assigned(&copy), [[]]);
    assert_eq!(copy.store.next(None).unwrap(), None);
    copy.is_whole();
}

#[test]
fn an_assignment_that_waited_for_its_sample_is_sent_once_another_brought_the_sample() {
    let copy = Copy::new();
    let me = copy.store.me().id;
    let mine = copy.store.add_samples(&[sample("s1")]).unwrap().added[0];
    let state = AssignmentState::Assigned;
    let assignment = NewAssignment { sample: mine, member: me, state, due: None, expires: None };
    copy.store.assign(&[assignment]).unwrap();
    let sent = copy.store.outgoing(2, 1 << 20).unwrap();
    let receipts = vec![(sent[0].id, refused("sample_conflict")), (sent[1].id, refused("unknown"))];
    copy.take_in(receipts, Vec::new(), 3);
    assert_eq!(assigned(&copy), [[]]);
    let (lea, joined) = copy.joined(4, "Lea", "lead");
    let theirs =
        copy.of_hub(copy.hub.id(), 5, Kind::Sample, lea, &serde_json::to_value(sample("s1")).unwrap());
    copy.take_in(Vec::new(), vec![joined, theirs], 5);
    assert_eq!(assigned(&copy), [[me]]);
    let outgoing = copy.store.outgoing(2, 1 << 20).unwrap();
    assert_eq!(outgoing.iter().map(|fact| fact.id).collect::<Vec<_>>(), [sent[1].id]);
    copy.is_whole();
}

#[test]
fn an_assignment_that_the_hub_lost_of_another_counts_after_all_that_it_has() {
    let copy = Copy::new();
    let me = copy.store.me().id;
    let sample = copy.store.add_samples(&[sample("s1")]).unwrap().added[0];
    let state = AssignmentState::Assigned;
    copy.store.assign(&[NewAssignment { sample, member: me, state, due: None, expires: None }]).unwrap();
    copy.all_sent(4);
    let (lea, joined) = copy.joined(6, "Lea", "lead");
    let body = json!({ "sample": sample, "member": me, "state": "withdrawn" });
    let withdrawal = copy.of_hub(copy.hub.id(), 7, Kind::Assignment, lea, &body);
    copy.take_in(Vec::new(), vec![joined.clone(), withdrawal], 7);
    assert_eq!(assigned(&copy), [[]]);
    let mut known = Vec::new();
    copy.store.for_each_placed(&mut |id, seq| known.push((id, seq))).unwrap();
    copy.store.begin_again("other_history").unwrap();
    assert_eq!(assigned(&copy), [[]], "while all is read again, the order is what it was");
    copy.is_whole();
    let receipts =
        known.into_iter().filter(|(_, seq)| *seq < 6).map(|(id, seq)| (id, Verdict::Placed(place(seq))));
    copy.take_in(receipts.collect(), vec![joined], 6);
    copy.store.end_again(false).unwrap();
    assert_eq!(assigned(&copy), [[me]]);
    copy.is_whole();
}

#[test]
fn a_copy_that_hears_of_facts_of_its_own_device_takes_another() {
    let copy = Copy::new();
    let (before, me) = (copy.store.device(), copy.store.me().id);
    copy.store.add_samples(&[sample("unsent")]).unwrap();
    // Another copy of the same disk has used the next numbers.
    let body = serde_json::to_value(sample("elsewhere")).unwrap();
    let mut arrival = copy.of_hub(copy.hub.id(), 4, Kind::Sample, me, &body);
    arrival.fact.device = before;
    arrival.fact.device_no = 4;
    copy.take_in(Vec::new(), vec![arrival], 4);
    assert_ne!(copy.store.device(), before);
    copy.store.add_samples(&[sample("more")]).unwrap();
    copy.is_whole();
    let outgoing = copy.store.outgoing(100, 1 << 20).unwrap();
    let numbers: Vec<_> = outgoing.iter().map(|fact| (fact.device, fact.device_no)).collect();
    assert_eq!(numbers, [(copy.store.device(), 1), (copy.store.device(), 2)]);
}

#[test]
fn a_fact_that_another_copy_of_the_disk_sent_has_the_number_that_the_hub_knows() {
    let copy = Copy::new();
    let (device, me) = (copy.store.device(), copy.store.me().id);
    copy.store.add_samples(&[sample("both")]).unwrap();
    let sent = copy.store.outgoing(1, 1 << 20).unwrap().remove(0);
    // The other copy took a new device and sent it; a third one used the number meanwhile.
    let body: Value = serde_json::from_str(&sent.body).unwrap();
    let arrival = copy.of_hub(sent.id.0, 4, Kind::Sample, me, &body);
    let body = serde_json::to_value(sample("third")).unwrap();
    let mut third = copy.of_hub(copy.hub.id(), 5, Kind::Sample, me, &body);
    third.fact.device = device;
    third.fact.device_no = sent.device_no;
    copy.take_in(Vec::new(), vec![arrival, third], 5);
    copy.is_whole();
}

#[test]
fn a_number_that_copies_of_a_disk_used_for_different_facts_is_no_damage() {
    let copy = Copy::new();
    let (device, me) = (copy.store.device(), copy.store.me().id);
    copy.store.add_samples(&[sample("both")]).unwrap();
    let sent = copy.store.outgoing(1, 1 << 20).unwrap().remove(0);
    // Another copy took a new device and sent it first: the hub answers where it is, and not by which number it
    // knows it. A third one used the number meanwhile.
    let body = serde_json::to_value(sample("third")).unwrap();
    let mut third = copy.of_hub(copy.hub.id(), 5, Kind::Sample, me, &body);
    third.fact.device = device;
    third.fact.device_no = sent.device_no;
    copy.take_in(vec![(sent.id, Verdict::Placed(place(4)))], vec![third], 5);
    assert_ne!(copy.store.device(), device);
    copy.is_whole();
}

#[test]
fn a_number_of_a_device_given_up_that_another_copy_went_on_with_is_no_damage() {
    let copy = Copy::new();
    let (device, me) = (copy.store.device(), copy.store.me().id);
    copy.store.add_samples(&[sample("mine")]).unwrap();
    let sent = copy.store.outgoing(1, 1 << 20).unwrap().remove(0);
    copy.all_sent(4);
    copy.store.fork_device().unwrap();
    // The hub was put back, lost it, and is not to have it any more; a copy of the disk used its number.
    let mut known = Vec::new();
    copy.store.for_each_placed(&mut |id, seq| known.push((id, seq))).unwrap();
    copy.store.begin_again("other_history").unwrap();
    let receipts =
        known.into_iter().filter(|(_, seq)| *seq < 4).map(|(id, seq)| (id, Verdict::Placed(place(seq))));
    copy.take_in(receipts.collect(), Vec::new(), 3);
    copy.store.end_again(false).unwrap();
    copy.take_in(vec![(sent.id, refused("not_allowed"))], Vec::new(), 3);
    let body = serde_json::to_value(sample("theirs")).unwrap();
    let mut theirs = copy.of_hub(copy.hub.id(), 4, Kind::Sample, me, &body);
    theirs.fact.device = device;
    theirs.fact.device_no = sent.device_no;
    copy.take_in(Vec::new(), vec![theirs], 4);
    assert_eq!(copy.store.refused().unwrap().len(), 1, "it stays, to be sent again or kept here");
    copy.is_whole();
}

#[test]
fn a_number_that_another_used_anew_after_the_hub_lost_a_fact_is_no_damage() {
    let copy = Copy::new();
    let (lea, joined) = copy.joined(4, "Lea", "lead");
    let body = serde_json::to_value(sample("lost")).unwrap();
    let lost = copy.of_hub(copy.hub.id(), 5, Kind::Sample, lea, &body);
    let (device, device_no) = (lost.fact.device, lost.fact.device_no);
    copy.take_in(Vec::new(), vec![joined.clone(), lost], 5);
    let mut known = Vec::new();
    copy.store.for_each_placed(&mut |id, seq| known.push((id, seq))).unwrap();
    copy.store.begin_again("other_history").unwrap();
    copy.is_whole();
    let receipts =
        known.into_iter().filter(|(_, seq)| *seq < 4).map(|(id, seq)| (id, Verdict::Placed(place(seq))));
    let body = serde_json::to_value(sample("anew")).unwrap();
    let mut anew = copy.of_hub(copy.hub.id(), 5, Kind::Sample, lea, &body);
    (anew.fact.device, anew.fact.device_no) = (device, device_no);
    copy.take_in(receipts.collect(), vec![joined, anew], 5);
    copy.is_whole();
    copy.store.end_again(false).unwrap();
    copy.is_whole();
}

#[test]
fn numbers_that_were_given_twice_or_will_be_are_found() {
    let problems = |copy: &Copy| copy.store.verify().unwrap().problems;
    let said = "device numbers were given twice or will be";
    let changed = |change: &str| {
        let copy = Copy::new();
        copy.store.add_samples(&[sample("a"), sample("b")]).unwrap();
        copy.is_whole();
        rusqlite::Connection::open(copy.store.path()).unwrap().execute(change, []).unwrap();
        problems(&copy)
    };
    // The counter went back; two facts of this device have one number, on the hub or not.
    assert_eq!(changed("UPDATE local SET device_no = device_no - 1"), [format!("1 {said}")]);
    assert_eq!(changed("UPDATE sample SET device_no = 4"), [format!("1 {said}")]);
    assert_eq!(changed("UPDATE settings SET device_no = 1"), [format!("1 {said}")]);
    // The hub has one number for two facts of another.
    let copy = Copy::new();
    let (lea, joined) = copy.joined(4, "Lea", "lead");
    let of_lea = |seq, name: &str| {
        copy.of_hub(copy.hub.id(), seq, Kind::Sample, lea, &serde_json::to_value(sample(name)).unwrap())
    };
    let (one, mut other) = (of_lea(5, "one"), of_lea(6, "other"));
    other.fact.device = one.fact.device;
    copy.take_in(Vec::new(), vec![joined, one, other], 6);
    assert_eq!(problems(&copy), [format!("1 {said}")]);
}

#[test]
fn what_the_hub_lost_about_members_is_not_so_any_more() {
    let copy = Copy::new();
    let me = copy.store.me().id;
    let (lea, joined) = copy.joined(4, "Lea", "annotator");
    let body = json!({ "id": lea, "name": "Leonie", "role": "lead", "kind": "person", "active": false });
    let change = copy.of_hub(copy.hub.id(), 5, Kind::Member, me, &body);
    copy.take_in(Vec::new(), vec![joined.clone(), change], 5);
    let role = |name: &str| copy.store.member_by_name(name).unwrap().map(|member| member.role);
    assert_eq!(role("Leonie"), Some(Role::Lead));
    // The hub was put back to place 4.
    let firsts = copy.store.outgoing(100, 1 << 20).unwrap();
    assert!(firsts.is_empty());
    let mut known = Vec::new();
    copy.store.for_each_placed(&mut |id, seq| known.push((id, seq))).unwrap();
    copy.store.begin_again("other_history").unwrap();
    let receipts =
        known.into_iter().filter(|(_, seq)| *seq < 4).map(|(id, seq)| (id, Verdict::Placed(place(seq))));
    copy.take_in(receipts.collect(), vec![joined], 4);
    copy.store.end_again(false).unwrap();
    assert_eq!((role("Lea"), role("Leonie")), (Some(Role::Annotator), None));
    assert!(copy.store.outgoing(100, 1 << 20).unwrap().is_empty(), "members are the hub's to say");
    copy.is_whole();
}

#[test]
fn what_the_hub_lost_of_another_is_not_current() {
    let copy = Copy::new();
    let first = copy.store.rubric().unwrap();
    let (lea, joined) = copy.joined(4, "Lea", "lead");
    let body = json!({ "version": 2, "parent": first.id, "rubric": rubric() });
    let second = copy.of_hub(copy.hub.id(), 5, Kind::Rubric, lea, &body);
    let settings = serde_json::to_value(Settings::named("Lea's")).unwrap();
    let renamed = copy.of_hub(copy.hub.id(), 6, Kind::Settings, lea, &settings);
    copy.take_in(Vec::new(), vec![joined.clone(), second, renamed], 6);
    assert_eq!(
        (copy.store.rubric().unwrap().version, copy.store.settings().unwrap().name.as_str()),
        (2, "Lea's")
    );
    let mut known = Vec::new();
    copy.store.for_each_placed(&mut |id, seq| known.push((id, seq))).unwrap();
    copy.store.begin_again("other_history").unwrap();
    let receipts =
        known.into_iter().filter(|(_, seq)| *seq < 4).map(|(id, seq)| (id, Verdict::Placed(place(seq))));
    copy.take_in(receipts.collect(), vec![joined], 4);
    copy.store.end_again(false).unwrap();
    assert_eq!(copy.store.rubric().unwrap().id, first.id);
    assert_eq!(copy.store.settings().unwrap().name, "Answers");
    // What I have yet to send is.
    copy.store.save_settings(&Settings::named("Mine")).unwrap();
    assert_eq!(copy.store.settings().unwrap().name, "Mine");
    assert_eq!(
        copy.store.save_rubric(first.id, Rubric { name: "Mine".to_owned(), ..rubric() }).unwrap().version,
        2
    );
    copy.is_whole();
}
