//! A hub in a process of its own, which can be killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// Where a hub keeps its facts.
#[derive(Clone)]
pub enum Keeps {
    Folder(PathBuf),
    Database(String),
}

pub struct HubProcess {
    child: Child,
    pub address: SocketAddr,
    /// The owner's invite, where this start made one.
    pub invite: Option<String>,
}

impl HubProcess {
    pub fn start(keeps: &Keeps) -> Self {
        Self::run(Command::new(env!("CARGO_BIN_EXE_assay")), keeps)
    }

    /// One that cannot write files of more than so many blocks of 512 bytes, as on a full disk.
    pub fn start_narrow(folder: &Path, blocks: u32) -> Self {
        let mut shell = Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_assay")]);
        Self::run(shell, &Keeps::Folder(folder.to_owned()))
    }

    fn run(mut command: Command, keeps: &Keeps) -> Self {
        command.args(["hub", "--json", "--listen", "127.0.0.1:0", "--log", "error"]);
        command.env_remove("ASSAY_DATABASE_URL");
        match keeps {
            Keeps::Folder(folder) => command.arg("--data").arg(folder),
            Keeps::Database(url) => command.env("ASSAY_DATABASE_URL", url),
        };
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let said: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("no hub: “{said}”"));
        let url = said["listening"].as_str().unwrap();
        Self {
            child,
            address: url.strip_prefix("http://").unwrap().parse().unwrap(),
            invite: said["owner_invite"].as_str().map(ToOwned::to_owned),
        }
    }

    /// Kills it at once, as a failing machine does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for HubProcess {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
