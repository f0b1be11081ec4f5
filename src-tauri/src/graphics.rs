//! How WebKit brings its pictures into the window on Linux: through the memory of a graphics card, where there is
//! one. Without one it emulates that, which costs every start some tenths of a second; plain memory is quicker.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// Read by WebKit; whoever sets it, to whatever, is left alone.
const PLAIN_MEMORY: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Starts this program again with plain memory, where there is no graphics card. Only a program that begins can
/// be given an environment safely; it keeps its process, its arguments and its place.
pub fn suit() {
    if std::env::var_os(PLAIN_MEMORY).is_some() || has_card(Path::new("/dev/dri")) {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        // Where that fails, the window opens as it is.
        let _ = Command::new(program).args(std::env::args_os().skip(1)).env(PLAIN_MEMORY, "1").exec();
    }
}

fn has_card(devices: &Path) -> bool {
    devices.read_dir().is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_a_device_that_renders() {
        let devices = tempfile::tempdir().unwrap();
        assert!(!has_card(&devices.path().join("none")));
        std::fs::write(devices.path().join("card0"), "").unwrap();
        assert!(!has_card(devices.path()));
        std::fs::write(devices.path().join("renderD128"), "").unwrap();
        assert!(has_card(devices.path()));
    }
}
