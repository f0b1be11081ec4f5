//! A model's output is hostile until shown otherwise: in the real webview nothing of it runs, nothing is
//! fetched for it, and the layout holds.

#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::Result;
use assay_tests::desktop::{Display, Window};
use assay_tests::listener::Bait;
use assay_tests::project;
use serde_json::{Value, json};

/// Texts that try to run something, to fetch something, or to break the layout. `BAIT` stands for an address
/// that must not be asked.
const HOSTILE: &[(&str, &str)] = &[
    ("script", "Before <script>window.ran = 1</script><script src=\"BAIT/script.js\"></script> after"),
    (
        "handler",
        "<img src=x onerror=\"window.ran = 1\"> <b onmouseover=\"window.ran=1\" onclick='window.ran=1'>bold</b> <body onload=window.ran=1>",
    ),
    (
        "svg",
        "<svg onload=\"window.ran=1\"><script>window.ran=1</script><a xlink:href=\"javascript:window.ran=1\"><text>x</text></a><use href=\"BAIT/use.svg#a\"/><image href=\"BAIT/image.svg\"/></svg>",
    ),
    (
        "math",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=window.ran=1&gt;\">",
    ),
    (
        "links",
        "[one](javascript:window.ran=1) [two](JaVaScRiPt:window.ran=1) [three](data:text/html,<script>window.ran=1</script>) <a href=\"java\nscript:window.ran=1\">four</a> [five](vbscript:x) <a href=\"BAIT/ping\" ping=\"BAIT/ping\" target=_blank>six</a> [seven](BAIT/seven) [eight](file:///etc/passwd)",
    ),
    (
        "images",
        "![one](BAIT/one.png) <img src=\"BAIT/two.png\" srcset=\"BAIT/three.png 2x\"> <picture><source srcset=\"BAIT/four.png\"><img src=\"BAIT/five.png\"></picture> <video src=\"BAIT/six.mp4\" poster=\"BAIT/seven.png\"></video> <audio src=\"BAIT/eight.mp3\"></audio> <object data=\"BAIT/nine\"></object> <embed src=\"BAIT/ten\"> <input type=image src=\"BAIT/eleven.png\">",
    ),
    (
        "css",
        "<style>@import url(BAIT/import.css); body { background: url(BAIT/body.png) } .app { display: none !important }</style><link rel=stylesheet href=\"BAIT/link.css\"><link rel=prefetch href=\"BAIT/prefetch\"><link rel=dns-prefetch href=\"BAIT\"><div style=\"position:fixed;inset:0;background:url(BAIT/fixed.png);z-index:99999\">over everything</div>",
    ),
    (
        "frames",
        "<iframe src=\"BAIT/frame\" srcdoc=\"<script>parent.ran=1</script>\"></iframe><frame src=\"BAIT/frame2\"><base href=\"BAIT/base/\"><meta http-equiv=refresh content=\"0;url=BAIT/refresh\"><form action=\"BAIT/form\"><button id=save>Saved</button><input autofocus onfocus=window.ran=1></form>",
    ),
    (
        "code",
        "```html\n<script>window.ran=1</script><img src=BAIT/code.png onerror=window.ran=1>\n```\n\n```\"><script>window.ran=1</script>\nx\n```\n\n`<img src=x onerror=window.ran=1>`",
    ),
    (
        "clobber",
        "<form id=app name=app><input name=remove></form><a id=location href=BAIT/clobber>x</a><img name=getElementById><div id=\"__TAURI_INTERNALS__\">x</div>",
    ),
];

/// Texts that are merely too large, too long or the other way round.
fn unwieldy() -> Vec<(&'static str, String)> {
    let cells =
        |row: usize| (0..60).map(|column| format!("cell-{row}-{column} ")).collect::<Vec<_>>().join("|");
    let header = format!("|{}|\n|{}|\n", cells(0), vec!["---"; 60].join("|"));
    let rows: String = (1..400).map(|row| format!("|{}|\n", cells(row))).collect();
    vec![
        ("table", header + &rows),
        ("long-word", "unbroken".repeat(5_000)),
        ("long-line", format!("```\n{}\n```", "x = 1; ".repeat(4_000))),
        ("nested", format!("{}deep", "> ".repeat(800))),
        ("list", (0..300).map(|depth| format!("{}- item\n", "  ".repeat(depth))).collect()),
        ("bidi", "An override: \u{202e}txt.exe\u{202c} and \u{2066}isolate\u{2069} and one never closed \u{202e}\u{2067}\u{202b} abc שלום مرحبا 123".to_owned()),
        ("marks", format!("Zalgo {}", "a\u{0300}\u{0301}\u{0302}\u{0303}".repeat(2_000))),
        ("control", "NUL-like \u{1}\u{2}\u{7f}\u{85}\u{feff}\u{fffe} ends".to_owned()),
        ("tags", "<div>".repeat(3_000)),
    ]
}

#[tokio::test]
#[ignore = "needs the window: cargo xtask test window"]
async fn hostile_output_runs_nothing_fetches_nothing_and_breaks_nothing() -> Result<()> {
    let home = tempfile::tempdir()?;
    let bait = Bait::listen()?;
    let hostile = HOSTILE.iter().map(|(name, text)| (*name, text.replace("BAIT", &bait.url("hostile"))));
    let texts: Vec<(&str, String)> = hostile.chain(unwieldy()).collect();
    let samples: Vec<Value> = texts
        .iter()
        .map(|(name, text)| {
            json!({ "id": name, "messages": [{ "role": "user", "content": text }], "response": text,
                    "reference": text, "context": [{ "id": name, "text": text }] })
        })
        .collect();
    let file = project::with_samples(home.path(), "Hostile", &samples)?;

    let display = Display::start()?;
    let window = Window::open(&display, home.path(), &["--project", &file]).await?;
    let address = window.client().current_url().await?;
    let (mut seen, mut faults) = (Vec::new(), Vec::new());
    for _ in &texts {
        window.find("[data-pane=current] article .prose").await?;
        let name = current(&window).await?;
        window.run("document.querySelectorAll('[data-pane=current] details').forEach((one) => (one.open = true))").await?;
        let layout = window.run(LAYOUT).await?;
        if layout != json!([]) {
            faults.push(format!("{name} breaks the layout: {layout}"));
        }
        // Everything that reacts to a pointer or to the focus is given both.
        window.run(TOUCH).await?;
        if window.run("return window.ran ?? null").await? != Value::Null {
            faults.push(format!("{name} ran something"));
        }
        seen.push(name);
        window.type_text("]").await?;
        if seen.len() < texts.len() {
            let last = seen[seen.len() - 1].clone();
            window.becomes(&format!("({NAME}) !== {}", Value::from(last))).await?;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    seen.sort();
    let mut expected: Vec<String> = texts.iter().map(|(name, _)| (*name).to_owned()).collect();
    expected.sort();
    assert_eq!(seen, expected, "every sample is shown once");
    let here = window.client().current_url().await?;
    let place = |url: &str| url.split(['?', '#']).next().unwrap_or_default().to_owned();
    assert_eq!(place(here.as_str()), place(address.as_str()), "the window went elsewhere");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(bait.connections(), 0, "something was fetched");
    Ok(())
}

/// What a link does when a person follows it: its address is shown, and the window stays where it is.
#[tokio::test]
#[ignore = "needs the window: cargo xtask test window"]
async fn a_link_shows_its_address_and_does_not_navigate() -> Result<()> {
    let home = tempfile::tempdir()?;
    let bait = Bait::listen()?;
    let target = bait.url("page");
    let sample = json!({ "id": "link", "prompt": "?", "response": format!("See [the page]({target}).") });
    let file = project::with_samples(home.path(), "Links", &[sample])?;
    let display = Display::start()?;
    let window = Window::open(&display, home.path(), &["--project", &file]).await?;
    // The screen has settled when the first dimension waits for a key; before that it takes the focus back.
    window.becomes("document.activeElement?.getAttribute('role') === 'radio'").await?;
    window.run("document.querySelector('[data-pane=current] article .prose a').focus()").await?;
    window.key(fantoccini::key::Key::Enter).await?;
    window.says(&target).await?;
    window.key(fantoccini::key::Key::Escape).await?;
    assert_eq!(window.client().current_url().await?.scheme(), "tauri");
    assert_eq!(bait.connections(), 0);
    Ok(())
}

/// The fence behind the sanitiser: even if markup got through, the policy of the window would hold it.
#[tokio::test]
#[ignore = "needs the window: cargo xtask test window"]
async fn markup_that_got_through_would_still_run_and_fetch_nothing() -> Result<()> {
    let home = tempfile::tempdir()?;
    let bait = Bait::listen()?;
    let display = Display::start()?;
    let window = Window::open(&display, home.path(), &[]).await?;
    window.find("h1").await?;
    let markup: String = HOSTILE
        .iter()
        .map(|(_, text)| text.replace("BAIT", &bait.url("through")))
        .collect::<Vec<_>>()
        .join("\n");
    window
        .client()
        .execute(
            "const box = document.createElement('div'); box.innerHTML = arguments[0]; document.body.append(box);
             const script = document.createElement('script'); script.textContent = 'window.ran = 2';
             document.body.append(script);",
            vec![markup.into()],
        )
        .await?;
    window
        .client()
        .execute(
            "fetch(arguments[0]).catch(() => {}); new Image().src = arguments[0];
             navigator.sendBeacon?.(arguments[0], 'x'); window.opened = window.open(arguments[0]);
             try { new WebSocket(arguments[0].replace('http', 'ws')) } catch {}
             try { new EventSource(arguments[0]) } catch {}
             const form = document.createElement('form'); form.action = arguments[0]; form.method = 'post';
             document.body.append(form); form.submit();",
            vec![bait.url("asked").into()],
        )
        .await?;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(window.run("return window.ran ?? null").await?, Value::Null, "something ran");
    assert_eq!(window.run("return window.opened ?? null").await?, Value::Null, "a window opened");
    window.client().execute("location.href = arguments[0]", vec![bait.url("gone").into()]).await?;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(window.client().current_url().await?.scheme(), "tauri", "the window went elsewhere");
    assert_eq!(bait.connections(), 0, "something was fetched");
    // What the page may ask of the shell is what it needs and nothing else.
    for (command, arguments) in [
        ("plugin:dialog|open", json!({ "options": {} })),
        ("plugin:event|emit", json!({ "event": "assay", "payload": {} })),
        ("plugin:window|close", json!({ "label": "main" })),
        (
            "plugin:webview|create_webview_window",
            json!({ "options": { "label": "two", "url": "index.html" } }),
        ),
        ("plugin:path|resolve_directory", json!({ "directory": 1 })),
        ("open_link", json!({ "url": "file:///etc/passwd" })),
        ("open_link", json!({ "url": "javascript:window.ran=1" })),
    ] {
        let refused = window
            .client()
            .execute_async(
                "const answer = arguments[2];
                 window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1]).then(() => answer(false), () => answer(true));",
                vec![command.into(), arguments],
            )
            .await?;
        assert_eq!(refused, Value::Bool(true), "{command} was allowed");
    }
    Ok(())
}

/// The name of the sample on the screen.
const NAME: &str = "document.querySelector('[data-pane=current] .about .id')?.textContent.trim()";

async fn current(window: &Window) -> Result<String> {
    Ok(window.run(&format!("return {NAME}")).await?.as_str().unwrap_or_default().to_owned())
}

/// Everything that makes the page itself, or the column of the sample, scroll sideways; and what covers the
/// bar at the bottom.
const LAYOUT: &str = "
    const wide = [];
    for (const box of [document.documentElement, document.body, document.querySelector('main'),
                       document.querySelector('[data-pane=current]')]) {
      if (box.scrollWidth > box.clientWidth + 1) wide.push(`${box.tagName}.${box.className}: ${box.scrollWidth} > ${box.clientWidth}`);
    }
    const button = [...document.querySelectorAll('footer button')].at(-1).getBoundingClientRect();
    const top = document.elementFromPoint(button.x + button.width / 2, button.y + button.height / 2);
    if (!top?.closest('footer')) wide.push('something covers the bar');
    return wide;";

/// Gives every element of the sample a pointer and the focus.
const TOUCH: &str = "
    for (const one of document.querySelectorAll('[data-pane=current] .prose *')) {
      for (const kind of ['mouseover', 'mouseenter', 'focus', 'error', 'load', 'toggle', 'animationend']) one.dispatchEvent(new Event(kind));
      one.focus?.();
    }
    document.activeElement?.blur();";
