//! What the page may call. `rpc` carries every use case; the others are what only a window can do.

use assay_api::{ApiError, ErrorCode};
use tauri::{AppHandle, State};
use tauri_plugin_dialog::{DialogExt as _, FilePath};

use crate::window::Shell;

/// Carries a request to the use case of that name, and its answer back. Both are JSON.
#[tauri::command]
pub async fn rpc(shell: State<'_, Shell>, name: String, request: String) -> Result<String, ApiError> {
    let (app, asked) = (shell.app.clone(), name.clone());
    let answer = tauri::async_runtime::spawn_blocking(move || assay_api::dispatch(&app, &asked, &request))
        .await
        .map_err(|error| {
            ApiError::new(ErrorCode::Internal, format!("This did not finish: {error}."), TRY_AGAIN)
        })??;
    shell.last.heard(&name, &answer);
    Ok(answer)
}

/// Lets the person choose files; nothing when they change their mind.
#[tauri::command]
pub async fn pick_files(
    handle: AppHandle,
    title: String,
    multiple: bool,
    endings: Option<Vec<String>>,
) -> Option<Vec<String>> {
    on_thread(move || {
        let mut dialog = handle.dialog().file().set_title(title);
        if let Some(endings) = &endings {
            let endings: Vec<&str> = endings.iter().map(String::as_str).collect();
            dialog = dialog.add_filter("Files of this kind", &endings).add_filter("All files", &["*"]);
        }
        if multiple {
            dialog.blocking_pick_files()
        } else {
            dialog.blocking_pick_file().map(|file| vec![file])
        }
        .map(|files| files.into_iter().filter_map(path).collect())
    })
    .await
}

/// Lets the person choose a folder; nothing when they change their mind.
#[tauri::command]
pub async fn pick_folder(handle: AppHandle, title: String) -> Option<String> {
    on_thread(move || handle.dialog().file().set_title(title).blocking_pick_folder().and_then(path)).await
}

/// Opens a link in the system's browser. The page calls this on a click, never by itself.
#[tauri::command]
pub async fn open_link(url: String) -> Result<(), ApiError> {
    let refused =
        |reason: &str| ApiError::new(ErrorCode::Invalid, reason, "Copy its address to open it elsewhere.");
    let url = tauri::Url::parse(&url).map_err(|_| refused("This link has no valid address."))?;
    if !matches!(url.scheme(), "http" | "https" | "mailto") {
        return Err(refused("This link is neither a web page nor a mail address."));
    }
    open::that_detached(url.as_str()).map_err(|_| refused("No browser answered."))
}

/// Dialogs wait for the person, and the window's own thread must not.
async fn on_thread<T: Send + 'static>(wait: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
    tauri::async_runtime::spawn_blocking(wait).await.ok().flatten()
}

fn path(file: FilePath) -> Option<String> {
    file.into_path().ok().map(|path| path.to_string_lossy().into_owned())
}

const TRY_AGAIN: &str = "Close the window and open it again; what was shown as saved is there.";
