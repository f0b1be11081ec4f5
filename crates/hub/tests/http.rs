//! The hub over HTTP: what is said of each request that is not as it should be, and what load does.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod common;

use std::time::Duration;

use assay_hub::http::{Peer, Settings, Tls, serve};
use assay_model::Role;
use assay_sync::pages;
use axum::body::Body;
use axum::http::{Method, Request, header};
use common::asked::Front;
use common::kit::{Team, id, join, token};
use common::postgres::Cluster;
use common::{Place, run};
use serde_json::{Value, json};

/// A request from an address, with a body of JSON where there is one.
fn request(method: Method, path: &str, from: [u8; 4], body: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).extension(Peer(from.into()));
    if !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

const HERE: [u8; 4] = [127, 0, 0, 1];

#[test]
fn the_document_knows_the_routers_addresses_and_no_others() {
    run(async {
        let place = Place::sqlite();
        let front = Front::new(&place.hub().await);
        let operations = front.operations();
        let served: Value = front.send(request(Method::GET, "/openapi.json", HERE, "")).await.json();
        assert_eq!(served, front.document, "what is served is what was made");
        assert_eq!(served["openapi"], "3.1.0");
        let methods =
            [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
        for path in front.document["paths"].as_object().unwrap().keys() {
            let address: String = path
                .split('/')
                .map(|part| if part.starts_with('{') { format!("/{}", id()) } else { format!("/{part}") })
                .collect::<String>()[1..]
                .to_owned();
            let known: Vec<&Method> =
                operations.iter().filter(|one| one.path == *path).map(|one| &one.method).collect();
            for method in &methods {
                let said = front.send(request(method.clone(), &address, HERE, "")).await;
                if known.contains(&method) {
                    let nowhere =
                        said.status == 404 && said.json()["message"] == "the hub has no such address";
                    assert!(said.status != 405 && !nowhere, "{method} {path}");
                } else {
                    assert_eq!((said.status, said.code().as_str()), (405, "bad_request"), "{method} {path}");
                    let allowed: Vec<&str> = said.header("allow").split(", ").collect();
                    assert!(known.iter().all(|known| allowed.contains(&known.as_str())), "{allowed:?}");
                }
            }
        }
        for nowhere in ["/api/v1/nothing", "/api/v2/projects", "/projects/", "/api/v1/projects/"] {
            let said = front.send(request(Method::GET, nowhere, HERE, "")).await;
            assert_eq!((said.status, said.code().as_str()), (404, "not_found"), "{nowhere}");
        }
        let head = front.send(request(Method::HEAD, "/healthz", HERE, "")).await;
        assert_eq!((head.status, head.bytes.len()), (200, 0));
    });
}

#[test]
fn a_request_that_cannot_be_read_is_told_why() {
    run(async {
        let place = Place::sqlite();
        let hub = place.hub().await;
        let team = Team::new(&hub, 0).await;
        let front = Front::new(&hub);
        let sync = format!("/api/v1/projects/{}/sync", team.owner.project);
        let bearer = format!("Bearer {}", team.owner.token);
        let send = async |kind: Option<&str>, packed: Option<&str>, body: Vec<u8>| {
            let mut request =
                Request::builder().method(Method::POST).uri(&sync).header(header::AUTHORIZATION, &bearer);
            if let Some(kind) = kind {
                request = request.header(header::CONTENT_TYPE, kind);
            }
            if let Some(packed) = packed {
                request = request.header(header::CONTENT_ENCODING, packed);
            }
            let said = front.send(request.body(Body::from(body)).unwrap()).await;
            (said.status, said.code())
        };
        let json = Some("application/json");
        let good = br#"{"protocol":1,"client":"t","cursor":null,"limit":10}"#.to_vec();
        let bad = |status: u16, code: &str| (status, code.to_owned());
        assert_eq!(send(None, None, good.clone()).await, bad(415, "bad_request"));
        assert_eq!(send(Some("text/plain"), None, good.clone()).await, bad(415, "bad_request"));
        assert_eq!(send(json, Some("br"), good.clone()).await, bad(415, "bad_request"));
        assert_eq!(send(json, Some("zstd"), good.clone()).await, bad(400, "bad_request"));
        assert_eq!(send(json, None, Vec::new()).await, bad(400, "bad_request"));
        assert_eq!(send(json, None, b"{\"protocol\":1".to_vec()).await, bad(400, "bad_request"));
        assert_eq!(send(json, None, b"\xff\xfe".to_vec()).await, bad(400, "bad_request"));
        let list = br#"[1, "t", null, [], 10]"#.to_vec();
        assert_eq!(send(json, None, list).await, bad(400, "bad_request"));
        let newer = br#"{"protocol":2,"client":"t","cursor":null,"limit":10}"#.to_vec();
        assert_eq!(send(json, None, newer).await, bad(400, "other_protocol"));
        let bomb = pages::pack(vec![b' '; pages::MAX_BYTES + 1]).0;
        assert!(bomb.len() < 10_000);
        assert_eq!(send(json, Some("zstd"), bomb).await, bad(413, "too_large"));
        let large = vec![b' '; pages::MAX_BYTES + 1];
        assert_eq!(send(json, None, large).await, bad(413, "too_large"));
        // What the hub reads, in every form in which it may come.
        for (kind, packed, body) in [
            ("application/json; charset=utf-8", None, good.clone()),
            ("Application/JSON", Some("identity"), good.clone()),
            ("application/json", Some("zstd"), zstd(&good)),
        ] {
            let mut request = Request::builder()
                .method(Method::POST)
                .uri(&sync)
                .header(header::AUTHORIZATION, &bearer)
                .header(header::CONTENT_TYPE, kind);
            if let Some(packed) = packed {
                request = request.header(header::CONTENT_ENCODING, packed);
            }
            assert_eq!(
                front.send(request.body(Body::from(body)).unwrap()).await.status,
                200,
                "{kind} {packed:?}"
            );
        }
    });
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    // Spaces at the end are no part of the JSON, and make it long enough to be packed.
    let padded = [bytes, &vec![b' '; 4096]].concat();
    let (packed, is_packed) = pages::pack(padded);
    assert!(is_packed);
    packed
}

#[test]
fn a_large_answer_is_packed_for_who_reads_zstd() {
    run(async {
        let place = Place::sqlite();
        let hub = place.hub().await;
        let team = Team::new(&hub, 50).await;
        let front = Front::new(&hub);
        let read = async |accepts: &str| {
            let mut request = request(
                Method::POST,
                &format!("/api/v1/projects/{}/sync", team.owner.project),
                HERE,
                r#"{"protocol":1,"client":"t","cursor":null,"limit":100}"#,
            );
            let headers = request.headers_mut();
            headers.insert(header::AUTHORIZATION, format!("Bearer {}", team.owner.token).parse().unwrap());
            headers.insert(header::ACCEPT_ENCODING, accepts.parse().unwrap());
            front.send(request).await
        };
        let packed = read("gzip, zstd;q=0.5").await;
        assert_eq!(packed.header("content-encoding"), "zstd");
        let plain = read("zstd;q=0, gzip").await;
        assert_eq!(plain.header("content-encoding"), "");
        assert_eq!(pages::unpack(&packed.bytes).unwrap(), plain.bytes);
        assert!(packed.bytes.len() * 3 < plain.bytes.len());
    });
}

#[test]
fn invites_cannot_be_tried_at_leisure_and_an_office_joins_at_once() {
    run(async {
        let place = Place::sqlite();
        let hub = place.hub().await;
        let team = Team::new(&hub, 0).await;
        let trusted = vec!["10.0.0.0/8".parse().unwrap()];
        let settings = Settings { failed_joins: 3, trusted_proxies: trusted, ..Settings::default() };
        let front = Front::with(&hub, settings);
        let send = async |code: &str, from: [u8; 4], forwarded: &str| {
            let body = json!(join(code, &token(), "")).to_string();
            let mut request = request(Method::POST, "/api/v1/join", from, &body);
            if !forwarded.is_empty() {
                request.headers_mut().insert("x-forwarded-for", forwarded.parse().unwrap());
            }
            front.send(request).await
        };
        let mut codes = Vec::new();
        for n in 0..12 {
            let invite = assay_sync::wire::InviteRequest {
                name: format!("Rater {n}"),
                role: Role::Annotator,
                hours: None,
                member: None,
                back: None,
            };
            let made = hub.invite(team.owner.project, &team.owner.caller, invite).await.unwrap();
            codes.push(made.code);
        }
        for code in &codes[..11] {
            assert_eq!(send(code, [192, 0, 2, 1], "").await.status, 200, "those who succeed never wait");
        }
        for n in 0..3 {
            assert_eq!(send("0000", [192, 0, 2, 1], "").await.code(), "bad_invite", "{n}");
        }
        let waits = send(&codes[11], [192, 0, 2, 1], "198.51.100.1").await;
        assert_eq!((waits.status, waits.code().as_str()), (429, "too_many"));
        let seconds: u64 = waits.header("retry-after").parse().unwrap();
        assert!((1..=7).contains(&seconds) && waits.json()["retry_after"] == seconds);
        // Behind a proxy that is trusted, each counts for themselves.
        for _ in 0..3 {
            assert_eq!(send("0000", [10, 0, 0, 1], "198.51.100.1").await.status, 403);
        }
        assert_eq!(send("0000", [10, 0, 0, 1], "198.51.100.1").await.status, 429);
        assert_eq!(send(&codes[11], [10, 0, 0, 1], "198.51.100.2").await.status, 200);
    });
}

#[test]
fn two_hundred_at_once_wait_for_their_turn_and_none_is_refused() {
    run(async {
        let place = Place::sqlite();
        let hub = place.hub().await;
        let team = Team::new(&hub, 1).await;
        let front = std::sync::Arc::new(Front::with(&hub, Settings { at_once: 3, ..Settings::default() }));
        let path = format!("/api/v1/projects/{}/members", team.owner.project);
        let mut asked = Vec::new();
        for _ in 0..200 {
            let (front, path, token) =
                (std::sync::Arc::clone(&front), path.clone(), team.owner.token.clone());
            asked.push(tokio::spawn(async move {
                let mut request = request(Method::GET, &path, HERE, "");
                let bearer = format!("Bearer {token}").parse().unwrap();
                request.headers_mut().insert(header::AUTHORIZATION, bearer);
                front.send(request).await.status
            }));
        }
        for asked in asked {
            assert_eq!(asked.await.unwrap(), 200);
        }
        let metrics = front.send(request(Method::GET, "/metrics", HERE, "")).await;
        let text = String::from_utf8(metrics.bytes).unwrap();
        let line = "assay_hub_requests_total{route=\"/api/v1/projects/{project}/members\",method=\"GET\",status=\"200\"} 200";
        assert!(text.lines().any(|found| found == line), "{text}");
        for family in
            ["request_seconds_bucket", "syncs_total", "facts_received_total", "database_errors_total"]
        {
            assert!(text.contains(&format!("assay_hub_{family}")), "{family} is missing:\n{text}");
        }
    });
}

#[test]
fn who_waits_too_long_is_told_to_come_again() {
    run(async {
        let place = Place::sqlite();
        let hub = place.hub().await;
        let settings = Settings {
            patience: Duration::from_millis(1),
            arrival: Duration::from_millis(1),
            ..Settings::default()
        };
        let front = Front::with(&hub, settings);
        // A body that never comes.
        let endless = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
        let request = Request::builder()
            .method(Method::POST)
            .uri("/api/v1/join")
            .header(header::CONTENT_TYPE, "application/json")
            .body(endless)
            .unwrap();
        let said = front.send(request).await;
        assert_eq!((said.status, said.code().as_str()), (408, "unavailable"));
        assert!(!said.header("retry-after").is_empty());
    });
}

#[test]
fn a_hub_whose_database_is_away_says_so_and_comes_back() {
    run(async {
        let mut place = Place::postgres();
        place.cluster = Some(Cluster::durable());
        let hub = place.hub().await;
        let front = Front::new(&hub);
        let ready = async || front.send(request(Method::GET, "/readyz", HERE, "")).await;
        assert_eq!(ready().await.status, 200);
        place.cluster.as_mut().unwrap().kill();
        let away = ready().await;
        assert_eq!((away.status, away.code().as_str()), (503, "unavailable"));
        assert_eq!(front.send(request(Method::GET, "/healthz", HERE, "")).await.status, 200);
        place.cluster.as_mut().unwrap().up();
        let started = std::time::Instant::now();
        loop {
            let said = ready().await;
            if said.status == 200 {
                break;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "it does not come back: {}", said.json());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
}

/// A file of the tests' certificate.
fn tls_file(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}

#[test]
fn a_hub_with_a_certificate_speaks_encrypted_only_and_stops_when_told() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

    run(async {
        let place = Place::sqlite();
        let hub = place.hub().await;
        let tls = Tls::from_files(&tls_file("certificate.pem"), &tls_file("key.pem")).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let settings = Settings { tls: Some(tls), ..Settings::default() };
        let serving = tokio::spawn(serve(hub, listener, settings, async {
            let _told = stopped.await;
        }));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(tls_file("certificate.pem")).unwrap()).unwrap();
        let client = ClientConfig::builder_with_provider(std::sync::Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(client));
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = connector.connect(name, stream).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        let mut answer = [0; 2048];
        let length = stream.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.contains("strict-transport-security"),
            "{answer}"
        );
        // Whoever speaks plainly is not understood, and holds nobody up.
        let mut plain = tokio::net::TcpStream::connect(address).await.unwrap();
        plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        let mut heard = Vec::new();
        let _broke_off = plain.read_to_end(&mut heard).await;
        assert!(!heard.starts_with(b"HTTP/1.1"), "{heard:?}");
        let _silent = tokio::net::TcpStream::connect(address).await.unwrap();
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(29), serving).await.unwrap().unwrap().unwrap();
    });
}

#[test]
fn a_certificate_that_cannot_be_used_is_named() {
    let (certificate, key) = (tls_file("certificate.pem"), tls_file("key.pem"));
    let missing = Tls::from_files(&tls_file("nothing.pem"), &key).unwrap_err().to_string();
    assert!(missing.contains("nothing.pem") && missing.contains("certificate"), "{missing}");
    let no_key = Tls::from_files(&certificate, &certificate).unwrap_err().to_string();
    assert!(no_key.contains("private key"), "{no_key}");
    let empty = Tls::from_files(&key, &key).unwrap_err().to_string();
    assert!(empty.contains("key.pem"), "{empty}");
}
