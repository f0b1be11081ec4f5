//! What a request brought, written at once.

use std::collections::{BTreeMap, BTreeSet};

use assay_model::{AnnotationState, ExternalId, MemberId, RubricId, SampleId};
use assay_sync::wire::WireFact;

use crate::agreement::Change;
use crate::audience::Audience;
use crate::db::{Column, DbError, Param, Tx};
use crate::known::{Assigned, Head, Known, halves, state_word};
use crate::project::{Membership, NewFact, Project, append, put_member, save};

/// The facts accepted from a request, and what follows from them.
#[derive(Default)]
pub(crate) struct Brought<'a> {
    /// Each with the member and the sample that it is about, in the order of their places.
    pub facts: Vec<(&'a WireFact, Option<MemberId>, Option<SampleId>)>,
    pub members: Vec<Membership>,
    /// Versions with their places.
    pub rubrics: Vec<(RubricId, u32, u64)>,
    pub samples: Vec<(SampleId, &'a ExternalId, usize)>,
    /// Whose newest assignment is another now.
    pub assignments: BTreeSet<(SampleId, MemberId)>,
    /// What counted before, for each annotation that counts anew.
    pub heads: BTreeMap<(SampleId, MemberId), Option<Head>>,
    /// By how much each member's samples assigned, submitted and skipped changed.
    tallies: BTreeMap<MemberId, [i64; 3]>,
    pub minimum_people: Option<u64>,
    /// The project's new name.
    pub name: Option<String>,
}

impl Brought<'_> {
    /// A member's changes, to be added to.
    pub(crate) fn tally(&mut self, member: MemberId) -> &mut [i64; 3] {
        self.tallies.entry(member).or_default()
    }

    /// Writes all of it, the project's row included. `known` holds what counts now.
    pub(crate) fn write(
        self,
        tx: &mut dyn Tx,
        project: &mut Project,
        known: &Known,
    ) -> Result<Vec<Change>, DbError> {
        if self.facts.is_empty() {
            return Ok(Vec::new());
        }
        let facts: Vec<NewFact<'_>> =
            self.facts.iter().map(|(fact, about, sample)| new(fact, *about, *sample)).collect();
        let members: Vec<_> =
            self.facts.iter().filter(|(fact, ..)| fact.kind == assay_model::Kind::Member).collect();
        let first = append(tx, project, &facts)?;
        if !members.is_empty() {
            let last = facts.iter().rposition(|fact| fact.kind == assay_model::Kind::Member);
            project.members_seq = first + last.unwrap_or(0) as u64;
        }
        for member in &self.members {
            put_member(tx, project.n, member)?;
        }
        self.write_rubrics(tx, project)?;
        self.write_samples(tx, project.n)?;
        write_assignments(tx, project.n, self.assignments.iter().map(|key| (*key, known.assignments[key])))?;
        let changes = self.write_heads(tx, project.n, known)?;
        write_tallies(tx, project.n, &self.tallies)?;
        if let Some(fewest) = self.minimum_people {
            project.minimum_people = fewest;
        }
        if let Some(name) = &self.name {
            tx.execute(
                "UPDATE project SET name = $2 WHERE n = $1",
                &[project.n.into(), name.as_str().into()],
            )?;
        }
        save(tx, project)?;
        Ok(changes)
    }

    fn write_rubrics(&self, tx: &mut dyn Tx, project: &mut Project) -> Result<(), DbError> {
        for (id, version, seq) in &self.rubrics {
            tx.execute(
                "INSERT INTO rubric (p, id, version, seq) VALUES ($1, $2, $3, $4)",
                &[project.n.into(), (&id.0).into(), i64::from(*version).into(), (*seq as i64).into()],
            )?;
            project.rubric_seq = *seq;
        }
        Ok(())
    }

    fn write_samples(&self, tx: &mut dyn Tx, p: i64) -> Result<(), DbError> {
        let ids: Vec<_> = self.samples.iter().map(|(id, ..)| id.bytes()).collect();
        tx.insert_each(
            "INSERT INTO sample (p, id, external_id, responses) VALUES ($1, $2, $3, $4)",
            &[
                Column::Same(p),
                Column::bytes(&ids),
                Column::texts(self.samples.iter().map(|(_, external, _)| external.as_str())),
                Column::ints(self.samples.iter().map(|(.., responses)| *responses as i64)),
            ],
        )
    }

    fn write_heads(&self, tx: &mut dyn Tx, p: i64, known: &Known) -> Result<Vec<Change>, DbError> {
        let keys: Vec<(SampleId, MemberId)> = self.heads.keys().copied().collect();
        let heads: Vec<&Head> = keys.iter().map(|key| &known.heads[key]).collect();
        let (samples, members) = halves(&keys);
        let ids: Vec<_> = heads.iter().map(|head| head.id.bytes()).collect();
        let counts = |head: &Head| head.state == AnnotationState::Submitted;
        tx.insert_each(
            "INSERT INTO annotation (p, sample, member, revision, id, state, seq, grades)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (p, sample, member) DO UPDATE SET revision = excluded.revision, id = excluded.id,
               state = excluded.state, seq = excluded.seq, grades = excluded.grades",
            &[
                Column::Same(p),
                Column::bytes(&samples),
                Column::bytes(&members),
                Column::ints(heads.iter().map(|head| i64::from(head.revision))),
                Column::bytes(&ids),
                Column::texts(heads.iter().map(|head| state_word(head.state))),
                Column::ints(heads.iter().map(|head| head.seq as i64)),
                Column::texts(heads.iter().map(|head| if counts(head) { head.grades.as_str() } else { "" })),
            ],
        )?;
        let change = |(key, head): (&(SampleId, MemberId), &Head)| Change {
            sample: key.0,
            member: key.1,
            grades: if counts(head) { head.grades.clone() } else { String::new() },
        };
        Ok(keys.iter().zip(heads).map(change).collect())
    }
}

fn new<'a>(fact: &'a WireFact, about: Option<MemberId>, sample: Option<SampleId>) -> NewFact<'a> {
    NewFact { sample, ..written(fact, Audience::of(fact.kind, about)) }
}

/// A fact as it was sent, about to be written, of no sample.
pub(crate) fn written(fact: &WireFact, audience: Audience) -> NewFact<'_> {
    NewFact {
        id: fact.id,
        kind: fact.kind,
        author: fact.author,
        device: fact.device,
        device_no: fact.device_no,
        time: fact.time.0,
        audience,
        sample: None,
        body: fact.body.get(),
    }
}

/// Writes newest assignments.
pub(crate) fn write_assignments(
    tx: &mut dyn Tx,
    p: i64,
    newest: impl Iterator<Item = ((SampleId, MemberId), Assigned)>,
) -> Result<(), DbError> {
    let (keys, there): (Vec<_>, Vec<Assigned>) = newest.unzip();
    let (samples, members) = halves(&keys);
    let authors: Vec<_> = there.iter().map(|there| there.author.bytes()).collect();
    tx.insert_each(
        "INSERT INTO assignment (p, sample, member, assigned, author, expires)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (p, sample, member) DO UPDATE SET assigned = excluded.assigned,
           author = excluded.author, expires = excluded.expires",
        &[
            Column::Same(p),
            Column::bytes(&samples),
            Column::bytes(&members),
            Column::ints(there.iter().map(|there| i64::from(there.standing))),
            Column::bytes(&authors),
            Column::Ints(there.iter().map(|there| there.expires).collect()),
        ],
    )
}

/// Adds to what is counted of each member.
pub(crate) fn write_tallies(
    tx: &mut dyn Tx,
    p: i64,
    tallies: &BTreeMap<MemberId, [i64; 3]>,
) -> Result<(), DbError> {
    for (member, [assigned, submitted, skipped]) in tallies.iter().filter(|(_, change)| **change != [0; 3]) {
        let change: [Param<'_>; 5] =
            [p.into(), (&member.0).into(), (*assigned).into(), (*submitted).into(), (*skipped).into()];
        tx.execute(
            "UPDATE membership SET assigned = assigned + $3, submitted = submitted + $4, skipped = skipped + $5
             WHERE p = $1 AND member = $2",
            &change,
        )?;
    }
    Ok(())
}
