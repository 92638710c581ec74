//! Decides how the demo looks: headings, the commands a user would type, and what they print.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Starts a step.
pub(crate) fn heading(text: &str) {
    line(&format!("\n── {text}"));
}

/// Says something.
pub(crate) fn line(text: &str) {
    // Nobody is left to tell when the terminal is gone.
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Shows a command as a user would type it, runs it and shows what it prints.
pub(crate) fn run(shown: &str, command: &mut Command) -> Result<()> {
    line(&format!("$ {shown}"));
    let status = command
        .status()
        .with_context(|| format!("failed to start `{shown}`"))?;
    ensure!(status.success(), "`{shown}` failed: {status}");
    Ok(())
}

/// The last lines of a log, for a demo that failed.
pub(crate) fn log(title: &str, path: &Path) {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    line(&format!("\n{title}:"));
    lines[lines.len().saturating_sub(20)..]
        .iter()
        .for_each(|text| line(text));
}
