//! A home folder of its own for each test, and the `assay` that was built.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

pub struct Home {
    folder: TempDir,
}

/// What a run of `assay` said.
pub struct Said {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    /// Its answer as JSON.
    pub fn json(&self) -> Value {
        assert_eq!(self.status, 0, "it failed: {}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// The one error it ended with.
    pub fn error(&self) -> Value {
        assert_eq!(self.status, 1, "it did not fail: {}", self.stdout);
        let error: Value = serde_json::from_str(self.stderr.trim())
            .unwrap_or_else(|error| panic!("{error}: {}", self.stderr));
        error["error"].clone()
    }
}

impl Home {
    /// A home without projects.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A home with one project, called “p”.
    pub fn with_project() -> Self {
        let home = Self::empty();
        assert_eq!(home.run(&["new", "p"]).status, 0);
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the home folder and gives its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, |_| {})
    }

    pub fn run_with(&self, arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
        command.args(arguments).env("ASSAY_HOME", self.folder.path()).env("USER", "tester");
        prepare(&mut command);
        let Output { status, stdout, stderr } = command.output().unwrap();
        Said {
            status: status.code().unwrap_or(-1),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// How many samples the project has.
    pub fn samples(&self) -> u64 {
        self.run(&["projects", "--json"]).json()["projects"][0]["counts"]["samples"].as_u64().unwrap()
    }
}

/// A file of the repository's fixtures.
pub fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name).display().to_string()
}

/// A sample in one line, with that id and response.
pub fn line(id: &str, response: &str) -> String {
    serde_json::json!({ "id": id, "prompt": "How long is the notice period?", "response": response })
        .to_string()
}
