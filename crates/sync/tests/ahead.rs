//! Reading on while a page is being written.

use std::cell::{Cell, RefCell};

use assay_model::{DeviceId, FactId, Kind, MemberId, Role, Timestamp};
use assay_sync::client::{Again, Applied, Error, Replica, Standing, Transport, TransportError, sync};
use assay_sync::digest::Digest;
use assay_sync::wire::{Cursor, Receipt, SyncAnswer, SyncRequest, Verdict, View, WireFact};

/// A hub with so many pages, which says what was asked in which order.
struct Pages<'a> {
    last: u64,
    fails_after: u64,
    said: &'a RefCell<Vec<String>>,
}

fn cursor(seq: u64) -> Cursor {
    Cursor { epoch: "hub".to_owned(), view: View::All, seq, mark: format!("m{seq}") }
}

fn fact() -> WireFact {
    let id = uuid::Uuid::from_u128(1);
    WireFact {
        id: FactId(id),
        kind: Kind::Annotation,
        author: MemberId(id),
        device: DeviceId(id),
        device_no: 1,
        time: Timestamp(0),
        body: Box::default(),
    }
}

impl Transport for Pages<'_> {
    fn sync(&self, request: &SyncRequest) -> Result<SyncAnswer, TransportError> {
        let seq = request.cursor.as_ref().map_or(0, |cursor| cursor.seq) + 1;
        let brings = if request.facts.is_empty() { "" } else { ", and sends" };
        self.said.borrow_mut().push(format!("asks for {seq}{brings}"));
        if seq > self.fails_after {
            return Err(TransportError::Offline("no network".to_owned()));
        }
        Ok(SyncAnswer {
            receipts: request
                .facts
                .iter()
                .map(|fact| Receipt { id: fact.id, verdict: Verdict::Accepted(1) })
                .collect(),
            facts: Vec::new(),
            cursor: cursor(seq),
            more: seq < self.last && request.facts.is_empty(),
            digest: None,
            role: Role::Lead,
            agreement: Vec::new(),
            untold: Vec::new(),
        })
    }
}

struct Laptop<'a> {
    at: RefCell<Option<Cursor>>,
    /// After this page everything is begun again.
    begins_again: Cell<Option<u64>>,
    /// With this page comes what a refused fact waited for.
    frees: Option<u64>,
    waits: Cell<bool>,
    said: &'a RefCell<Vec<String>>,
}

impl Replica for Laptop<'_> {
    type Error = String;

    fn standing(&self) -> Result<Standing, String> {
        Ok(Standing { cursor: self.at.borrow().clone(), again: None, digest: Digest::default() })
    }
    fn outgoing(&self, _: usize, _: usize) -> Result<Vec<WireFact>, String> {
        Ok(if self.waits.get() { vec![fact()] } else { Vec::new() })
    }
    fn apply(&self, answer: &SyncAnswer) -> Result<Applied, String> {
        self.said.borrow_mut().push(format!("writes {}", answer.cursor.seq));
        let forgets = self.begins_again.get() == Some(answer.cursor.seq);
        if forgets {
            self.begins_again.set(None);
        }
        *self.at.borrow_mut() = (!forgets).then(|| answer.cursor.clone());
        let freed = self.frees == Some(answer.cursor.seq) && answer.receipts.is_empty();
        self.waits.set((self.waits.get() || freed) && answer.receipts.is_empty());
        Ok(Applied { pulled: 1, freed: u64::from(freed), ..Applied::default() })
    }
    fn fork(&self) -> Result<(), String> {
        Ok(())
    }
    fn begin_again(&self, _: Again) -> Result<(), String> {
        Ok(())
    }
    fn end_again(&self) -> Result<(), String> {
        Ok(())
    }
}

/// What was said, how many requests it took or why it ended.
fn course(last: u64, fails_after: u64, begins_again: Option<u64>) -> (Vec<String>, Result<u64, String>) {
    played(last, fails_after, begins_again, None)
}

fn played(
    last: u64,
    fails_after: u64,
    begins_again: Option<u64>,
    frees: Option<u64>,
) -> (Vec<String>, Result<u64, String>) {
    let said = RefCell::default();
    let pages = Pages { last, fails_after, said: &said };
    let laptop = Laptop {
        at: RefCell::default(),
        begins_again: Cell::new(begins_again),
        frees,
        waits: Cell::new(false),
        said: &said,
    };
    let outcome = sync(&laptop, &pages, "test", |_| true);
    let outcome =
        outcome.map(|outcome| outcome.round_trips).map_err(|error: Error<String>| error.to_string());
    (said.take(), outcome)
}

#[test]
fn the_next_page_is_asked_for_before_the_one_at_hand_is_written_and_each_is_asked_for_once() {
    let (said, trips) = course(3, 3, None);
    assert_eq!(said, ["asks for 1", "asks for 2", "writes 1", "asks for 3", "writes 2", "writes 3"]);
    assert_eq!(trips, Ok(3));
}

#[test]
fn a_page_that_came_is_written_though_the_next_does_not_come() {
    let (said, outcome) = course(3, 1, None);
    assert_eq!(said, ["asks for 1", "asks for 2", "writes 1"]);
    assert_eq!(outcome, Err("no network".to_owned()));
}

#[test]
fn a_page_that_no_longer_follows_what_is_here_is_not_written() {
    let (said, trips) = course(2, 9, Some(1));
    assert_eq!(
        said,
        ["asks for 1", "asks for 2", "writes 1", "asks for 1", "asks for 2", "writes 1", "writes 2"]
    );
    assert_eq!(trips, Ok(4));
}

#[test]
fn what_waited_for_something_on_any_page_is_sent_in_the_same_sync() {
    for page in 1..=3 {
        let (said, trips) = played(3, 9, None, Some(page));
        let reads = ["asks for 1", "asks for 2", "writes 1", "asks for 3", "writes 2", "writes 3"];
        assert_eq!(said[..6], reads);
        assert_eq!(said[6..], ["asks for 4, and sends", "writes 4"], "freed by page {page}");
        assert_eq!(trips, Ok(4));
    }
}
