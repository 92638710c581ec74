//! Generators and checks of this repository: `cargo xtask --help`.

mod files;
mod generate;
mod layers;
mod tidy;

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

fn main() -> Result<()> {
    match Task::parse() {
        Task::Generate { check: true } => generate::check(),
        Task::Generate { check: false } => generate::write(),
        Task::Layers => layers::check(),
        Task::Tidy => tidy::check(),
    }
}
