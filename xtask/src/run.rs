//! `cargo xtask run`: from a clean clone to an open window.

use anyhow::{Context as _, Result, bail};

use crate::{interface, system, tools};

/// Builds Assay and opens its window on the demo project; without a display, shows the demo in the
/// terminal.
pub fn run(words: &[&str]) -> Result<()> {
    let mut release = false;
    let mut home = None;
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "--release" => release = true,
            "--home" => home = Some(words.next().context("--home needs a folder")?),
            _ => match word.strip_prefix("--home=") {
                Some(folder) => home = Some(folder),
                None => bail!("{word} is not known. hint: cargo xtask run [--release] [--home DIR]"),
            },
        }
    }
    let profile = if release { "release" } else { "debug" };
    if system::has_display() { window(profile, home) } else { terminal(profile) }
}

fn window(profile: &str, home: Option<&str>) -> Result<()> {
    system::for_window()?;
    interface::build()?;
    build("assay-desktop", profile)?;
    let mut window = tools::program(tools::built(profile, "assay-desktop")?);
    window.arg("--demo");
    if let Some(home) = home {
        // As typed, and so from the folder in which it was typed.
        window.arg("--home").arg(std::path::absolute(home)?);
    }
    println!("Opening the window …");
    tools::must(&mut window)
}

fn terminal(profile: &str) -> Result<()> {
    system::for_building()?;
    // The demo needs none, but whoever follows the last line with `assay serve` does.
    interface::build()?;
    build("assay", profile)?;
    println!("There is no display here, so this is the demo in the terminal.\n");
    tools::must(tools::program(tools::built(profile, "assay")?).arg("demo"))?;
    println!(
        "\nTo get the window, run `cargo xtask run` in a desktop session, or over `ssh -X`; without either, \
         `xvfb-run cargo xtask run` opens it where nobody sees it. `assay serve` shows the same screens in a browser."
    );
    Ok(())
}

/// Builds a program out of the whole workspace, as the tests do: another selection would give the libraries
/// other features, and build them all once more.
fn build(program: &str, profile: &str) -> Result<()> {
    println!("Building {program} (the first time takes some minutes) …");
    let mut cargo = tools::cargo();
    cargo.args(["build", "--workspace", "--bin", program]);
    if profile == "release" {
        cargo.arg("--release");
    }
    tools::must(&mut cargo)
}
