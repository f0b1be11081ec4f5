//! `assay`: every use case without a window.
//!
//! Data goes to stdout, progress and errors to stderr. Exit status 0: done; 1: could not, with one error
//! (`--json`: one error object on stderr); 2: wrong usage.

mod agreement;
mod args;
mod dataset;
mod demo;
mod hub;
mod output;
mod project;
mod reports;
mod serve;
mod team;

use std::process::ExitCode;

use assay_api::{App, AppOptions, default_home};
use clap::Parser;

use args::{Args, Command};
use output::Output;

/// Quicker than the system's where many small texts come and go, as in each sync.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    let home = args.home.clone().unwrap_or_else(default_home);
    let mut options = AppOptions::at(home);
    // A server keeps a project open like a window does.
    options.lock_projects = matches!(args.command, Command::Serve(_));
    let app = App::new(options);
    let out = Output::new(args.json);
    let result = match &args.command {
        Command::New(new) => project::new(&app, &out, new),
        Command::Projects => project::list(&app, &out),
        Command::Import(import) => project::import(&app, &out, &args, import),
        Command::Annotate(annotate) => project::annotate(&app, &out, &args, annotate),
        Command::Resolve(resolve) => project::resolve(&app, &out, &args, resolve),
        Command::Backup(backup) => project::backup(&app, &out, &args, backup),
        Command::Verify => project::verify(&app, &out, &args),
        Command::Export(export) => dataset::export(&app, &out, &args, export),
        Command::Check(check) => dataset::check(&out, check),
        Command::Agreement(asked) => agreement::agreement(&app, &out, &args, asked),
        Command::Stats(stats) => reports::stats(&app, &out, &args, stats),
        Command::Diff(diff) => reports::diff(&app, &out, diff),
        Command::Publish(publish) => team::publish(&app, &out, &args, publish),
        Command::Invite(invite) => team::invite(&app, &out, &args, invite),
        Command::Join(join) => team::join(&app, &out, join),
        Command::Sync => team::sync(&app, &out, &args),
        Command::Assign(assign) => team::assign(&app, &out, &args, assign),
        Command::Hub(hub) => hub::hub(&out, hub),
        Command::Serve(serve) => serve::serve(&app, &out, &args, serve),
        Command::Demo(demo) => demo::demo(&out, demo),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out.error(&error);
            ExitCode::FAILURE
        }
    }
}
