//! Generators and checks of this repository: `cargo xtask --help`.

mod files;
mod generate;
mod layers;
mod tidy;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Generators and checks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask")]
enum Task {
    /// Write the files that are generated from code.
    Generate {
        /// Write nothing; fail when a file is not what the code says.
        #[arg(long)]
        check: bool,
    },
    /// Check that no crate depends on what it must not.
    Layers,
    /// Check the rules of the repository: headers, the map in crates/README.md, words that must not appear.
    Tidy,
}

fn main() -> ExitCode {
    match run(&Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a terminal there is still the exit code.
            drop(writeln!(std::io::stderr(), "{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<()> {
    match task {
        Task::Generate { check: true } => generate::check(),
        Task::Generate { check: false } => generate::write(),
        Task::Layers => layers::check(),
        Task::Tidy => tidy::check(),
    }
}
