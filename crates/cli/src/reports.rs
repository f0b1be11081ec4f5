//! What is read off a project, or off files: statistics and diffs.

use std::io::IsTerminal;
use std::path::Path;

use assay_api::wire::{DiffBy, DiffTexts, DiffView, GetStats, Piece, PieceKind, Stats, StatsBy};
use assay_api::{ApiError, App, ErrorCode, Result};

use crate::args::{self, Args, By};
use crate::output::{Output, call, count};
use crate::project::named;

pub fn stats(app: &App, out: &Output, args: &Args, stats: &args::Stats) -> Result<()> {
    let by = match stats.by {
        By::Dimension => StatsBy::Dimension,
        By::Rater => StatsBy::Rater,
        By::Model => StatsBy::Model,
        By::Task => StatsBy::Task,
        By::Locale => StatsBy::Locale,
        By::Component => StatsBy::Component,
    };
    let found: Stats = call(app, "stats.get", &GetStats { project: named(app, args)?, by })?;
    out.value(&found);
    // A correction is of a whole response and belongs to no dimension.
    let counts_corrections = stats.by != By::Dimension;
    let mut head = format!(
        "{:<24} {:>8} {:>12} {:>6}  {:>5} {:>5} {:>5} {:>5} {:>5}",
        "", "samples", "annotations", "mean", "1", "2", "3", "4", "5"
    );
    if counts_corrections {
        head.push_str("  corrections");
    }
    out.say(head);
    for row in &found.rows {
        let name = if row.group.is_empty() { "(none)" } else { &row.group };
        let mean = row.mean.map_or_else(|| "–".to_owned(), |mean| format!("{mean:.2}"));
        let mut line = format!("{name:<24} {:>8} {:>12} {mean:>6} ", row.samples, row.annotations);
        for grades in row.distribution {
            line.push_str(&format!(" {grades:>5}"));
        }
        if counts_corrections {
            line.push_str(&format!("  {:>11}", row.corrections));
        }
        if let (Some(mean), Some(threshold)) = (row.mean, row.threshold) {
            let word = if mean < threshold { "below" } else { "meets" };
            line.push_str(&format!("   {word} {threshold}"));
        }
        out.say(line);
    }
    out.say(format!("{} in the project.", count(found.samples, "sample")));
    Ok(())
}

fn text_of(path: &Path) -> Result<String> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => format!("There is no file {shown}."),
            _ => format!("{shown} cannot be read: {}.", assay_dataset::plainly(&error)),
        };
        ApiError::new(ErrorCode::Io, message, "check the path").in_file(&shown)
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count();
        ApiError::new(ErrorCode::Invalid, format!("{shown} is not UTF-8."), "convert it to UTF-8")
            .in_file(&shown)
            .at_line(line as u64 + 1)
    })
}

pub fn diff(app: &App, out: &Output, diff: &args::Diff) -> Result<()> {
    let by = match (diff.chars, diff.lines) {
        (true, _) => DiffBy::Chars,
        (_, true) => DiffBy::Lines,
        _ => DiffBy::Words,
    };
    let request = DiffTexts { old: text_of(&diff.old)?, new: text_of(&diff.new)?, by, deadline_ms: None };
    let view: DiffView = call(app, "diff.texts", &request)?;
    out.value(&view);
    if !out.is_json() {
        let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let text: String = view.pieces.iter().map(|piece| shown(piece, coloured)).collect();
        out.line(text.trim_end_matches('\n'));
        out.note(format!(
            "{} changed: {} and {} apart",
            count(view.hunks.len() as u64, "place"),
            count(view.distance.words.into(), "word"),
            count(view.distance.characters.into(), "character"),
        ));
    }
    Ok(())
}

/// A piece with marks that are readable without colour.
fn shown(piece: &Piece, coloured: bool) -> String {
    let text = &piece.text;
    match (piece.kind, coloured) {
        (PieceKind::Equal, _) => text.clone(),
        (PieceKind::Delete, false) => format!("[-{text}-]"),
        (PieceKind::Insert, false) => format!("{{+{text}+}}"),
        (PieceKind::Delete, true) => format!("\x1b[31;9m{text}\x1b[0m"),
        (PieceKind::Insert, true) => format!("\x1b[32;4m{text}\x1b[0m"),
    }
}
