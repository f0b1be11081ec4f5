//! `assay hub`: the team server, until it is told to stop.
//!
//! Stdout has the owner's invite, once, and under `--json` one line with the address; the log goes to
//! stderr. The database's address holds a password, so it is neither logged nor repeated in errors.

use std::time::Duration;

use assay_api::{ApiError, ErrorCode, Result};
use assay_hub::http::{self, Settings, Tls};
use assay_hub::{Database, Hub, Options, SystemWorld, World};
use serde_json::json;
use tokio::net::TcpListener;

use crate::args::{self, LogFormat};
use crate::output::Output;

/// How often assignments are looked at whose time may have passed.
const EXPIRY: Duration = Duration::from_secs(60);

fn failed(message: impl Into<String>, hint: &str) -> ApiError {
    ApiError::new(ErrorCode::Io, message, hint)
}

pub fn hub(out: &Output, hub: &args::Hub) -> Result<()> {
    log(hub);
    let tls = tls(hub)?;
    if !hub.listen.ip().is_loopback() && tls.is_none() && !hub.insecure_http {
        return Err(ApiError::new(
            ErrorCode::BadRequest,
            format!(
                "{} can be reached from other machines, and nothing there would be encrypted.",
                hub.listen
            ),
            "give --tls-cert and --tls-key, or say --insecure-http where a proxy encrypts",
        ));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(format!("The hub cannot start: {error}."), "try again"))?;
    let outcome = runtime.block_on(run(out, hub, tls));
    // What still runs has had its time.
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

fn tls(hub: &args::Hub) -> Result<Option<Tls>> {
    let (Some(certificate), Some(key)) = (&hub.tls_cert, &hub.tls_key) else { return Ok(None) };
    let tls = Tls::from_files(certificate, key).map_err(|error| {
        failed(format!("{error}."), "give the certificate with its chain, and its key, as PEM files")
    })?;
    Ok(Some(tls))
}

async fn open(hub: &args::Hub) -> Result<Hub> {
    let database = match (&hub.database_url, &hub.data) {
        (Some(url), _) => Database::Postgres(url.clone()),
        (None, Some(folder)) => Database::Sqlite(folder.clone()),
        (None, None) => {
            return Err(ApiError::new(
                ErrorCode::BadRequest,
                "The hub has no place for its facts.",
                "give --data DIR, or --database-url",
            ));
        }
    };
    Hub::open(Options::new(database)).await.map_err(|error| {
        failed(
            format!("The hub’s database cannot be opened: {error}."),
            "check --data or --database-url, and that the folder or server is there and may be written to",
        )
    })
}

async fn run(out: &Output, args: &args::Hub, tls: Option<Tls>) -> Result<()> {
    let hub = open(args).await?;
    let told = |error: assay_hub::HubError| failed(format!("{}.", error.message), "see the log above");
    if args.new_owner_invite {
        let code = hub.owner_invite().await.map_err(told)?;
        out.value_line(&json!({ "owner_invite": code }));
        out.say(format!("owner invite: {code}"));
        return Ok(());
    }
    let stop =
        stop().map_err(|error| failed(format!("The hub cannot hear signals: {error}."), "try again"))?;
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        failed(format!("{} cannot be listened on: {error}.", args.listen), "choose another --listen address")
    })?;
    let address = listener
        .local_addr()
        .map_err(|error| failed(format!("The hub’s own address is unknown: {error}."), "try again"))?;
    let url = format!("{}://{address}", if tls.is_some() { "https" } else { "http" });
    // Only once nothing can fail any more: it is said this one time.
    let invite = hub.first_invite().await.map_err(told)?;
    out.value_line(&json!({ "listening": url, "owner_invite": invite }));
    if let Some(code) = invite {
        out.say(format!("owner invite: {code}"));
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "listening on {url}");
    let loading = tokio::spawn(load(hub.clone()));
    let expiring = tokio::spawn(expire(hub.clone()));
    let settings = Settings {
        tls,
        trusted_proxies: args.trusted_proxy.clone(),
        failed_joins: args.failed_joins,
        ..Settings::default()
    };
    let served = http::serve(hub, listener, settings, stop).await;
    loading.abort();
    expiring.abort();
    served.map_err(|error| failed(format!("The hub’s socket failed: {error}."), "start the hub again"))?;
    tracing::info!("stopped");
    Ok(())
}

/// Done when the process is asked to stop, by Ctrl-C or as a service.
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        let _asked = tokio::signal::ctrl_c().await;
        tracing::info!("stopping: requests under way are answered first");
    })
}

/// Reads what agreement is computed from, so that the first who syncs need not wait for it.
async fn load(hub: Hub) {
    if let Err(error) = hub.load().await {
        tracing::warn!(error = error.message, "the projects are read when they are asked for");
    }
}

/// Takes back assignments whose time has passed, in projects that nobody syncs.
async fn expire(hub: Hub) {
    loop {
        match hub.expire_assignments(SystemWorld.now()).await {
            Ok(0) => {}
            Ok(projects) => tracing::info!(projects, "assignments expired"),
            Err(error) => tracing::warn!(error = error.message, "expired assignments are taken back later"),
        }
        tokio::time::sleep(EXPIRY).await;
    }
}

fn log(hub: &args::Hub) {
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(hub.log)
        .with_target(false)
        .with_ansi(false);
    // Refused only where a log was set up before, which then goes on.
    let _ = match hub.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}
