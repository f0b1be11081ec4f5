//! What the numbers say, in plain words, and which one to trust.
//!
//! Invariant: a reading never says more than the interval allows, and never calls a coefficient good that
//! the data cannot support.

use crate::analysis::Analysis;
use crate::estimate::{Coefficient, Estimate, IntervalMethod, Undefined, Weighting};
use crate::tally::packed;
use serde::{Deserialize, Serialize};

/// Something about the data that changes how coefficients are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caution {
    /// Nothing can be compared.
    NothingToCompare,
    /// All grades are the same.
    NoVariation,
    /// One level has most grades: kappas are low however well raters agree.
    Prevalence,
    /// Too few paired units for a useful interval.
    FewUnits,
    /// Most units have one rating only, which shows nothing about agreement.
    MostlyUnpaired,
    /// Units are rated by different raters: coefficients over completely rated units do not apply.
    MissingByDesign,
    /// Much of the scale was never used.
    UnusedLevels,
    /// The scale was assumed, or collected from the data, instead of declared.
    ScaleNotDeclared,
    /// No two ratings differ: how rare a difference is, such data cannot say.
    NoDisagreement,
}

/// A plain-language reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The coefficient to trust for these data.
    pub coefficient: Option<Coefficient>,
    /// Its weights or metric.
    pub weights: Option<Weighting>,
    /// What it says, as sentences.
    pub text: Vec<String>,
    /// What to bear in mind.
    pub cautions: Vec<Caution>,
}

/// Share of all grades in one level beyond which kappa-like chance terms mislead.
const PREVALENT: f64 = 0.8;

/// Paired units below which an interval is too wide to decide anything.
const FEW: u64 = 30;

impl Analysis<'_> {
    /// Reads the coefficients that [`Analysis::coefficients`] gave.
    pub fn reading(&self, estimates: &[Estimate], scale_declared: bool) -> Reading {
        let paired = self.units_paired();
        let mut reading =
            Reading { coefficient: None, weights: None, text: Vec::new(), cautions: Vec::new() };
        if paired == 0 {
            reading.cautions.push(Caution::NothingToCompare);
            reading
                .text
                .push("No item has grades from two raters, so nothing can be said about agreement.".into());
            return reading;
        }
        let prevalent = self.prevalent();
        let find = |coefficient: Coefficient, weights: Weighting| {
            estimates.iter().find(|e| e.coefficient == coefficient && e.weights == Some(weights))
        };
        let ordered = self.geometry.levels() > 2;
        let alpha = find(
            Coefficient::KrippendorffAlpha,
            if ordered { Weighting::Ordinal } else { Weighting::Nominal },
        );
        let ac = find(Coefficient::GwetAc, if ordered { Weighting::Ordinal } else { Weighting::Identity });
        if alpha.is_some_and(|alpha| alpha.undefined == Some(Undefined::NoVariation)) {
            reading.cautions.push(Caution::NoVariation);
            reading.text.push(
                "All raters gave the same grade to every item: agreement is complete, but nothing shows that \
                 they would tell other items apart."
                    .into(),
            );
        }
        let trusted = if prevalent.is_some() { ac.or(alpha) } else { alpha.or(ac) };
        let trusted = trusted.filter(|estimate| estimate.value.is_some()).or(ac);
        if let Some(estimate) = trusted.filter(|estimate| estimate.value.is_some()) {
            reading.coefficient = Some(estimate.coefficient);
            reading.weights = estimate.weights;
            if !reading.cautions.contains(&Caution::NoVariation) {
                self.verdict(&mut reading, estimate, prevalent.is_some());
            }
        }
        if let Some(prevalent) = prevalent {
            self.prevalence(&mut reading, prevalent, alpha);
        }
        self.cautions(&mut reading, trusted, scale_declared);
        reading
    }

    /// The level that most ratings are at, with their share, where there is one.
    fn prevalent(&self) -> Option<(f64, usize)> {
        let shares = self.summary.paired_marginals.iter().map(|count| count / self.summary.paired_ratings);
        let most = shares.zip(0..).max_by(|(a, _), (b, _)| a.total_cmp(b))?;
        (most.0 >= PREVALENT && most.0 < 1.0).then_some(most)
    }

    fn verdict(&self, reading: &mut Reading, estimate: &Estimate, prevalent: bool) {
        let (name, value) = (name(estimate), estimate.value.unwrap_or(f64::NAN));
        let paired = self.units_paired();
        if self.all_agree() {
            reading.cautions.push(Caution::NoDisagreement);
            let items = count(paired, "item");
            // The upper limit of Clopper and Pearson (1934) for no occurrence in n.
            let tail = 1.0 - estimate.ci_level;
            let most = 100.0 * (1.0 - libm::pow(tail, 1.0 / paired as f64));
            reading.text.push(format!(
                "{name} is {value:.2}: raters gave the same grade to each of the {items} that two or more \
                 graded. An interval read off differences knows none here; as many as {most:.0} % of such \
                 items may still divide raters."
            ));
            return;
        }
        let Some([low, high]) = estimate.ci else {
            reading.text.push(format!("{name} is {value:.2}; there are too few items for an interval."));
            return;
        };
        let level = 100.0 * estimate.ci_level;
        let figures = format!("{name} is {value:.2} ({level:.0} % interval {low:.2} to {high:.2})");
        let says = if prevalent || estimate.coefficient != Coefficient::KrippendorffAlpha {
            // The bounds below are alpha's; AC lies higher on the same grades, and has none of its own.
            self.share_of_equal_pairs(low)
        } else {
            by_custom(low, high).to_owned()
        };
        reading.text.push(format!("{figures}: {says}."));
    }

    /// Whether no two ratings of a unit differ; decided on counts.
    fn all_agree(&self) -> bool {
        let q = self.geometry.levels();
        (0..q).all(|k| (k + 1..q).all(|l| self.summary.coincidences[packed(q, k, l)] == 0.0))
    }

    fn share_of_equal_pairs(&self, low: f64) -> String {
        let q = self.geometry.levels();
        let equal: f64 = (0..q).map(|k| self.summary.unit_pairs[packed(q, k, k)]).sum();
        let equal = 100.0 * equal;
        if low <= 0.0 {
            format!(
                "two raters give the same grade to {equal:.0} % of items, which is not shown to be more than guessing would give"
            )
        } else {
            format!("two raters give the same grade to {equal:.0} % of items, more than guessing would give")
        }
    }

    fn prevalence(&self, reading: &mut Reading, (share, level): (f64, usize), alpha: Option<&Estimate>) {
        reading.cautions.push(Caution::Prevalence);
        let alpha = alpha.and_then(|alpha| alpha.value);
        let low = alpha.map_or(String::new(), |alpha| format!(" (here alpha, {alpha:.2})"));
        let grade = self.geometry.scale.values()[level];
        reading.text.push(format!(
            "{:.0} % of all grades are {grade}: coefficients that take chance from the grades{low} ask whether \
             raters tell items apart, and hang on the few that differ; Gwet's AC asks how often raters agree \
             beyond guessing, and is the steadier one to read.",
            100.0 * share
        ));
        let (joined, others) = self.rest_agreement(level);
        if others > 0.0 {
            reading.text.push(format!(
                "It says little about the rare grades: where one rater gives another grade than {grade}, \
                 another rater does too in {:.0} % of comparisons.",
                100.0 * joined / others
            ));
        }
    }

    /// Ratings at other levels than one, and how many of those meet another such rating.
    ///
    /// Source: the specific agreement of Cicchetti & Feinstein (1990), over any number of raters.
    fn rest_agreement(&self, level: usize) -> (f64, f64) {
        let q = self.geometry.levels();
        let (mut joined, mut others) = (0.0, 0.0);
        for k in (0..q).filter(|k| *k != level) {
            others += self.summary.paired_marginals[k];
            for l in (0..q).filter(|l| *l != level) {
                joined += self.summary.coincidences[packed(q, k.min(l), k.max(l))];
            }
        }
        (joined, others)
    }

    fn cautions(&self, reading: &mut Reading, trusted: Option<&Estimate>, scale_declared: bool) {
        let (units, paired) = (self.units(), self.units_paired());
        if paired < FEW {
            reading.cautions.push(Caution::FewUnits);
            let items = if paired == 1 { "item has" } else { "items have" };
            let drawn = trusted.is_some_and(|e| e.ci_method == Some(IntervalMethod::Bootstrap));
            let narrow = if drawn { ", and take it for wider than it looks" } else { "" };
            reading.text.push(format!(
                "Only {paired} {items} two grades or more: read the interval, not the value{narrow}; grade more \
                 items together."
            ));
        }
        if 2 * paired < units {
            reading.cautions.push(Caution::MostlyUnpaired);
            reading.text.push(format!(
                "{} of {units} items have a grade from one rater only: they show nothing about agreement.",
                units - paired
            ));
        }
        let complete = self.tally.sizes().find(|(size, _)| *size as usize == self.rater_count());
        if self.rater_count() > 2 && complete.is_none_or(|(_, sums)| 2 * sums.units < u128::from(units)) {
            reading.cautions.push(Caution::MissingByDesign);
            let all = self.rater_count() as u64 * (self.rater_count() as u64 - 1) / 2;
            let apart = self.index.as_ref().map_or(0, |index| all - index.len() as u64);
            let apart = if apart == 0 {
                String::new()
            } else {
                format!(" {apart} of {all} pairs of raters have no item in common.")
            };
            reading.text.push(format!(
                "Most items were not graded by every rater: alpha, AC and Fleiss' kappa use all there is, the \
                 intraclass correlations over complete items do not (icc_1_unbalanced does).{apart}"
            ));
        }
        let (used, levels) = (self.summary.levels_used, self.geometry.levels());
        if 2 * used < levels && levels <= 11 {
            reading.cautions.push(Caution::UnusedLevels);
            let were = if used == 1 { "was" } else { "were" };
            reading.text.push(format!(
                "Only {used} of {levels} grades {were} used: check that raters know the others."
            ));
        }
        if !scale_declared {
            reading.cautions.push(Caution::ScaleNotDeclared);
            reading.text.push(if used < levels {
                format!(
                    "No scale was declared, and {} was assumed, on which all grades lie: declare the scale if it \
                     is another, for AC and Brennan-Prediger depend on it.",
                    self.geometry.scale
                )
            } else {
                "The scale was taken from the grades found: declare it, or AC and Brennan-Prediger change with \
                 every grade that happens to be missing."
                    .into()
            });
        }
    }
}

fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn name(estimate: &Estimate) -> &'static str {
    match (estimate.coefficient, estimate.weights) {
        (Coefficient::KrippendorffAlpha, Some(Weighting::Ordinal)) => "Krippendorff’s alpha (ordinal)",
        (Coefficient::KrippendorffAlpha, _) => "Krippendorff’s alpha (nominal)",
        (_, Some(Weighting::Identity)) => "Gwet’s AC1",
        _ => "Gwet’s AC2 (ordinal weights)",
    }
}

/// Krippendorff's customary bounds (Content Analysis, 4th ed. 2019, chapter 12), applied to the interval.
fn by_custom(low: f64, high: f64) -> &'static str {
    if low >= 0.8 {
        "raters agree well enough to rely on their grades"
    } else if low >= 0.667 {
        "raters agree well enough for tentative conclusions"
    } else if high < 0.0 {
        "raters disagree systematically: look for a reversed scale or two readings of the rubric"
    } else if high < 0.667 {
        "raters do not agree enough to rely on single grades: look at the grades they confuse and at how each \
         rater stands to the rest before grading on"
    } else if low <= 0.0 {
        "the interval reaches from no agreement beyond chance to usable agreement: nothing is shown yet"
    } else {
        "the interval reaches across the customary bound of 0.667: more items are needed to tell"
    }
}
