//! Decides what the inside of workload clusters is: a second kube-apiserver on the bed's store, reached through a front
//! per cluster.

mod front;
mod progress;
mod route;
mod tls;
mod upstream;

pub(crate) use front::Front;
pub(crate) use tls::server as tls_server;

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::process::Process;
use super::programs::{self, free_ports};
use super::{Error, TestBed, client, kubeconfig, ready};
use crate::assets::{self, Asset};

/// A free port may be gone before the server binds it.
const ATTEMPTS: u32 = 4;

/// A real kube-apiserver for the clusters of [`crate::cluster_api::TopologyCluster::on`]. No controller runs in it: a
/// Deployment is stored and never progresses. Dropping it ends it and the fronts of its clusters.
#[derive(Debug)]
pub struct WorkloadServer {
    port: u16,
    kubeconfig: String,
    site: Arc<front::Site>,
    /// The fronts serve whatever becomes of the runtime of one test.
    runtime: Option<Runtime>,
    _process: Process,
}

impl WorkloadServer {
    pub(super) async fn start(bed: &TestBed) -> Result<Self, Error> {
        let mut attempt = 1;
        loop {
            match Self::attempt(bed).await {
                Err(Error::Ended { lines, .. })
                    if attempt < ATTEMPTS && lines.contains("address already in use") =>
                {
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    async fn attempt(bed: &TestBed) -> Result<Self, Error> {
        let find = || assets::find(Asset::KubeApiserver).map_err(Error::Asset);
        let program = super::launch::blocking(find).await?;
        let files = |source| Error::Files {
            dir: bed.dir.clone(),
            source,
        };
        let [port] = free_ports().map_err(files)?;
        let dir = bed.dir.join(format!("workload-{port}"));
        std::fs::create_dir_all(&dir).map_err(files)?;
        let arguments = programs::workload_apiserver(bed.ports, port, &bed.dir);
        let mut process = [Process::start(
            "kube-apiserver",
            &program,
            &arguments,
            &dir,
        )?];
        let kubeconfig = kubeconfig::kubeconfig(port, &bed.pki);
        ready::apiserver(&client(&kubeconfig).await?, &mut process).await?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fronts")
            .enable_all()
            .build()
            .map_err(files)?;
        let [process] = process;
        Ok(Self {
            port,
            kubeconfig,
            site: Arc::new(front::Site::new(bed, port)?),
            runtime: Some(runtime),
            _process: process,
        })
    }

    /// The base URL of the server itself, past every front.
    pub fn apiserver(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// A kubeconfig for the administrator, past every front, as text.
    pub fn kubeconfig(&self) -> &str {
        &self.kubeconfig
    }

    /// A client for the administrator, past every front.
    ///
    /// # Errors
    /// The kubeconfig is not understood.
    pub async fn client(&self) -> Result<kube::Client, Error> {
        client(&self.kubeconfig).await
    }

    /// From now on the workloads of this server run: each Deployment, `DaemonSet` and `StatefulSet` reports that all its
    /// pods are ready, as soon as it is stored or changed.
    ///
    /// # Errors
    /// The kubeconfig is not understood.
    ///
    /// # Panics
    /// Never: the runtime of the fronts lives as long as the server.
    pub async fn run_workloads(&self) -> Result<(), Error> {
        let runtime = self.runtime.as_ref().expect("taken by drop only");
        let kubeconfig = self.kubeconfig.clone();
        for kind in progress::KINDS {
            let kubeconfig = kubeconfig.clone();
            // A client belongs to the runtime that makes it.
            let made = runtime.spawn(async move { client(&kubeconfig).await });
            let client = made.await.map_err(|error| Error::Client(error.into()))??;
            runtime.spawn(progress::run(client, kind));
        }
        Ok(())
    }

    /// Opens the front of one cluster.
    pub(crate) fn front(&self, namespace: &str, name: &str) -> Result<Front, Error> {
        let runtime = self.runtime.as_ref().expect("taken by drop only");
        Front::open(&self.site, runtime.handle(), namespace, name)
    }
}

impl Drop for WorkloadServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting for it is not allowed inside another runtime, where tests are.
            runtime.shutdown_background();
        }
    }
}
