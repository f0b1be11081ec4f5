//! Where the hubs of a benchmark keep their facts: SQLite files, or databases of a PostgreSQL server of its
//! own that writes as one in earnest does.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use assay_hub::Database;
use rusqlite::Connection;
use tokio_postgres::NoTls;

use crate::postgres::Cluster;

/// One of the two kinds of database.
pub enum Place {
    /// Files in a folder.
    Sqlite(PathBuf),
    /// Databases of a server.
    Postgres(Cluster),
}

impl Place {
    /// Both, SQLite's files in this folder.
    pub fn both(folder: &Path) -> [Self; 2] {
        [Self::Sqlite(folder.to_owned()), Self::Postgres(Cluster::durable())]
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// The database of that name. PostgreSQL's is made where there is none.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn database(&self, name: &str) -> Result<Database> {
        match self {
            Self::Sqlite(folder) => Ok(Database::Sqlite(folder.join(name))),
            Self::Postgres(cluster) => {
                let there = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
                let server = client(&cluster.url()).await?;
                if server.query(&there, &[]).await?.is_empty() {
                    server.batch_execute(&format!("CREATE DATABASE {name}")).await?;
                }
                Ok(Database::Postgres(url(cluster, name)))
            }
        }
    }

    /// Makes a copy of a database that nobody uses any more.
    ///
    /// # Errors
    /// When it is still used after a while, or the disk is full.
    pub async fn copy(&self, from: &str, to: &str) -> Result<()> {
        match self {
            Self::Sqlite(folder) => {
                let source = folder.join(from).join(FILE);
                let sql = Connection::open(&source)?;
                let begun = Instant::now();
                // A hub that was dropped closes its database a moment later.
                while sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? != 0 {
                    ensure!(begun.elapsed() < PATIENCE, "{} is still used", source.display());
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                drop(sql);
                fs::create_dir_all(folder.join(to))?;
                fs::copy(source, folder.join(to).join(FILE))?;
                Ok(())
            }
            Self::Postgres(cluster) => {
                let server = client(&cluster.url()).await?;
                let begun = Instant::now();
                loop {
                    let made = server.batch_execute(&format!("CREATE DATABASE {to} TEMPLATE {from}")).await;
                    match made {
                        Ok(()) => return Ok(()),
                        // The connections of a hub that was dropped close a moment later.
                        Err(_) if begun.elapsed() < PATIENCE => {
                            tokio::time::sleep(Duration::from_millis(100)).await;
                        }
                        Err(error) => return Err(error).context("a database cannot be copied"),
                    }
                }
            }
        }
    }

    /// Throws a database away.
    ///
    /// # Errors
    /// When that fails.
    pub async fn remove(&self, name: &str) -> Result<()> {
        match self {
            Self::Sqlite(folder) => Ok(fs::remove_dir_all(folder.join(name))?),
            Self::Postgres(cluster) => {
                let server = client(&cluster.url()).await?;
                Ok(server.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await?)
            }
        }
    }

    /// Ends what the database still has to do, so that it does not fall on what is measured next.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn settle(&self) -> Result<()> {
        if let Self::Postgres(cluster) = self {
            client(&cluster.url()).await?.batch_execute("CHECKPOINT").await?;
        }
        Ok(())
    }

    /// The file of an SQLite database.
    ///
    /// # Errors
    /// When the place is none of SQLite.
    pub fn file(&self, name: &str) -> Result<PathBuf> {
        match self {
            Self::Sqlite(folder) => Ok(folder.join(name).join(FILE)),
            Self::Postgres(_) => bail!("PostgreSQL's databases are no files"),
        }
    }

    /// A bare connection to a PostgreSQL database.
    ///
    /// # Errors
    /// When the place is none of PostgreSQL, or it does not answer.
    pub async fn client(&self, name: &str) -> Result<tokio_postgres::Client> {
        match self {
            Self::Sqlite(_) => bail!("SQLite has no server"),
            Self::Postgres(cluster) => client(&url(cluster, name)).await,
        }
    }
}

/// How long to wait for a hub to let go of its database.
const PATIENCE: Duration = Duration::from_secs(20);
/// The file that a hub makes in its folder.
const FILE: &str = "hub.sqlite";

fn url(cluster: &Cluster, name: &str) -> String {
    cluster.url().replacen("/postgres?", &format!("/{name}?"), 1)
}

async fn client(url: &str) -> Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // It ends with the client.
    tokio::spawn(async move {
        let _ended = connection.await;
    });
    Ok(client)
}
