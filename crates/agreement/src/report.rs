//! The report `assay.agreement/1`: everything about the agreement in some ratings, ready to print.
//!
//! Invariant: equal ratings give an equal report, field for field and in the same order, whatever the
//! order of lines, units or raters and however many threads worked on it.

use crate::analysis::{Analysis, Options};
use crate::bootstrap::Bootstrap;
use crate::estimate::{Coefficient, Estimate, Weighting};
use crate::incremental::Panel;
use crate::pairs::PairTable;
use crate::power::{Plan, PlanFor};
use crate::raters::{Confusion, RaterSummary, rater_summaries};
use crate::ratings::Ratings;
use crate::reading::Reading;
use crate::table::Table;
use crate::{Error, Metric, Scale, Weights};
use serde::{Deserialize, Serialize};
use std::hash::Hash;
use std::path::Path;

/// Name and version of the form.
pub const SCHEMA: &str = "assay.agreement/1";

/// Numbers of raters per unit that are planned for.
const PLANNED_RATERS: [u32; 5] = [2, 3, 4, 5, 6];

/// Up to so many pairs of raters, those who never met are listed too.
const PAIRS_LISTED: usize = 50_000;

/// A report over one or more dimensions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// One for each dimension, in order of first appearance.
    pub dimensions: Vec<DimensionReport>,
}

/// The agreement in one dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DimensionReport {
    /// The dimension; empty where the table names none.
    pub dimension: String,
    /// The grades of the scale.
    pub scale: Vec<f64>,
    /// Whether the scale was declared; otherwise it is what was seen.
    pub scale_declared: bool,
    /// Units with a rating.
    pub units: u64,
    /// Units with two ratings or more.
    pub units_paired: u64,
    /// Raters with a rating.
    pub raters: u64,
    /// Ratings.
    pub ratings: u64,
    /// The coefficients over all raters.
    pub coefficients: Vec<Estimate>,
    /// Pairs of raters, by name. With very many raters only those who met.
    pub pairs: Vec<PairReport>,
    /// Pairs that rated no unit in common; they are left out of means.
    pub pairs_without_common_units: u64,
    /// Each rater against the rest, by name.
    pub by_rater: Vec<RaterReport>,
    /// Rating pairs within units by level, each in both directions.
    pub confusion: Vec<Vec<u64>>,
    /// The levels that raters confuse, the most frequent first; at most ten.
    pub confused: Vec<Confusion>,
    /// What it says, in words.
    pub reading: Reading,
    /// What bootstrap intervals were drawn with.
    pub bootstrap: Bootstrap,
    /// How many raters and units an interval of the wanted width needs, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plans: Option<Plans>,
}

/// Designs that give an interval of a wanted width.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plans {
    /// The coefficient: the one that the reading trusts.
    pub coefficient: Coefficient,
    /// Its weights or metric.
    pub weights: Weighting,
    /// Width of the whole interval.
    pub width: f64,
    /// One for each number of raters per unit, 2 to 6, where the model gives a value.
    pub designs: Vec<Plan>,
}

/// Two raters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairReport {
    /// Their names, ascending.
    pub raters: [String; 2],
    /// Units that both rated.
    pub units: u64,
    /// Units by the first's level (row) and the second's (column).
    pub confusion: Vec<Vec<u64>>,
    /// Cohen's kappa and Scott's pi with each of the weights.
    pub coefficients: Vec<Estimate>,
}

/// One rater.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RaterReport {
    /// The name.
    pub rater: String,
    /// The comparison with the rest.
    #[serde(flatten)]
    pub summary: RaterSummary,
}

impl Report {
    /// Of a rating table, given as its text.
    ///
    /// # Errors
    /// As [`Table::parse`].
    pub fn of_text(text: &[u8], scale: Option<&Scale>, options: &Options) -> Result<Self, Error> {
        Self::of_table(&Table::parse(text, scale)?, options)
    }

    /// Of a rating table in a file.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn of_file(path: &Path, scale: Option<&Scale>, options: &Options) -> Result<Self, Error> {
        Self::of_table(&Table::read(path, scale)?, options)
    }

    /// Of a rating table.
    ///
    /// # Errors
    /// When counts pass 128 bits.
    pub fn of_table(table: &Table, options: &Options) -> Result<Self, Error> {
        let report = |dimension: &crate::table::Dimension| {
            let names = &dimension.raters;
            DimensionReport::make(
                &dimension.name,
                &dimension.ratings,
                names,
                dimension.scale_declared,
                options,
            )
        };
        Ok(Self::of_dimensions(table.dimensions.iter().map(report).collect::<Result<_, Error>>()?))
    }

    /// Of dimensions reported one by one.
    pub fn of_dimensions(dimensions: Vec<DimensionReport>) -> Self {
        Self { schema: SCHEMA.to_owned(), dimensions }
    }
}

impl DimensionReport {
    /// Of ratings in memory, with the raters' names in the order of their indices. For a report that does
    /// not depend on the order of raters, hand them over by name, ascending.
    ///
    /// # Errors
    /// When there are not as many names as raters, or counts pass 128 bits.
    pub fn new(
        dimension: &str,
        ratings: &Ratings,
        raters: &[String],
        options: &Options,
    ) -> Result<Self, Error> {
        Self::make(dimension, ratings, raters, true, options)
    }

    fn make(
        dimension: &str,
        ratings: &Ratings,
        raters: &[String],
        scale_declared: bool,
        options: &Options,
    ) -> Result<Self, Error> {
        if raters.len() != ratings.raters() {
            return Err(Error::Shape(format!("{} names for {} raters", raters.len(), ratings.raters())));
        }
        let analysis = Analysis::new(ratings, options.clone())?;
        let coefficients = analysis.coefficients();
        let summaries = rater_summaries(ratings);
        let tables = analysis.pair_tables();
        let all = raters.len() * raters.len().saturating_sub(1) / 2;
        let met = analysis.pairs_met();
        let mut confused = analysis.confusions();
        confused.truncate(10);
        let reading = analysis.reading(&coefficients, scale_declared);
        let plans = options.plan_width.and_then(|width| plans(&analysis, &reading, width));
        let named = !options.anonymous;
        Ok(Self {
            dimension: dimension.to_owned(),
            scale: ratings.scale().values().to_vec(),
            scale_declared,
            units: analysis.units(),
            units_paired: analysis.units_paired(),
            raters: summaries.iter().filter(|summary| summary.ratings > 0).count() as u64,
            ratings: analysis.ratings(),
            pairs: if named { pair_reports(&analysis, tables, raters, all) } else { Vec::new() },
            pairs_without_common_units: if named { all as u64 - met } else { 0 },
            by_rater: raters
                .iter()
                .zip(summaries)
                .filter(|_| named)
                .map(|(rater, summary)| RaterReport { rater: rater.clone(), summary })
                .collect(),
            confusion: analysis.confusion(),
            confused,
            reading,
            coefficients,
            bootstrap: options.bootstrap.unwrap_or_default(),
            plans,
        })
    }

    /// Of a panel, raters named by `name`.
    ///
    /// # Errors
    /// As [`DimensionReport::new`].
    pub fn of_panel<U, R>(
        dimension: &str,
        panel: &Panel<U, R>,
        name: impl Fn(&R) -> String,
        options: &Options,
    ) -> Result<Self, Error>
    where
        U: Ord + Hash + Clone,
        R: Ord + Clone,
    {
        let (ratings, raters, _) = panel.ratings();
        let names: Vec<String> = raters.iter().map(name).collect();
        Self::new(dimension, &ratings, &names, options)
    }
}

fn plans(analysis: &Analysis<'_>, reading: &Reading, width: f64) -> Option<Plans> {
    let (coefficient, weights) = reading.coefficient.zip(reading.weights)?;
    let wanted = match (coefficient, weights) {
        (Coefficient::KrippendorffAlpha, Weighting::Ordinal) => PlanFor::Alpha(Metric::Ordinal),
        (Coefficient::KrippendorffAlpha, _) => PlanFor::Alpha(Metric::Nominal),
        (_, Weighting::Identity) => PlanFor::GwetAc(Weights::Identity),
        _ => PlanFor::GwetAc(Weights::Ordinal),
    };
    let designs = analysis.plans(wanted, width, &PLANNED_RATERS).into_iter().flatten().collect();
    Some(Plans { coefficient, weights, width, designs })
}

fn pair_reports(
    analysis: &Analysis<'_>,
    met: Vec<PairTable>,
    raters: &[String],
    all: usize,
) -> Vec<PairReport> {
    let tables = if all <= PAIRS_LISTED { with_unmet(met, raters.len() as u32) } else { met };
    let parts: Vec<&[PairTable]> = tables.chunks(256).collect();
    let levels = analysis.geometry.levels();
    let report = |table: &PairTable| PairReport {
        raters: [table.first, table.second].map(|rater| raters[rater as usize].clone()),
        units: table.units() as u64,
        confusion: table.confusion(levels),
        coefficients: analysis.pair(table),
    };
    let parts = crate::threads::map(parts, |tables| tables.iter().map(report).collect::<Vec<_>>());
    parts.into_iter().flatten().collect()
}

/// All pairs, those who never met with empty tables.
fn with_unmet(met: Vec<PairTable>, raters: u32) -> Vec<PairTable> {
    let mut met = met.into_iter().peekable();
    let pairs = (0..raters).flat_map(|first| (first + 1..raters).map(move |second| (first, second)));
    pairs
        .map(|(first, second)| {
            met.next_if(|table| (table.first, table.second) == (first, second)).unwrap_or(PairTable {
                first,
                second,
                cells: Vec::new(),
            })
        })
        .collect()
}
