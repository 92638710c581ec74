//! Decides how a helper program is run: its output is read, its last lines become the error.

use std::process::{Command, Stdio};

use super::Error;

/// Lines of standard error kept for an error message.
const LAST_LINES: usize = 15;

/// Runs the command to its end and returns what it wrote to standard output.
///
/// # Errors
/// It does not start, or ends with an error.
pub(crate) fn output(command: &mut Command) -> Result<String, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::Start { program, source })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = stderr.lines().collect();
    Err(Error::Failed {
        command: line(command),
        status: output.status,
        stderr: lines[lines.len().saturating_sub(LAST_LINES)..].join("\n"),
    })
}

/// The command as one types it.
pub(super) fn line(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
