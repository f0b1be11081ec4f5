//! `cargo xtask bench`: every figure that is stated anywhere, beside a peer or the raw limit, in the same run.

use anyhow::{Context as _, Result, bail};

use crate::{interface, system, tools};

/// From `Ctrl+Enter` to the next sample painted; measured in a browser, and so no Rust program.
const PAINT: &str = "paint";

/// Runs the named benchmarks, or all, one after the other.
pub fn run(words: &[&str]) -> Result<()> {
    let names = names()?;
    if let Some(unknown) = words.iter().find(|word| !names.iter().any(|name| name == *word)) {
        bail!("{unknown} is not a benchmark. hint: there are {}", names.join(", "));
    }
    let mut failed = Vec::new();
    for name in names.into_iter().filter(|name| words.is_empty() || words.contains(&name.as_str())) {
        println!("\n── {name} ──");
        if let Err(error) = one(&name) {
            println!("error: {error:#}");
            failed.push(name);
        }
    }
    if !failed.is_empty() {
        bail!("{} did not keep what is promised, or could not run", failed.join(", "));
    }
    Ok(())
}

/// All of them: the programs in `benches/src/bin`, in alphabetical order, and what runs in a browser.
fn names() -> Result<Vec<String>> {
    let folder = tools::root().join("benches/src/bin");
    let entries = folder.read_dir().with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut names = vec![PAINT.to_owned()];
    for entry in entries {
        names.extend(entry?.path().file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
    }
    names.sort_unstable();
    Ok(names)
}

fn one(name: &str) -> Result<()> {
    match name {
        PAINT => {
            system::for_browser()?;
            interface::build()?;
            build(&["--bin", "assay"])?;
            let mut node = tools::program("node");
            node.arg("ui/tests/submit-to-paint.bench.mjs")
                .env("ASSAY_BIN", tools::built("release", "assay")?);
            if let Some(chromium) = system::chromium() {
                node.env("CHROMIUM", chromium);
            }
            return tools::must(&mut node);
        }
        "window" => {
            system::for_driving_the_window()?;
            interface::build()?;
            build(&["--bin", name, "--bin", "assay-desktop", "--example", "empty-window"])?;
        }
        _ => {
            system::for_building()?;
            // What a person types is timed as well, by whichever wants it.
            build(&["--bin", name, "--bin", "assay"])?;
        }
    }
    tools::must(&mut tools::program(tools::built("release", name)?))
}

/// Builds for release, always out of the whole workspace: another selection would give the libraries other
/// features, and build them all once more.
fn build(targets: &[&str]) -> Result<()> {
    tools::must(tools::cargo().args(["build", "--release", "--workspace"]).args(targets))
}
