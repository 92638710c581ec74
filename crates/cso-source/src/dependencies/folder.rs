//! Decides how charts are found in a folder: by its `index.yaml` if that knows the chart, else by the names of the archives.

use std::io;
use std::path::Path;

use helm_engine::repository::{Index, newest};

use super::error::DependencyError;
use super::fetch::Found;
use crate::error::Error;
use crate::file;
use crate::limits::Limits;

/// The newest version of a chart within the range.
pub(super) fn find(
    folder: &Path,
    name: &str,
    range: &str,
    limits: &Limits,
) -> Result<Found, DependencyError> {
    let index = match file::read(&folder.join("index.yaml"), limits.index_bytes) {
        Ok(bytes) => Some(Index::parse(&bytes).map_err(DependencyError::Index)?),
        Err(Error::Disk { source, .. }) if source.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(DependencyError::fetch(error)),
    };
    let offered = index.as_ref().and_then(|index| index.choose(name, range));
    let (name, digest) = match offered {
        Some(offer) => {
            let url = &offer.urls[0];
            let name = url.rsplit('/').next().unwrap_or(url);
            (name.to_owned(), offer.digest.clone())
        }
        None => (archive(folder, name, range)?, None),
    };
    let bytes = file::read(&folder.join(name), limits.chart_bytes);
    Ok(Found {
        archive: bytes.map_err(DependencyError::fetch)?.into(),
        digest,
    })
}

/// The archive `<name>-<version>.tgz` of the newest version.
fn archive(folder: &Path, name: &str, range: &str) -> Result<String, DependencyError> {
    let disk = |source| {
        DependencyError::fetch(Error::Disk {
            action: "list",
            path: folder.to_owned(),
            source,
        })
    };
    let mut versions = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(disk)? {
        let file = entry.map_err(disk)?.file_name();
        let version = file.to_str().and_then(|file| {
            let rest = file.strip_prefix(name)?.strip_prefix('-')?;
            rest.strip_suffix(".tgz")
        });
        versions.extend(version.map(str::to_owned));
    }
    versions.sort();
    let known = versions.iter().map(String::as_str);
    match newest(known.clone(), range) {
        Some(version) => Ok(format!("{name}-{version}.tgz")),
        None => Err(DependencyError::no_version(known)),
    }
}
