//! The one window: its size, and the fence around the page. The page shows hostile text, so whatever
//! that text achieves, the window shows nothing but its own embedded files.

use std::time::Duration;

use crate::last::Last;
use assay_api::App;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};

/// How long a hidden window may write before it ends. A draft takes some milliseconds.
const TIME_TO_WRITE: Duration = Duration::from_millis(400);

/// What the commands need.
pub struct Shell {
    /// The application.
    pub app: App,
    /// What it had open last.
    pub last: Last,
}

/// Opens the window, on the project that is named, or on what was open last.
pub fn open(handle: &AppHandle, app: App, project: Option<&str>) -> tauri::Result<()> {
    let last = Last::of(app.home());
    let before = if project.is_none() { last.project() } else { None };
    let first = project.or(before.as_deref());
    let first = first.map(|project| crate::first::answers(&app, &last, project)).unwrap_or_default();
    let page = match (project, &before) {
        (Some(project), _) => page("project", project),
        (None, Some(before)) => page("last", before),
        (None, None) => "index.html".to_owned(),
    };
    handle.manage(Shell { app, last });
    let window = WebviewWindowBuilder::new(handle, "main", WebviewUrl::App(page.into()))
        .initialization_script(first)
        .title("Assay")
        .inner_size(1280.0, 800.0)
        .min_inner_size(900.0, 600.0)
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_document_title_changed(|window, title| {
            // A window that is closing keeps the title it has.
            let _ = window.set_title(&title);
        })
        .build()?;
    let closing = window.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            close(closing.clone());
        }
    });
    Ok(())
}

/// Closes the window so that the last words typed are kept: it goes from sight at once, which makes the page
/// write what still waited for a pause in typing, and ends when there was time for that.
fn close(window: WebviewWindow) {
    // A window that cannot be hidden or is gone already has nothing left to wait for.
    let _ = window.hide();
    std::thread::spawn(move || {
        std::thread::sleep(TIME_TO_WRITE);
        let _ = window.destroy();
    });
}

/// The page, with the project to open in its address: as in a browser.
fn page(why: &str, project: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair(why, project).finish();
    format!("index.html?{query}")
}

/// Whether an address is one of the embedded files (or, in a development build, of Vite's server).
fn is_ours(url: &Url) -> bool {
    let embedded = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    embedded
        || (tauri::is_dev()
            && url.scheme() == "http"
            && url.host_str() == Some("localhost")
            && url.port() == Some(5173))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_named_in_the_address_whatever_its_name() {
        assert_eq!(page("project", "a b&c?#%/é"), "index.html?project=a+b%26c%3F%23%25%2F%C3%A9");
    }

    #[test]
    fn only_embedded_files_are_shown() {
        for url in ["tauri://localhost/index.html", "http://tauri.localhost/", "https://tauri.localhost/a#b"]
        {
            assert!(is_ours(&Url::parse(url).unwrap()), "{url}");
        }
        for url in [
            "https://example.org/",
            "http://tauri.localhost.example.org/",
            "tauri://example.org/",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "about:blank",
            "blob:tauri://localhost/x",
        ] {
            assert!(!is_ours(&Url::parse(url).unwrap()), "{url}");
        }
    }
}
