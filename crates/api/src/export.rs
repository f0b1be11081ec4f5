//! Datasets out of a project.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use assay_dataset::Error as DatasetError;
use assay_dataset::write::{
    About, Dropped as DroppedRows, ExportOptions, Exporter, FileFormat, GradeGap, Labelled, Origin, Rated,
    Report, Rows, SplitShares, Target,
};
use assay_model::{Component, Member, MemberId, ProjectId};
use assay_store::{AnnotatedSample, SampleFilter, Store};
use sha2::{Digest, Sha256};

use crate::agreement::{self, Gathering};
use crate::error::{ApiError, ErrorCode, Result};
use crate::jobs::{Running, no_thread};
use crate::wire::{
    Dropped, ExportChoice, ExportPreview, ExportReport, Finding, Job, JobOutcome, Nothing, PreviewExport,
    PreviewRow, StartExport, TargetInfo,
};
use crate::{App, may};

impl From<DatasetError> for ApiError {
    fn from(error: DatasetError) -> Self {
        let hint = error.hint().to_owned();
        let message = error.to_string();
        match error {
            DatasetError::File(error) => error.into(),
            DatasetError::Line(error) => error.into(),
            DatasetError::ForeignFolder { folder, .. } => {
                Self::new(ErrorCode::Exists, message, hint).in_file(folder.display().to_string())
            }
            DatasetError::Refused { .. } => Self::new(ErrorCode::Invalid, message, hint),
            DatasetError::Write { ref path, ref source } => {
                let code = match source.kind() {
                    std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                        ErrorCode::DiskFull
                    }
                    std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                        ErrorCode::ReadOnly
                    }
                    _ => ErrorCode::Io,
                };
                Self::new(code, message, hint).in_file(path.display().to_string())
            }
        }
    }
}

pub(crate) fn targets(_: &App, _: Nothing) -> Result<Vec<TargetInfo>> {
    let listed = Target::all().into_iter().map(|info| TargetInfo {
        id: info.name,
        name: info.title,
        description: info.description,
        made_from: match info.rows {
            Rows::Labels => "labels",
            Rows::Pairs => "pairs",
            Rows::Judged | Rows::Examples => "answers",
        }
        .to_owned(),
        file_formats: match info.rows {
            Rows::Labels => vec!["csv".to_owned(), "jsonl".to_owned()],
            _ => vec!["jsonl".to_owned()],
        },
    });
    Ok(listed.collect())
}

/// The choice as the writer takes it.
fn options(choice: &ExportChoice) -> Result<ExportOptions> {
    let target: Target = choice.target.parse().map_err(|_| {
        let known: Vec<String> = Target::all().into_iter().map(|info| info.name).collect();
        ApiError::new(
            ErrorCode::Invalid,
            format!("“{}” is not a target.", choice.target),
            format!("use one of {}", known.join(", ")),
        )
    })?;
    let mut options = ExportOptions::new(target);
    match choice.file_format.as_deref() {
        None => {}
        Some("csv") => options.file_format = FileFormat::Csv,
        Some("jsonl") => options.file_format = FileFormat::Jsonl,
        Some(other) => {
            return Err(ApiError::new(
                ErrorCode::Invalid,
                format!("“{other}” is not a file format."),
                "use csv or jsonl",
            ));
        }
    }
    options.pairs_from.corrections = choice.corrections.unwrap_or(true);
    options.pairs_from.preferences = choice.preferences.unwrap_or(true);
    options.pairs_from.grade_gap = choice.grade_gap.map(|at_least| GradeGap { at_least, dimension: None });
    if let Some(quality) = choice.min_quality {
        options.sft.min_quality = Some(quality);
        options.kto.wanted_from = quality;
    }
    options.filters.verdicts = choice.verdicts.clone().unwrap_or_default();
    let components = choice.components.clone().unwrap_or_default();
    options.include_held_out = match target.rows() {
        // A table of labels trains nothing: it is read to measure, and golden samples are there for that.
        Rows::Labels => Component::ALL.into_iter().filter(|component| component.is_held_out()).collect(),
        _ => components.iter().copied().filter(|component| component.is_held_out()).collect(),
    };
    options.filters.components = components;
    options.filters.task_types = choice.task_types.clone().unwrap_or_default();
    options.filters.locales = choice.locales.clone().unwrap_or_default();
    options.filters.raters = choice.raters.clone().unwrap_or_default();
    options.filters.min_raters = choice.min_raters.unwrap_or(0);
    if let Some([train, validation, test]) = choice.split {
        options.split = SplitShares { train, validation, test };
    }
    options.seed = choice.seed.unwrap_or(0);
    Ok(options)
}

/// What raters are called in an export: a pseudonym that is the same in every export of the project and
/// tells nobody who it is, or their name where that was asked for.
struct Names {
    shown: HashMap<MemberId, String>,
    kinds: HashMap<MemberId, Member>,
}

impl Names {
    fn of(store: &Store, by_name: bool) -> Result<Self> {
        let members = store.members()?;
        let shown = members.iter().map(|member| {
            let shown = if by_name { member.name.clone() } else { pseudonym(store.project_id(), member.id) };
            (member.id, shown)
        });
        Ok(Self {
            shown: shown.collect(),
            kinds: members.iter().map(|member| (member.id, member.clone())).collect(),
        })
    }

    /// The names that a filter by people's names means in the export.
    fn resolve(&self, names: &[String]) -> Result<Vec<String>> {
        let find = |name: &String| {
            let member = self.kinds.values().find(|member| member.name == *name);
            member.and_then(|member| self.shown.get(&member.id)).cloned().ok_or_else(|| {
                let mut known: Vec<&str> = self.kinds.values().map(|member| member.name.as_str()).collect();
                known.sort_unstable();
                ApiError::new(
                    ErrorCode::NotFound,
                    format!("There is no rater “{name}” in the project."),
                    format!("use one of {}", known.join(", ")),
                )
            })
        };
        names.iter().map(find).collect()
    }
}

fn pseudonym(project: ProjectId, member: MemberId) -> String {
    let mut hash = Sha256::new();
    hash.update(b"assay rater");
    hash.update(project.bytes());
    hash.update(member.bytes());
    let digest = hash.finalize();
    digest[..5].iter().fold(String::from("r-"), |mut name, byte| {
        name.push_str(&format!("{byte:02x}"));
        name
    })
}

fn about(store: &Store) -> Result<(About, BTreeMap<assay_model::RubricId, u32>)> {
    let rubrics = store.rubrics()?;
    let numbers = rubrics.iter().map(|version| (version.id, version.version)).collect();
    Ok((
        About {
            title: store.settings()?.name,
            rubrics: rubrics.into_iter().map(|version| (version.version, version.rubric)).collect(),
            // Comes when the annotations have been read.
            agreement: None,
            edit_distance: Some(|old, new| assay_diff::distance(old, new) as u64),
        },
        numbers,
    ))
}

/// How many samples are handed from the reading to the exporter at a time…
const CHUNK: usize = 16;
/// …and how many such chunks the reading may be ahead.
const AHEAD: usize = 8;

/// What comes from the reading thread.
enum Read {
    /// Samples, and of each whether it is nearly one that is held out.
    Samples(Vec<(Labelled, bool)>),
    /// Nothing more comes; the agreement of all that came.
    End(Result<serde_json::Value>),
}

/// Feeds a project to an exporter: one thread reads, parses and looks for near-duplicates while this one
/// makes rows and writes them.
fn feed(
    store: &Store,
    mut exporter: Exporter,
    names: &Names,
    numbers: &BTreeMap<assay_model::RubricId, u32>,
    mut progress: impl FnMut(u64) -> Result<()>,
) -> Result<Report> {
    store.for_each_held_out(&mut |sample| exporter.hold_out(&sample))?;
    let mut screen = exporter.screen();
    let mut gathering = Gathering::new(store)?;
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel(AHEAD);
        let reading = move || {
            let mut chunk = Vec::with_capacity(CHUNK);
            let read = store.for_each_annotated(&SampleFilter::default(), &mut |found: AnnotatedSample| {
                gathering.add(&found);
                let near = screen.holds(&found.sample);
                chunk.push((labelled(found, names, numbers), near));
                if chunk.len() < CHUNK {
                    return ControlFlow::Continue(());
                }
                // Nobody listens any more once a row could not be written.
                let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
                if send.send(Read::Samples(full)).is_ok() {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            });
            let _ = send.send(Read::Samples(chunk));
            let ended = read.map_err(ApiError::from).and_then(|()| agreement::summary(gathering));
            let _ = send.send(Read::End(ended));
        };
        std::thread::Builder::new()
            .name("reading".to_owned())
            .spawn_scoped(scope, reading)
            .map_err(no_thread)?;
        let mut seen = 0;
        for read in receive {
            match read {
                Read::Samples(chunk) => {
                    for (item, near) in chunk {
                        seen += 1;
                        exporter.push_screened(&item, near)?;
                        progress(seen)?;
                    }
                }
                Read::End(agreement) => exporter.agreement(agreement?),
            }
        }
        Ok(exporter.finish()?)
    })
}

fn labelled(
    found: AnnotatedSample,
    names: &Names,
    numbers: &BTreeMap<assay_model::RubricId, u32>,
) -> Labelled {
    let annotations = found.annotations.into_iter().filter_map(|stored| {
        Some(Rated {
            id: stored.id,
            rater: names.shown.get(&stored.member)?.clone(),
            kind: names.kinds.get(&stored.member)?.kind,
            rubric_version: numbers.get(&stored.annotation.rubric).copied().unwrap_or_default(),
            annotation: stored.annotation,
        })
    });
    Labelled {
        id: found.id,
        sample: found.sample,
        annotations: annotations.collect(),
        resolution: found.resolution.map(|stored| (stored.id, stored.resolution)),
    }
}

fn dropped(rows: &[DroppedRows]) -> Vec<Dropped> {
    rows.iter()
        .map(|dropped| Dropped {
            reason: name_of(&dropped.reason),
            sentence: dropped.sentence.to_owned(),
            rows: dropped.count,
        })
        .collect()
}

/// The stable name of a value that is written as one word.
fn name_of(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

fn origins(report: &Report) -> BTreeMap<String, u64> {
    report.origins.iter().map(|(origin, rows): (&Origin, &u64)| (name_of(origin), *rows)).collect()
}

fn splits(report: &Report) -> BTreeMap<String, u64> {
    report.splits.iter().map(|(&split, &rows)| (split.to_owned(), rows)).collect()
}

fn prepared(store: &Store, choice: &ExportChoice) -> Result<(ExportOptions, Names)> {
    let mut options = options(choice)?;
    let names = Names::of(store, choice.name_raters.unwrap_or(false))?;
    options.filters.raters = names.resolve(&options.filters.raters)?;
    Ok((options, names))
}

pub(crate) fn preview(app: &App, request: PreviewExport) -> Result<ExportPreview> {
    let store = app.store(&request.project)?;
    may::oversee(&store, "export datasets")?;
    let (options, names) = prepared(&store, &request.choice)?;
    let (about, numbers) = about(&store)?;
    let exporter = Exporter::preview(options, about, request.rows.min(50) as usize)?;
    let report = feed(&store, exporter, &names, &numbers, |_| Ok(()))?;
    let text = |value: &serde_json::Value, key: &str| {
        value.get(key).and_then(|text| text.as_str()).unwrap_or_default().to_owned()
    };
    let mut findings = findings(&report);
    if let Some(refused) = &report.refused {
        findings.insert(
            0,
            Finding {
                code: refused.code.clone(),
                severity: "error".to_owned(),
                message: format!("{} {}", refused.message, sentence(&refused.hint)),
                rows: 0,
            },
        );
    }
    Ok(ExportPreview {
        kept: report.rows,
        splits: splits(&report),
        origins: origins(&report),
        dropped: dropped(&report.dropped),
        findings,
        rows: report
            .preview
            .iter()
            .map(|row| PreviewRow {
                split: row.split.name().to_owned(),
                row: row.row.clone(),
                sample: text(&row.provenance, "external_id"),
                origin: text(&row.provenance, "origin"),
            })
            .collect(),
    })
}

fn sentence(hint: &str) -> String {
    let mut chars = hint.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// What is remarkable about an export as a whole.
fn findings(report: &Report) -> Vec<Finding> {
    let mut found = Vec::new();
    let near = report.dropped.iter().find(|dropped| name_of(&dropped.reason) == "near_duplicate_of_held_out");
    if let Some(near) = near {
        found.push(Finding {
            code: "near_duplicates_of_held_out".to_owned(),
            severity: "note".to_owned(),
            message: "Samples nearly the same as golden or red-flag ones were held back with them."
                .to_owned(),
            rows: near.count,
        });
    }
    if report.rows > 0 && report.rows < 50 {
        found.push(Finding {
            code: "few_rows".to_owned(),
            severity: "warning".to_owned(),
            message: format!(
                "{} rows are few to train on; a few hundred are a usual beginning.",
                report.rows
            ),
            rows: report.rows,
        });
    }
    found
}

pub(crate) fn start(app: &App, request: StartExport) -> Result<Job> {
    let store = app.store(&request.project)?;
    may::oversee(&store, "export datasets")?;
    if request.out.trim().is_empty() {
        return Err(ApiError::new(ErrorCode::Invalid, "No folder was named.", "name the folder to write"));
    }
    let (options, names) = prepared(&store, &request.choice)?;
    let out = PathBuf::from(&request.out);
    let title = format!("Exporting {} to {}", request.choice.target, out.display());
    app.jobs().start(title, move |job| run(&store, options, &names, &out, job).map(JobOutcome::Export))
}

fn run(
    store: &Store,
    options: ExportOptions,
    names: &Names,
    out: &Path,
    job: &Running,
) -> Result<ExportReport> {
    let (about, numbers) = about(store)?;
    let total = store.counts()?.samples.max(1);
    let exporter = Exporter::create(out, options, about)?;
    let report = feed(store, exporter, names, &numbers, |seen| {
        if seen % 128 == 0 {
            job.progress(seen as f64 / total as f64, || format!("{seen} samples"))?;
        }
        Ok(())
    })?;
    let mut files: Vec<String> = report.files.iter().map(|file| file.path.clone()).collect();
    files.push("manifest.json".to_owned());
    Ok(ExportReport {
        folder: out.display().to_string(),
        files,
        kept: report.rows,
        splits: splits(&report),
        dropped: dropped(&report.dropped),
        findings: findings(&report),
    })
}
