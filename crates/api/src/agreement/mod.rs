//! Agreement between the raters of a project.
//!
//! A unit is a response of a sample; in each dimension, each rater's newest submitted grade counts. “Not
//! applicable” is no rating. Judges (raters of kind `model`) are left out: agreement is between people.

mod book;

use std::collections::BTreeMap;
use std::sync::PoisonError;

use assay_agreement::report::{DimensionReport, Report};
use assay_agreement::{Bootstrap, Coefficient, Error, Level, Options, Panel, Scale, Weighting};
use assay_model::{DimensionId, Grade, MemberId, RaterKind};
use assay_store::{AnnotatedSample, Store};
use serde_json::{Value, json};

pub(crate) use book::Book;

use crate::error::{ApiError, ErrorCode, Result};
use crate::wire::{GetAgreement, GradesRead, Job, JobOutcome, OfProject};
use crate::{App, may};

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let mut letters = message.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        let code = if matches!(error, Error::Unreadable(_)) { ErrorCode::Io } else { ErrorCode::Invalid };
        let mut found = Self::new(code, format!("{first}{}.", letters.as_str()), error.hint());
        found.place.line = error.line();
        found.place.field = error.field().map(str::to_owned);
        found
    }
}

/// One rating: unit, rater, grade.
type Cell = (u32, u32, Level);

/// The grades of a project, by dimension.
struct Grades {
    /// The number of units.
    units: u32,
    /// For each dimension, in the order of the rubric.
    cells: Vec<(DimensionId, Vec<Cell>)>,
}

fn level(grade: Grade) -> Level {
    Level::from(grade.number()) - 1
}

/// The grades of a project while they are gathered, sample by sample.
pub(crate) struct Gathering {
    numbers: BTreeMap<MemberId, u32>,
    grades: Grades,
}

impl Gathering {
    pub(crate) fn new(store: &Store) -> Result<Self> {
        let mut people: Vec<_> =
            store.members()?.into_iter().filter(|member| member.kind == RaterKind::Person).collect();
        people.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        let numbers = people.iter().map(|member| member.id).zip(0..).collect();
        let dimensions = &store.rubric()?.rubric.dimensions;
        let cells = dimensions.iter().map(|dimension| (dimension.id.clone(), Vec::new())).collect();
        Ok(Self { numbers, grades: Grades { units: 0, cells } })
    }

    /// Takes the next sample in; samples come in the order of their external ids.
    pub(crate) fn add(&mut self, found: &AnnotatedSample) {
        let Grades { units, cells, .. } = &mut self.grades;
        for stored in &found.annotations {
            let Some(&rater) = self.numbers.get(&stored.member) else { continue };
            for (unit, response) in (*units..).zip(&stored.annotation.work.responses) {
                for (dimension, grade) in response.given() {
                    if let Some((_, list)) = cells.iter_mut().find(|(id, _)| id == dimension) {
                        list.push((unit, rater, level(grade)));
                    }
                }
            }
        }
        *units += found.sample.responses.len() as u32;
    }
}

/// The whole report, `assay.agreement/1`.
pub(crate) fn get(app: &App, request: GetAgreement) -> Result<Value> {
    let store = app.store(&request.project)?;
    may::oversee(&store, "see agreement in full")?;
    let rubric = store.rubric()?;
    let known: Vec<DimensionId> = rubric.rubric.dimensions.iter().map(|one| one.id.clone()).collect();
    let wanted: Vec<&DimensionId> =
        known.iter().filter(|id| request.dimension.as_ref().is_none_or(|wanted| wanted == *id)).collect();
    if let (Some(wanted), true) = (&request.dimension, wanted.is_empty()) {
        let known: Vec<&str> = known.iter().map(DimensionId::as_str).collect();
        return Err(ApiError::new(
            ErrorCode::NotFound,
            format!("“{wanted}” is not a dimension of the rubric."),
            format!("use one of {}", known.join(", ")),
        ));
    }
    let options = options(request.bootstrap, request.seed, request.interval_width)?;
    let members = store.members()?;
    let ratings: Vec<_> = {
        let book = app.book(&store);
        let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
        book.follow(&store, &mut |_, _| Ok(()))?;
        wanted.iter().map(|id| book.ratings(id.as_str(), &members)).collect::<Result<_>>()?
    };
    let dimensions = wanted
        .iter()
        .zip(&ratings)
        .map(|(id, (ratings, names))| DimensionReport::new(id.as_str(), ratings, names, &options));
    let report = Report::of_dimensions(dimensions.collect::<std::result::Result<_, _>>()?);
    serde_json::to_value(report).map_err(|error| {
        ApiError::new(ErrorCode::Internal, format!("{error}."), "this is a fault of Assay; please report it")
    })
}

/// Reads the grades that came since the last report, with progress; stopped, it goes on from there the next
/// time.
pub(crate) fn prepare(app: &App, request: OfProject) -> Result<Job> {
    let store = app.store(&request.project)?;
    may::oversee(&store, "see agreement in full")?;
    let book = app.book(&store);
    app.jobs().start("Reading grades".to_owned(), move |job| {
        let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
        let annotations = book
            .follow(&store, &mut |fraction, seen| job.progress(fraction, || format!("{seen} annotations")))?;
        Ok(JobOutcome::Grades(GradesRead { annotations }))
    })
}

/// How to analyse, as asked for.
///
/// # Errors
/// When there is no interval from so many replicates, or none so wide.
pub fn options(bootstrap: Option<u32>, seed: Option<u64>, interval_width: Option<f64>) -> Result<Options> {
    let refused = |field: &str, message: String, hint: &str| {
        let mut error = ApiError::new(ErrorCode::Invalid, message, hint);
        error.place.field = Some(field.to_owned());
        Err(error)
    };
    if let Some(replicates) = bootstrap.filter(|replicates| !REPLICATES.contains(replicates)) {
        let message = format!("An interval cannot be drawn from {replicates} replicates.");
        return refused("bootstrap", message, "ask for 1000, or for 10000 where the third digit matters");
    }
    if let Some(width) = interval_width.filter(|width| !(*width > 0.0 && *width < 2.0)) {
        let message = format!("No interval of a coefficient is {width} wide.");
        return refused("width", message, "ask for a width such as 0.1, that of 0.65 to 0.75");
    }
    let replicates = |replicates| Bootstrap {
        replicates,
        seed: seed.unwrap_or(Bootstrap::default().seed),
        ..Bootstrap::default()
    };
    Ok(Options { bootstrap: bootstrap.map(replicates), plan_width: interval_width, ..Options::default() })
}

/// Fewer than two vary nothing, and more change nothing but the time.
const REPLICATES: std::ops::RangeInclusive<u32> = 2..=100_000;

/// What a dataset says about the agreement it rests on: for each dimension Krippendorff's alpha (ordinal)
/// without an interval, and over how many units and raters it goes.
pub(crate) fn summary(gathered: Gathering) -> Result<Value> {
    let found = gathered.grades;
    let scale = Scale::range(1, 5)?;
    let mut dimensions = Vec::new();
    for (id, cells) in found.cells {
        let mut panel: Panel<u32, u32> = Panel::new(&scale);
        let mut raters: Vec<u32> = cells.iter().map(|cell| cell.1).collect();
        raters.sort_unstable();
        raters.dedup();
        let ratings = cells.len();
        for (unit, rater, level) in cells {
            panel.set(unit, &rater, Some(level))?;
        }
        let wanted = (Coefficient::KrippendorffAlpha, Some(Weighting::Ordinal));
        let alpha = panel.coefficients().into_iter().find(|(item, _)| *item == wanted);
        let outcome = alpha.map(|(_, outcome)| outcome);
        dimensions.push(json!({
            "dimension": id,
            "coefficient": "krippendorff_alpha",
            "weights": "ordinal",
            "value": outcome.as_ref().and_then(|outcome| outcome.as_ref().ok()).map(|point| point.value),
            "undefined": outcome.as_ref().and_then(|outcome| outcome.as_ref().err()),
            "units": panel.units(),
            "raters": raters.len(),
            "ratings": ratings,
        }));
    }
    Ok(json!({ "schema": "assay.agreement.summary/1", "dimensions": dimensions }))
}
