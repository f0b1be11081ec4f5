//! Backups: a whole copy of the project, taken while it is in use.

use std::path::Path;

use crate::Store;
use crate::error::{Error, Result};
use crate::project::Unfinished;

impl Store {
    /// Copies the project, as it is at one moment, to a new file, which opens like any project. The file
    /// appears whole or not at all.
    ///
    /// A backup is the same copy on the same device: it is for restoring, not for a second person.
    ///
    /// # Errors
    /// [`Error::Exists`] when there is something at `to`; [`Error::DiskFull`].
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<()> {
        let to = to.as_ref();
        if std::fs::symlink_metadata(to).is_ok() {
            return Err(Error::Exists { path: to.to_owned() });
        }
        let unfinished = Unfinished::beside(to, &*self.inner.world);
        let Some(name) = unfinished.path().to_str() else {
            let detail = std::io::Error::other("the path is not valid Unicode");
            return Err(Error::Io { path: to.to_owned(), source: detail });
        };
        // A connection of its own: `query_only` would refuse to make the copy, and the writer stays free.
        let source = crate::schema::connect(&self.inner.path, crate::Options::default().busy_timeout, false)
            .map_err(|error| error.at(&self.inner.path))?;
        source.execute("VACUUM INTO ?1", [name]).map_err(|error| Error::from(error).at(to))?;
        let copy = crate::schema::connect(unfinished.path(), std::time::Duration::ZERO, false)
            .map_err(|error| error.at(to))?;
        copy.pragma_update(None, "journal_mode", "WAL").map_err(|error| Error::from(error).at(to))?;
        copy.close().map_err(|(_, error)| Error::from(error).at(to))?;
        unfinished.becomes(to)
    }
}
