//! A real hub of one test: `assay hub`, as a team would run it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::desktop::target;

/// A running hub. It ends with the test.
pub struct Hub {
    server: Child,
    /// Its address.
    pub url: String,
    /// The code of the owner's invite.
    pub invite: String,
}

impl Hub {
    /// Starts a hub on an empty folder, at a free port of this machine.
    pub fn start(folder: &Path) -> Result<Self> {
        let binary = target().join("debug/assay");
        if !binary.exists() {
            bail!("{} is not built: run `cargo xtask test window`", binary.display());
        }
        let mut server = Command::new(&binary)
            .args(["hub", "--listen", "127.0.0.1:0", "--log", "error", "--json", "--data"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("the hub could not be started")?;
        let mut line = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        // From here on the hub is ended whatever happens.
        let mut hub = Self { server, url: String::new(), invite: String::new() };
        let said: Value = serde_json::from_str(&line).context("the hub ended before it listened")?;
        let text = |key: &str| said[key].as_str().map(ToOwned::to_owned);
        hub.url = text("listening").context("a hub says where it listens")?;
        hub.invite = text("owner_invite").context("a new hub has an invite for its owner")?;
        Ok(hub)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // One that ended by itself is what was wanted.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
