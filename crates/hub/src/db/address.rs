//! The address of a PostgreSQL database, and whether the way to it is encrypted.
//!
//! `sslmode` and `sslrootcert` mean what they mean to PostgreSQL's own programs, but for one thing: what is
//! encrypted is verified as well, so `require` is as strict as `verify-full`. The modes that would go on without
//! encryption where there is none (`allow`, `prefer`) promise nothing, and nothing is encrypted for them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::DbError;

pub(super) struct Address {
    pub config: Config,
    /// How the way is encrypted, where it is to be.
    pub tls: Option<MakeRustlsConnect>,
}

impl Address {
    /// Reads an address. No error repeats it, for it holds a password.
    pub fn parse(url: &str) -> Result<Self, DbError> {
        let (url, roots) = plain(url);
        let config: Config = url.parse().map_err(|error| {
            DbError::Fault(format!("the address of the database is not understood: {error}"))
        })?;
        let encrypted = config.get_ssl_mode() == SslMode::Require;
        let tls = if encrypted { Some(tls(roots.as_deref())?) } else { None };
        Ok(Self { config, tls })
    }
}

/// The address without what the driver does not know, and the file of the authorities that are trusted.
fn plain(url: &str) -> (String, Option<PathBuf>) {
    let Some((place, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let (mut kept, mut roots) = (Vec::new(), None);
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslmode", "verify-ca" | "verify-full")) => kept.push("sslmode=require"),
            Some(("sslmode", "allow")) => kept.push("sslmode=prefer"),
            Some(("sslrootcert", file)) => {
                roots = Some(PathBuf::from(&*percent_decode_str(file).decode_utf8_lossy()));
            }
            _ => kept.push(pair),
        }
    }
    let query = kept.join("&");
    (if query.is_empty() { place.to_owned() } else { format!("{place}?{query}") }, roots)
}

/// With the authorities that a file names, or those that the system trusts.
fn tls(roots: Option<&Path>) -> Result<MakeRustlsConnect, DbError> {
    let failed = |reason: String| DbError::Fault(format!("the way to it cannot be encrypted: {reason}"));
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?;
    let config = match roots {
        None => builder.with_platform_verifier().map_err(|error| failed(error.to_string()))?,
        Some(file) => {
            let bad = |reason: String| failed(format!("the sslrootcert {}: {reason}", file.display()));
            let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(file)
                .and_then(Iterator::collect)
                .map_err(|error| bad(error.to_string()))?;
            let mut store = RootCertStore::empty();
            if store.add_parsable_certificates(certificates).0 == 0 {
                return Err(bad("there is no certificate in it".to_owned()));
            }
            builder.with_root_certificates(store)
        }
    };
    Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Address, plain};
    use crate::db::DbError;

    #[test]
    fn an_address_is_read_as_by_other_programs_of_postgres() {
        let alone = "postgres://hub:a%3Fb@db.example.org/hub";
        assert_eq!(plain(alone), (alone.to_owned(), None));
        assert_eq!(
            plain("postgres://db/hub?sslmode=verify-full&sslrootcert=/etc/my%20ca.pem&connect_timeout=3"),
            (
                "postgres://db/hub?sslmode=require&connect_timeout=3".to_owned(),
                Some(PathBuf::from("/etc/my ca.pem"))
            )
        );
        assert_eq!(plain("postgres://db/hub?sslrootcert=ca.pem").0, "postgres://db/hub");
    }

    #[test]
    fn only_a_mode_that_promises_it_encrypts() {
        let encrypted = |url: &str| Address::parse(url).unwrap().tls.is_some();
        for mode in ["require", "verify-ca", "verify-full"] {
            assert!(encrypted(&format!("postgres://db/hub?sslmode={mode}")), "{mode}");
        }
        for mode in ["disable", "allow", "prefer"] {
            assert!(!encrypted(&format!("postgres://db/hub?sslmode={mode}")), "{mode}");
        }
        assert!(!encrypted("postgres://db/hub"));
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said_without_its_password() {
        let told = |url: &str| match Address::parse(url) {
            Err(DbError::Fault(told)) => told,
            _ => panic!("it is understood"),
        };
        for url in [
            "postgres://hub:secret@db/hub?sslmode=require&sslrootcert=/nowhere.pem",
            "postgres://hub:secret@db/hub?sslmode=perhaps",
            "postgres://hub:secret@db:port/hub",
        ] {
            assert!(!told(url).contains("secret"), "{}", told(url));
        }
        assert!(told("postgres://db/hub?sslmode=require&sslrootcert=/nowhere.pem").contains("/nowhere.pem"));
    }
}
