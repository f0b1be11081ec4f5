//! The tokens by which hubs know this laptop: one file in the home folder that only its owner can read.
//!
//! A token is not in the project's file, so that a copy or backup of a project opens no hub. It is written
//! before the invite is used: when the answer is lost or the copy cannot be made, the same token is sent again.
//! Whoever changes the file holds a lock meanwhile, so that a window and a command that join at once lose
//! neither token.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use assay_model::{MemberId, ProjectId};
use assay_sync::secret;
use serde::{Deserialize, Serialize};

use crate::error::{ApiError, ErrorCode, Result};

const FILE: &str = "hubs.json";
/// Held by whoever changes the file. It is kept: removing it would let two processes lock two files of one name.
const LOCK: &str = "hubs.lock";

/// What opens a hub.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Credential {
    pub(super) address: String,
    pub(super) token: String,
    /// For whom it speaks there; unknown where it was kept by an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) member: Option<MemberId>,
    /// The project that was joined or published with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) project: Option<ProjectId>,
    #[serde(default)]
    pub(super) may_publish: bool,
    /// Plain HTTP beyond this machine was accepted.
    #[serde(default)]
    pub(super) insecure: bool,
    /// The hash of the invite that was sent with it, while what the invite was for is not here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) invite: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    hubs: Vec<Credential>,
}

/// All of them.
pub(super) fn all(home: &Path) -> Result<Vec<Credential>> {
    let path = home.join(FILE);
    match fs::read(&path) {
        Ok(bytes) => {
            let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| {
                ApiError::new(
                    ErrorCode::Io,
                    format!("{} cannot be read: {error}.", path.display()),
                    "restore it from a backup, or remove it and join again with a new invite",
                )
                .in_file(path.display().to_string())
            })?;
            Ok(kept.hubs)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(io(&path, &error)),
    }
}

/// The one for a member's project of a hub: two people may share this laptop.
pub(super) fn of_project(
    home: &Path,
    address: &str,
    project: ProjectId,
    member: MemberId,
) -> Result<Option<Credential>> {
    let fits = |one: &Credential| {
        one.address == address
            && one.project == Some(project)
            && one.member.is_none_or(|speaks_for| speaks_for == member)
    };
    Ok(all(home)?.into_iter().rev().find(fits))
}

/// Keeps a credential in the place of the one with the same token.
pub(super) fn keep(home: &Path, credential: Credential) -> Result<()> {
    change(home, |hubs| {
        hubs.retain(|one| {
            one.token != credential.token || one.project.is_some() && one.project != credential.project
        });
        hubs.push(credential);
    })
}

/// Forgets a token that opens nothing.
pub(super) fn forget(home: &Path, token: &str) -> Result<()> {
    change(home, |hubs| hubs.retain(|one| one.token != token))
}

/// Changes what is kept, alone.
fn change(home: &Path, change: impl FnOnce(&mut Vec<Credential>)) -> Result<()> {
    let _alone = lock(home)?;
    let mut hubs = all(home)?;
    change(&mut hubs);
    write(home, &Kept { hubs })
}

fn lock(home: &Path) -> Result<fs::File> {
    let path = home.join(LOCK);
    fs::create_dir_all(home).map_err(|error| io(&path, &error))?;
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(|error| io(&path, &error))?;
    // A file system without locks: better to work without the guard than not at all.
    let _guarded = file.lock();
    Ok(file)
}

/// A new token.
pub(super) fn new_token() -> Result<String> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| {
        ApiError::new(
            ErrorCode::Internal,
            format!("The system gives no random numbers: {error}."),
            "restart the computer, then try again",
        )
    })?;
    Ok(secret::token(random))
}

fn write(home: &Path, kept: &Kept) -> Result<()> {
    let path = home.join(FILE);
    let json = serde_json::to_vec_pretty(kept)
        .map_err(|error| ApiError::new(ErrorCode::Internal, format!("{error}."), "please report this"))?;
    let beside: PathBuf = home.join(format!(".{FILE}.{}", uuid::Uuid::now_v7()));
    let written = (|| {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(&json)?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    })();
    written.map_err(|error| {
        // Whether it is there or not, there is nothing more to do about it.
        let _ = fs::remove_file(&beside);
        io(&path, &error)
    })
}

fn io(path: &Path, error: &std::io::Error) -> ApiError {
    ApiError::new(
        ErrorCode::Io,
        format!("{} cannot be read or written: {error}.", path.display()),
        "make the folder readable and writable for you",
    )
    .in_file(path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::{Credential, all, forget, keep};

    /// Threads stand for processes here: the lock is that of an open file, and each opens it anew.
    #[test]
    fn those_who_join_and_leave_at_once_lose_no_token() {
        let home = tempfile::tempdir().unwrap();
        let credential = |token: String| Credential {
            address: "https://hub.example.org".to_owned(),
            token,
            member: None,
            project: None,
            may_publish: false,
            insecure: false,
            invite: None,
        };
        std::thread::scope(|scope| {
            for one in 0..6 {
                let (home, credential) = (home.path(), &credential);
                scope.spawn(move || {
                    for n in 0..10 {
                        keep(home, credential(format!("{one}-{n}"))).unwrap();
                        keep(home, credential(format!("{one}-{n}-gone"))).unwrap();
                        forget(home, &format!("{one}-{n}-gone")).unwrap();
                    }
                });
            }
        });
        let mut kept: Vec<String> = all(home.path()).unwrap().into_iter().map(|one| one.token).collect();
        kept.sort_unstable();
        let wanted: Vec<String> = (0..6).flat_map(|one| (0..10).map(move |n| format!("{one}-{n}"))).collect();
        assert_eq!(kept, wanted);
    }
}
