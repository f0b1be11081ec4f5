//! `cargo xtask types`: the interface's types, written from the surface in `crates/api`.
//!
//! The test `types` compares or writes them, so that what is checked and what is written cannot differ.

use anyhow::{Result, bail};

use crate::tools;

/// Writes `ui/src/lib/backend/types.ts`, or fails when it differs.
pub fn run(words: &[&str]) -> Result<()> {
    let mut test = tools::cargo();
    // All packages are named, as everywhere, so that nothing is compiled twice with other features.
    test.args(["test", "--quiet", "--workspace", "--test", "types"]);
    match words {
        [] => test.env("ASSAY_TYPES", "write"),
        ["--check"] => &mut test,
        _ => bail!("hint: cargo xtask types [--check]"),
    };
    tools::must(&mut test)
}
