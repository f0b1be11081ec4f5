//! The hub of the demo: a real one, on a free port of this machine, for as long as the walk takes.

use std::path::Path;

use assay_api::{ApiError, ErrorCode, Result};
use assay_hub::http::{self, Settings};
use assay_hub::{Database, Hub, Options};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// A hub that is being served.
pub struct DemoHub {
    /// Where.
    pub url: String,
    /// The owner's invite.
    pub invite: String,
    runtime: Option<Runtime>,
    stop: Option<oneshot::Sender<()>>,
}

fn failed(what: impl std::fmt::Display) -> ApiError {
    ApiError::new(
        ErrorCode::Io,
        format!("The demo’s hub cannot start: {what}."),
        "check that this machine may listen on 127.0.0.1",
    )
}

impl DemoHub {
    /// Starts a hub that keeps its facts in this folder.
    pub fn start(folder: &Path) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(failed)?;
        let (hub, listener, invite) = runtime.block_on(async {
            let hub = Hub::open(Options::new(Database::Sqlite(folder.to_owned()))).await.map_err(failed)?;
            let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
            let invite = hub.first_invite().await.map_err(failed)?;
            let invite = invite.ok_or_else(|| failed("its folder holds a hub already"))?;
            Ok::<_, ApiError>((hub, listener, invite))
        })?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let (stop, stopped) = oneshot::channel();
        runtime.spawn(http::serve(hub, listener, Settings::default(), async {
            // A sender that is gone means the same.
            let _stopped = stopped.await;
        }));
        Ok(Self { url, invite, runtime: Some(runtime), stop: Some(stop) })
    }
}

impl Drop for DemoHub {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
