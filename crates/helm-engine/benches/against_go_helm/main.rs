//! Measures this engine and Go Helm on the same charts, in one run, one thread each, and prints times, ratios and goals.
//!
//! Both sides are processes with the same commands: this program itself, and `benches/go-helm`, which is built with the Go
//! toolchain into the user's cache. Steps take the best of some rounds, so that other work on the machine is left out.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program for people that measures time"
)]

mod go;
mod measure;
mod process;
mod report;
mod subjects;

use std::path::Path;
use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// What `cso-operator`, which renders in its own process, ships with.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["times", chart, values, other] => measure::times(chart, values, other),
        ["memory", chart, values] => measure::memory(chart, values),
        _ => compare(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("against_go_helm: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> Result<()> {
    let cache = go::cache()?;
    let subjects = subjects::find(&cache)?;
    let (go_helm, helm) = go::build(&cache)?;
    let ours = std::env::current_exe()?;
    let csctl = process::build_csctl(&ours)?;
    let mut rows = Vec::new();
    for subject in &subjects {
        eprintln!("measuring {}", subject.name);
        rows.push(report::Row {
            name: subject.name.clone(),
            ours: side(&ours, &csctl, subject)?,
            go: side(&go_helm, &helm, subject)?,
        });
    }
    report::print(&rows)
}

/// All figures of one side: its bench program and its command line tool.
fn side(bench: &Path, tool: &Path, subject: &subjects::Subject) -> Result<report::Side> {
    Ok(report::Side {
        times: process::times(bench, subject)?,
        memory: process::memory(bench, subject)?,
        process: process::template(tool, subject)?,
    })
}
