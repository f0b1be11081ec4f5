//! The real window: a display in memory, WebKit's driver, and Assay between them.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::processes;

/// How long a window may take to show something, on a machine that compiles at the same time. Only a test that
/// fails waits for so long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A display of one test, in memory.
pub struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// Starts a display under a free number. Without `-noreset` it would begin anew whenever its last window is
    /// gone, and turn away whoever comes while it does.
    pub fn start() -> Result<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1920x1200x24", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb could not be started")?;
        let mut number = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut number)?;
        }
        let display = Self { server, name: format!(":{}", number.trim()) };
        if number.trim().is_empty() {
            bail!("Xvfb ended before it opened a display");
        }
        Ok(display)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        end(&mut self.server);
    }
}

/// An open window of Assay.
pub struct Window {
    driver: Child,
    client: Client,
    home: PathBuf,
    /// The process that would be killed.
    pub pid: u32,
}

impl Window {
    /// Opens a window on a home folder, with the given arguments.
    pub async fn open(display: &Display, home: &Path, arguments: &[&str]) -> Result<Self> {
        let binary = desktop();
        Self::open_program(&binary, display, home, arguments).await
    }

    /// Opens the window of another program that is built like Assay's.
    pub async fn open_program(
        binary: &Path,
        display: &Display,
        home: &Path,
        arguments: &[&str],
    ) -> Result<Self> {
        if !binary.exists() {
            bail!("{} is not built: run `cargo xtask test window`", binary.display());
        }
        let before = processes::of_home(home, None);
        // The port is free now; that somebody else takes it in the next moment is possible and rare.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut driver = Command::new("WebKitWebDriver")
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .env("DISPLAY", &display.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            .env("ASSAY_HOME", home)
            .env("XDG_DATA_HOME", home.join(".webview"))
            .env("XDG_CACHE_HOME", home.join(".webview"))
            // With plain memory the driver waits for a picture of a page that stands still, and none comes.
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "0")
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .stdin(Stdio::null())
            .spawn()
            .context("WebKitWebDriver could not be started")?;
        match connect(port, binary, arguments).await {
            Ok(client) => {
                let name = binary.file_name().and_then(|name| name.to_str());
                let pids = processes::of_home(home, name);
                let pid = pids
                    .into_iter()
                    .find(|pid| !before.contains(pid))
                    .context("the window has no process")?;
                Ok(Self { driver, client, home: home.to_owned(), pid })
            }
            Err(error) => {
                end(&mut driver);
                processes::kill(&started_since(home, &before));
                Err(error.context("no window opened"))
            }
        }
    }

    /// The driver's own client, for what has no shorter name here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Kills Assay, as a power cut would, and waits until it is gone.
    pub fn kill(&self) {
        processes::kill(&[self.pid]);
        while processes::is_running(self.pid) {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Runs a script in the page; it answers with what the script returns.
    pub async fn run(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// The element of this CSS selector, as soon as it is there.
    pub async fn find(&self, css: &str) -> Result<Element> {
        let wait = self.client.wait().at_most(PATIENCE).every(Duration::from_millis(20));
        match wait.for_element(Locator::Css(css)).await {
            Ok(element) => Ok(element),
            Err(error) => bail!("nothing matches {css} ({error}); the page says: {}", self.text().await?),
        }
    }

    /// Clicks the element of this CSS selector, as soon as it is there.
    pub async fn click(&self, css: &str) -> Result<()> {
        // WebKit's driver leaves the message of its errors empty: their kind is all there is.
        self.find(css).await?.click().await.map_err(|error| anyhow::anyhow!("{css} took no click: {error:?}"))
    }

    /// Clicks the button or link with this name, as soon as it is there.
    pub async fn press(&self, name: &str) -> Result<()> {
        let named = format!(
            "//*[self::button or self::a or @role='button'][normalize-space(.)={0} or @aria-label={0}]",
            quoted(name)
        );
        let wait = self.client.wait().at_most(PATIENCE).every(Duration::from_millis(20));
        match wait.for_element(Locator::XPath(&named)).await {
            Ok(element) => Ok(element.click().await?),
            Err(error) => bail!("no button is named {name} ({error}); the page says: {}", self.text().await?),
        }
    }

    /// Everything that the page says.
    pub async fn text(&self) -> Result<String> {
        Ok(self.run("return document.body.innerText").await?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the page says this.
    pub async fn says(&self, words: &str) -> Result<()> {
        self.becomes(&format!("document.body.innerText.includes({})", Value::from(words))).await
    }

    /// Waits until this script expression is true in the page.
    pub async fn becomes(&self, expression: &str) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if self.run(&format!("return Boolean({expression})")).await? == Value::Bool(true) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("{expression} did not become true; the page says: {}", self.text().await?)
    }

    /// Types text, key by key, into whatever has the focus.
    pub async fn type_text(&self, text: &str) -> Result<()> {
        let mut keys = KeyActions::new("keyboard".to_owned());
        for value in text.chars() {
            keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        Ok(self.client.perform_actions(keys).await?)
    }

    /// Presses one key while others are held.
    pub async fn chord(&self, held: &[Key], key: char) -> Result<()> {
        let mut keys = KeyActions::new("keyboard".to_owned());
        for value in held {
            keys = keys.then(KeyAction::Down { value: char::from(*value) });
        }
        keys = keys.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
        for value in held.iter().rev() {
            keys = keys.then(KeyAction::Up { value: char::from(*value) });
        }
        Ok(self.client.perform_actions(keys).await?)
    }

    /// Presses one key that types nothing.
    pub async fn key(&self, key: Key) -> Result<()> {
        self.chord(&[], char::from(key)).await
    }

    /// Saves what the window shows under `screenshots/` in the target folder.
    pub async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let folder = target().join("screenshots");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(name).with_extension("png");
        std::fs::write(&file, self.client.screenshot().await?)?;
        Ok(file)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        end(&mut self.driver);
        // Only what belongs to this window: another one may be open on the same home folder.
        processes::kill(&[self.pid]);
        if processes::of_home(&self.home, Some("WebKitWebDriver")).is_empty() {
            processes::kill(&processes::of_home(&self.home, None));
        }
    }
}

async fn connect(port: u16, binary: &Path, arguments: &[&str]) -> Result<Client> {
    let address = format!("http://127.0.0.1:{port}");
    let mut wanted = serde_json::Map::new();
    wanted.insert("webkitgtk:browserOptions".to_owned(), json!({ "binary": binary, "args": arguments }));
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(wanted);
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if start.elapsed() > PATIENCE {
            bail!("the driver does not answer");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let session = tokio::time::timeout(PATIENCE, builder.connect(&address));
    Ok(session.await.context("the driver gave no session")??)
}

fn started_since(home: &Path, before: &[u32]) -> Vec<u32> {
    processes::of_home(home, None).into_iter().filter(|pid| !before.contains(pid)).collect()
}

/// The built window: named by the environment, or beside these tests.
fn desktop() -> PathBuf {
    std::env::var_os("ASSAY_DESKTOP").map_or_else(|| target().join("debug/assay-desktop"), PathBuf::from)
}

/// The target folder in which these tests were built.
pub(crate) fn target() -> PathBuf {
    let me = std::env::current_exe().unwrap_or_default();
    me.ancestors().nth(3).map(Path::to_owned).unwrap_or_default()
}

/// A text as an XPath expression, which knows no escapes.
fn quoted(text: &str) -> String {
    format!("concat('{}', '')", text.replace('\'', "', \"'\", '"))
}

fn end(child: &mut Child) {
    // One that ended by itself is what was wanted.
    let _ = child.kill();
    let _ = child.wait();
}
