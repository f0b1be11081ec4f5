//! What a course knows of the hub by reading its facts, without any of the hub's own code: who may see what,
//! who is assigned to what, and that what was taken in stays what it was.

use std::collections::{BTreeMap, BTreeSet};

use assay_model::{
    AnnotationBody, AssignmentBody, AssignmentState, FactId, Kind, MemberId, Role, SampleId, Settings,
};
use assay_sync::wire::{Placed, SyncAnswer, SyncRequest, Verdict};

use crate::place::HubFact;
use crate::sim::Fault;

#[derive(Default)]
pub struct Ledger {
    pub facts: BTreeMap<u64, HubFact>,
    by_id: BTreeMap<FactId, u64>,
    /// Whether the newest assignment of a sample to a member stands.
    pub assigned: BTreeMap<(SampleId, MemberId), bool>,
    /// Who ever worked on what.
    pub worked: BTreeSet<(SampleId, MemberId)>,
    minimum_people: u32,
    /// Whether the hub was ever put back.
    pub restored: bool,
}

/// Whose an assignment or annotation is, and of which sample.
pub fn about(kind: Kind, body: &str) -> Option<(SampleId, MemberId)> {
    match kind {
        Kind::Assignment => {
            let body: AssignmentBody = serde_json::from_str(body).unwrap();
            Some((body.sample, body.member))
        }
        Kind::Annotation => {
            let body: AnnotationBody = serde_json::from_str(body).unwrap();
            Some((body.sample, body.member))
        }
        _ => None,
    }
}

/// Whether a fact is in what a member reads.
pub fn may_see(role: Role, member: MemberId, kind: Kind, body: &str) -> bool {
    match (role, kind) {
        (Role::Owner | Role::Lead | Role::Observer, _) => true,
        (_, Kind::Member | Kind::Settings | Kind::Rubric) => true,
        (_, Kind::Sample | Kind::Resolution) => false,
        (_, Kind::Assignment | Kind::Annotation) => {
            about(kind, body).is_some_and(|(_, whose)| whose == member)
        }
    }
}

impl Ledger {
    pub fn head(&self) -> u64 {
        self.facts.len() as u64
    }

    pub fn of(&self, id: FactId) -> Option<&HubFact> {
        self.by_id.get(&id).and_then(|seq| self.facts.get(seq))
    }

    /// Takes in what the hub has since it was last looked at.
    pub fn follow(&mut self, new: Vec<HubFact>) -> Result<(), Fault> {
        for fact in new {
            if fact.seq != self.head() + 1 {
                return Err(format!("place {} follows {}", fact.seq, self.head()));
            }
            if let Some(other) = self.by_id.insert(fact.id, fact.seq) {
                return Err(format!("{} is at {other} and at {}", fact.id, fact.seq));
            }
            match fact.kind {
                Kind::Settings => {
                    let settings: Settings = serde_json::from_str(&fact.body).unwrap();
                    self.minimum_people = settings.minimum_people;
                }
                Kind::Assignment => {
                    let body: AssignmentBody = serde_json::from_str(&fact.body).unwrap();
                    let standing = body.state == AssignmentState::Assigned;
                    self.assigned.insert((body.sample, body.member), standing);
                }
                Kind::Annotation => self.worked.extend(about(fact.kind, &fact.body)),
                _ => {}
            }
            self.facts.insert(fact.seq, fact);
        }
        Ok(())
    }

    /// The hub was put back: what it has now is all.
    pub fn start_over(&mut self, facts: Vec<HubFact>) -> Result<(), Fault> {
        *self = Self { restored: true, ..Self::default() };
        self.follow(facts)
    }

    /// What was answered must be so: what is said to be there is there, at that place, as it was sent, and
    /// nothing is told to whom it is not for.
    pub fn check(&self, member: MemberId, request: &SyncRequest, answer: &SyncAnswer) -> Result<(), Fault> {
        for (fact, receipt) in request.facts.iter().zip(&answer.receipts) {
            let Verdict::Accepted(seq) = receipt.verdict else { continue };
            let there = self.facts.get(&seq).filter(|there| there.id == fact.id);
            let there = there.ok_or_else(|| format!("{} was accepted and is not at {seq}", fact.id))?;
            if there.body != fact.body.get() || there.author != fact.author || there.time != fact.time.0 {
                return Err(format!("{} was taken in as something else", fact.id));
            }
        }
        for placed in &answer.facts {
            self.check_shown(member, answer.role, placed)?;
        }
        if answer.role == Role::Annotator {
            let few = answer.agreement.iter().find(|one| one.raters < u64::from(self.minimum_people));
            if let Some(few) = few {
                return Err(format!("numbers of {} people are shown to an annotator", few.raters));
            }
        }
        Ok(())
    }

    fn check_shown(&self, member: MemberId, role: Role, placed: &Placed) -> Result<(), Fault> {
        let fact = &placed.fact;
        let shown = |why: &str| Err(format!("the {} {} is shown, {why}", fact.kind.word(), fact.id));
        if !may_see(role, member, fact.kind, fact.body.get()) {
            return shown("and is not for its reader");
        }
        for carried in &placed.carries {
            let sample = SampleId(carried.fact.id.0);
            let key = (sample, member);
            if carried.fact.kind != Kind::Sample || about(fact.kind, fact.body.get()) != Some(key) {
                return shown("and carries something else than its sample");
            }
            if self.assigned.get(&key) != Some(&true) && !self.worked.contains(&key) {
                return shown("and carries a sample that is not assigned");
            }
        }
        Ok(())
    }
}
