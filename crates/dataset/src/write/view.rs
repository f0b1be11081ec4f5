//! One sample with the labels that count, and what they add up to: the resolution first, then the raters.

use std::collections::BTreeMap;

use assay_model::{AnnotationState, DimensionId, Flag, Resolution, ResolutionId, Rubric, Verdict};

use super::options::Filters;
use super::tally::{Reason, Tally};
use super::{Labelled, Rated};

/// What several verdicts add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreed {
    /// Nobody gave one.
    None,
    /// Two have as many voices.
    Tie,
    /// The resolution's, or that of the most raters.
    Is(Verdict),
}

/// A sample seen through the filters.
pub(crate) struct View<'a> {
    pub item: &'a Labelled,
    /// The annotations that count.
    pub rated: Vec<&'a Rated>,
    pub resolution: Option<&'a (ResolutionId, Resolution)>,
}

impl<'a> View<'a> {
    /// The annotations that count, or the reason why the sample does not.
    pub fn new(item: &'a Labelled, filters: &Filters, tally: &mut Tally) -> Result<Self, Reason> {
        let mut rated: Vec<&Rated> = Vec::with_capacity(item.annotations.len());
        for one in &item.annotations {
            let flags = &one.annotation.work.flags;
            if one.annotation.state != AnnotationState::Submitted {
                tally.drop(Reason::NotSubmitted);
                continue;
            }
            if filters.without_flags.iter().any(|flag| flags.contains(flag)) {
                return Err(Reason::FilteredByFlag);
            }
            let wanted = filters.raters.is_empty() || filters.raters.contains(&one.rater);
            let kind = filters.rater_kinds.is_empty() || filters.rater_kinds.contains(&one.kind);
            if !wanted || !kind {
                tally.drop(Reason::FilteredByRater);
            } else if flags.contains(&Flag::CannotJudge) {
                tally.drop(Reason::CannotJudge);
            } else {
                rated.push(one);
            }
        }
        let mut raters: Vec<&str> = rated.iter().map(|one| one.rater.as_str()).collect();
        raters.sort_unstable();
        raters.dedup();
        if (raters.len() as u32) < filters.min_raters {
            return Err(Reason::FilteredByMinRaters);
        }
        Ok(Self { item, rated, resolution: item.resolution.as_ref() })
    }

    /// The verdict on a response.
    pub fn verdict(&self, response: usize) -> Agreed {
        let resolved = self.resolution.and_then(|(_, r)| r.responses.get(response)).and_then(|r| r.verdict);
        if let Some(verdict) = resolved {
            return Agreed::Is(verdict);
        }
        let mut voices = [0_u32; 3];
        for one in &self.rated {
            match one.annotation.work.responses.get(response).and_then(|work| work.verdict) {
                Some(Verdict::Pass) => voices[0] += 1,
                Some(Verdict::Borderline) => voices[1] += 1,
                Some(Verdict::Fail) => voices[2] += 1,
                None => {}
            }
        }
        let most = voices.into_iter().max().unwrap_or(0);
        let mut winners = [Verdict::Pass, Verdict::Borderline, Verdict::Fail]
            .into_iter()
            .zip(voices)
            .filter(|&(_, n)| n == most && n > 0)
            .map(|(verdict, _)| verdict);
        match (winners.next(), winners.next()) {
            (None, _) => Agreed::None,
            (Some(verdict), None) => Agreed::Is(verdict),
            _ => Agreed::Tie,
        }
    }

    /// The mean grade of each dimension of a response; a resolved grade takes the place of the mean.
    pub fn means(&self, response: usize) -> BTreeMap<&'a DimensionId, f64> {
        let mut sums: BTreeMap<&DimensionId, (f64, f64)> = BTreeMap::new();
        for one in &self.rated {
            let Some(work) = one.annotation.work.responses.get(response) else { continue };
            for (dimension, grade) in work.given() {
                let sum = sums.entry(dimension).or_default();
                *sum = (sum.0 + f64::from(grade.number()), sum.1 + 1.0);
            }
        }
        let mut means: BTreeMap<&DimensionId, f64> =
            sums.into_iter().map(|(dimension, (sum, count))| (dimension, sum / count)).collect();
        if let Some(resolved) = self.resolution.and_then(|(_, r)| r.responses.get(response)) {
            for (dimension, grade) in &resolved.grades {
                match grade {
                    Some(grade) => means.insert(dimension, f64::from(grade.number())),
                    None => means.remove(dimension),
                };
            }
        }
        means
    }

    /// The weighted quality of a response, 1 to 5, over the mean grades.
    pub fn quality(&self, response: usize, rubric: &Rubric) -> Option<f64> {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (id, mean) in self.means(response) {
            if let Some(dimension) = rubric.dimension(id) {
                sum += dimension.weight * mean;
                weight += dimension.weight;
            }
        }
        (weight > 0.0).then(|| sum / weight)
    }

    /// The resolved correction of a response, when it changes something.
    pub fn resolved_correction(&self, response: usize) -> Option<&'a str> {
        self.resolution?.1.responses.get(response)?.correction.as_deref()
    }

    /// The distinct corrections of a response, in the order in which they come, each with those who made it.
    pub fn corrections(&self, response: usize) -> Vec<(&'a str, Vec<&'a Rated>)> {
        let mut found: Vec<(&str, Vec<&Rated>)> = Vec::new();
        for &one in &self.rated {
            let work = one.annotation.work.responses.get(response);
            let Some(text) = work.and_then(|work| work.correction.as_deref()) else { continue };
            match found.iter_mut().find(|(other, _)| *other == text) {
                Some((_, by)) => by.push(one),
                None => found.push((text, vec![one])),
            }
        }
        found
    }
}
