//! Decides what a test bed is: etcd, kube-apiserver and a registry as plain processes on loopback, gone with their owner.

mod error;
mod kubeconfig;
mod launch;
mod managers;
mod namespace;
mod options;
mod pki;
mod process;
mod programs;
mod ready;
mod workload;

pub use error::Error;
pub use namespace::TestNamespace;
pub use options::Options;
pub use pki::Identity;
pub use process::Process;
pub use workload::WorkloadServer;
pub(crate) use workload::{Front, tls_server};

use std::path::{Path, PathBuf};

use kube::config::{KubeConfigOptions, Kubeconfig};

use pki::Pki;
use process::Sweeper;
use programs::Ports;

/// Real Kubernetes components for one test binary, demo or benchmark.
///
/// Dropping it ends its processes and removes its folder; so does the end of the owning process, however it ends.
/// It holds no connection and belongs to no runtime: a `static` bed serves tests that each have their own.
#[derive(Debug)]
pub struct TestBed {
    ports: Ports,
    kubeconfig: String,
    pki: Pki,
    dir: PathBuf,
    // Dropped in this order: the programs, then their folder.
    processes: Vec<Process>,
    _sweeper: Option<Sweeper>,
}

impl TestBed {
    /// Starts a bed and waits until it serves. Programs that are not in the cache are fetched or built first.
    ///
    /// # Errors
    /// A program is missing or does not become ready (the message holds the last lines of its log), or a custom
    /// resource definition is refused.
    pub async fn start(options: Options) -> Result<Self, Error> {
        launch::launch(options).await
    }

    /// A kubeconfig for the administrator (`system:masters`), as text.
    pub fn kubeconfig(&self) -> &str {
        &self.kubeconfig
    }

    /// The same kubeconfig as a file.
    pub fn kubeconfig_path(&self) -> PathBuf {
        self.dir.join("kubeconfig")
    }

    /// `host:port` of the registry, which speaks plain HTTP.
    pub fn registry(&self) -> String {
        format!("127.0.0.1:{}", self.ports.registry)
    }

    /// The base URL of the API server.
    pub fn apiserver(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.apiserver)
    }

    /// The folder with logs and data. It is removed with the bed unless [`Options::keep_files`] was set.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The certificate authority of everything that serves TLS on this bed, as PEM.
    pub fn authority(&self) -> &str {
        &self.pki.authority
    }

    /// A certificate of that authority for a server of the test on loopback (`127.0.0.1`, `localhost`).
    pub fn server_identity(&self) -> &Identity {
        &self.pki.server
    }

    /// Starts a second kube-apiserver on the same store, to be the inside of workload clusters. It takes some 5 s and
    /// 260 MB; several clusters may share it.
    ///
    /// # Errors
    /// It does not become ready.
    pub async fn workload_server(&self) -> Result<WorkloadServer, Error> {
        WorkloadServer::start(self).await
    }

    /// A client configuration for the administrator, without a default of the surrounding environment.
    ///
    /// # Errors
    /// The kubeconfig is not understood.
    pub async fn config(&self) -> Result<kube::Config, Error> {
        config(&self.kubeconfig).await
    }

    /// A new client for the administrator. It belongs to the current runtime: ask for one in every test.
    ///
    /// # Errors
    /// The kubeconfig is not understood.
    pub async fn client(&self) -> Result<kube::Client, Error> {
        client(&self.kubeconfig).await
    }

    /// Starts a program that ends with the bed, before the bed's own; its output goes to `<dir>/<name>.log`.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start_program(
        &mut self,
        name: &'static str,
        program: &Path,
        arguments: &[String],
        environment: &[(&str, String)],
    ) -> Result<(), Error> {
        let process = Process::start_in(name, program, arguments, &self.dir, environment)?;
        self.processes.insert(0, process);
        Ok(())
    }

    /// A namespace of its own for one test, deleted when the value is dropped.
    ///
    /// # Errors
    /// The API server refuses it.
    pub async fn namespace(&self, prefix: &str) -> Result<TestNamespace, Error> {
        TestNamespace::create(&self.kubeconfig, prefix).await
    }
}

async fn config(kubeconfig: &str) -> Result<kube::Config, Error> {
    let parsed = Kubeconfig::from_yaml(kubeconfig).map_err(|error| Error::Client(error.into()))?;
    kube::Config::from_custom_kubeconfig(parsed, &KubeConfigOptions::default())
        .await
        .map_err(|error| Error::Client(error.into()))
}

async fn client(kubeconfig: &str) -> Result<kube::Client, Error> {
    kube::Client::try_from(config(kubeconfig).await?).map_err(|error| Error::Client(error.into()))
}
