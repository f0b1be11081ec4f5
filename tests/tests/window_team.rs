//! Joining a team in the real window, over a real hub.

#![cfg(target_os = "linux")]

use anyhow::Result;
use assay_tests::desktop::{Display, Window};
use assay_tests::hub::Hub;
use assay_tests::project::{app, call, with_samples};
use fantoccini::key::Key;
use serde_json::{Value, json};

fn sample(n: u32) -> Value {
    json!({ "id": format!("claim-{n}"), "prompt": format!("Is claim {n} covered?"), "response": "After the excess." })
}

#[tokio::test]
#[ignore = "needs the window: cargo xtask test window"]
async fn an_invite_is_pasted_and_the_project_opens_with_what_is_assigned() -> Result<()> {
    let (leads, anas, hubs) = (tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?);
    let hub = Hub::start(hubs.path())?;
    let file = with_samples(leads.path(), "Claims", &(1..=3).map(sample).collect::<Vec<_>>())?;
    let lead = app(leads.path());
    call(&lead, "team.publish", &json!({ "project": file, "hub": hub.url, "code": hub.invite }))?;
    let invite = json!({ "project": file, "name": "Ana Lindqvist", "role": "annotator" });
    let invite = call(&lead, "team.invite", &invite)?;

    let display = Display::start()?;
    let window = Window::open(&display, anas.path(), &[]).await?;
    window.find("h1").await?;
    window.type_text("j").await?;
    window.find("dialog textarea").await?;
    window.becomes("document.activeElement?.tagName === 'TEXTAREA'").await?;
    window.type_text(invite["url"].as_str().unwrap_or_default()).await?;
    window.says(invite["code"].as_str().unwrap_or_default()).await?;
    window.screenshot("join").await?;
    window.key(Key::Enter).await?;
    window.says("Nothing is assigned to you yet").await?;
    window.screenshot("joined").await?;

    let sync = || lead.sync(&file).map_err(|error| anyhow::anyhow!("{error}"));
    // The lead’s laptop hears of who joined, and the hub of what is assigned.
    sync()?;
    let assign = json!({ "project": file, "to": ["Ana Lindqvist"], "limit": 2 });
    call(&lead, "assignments.make", &assign)?;
    sync()?;
    window.press("Look now").await?;
    window.find("[data-pane=current] article .prose").await?;
    window.says("2 left").await?;
    window
        .becomes("document.querySelector('button.state')?.textContent.includes('Saved and synced')")
        .await?;
    window.screenshot("assigned").await?;
    Ok(())
}
