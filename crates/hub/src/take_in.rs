//! Taking facts in: the rules of the protocol, in one place for both databases.
//!
//! Each fact is judged in the order of the request, against what the hub has and what was accepted before it
//! in the same request. What passes is written at the end, all at once ([`crate::brought`]).

use std::collections::HashMap;
use std::sync::Arc;

use assay_model::{
    AnnotationBody, AnnotationState, AssignmentBody, AssignmentState, Completeness, FactId, MemberBody,
    MemberId, ResolutionBody, Role, Rubric, RubricBody, RubricId, SampleId, Settings,
};
use assay_sync::wire::{Receipt, Refusal, RefusalCode, Verdict, WireFact};

use crate::agreement::Change;
use crate::brought::Brought;
use crate::db::{DbError, Tx};
use crate::grades;
use crate::hear::{Heard, Said};
use crate::known::{Assigned, Head, Known, Rubrics};
use crate::project::{Membership, Project};
use crate::say::{forbidden, invalid, refusal, unknown};

/// What became of a request's facts.
pub(crate) struct Taken {
    /// The last place of the project before.
    pub before: u64,
    pub receipts: Vec<Receipt>,
    /// The annotations that count now and did not before.
    pub changes: Vec<Change>,
    /// Rubric versions that were read or taken in.
    pub rubrics: Rubrics,
}

/// Judges facts and writes those that pass. The project's row is locked.
pub(crate) fn take_in(
    tx: &mut dyn Tx,
    project: &mut Project,
    me: &Membership,
    heard: &[Heard],
    rubrics: Rubrics,
) -> Result<Taken, DbError> {
    let before = project.head;
    let known = Known::of(tx, project.n, me.body.role, heard, rubrics)?;
    let mut desk = Desk { me, known, brought: Brought::default(), places: HashMap::new(), next: before + 1 };
    let receipts: Vec<Receipt> =
        heard.iter().map(|heard| Receipt { id: heard.fact.id, verdict: desk.verdict(heard) }).collect();
    let Desk { known, brought, .. } = desk;
    let changes = brought.write(tx, project, &known)?;
    Ok(Taken { before, receipts, changes, rubrics: known.rubrics })
}

/// Where facts are judged.
struct Desk<'a> {
    me: &'a Membership,
    /// What the hub has, and what was accepted so far.
    known: Known,
    brought: Brought<'a>,
    /// The facts accepted so far.
    places: HashMap<FactId, (u64, &'a WireFact)>,
    /// The place that the next accepted fact gets.
    next: u64,
}

impl<'a> Desk<'a> {
    fn verdict(&mut self, heard: &'a Heard) -> Verdict {
        match self.judge(heard) {
            Ok(seq) => Verdict::Accepted(seq),
            Err(refusal) => Verdict::Refused(refusal),
        }
    }

    fn judge(&mut self, heard: &'a Heard) -> Result<u64, Refusal> {
        let fact = &heard.fact;
        if let Some(seq) = self.there(fact)? {
            return Ok(seq);
        }
        let said = heard.said.as_ref().map_err(Clone::clone)?;
        self.numbered(fact)?;
        if fact.author != self.me.body.id {
            return Err(forbidden("somebody else is named as its author", "only its author can send it"));
        }
        let seq = self.next;
        match said {
            Said::Member(body) => self.member(fact, body)?,
            Said::Settings(body) => self.settings(body)?,
            Said::Rubric(body) => self.rubric(fact, body, seq)?,
            Said::Sample { external_id, responses } => {
                self.lead()?;
                if self.known.external_ids.contains_key(external_id) {
                    return Err(refusal(
                        RefusalCode::SampleConflict,
                        format!("another sample is called “{external_id}”"),
                        "import it under another id, or leave it out: the hub has it already",
                    ));
                }
                let id = SampleId(fact.id.0);
                self.known.external_ids.insert(external_id.clone(), id);
                self.known.samples.insert(id, *responses);
                self.brought.samples.push((id, external_id, *responses));
            }
            Said::Assignment(body) => self.assignment(fact, body)?,
            Said::Annotation(body) => self.annotation(fact, body, seq)?,
            Said::Resolution(body) => self.resolution(body)?,
        }
        self.next += 1;
        self.known.devices.insert(fact.device, fact.author);
        self.known.numbers.insert((fact.device, fact.device_no));
        self.places.insert(fact.id, (seq, fact));
        self.brought.facts.push((fact, said.about(), said.sample()));
        Ok(seq)
    }

    /// The place of a fact that is there. Device and number may differ: a laptop that took a new device
    /// numbers anew whatever it does not know to be on the hub.
    fn there(&self, fact: &WireFact) -> Result<Option<u64>, Refusal> {
        let (seq, same) = if let Some((seq, there)) = self.places.get(&fact.id) {
            let same = there.kind == fact.kind
                && there.author == fact.author
                && there.time == fact.time
                && there.body.get() == fact.body.get();
            (*seq, same)
        } else if let Some(there) = self.known.facts.get(&fact.id) {
            let same = there.kind == fact.kind.word()
                && there.author == fact.author
                && there.time == fact.time.0
                && there.body == fact.body.get();
            (there.seq, same)
        } else {
            return Ok(None);
        };
        if same {
            return Ok(Some(seq));
        }
        Err(refusal(
            RefusalCode::IdTaken,
            "the hub has another fact under this id",
            "a fact is never changed; this is a fault of Assay, please report it",
        ))
    }

    /// A number names one fact of one device of one member.
    fn numbered(&self, fact: &WireFact) -> Result<(), Refusal> {
        let others = self.known.devices.get(&fact.device).is_some_and(|member| *member != fact.author);
        if others || self.known.numbers.contains(&(fact.device, fact.device_no)) {
            return Err(refusal(
                RefusalCode::DeviceFork,
                "another fact has this number of this device: a restored backup, or a copied disk",
                "the laptop takes a new device id and sends again; nothing is to be done",
            ));
        }
        Ok(())
    }

    fn leads(&self) -> bool {
        matches!(self.me.body.role, Role::Owner | Role::Lead)
    }

    fn lead(&self) -> Result<(), Refusal> {
        if self.leads() {
            return Ok(());
        }
        Err(forbidden("only owners and leads write this", "ask a lead of the project"))
    }

    /// The first fact about a member: oneself, or a rater whose work was read from a file. All else about
    /// members the hub writes.
    fn member(&mut self, fact: &WireFact, body: &MemberBody) -> Result<(), Refusal> {
        self.lead()?;
        let by_hub =
            || forbidden("members are changed on the hub", "change the member in the list of members");
        if body.id.0 != fact.id.0 {
            return Err(by_hub());
        }
        let me = &self.me.body;
        let row = match self.known.members.get(&body.id) {
            None if body.role == Role::Annotator => {
                Membership { body: body.clone(), account: None, fact: true }
            }
            Some(there) if body.id == me.id && !there.fact && body.role == me.role && body.active => {
                Membership { body: body.clone(), account: there.account, fact: true }
            }
            _ => return Err(by_hub()),
        };
        self.known.members.insert(body.id, row.clone());
        self.brought.members.push(row);
        Ok(())
    }

    fn settings(&mut self, body: &Settings) -> Result<(), Refusal> {
        self.lead()?;
        self.brought.minimum_people = Some(u64::from(body.minimum_people));
        self.brought.name = Some(body.name.replace(char::is_control, " "));
        Ok(())
    }

    fn rubric(&mut self, fact: &WireFact, body: &RubricBody, seq: u64) -> Result<(), Refusal> {
        self.lead()?;
        let (current, version) = self.known.rubric.unzip();
        if body.parent != current {
            return Err(refusal(
                RefusalCode::RubricConflict,
                "the rubric was changed by somebody else meanwhile",
                "begin again from the current version",
            ));
        }
        if body.version != version.unwrap_or(0) + 1 {
            return Err(refusal(
                RefusalCode::Invalid,
                "rubric versions are counted one by one",
                "update Assay",
            ));
        }
        let id = RubricId(fact.id.0);
        self.known.rubric = Some((id, body.version));
        self.known.rubrics.insert(id, Arc::new(body.rubric.clone()));
        self.brought.rubrics.push((id, body.version, seq));
        Ok(())
    }

    fn assignment(&mut self, fact: &WireFact, body: &AssignmentBody) -> Result<(), Refusal> {
        self.lead()?;
        self.responses(body.sample)?;
        let standing = body.state == AssignmentState::Assigned;
        let member =
            if body.member == self.me.body.id { Some(self.me) } else { self.known.members.get(&body.member) };
        let member = member.ok_or_else(|| unknown("member"))?;
        if standing && !member.body.active {
            return Err(forbidden("its member was removed from the project", "assign it to somebody else"));
        }
        let key = (body.sample, body.member);
        let expires = body.expires.filter(|_| standing).map(|time| time.0);
        let before = self.known.assignments.insert(key, Assigned { standing, expires, author: fact.author });
        let change = i64::from(standing) - i64::from(before.is_some_and(|before| before.standing));
        self.brought.tally(body.member)[0] += change;
        self.brought.assignments.insert(key);
        Ok(())
    }

    fn annotation(&mut self, fact: &WireFact, body: &AnnotationBody, seq: u64) -> Result<(), Refusal> {
        let responses = self.responses(body.sample)?;
        let rubric = self.known_rubric(body.annotation.rubric)?;
        let key = (body.sample, body.member);
        let own = body.member == fact.author;
        match self.me.body.role {
            Role::Observer => return Err(forbidden("observers label nothing", "ask for another role")),
            Role::Annotator if !own => {
                return Err(forbidden("it is another’s work", "only they can send it"));
            }
            Role::Annotator if !self.known.assignments.contains_key(&key) => {
                return Err(forbidden("the sample was never assigned to you", "ask a lead to assign it"));
            }
            Role::Owner | Role::Lead if !own => self.read_from_file(body.member)?,
            _ => {}
        }
        // What was read from a file may leave out what a person at the window must say.
        let at_window =
            self.me.body.role == Role::Annotator && body.annotation.state == AnnotationState::Submitted;
        let complete = if at_window { Completeness::Whole } else { Completeness::Partial };
        body.annotation.work.check(&rubric, responses, complete).map_err(|why| invalid(&why))?;
        let new = Head {
            revision: body.revision,
            id: fact.id,
            state: body.annotation.state,
            seq,
            grades: grades::pack(&body.annotation.work),
        };
        let before = self.known.heads.get(&key);
        if before.is_some_and(|before| (before.revision, before.id) > (new.revision, new.id)) {
            return Ok(());
        }
        let tally = self.brought.tally(body.member);
        for (place, state) in [(1, AnnotationState::Submitted), (2, AnnotationState::Skipped)] {
            tally[place] += i64::from(new.state == state);
            tally[place] -= i64::from(before.is_some_and(|before| before.state == state));
        }
        let before = self.known.heads.insert(key, new);
        self.brought.heads.entry(key).or_insert(before);
        Ok(())
    }

    /// A lead may write down the work of a rater who has no token; nobody writes another's work for them.
    fn read_from_file(&self, member: MemberId) -> Result<(), Refusal> {
        let member = self.known.members.get(&member).ok_or_else(|| unknown("member"))?;
        if member.account.is_some() {
            return Err(forbidden("it is another’s work", "only they can send it"));
        }
        Ok(())
    }

    fn resolution(&mut self, body: &ResolutionBody) -> Result<(), Refusal> {
        self.lead()?;
        let responses = self.responses(body.sample)?;
        let rubric = self.known_rubric(body.resolution.rubric)?;
        body.resolution.check(&rubric, responses).map_err(|why| invalid(&why))
    }

    fn responses(&self, sample: SampleId) -> Result<usize, Refusal> {
        self.known.samples.get(&sample).copied().ok_or_else(|| unknown("sample"))
    }

    fn known_rubric(&self, id: RubricId) -> Result<Arc<Rubric>, Refusal> {
        self.known.rubrics.get(&id).cloned().ok_or_else(|| unknown("rubric version"))
    }
}
