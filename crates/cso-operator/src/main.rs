//! The binary: flags, logging, API server, run until told to stop.

use std::process::ExitCode;

use clap::Parser as _;
use cso_operator::{Args, chain, go_spelling, start};

#[tokio::main]
async fn main() -> ExitCode {
    match start(Args::parse_from(go_spelling(std::env::args_os()))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = chain(&error), "stopped");
            ExitCode::FAILURE
        }
    }
}
