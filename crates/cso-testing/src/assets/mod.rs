//! Decides where a test binary comes from: environment, cache, official download, or a build from its Go module.

mod build;
mod build_cluster_api;
mod cache;
mod download;
mod error;
mod progress;
mod run;

pub use build::module_dir;
pub use cache::{cache_dir, install_bytes};
pub use error::Error;
pub(crate) use progress::say;
pub(crate) use run::output;

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
    /// Cluster API's core manager.
    ClusterApiCore,
    /// Cluster API's kubeadm bootstrap provider.
    ClusterApiKubeadmBootstrap,
    /// Cluster API's kubeadm control plane provider.
    ClusterApiKubeadmControlPlane,
    /// Cluster API's provider for development, with machines in memory.
    ClusterApiDev,
}

impl Asset {
    /// Every program, in the order in which they are built.
    pub const ALL: [Self; 9] = [
        Self::Etcd,
        Self::KubeApiserver,
        Self::KubeControllerManager,
        Self::Kubectl,
        Self::Registry,
        Self::ClusterApiCore,
        Self::ClusterApiKubeadmBootstrap,
        Self::ClusterApiKubeadmControlPlane,
        Self::ClusterApiDev,
    ];

    /// The file name of the program.
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::Kubectl => "kubectl",
            Self::Registry => "registry",
            Self::ClusterApiCore => "cluster-api-core",
            Self::ClusterApiKubeadmBootstrap => "cluster-api-kubeadm-bootstrap",
            Self::ClusterApiKubeadmControlPlane => "cluster-api-kubeadm-control-plane",
            Self::ClusterApiDev => "cluster-api-dev",
        }
    }

    /// The pinned version, with the leading `v`.
    pub fn version(self) -> &'static str {
        match self {
            Self::Etcd => pins::etcd(),
            Self::Registry => pins::registry(),
            Self::KubeApiserver | Self::KubeControllerManager | Self::Kubectl => pins::kubernetes(),
            _ => pins::cluster_api(),
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

    /// The command that prints the version of the file. Cluster API's managers know no such flag: there it is Go that
    /// reads the versions of the modules inside.
    fn version_command(self, path: &Path) -> Command {
        let (program, arguments): (_, &[&str]) = match self {
            Self::Kubectl => (path, &["version", "--client"]),
            _ if self.is_cluster_api() => (Path::new("go"), &["version", "-m"]),
            _ => (path, &["--version"]),
        };
        let mut command = Command::new(program);
        command.args(arguments);
        if self.is_cluster_api() {
            command.arg(path);
        }
        command
    }

    fn is_cluster_api(self) -> bool {
        matches!(
            self,
            Self::ClusterApiCore
                | Self::ClusterApiKubeadmBootstrap
                | Self::ClusterApiKubeadmControlPlane
                | Self::ClusterApiDev
        )
    }

    fn pin_dir(self, cache: &Path) -> PathBuf {
        let product = match self {
            Self::Etcd => "etcd",
            Self::Registry => "distribution",
            _ if self.is_cluster_api() => "cluster-api",
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
    let output = run::output(&mut asset.version_command(path))?;
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
