//! The way to a PostgreSQL database, encrypted where its address says so: to nobody but the server that it names.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod common;

use std::path::PathBuf;

use assay_hub::{Database, Hub, OpenError, Options};
use common::postgres::Cluster;
use common::run;
use tokio_postgres::NoTls;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}

async fn open(address: String) -> Result<Hub, OpenError> {
    Hub::open(Options::new(Database::Postgres(address))).await
}

/// Why it is not opened.
async fn refused(address: String) -> String {
    open(address).await.map(drop).unwrap_err().to_string()
}

#[test]
fn the_way_to_the_database_is_encrypted_and_its_certificate_is_looked_at() {
    run(async {
        let cluster = Cluster::encrypting(&file("certificate.pem"), &file("key.pem"));
        let (client, connection) = tokio_postgres::connect(&cluster.url(), NoTls).await.unwrap();
        tokio::spawn(async move { connection.await.ok() });
        let encrypted = async || -> Vec<bool> {
            let sql = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                WHERE application_name = 'assay-hub'";
            client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
        };
        let address = cluster.url_over_network();
        let trusted = format!("sslrootcert={}", file("certificate.pem").display());

        let hub = open(format!("{address}?sslmode=require&{trusted}")).await.unwrap();
        assert!(hub.first_invite().await.unwrap().is_some());
        let ways = encrypted().await;
        assert!(!ways.is_empty() && ways.iter().all(|encrypted| *encrypted), "{ways:?}");
        drop(hub);

        // Nobody whom the system trusts vouches for it.
        let reason = refused(format!("{address}?sslmode=require")).await;
        assert!(reason.contains("certificate"), "{reason}");
        // The certificate is another server's.
        let other = address.replace("localhost", "127.0.0.2");
        let reason = refused(format!("{other}?sslmode=verify-full&{trusted}")).await;
        assert!(reason.contains("certificate"), "{reason}");
        // This server does not encrypt.
        let plain = Cluster::start();
        let reason = refused(format!("{}&sslmode=require", plain.url())).await;
        assert!(reason.contains("TLS"), "{reason}");
    });
}
