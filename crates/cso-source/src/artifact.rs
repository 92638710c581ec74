//! Decides what an artifact is: an index whose digest is its identity, and the files whose digests the index holds.

use std::sync::Arc;

use cluster_stack::{Digest, Files};
use oci_client::manifest::OciImageManifest;

use crate::error::Error;
use crate::limits::{Limits, is_plain_name};

/// The annotation that names the file of a layer.
pub(crate) const TITLE: &str = "org.opencontainers.image.title";

/// The verified content of a release.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The manifest as the registry sent it, or the list of files where there is no registry.
    index: Vec<u8>,
    files: Files,
}

/// One file an index names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) digest: Digest,
    /// Size in bytes; unknown without a manifest.
    pub(crate) size: Option<u64>,
}

impl Artifact {
    /// Checks each file against the index.
    pub(crate) fn verify(
        index: Vec<u8>,
        entries: &[Entry],
        mut content: impl FnMut(&Entry) -> Option<Arc<[u8]>>,
    ) -> Result<Self, Error> {
        let mut files = Files::new();
        for entry in entries {
            let bytes = content(entry).ok_or_else(|| Error::NotFound {
                what: entry.name.clone(),
            })?;
            entry.check(&bytes)?;
            files.insert(entry.name.clone(), bytes);
        }
        Ok(Self { index, files })
    }

    /// Makes an artifact of files that come without a manifest.
    pub(crate) fn of_files(files: Files) -> Self {
        let lines = files
            .iter()
            .map(|(name, bytes)| line(name, &Digest::of(bytes)));
        Self {
            index: lines.collect::<String>().into_bytes(),
            files,
        }
    }

    /// The identity: the digest of the manifest, or of the list of files.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.index)
    }

    /// The files by name.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The bytes whose digest is the identity.
    pub(crate) fn index(&self) -> &[u8] {
        &self.index
    }

    /// The files by name, without copying.
    pub fn into_files(self) -> Files {
        self.files
    }
}

impl Entry {
    pub(crate) fn check(&self, bytes: &[u8]) -> Result<(), Error> {
        let mismatch = |expected, found| Error::DigestMismatch {
            what: format!("file {}", self.name),
            expected,
            found,
        };
        match self.size {
            Some(size) if size != bytes.len() as u64 => Err(mismatch(
                format!("{size} bytes"),
                format!("{} bytes", bytes.len()),
            )),
            _ if Digest::of(bytes) == self.digest => Ok(()),
            _ => Err(mismatch(
                self.digest.to_string(),
                Digest::of(bytes).to_string(),
            )),
        }
    }
}

fn line(name: &str, digest: &Digest) -> String {
    format!("{}  {name}\n", digest.hex())
}

/// The digest that [`Artifact::of_files`] would have, from digests alone.
pub(crate) fn digest_of_entries(entries: &std::collections::BTreeMap<String, Digest>) -> Digest {
    Digest::of(
        entries
            .iter()
            .map(|(name, digest)| line(name, digest))
            .collect::<String>()
            .as_bytes(),
    )
}

/// Reads an index of the cache: an image manifest, or lines of digest and name.
pub(crate) fn entries(what: &str, index: &[u8], limits: &Limits) -> Result<Vec<Entry>, Error> {
    if index.starts_with(b"{") {
        return of_manifest(what, index, limits);
    }
    let entries = lines(index).ok_or_else(|| Error::Malformed {
        what: what.to_owned(),
        problem: "the list of files is damaged".to_owned(),
    })?;
    check(what, entries, limits)
}

/// Reads an image manifest: all that a registry may send.
pub(crate) fn of_manifest(what: &str, index: &[u8], limits: &Limits) -> Result<Vec<Entry>, Error> {
    let malformed = |problem: String| Error::Malformed {
        what: what.to_owned(),
        problem,
    };
    let manifest: OciImageManifest = serde_json::from_slice(index)
        .map_err(|e| malformed(format!("the tag holds no image manifest with files: {e}")))?;
    check(
        what,
        manifest_entries(&manifest).map_err(malformed)?,
        limits,
    )
}

/// Holds entries against the limits before anything is fetched.
fn check(what: &str, entries: Vec<Entry>, limits: &Limits) -> Result<Vec<Entry>, Error> {
    let malformed = |problem: String| Error::Malformed {
        what: what.to_owned(),
        problem,
    };
    let too_large = |limit, unit| Error::TooLarge {
        what: what.to_owned(),
        limit,
        unit,
    };
    if entries.len() > limits.files {
        return Err(too_large(limits.files as u64, "files"));
    }
    let sizes = entries.iter().filter_map(|entry| entry.size);
    if sizes.clone().any(|size| size > limits.file_bytes) {
        return Err(too_large(limits.file_bytes, "bytes per file"));
    }
    if sizes.fold(0, u64::saturating_add) > limits.release_bytes {
        return Err(too_large(limits.release_bytes, "bytes"));
    }
    let mut names = std::collections::BTreeSet::new();
    for Entry { name, .. } in &entries {
        if !is_plain_name(name) {
            return Err(malformed(format!(
                "file title {name:?} is not a plain file name"
            )));
        }
        if !names.insert(name) {
            return Err(malformed(format!("two files are called {name:?}")));
        }
    }
    Ok(entries)
}

/// The layers that carry a title, whatever their media type; others are none of ours.
fn manifest_entries(manifest: &OciImageManifest) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for layer in &manifest.layers {
        let title = layer
            .annotations
            .as_ref()
            .and_then(|annotations| annotations.get(TITLE));
        let Some(name) = title else { continue };
        let digest = layer
            .digest
            .parse()
            .map_err(|e: cluster_stack::DigestError| e.to_string())?;
        let size =
            u64::try_from(layer.size).map_err(|_| format!("file {name:?} has a negative size"))?;
        entries.push(Entry {
            name: name.clone(),
            digest,
            size: Some(size),
        });
    }
    Ok(entries)
}

fn lines(index: &[u8]) -> Option<Vec<Entry>> {
    let entry = |line: &str| {
        let (hex, name) = line.split_once("  ")?;
        Some(Entry {
            name: name.to_owned(),
            digest: format!("sha256:{hex}").parse().ok()?,
            size: None,
        })
    };
    std::str::from_utf8(index)
        .ok()?
        .lines()
        .map(entry)
        .collect()
}
