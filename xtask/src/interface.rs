//! The interface in `ui/`: Node, its packages, and the built files that the window embeds.

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::tools;

/// The oldest Node that Vite starts with.
const NODE: (u32, u32) = (20, 19);

/// Makes sure that the interface's packages are installed as its lock file says.
pub fn install() -> Result<()> {
    check_node()?;
    let ui = tools::root().join("ui");
    // npm writes this file when it has finished.
    let installed = modified(&ui.join("node_modules/.package-lock.json"));
    if installed.is_none() || installed < modified(&ui.join("package-lock.json")) {
        println!("Installing the interface's packages …");
        tools::must(tools::npm().args(["ci", "--no-audit", "--no-fund"]))?;
    }
    Ok(())
}

/// Makes sure that `ui/dist` is built from what lies in `ui/`.
pub fn build() -> Result<()> {
    install()?;
    let ui = tools::root().join("ui");
    let built = modified(&ui.join("dist/index.html"));
    if built.is_none() || built < newest_source(&ui)? {
        println!("Building the interface …");
        tools::must(tools::npm().args(["run", "build", "--", "--logLevel", "warn"]))?;
    }
    Ok(())
}

fn check_node() -> Result<()> {
    let hint =
        "hint: install Node 20.19 or newer (with npm) from https://nodejs.org, or by your system's packages";
    let Some(version) = tools::answer(tools::program("node").arg("--version")) else {
        bail!("Node is missing, which builds the interface. {hint}");
    };
    if parse_version(&version).is_none_or(|found| found < NODE) {
        bail!("Node {version} is too old to build the interface. {hint}");
    }
    if tools::answer(tools::npm().arg("--version")).is_none() {
        bail!("npm is missing, which installs what the interface is built with. {hint}");
    }
    Ok(())
}

/// The first two numbers of `v20.19.1`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// When anything last changed from which the interface is built.
fn newest_source(ui: &Path) -> Result<Option<SystemTime>> {
    let mut newest = None;
    for entry in ui.read_dir().with_context(|| format!("{} cannot be read", ui.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if name != "node_modules" && name != "dist" && name != "tests" {
            newest = newest.max(newest_under(&path)?);
        }
    }
    Ok(newest)
}

fn newest_under(path: &Path) -> Result<Option<SystemTime>> {
    // A folder's own time tells of files that are gone.
    let mut newest = modified(path);
    if path.is_dir() {
        for entry in path.read_dir().with_context(|| format!("{} cannot be read", path.display()))? {
            newest = newest.max(newest_under(&entry?.path())?);
        }
    }
    Ok(newest)
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_compared_as_numbers() {
        assert_eq!(parse_version("v20.19.4"), Some((20, 19)));
        assert!(parse_version("v20.9.0").unwrap() < NODE);
        assert!(parse_version("v22.1.0").unwrap() > NODE);
        assert_eq!(parse_version("nonsense"), None);
    }
}
