//! What cannot be opened is refused with one clear sentence, and nothing is changed.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;

use anyhow::Result;
use assay_tests::desktop::{Display, Window};
use assay_tests::project;
use serde_json::{Value, json};

fn one_sample() -> [Value; 1] {
    [json!({ "id": "a", "prompt": "What is the capital of France?", "response": "Paris." })]
}

/// The sentence of an error on the screen.
async fn sentence(window: &Window) -> Result<String> {
    window.becomes("document.querySelector('[role=alert]')?.innerText.trim()").await?;
    let alert = window.run("return document.querySelector('[role=alert]').innerText").await?;
    Ok(alert.as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
#[ignore = "needs the window: cargo xtask test window"]
async fn a_second_window_on_a_project_says_that_it_is_open_elsewhere() -> Result<()> {
    let home = tempfile::tempdir()?;
    let file = project::with_samples(home.path(), "Shared", &one_sample())?;
    let display = Display::start()?;
    let first = Window::open(&display, home.path(), &["--project", &file]).await?;
    first.find("[data-pane=current] article").await?;
    let second = Window::open(&display, home.path(), &["--project", &file]).await?;
    let said = sentence(&second).await?;
    assert!(said.contains("is open in another window"), "{said}");
    second.screenshot("second-window").await?;

    // The first one is not disturbed, and when it goes, the second one may open the project.
    first.type_text("4").await?;
    first
        .becomes("document.querySelector('[data-rubric=current] [data-dimension] [aria-checked=true]')")
        .await?;
    first.kill();
    second.client().refresh().await?;
    second.find("[data-pane=current] article").await?;
    Ok(())
}

#[tokio::test]
#[ignore = "needs the window: cargo xtask test window"]
async fn a_project_from_a_newer_version_is_refused_and_left_as_it_is() -> Result<()> {
    let home = tempfile::tempdir()?;
    let file = project::with_samples(home.path(), "Newer", &one_sample())?;
    let database = rusqlite::Connection::open(&file)?;
    database.pragma_update(None, "user_version", 9_999)?;
    database.close().map_err(|(_, error)| error)?;
    let before = fs::read(&file)?;
    refused(home.path(), &file, "newer").await?;
    assert!(fs::read(&file)? == before, "the file was changed");
    Ok(())
}

#[tokio::test]
#[ignore = "needs the window: cargo xtask test window"]
async fn a_file_that_is_no_project_is_refused_and_left_as_it_is() -> Result<()> {
    let home = tempfile::tempdir()?;
    for (name, content) in [
        ("text.assay", b"Dear diary, this is not a database.\n".repeat(100)),
        ("empty.assay", Vec::new()),
        ("torn.assay", [b"SQLite format 3\0".as_slice(), &[7; 5_000]].concat()),
    ] {
        let file = home.path().join(name);
        fs::write(&file, &content)?;
        refused(home.path(), &file.to_string_lossy(), "not an Assay project").await?;
        assert!(fs::read(&file)? == content, "{name} was changed");
    }
    Ok(())
}

/// Opens a window on a file and expects one sentence with these words; then the list of projects says the
/// same of it.
async fn refused(home: &Path, file: &str, words: &str) -> Result<()> {
    let display = Display::start()?;
    let window = Window::open(&display, home, &["--project", file]).await?;
    let said = sentence(&window).await?;
    assert!(said.contains(words), "{file}: {said}");
    window.find("h1").await?;
    window
        .screenshot(&format!("refused-{}", Path::new(file).file_stem().unwrap_or_default().display()))
        .await?;
    Ok(())
}
