//! Decides where fetched programs and rendered files are kept between runs, and that a file there is always whole.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::Error;

/// The folder of the project's cache: `CSO_TESTBED_CACHE`, or `cluster-stack-operator/testbed` in the user's cache
/// folder (`XDG_CACHE_HOME`, `~/.cache`, on macOS `~/Library/Caches`).
///
/// # Errors
/// None of the variables is set.
pub fn cache_dir() -> Result<PathBuf, Error> {
    let variable = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let user = || {
        variable("XDG_CACHE_HOME").or_else(|| {
            let below = if cfg!(target_os = "macos") {
                "Library/Caches"
            } else {
                ".cache"
            };
            Some(variable("HOME")?.join(below))
        })
    };
    variable("CSO_TESTBED_CACHE")
        .or_else(|| Some(user()?.join("cluster-stack-operator/testbed")))
        .ok_or(Error::NoCache)
}

/// Writes a file so that readers see all of it or nothing.
///
/// # Errors
/// The file cannot be written.
pub fn install_bytes(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let io = |source| Error::Io {
        action: "write",
        path: path.to_owned(),
        source,
    };
    let dir = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(dir).map_err(io)?;
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(io)?;
    file.write_all(bytes).map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}
