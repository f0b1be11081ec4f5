//! The window. It holds no rules and no SQL: what a button does is a command of `assay_api`, and this
//! crate carries requests to it, carries events back, and keeps the page inside.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod commands;
mod first;
#[cfg(target_os = "linux")]
mod graphics;
mod last;
mod window;

use anyhow::Context as _;
use arguments::{Arguments, Asked};
use assay_api::{App, AppOptions};
use tauri::Emitter as _;

/// Quicker than the system's where many small texts come and go, as in each sync.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let arguments = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(Asked::Window(arguments)) => arguments,
        Ok(Asked::Text(text)) => {
            say(&text);
            return Ok(());
        }
        Err(sentence) => {
            complain(&sentence);
            std::process::exit(2);
        }
    };
    run(arguments)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    #[cfg(target_os = "linux")]
    graphics::suit();
    tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(tauri::generate_handler![
            commands::rpc,
            commands::pick_files,
            commands::pick_folder,
            commands::open_link,
        ])
        .setup(move |tauri| {
            let home = arguments.home.clone().unwrap_or_else(assay_api::default_home);
            let app = App::new(AppOptions { lock_projects: true, ..AppOptions::at(home) });
            let listener = tauri.handle().clone();
            app.subscribe(Box::new(move |event| {
                // Without a window there is nobody to tell.
                let _ = listener.emit("assay", event);
            }));
            let project = if arguments.demo { demo(&app) } else { arguments.project };
            window::open(tauri.handle(), app, project.as_deref())?;
            Ok(())
        })
        .run(tauri::generate_context!())
        .context("The window could not be opened")
}

/// The file of the demo project. Where it cannot be made, the first screen offers it and says why not.
fn demo(app: &App) -> Option<String> {
    let answer = assay_api::dispatch(app, "project.demo", "{}").ok()?;
    let project: serde_json::Value = serde_json::from_str(&answer).ok()?;
    project["file"].as_str().map(str::to_owned)
}

#[expect(clippy::print_stdout, reason = "asked for on the command line")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "there is no window yet to show it in")]
fn complain(sentence: &str) {
    eprintln!("{sentence}");
}
