//! The binary: flags, logging, API server, run until told to stop.

use std::process::ExitCode;

use clap::Parser as _;
use cso_operator::{Args, Error, chain, go_spelling, start};
use tikv_jemallocator::Jemalloc;

/// Threads for disks and rendering: more of them at once gain nothing, and each keeps memory.
const BLOCKING_THREADS: usize = 8;

/// Renders a fifth faster than with glibc's allocator, in a little less memory: settings are in `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    let args = Args::parse_from(go_spelling(std::env::args_os()));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(start(args)),
        Err(source) => Err(Error::Runtime { source }),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = chain(&error), "stopped");
            ExitCode::FAILURE
        }
    }
}
