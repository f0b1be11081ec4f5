//! The samples of an answer, read while those before them are written.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::mpsc;

use assay_model::{Kind, Sample};

use super::arrived::parse;
use super::{Arrival, FactRow};
use crate::error::Result;
use crate::sample::models;

/// A sample as it is written.
pub(super) struct ReadSample {
    pub(super) external_id: String,
    pub(super) hash: [u8; 32],
    pub(super) component: &'static str,
    pub(super) task_type: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) segment: Option<String>,
    pub(super) title: String,
    pub(super) responses: u32,
    pub(super) models: Cow<'static, str>,
}

impl ReadSample {
    fn of(fact: &FactRow<'_>) -> Result<Self> {
        let sample: Sample = parse(fact)?;
        Ok(Self {
            hash: sample.content_hash(),
            component: sample.component.name(),
            title: sample.title(),
            responses: u32::try_from(sample.responses.len()).unwrap_or(u32::MAX),
            models: models(&sample)?,
            external_id: sample.external_id.0,
            task_type: sample.task_type,
            locale: sample.locale,
            segment: sample.segment,
        })
    }
}

/// The samples of an answer, read in their order.
pub(super) enum Reading<'f> {
    /// When they are asked for: there are few.
    Then,
    /// By another thread, some ahead.
    Ahead {
        of: mpsc::Receiver<Vec<(&'f FactRow<'f>, Result<ReadSample>)>>,
        at_hand: VecDeque<(&'f FactRow<'f>, Result<ReadSample>)>,
    },
}

/// Samples that are handed over at once.
const AT_ONCE: usize = 16;

impl<'f> Reading<'f> {
    pub(super) fn of<'scope>(facts: &'f [Arrival<'f>], scope: &'scope std::thread::Scope<'scope, '_>) -> Self
    where
        'f: 'scope,
    {
        let all = || facts.iter().flat_map(|one| one.carries.iter().chain([one])).map(|one| &one.fact);
        let samples = move || all().filter(|fact| fact.kind == Kind::Sample);
        if samples().nth(AT_ONCE).is_none() {
            return Self::Then;
        }
        let (send, of) = mpsc::sync_channel(8);
        let read = move || {
            let mut samples = samples().peekable();
            while samples.peek().is_some() {
                let some = samples.by_ref().take(AT_ONCE).map(|fact| (fact, ReadSample::of(fact)));
                // Nobody listens any more once something could not be written.
                if send.send(some.collect::<Vec<_>>()).is_err() {
                    break;
                }
            }
        };
        match std::thread::Builder::new().spawn_scoped(scope, read) {
            Ok(_) => Self::Ahead { of, at_hand: VecDeque::new() },
            Err(_) => Self::Then,
        }
    }

    /// The sample of a fact. They are asked for in the order of the answer, save those that are here already.
    pub(super) fn sample(&mut self, fact: &'f FactRow<'f>) -> Result<ReadSample> {
        if let Self::Ahead { of, at_hand } = self {
            loop {
                match at_hand.pop_front() {
                    Some((read, sample)) if std::ptr::eq(read, fact) => return sample,
                    Some(_) => {}
                    None => match of.recv() {
                        Ok(some) => at_hand.extend(some),
                        Err(_) => break,
                    },
                }
            }
        }
        ReadSample::of(fact)
    }
}
