//! The window opens, and shows its first screen.

#![cfg(target_os = "linux")]

use anyhow::Result;
use assay_tests::desktop::{Display, Window};

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
