//! The cluster stack command line: builds, publishes and fetches releases.

mod archive;
mod args;
mod bump;
mod commands;
mod config;
mod docker;
mod hash;
mod helmignore;
mod progress;
mod substitute;
mod tree;

use std::process::ExitCode;

use clap::Parser as _;

#[expect(
    clippy::print_stderr,
    reason = "errors of a command line tool go to standard error"
)]
fn main() -> ExitCode {
    match commands::run(args::Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
