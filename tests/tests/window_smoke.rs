//! The window opens, and shows its first screen.

#![cfg(target_os = "linux")]

use anyhow::Result;
use assay_tests::desktop::{Display, Window};
use assay_tests::project;
use serde_json::json;

#[tokio::test]
#[ignore = "needs the window: cargo xtask test window"]
async fn the_window_opens_on_the_first_screen() -> Result<()> {
    let home = tempfile::tempdir()?;
    let display = Display::start()?;
    let window = Window::open(&display, home.path(), &[]).await?;
    assert_eq!(window.client().title().await?, "Assay");
    window.find("h1").await?;
    window.screenshot("first-screen").await?;
    Ok(())
}

#[tokio::test]
#[ignore = "needs the window: cargo xtask test window"]
async fn the_next_start_goes_on_with_what_was_open_last() -> Result<()> {
    let home = tempfile::tempdir()?;
    let sample = json!({ "id": "a", "prompt": "Where is Paris?", "response": "In France." });
    let project = project::with_samples(home.path(), "Answers", &[sample])?;
    let display = Display::start()?;
    let window = Window::open(&display, home.path(), &["--project", &project]).await?;
    window.find("[data-pane=current]").await?;
    drop(window);
    let window = Window::open(&display, home.path(), &[]).await?;
    window.find("[data-pane=current]").await?;
    assert_eq!(window.client().title().await?, "Answers · Assay");
    assert_eq!(
        window.run("return location.search;").await?,
        "",
        "a page loaded again follows its own memory"
    );
    let left = window.run("return window.__ASSAY_FIRST__.answers.length;").await?;
    assert_eq!(left, 0, "what was prepared for the page was what it asked for");
    Ok(())
}
