//! What no tracked file may say: places on somebody's own disk.

use std::fs;

use anyhow::Result;

use crate::tools;

/// Pieces, so that this file does not accuse itself.
const FORBIDDEN: &[(&[&str], &str)] = &[
    (&["/ro", "ot/"], "a path on somebody's own disk"),
    (&["/wo", "rk/"], "a path on somebody's own disk"),
    (&["\"reso", "lved\": \"http"], "the address of a registry"),
];

/// Every tracked file that says what it should not, with the line.
pub fn findings() -> Result<Vec<String>> {
    let Some(files) = tools::answer(tools::program("git").args(["ls-files", "-z"])) else {
        println!("This is not a Git checkout: its files are not looked through.");
        return Ok(Vec::new());
    };
    let mut findings = Vec::new();
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        let Ok(text) = fs::read_to_string(tools::root().join(file)) else { continue };
        for (number, line) in text.lines().enumerate() {
            for (pieces, what) in FORBIDDEN {
                if line.contains(&pieces.concat()) {
                    findings.push(format!("{file}:{}: {what}", number + 1));
                }
            }
        }
    }
    Ok(findings)
}
