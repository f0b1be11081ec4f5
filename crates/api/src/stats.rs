//! Progress and quality, broken down.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use assay_model::{Grade, ResponseWork};
use assay_store::{AnnotatedSample, SampleFilter};

use crate::error::Result;
use crate::wire::{GetStats, Stats, StatsBy, StatsRow};
use crate::{App, may};

#[derive(Default)]
struct Sum {
    samples: u64,
    annotations: u64,
    distribution: [u64; 5],
    quality: f64,
    scored: u64,
    corrections: u64,
    times: Vec<u64>,
    last: Option<i64>,
}

impl Sum {
    fn sample(&mut self, n: i64) {
        if self.last != Some(n) {
            self.samples += 1;
            self.last = Some(n);
        }
    }

    fn response(&mut self, work: &ResponseWork, quality: Option<f64>) {
        for (_, grade) in work.given() {
            self.grade(grade);
        }
        if let Some(quality) = quality {
            self.quality += quality;
            self.scored += 1;
        }
        self.corrections += u64::from(work.correction.is_some());
    }

    fn grade(&mut self, grade: Grade) {
        self.distribution[usize::from(grade.number()) - 1] += 1;
    }

    fn row(mut self, group: String, by: StatsBy, threshold: Option<f64>) -> StatsRow {
        let grades: u64 = self.distribution.iter().sum();
        let sum: u64 =
            self.distribution.iter().zip(1..).map(|(count, grade): (&u64, u64)| count * grade).sum();
        let mean = match by {
            StatsBy::Dimension => (grades > 0).then(|| sum as f64 / grades as f64),
            _ => (self.scored > 0).then(|| self.quality / self.scored as f64),
        };
        self.times.sort_unstable();
        StatsRow {
            group,
            samples: self.samples,
            annotations: self.annotations,
            grades,
            mean,
            distribution: self.distribution,
            threshold,
            corrections: self.corrections,
            median_active_ms: self.times.get(self.times.len() / 2).copied(),
        }
    }
}

pub(crate) fn get(app: &App, request: GetStats) -> Result<Stats> {
    let store = app.store(&request.project)?;
    if request.by == StatsBy::Component {
        may::oversee(&store, "see dataset components")?;
    }
    let rubric = store.rubric()?;
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    let members = store.members()?;
    // Annotators are told of their own work alone: figures of few people would give others' away.
    let me = store.me().id;
    let all = may::oversee(&store, "see others’ figures").is_ok();
    store.for_each_annotated(&SampleFilter::default(), &mut |found: AnnotatedSample| {
        for stored in found.annotations.iter().filter(|stored| all || stored.member == me) {
            let work = &stored.annotation.work;
            let group = match request.by {
                StatsBy::Rater => {
                    members.iter().find(|m| m.id == stored.member).map(|m| m.name.clone()).unwrap_or_default()
                }
                StatsBy::Task => found.sample.task_type.clone().unwrap_or_default(),
                StatsBy::Locale => found.sample.locale.clone().unwrap_or_default(),
                StatsBy::Component => found.sample.component.name().to_owned(),
                StatsBy::Dimension => {
                    by_dimension(&mut sums, found.n, work);
                    continue;
                }
                StatsBy::Model => {
                    for (response, done) in found.sample.responses.iter().zip(&work.responses) {
                        let sum = sums.entry(response.model.clone().unwrap_or_default()).or_default();
                        sum.sample(found.n);
                        sum.annotations += 1;
                        sum.response(done, rubric.rubric.quality(done.given()));
                    }
                    continue;
                }
            };
            let sum = sums.entry(group).or_default();
            sum.sample(found.n);
            sum.annotations += 1;
            sum.times.push(work.active_ms);
            for done in &work.responses {
                sum.response(done, rubric.rubric.quality(done.given()));
            }
        }
        ControlFlow::Continue(())
    })?;
    let rows = match request.by {
        StatsBy::Dimension => rubric
            .rubric
            .dimensions
            .iter()
            .map(|d| {
                sums.remove(d.id.as_str()).unwrap_or_default().row(d.id.0.clone(), request.by, d.threshold)
            })
            .collect(),
        _ => sums.into_iter().map(|(group, sum)| sum.row(group, request.by, None)).collect(),
    };
    Ok(Stats { by: request.by, rows, samples: store.counts()?.samples })
}

fn by_dimension(sums: &mut BTreeMap<String, Sum>, n: i64, work: &assay_model::Work) {
    for done in &work.responses {
        for (dimension, grade) in done.given() {
            let sum = sums.entry(dimension.0.clone()).or_default();
            sum.sample(n);
            sum.annotations += 1;
            sum.grade(grade);
        }
    }
}
