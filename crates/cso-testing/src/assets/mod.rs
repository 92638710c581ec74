//! Decides where a test binary comes from: environment, cache, official download, or a build from its Go module.

mod build;
mod cache;
mod download;
mod error;
mod progress;
mod run;

pub use build::module_dir;
pub use cache::{cache_dir, install_bytes};
pub use error::Error;
pub(crate) use progress::say;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::pins;
use progress::Progress;

/// A foreign program of the test bed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asset {
    /// The key-value store below the API server.
    Etcd,
    /// The Kubernetes API server.
    KubeApiserver,
    /// Garbage collection, namespace deletion and the other built-in controllers.
    KubeControllerManager,
    /// The command line client, for people.
    Kubectl,
    /// The CNCF distribution registry.
    Registry,
}

impl Asset {
    /// Every program, in the order in which they are built.
    pub const ALL: [Self; 5] = [
        Self::Etcd,
        Self::KubeApiserver,
        Self::KubeControllerManager,
        Self::Kubectl,
        Self::Registry,
    ];

    /// The file name of the program.
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::Kubectl => "kubectl",
            Self::Registry => "registry",
        }
    }

    /// The pinned version, with the leading `v`.
    pub fn version(self) -> &'static str {
        match self {
            Self::Etcd => pins::etcd(),
            Self::Registry => pins::registry(),
            Self::KubeApiserver | Self::KubeControllerManager | Self::Kubectl => pins::kubernetes(),
        }
    }

    /// The environment variable that names another file for this program, for example `TEST_ASSET_KUBE_APISERVER`
    /// (the names that controller-runtime's envtest reads).
    pub fn variable(self) -> String {
        format!(
            "TEST_ASSET_{}",
            self.name().to_uppercase().replace('-', "_")
        )
    }

    /// The arguments that make it print its version.
    fn version_arguments(self) -> &'static [&'static str] {
        match self {
            Self::Kubectl => &["version", "--client"],
            _ => &["--version"],
        }
    }

    fn pin_dir(self, cache: &Path) -> PathBuf {
        let product = match self {
            Self::Etcd => "etcd",
            Self::Registry => "distribution",
            _ => "kubernetes",
        };
        cache.join(format!(
            "{product}-{}-{}-{}",
            self.version(),
            std::env::consts::OS,
            std::env::consts::ARCH
        ))
    }
}

/// Finds the program, fetching or building it into the cache when it is nowhere.
///
/// The order is: its own variable ([`Asset::variable`]), the folder `KUBEBUILDER_ASSETS`, the cache, the official
/// download, a build from the pinned Go module. Several processes may ask at once: one works, the others wait.
///
/// # Errors
/// A variable that names a missing file, a program that does not answer with the pinned version, and the reasons why
/// neither download nor build worked.
pub fn find(asset: Asset) -> Result<PathBuf, Error> {
    if let Some(path) = from_environment(asset)? {
        return Ok(path);
    }
    let cache = cache_dir()?;
    let dir = asset.pin_dir(&cache);
    let path = dir.join(asset.name());
    if path.is_file() {
        return Ok(path);
    }
    std::fs::create_dir_all(&dir).map_err(|source| Error::Io {
        action: "create",
        path: dir.clone(),
        source,
    })?;
    let _lock = lock(&cache.join("build.lock"), asset)?;
    if path.is_file() {
        return Ok(path);
    }
    fetch(asset, &cache, &path)?;
    Ok(path)
}

/// Takes the one lock of the cache; released when the file is dropped, also when the process dies.
fn lock(path: &Path, asset: Asset) -> Result<File, Error> {
    let io = |source| Error::Io {
        action: "lock",
        path: path.to_owned(),
        source,
    };
    let file = File::create(path).map_err(io)?;
    if file.try_lock().is_err() {
        progress::say(&format!(
            "{}: waiting for another process that fills the cache",
            asset.name()
        ));
        file.lock().map_err(io)?;
    }
    Ok(file)
}

fn from_environment(asset: Asset) -> Result<Option<PathBuf>, Error> {
    if let Some(path) = std::env::var_os(asset.variable()).map(PathBuf::from) {
        return if path.is_file() {
            Ok(Some(path))
        } else {
            Err(Error::Variable {
                variable: asset.variable(),
                path,
            })
        };
    }
    Ok(std::env::var_os("KUBEBUILDER_ASSETS")
        .map(|dir| PathBuf::from(dir).join(asset.name()))
        .filter(|path| path.is_file()))
}

/// Downloads or builds beside the final path, checks the version, then renames.
fn fetch(asset: Asset, cache: &Path, path: &Path) -> Result<(), Error> {
    let part = path.with_extension("part");
    let progress = Progress::start(asset);
    let origin = match download::download(asset, &part, &progress) {
        Ok(()) => "downloaded",
        Err(download) => {
            progress.note(&format!(
                "no download ({download}), building from the Go module"
            ));
            build::build(asset, cache, &part, &progress).map_err(|build| Error::Unavailable {
                asset: asset.name(),
                version: asset.version(),
                download: Box::new(download),
                build: Box::new(build),
            })?;
            "built"
        }
    };
    verify(asset, &part)?;
    std::fs::rename(&part, path).map_err(|source| Error::Io {
        action: "install",
        path: path.to_owned(),
        source,
    })?;
    progress.finish(&format!("{origin}, installed as {}", path.display()));
    Ok(())
}

/// Runs the program once: its version must be the pinned one.
fn verify(asset: Asset, path: &Path) -> Result<(), Error> {
    let output = run::output(Command::new(path).args(asset.version_arguments()))?;
    if output.contains(asset.version().trim_start_matches('v')) {
        Ok(())
    } else {
        Err(Error::Version {
            asset: asset.name(),
            expected: asset.version(),
            answer: output.trim().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Asset;

    #[test]
    fn variables_have_the_names_envtest_reads() {
        assert_eq!(Asset::KubeApiserver.variable(), "TEST_ASSET_KUBE_APISERVER");
        assert_eq!(Asset::Etcd.variable(), "TEST_ASSET_ETCD");
    }
}
