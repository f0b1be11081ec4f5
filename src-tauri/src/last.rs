//! The project that was open last. The shell remembers it, besides the page, so that an everyday start can
//! prepare what the page will ask for first.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

/// The file in the home folder.
const NAME: &str = "last-project";

/// What was open last, in one home folder.
pub struct Last {
    file: PathBuf,
    /// What stands in the file, as far as this process knows.
    written: Mutex<Option<String>>,
}

impl Last {
    pub fn of(home: &Path) -> Self {
        Self { file: home.join(NAME), written: Mutex::default() }
    }

    /// The project to go on with, where there is one and its file is still there.
    pub fn project(&self) -> Option<String> {
        let project = std::fs::read_to_string(&self.file).ok()?;
        Path::new(&project).is_file().then_some(project)
    }

    /// Hears of an answer to the page. Remembering is a convenience, so nothing is said where it fails.
    pub fn heard(&self, name: &str, answer: &str) {
        let mut written = self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match name {
            "project.open" => {
                let Ok(answer) = serde_json::from_str::<Value>(answer) else { return };
                let Some(file) = answer["file"].as_str() else { return };
                if written.as_deref() != Some(file) && std::fs::write(&self.file, file).is_ok() {
                    *written = Some(file.to_owned());
                }
            }
            "project.close" => {
                let _not_there = std::fs::remove_file(&self.file);
                *written = None;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Last;

    #[test]
    fn the_project_that_was_open_last_is_known_at_the_next_start_unless_it_was_closed() {
        let home = tempfile::tempdir().unwrap();
        let project = home.path().join("a b.assay");
        let project = project.to_str().unwrap();
        let answer = serde_json::json!({ "file": project, "settings": {} }).to_string();
        let next = || Last::of(home.path()).project();
        assert_eq!(next(), None);
        let last = Last::of(home.path());
        last.heard("project.open", &answer);
        assert_eq!(next(), None, "its file is gone");
        std::fs::write(project, "").unwrap();
        assert_eq!(next().as_deref(), Some(project));
        last.heard("grade.next", "null");
        assert_eq!(next().as_deref(), Some(project));
        last.heard("project.close", "{}");
        assert_eq!(next(), None);
        last.heard("project.open", &answer);
        assert_eq!(next().as_deref(), Some(project));
    }
}
