//! Reads files up to a limit: what lies on a disk may be anybody's, and of any size.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::error::Error;

/// The content of a file of at most `limit` bytes.
///
/// # Errors
/// [`Error::Disk`] and [`Error::TooLarge`], which name the file.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let disk = |action, source| Error::Disk {
        action,
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(|e| disk("open", e))?;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| disk("read", e))?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge {
            what: path.display().to_string(),
            limit,
            unit: "bytes",
        });
    }
    Ok(bytes)
}
