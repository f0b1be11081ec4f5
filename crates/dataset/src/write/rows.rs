//! Which rows a sample makes: pairs, judged answers, examples. What could be a row and is not is counted.

use assay_model::{AnnotationId, Preference, ResolutionId, Verdict};
use serde::Serialize;
use ts_rs::TS;

use super::options::{ExportOptions, GradeGap};
use super::tally::{Reason, Tally};
use super::view::{Agreed, View};
use super::{About, Rated};

/// How a row came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Somebody corrected the response.
    Correction,
    /// Raters preferred one response to another.
    Preference,
    /// One response is graded higher than another.
    GradeGap,
    /// A lead's resolution says so.
    Resolution,
    /// By verdict or grades.
    Grade,
}

/// The texts of a row after its prompt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Texts<'a> {
    Pair { chosen: &'a str, rejected: &'a str },
    Judged { completion: &'a str, wanted: bool },
    Example { completion: &'a str },
}

/// A row and where it comes from.
pub(crate) struct Row<'a> {
    pub texts: Texts<'a>,
    pub origin: Origin,
    pub responses: Vec<u32>,
    pub annotations: Vec<&'a Rated>,
    pub resolution: Option<ResolutionId>,
    /// What is measured for the edit distance: the original and its correction.
    pub edited: Option<(&'a str, &'a str)>,
}

impl<'a> Row<'a> {
    pub fn annotation_ids(&self) -> Vec<AnnotationId> {
        self.annotations.iter().map(|one| one.id).collect()
    }

    /// The raters, each once, sorted.
    pub fn raters(&self) -> Vec<&'a str> {
        let mut raters: Vec<&str> = self.annotations.iter().map(|one| one.rater.as_str()).collect();
        raters.sort_unstable();
        raters.dedup();
        raters
    }
}

/// Makes the rows of one sample.
pub(crate) struct Maker<'o> {
    pub options: &'o ExportOptions,
    pub about: &'o About,
}

impl Maker<'_> {
    /// The filters on the response that a row rests on.
    fn passes(&self, view: &View<'_>, response: usize) -> Result<(), Reason> {
        let filters = &self.options.filters;
        if !filters.verdicts.is_empty() {
            let fits =
                matches!(view.verdict(response), Agreed::Is(verdict) if filters.verdicts.contains(&verdict));
            if !fits {
                return Err(Reason::FilteredByVerdict);
            }
        }
        match filters.min_quality {
            Some(least) if !self.quality(view, response).is_some_and(|quality| quality >= least) => {
                Err(Reason::FilteredByQuality)
            }
            _ => Ok(()),
        }
    }

    fn quality(&self, view: &View<'_>, response: usize) -> Option<f64> {
        view.quality(response, self.about.rubric()?)
    }

    /// Pairs: from corrections, then preferences, then grade gaps.
    pub fn pairs<'a>(&self, view: &View<'a>, tally: &mut Tally) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        if self.options.pairs_from.corrections {
            for response in 0..view.item.sample.responses.len() {
                for (corrected, mut row) in self.corrections(view, response, tally) {
                    let original = view.item.sample.responses[response].text.as_str();
                    row.texts = Texts::Pair { chosen: corrected, rejected: original };
                    match self.passes(view, response) {
                        Ok(()) => rows.push(row),
                        Err(reason) => tally.drop(reason),
                    }
                }
            }
        }
        let count = view.item.sample.responses.len() as u32;
        for a in 0..count {
            for b in a + 1..count {
                match self.compare(view, a, b) {
                    Some(Ok(row)) => match self.passes(view, row.responses[0] as usize) {
                        Ok(()) => rows.push(row),
                        Err(reason) => tally.drop(reason),
                    },
                    Some(Err(reason)) => tally.drop(reason),
                    None => {}
                }
            }
        }
        rows
    }

    /// The corrected texts of a response: the resolution's, or else each that raters wrote.
    fn corrections<'a>(
        &self,
        view: &View<'a>,
        response: usize,
        tally: &mut Tally,
    ) -> Vec<(&'a str, Row<'a>)> {
        let original = view.item.sample.responses[response].text.as_str();
        let mut by_raters = view.corrections(response);
        by_raters.retain(|(text, by)| {
            let edited = text.trim() != original.trim();
            if !edited {
                tally.drop_many(Reason::UneditedCorrection, by.len() as u64);
            }
            edited
        });
        let row = |text: &'a str, annotations: Vec<&'a Rated>, resolution: Option<ResolutionId>| {
            let origin = if resolution.is_some() { Origin::Resolution } else { Origin::Correction };
            let texts = Texts::Example { completion: text };
            let edited = Some((original, text));
            (text, Row { texts, origin, responses: vec![response as u32], annotations, resolution, edited })
        };
        match (view.resolved_correction(response), view.resolution) {
            (Some(text), Some((id, _))) if text.trim() != original.trim() => {
                let same: Vec<&Rated> = by_raters
                    .iter()
                    .filter(|(other, _)| *other == text)
                    .flat_map(|(_, by)| by.clone())
                    .collect();
                let others = by_raters.iter().filter(|(other, _)| *other != text).count();
                tally.drop_many(Reason::Superseded, others as u64);
                vec![row(text, same, Some(*id))]
            }
            (Some(_), Some(_)) => {
                // The lead's word is that the response stands as it is.
                tally.drop(Reason::UneditedCorrection);
                tally.drop_many(Reason::Superseded, by_raters.len() as u64);
                Vec::new()
            }
            _ => by_raters.into_iter().map(|(text, by)| row(text, by, None)).collect(),
        }
    }

    /// Which of two responses is better: by resolution, by the raters' preferences, or by their grades.
    fn compare<'a>(&self, view: &View<'a>, a: u32, b: u32) -> Option<Result<Row<'a>, Reason>> {
        let from = &self.options.pairs_from;
        let row = |better: u32, worse: u32, origin, annotations, resolution| {
            let text = |at: u32| view.item.sample.responses[at as usize].text.as_str();
            let texts = Texts::Pair { chosen: text(better), rejected: text(worse) };
            Row { texts, origin, responses: vec![better, worse], annotations, resolution, edited: None }
        };
        if from.preferences {
            let resolved = view.resolution.and_then(|(id, r)| Some((id, r.preference.as_ref()?)));
            if let Some((id, preference)) = resolved {
                match order(preference, a, b) {
                    Some(Order::Tied) => return Some(Err(Reason::Tie)),
                    Some(Order::First) => {
                        return Some(Ok(row(a, b, Origin::Resolution, Vec::new(), Some(*id))));
                    }
                    Some(Order::Second) => {
                        return Some(Ok(row(b, a, Origin::Resolution, Vec::new(), Some(*id))));
                    }
                    None => {}
                }
            }
            let (mut first, mut second, mut tied) = (Vec::new(), Vec::new(), 0);
            for &one in &view.rated {
                let preference = one.annotation.work.preference.as_ref();
                match preference.and_then(|preference| order(preference, a, b)) {
                    Some(Order::First) => first.push(one),
                    Some(Order::Second) => second.push(one),
                    Some(Order::Tied) => tied += 1,
                    None => {}
                }
            }
            let (most, least) = (first.len().max(second.len()), first.len().min(second.len()));
            if most > least && most > tied {
                let (better, worse, by) =
                    if first.len() > second.len() { (a, b, first) } else { (b, a, second) };
                return Some(Ok(row(better, worse, Origin::Preference, by, None)));
            }
            if most > 0 && most == least && most >= tied {
                return Some(Err(Reason::Contradictory));
            }
            if most + tied > 0 {
                return Some(Err(Reason::Tie));
            }
        }
        let gap = from.grade_gap.as_ref()?;
        let (of_a, of_b) = (self.graded(view, a, gap)?, self.graded(view, b, gap)?);
        // Grades are means of a few small whole numbers: what differs by rounding alone is equal.
        if (of_a - of_b).abs() + 1e-9 < gap.at_least {
            return Some(Err(Reason::SmallGap));
        }
        let (better, worse) = if of_a > of_b { (a, b) } else { (b, a) };
        let graded = |one: &&&Rated| {
            let responses = &one.annotation.work.responses;
            [a, b]
                .iter()
                .any(|&at| responses.get(at as usize).is_some_and(|work| work.given().next().is_some()))
        };
        let by = view.rated.iter().filter(graded).copied().collect();
        Some(Ok(row(better, worse, Origin::GradeGap, by, view.resolution.map(|(id, _)| *id))))
    }

    fn graded(&self, view: &View<'_>, response: u32, gap: &GradeGap) -> Option<f64> {
        match &gap.dimension {
            Some(dimension) => view.means(response as usize).get(dimension).copied(),
            None => self.quality(view, response as usize),
        }
    }

    /// Judged answers: each response by its verdict or quality, and corrected texts as wanted.
    pub fn judged<'a>(&self, view: &View<'a>, tally: &mut Tally) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        for response in 0..view.item.sample.responses.len() {
            if let Err(reason) = self.passes(view, response) {
                tally.drop(reason);
                continue;
            }
            let corrections = match self.options.kto.corrections {
                true => self.corrections(view, response, tally),
                false => Vec::new(),
            };
            let corrected = !corrections.is_empty();
            match self.is_wanted(view, response, corrected) {
                Some(Ok(wanted)) => rows.push(judged_row(view, response, wanted)),
                Some(Err(reason)) => tally.drop(reason),
                None => {}
            }
            for (text, mut row) in corrections {
                row.texts = Texts::Judged { completion: text, wanted: true };
                rows.push(row);
            }
        }
        rows
    }

    fn is_wanted(&self, view: &View<'_>, response: usize, corrected: bool) -> Option<Result<bool, Reason>> {
        match view.verdict(response) {
            Agreed::Is(Verdict::Pass) => return Some(Ok(true)),
            Agreed::Is(Verdict::Fail) => return Some(Ok(false)),
            Agreed::Is(Verdict::Borderline) => return Some(Err(Reason::Borderline)),
            Agreed::Tie => return Some(Err(Reason::Tie)),
            Agreed::None => {}
        }
        let kto = &self.options.kto;
        match self.quality(view, response) {
            Some(quality) if quality >= kto.wanted_from => Some(Ok(true)),
            Some(quality) if quality <= kto.unwanted_to => Some(Ok(false)),
            Some(_) => Some(Err(Reason::Borderline)),
            None => corrected.then_some(Ok(false)),
        }
    }

    /// Examples: one for each response, the correction that most made, or the response itself if it is good.
    pub fn examples<'a>(&self, view: &View<'a>, tally: &mut Tally) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        for response in 0..view.item.sample.responses.len() {
            if let Err(reason) = self.passes(view, response) {
                tally.drop(reason);
                continue;
            }
            let corrections = match self.options.sft.corrections {
                true => self.corrections(view, response, tally),
                false => Vec::new(),
            };
            let others = corrections.len().saturating_sub(1);
            let best = corrections
                .into_iter()
                .enumerate()
                .max_by_key(|(at, (_, row))| (row.annotations.len(), std::cmp::Reverse(*at)));
            if let Some((_, (_, row))) = best {
                tally.drop_many(Reason::Superseded, others as u64);
                rows.push(row);
                continue;
            }
            match self.is_example(view, response) {
                Some(Ok(())) => {
                    let mut row = judged_row(view, response, true);
                    row.texts = Texts::Example { completion: &view.item.sample.responses[response].text };
                    rows.push(row);
                }
                Some(Err(reason)) => tally.drop(reason),
                None => {}
            }
        }
        rows
    }

    fn is_example(&self, view: &View<'_>, response: usize) -> Option<Result<(), Reason>> {
        let sft = &self.options.sft;
        match view.verdict(response) {
            Agreed::Is(Verdict::Pass) if sft.passed => Some(Ok(())),
            Agreed::Is(_) => Some(Err(Reason::Borderline)),
            Agreed::Tie => Some(Err(Reason::Tie)),
            Agreed::None => {
                let quality = self.quality(view, response)?;
                let good = sft.min_quality.is_some_and(|least| quality >= least);
                Some(if good { Ok(()) } else { Err(Reason::Borderline) })
            }
        }
    }
}

fn judged_row<'a>(view: &View<'a>, response: usize, wanted: bool) -> Row<'a> {
    let resolved = view.resolution.filter(|(_, r)| {
        r.responses.get(response).is_some_and(|r| r.verdict.is_some() || !r.grades.is_empty())
    });
    let graded = |one: &&&Rated| {
        let work = one.annotation.work.responses.get(response);
        work.is_some_and(|work| {
            work.verdict.is_some() || !work.grades.is_empty() || work.correction.is_some()
        })
    };
    Row {
        texts: Texts::Judged { completion: &view.item.sample.responses[response].text, wanted },
        origin: if resolved.is_some() { Origin::Resolution } else { Origin::Grade },
        responses: vec![response as u32],
        annotations: view.rated.iter().filter(graded).copied().collect(),
        resolution: resolved.map(|(id, _)| *id),
        edited: None,
    }
}

enum Order {
    First,
    Second,
    Tied,
}

/// How a preference orders two responses; `None` when it does not name both.
fn order(preference: &Preference, a: u32, b: u32) -> Option<Order> {
    let rank = |of: u32| preference.0.iter().position(|rank| rank.contains(&of));
    Some(match rank(a)?.cmp(&rank(b)?) {
        std::cmp::Ordering::Less => Order::First,
        std::cmp::Ordering::Greater => Order::Second,
        std::cmp::Ordering::Equal => Order::Tied,
    })
}
