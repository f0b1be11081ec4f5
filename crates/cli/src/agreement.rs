//! `assay agreement`: how far raters agree, of a project or of a table of ratings.

use std::path::Path;

use assay_agreement::power::Plan;
use assay_agreement::reading::Caution;
use assay_agreement::{
    Coefficient, DimensionReport, Estimate, IntervalMethod, Plans, Report, Scale, Table, Undefined, Weighting,
};
use assay_api::wire::GetAgreement;
use assay_api::{ApiError, App, ErrorCode, Result, agreement_options};

use crate::args::{self, Args};
use crate::output::{Output, call, count, grouped};
use crate::project::named;

pub fn agreement(app: &App, out: &Output, args: &Args, asked: &args::Agreement) -> Result<()> {
    let report: Report = match &asked.file {
        Some(file) => of_table(args, asked, file)?,
        None => {
            let request = GetAgreement {
                project: named(app, args)?,
                dimension: asked.dimension.as_deref().map(Into::into),
                bootstrap: asked.bootstrap,
                seed: args.seed,
                interval_width: asked.width,
            };
            call(app, "agreement.get", &request)?
        }
    };
    out.long_value(&report);
    if out.is_json() {
        return Ok(());
    }
    if report.dimensions.is_empty() {
        out.say("There are no ratings.");
    }
    for (i, dimension) in report.dimensions.iter().enumerate() {
        if i > 0 {
            out.say("");
        }
        of_dimension(out, dimension);
    }
    Ok(())
}

/// The agreement in a table of ratings. Without `--scale`, whole numbers from 1 to 5 are taken to be on that
/// scale, and anything else on the scale of the values that occur; the report says that none was declared.
fn of_table(args: &Args, asked: &args::Agreement, file: &Path) -> Result<Report> {
    let shown = file.display().to_string();
    let located = |error: assay_agreement::Error| {
        if matches!(error, assay_agreement::Error::Unreadable(_)) && !file.exists() {
            let message = format!("There is no file {shown}.");
            return ApiError::new(ErrorCode::NotFound, message, "check the path").in_file(&shown);
        }
        ApiError::from(error).in_file(&shown)
    };
    let options = agreement_options(asked.bootstrap, args.seed, asked.width)?;
    let declared = asked.scale.as_deref().map(Scale::parse).transpose().map_err(|error| {
        let mut error = ApiError::from(error);
        error.place.field = Some("scale".to_owned());
        error
    })?;
    let mut table = Table::read(file, declared.as_ref()).map_err(located)?;
    if let Some(wanted) = &asked.dimension {
        let known: Vec<String> = table.dimensions.iter().map(|dimension| dimension.name.clone()).collect();
        table.dimensions.retain(|dimension| dimension.name == *wanted);
        if table.dimensions.is_empty() {
            let message = format!("{shown} has no dimension “{wanted}”.");
            let hint = if known.iter().all(String::is_empty) {
                "leave out --dimension: the table has no such column".to_owned()
            } else {
                format!("use one of {}", known.join(", "))
            };
            return Err(ApiError::new(ErrorCode::NotFound, message, hint).in_file(&shown));
        }
    }
    let usual = Scale::range(1, 5)?;
    for dimension in &mut table.dimensions {
        let on_usual = |value: &f64| usual.level_of(*value).is_some();
        if declared.is_none() && dimension.ratings.scale().values().iter().all(on_usual) {
            dimension.ratings = dimension.ratings.on_scale(usual.clone())?;
        }
    }
    Ok(Report::of_table(&table, &options)?)
}

/// One line a dimension: Krippendorff's alpha (ordinal) with its interval.
pub fn alphas(report: &Report) -> Vec<String> {
    let line = |dimension: &DimensionReport| {
        let name = title(dimension);
        let alpha = find(dimension, Coefficient::KrippendorffAlpha, Some(Weighting::Ordinal));
        let value = match alpha.map(|alpha| (alpha.value, alpha.ci, alpha.undefined)) {
            Some((Some(value), Some([low, high]), _)) => format!("α {value:>5.2}  [{low:.2}, {high:.2}]"),
            Some((Some(value), None, _)) => format!("α {value:>5.2}"),
            Some((None, _, Some(reason))) => format!("undefined: {}", why(reason)),
            _ => "undefined".to_owned(),
        };
        let paired = grouped(dimension.units_paired);
        let raters = count(dimension.raters, "rater");
        format!("{name:<14} {value:<22}  {paired} items graded twice or more, {raters}")
    };
    report.dimensions.iter().map(line).collect()
}

fn title(dimension: &DimensionReport) -> &str {
    if dimension.dimension.is_empty() { "all ratings" } else { &dimension.dimension }
}

fn find(
    dimension: &DimensionReport,
    coefficient: Coefficient,
    weights: Option<Weighting>,
) -> Option<&Estimate> {
    dimension.coefficients.iter().find(|e| e.coefficient == coefficient && e.weights == weights)
}

/// The coefficients that a person reads; `--json` has all of them with all weights.
const SHOWN: [(&str, Coefficient, Option<Weighting>); 13] = [
    ("Krippendorff’s alpha, ordinal", Coefficient::KrippendorffAlpha, Some(Weighting::Ordinal)),
    ("Krippendorff’s alpha, nominal", Coefficient::KrippendorffAlpha, Some(Weighting::Nominal)),
    ("Krippendorff’s alpha, interval", Coefficient::KrippendorffAlpha, Some(Weighting::Interval)),
    ("Gwet’s AC2, ordinal weights", Coefficient::GwetAc, Some(Weighting::Ordinal)),
    ("Gwet’s AC1", Coefficient::GwetAc, Some(Weighting::Identity)),
    ("Fleiss’ kappa", Coefficient::FleissKappa, Some(Weighting::Identity)),
    ("Conger’s kappa, quadratic weights", Coefficient::CongerKappa, Some(Weighting::Quadratic)),
    ("Light’s kappa, quadratic weights", Coefficient::LightKappa, Some(Weighting::Quadratic)),
    ("Brennan–Prediger", Coefficient::BrennanPrediger, Some(Weighting::Identity)),
    ("Percent agreement", Coefficient::PercentAgreement, Some(Weighting::Identity)),
    ("ICC(1), all graded items", Coefficient::Icc1Unbalanced, None),
    ("ICC(2), items graded by all", Coefficient::Icc2, None),
    ("ICC(3), items graded by all", Coefficient::Icc3, None),
];

/// Up to so many raters are listed.
const RATERS_SHOWN: usize = 20;

/// Up to so many columns a line of text has.
const COLUMNS: usize = 96;

fn of_dimension(out: &Output, dimension: &DimensionReport) {
    let scale = Scale::new(dimension.scale.clone()).map(|scale| scale.to_string()).unwrap_or_default();
    out.say(format!(
        "{} · grades {scale} · {}, {} graded twice or more · {} · {}",
        title(dimension),
        count(dimension.units, "item"),
        grouped(dimension.units_paired),
        count(dimension.raters, "rater"),
        count(dimension.ratings, "grade"),
    ));
    let trusted = dimension.reading.coefficient.map(|coefficient| (coefficient, dimension.reading.weights));
    if !dimension.reading.cautions.contains(&Caution::NothingToCompare) {
        coefficients(out, dimension, trusted);
        raters(out, dimension);
        confused(out, dimension);
    }
    if let Some(plans) = &dimension.plans {
        designs(out, plans);
    }
    out.say("");
    let mut sentences = dimension.reading.text.clone();
    if let Some((name, ..)) = SHOWN.iter().find(|(_, c, w)| Some((*c, *w)) == trusted) {
        sentences.push(format!("(* {name} is the one to read for these data.)"));
    }
    for line in wrapped(&sentences.join(" "), COLUMNS) {
        out.say(line);
    }
}

fn coefficients(
    out: &Output,
    dimension: &DimensionReport,
    trusted: Option<(Coefficient, Option<Weighting>)>,
) {
    let level = dimension.coefficients.first().map_or(95.0, |estimate| 100.0 * estimate.ci_level);
    out.say(format!(
        "\n{:<36} {:>6}   {:<16} {:>6}  {:>7}",
        "",
        "value",
        format!("{level:.0} % interval"),
        "se",
        "p"
    ));
    for (name, coefficient, weights) in SHOWN {
        let Some(estimate) = find(dimension, coefficient, weights) else { continue };
        let mark = if trusted == Some((coefficient, weights)) { '*' } else { ' ' };
        out.say(format!("{mark} {name:<34} {}", figures(estimate)).trim_end());
    }
}

fn figures(estimate: &Estimate) -> String {
    let Some(value) = estimate.value else {
        return format!("{:>6}   {}", "–", estimate.undefined.map_or("", why));
    };
    let interval =
        estimate.ci.map_or_else(|| "–".to_owned(), |[low, high]| format!("{low:>5.2} to {high:>5.2}"));
    let se = estimate.se.map_or_else(String::new, |se| format!("{se:.3}"));
    let p = estimate
        .p_value
        .map_or_else(String::new, |p| if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") });
    let method = match estimate.ci_method {
        Some(IntervalMethod::Bootstrap) => "bootstrap",
        Some(IntervalMethod::Linearised) => "linearised",
        _ => "",
    };
    format!("{value:>6.3}   {interval:<16} {se:>6}  {p:>7}  {method}")
}

fn why(reason: Undefined) -> &'static str {
    match reason {
        Undefined::NoPairableItems => "no item was graded twice",
        Undefined::NoVariation => "all grades are the same",
        Undefined::InsufficientRaters => "there are fewer than two raters",
        Undefined::InsufficientItems => "fewer than two items can be used",
        Undefined::SingleCategory => "the scale has one grade only",
        Undefined::NoDefinedPair => "no pair of raters has a value",
    }
}

fn raters(out: &Output, dimension: &DimensionReport) {
    let shown = &dimension.by_rater[..dimension.by_rater.len().min(RATERS_SHOWN)];
    let width = shown.iter().map(|rater| rater.rater.chars().count()).max().unwrap_or(0).clamp(8, 40);
    out.say(format!(
        "\n  {:<width$} {:>8} {:>7}   {:<18} {:>10}",
        "rater", "grades", "mean", "beside the others", "same grade"
    ));
    for rater in shown {
        let of = &rater.summary;
        let mean = of.mean.map_or_else(|| "–".to_owned(), |mean| format!("{mean:.2}"));
        let difference = match (of.mean_difference, of.mean_difference_se) {
            (Some(difference), Some(se)) => format!("{difference:>+6.2} ± {se:.2}"),
            (Some(difference), None) => format!("{difference:>+6.2}"),
            _ => "     –".to_owned(),
        };
        let same = of.agreement_with_others.map_or_else(|| "–".to_owned(), |s| format!("{:.0} %", 100.0 * s));
        let grades = grouped(of.ratings);
        out.say(format!("  {:<width$} {grades:>8} {mean:>7}   {difference:<18} {same:>10}", rater.rater));
    }
    let more = dimension.by_rater.len() - shown.len();
    if more > 0 {
        out.say(format!("  and {}; --json lists all", count(more as u64, "other rater")));
    }
}

fn confused(out: &Output, dimension: &DimensionReport) {
    let one = |confusion: &assay_agreement::Confusion| {
        let [low, high] = confusion.values;
        let (share, ratio) = (100.0 * confusion.share, confusion.ratio_to_chance);
        format!("{low} with {high} ({share:.0} % of disagreements, {ratio:.1} × chance)")
    };
    let most: Vec<String> = dimension.confused.iter().take(3).map(one).collect();
    if !most.is_empty() {
        out.say("");
        for line in wrapped(&format!("Most confused: {}.", most.join("; ")), COLUMNS) {
            out.say(line);
        }
    }
}

fn designs(out: &Output, plans: &Plans) {
    out.say(format!("\nFor an interval {} wide, by raters per item:", plans.width));
    let line = |plan: &Plan| {
        let (items, grades) = (count(plan.units, "item"), count(plan.ratings, "grade"));
        format!("  {} raters  {items:>14}  {grades:>15}", plan.raters_per_unit)
    };
    for plan in &plans.designs {
        out.say(line(plan));
    }
    if plans.designs.is_empty() {
        out.say("  these grades do not show how much raters vary");
    }
}

/// Lines of words, each as long as fits.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
