//! What people do on their laptops.

use std::collections::{BTreeMap, BTreeSet};

use assay_model::plan::{Candidate, PlanOptions, plan};
use assay_model::{
    Annotation, AnnotationState, AssignmentState, Component, Dimension, DimensionId, Grade, Level, MemberId,
    Message, MessageRole, RaterKind, Resolution, Response, ResponseResolution, ResponseWork, Role, Rubric,
    Sample, SampleId, Settings, Timestamp, Work,
};
use assay_store::{NewAssignment, Store, SubmitAs};

use crate::rng::Rng;
use crate::sim::{Fault, Sim, said};

/// A rubric of some of three dimensions; each number makes another one.
pub fn rubric(rng: &mut Rng, number: usize) -> Rubric {
    let all = ["accuracy", "tone", "safety"];
    let first = rng.below(3);
    let dimensions = (0..rng.between(1, 2)).map(|n| dimension(all[(first + n) % 3])).collect();
    Rubric {
        name: "Quality".to_owned(),
        guidelines: format!("version {number}"),
        dimensions,
        reason_codes: Vec::new(),
        verdicts: Vec::new(),
    }
}

fn dimension(id: &str) -> Dimension {
    let level = |grade: Grade| Level { grade, meaning: format!("grade {grade}"), example: String::new() };
    Dimension {
        id: DimensionId(id.to_owned()),
        name: id.to_owned(),
        description: String::new(),
        weight: 1.0,
        threshold: None,
        levels: Grade::ALL.into_iter().map(level).collect(),
        required: true,
    }
}

/// A sample of one of few names and one of two contents, so that names clash.
fn sample(rng: &mut Rng) -> Sample {
    let (name, content) = (rng.below(12), u8::from(rng.percent(25)));
    let response = |n: usize| Response { text: format!("answer {n}"), ..Response::default() };
    Sample {
        external_id: format!("s{name:02}").as_str().into(),
        messages: vec![Message { role: MessageRole::User, content: format!("question {name}.{content}") }],
        responses: (0..=name % 2).map(response).collect(),
        component: if name % 5 == 0 { Component::Golden } else { Component::Representative },
        ..Sample::default()
    }
}

fn grade(rng: &mut Rng) -> Option<Grade> {
    if rng.percent(10) { None } else { Grade::new(rng.between(1, 5) as u8) }
}

fn work(rng: &mut Rng, rubric: &Rubric, responses: usize) -> Work {
    let one = |rng: &mut Rng| {
        let grades = rubric.dimensions.iter().map(|dimension| (dimension.id.clone(), grade(rng))).collect();
        ResponseWork { grades, note: format!("note {}", rng.below(1000)), ..ResponseWork::default() }
    };
    Work { responses: (0..responses).map(|_| one(rng)).collect(), ..Work::default() }
}

/// Every sample of a laptop, with who is assigned to it and who worked on it.
fn candidates(store: &Store) -> Result<Vec<Candidate>, Fault> {
    let mut found = Vec::new();
    said(store.for_each_assigned(&mut |one| {
        found.push(Candidate {
            sample: one.sample,
            golden: one.component == Component::Golden,
            stratum: String::new(),
            assigned: one.assigned.into_iter().collect(),
            worked: one.worked.into_iter().collect(),
        });
    }))?;
    Ok(found)
}

impl Sim {
    /// Something that the person at a laptop may do there.
    pub fn write_on(&self, laptop: usize) -> Result<(), Fault> {
        let store = self.store(laptop);
        let role = store.me().role;
        let leads = matches!(role, Role::Owner | Role::Lead);
        let what = self.with(|state| state.rng.below(100));
        match what {
            _ if role == Role::Observer => Ok(()),
            0..40 => self.annotate(laptop, &store, leads),
            40..50 => self.draft(laptop, &store, leads),
            50..58 => self.take_back(laptop, &store),
            58..62 => self.decide(laptop, &store),
            _ if !leads => self.annotate(laptop, &store, leads),
            62..72 => self.add_samples(laptop, &store),
            72..86 => self.assign(laptop, &store),
            86..90 => self.change_rubric(laptop, &store),
            90..92 => self.change_settings(laptop, &store),
            92..96 => self.resolve(laptop, &store),
            _ => self.read_from_file(laptop, &store),
        }
    }

    /// A sample that is this person's to do, or that they have worked on.
    fn mine(&self, store: &Store, leads: bool) -> Result<Option<SampleId>, Fault> {
        let me = store.me().id;
        let mut found: Vec<SampleId> = candidates(store)?
            .into_iter()
            .filter(|one| leads || one.assigned.contains(&me) || one.worked.contains(&me))
            .map(|one| one.sample)
            .collect();
        found.sort_unstable();
        Ok(self.with(|state| state.rng.pick(&found).copied()))
    }

    fn new_work(&self, store: &Store, sample: SampleId) -> Result<Work, Fault> {
        let (rubric, responses) = (said(store.rubric())?, said(store.sample(sample))?.sample.responses.len());
        Ok(self.with(|state| work(&mut state.rng, &rubric.rubric, responses)))
    }

    fn annotate(&self, laptop: usize, store: &Store, leads: bool) -> Result<(), Fault> {
        let Some(sample) = self.mine(store, leads)? else { return Ok(()) };
        let work = self.new_work(store, sample)?;
        let skips = self.with(|state| state.rng.percent(15));
        let how = if skips { SubmitAs::Skipped("unclear".to_owned()) } else { SubmitAs::Submitted };
        self.note(|| format!("laptop {laptop}: {} {sample}", if skips { "skips" } else { "submits" }));
        said(store.submit(sample, work, how))?;
        self.with(|state| state.laptops[laptop].drafts.remove(&sample));
        Ok(())
    }

    fn draft(&self, laptop: usize, store: &Store, leads: bool) -> Result<(), Fault> {
        if self.with(|state| state.rng.percent(20)) {
            let drafts = self.with(|state| state.laptops[laptop].drafts.keys().copied().collect::<Vec<_>>());
            let Some(sample) = self.with(|state| state.rng.pick(&drafts).copied()) else { return Ok(()) };
            self.note(|| format!("laptop {laptop}: discards the draft on {sample}"));
            said(store.discard_draft(self.now_called(store, sample)?))?;
            self.with(|state| state.laptops[laptop].drafts.remove(&sample));
            return Ok(());
        }
        let Some(sample) = self.mine(store, leads)? else { return Ok(()) };
        let work = self.new_work(store, sample)?;
        self.note(|| format!("laptop {laptop}: begins a draft on {sample}"));
        said(store.save_draft(sample, &work))?;
        let called = said(store.sample(sample))?.sample.external_id;
        self.with(|state| {
            state.called.insert(sample, called);
            state.laptops[laptop].drafts.insert(sample, work);
            state.laptops[laptop].had_draft.insert(sample);
        });
        Ok(())
    }

    fn take_back(&self, laptop: usize, store: &Store) -> Result<(), Fault> {
        let Some(sample) = said(store.take_back())? else { return Ok(()) };
        self.note(|| format!("laptop {laptop}: takes {sample} back"));
        let draft = said(store.draft(sample))?.ok_or("what was taken back is no draft")?.work;
        let called = said(store.sample(sample))?.sample.external_id;
        self.with(|state| {
            state.called.insert(sample, called);
            state.laptops[laptop].drafts.entry(sample).or_insert(draft);
            state.laptops[laptop].had_draft.insert(sample);
        });
        Ok(())
    }

    /// About something that the hub refused.
    fn decide(&self, laptop: usize, store: &Store) -> Result<(), Fault> {
        let refused = said(store.refused())?;
        let waiting: Vec<_> = refused.into_iter().filter(|one| !one.kept).collect();
        let Some(one) = self.with(|state| state.rng.pick(&waiting).cloned()) else { return Ok(()) };
        let what = self.with(|state| state.rng.below(3));
        self.note(|| {
            format!("laptop {laptop}: decides about the {} {} ({})", one.kind.word(), one.id, one.code)
        });
        match what {
            _ if one.code == "rubric_conflict" && one.kind == assay_model::Kind::Rubric => {
                said(store.rebase_rubric(one.id.0.into()))?;
            }
            0 => {
                said(store.keep_here(&[one.id]))?;
            }
            _ => {
                said(store.send_again(&[one.id]))?;
            }
        }
        Ok(())
    }

    fn add_samples(&self, laptop: usize, store: &Store) -> Result<(), Fault> {
        let mut samples: Vec<Sample> =
            self.with(|state| (0..state.rng.between(1, 3)).map(|_| sample(&mut state.rng)).collect());
        samples.sort_by(|a, b| a.external_id.cmp(&b.external_id));
        samples.dedup_by(|a, b| a.external_id == b.external_id);
        let names: Vec<String> = samples.iter().map(|sample| sample.external_id.0.clone()).collect();
        let report = said(store.add_samples(&samples))?;
        self.note(|| format!("laptop {laptop}: adds {} of {}", report.added.len(), names.join(", ")));
        Ok(())
    }

    fn assign(&self, laptop: usize, store: &Store) -> Result<(), Fault> {
        let candidates = candidates(store)?;
        let people: Vec<MemberId> = said(store.members())?
            .into_iter()
            .filter(|member| member.kind == RaterKind::Person && member.role != Role::Observer)
            .map(|member| member.id)
            .collect();
        let now = assay_store::World::now(&*self.with(|state| state.laptops[laptop].world.clone())).0;
        let (options, expires) = self.with(|state| {
            let rng = &mut state.rng;
            let mut members: BTreeSet<MemberId> =
                people.iter().copied().filter(|_| rng.percent(60)).collect();
            members.extend(rng.pick(&people));
            let options = PlanOptions {
                overlap: rng.between(1, members.len()),
                members,
                golden_share: rng.percent(30).then_some(0.3),
                limit: rng.percent(30).then_some(3),
                seed: rng.below(100) as u64,
            };
            (options, rng.percent(30).then(|| Timestamp(now + rng.between(1, 60) as i64 * 3_600_000)))
        });
        let made = plan(&candidates, &options).map_err(|error| error.to_string())?;
        self.note(|| format!("laptop {laptop}: plans {} assignments", made.changes.len()));
        let facts: Vec<NewAssignment> = made
            .changes
            .iter()
            .map(|change| NewAssignment {
                sample: change.sample,
                member: change.member,
                state: change.state,
                due: None,
                expires: expires.filter(|_| change.state == AssignmentState::Assigned),
            })
            .collect();
        said(store.assign(&facts))?;
        Ok(())
    }

    fn change_rubric(&self, laptop: usize, store: &Store) -> Result<(), Fault> {
        let current = said(store.rubric())?;
        let next = self.with(|state| {
            state.made += 1;
            rubric(&mut state.rng, state.made)
        });
        let made = said(store.save_rubric(current.id, next))?;
        self.note(|| format!("laptop {laptop}: makes rubric version {} ({})", made.version, made.id));
        Ok(())
    }

    fn change_settings(&self, laptop: usize, store: &Store) -> Result<(), Fault> {
        let (minimum_people, made) = self.with(|state| {
            state.made += 1;
            (state.rng.between(1, 4) as u32, state.made)
        });
        self.note(|| format!("laptop {laptop}: changes the settings"));
        let settings = Settings { minimum_people, ..Settings::named(&format!("Answers {made}")) };
        said(store.save_settings(&settings))
    }

    fn resolve(&self, laptop: usize, store: &Store) -> Result<(), Fault> {
        let Some(sample) = self.mine(store, true)? else { return Ok(()) };
        let (rubric, responses) = (said(store.rubric())?, said(store.sample(sample))?.sample.responses.len());
        let one = |rng: &mut Rng| {
            let grades = rubric.rubric.dimensions.iter().map(|one| (one.id.clone(), grade(rng)));
            ResponseResolution { grades: grades.collect::<BTreeMap<_, _>>(), ..ResponseResolution::default() }
        };
        let responses = self.with(|state| (0..responses).map(|_| one(&mut state.rng)).collect());
        let note = String::new();
        let word = Resolution {
            rubric: rubric.id,
            responses,
            preference: None,
            cause: None,
            note,
            basis: Vec::new(),
        };
        self.note(|| format!("laptop {laptop}: resolves {sample}"));
        said(store.resolve(sample, &word))?;
        Ok(())
    }

    /// The work of a rater who has no laptop.
    fn read_from_file(&self, laptop: usize, store: &Store) -> Result<(), Fault> {
        let (name, kind) = self.with(|state| {
            *state.rng.pick(&[("judge", RaterKind::Model), ("Rita", RaterKind::Person)]).unwrap()
        });
        let Some(sample) = self.mine(store, true)? else { return Ok(()) };
        let rater = said(store.add_member(name, Role::Annotator, kind))?;
        let rubric = said(store.rubric())?.id;
        let work = self.new_work(store, sample)?;
        let annotation = Annotation { rubric, state: AnnotationState::Submitted, skip_reason: None, work };
        self.note(|| format!("laptop {laptop}: reads the work of {name} on {sample}"));
        said(store.annotate(rater.id, vec![(sample, annotation)]))?;
        Ok(())
    }
}
