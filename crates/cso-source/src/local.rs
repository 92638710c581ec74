//! Decides how releases are read from a folder: one sub-folder per tag, plain files only.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use cluster_stack::{Files, ReleaseTag};

use crate::artifact::Artifact;
use crate::error::Error;
use crate::limits::{Limits, is_plain_name};

/// The folder that upstream puts between the release directory and the releases.
const UPSTREAM: &str = "cluster-stacks";

/// Names of all sub-folders.
///
/// # Errors
/// When the folder cannot be read: a missing folder is not an empty one.
pub(crate) fn list_tags(folder: &Path) -> Result<BTreeSet<String>, Error> {
    let mut tags = BTreeSet::new();
    let nested = folder.join(UPSTREAM);
    let folders = if nested.is_dir() {
        vec![folder.to_owned(), nested]
    } else {
        vec![folder.to_owned()]
    };
    for folder in folders {
        let disk = |source| Error::Disk {
            action: "list",
            path: folder.clone(),
            source,
        };
        for entry in std::fs::read_dir(&folder).map_err(disk)? {
            let entry = entry.map_err(disk)?;
            if entry.path().is_dir() {
                tags.extend(entry.file_name().into_string().ok());
            }
        }
    }
    Ok(tags)
}

/// All plain files of a release's folder.
///
/// # Errors
/// [`Error::NotFound`] when there is no folder for the tag in either spelling.
pub(crate) fn pull(folder: &Path, tag: &ReleaseTag, limits: &Limits) -> Result<Artifact, Error> {
    let spellings = [tag.dash(), tag.dot()];
    let places = spellings
        .iter()
        .flat_map(|name| [folder.join(name), folder.join(UPSTREAM).join(name)]);
    let found: Option<PathBuf> = places.into_iter().find(|place| place.is_dir());
    let place = found.ok_or_else(|| Error::NotFound {
        what: format!("folder {} in {}", tag.dash(), folder.display()),
    })?;
    read_folder(&place, limits)
}

/// The plain files of a folder as an artifact; sub-folders are left alone.
///
/// # Errors
/// When a file cannot be read or a limit is passed.
pub fn read_folder(place: &Path, limits: &Limits) -> Result<Artifact, Error> {
    let disk = |action, path: &Path, source| Error::Disk {
        action,
        path: path.to_owned(),
        source,
    };
    let too_large = |limit, unit| Error::TooLarge {
        what: format!("folder {}", place.display()),
        limit,
        unit,
    };
    let (mut files, mut total) = (Files::new(), 0);
    for entry in std::fs::read_dir(place).map_err(|e| disk("list", place, e))? {
        let entry = entry.map_err(|e| disk("list", place, e))?;
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if !path.is_file() || !is_plain_name(&name) {
            continue;
        }
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&path).map_err(|e| disk("open", &path, e))?;
        file.take(limits.file_bytes + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| disk("read", &path, e))?;
        total += bytes.len() as u64;
        if bytes.len() as u64 > limits.file_bytes || total > limits.release_bytes {
            return Err(too_large(
                limits.release_bytes.min(limits.file_bytes),
                "bytes",
            ));
        }
        files.insert(name, bytes.into());
        if files.len() > limits.files {
            return Err(too_large(limits.files as u64, "files"));
        }
    }
    Ok(Artifact::of_files(files))
}
