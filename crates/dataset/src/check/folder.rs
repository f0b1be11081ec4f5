//! Which files of a folder are its data, and whether they are those of its manifest.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::finding::{Code, Notes};
use crate::error::{FileError, FileProblem};
use crate::write::{MANIFEST_SCHEMA, WrittenFile};

#[derive(Deserialize)]
struct Manifest {
    schema: String,
    files: Vec<WrittenFile>,
}

/// The file itself, or the JSONL files of a folder (of its `data` folder where there is one), sorted.
pub(crate) fn files(path: &Path, notes: &mut Notes) -> Result<Vec<PathBuf>, FileError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    check_manifest(path, notes)?;
    let data = path.join("data");
    let mut files = jsonl_files(if data.is_dir() { &data } else { path })?;
    if files.is_empty() && data.is_dir() {
        files = jsonl_files(path)?;
    }
    if files.is_empty() {
        let name = path.display().to_string();
        return Err(FileError::new(
            &name,
            FileProblem::Missing,
            format!("{name} holds no file of training data."),
            "name a .jsonl or .json file, or a folder that holds one",
        ));
    }
    Ok(files)
}

fn jsonl_files(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| FileError::io(folder, &error))? {
        let path = entry.map_err(|error| FileError::io(folder, &error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        let ours =
            matches!(name, "manifest.json" | "provenance.jsonl" | "dataset_info.json" | "dataset_infos.json");
        if path.is_file() && (name.ends_with(".jsonl") || name.ends_with(".json")) && !ours {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Compares the files with the digests of a manifest of ours.
fn check_manifest(folder: &Path, notes: &mut Notes) -> Result<(), FileError> {
    let Ok(bytes) = fs::read(folder.join("manifest.json")) else { return Ok(()) };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes) else { return Ok(()) };
    if manifest.schema != MANIFEST_SCHEMA {
        return Ok(());
    }
    for file in manifest.files {
        let path = folder.join(&file.path);
        let what = match sha256(&path) {
            Ok(digest) if digest == file.sha256 => continue,
            Ok(_) => "its SHA-256 is another",
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => "it is missing",
            Err(error) => return Err(FileError::io(&path, &error)),
        };
        notes.add_saying(Code::ChangedFile, &path.display().to_string(), 1, what);
    }
    Ok(())
}

fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            read => hash.update(&buffer[..read]),
        }
    }
}
