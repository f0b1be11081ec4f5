//! What Assay needs from the system: looked for, installed where Debian's or Ubuntu's `apt-get` may be
//! run without a question, and named in one sentence elsewhere.

use anyhow::{Result, bail};

use crate::tools;

/// Something the system must have.
struct Need {
    /// What it is, for people.
    name: &'static str,
    /// Whether it is there.
    is_there: fn() -> bool,
    /// Its packages on Debian and Ubuntu.
    apt: &'static [&'static str],
    /// Its packages on Fedora.
    dnf: &'static str,
    /// Its packages on Arch.
    pacman: &'static str,
    /// What to do on macOS; empty where nothing is to be done.
    mac: &'static str,
    /// What to do on Windows; empty where nothing is to be done.
    windows: &'static str,
}

const COMPILER: Need = Need {
    name: "a C compiler",
    is_there: || !cfg!(unix) || tools::is_there("cc"),
    apt: &["build-essential"],
    dnf: "gcc",
    pacman: "base-devel",
    mac: "xcode-select --install",
    windows: "",
};

const WEBKIT: Need = Need {
    name: "the WebKitGTK development files",
    is_there: || {
        !cfg!(target_os = "linux")
            || tools::is_there("pkg-config")
                && tools::program("pkg-config")
                    .args(["--exists", "webkit2gtk-4.1", "gtk+-3.0"])
                    .status()
                    .is_ok_and(|status| status.success())
    },
    apt: &["pkg-config", "libwebkit2gtk-4.1-dev"],
    dnf: "pkgconf-pkg-config webkit2gtk4.1-devel",
    pacman: "pkgconf webkit2gtk-4.1",
    mac: "",
    windows: "",
};

const DRIVER: Need = Need {
    name: "WebKit's test driver",
    is_there: || tools::is_there("WebKitWebDriver"),
    apt: &["webkit2gtk-driver"],
    dnf: "webkit2gtk4.1-devel",
    pacman: "webkit2gtk-4.1",
    mac: "",
    windows: "",
};

const DISPLAY: Need = Need {
    name: "a display in memory (Xvfb)",
    is_there: || tools::is_there("Xvfb"),
    apt: &["xvfb"],
    dnf: "xorg-x11-server-Xvfb",
    pacman: "xorg-server-xvfb",
    mac: "",
    windows: "",
};

const CHROMIUM: Need = Need {
    name: "Chromium",
    is_there: || chromium().is_some(),
    apt: &["chromium"],
    dnf: "chromium",
    pacman: "chromium",
    mac: "brew install --cask chromium",
    windows: "winget install Hibbiki.Chromium",
};

const POSTGRES: Need = Need {
    name: "PostgreSQL",
    is_there: || {
        tools::is_there("postgres") && tools::is_there("initdb")
            || std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|versions| {
                versions.flatten().any(|version| version.path().join("bin/postgres").exists())
            })
    },
    apt: &["postgresql"],
    dnf: "postgresql-server",
    pacman: "postgresql",
    mac: "brew install postgresql",
    windows: "winget install PostgreSQL.PostgreSQL",
};

const PYTHON: Need = Need {
    name: "Python 3 with venv",
    is_there: || tools::answer(tools::program("python3").args(["-c", "import venv, ensurepip"])).is_some(),
    apt: &["python3", "python3-venv"],
    dnf: "python3",
    pacman: "python",
    mac: "brew install python",
    windows: "winget install Python.Python.3.12",
};

/// Makes sure that what the command line is built with is there.
pub fn for_building() -> Result<()> {
    provide(&[COMPILER])
}

/// Makes sure that what the window is built with is there.
pub fn for_window() -> Result<()> {
    provide(&[COMPILER, WEBKIT])
}

/// Makes sure that the databases that the tests run hubs on are there.
pub fn for_databases() -> Result<()> {
    provide(&[POSTGRES])
}

/// Makes sure that what the hub is checked with is there.
pub fn for_python() -> Result<()> {
    provide(&[PYTHON])
}

/// Makes sure that what drives the interface in a browser is there.
pub fn for_browser() -> Result<()> {
    provide(&[CHROMIUM])
}

/// Makes sure that what drives the real window is there.
pub fn for_driving_the_window() -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("the window is tested on Linux only: its driver, WebKitWebDriver, exists nowhere else");
    }
    provide(&[COMPILER, WEBKIT, DRIVER, DISPLAY])
}

/// Chromium, under one of the names it goes by.
pub fn chromium() -> Option<std::path::PathBuf> {
    if let Some(given) = std::env::var_os("CHROMIUM") {
        return Some(given.into());
    }
    let mac = ["Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome"];
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
        .iter()
        .find_map(|name| tools::find(name))
        .or_else(|| {
            mac.iter().map(|app| std::path::Path::new("/Applications").join(app)).find(|app| app.exists())
        })
}

/// Whether a window can be shown.
pub fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

fn provide(needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.is_there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if tools::is_there("apt-get") && install(&missing) {
        let still: Vec<&Need> = missing.iter().copied().filter(|need| !(need.is_there)()).collect();
        if still.is_empty() {
            return Ok(());
        }
        bail!("{}", sentence(&still));
    }
    bail!("{}", sentence(&missing))
}

/// Installs with `apt-get`, where that asks no question; whether it went through.
fn install(missing: &[&Need]) -> bool {
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.apt).copied().collect();
    let is_root = tools::answer(tools::program("id").arg("-u")).is_some_and(|id| id == "0");
    let may_sudo =
        !is_root && tools::program("sudo").args(["-n", "true"]).status().is_ok_and(|status| status.success());
    if !is_root && !may_sudo {
        return false;
    }
    println!("Installing {} …", packages.join(" "));
    let apt = |words: &[&str]| {
        let mut command = if is_root { tools::program("apt-get") } else { tools::program("sudo") };
        if !is_root {
            command.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq").args(words);
        tools::must(&mut command).is_ok()
    };
    // A stale list of packages names files that are gone; a failed update may still leave a good one.
    apt(&["update"]);
    let mut words = vec!["install", "-y", "--no-install-recommends"];
    words.extend(packages);
    apt(&words)
}

/// What is missing, and what to type, in one sentence.
fn sentence(missing: &[&Need]) -> String {
    let join = |each: fn(&Need) -> String, between: &str| {
        let mut parts: Vec<String> =
            missing.iter().map(|need| each(need)).filter(|part| !part.is_empty()).collect();
        parts.dedup();
        parts.join(between)
    };
    let names = join(|need| need.name.to_owned(), " and ");
    if cfg!(target_os = "macos") {
        return format!("{names} is missing. hint: {}", join(|need| need.mac.to_owned(), " && "));
    }
    if cfg!(windows) {
        return format!("{names} is missing. hint: {}", join(|need| need.windows.to_owned(), " ; "));
    }
    format!(
        "{names} is missing. hint: on Debian and Ubuntu `sudo apt-get install {}`, on Fedora `sudo dnf install {}`, on Arch `sudo pacman -S {}`, then try again",
        join(|need| need.apt.join(" "), " "),
        join(|need| need.dnf.to_owned(), " "),
        join(|need| need.pacman.to_owned(), " "),
    )
}
