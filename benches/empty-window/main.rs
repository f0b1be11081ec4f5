//! The smallest window that Tauri opens, with the same versions as Assay's: what `window` in the benches
//! compares with.

use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .setup(|tauri| {
            WebviewWindowBuilder::new(tauri, "main", WebviewUrl::default())
                .title("Empty")
                .inner_size(1280.0, 800.0)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!("benches/empty-window/tauri.conf.json"))
}
