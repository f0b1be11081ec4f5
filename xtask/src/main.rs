//! The two commands of the README: `cargo xtask run` opens Assay, `cargo xtask test` checks everything.
//!
//! Both work from a clean clone: what is missing is installed where that is possible without asking, and
//! named in one sentence where it is not.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

mod bench;
mod interface;
mod run;
mod system;
mod test;
mod text;
mod tools;
mod types;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask run [--release] [--home DIR]   build Assay and open its window on the demo project
cargo xtask test [PART…]                   check everything, or: lint, rust, ui, window
cargo xtask bench [NAME…]                  measure what is promised, beside peers and raw limits
cargo xtask types [--check]                write the interface's types.ts from crates/api, or compare";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.split_first() {
        Some((&"run", rest)) => run::run(rest),
        Some((&"test", rest)) => test::run(rest),
        Some((&"bench", rest)) => bench::run(rest),
        Some((&"types", rest)) => types::run(rest),
        Some((&("help" | "--help" | "-h"), _)) => {
            println!("{HELP}");
            Ok(())
        }
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
