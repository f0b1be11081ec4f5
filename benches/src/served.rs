//! A hub in a process of its own, reached over HTTP.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};
use assay_hub::Database;
use assay_hub::http::{Settings, serve};

use crate::team::{self, Team, Way};

/// The argument by which a benchmark that starts itself again knows that it is the hub.
pub const ROLE: &str = "be-the-hub";

/// A hub that runs until this is dropped.
pub struct Served {
    /// Where it answers.
    pub address: String,
    process: Child,
    // The hub ends when nobody holds this any more, however the benchmark ended.
    alive: Option<ChildStdin>,
}

impl Served {
    /// Starts one over a database that nobody else uses.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(database: &Database) -> Result<Self> {
        let (kind, place) = match database {
            Database::Sqlite(folder) => ("sqlite", folder.as_os_str().to_owned()),
            Database::Postgres(url) => ("postgres", url.into()),
        };
        let mut process = Command::new(std::env::current_exe()?)
            .arg(ROLE)
            .arg(kind)
            .arg(place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let alive = process.stdin.take();
        let mut address = String::new();
        BufReader::new(process.stdout.take().context("no output")?).read_line(&mut address)?;
        let served = Self { address: address.trim().to_owned(), process, alive };
        anyhow::ensure!(!served.address.is_empty(), "the hub did not start");
        Ok(served)
    }

    /// Starts one over the database of a hub in this process, which ends, for its team goes there.
    ///
    /// # Errors
    /// When it does not start.
    pub fn after(database: &Database, team: &mut Team) -> Result<Self> {
        team.owner.way = Way::Nowhere;
        let served = Self::start(database)?;
        team.owner = team.owner.there(&served.address)?;
        Ok(served)
    }

    /// The number of its process.
    pub fn process(&self) -> String {
        self.process.id().to_string()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.alive.take());
        let _ended = self.process.wait();
    }
}

/// Is the hub that [`Served::start`] asked for.
///
/// # Errors
/// When it cannot be opened or served.
#[expect(clippy::print_stdout, reason = "the address is said to who started it")]
pub fn be_the_hub(kind: &str, place: &str) -> Result<()> {
    let database =
        if kind == "sqlite" { Database::Sqlite(place.into()) } else { Database::Postgres(place.to_owned()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let hub = team::open(database).await?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        let (end, ended) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let _end = std::io::stdin().lines().count();
            let _gone = end.send(());
        });
        serve(hub, listener, Settings::default(), async { ended.await.unwrap_or(()) }).await?;
        Ok(())
    })
}
