//! What may follow the program's name. Only what concerns the window; the work itself is `assay`'s.

use std::ffi::OsString;
use std::path::PathBuf;

/// What the command line of the window asks for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// The folder in which projects live, where it is not the usual one.
    pub home: Option<PathBuf>,
    /// The project to open first: a name in the home folder, or a file.
    pub project: Option<String>,
    /// Whether to open the demo project first.
    pub demo: bool,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// Open the window.
    Window(Arguments),
    /// Print this and end.
    Text(String),
}

const HELP: &str = "\
assay-desktop: grade and correct the outputs of language models

  --home DIR              the folder in which projects live (or ASSAY_HOME)
  --project NAME-OR-FILE  the project to open first
  --demo                  open the demo project first
  --version, --help

Without a window, use `assay`.";

/// Reads the arguments; the error is a sentence for whoever typed them.
pub fn parse(given: impl Iterator<Item = OsString>) -> Result<Asked, String> {
    let mut arguments = Arguments::default();
    let mut given = given;
    while let Some(word) = given.next() {
        let word = word.to_string_lossy().into_owned();
        let (name, mut inline) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(OsString::from(value))),
            _ => (word, None),
        };
        let mut value = || {
            inline.take().or_else(|| given.next()).ok_or(format!("{name} needs a value. hint: see --help"))
        };
        match name.as_str() {
            "--home" => arguments.home = Some(value()?.into()),
            "--project" => arguments.project = Some(value()?.to_string_lossy().into_owned()),
            "--demo" => arguments.demo = true,
            "--help" | "-h" => return Ok(Asked::Text(HELP.to_owned())),
            "--version" | "-V" => {
                return Ok(Asked::Text(format!("assay-desktop {}", env!("CARGO_PKG_VERSION"))));
            }
            // A file opened from the desktop comes without a name before it.
            _ if !name.starts_with('-') && arguments.project.is_none() => arguments.project = Some(name),
            _ => return Err(format!("{name} is not known. hint: see --help")),
        }
    }
    Ok(Asked::Window(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<Asked, String> {
        parse(words.iter().map(OsString::from))
    }

    #[test]
    fn a_project_and_a_home_are_understood_in_both_spellings() {
        let expected = Arguments { home: Some("h".into()), project: Some("p".into()), demo: false };
        assert_eq!(of(&["--home", "h", "--project", "p"]), Ok(Asked::Window(expected.clone())));
        assert_eq!(of(&["--home=h", "--project=p"]), Ok(Asked::Window(expected.clone())));
        assert_eq!(of(&["p", "--home=h"]), Ok(Asked::Window(expected)));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert_eq!(of(&["--hoem"]), Err("--hoem is not known. hint: see --help".to_owned()));
        assert_eq!(of(&["--home"]), Err("--home needs a value. hint: see --help".to_owned()));
    }
}
