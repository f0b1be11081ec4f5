//! Each target's folder, byte for byte. `UPDATE_GOLDEN=1 cargo test -p assay-dataset --test golden` writes
//! them anew; read the difference before committing it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use assay_dataset::check::check;
use assay_dataset::write::{ExportOptions, FileFormat, GradeGap, Rows, Target};

fn options(target: Target) -> ExportOptions {
    let mut options = ExportOptions::new(target);
    options.pairs_from.grade_gap = Some(GradeGap { at_least: 2.0, dimension: None });
    options
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn files(folder: &Path, under: &str, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder.join(under)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{under}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files(folder, &format!("{path}/"), into);
        } else {
            into.push(path);
        }
    }
    into.sort();
}

fn compare(name: &str, options: ExportOptions) {
    let temporary = tempfile::tempdir().unwrap();
    let made = temporary.path().join("dataset");
    let target = options.target;
    common::export(&made, options, &common::project()).unwrap();
    if target.rows() != Rows::Labels {
        let findings = check(&made).unwrap();
        assert!(!findings.has_errors(), "{name}: {findings:?}");
    }
    let kept = golden().join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = fs::remove_dir_all(&kept);
        let mut list = Vec::new();
        files(&made, "", &mut list);
        for path in list {
            fs::create_dir_all(kept.join(&path).parent().unwrap()).unwrap();
            fs::copy(made.join(&path), kept.join(&path)).unwrap();
        }
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    files(&made, "", &mut ours);
    files(&kept, "", &mut theirs);
    assert_eq!(ours, theirs, "{name}");
    for path in ours {
        let (ours, theirs) = (fs::read_to_string(made.join(&path)), fs::read_to_string(kept.join(&path)));
        assert_eq!(ours.unwrap(), theirs.unwrap(), "{name}/{path}");
    }
}

#[test]
fn every_target_writes_its_golden_folder() {
    for info in Target::all() {
        compare(&info.name, options(info.target));
    }
}

#[test]
fn label_tables_are_written_as_jsonl_too() {
    for target in [Target::LabelsLong, Target::LabelsWide] {
        compare(
            &format!("{target}-jsonl"),
            ExportOptions { file_format: FileFormat::Jsonl, ..options(target) },
        );
    }
}
