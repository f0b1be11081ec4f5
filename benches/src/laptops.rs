//! Laptops as people have them: an `App` with a home folder, joined to a hub over HTTP.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use assay_api::wire::Joined;
use assay_api::{App, AppOptions, dispatch};
use assay_store::Store;
use serde_json::json;

/// One laptop, with one project.
pub struct Joining {
    /// What runs on it.
    pub app: App,
    /// The project's file.
    pub file: String,
    /// The project.
    pub store: Store,
}

impl Joining {
    /// A new laptop that uses an invite and reads what there is to read.
    ///
    /// # Errors
    /// When it cannot join.
    pub fn with(home: &Path, address: &str, code: &str) -> Result<Self> {
        let app = App::new(AppOptions::at(home));
        let request = json!({ "url": address, "code": code });
        let joined = dispatch(&app, "team.join", &request.to_string()).map_err(|error| anyhow!("{error}"))?;
        let joined: Joined = serde_json::from_str(&joined)?;
        let file = joined.project.context("the invite is for no project")?;
        let store = app.store(&file).map_err(|error| anyhow!("{error}"))?;
        Ok(Self { app, file, store })
    }

    /// Syncs, and says how much was sent and how much came, in how many requests.
    ///
    /// # Errors
    /// When the sync does not come to its end.
    pub fn sync(&self) -> Result<(u64, u64, u64)> {
        let report = self.app.sync(&self.file).map_err(|error| anyhow!("{error}"))?;
        anyhow::ensure!(report.refused.is_empty(), "the hub refused {} facts", report.refused.len());
        Ok((report.pushed, report.pulled, report.round_trips))
    }
}
