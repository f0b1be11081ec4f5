//! Inter-rater agreement: coefficients with intervals, for complete and missing data, kept up to date as
//! grades change.
//!
//! Plain numbers in, plain numbers out. Everything is computed from counts of distinct rating patterns,
//! so a million units cost little more than a thousand; everything undefined is absent with a reason; and
//! the same ratings give the same bits on every machine, for any order of units and any number of threads.
//!
//! # Concepts
//!
//! A **unit** is what is graded. A **rater** grades it with a value of a declared [`Scale`]; inside, a
//! grade is a [`Level`], its place on the scale. A unit with two or more ratings is **paired**: only
//! paired units show agreement. [`Ratings`] holds distinct **patterns** (who gave what to one unit) with
//! the number of units of each; a [`Histogram`] is a pattern without the raters' names.
//!
//! Agreement alone says little, because raters who guess agree too. A coefficient sets the observed
//! disagreement against the disagreement that chance would give, `1 - D_o / D_e`: 1 for perfect agreement,
//! 0 for chance, below 0 for worse. Coefficients differ in what they take chance to be, and weights say how
//! far two different grades still agree.
//!
//! # Example
//!
//! Four observers, twelve units, one to five, with gaps: the data of Krippendorff (2011).
//!
//! ```
//! use assay_agreement::{Analysis, Coefficient, Options, Ratings, Scale, Weighting};
//!
//! let x = f64::NAN; // not graded
//! #[rustfmt::skip]
//! let grades = [
//!     1., 1., x, 1.,   2., 2., 3., 2.,   3., 3., 3., 3.,   3., 3., 3., 3.,
//!     2., 2., 2., 2.,  1., 2., 3., 4.,   4., 4., 4., 4.,   1., 1., 2., 1.,
//!     2., 2., 2., 2.,  x, 5., 5., 5.,    x, x, 1., 1.,     x, x, 3., x,
//! ];
//! let ratings = Ratings::from_values(Scale::range(1, 5)?, 4, &grades)?;
//! let analysis = Analysis::new(&ratings, Options::default())?;
//! let estimates = analysis.coefficients();
//! let alpha = estimates
//!     .iter()
//!     .find(|e| e.coefficient == Coefficient::KrippendorffAlpha && e.weights == Some(Weighting::Ordinal))
//!     .expect("alpha is among them");
//! assert!((alpha.value.unwrap() - 0.815).abs() < 5e-4); // as published
//! let [low, high] = alpha.ci.unwrap();
//! assert!(low < 0.815 && 0.815 < high);
//! for sentence in analysis.reading(&estimates, true).text {
//!     println!("{sentence}");
//! }
//! # Ok::<(), assay_agreement::Error>(())
//! ```
//!
//! A [`Report`] has all of this for a table or a project in one serialisable piece; a [`Panel`] takes
//! single changes and reads any coefficient again; [`consensus`] estimates the true grades; [`power`] says
//! how many units and raters an interval of a wanted width needs.
//!
//! # Which coefficient when
//!
//! | you have | read | because |
//! | --- | --- | --- |
//! | grades in an order (1–5), any gaps, any number of raters | alpha, ordinal | uses every paired grade; one level apart counts less than four |
//! | labels without an order | alpha, nominal | every difference counts the same |
//! | one grade for nearly all units | AC1, or AC2 with ordinal weights | chance taken from the grades makes kappa and alpha low there however well raters agree |
//! | two raters, the same units | Cohen's kappa, quadratic weights, and the confusion matrix | keeps each rater's own use of the scale apart |
//! | the same raters throughout, and severity matters | ICC(2) | counts a rater's severity as disagreement; ICC(3) does not |
//! | a mean of k raters is used downstream | the k forms | reliability of the mean, not of one grade |
//! | every unit misses someone by design | ICC(1) unbalanced, alpha | coefficients over completely rated units have nothing to work on |
//!
//! Weights: identity, linear, quadratic (by the values of the scale), ordinal (by ranks) and ratio.
//! Quadratic forgives one step and punishes three; identity forgives nothing.
//!
//! # Pitfalls
//!
//! - **Declare the scale.** AC, Brennan–Prediger and ordinal weights depend on levels nobody used. A scale
//!   collected from the data changes with the data.
//! - **Two things are called ordinal.** Krippendorff's ordinal *metric* goes by how many ratings lie
//!   between two grades, Gwet's ordinal *weights* by ranks on the scale. Here they are a [`Metric`] and a
//!   [`Weights`], and alpha with weights carries another name, `krippendorff_alpha_gwet`.
//! - **All grades the same** is undefined, not 1: nothing shows that raters would tell other units apart.
//!   Percent agreement is 1 there, and AC and Brennan–Prediger, whose chance comes from the scale, are too.
//! - **A value without an interval says little.** Below thirty paired units most intervals reach from poor
//!   to good, and a bootstrap of so few is narrower than it should be.
//! - **No disagreement at all is no proof.** A bootstrap of units that all agree gives an interval of no
//!   width; a [reading](crate::reading) says then how often raters may still differ.
//! - **AC is not on alpha's scale.** The customary bounds 0.667 and 0.8 are Krippendorff's, for alpha; AC2
//!   with ordinal weights lies higher on the same grades.
//! - **Intervals are over units, conditional on the raters**: they say what more units of the same kind would
//!   show, not what other raters would do.
//! - **A kappa of a pair is not a verdict on a person.** See [`rater_summaries`] for severity, with its error.
//!
//! # Uncertainty
//!
//! Kappa-like coefficients and alpha with fixed weights have linearised standard errors (Gwet), Cohen's
//! kappa those of Fleiss, Cohen and Everitt, intraclass correlations F intervals. Ordinal alpha, pooled
//! percent agreement and Light's kappa get a [bootstrap](crate::bootstrap) over units; it can be asked for
//! everywhere. [`IntervalMethod`] says which it was.
//!
//! # Sources
//!
//! Cohen (1960, 1968); Scott (1955); Light (1971); Fleiss (1971); Fleiss, Cohen & Everitt (1969); Conger
//! (1980); Brennan & Prediger (1981); Gwet (2008) and Handbook of Inter-Rater Reliability (4th ed. 2014);
//! Krippendorff, Computing Krippendorff's Alpha-Reliability (2011); Shrout & Fleiss (1979); Ebel (1951);
//! Dawid & Skene (1979); Efron (1987). Each function names its own. Decisions and their reasons are in
//! `DESIGN.md` beside this crate's manifest.
#![forbid(unsafe_code)]

mod alpha;
mod analysis;
pub mod bootstrap;
mod chance;
mod cohen;
mod conger;
pub mod consensus;
mod error;
mod estimate;
mod icc;
mod incremental;
mod moments;
mod packing;
mod pairs;
mod points;
pub mod power;
mod random;
mod raters;
mod ratings;
pub mod reading;
pub mod report;
pub mod scale;
mod special;
pub mod table;
mod tally;
mod threads;
mod units;
mod weights;

pub use analysis::{Analysis, Options};
pub use bootstrap::{Bootstrap, Limits};
pub use error::Error;
pub use estimate::{
    Coefficient, Estimate, IntervalMethod, Outcome, Point, Uncertainty, Undefined, Weighting,
};
pub use incremental::{Counts, Panel, Snapshot};
pub use pairs::PairTable;
pub use points::Item;
pub use raters::{Confusion, RaterSummary, rater_summaries};
pub use ratings::{Cell, MISSING, Ratings};
pub use report::{DimensionReport, Plans, Report};
pub use scale::{Level, Scale};
pub use table::Table;
pub use tally::{Histogram, Tally};
pub use units::Contribution;
pub use weights::{Metric, Weights};
