//! Processes of one test. A window starts helpers that are no children of ours, so they are found by the
//! home folder that all of them carry in their environment, and that no other process carries.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Processes whose environment names this home folder and whose program has this name (any, without one).
pub fn of_home(home: &Path, program: Option<&str>) -> Vec<u32> {
    let mark = format!("ASSAY_HOME={}", home.display());
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
                && program.is_none_or(|name| is_program(*pid, name))
        })
        .collect()
}

/// Ends processes at once, as a power cut would.
pub fn kill(pids: &[u32]) {
    if !pids.is_empty() {
        let pids = pids.iter().map(u32::to_string);
        // One that is gone already is what was wanted.
        let _ = Command::new("kill").arg("-KILL").args(pids).stderr(std::process::Stdio::null()).status();
    }
}

/// Whether a process still runs; one that is dead and waits for its parent does not. Its files are closed, and
/// its locks let go, only when its last thread is dead, which may be after its first one.
pub fn is_running(pid: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    threads.flatten().any(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // The state follows the name, which is in brackets and may itself hold anything.
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    })
}

fn is_program(pid: u32, name: &str) -> bool {
    fs::read_link(format!("/proc/{pid}/exe"))
        .is_ok_and(|file| file.file_name().is_some_and(|found| found == name))
}
