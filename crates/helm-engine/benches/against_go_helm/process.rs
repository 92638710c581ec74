//! Runs the programs of both sides and reads what they measured.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Result;
use super::report::Times;
use super::subjects::Subject;

const RUNS: u32 = 20;

/// Builds `csctl` with the profile this program was built with, and returns its path.
pub(super) fn build_csctl(ours: &Path) -> Result<PathBuf> {
    let folder = ours
        .parent()
        .and_then(Path::parent)
        .ok_or("this program is not where cargo puts benches")?;
    let profile = folder.file_name().unwrap_or_default();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", "csctl", "--profile"])
        .arg(profile)
        .status()?;
    if status.success() {
        Ok(folder.join("csctl"))
    } else {
        Err("failed to build csctl".into())
    }
}

/// What a bench program says about the steps of a render.
pub(super) fn times(program: &Path, subject: &Subject) -> Result<Times> {
    let files = [&subject.archive, &subject.values, &subject.other];
    let answer = output(Command::new(program).arg("times").args(files))?;
    let duration = |name: &str| figure(&answer, name).map(Duration::from_nanos);
    Ok(Times {
        load: duration("load")?,
        values: duration("values")?,
        render: duration("render")?,
        again: duration("again")?,
        bytes: figure(&answer, "bytes")?,
    })
}

/// The KiB a process needs at most that renders once.
pub(super) fn memory(program: &Path, subject: &Subject) -> Result<u64> {
    let files = [&subject.archive, &subject.values];
    let answer = output(Command::new(program).arg("memory").args(files))?;
    figure(&answer, "kib")
}

/// How long a `template` command takes from start to end: the best of some runs.
pub(super) fn template(tool: &Path, subject: &Subject) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        let mut command = Command::new(tool);
        command.args(["template", "bench"]).arg(&subject.archive);
        command.arg("--values").arg(&subject.values);
        output(command.args(["--kube-version", "v1.34.0"]))?;
        best = best.min(start.elapsed());
    }
    Ok(best)
}

fn output(command: &mut Command) -> Result<String> {
    let output = command
        .env("GOMAXPROCS", "1")
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?} failed: {}", reason.trim()).into())
}

/// The number after `name=`.
fn figure(answer: &str, name: &str) -> Result<u64> {
    answer
        .split_whitespace()
        .find_map(|word| word.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
        .ok_or_else(|| format!("no {name} in {answer:?}").into())
}
