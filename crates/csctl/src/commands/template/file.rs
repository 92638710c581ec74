//! Reads and writes files, with the short errors Helm gives about them.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};

/// The content of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::IsADirectory => failed("read", path, &error),
        _ => failed("open", path, &error),
    })
}

/// All of standard input.
pub(super) fn standard_input() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin()
        .read_to_end(&mut bytes)
        .context("failed to read standard input")?;
    Ok(bytes)
}

/// Writes a file and the folders above it; `Append` adds to what this run wrote there before.
pub(super) fn write(path: &Path, text: &str, mode: Mode) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| failed("mkdir", folder, &error))?;
    }
    let mut options = OpenOptions::new();
    match mode {
        Mode::Anew => options.write(true).create(true).truncate(true),
        Mode::Append => options.append(true),
    };
    let mut file = options
        .open(path)
        .map_err(|error| failed("open", path, &error))?;
    file.write_all(text.as_bytes())
        .map_err(|error| failed("write", path, &error))
}

/// Whether a file is begun or goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Anew,
    Append,
}

fn failed(deed: &str, path: &Path, error: &io::Error) -> anyhow::Error {
    let reason = match error.kind() {
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "is a directory".to_owned(),
        ErrorKind::NotADirectory => "not a directory".to_owned(),
        _ => error.to_string(),
    };
    anyhow!("{deed} {}: {reason}", path.display())
}
