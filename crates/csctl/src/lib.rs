//! The cluster stack command line: builds, publishes and fetches releases. As a library it builds a release in memory.

mod archive;
mod args;
mod build;
mod bump;
mod commands;
mod config;
mod dependencies;
mod docker;
mod hash;
mod helmignore;
mod progress;
mod substitute;
mod tree;

pub use build::hash_release;
pub use commands::main;
