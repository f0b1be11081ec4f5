//! The folder of an export, written beside its target and put there at the end.
//!
//! The one thing that must stay true: what is at the target is a whole export or what was there before, and
//! no file that is not ours is ever removed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ts_rs::TS;

use crate::error::Error;

/// The schema that a manifest of ours names.
pub const MANIFEST_SCHEMA: &str = "assay.manifest/1";

const BUFFER: usize = 256 << 10;

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WrittenFile {
    /// Its path in the folder, with `/`.
    pub path: String,
    /// Its length.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Its lines of data, without a header.
    #[ts(type = "number")]
    pub rows: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// A file being written, hashed on the way.
pub(crate) struct Hashed {
    name: String,
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
    hash: Sha256,
    bytes: u64,
    rows: u64,
}

impl Hashed {
    /// Adds a line of data.
    pub fn row(&mut self, line: &[u8]) -> Result<(), Error> {
        self.rows += 1;
        self.add(line)
    }

    /// Adds what is no line of data.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.hash.update(&self.buffer);
        self.bytes += self.buffer.len() as u64;
        self.file.write_all(&self.buffer).map_err(|source| failed(&self.path, source))?;
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<WrittenFile, Error> {
        self.flush()?;
        let sha256 = hex(&self.hash.finalize());
        Ok(WrittenFile { path: self.name, bytes: self.bytes, rows: self.rows, sha256 })
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Write { path: path.to_owned(), source }
}

/// The folder while it is written. Dropped before [`Folder::publish`], it leaves nothing behind.
pub(crate) struct Folder {
    target: PathBuf,
    work: PathBuf,
    published: bool,
}

impl Folder {
    /// Refuses a target that holds anything but an earlier export, and makes a folder beside it.
    pub fn create(target: &Path) -> Result<Self, Error> {
        let target = std::path::absolute(target).map_err(|source| failed(target, source))?;
        check_target(&target)?;
        let work = sibling(&target, "partial");
        remove_ours(&work)?;
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|source| failed(parent, source))?;
        }
        fs::create_dir(&work).map_err(|source| failed(&target, source))?;
        let folder = Self { target, work, published: false };
        fs::create_dir(folder.work.join("data")).map_err(|source| failed(&folder.target, source))?;
        Ok(folder)
    }

    /// Begins a file; `name` is its path with `/`.
    pub fn file(&self, name: &str) -> Result<Hashed, Error> {
        let path = self.work.join(name);
        let file = File::create(&path).map_err(|source| failed(&path, source))?;
        Ok(Hashed {
            name: name.to_owned(),
            path,
            file,
            buffer: Vec::with_capacity(BUFFER + (64 << 10)),
            hash: Sha256::new(),
            bytes: 0,
            rows: 0,
        })
    }

    /// Ends a file.
    pub fn close(&self, file: Hashed) -> Result<WrittenFile, Error> {
        file.finish()
    }

    /// Writes a whole small file.
    pub fn write(&self, name: &str, text: &str) -> Result<WrittenFile, Error> {
        let mut file = self.file(name)?;
        file.add(text.as_bytes())?;
        self.close(file)
    }

    /// Puts the folder at its target, in place of an earlier export.
    pub fn publish(mut self) -> Result<PathBuf, Error> {
        check_target(&self.target)?;
        let there = fs::symlink_metadata(&self.target).is_ok();
        if there {
            let old = sibling(&self.target, "old");
            remove_ours(&old)?;
            fs::rename(&self.target, &old).map_err(|source| failed(&self.target, source))?;
            if let Err(source) = fs::rename(&self.work, &self.target) {
                let _ = fs::rename(&old, &self.target);
                return Err(failed(&self.target, source));
            }
            self.published = true;
            remove_ours(&old)?;
        } else {
            fs::rename(&self.work, &self.target).map_err(|source| failed(&self.target, source))?;
            self.published = true;
        }
        Ok(self.target.clone())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.published {
            let _ = fs::remove_dir_all(&self.work);
        }
    }
}

/// A hidden folder beside the target. Ours by its name: `.NAME.assay-partial`, `.NAME.assay-old`.
fn sibling(target: &Path, kind: &str) -> PathBuf {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    target.with_file_name(format!(".{name}.assay-{kind}"))
}

/// Removes what an interrupted export left behind.
fn remove_ours(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(folder, error)),
        _ => Ok(()),
    }
}

/// What of a manifest is needed to know an earlier export.
#[derive(Deserialize)]
struct Earlier {
    schema: String,
    files: Vec<WrittenFile>,
}

/// The target must not exist, be empty, or hold exactly the files of an earlier export.
fn check_target(target: &Path) -> Result<(), Error> {
    let foreign = |found: String| Err(Error::ForeignFolder { folder: target.to_owned(), found });
    let metadata = match fs::symlink_metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(target, error)),
    };
    if !metadata.is_dir() {
        return foreign("the file or link itself".to_owned());
    }
    let mut found = Vec::new();
    list(target, "", &mut found).map_err(|source| failed(target, source))?;
    if found.is_empty() {
        return Ok(());
    }
    let manifest = fs::read(target.join("manifest.json")).ok();
    let earlier: Option<Earlier> = manifest.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(earlier) = earlier.filter(|earlier| earlier.schema == MANIFEST_SCHEMA) else {
        return foreign(found.swap_remove(0));
    };
    let ours: BTreeSet<&str> = earlier.files.iter().map(|file| file.path.as_str()).collect();
    match found.into_iter().find(|path| path != "manifest.json" && !ours.contains(path.as_str())) {
        Some(path) => foreign(path),
        None => Ok(()),
    }
}

/// The files under a folder, by their paths with `/`, sorted.
fn list(folder: &Path, prefix: &str, into: &mut Vec<String>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{path}/"), into)?;
        } else {
            into.push(path);
        }
    }
    Ok(())
}
