//! One expert's whole job in the real window, without the mouse.

#![cfg(target_os = "linux")]

use anyhow::Result;
use assay_tests::desktop::{Display, Window};
use fantoccini::key::Key;

#[tokio::test]
#[ignore = "needs the window: cargo xtask test window"]
async fn a_sample_is_graded_corrected_submitted_and_taken_back_by_keyboard() -> Result<()> {
    let home = tempfile::tempdir()?;
    let display = Display::start()?;
    let window = Window::open(&display, home.path(), &[]).await?;

    // The first start offers the demo project, by its key.
    window.find("h1").await?;
    window.type_text("d").await?;
    window.find("[data-pane=current] article .prose").await?;
    // Only a sample with one response: preferences are not what this is about.
    while window.run("return document.querySelectorAll('[data-pane=current] article').length").await? != 1 {
        let before = name(&window).await?;
        window.type_text("]").await?;
        window.becomes(&format!("{NAME} !== {before:?}")).await?;
    }
    let sample = name(&window).await?;
    window.screenshot("grade").await?;

    // Submitting too early names what is missing.
    window.chord(&[Key::Control], char::from(Key::Enter)).await?;
    window.says("has no grade yet").await?;

    // A digit grades and goes on to the next dimension.
    for grade in ["4", "3", "5", "2", "0"] {
        window.type_text(grade).await?;
    }
    window.becomes("document.querySelectorAll('[data-rubric=current] [data-dimension] [aria-checked=true]').length === 5").await?;
    let grades = window.run(GRADES).await?;
    assert_eq!(grades, serde_json::json!(["4", "3", "5", "2", "n/a"]));

    // A reason, a verdict, a note.
    window.type_text("r1").await?;
    window.key(Key::Escape).await?;
    window.type_text("vf").await?;
    window.type_text("n").await?;
    window.becomes("document.activeElement?.matches('[data-rubric=current] textarea')").await?;
    window.type_text("Misses the point, see above.").await?;
    window.key(Key::Escape).await?;
    window.becomes("!document.activeElement?.matches('[data-rubric=current] textarea')").await?;

    // The correction starts as the response, and its changes are shown as they are typed.
    window.type_text("e").await?;
    window.find("[data-pane=current] article textarea").await?;
    window.becomes("document.activeElement?.tagName === 'TEXTAREA'").await?;
    window.type_text("In short: yes. ").await?;
    window.find("[aria-label=Changes] ins").await?;
    window
        .becomes("document.querySelector('[aria-label=Changes] ins').textContent.includes('In short')")
        .await?;
    window.screenshot("correction-inline").await?;
    window.key(Key::Escape).await?;
    window.becomes("!document.querySelector('[data-pane=current] article textarea')").await?;
    window.type_text("d").await?;
    window.says("Side by side").await?;
    window.becomes("document.querySelector('button.state')?.classList.contains('saved')").await?;
    window.screenshot("correction").await?;

    // Submit shows the next sample; take back brings this one again, with all of its work.
    window.chord(&[Key::Control], char::from(Key::Enter)).await?;
    window.becomes(&format!("{NAME} && {NAME} !== {sample:?}")).await?;
    window.says("1 of ").await?;
    window.chord(&[Key::Control], 'z').await?;
    window.becomes(&format!("{NAME} === {sample:?}")).await?;
    window.becomes("document.querySelectorAll('[data-rubric=current] [data-dimension] [aria-checked=true]').length === 5").await?;
    assert_eq!(window.run(GRADES).await?, grades);
    assert_eq!(
        window.run("return document.querySelector('[data-rubric=current] textarea').value").await?,
        "Misses the point, see above."
    );
    window.type_text("e").await?;
    window.becomes("document.activeElement?.value?.startsWith('In short: yes. ')").await?;
    window.key(Key::Escape).await?;

    // Help lists the keys.
    window.type_text("?").await?;
    window.says("Keys of this screen").await?;
    window.key(Key::Escape).await?;
    Ok(())
}

/// The name of the sample on the screen.
const NAME: &str = "document.querySelector('[data-pane=current] .about .id')?.textContent.trim()";

/// The grades on the screen.
const GRADES: &str = "return [...document.querySelectorAll('[data-rubric=current] [data-dimension] [aria-checked=true]')].map((one) => one.textContent.trim())";

async fn name(window: &Window) -> Result<String> {
    Ok(window.run(&format!("return {NAME}")).await?.as_str().unwrap_or_default().to_owned())
}
