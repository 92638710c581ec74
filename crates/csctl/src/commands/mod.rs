//! Decides which command runs.

mod create;
mod publish;
mod pull;
mod template;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use cso_source::{Access, Credentials, Source, SourceSpec, env};

use crate::args::{self, Args, Command, Later, Registry, Remote};
use crate::docker;

/// Runs the program with the arguments of this process.
#[expect(
    clippy::print_stderr,
    reason = "errors of a command line tool go to standard error"
)]
pub fn main() -> ExitCode {
    let args = match args::parse(std::env::args_os().collect()) {
        Ok(args) => args,
        Err(answer) => return answered(&answer),
    };
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Help was asked for, or the arguments are wrong: then the exit code is 1, as for all errors of Helm and of this program.
fn answered(answer: &clap::Error) -> ExitCode {
    let printed = answer.print();
    if answer.use_stderr() || printed.is_err() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn run(args: Args) -> Result<()> {
    match args.command {
        Command::Create(Later(args)) => create::run(&args),
        Command::Publish(Later(args)) => wait(publish::run(&args.release, &args.registry)),
        Command::Pull(Later(args)) => wait(pull::run(&args)),
        Command::Template(Later(args)) => template::run(&args),
        Command::Version => {
            say(&format!("csctl version: {}", env!("CARGO_PKG_VERSION")));
            Ok(())
        }
    }
}

fn wait<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .context("failed to start the network runtime")?
        .block_on(work)
}

/// The source that the environment describes.
fn source(remote: Remote, registry: &Registry) -> Result<Source> {
    let (mut spec, mut access): (SourceSpec, Access) = match remote {
        Remote::Oci => (env::oci(&env::process)?, env::oci_access(&env::process)?),
        Remote::Github => env::github(&env::process)?,
    };
    if let SourceSpec::Oci(place) = &mut spec {
        place.plain_http = registry.plain_http;
        if access.credentials == Credentials::Anonymous {
            access.credentials = docker::credentials(place)?;
        }
    }
    if let Some(file) = &registry.ca_file {
        let read = std::fs::read(file);
        let pem = read.with_context(|| format!("failed to read --ca-file {}", file.display()))?;
        access.ca_certificates = Some(pem);
    }
    Ok(Source::new(spec, access)?)
}

/// Writes a result as it is.
fn print(text: &str) -> Result<()> {
    std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes())
        .context("failed to write to standard output")
}

#[expect(
    clippy::print_stdout,
    reason = "results of a command line tool go to standard output"
)]
fn say(line: &str) {
    println!("{line}");
}

#[expect(
    clippy::print_stderr,
    reason = "warnings of a command line tool go to standard error"
)]
fn warn(line: &str) {
    eprintln!("warning: {line}");
}

/// What Helm would remark, word for word.
#[expect(
    clippy::print_stderr,
    reason = "warnings of a command line tool go to standard error"
)]
fn remark(line: &str) {
    eprintln!("{line}");
}
