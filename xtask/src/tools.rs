//! Programs and places. Nothing here asks a question on the terminal: every program runs without input.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(1).map_or_else(PathBuf::new, Path::to_owned)
}

/// Where Cargo puts programs of a profile (`debug`, `release`): beside this one, so that a target folder
/// set anywhere is respected.
pub fn built(profile: &str, program: &str) -> Result<PathBuf> {
    let me = std::env::current_exe().context("This program does not know where it lies")?;
    let target = me.ancestors().nth(2).context("This program lies outside a target folder")?;
    Ok(target.join(profile).join(program).with_extension(std::env::consts::EXE_EXTENSION))
}

/// A program to be run at the root of the repository, without input.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// The Cargo that runs this program.
pub fn cargo() -> Command {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// npm, in the interface's folder.
pub fn npm() -> Command {
    let mut command = program(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(root().join("ui"));
    command
}

/// Runs a program whose output the person sees.
pub fn must(command: &mut Command) -> Result<()> {
    let name = shown(command);
    let status = command.status().with_context(|| format!("`{name}` could not be started"))?;
    if !status.success() {
        bail!("`{name}` failed");
    }
    Ok(())
}

/// What a program prints, where it exists and succeeds.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a program is on the path.
pub fn is_there(name: &str) -> bool {
    find(name).is_some()
}

/// The first of these programs that is on the path.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name).with_extension(std::env::consts::EXE_EXTENSION))
        .find(|file| file.is_file())
}

/// A command as a person would have typed it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words
        .map(|word| {
            Path::new(word)
                .file_name()
                .filter(|_| word == command.get_program())
                .unwrap_or(word)
                .to_string_lossy()
        })
        .collect();
    words.join(" ")
}
