//! The window's surface on loopback, for a browser: the same commands, events and files.
//!
//! What must stay true: only a page that this server gave out can ask it anything. A token made for this
//! run is asked of every request, the `Host` must be loopback (no other name may be bound to it), and an
//! `Origin`, where there is one, must be this server's own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use assay_api::{ApiError, App, ErrorCode, Event, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::{Stream, StreamExt};
use rust_embed::RustEmbed;
use serde::Deserialize;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use uuid::Uuid;

use crate::args::{self, Args};
use crate::output::Output;

/// The largest request of a command; files come through `/upload`, which streams.
const LARGEST_REQUEST: usize = 64 << 20;
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Files;

struct Server {
    app: App,
    token: String,
    address: SocketAddr,
    events: broadcast::Sender<String>,
    uploads: tempfile::TempDir,
}

type Shared = Arc<Server>;

fn failed(what: &str, error: impl std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::Io, format!("{what}: {error}."), "try again, or choose another --listen address")
}

pub fn serve(app: &App, out: &Output, args: &Args, serve: &args::Serve) -> Result<()> {
    if !serve.listen.ip().is_loopback() {
        return Err(ApiError::new(
            ErrorCode::BadRequest,
            format!("{} is not a loopback address.", serve.listen),
            "this server is for a browser on the same machine: use 127.0.0.1",
        ));
    }
    if Files::get("index.html").is_none() {
        return Err(ApiError::new(
            ErrorCode::NotFound,
            "The window’s files are not built.",
            "run `npm ci` and `npm run build` in ui/, or `cargo xtask run`",
        ));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| failed("The server cannot start", error))?;
    runtime.block_on(run(app.clone(), out, args, serve.listen))
}

async fn run(app: App, out: &Output, args: &Args, listen: SocketAddr) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .map_err(|error| failed(&format!("{listen} cannot be listened on"), error))?;
    let address = listener.local_addr().map_err(|error| failed("The address is unknown", error))?;
    let (events, _) = broadcast::channel(1024);
    let told = events.clone();
    app.subscribe(Box::new(move |event: &Event| {
        if let Ok(text) = serde_json::to_string(event) {
            // Nobody listening is no error.
            let _ = told.send(text);
        }
    }));
    let server = Arc::new(Server {
        app,
        token: format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()),
        address,
        events,
        uploads: tempfile::tempdir().map_err(|error| failed("No temporary folder could be made", error))?,
    });
    let project =
        args.project.as_deref().map(|name| format!("&project={}", encoded(name))).unwrap_or_default();
    let url = format!("http://{address}/?token={}{project}", server.token);
    out.value(&json!({ "url": url, "token": server.token, "address": address.to_string() }));
    out.say(&url);
    let guarded = Router::new()
        .route("/rpc/{name}", post(rpc))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .route("/upload", post(upload))
        .route("/events", get(events_stream))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&server), guard));
    let router =
        guarded.fallback(get(file)).layer(middleware::from_fn_with_state(Arc::clone(&server), own_host));
    axum::serve(listener, router.with_state(server))
        .with_graceful_shutdown(async {
            let _ = tokio::signal::ctrl_c().await;
        })
        .await
        .map_err(|error| failed("The server stopped", error))
}

/// A name as part of a query.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
}

/// Refuses names other than loopback, against a name of somebody else's bound to this address.
async fn own_host(State(server): State<Shared>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let port = server.address.port();
    let own = [server.address.to_string(), format!("localhost:{port}"), format!("127.0.0.1:{port}")];
    if !own.iter().any(|name| name == host) {
        return refuse("this server answers on loopback only");
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn guard(
    State(server): State<Shared>,
    Query(query): Query<Token>,
    request: Request,
    next: Next,
) -> Response {
    let headers: &HeaderMap = request.headers();
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(origin) = text(header::ORIGIN) {
        let port = server.address.port();
        let own = [format!("http://{}", server.address), format!("http://localhost:{port}")];
        if !own.iter().any(|known| known == origin) {
            return refuse("this origin may not ask");
        }
    }
    let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    // An EventSource cannot send a header, so that one request carries the token in its address.
    let given = bearer.or(query.token.as_deref().filter(|_| request.uri().path() == "/events"));
    if given != Some(server.token.as_str()) {
        return refuse("the token of this run is missing; open the address that `assay serve` printed");
    }
    next.run(request).await
}

fn refuse(why: &str) -> Response {
    let error = ApiError::new(ErrorCode::BadRequest, format!("Refused: {why}."), "open the address again");
    answer(StatusCode::FORBIDDEN, json!({ "error": error }).to_string())
}

fn answer(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body)
        .into_response()
}

async fn rpc(State(server): State<Shared>, Path(name): Path<String>, body: String) -> Response {
    let app = server.app.clone();
    let result = tokio::task::spawn_blocking(move || assay_api::dispatch(&app, &name, &body)).await;
    match result {
        Ok(Ok(text)) => answer(StatusCode::OK, text),
        Ok(Err(error)) => answer(StatusCode::UNPROCESSABLE_ENTITY, json!({ "error": error }).to_string()),
        Err(error) => {
            let error = ApiError::new(
                ErrorCode::Internal,
                format!("The command broke off: {error}."),
                "this is a fault of Assay; please report it",
            );
            answer(StatusCode::INTERNAL_SERVER_ERROR, json!({ "error": error }).to_string())
        }
    }
}

async fn events_stream(
    State(server): State<Shared>,
) -> Sse<impl Stream<Item = std::result::Result<axum::response::sse::Event, Infallible>>> {
    let events = BroadcastStream::new(server.events.subscribe());
    // A listener that fell behind has missed events; the next one brings it up to date.
    let events = events.filter_map(|text| async { text.ok() });
    Sse::new(events.map(|text| Ok(axum::response::sse::Event::default().data(text))))
        .keep_alive(KeepAlive::default())
}

#[derive(Deserialize)]
struct Upload {
    name: String,
}

/// Takes a file that the browser's user chose, and answers with the path under which commands find it.
async fn upload(State(server): State<Shared>, Query(query): Query<Upload>, body: Body) -> Response {
    let name = std::path::Path::new(&query.name).file_name().unwrap_or_default().to_owned();
    let folder = server.uploads.path().join(Uuid::new_v4().simple().to_string());
    let path = folder.join(if name.is_empty() { "upload".into() } else { name });
    let written = async {
        tokio::fs::create_dir(&folder).await?;
        let mut file = tokio::fs::File::create(&path).await?;
        let mut body = body.into_data_stream();
        while let Some(part) = body.next().await {
            file.write_all(&part.map_err(std::io::Error::other)?).await?;
        }
        file.flush().await
    };
    match written.await {
        Ok(()) => answer(StatusCode::OK, json!({ "path": path.display().to_string() }).to_string()),
        Err(error) => {
            let error = failed("The file could not be taken", error);
            answer(StatusCode::UNPROCESSABLE_ENTITY, json!({ "error": error }).to_string())
        }
    }
}

async fn file(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    match Files::get(path) {
        Some(file) => {
            let kind = mime_guess::from_path(path).first_or_octet_stream();
            ([(header::CONTENT_TYPE, kind.as_ref().to_owned())], file.data.into_owned()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
