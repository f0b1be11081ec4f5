//! Dependencies point down only.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// How high each crate stands. A crate may depend only on those that stand lower.
const HEIGHTS: &[(&str, u8)] = &[
    ("assay-agreement", 0),
    ("assay-diff", 0),
    ("assay-model", 0),
    ("assay-dataset", 1),
    ("assay-store", 1),
    ("assay-sync", 1),
    ("assay-api", 2),
    ("assay-hub", 2),
    ("assay-cli", 3),
    ("assay-desktop", 3),
    ("assay-benches", 4),
    ("assay-tests", 4),
    ("xtask", 4),
];

/// Arrows that point down and are still forbidden: the hub keeps its own database, what is shared with
/// a laptop is the wire.
const FORBIDDEN: &[(&str, &str)] =
    &[("assay-hub", "assay-store"), ("assay-hub", "assay-dataset"), ("assay-hub", "assay-diff")];

/// What only the window may know.
const OF_THE_WINDOW: &[&str] = &["tauri", "wry", "tao", "webkit2gtk", "gtk", "rfd"];

#[test]
fn arrows_point_down_only() {
    let heights: BTreeMap<&str, u8> = HEIGHTS.iter().copied().collect();
    let mut faults = Vec::new();
    for (from, to) in arrows() {
        let Some(&height) = heights.get(from.as_str()) else {
            faults.push(format!("{from} has no height yet: add it to this test"));
            continue;
        };
        if heights.get(to.as_str()).is_some_and(|&lower| lower >= height) {
            faults.push(format!("{from} → {to} points up or sideways"));
        }
        if FORBIDDEN.contains(&(&from, &to)) {
            faults.push(format!("{from} → {to} is forbidden"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn only_the_window_knows_of_windows() {
    let of_the_window = |name: &str| {
        OF_THE_WINDOW.iter().any(|known| name == *known || name.starts_with(&format!("{known}-")))
    };
    let faults: Vec<_> =
        arrows().into_iter().filter(|(from, to)| from != "assay-desktop" && of_the_window(to)).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn statistics_and_diffs_depend_on_nothing_of_ours() {
    let heights: BTreeMap<&str, u8> = HEIGHTS.iter().copied().collect();
    let faults: Vec<_> = arrows()
        .into_iter()
        .filter(|(from, to)| {
            ["assay-agreement", "assay-diff"].contains(&from.as_str()) && heights.contains_key(to.as_str())
        })
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
}

/// Every direct dependency of a workspace member, of any kind, as (from, to).
fn arrows() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let mut arrows = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        for dependency in package["dependencies"].as_array().unwrap() {
            arrows.push((name(package), name(dependency)));
        }
    }
    assert!(
        arrows.iter().any(|(from, to)| from == "assay-api" && to == "assay-store"),
        "this test reads nothing"
    );
    arrows
}
