//! Decides what an archive may contain: plain files under plain paths, each once, within limits.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

/// Bounds on an archive. The defaults are those of Helm for charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Unpacked bytes, headers included.
    pub bytes: u64,
    /// Unpacked bytes of one file.
    pub file_bytes: u64,
    /// Entries, folders included.
    pub entries: usize,
    /// Segments of a path.
    pub depth: usize,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            bytes: 100 << 20,
            file_bytes: 16 << 20,
            entries: 10_000,
            depth: 32,
        }
    }
}

/// Reads a gzip-compressed tar archive into memory: content by path, `/` between segments.
///
/// # Errors
/// When anything in it is not a plain file or folder, a path leaves the archive or is there twice (also when only
/// the case differs), or a limit is passed. Nothing is returned of an archive that is partly bad.
pub fn extract(
    archive: &[u8],
    limits: &ArchiveLimits,
) -> Result<BTreeMap<String, Arc<[u8]>>, ExtractError> {
    let unpacked = Bounded {
        inner: MultiGzDecoder::new(archive),
        left: limits.bytes,
    };
    let mut files = BTreeMap::new();
    let mut folded = std::collections::BTreeSet::new();
    let mut tar = tar::Archive::new(unpacked);
    for (count, entry) in tar.entries().map_err(failed)?.enumerate() {
        if count >= limits.entries {
            return Err(ExtractError::TooMany {
                limit: limits.entries,
            });
        }
        let entry = entry.map_err(failed)?;
        let path = entry.path_bytes().into_owned();
        let kind = entry.header().entry_type();
        if kind == tar::EntryType::XGlobalHeader {
            continue;
        }
        let Some(path) = plain_path(&path, limits.depth)? else {
            continue;
        };
        if kind.is_dir() {
            continue;
        }
        if !matches!(kind, tar::EntryType::Regular | tar::EntryType::Continuous) {
            return Err(ExtractError::Kind { path });
        }
        if entry.size() > limits.file_bytes {
            return Err(ExtractError::TooLarge {
                what: format!("file \"{path}\""),
                limit: limits.file_bytes,
            });
        }
        if !folded.insert(path.to_lowercase()) {
            return Err(ExtractError::Twice { path });
        }
        let mut bytes = Vec::new();
        entry
            .take(limits.file_bytes)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        files.insert(path, bytes.into());
    }
    Ok(files)
}

/// A path of normal segments, `None` for the archive's own root.
fn plain_path(bytes: &[u8], depth: usize) -> Result<Option<String>, ExtractError> {
    let refuse = || ExtractError::Path {
        path: String::from_utf8_lossy(bytes).chars().take(200).collect(),
    };
    let path = std::str::from_utf8(bytes).map_err(|_| refuse())?;
    if path.starts_with('/') || path.contains(['\\', '\0']) || path.contains(char::is_control) {
        return Err(refuse());
    }
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !matches!(*segment, "" | "."))
        .collect();
    let drive = segments
        .first()
        .is_some_and(|first| first.as_bytes().get(1) == Some(&b':'));
    if drive || segments.len() > depth || segments.contains(&"..") {
        return Err(refuse());
    }
    Ok((!segments.is_empty()).then(|| segments.join("/")))
}

/// Stops a decompression bomb: fails where the limit is passed instead of ending early.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(Bomb)),
        }
        Ok(count)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the archive unpacks to more than is allowed")]
struct Bomb;

fn failed(source: io::Error) -> ExtractError {
    ExtractError::Read(source)
}

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// Not gzip, not tar, cut short, or larger than allowed.
    #[error("failed to read the archive")]
    Read(#[source] io::Error),
    /// A path that is absolute, has `..`, is too deep or is not text.
    #[error("path \"{path}\" may not be in an archive: use relative paths without \"..\"")]
    Path {
        /// The path.
        path: String,
    },
    /// A link, a device or another special file.
    #[error("\"{path}\" is not a plain file: links and special files may not be in an archive")]
    Kind {
        /// The path.
        path: String,
    },
    /// Two entries for one path.
    #[error("\"{path}\" is in the archive twice")]
    Twice {
        /// The path.
        path: String,
    },
    /// A file above its limit.
    #[error("{what} is larger than the limit of {limit} bytes")]
    TooLarge {
        /// What is too large.
        what: String,
        /// The limit.
        limit: u64,
    },
    /// More entries than allowed.
    #[error("the archive has more than {limit} entries")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

#[cfg(test)]
mod tests;
