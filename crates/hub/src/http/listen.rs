//! The socket: connections are taken, encrypted where a certificate is given, and let end when the hub stops.

use std::fmt;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tower::ServiceExt;

use super::{Peer, Settings, router};
use crate::Hub;

/// How long the headers of a request may take, and how long a connection may be idle.
const HEADERS: Duration = Duration::from_secs(30);
/// How long the start of an encrypted connection may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections at the same time; more wait to be taken.
const CONNECTIONS: usize = 4096;
/// How often it is looked whether the certificate's files are others.
const LOOK: Duration = Duration::from_secs(60);

/// A certificate and its key. Files that are replaced while the hub runs are read again.
#[derive(Clone)]
pub struct Tls {
    files: Files,
    acceptor: Arc<RwLock<TlsAcceptor>>,
}

#[derive(Clone)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds no such thing.
    #[error("{file} holds no {what} in PEM form: {reason}")]
    File {
        /// Which.
        file: PathBuf,
        /// `certificate` or `private key`.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// They do not belong together, or are of a kind that is not supported.
    #[error("the certificate in {certificate} cannot be used with its key: {reason}")]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// Why.
        reason: String,
    },
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.files.certificate).finish()
    }
}

impl Tls {
    /// From files in PEM form: the certificate with those that vouch for it, and its private key.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files { certificate: certificate.to_owned(), key: key.to_owned() };
        let acceptor = Arc::new(RwLock::new(files.read()?));
        Ok(Self { files, acceptor })
    }

    fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the files again whenever they are others.
    async fn keep_fresh(self) {
        let mut read = self.files.changed();
        loop {
            tokio::time::sleep(LOOK).await;
            let changed = self.files.changed();
            if changed == read {
                continue;
            }
            match self.files.read() {
                Ok(acceptor) => {
                    *self.acceptor.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
                    read = changed;
                    tracing::info!("the new certificate is in use");
                }
                Err(error) => tracing::warn!(%error, "the old certificate stays in use"),
            }
        }
    }
}

impl Files {
    fn read(&self) -> Result<TlsAcceptor, TlsError> {
        let fault =
            |file: &Path, what, reason: String| TlsError::File { file: file.to_owned(), what, reason };
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .map_err(|error| fault(&self.certificate, "certificate", error.to_string()))?;
        if certificates.is_empty() {
            return Err(fault(&self.certificate, "certificate", "there is none in it".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| fault(&self.key, "private key", error.to_string()))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
            .map_err(|error| TlsError::Pair {
                certificate: self.certificate.clone(),
                reason: error.to_string(),
            })?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    fn changed(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key]
            .map(|file| std::fs::metadata(file).and_then(|found| found.modified()).ok())
    }
}

/// Serves a hub on a socket until `stop` is done. Requests under way are answered then, as far as they end
/// within [`Settings::farewell`].
///
/// # Errors
/// When the socket fails for good.
pub async fn serve(
    hub: Hub,
    listener: TcpListener,
    settings: Settings,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (tls, farewell) = (settings.tls.clone(), settings.farewell);
    let router = router(hub, settings);
    let fresh = tls.clone().map(|tls| tokio::spawn(tls.keep_fresh()));
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    // Connections that have not sent a request yet, or are still shaking hands, hear of the end through this.
    let (stopping, stopped) = watch::channel(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place.map_err(io::Error::other)?,
            () = &mut stop => break,
        };
        let (stream, address) = tokio::select! {
            taken = listener.accept() => match taken {
                Ok(taken) => taken,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    // Out of file handles, most likely: others end meanwhile.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let (router, tls, watcher, mut stopped) =
            (router.clone(), tls.as_ref().map(Tls::acceptor), graceful.watcher(), stopped.clone());
        tokio::spawn(async move {
            let _place = place;
            let _quick = stream.set_nodelay(true);
            let peer = Peer(address.ip());
            match tls {
                None => talk(stream, peer, router, watcher).await,
                Some(acceptor) => {
                    let encrypted = tokio::select! {
                        encrypted = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)) => encrypted,
                        _ = stopped.wait_for(|stopped| *stopped) => return,
                    };
                    match encrypted {
                        Ok(Ok(stream)) => talk(stream, peer, router, watcher).await,
                        Ok(Err(error)) => tracing::debug!(%error, "no encrypted connection came about"),
                        Err(_) => tracing::debug!("an encrypted connection did not begin in time"),
                    }
                }
            }
        });
    }
    drop(listener);
    let _nobody_left = stopping.send(true);
    if let Some(fresh) = fresh {
        fresh.abort();
    }
    if tokio::time::timeout(farewell, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests under way did not end in time");
    }
    Ok(())
}

/// Answers the requests of one connection.
async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    router: Router,
    watcher: Watcher,
) {
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection broke off");
    }
}
