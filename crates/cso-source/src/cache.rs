//! Decides how artifacts are kept on disk: by digest, complete or not at all, verified again whenever they are read.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use cluster_stack::{ChartDependency, Dependencies, Digest};

use crate::artifact::{Artifact, entries};
use crate::error::Error;
use crate::limits::Limits;

const INDEX: &str = "index";
/// The fetched charts of a release: the digest of the rest on the first line, then one line of JSON for each.
const DEPENDENCIES: &str = "dependencies";
const TEMPORARY: &str = "tmp-";

/// A folder that belongs to one process, with one sub-folder per artifact: its index, its files named by digest, and
/// the charts that were fetched for it likewise.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    max_bytes: u64,
    limits: Limits,
    counter: AtomicU64,
}

impl Cache {
    /// Opens the folder, makes it if need be, and clears away what a crash left behind.
    ///
    /// # Errors
    /// When the folder cannot be made or listed.
    pub fn open(folder: &Path, max_bytes: u64, limits: Limits) -> Result<Self, Error> {
        let cache = Self {
            folder: folder.to_owned(),
            max_bytes,
            limits,
            counter: AtomicU64::new(0),
        };
        fs::create_dir_all(folder).map_err(|e| cache.error("make", folder, e))?;
        for entry in fs::read_dir(folder)
            .map_err(|e| cache.error("list", folder, e))?
            .flatten()
        {
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                fs::remove_dir_all(entry.path())
                    .map_err(|e| cache.error("remove", &entry.path(), e))?;
            }
        }
        Ok(cache)
    }

    /// The artifact of a digest, `None` if it is not there. A damaged entry is removed and counts as not there.
    pub fn load(&self, digest: &Digest) -> Option<(Artifact, Dependencies)> {
        let folder = self.folder.join(digest.hex());
        let read = || {
            Ok((
                self.read(&folder, digest)?,
                self.read_dependencies(&folder)?,
            ))
        };
        match read() {
            Ok(found) => {
                // Eviction goes by the time of last use; without it the entry is merely evicted earlier.
                if let Ok(index) = File::options().append(true).open(folder.join(INDEX)) {
                    let _ = index.set_modified(SystemTime::now());
                }
                Some(found)
            }
            Err(Error::Disk { source, .. })
                if source.kind() == io::ErrorKind::NotFound && !folder.exists() =>
            {
                None
            }
            Err(error) => {
                tracing::warn!(%digest, %error, "cache entry is damaged, it is fetched again");
                if let Err(error) = fs::remove_dir_all(&folder) {
                    tracing::warn!(%digest, %error, "failed to remove a damaged cache entry");
                }
                None
            }
        }
    }

    fn read(&self, folder: &Path, digest: &Digest) -> Result<Artifact, Error> {
        let index = self.read_file(&folder.join(INDEX), self.limits.manifest_bytes)?;
        if &Digest::of(&index) != digest {
            let (expected, found) = (digest.to_string(), Digest::of(&index).to_string());
            return Err(Error::DigestMismatch {
                what: "cached index".to_owned(),
                expected,
                found,
            });
        }
        let entries = entries("cached index", &index, &self.limits)?;
        let mut blobs = Vec::new();
        for entry in &entries {
            blobs.push(self.read_file(&folder.join(entry.digest.hex()), self.limits.file_bytes)?);
        }
        let mut blobs = blobs.into_iter();
        Artifact::verify(index, &entries, |_| blobs.next().map(Into::into))
    }

    fn read_dependencies(&self, folder: &Path) -> Result<Dependencies, Error> {
        let list = self.read_file(&folder.join(DEPENDENCIES), self.limits.manifest_bytes)?;
        let damaged = || Error::Malformed {
            what: "cached list of charts".to_owned(),
            problem: "it is damaged".to_owned(),
        };
        let mut dependencies = Dependencies::default();
        for one in listed(&list).ok_or_else(damaged)? {
            let path = folder.join(one.digest.hex());
            let archive = self.read_file(&path, self.limits.chart_bytes)?;
            if Digest::of(&archive) != one.digest {
                return Err(damaged());
            }
            dependencies.add(one, archive.into());
        }
        Ok(dependencies)
    }

    fn read_file(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(|e| self.error("open", path, e))?;
        file.take(limit)
            .read_to_end(&mut bytes)
            .map_err(|e| self.error("read", path, e))?;
        Ok(bytes)
    }

    /// Keeps an artifact and the charts that were fetched for it: written aside, synced, then renamed into place, so that a crash leaves all or nothing.
    ///
    /// Afterwards the least recently used entries are removed until the rest fits, except those of `in_use`.
    ///
    /// # Errors
    /// When the disk fails or is full; what was written so far is removed.
    pub fn store(
        &self,
        artifact: &Artifact,
        dependencies: &Dependencies,
        in_use: &dyn Fn(&Digest) -> bool,
    ) -> Result<(), Error> {
        let digest = artifact.digest();
        let target = self.folder.join(digest.hex());
        if target.exists() {
            return Ok(());
        }
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let aside = self
            .folder
            .join(format!("{TEMPORARY}{number}-{}", digest.hex()));
        let written = self.write(&aside, artifact, dependencies).and_then(|()| {
            fs::rename(&aside, &target).map_err(|e| self.error("rename", &aside, e))
        });
        if written.is_err() {
            // The first error counts; the next start removes the rest.
            let _ = fs::remove_dir_all(&aside);
        }
        written?;
        self.sync(&self.folder)?;
        self.evict(&|candidate| candidate == &digest || in_use(candidate))
    }

    fn write(
        &self,
        folder: &Path,
        artifact: &Artifact,
        dependencies: &Dependencies,
    ) -> Result<(), Error> {
        fs::create_dir(folder).map_err(|e| self.error("make", folder, e))?;
        for bytes in artifact.files().values() {
            self.write_file(&folder.join(Digest::of(bytes).hex()), bytes)?;
        }
        for (digest, bytes) in dependencies.archives() {
            self.write_file(&folder.join(digest.hex()), bytes)?;
        }
        self.write_file(&folder.join(DEPENDENCIES), list(dependencies).as_bytes())?;
        self.write_file(&folder.join(INDEX), artifact.index())?;
        self.sync(folder)
    }

    fn write_file(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let write = || {
            let mut file = File::create(path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|e| self.error("write", path, e))
    }

    fn sync(&self, folder: &Path) -> Result<(), Error> {
        File::open(folder)
            .and_then(|file| file.sync_all())
            .map_err(|e| self.error("sync", folder, e))
    }

    fn evict(&self, keep: &dyn Fn(&Digest) -> bool) -> Result<(), Error> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)
            .map_err(|e| self.error("list", &self.folder, e))?
            .flatten()
        {
            let Ok(digest) =
                format!("sha256:{}", entry.file_name().to_string_lossy()).parse::<Digest>()
            else {
                continue;
            };
            let used = fs::metadata(entry.path().join(INDEX))
                .and_then(|index| index.modified())
                .unwrap_or(SystemTime::UNIX_EPOCH);
            entries.push((used, size(&entry.path()), digest));
        }
        entries.sort();
        let mut total: u64 = entries.iter().map(|(_, size, _)| size).sum();
        for (_, size, digest) in entries {
            if total > self.max_bytes && !keep(&digest) {
                let folder = self.folder.join(digest.hex());
                fs::remove_dir_all(&folder).map_err(|e| self.error("remove", &folder, e))?;
                total -= size;
            }
        }
        Ok(())
    }

    #[expect(
        clippy::unused_self,
        reason = "reads as the cache's own error at the call sites"
    )]
    fn error(&self, action: &'static str, path: &Path, source: io::Error) -> Error {
        Error::Disk {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

/// The list of the fetched charts as it is written.
fn list(dependencies: &Dependencies) -> String {
    let line = |one: &ChartDependency| {
        let fields = [&one.chart, &one.name, &one.version, &one.repository];
        serde_json::json!([fields, one.digest.as_str()]).to_string() + "\n"
    };
    let lines: String = dependencies.list().iter().map(line).collect();
    format!("{}\n{lines}", Digest::of(lines.as_bytes()))
}

/// Reads such a list; `None` if it is not as it was written.
fn listed(list: &[u8]) -> Option<Vec<ChartDependency>> {
    let (digest, lines) = std::str::from_utf8(list).ok()?.split_once('\n')?;
    let read = |line: &str| {
        let ([chart, name, version, repository], digest): ([String; 4], String) =
            serde_json::from_str(line).ok()?;
        Some(ChartDependency {
            chart,
            name,
            version,
            repository,
            digest: digest.parse().ok()?,
        })
    };
    let is_whole = Digest::of(lines.as_bytes()).as_str() == digest;
    is_whole.then(|| lines.lines().map(read).collect())?
}

fn size(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .filter_map(|file| file.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}

#[cfg(test)]
mod tests;
