//! The running hub against its own OpenAPI document: Schemathesis makes requests from the document, good and
//! bad, and holds every answer against it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::{compile, counts::Counts, passes};
use crate::{system, tools};

/// Pinned, so that a new version's new checks come when somebody looks at them.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// Runs a hub on SQLite with a project, a lead's work and an invite in it, and lets Schemathesis loose on it
/// as its owner and as an annotator.
pub fn run() -> Result<Counts> {
    system::for_python()?;
    compile()?;
    let program = schemathesis()?;
    let folder = tools::root().join("target/schemathesis-run");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let hub = Hub::start(&folder.join("hub"))?;
    let mut counts = Counts::default();
    let [owner, annotator] = hub.people(&folder)?;
    // Most projects that somebody invents are none; so there is a run on one that is there.
    let project = owner.project.clone();
    let runs = [("the owner", &owner, None), ("the owner, in the project", &owner, Some(&project))];
    for (who, person, project) in runs.into_iter().chain([("an annotator", &annotator, Some(&project))]) {
        println!("as {who}:");
        let settings = folder.join("schemathesis.toml");
        let fixed = project.map(|id| format!("[parameters]\n\"path.project\" = \"{id}\"\n"));
        fs::write(&settings, fixed.unwrap_or_default())?;
        let token = &person.token;
        let mut st = Command::new(&program);
        st.current_dir(&folder).stdin(Stdio::null());
        st.arg("--config-file").arg(&settings).args(["run", &format!("{}/openapi.json", hub.url)]);
        st.args(["--header", &format!("Authorization: Bearer {token}")]);
        st.args(["--max-examples", "15", "--seed", "1", "--generation-database", "none"]);
        st.args(["--suppress-health-check", "all", "--request-timeout", "60", "--no-color"]);
        counts.add(passes(&mut st));
    }
    Ok(counts)
}

/// Schemathesis in a folder of its own, installed where it is not.
fn schemathesis() -> Result<PathBuf> {
    let folder = tools::root().join("target/schemathesis");
    let bin = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let program = bin.join("schemathesis");
    let wanted = SCHEMATHESIS.rsplit('=').next().unwrap_or_default();
    let there = tools::answer(Command::new(&program).arg("--version"));
    if there.is_none_or(|version| !version.ends_with(wanted)) {
        tools::must(tools::program("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        tools::must(Command::new(bin.join("python")).args(["-m", "pip", "install", "-q", SCHEMATHESIS]))?;
    }
    Ok(program)
}

/// A hub that ends with this.
struct Hub {
    child: Child,
    url: String,
    invite: String,
}

/// Somebody whom the hub knows.
struct Person {
    token: String,
    project: String,
}

impl Drop for Hub {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Hub {
    fn start(data: &Path) -> Result<Self> {
        let mut child = tools::program(tools::built("debug", "assay")?)
            .args(["hub", "--json", "--log", "error", "--failed-joins", "100000"])
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .context("the hub could not be started")?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let mut hub = Self { child, url: String::new(), invite: String::new() };
        hub.url = field(&line, "listening").context("the hub does not say where it listens")?;
        hub.invite = field(&line, "owner_invite").context("the hub gives no invite")?;
        Ok(hub)
    }

    /// Makes a team of an owner and an annotator.
    fn people(&self, folder: &Path) -> Result<[Person; 2]> {
        let assay = |home: &str, words: &[&str]| -> Result<String> {
            let mut command = tools::program(tools::built("debug", "assay")?);
            let output = command.env("ASSAY_HOME", folder.join(home)).args(words).output()?;
            if !output.status.success() {
                bail!("`assay {}` failed: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
            }
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let person = |home: &str| -> Result<Person> {
            let kept = fs::read_to_string(folder.join(home).join("hubs.json"))?;
            let token = field(&kept, "token").context("the laptop keeps no token")?;
            Ok(Person { token, project: field(&kept, "project").context("the token opens no project")? })
        };
        assay("owner", &["new", "Checked"])?;
        assay("owner", &["import", "fixtures/pairs.jsonl"])?;
        assay("owner", &["publish", "--hub", &self.url, "--invite", &self.invite])?;
        let invited = assay("owner", &["invite", "amina", "--json"])?;
        let url = field(&invited, "url").context("the invite has no link")?;
        assay("annotator", &["join", &url])?;
        assay("owner", &["sync"])?;
        assay("owner", &["assign", "--to", "amina"])?;
        assay("owner", &["sync"])?;
        Ok([person("owner")?, person("annotator")?])
    }
}

/// A text in JSON that is known to hold it without escapes.
fn field(json: &str, name: &str) -> Option<String> {
    let (_, rest) = json.split_once(&format!("\"{name}\""))?;
    let text = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    text.split_once('"').map(|(text, _)| text.to_owned())
}
