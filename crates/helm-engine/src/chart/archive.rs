//! Unpacks a chart archive, which may be hostile: bounded in size, number and depth, no links, no paths that lead out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use flate2::bufread::MultiGzDecoder;
use tar::EntryType;

use super::forward::Forward;
use super::load::ChartFile;

/// How much an archive may unpack to.
#[derive(Clone, Debug)]
pub struct ArchiveLimits {
    /// Bytes of all files together, those of archives in the archive too; Helm's limit is 100 MiB for each archive.
    pub total_bytes: u64,
    /// Bytes of one file; Helm's limit is 5 MiB.
    pub file_bytes: u64,
    /// Number of entries.
    pub entries: usize,
    /// Levels of archives and folders in `charts/`.
    pub depth: usize,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            total_bytes: 100 << 20,
            file_bytes: 5 << 20,
            entries: 100_000,
            depth: 32,
        }
    }
}

/// An archive that is not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Not a gzip stream or not a tar.
    #[error("failed to read the chart archive")]
    Read(#[source] std::io::Error),
    /// There is nothing in it.
    #[error("no files in chart archive")]
    Empty,
    /// An absolute path.
    #[error("chart illegally contains absolute paths")]
    AbsolutePath,
    /// A path without a chart's folder before it.
    #[error("chart illegally contains content outside the base directory: {0:?}")]
    OutsideBase(String),
    /// A path with `..`.
    #[error("chart illegally references parent directory")]
    ParentDirectory,
    /// A path such as `c:/`.
    #[error("chart contains illegally named files")]
    IllegalName,
    /// `Chart.yaml` without a folder.
    #[error("chart yaml not in base directory")]
    NoBase,
    /// A link, device or pipe.
    #[error("chart archive contains {0:?}, which is no regular file")]
    NotRegular(String),
    /// The same file twice.
    #[error("chart archive contains {0:?} more than once")]
    Duplicate(String),
    /// All files together are too large.
    #[error("decompressed chart is larger than the maximum file size {0}")]
    TooLarge(u64),
    /// One file is too large.
    #[error("decompressed chart file {name:?} is larger than the maximum file size {limit}")]
    FileTooLarge {
        /// The file.
        name: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// Too many entries.
    #[error("chart archive has more than {0} entries")]
    TooManyEntries(usize),
}

/// The files of a `.tgz`, without the chart's folder before their names.
///
/// # Errors
/// Archives that are broken, hostile or beyond the limits.
pub fn files_from_archive(
    bytes: &[u8],
    limits: &ArchiveLimits,
) -> Result<Vec<ChartFile>, ArchiveError> {
    files_within(bytes, limits, &mut limits.total_bytes.clone())
}

/// As [`files_from_archive`], for an archive in an archive: what may still be unpacked of all of them becomes less.
pub(super) fn files_within(
    bytes: &[u8],
    limits: &ArchiveLimits,
    left: &mut u64,
) -> Result<Vec<ChartFile>, ArchiveError> {
    let mut files = Vec::new();
    let name = |raw: &str| name_in_chart(raw).map(Some);
    unpack(bytes, limits, left, name, |name, data| {
        files.push(ChartFile::new(name, data));
    })?;
    if files.is_empty() {
        Err(ArchiveError::Empty)
    } else {
        Ok(files)
    }
}

/// The files of a `.tgz` that holds several charts, by the chart's folder. Files beside the folders are left out.
///
/// # Errors
/// Archives that are broken, hostile or beyond the limits.
pub fn folders_from_archive(
    bytes: &[u8],
    limits: &ArchiveLimits,
) -> Result<BTreeMap<String, Vec<ChartFile>>, ArchiveError> {
    let mut folders: BTreeMap<String, Vec<ChartFile>> = BTreeMap::new();
    let mut left = limits.total_bytes;
    unpack(bytes, limits, &mut left, name_with_folder, |path, data| {
        if let Some((folder, name)) = path.split_once('/') {
            let files = folders.entry(folder.to_owned()).or_default();
            files.push(ChartFile::new(name, data));
        }
    })?;
    Ok(folders)
}

/// The chart's folder and the path in it, cleaned; `None` for a file beside the folders.
fn name_with_folder(raw: &str) -> Result<Option<String>, ArchiveError> {
    let path = raw.strip_prefix("./").unwrap_or(raw);
    match path.split_once('/') {
        None => Ok(None),
        Some(("..", _)) => Err(ArchiveError::ParentDirectory),
        Some((folder, _)) => Ok(Some(format!("{folder}/{}", name_in_chart(path)?))),
    }
}

/// Hands out the regular files of a `.tgz` under the names that `name` gives them; no name may come twice.
fn unpack(
    bytes: &[u8],
    limits: &ArchiveLimits,
    left: &mut u64,
    name: impl Fn(&str) -> Result<Option<String>, ArchiveError>,
    mut take: impl FnMut(&str, &[u8]),
) -> Result<(), ArchiveError> {
    // Headers and padding count too: a bomb may consist of nothing else.
    let stream_limit = *left + (limits.entries as u64) * 1024 + (1 << 20);
    let stream = Forward::new(MultiGzDecoder::new(bytes).take(stream_limit));
    let mut archive = tar::Archive::new(stream);
    let entries = archive.entries_with_seek().map_err(ArchiveError::Read)?;
    let mut seen = BTreeSet::new();
    let mut room = Vec::new();
    for (count, entry) in entries.enumerate() {
        let mut entry = entry.map_err(ArchiveError::Read)?;
        if count >= limits.entries {
            return Err(ArchiveError::TooManyEntries(limits.entries));
        }
        let raw = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match entry.header().entry_type() {
            EntryType::Directory | EntryType::XGlobalHeader | EntryType::XHeader => continue,
            EntryType::Regular | EntryType::Continuous if raw.ends_with('/') => continue,
            EntryType::Regular | EntryType::Continuous => {}
            _ => return Err(ArchiveError::NotRegular(raw)),
        }
        let Some(name) = name(&raw)? else { continue };
        let size = entry.size();
        if size > *left {
            return Err(ArchiveError::TooLarge(limits.total_bytes));
        }
        if size > limits.file_bytes {
            return Err(ArchiveError::FileTooLarge {
                name: raw,
                limit: limits.file_bytes,
            });
        }
        if room.len() < size as usize {
            room.resize(size as usize, 0);
        }
        let data = &mut room[..size as usize];
        if !fills(&mut entry, data).map_err(ArchiveError::Read)? {
            return Err(ArchiveError::TooLarge(limits.total_bytes));
        }
        *left -= size;
        take(&name, data);
        if !seen.insert(name) {
            return Err(ArchiveError::Duplicate(raw));
        }
    }
    Ok(())
}

/// Reads as many bytes as there is room for; `false` = there are fewer.
fn fills(from: &mut impl Read, room: &mut [u8]) -> std::io::Result<bool> {
    let mut filled = 0;
    while filled < room.len() {
        match from.read(&mut room[filled..])? {
            0 => return Ok(false),
            read => filled += read,
        }
    }
    Ok(true)
}

/// The path inside the chart, cleaned. Archives made on Windows separate with `\`.
fn name_in_chart(raw: &str) -> Result<String, ArchiveError> {
    let separator = if raw.contains('\\') { '\\' } else { '/' };
    let (base, inner) = raw.split_once(separator).unwrap_or((raw, ""));
    let inner = match separator {
        '/' => Cow::Borrowed(inner),
        _ => Cow::Owned(inner.replace(separator, "/")),
    };
    if base.is_empty() || inner.starts_with('/') {
        return Err(ArchiveError::AbsolutePath);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in inner.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop().ok_or(ArchiveError::ParentDirectory)?),
            part => parts.push(part),
        }
    }
    let Some(first) = parts.first() else {
        return Err(if base == "Chart.yaml" {
            ArchiveError::NoBase
        } else {
            ArchiveError::OutsideBase(raw.to_owned())
        });
    };
    if first.starts_with("..") {
        return Err(ArchiveError::ParentDirectory);
    }
    let is_drive =
        first.len() == 2 && first.ends_with(':') && first.as_bytes()[0].is_ascii_alphabetic();
    if is_drive && parts.len() > 1 {
        return Err(ArchiveError::IllegalName);
    }
    if base == "Chart.yaml" {
        return Err(ArchiveError::NoBase);
    }
    Ok(parts.join("/"))
}
