//! Decides in which order a bed comes up: store and server together, then the rest beside each other.

use std::path::{Path, PathBuf};

use crate::assets::{self, Asset};
use crate::cluster_api::{self, Manifests};

use super::pki::Pki;
use super::process::{Process, Sweeper};
use super::programs::{self, Ports};
use super::{Error, Options, TestBed, client, kubeconfig, managers, ready};

/// Another program may take a free port before ours binds it: a bed is tried this often.
const ATTEMPTS: u32 = 4;

pub(super) async fn launch(options: Options) -> Result<TestBed, Error> {
    let wanted = options.clone();
    let (programs, mut definitions) = blocking(move || prepare(&wanted)).await?;
    let mut attempt = 1;
    let bed = loop {
        match attempt_launch(&options, &programs).await {
            Err(Error::Ended { lines, .. })
                if attempt < ATTEMPTS && lines.contains("address already in use") =>
            {
                attempt += 1;
            }
            other => break other?,
        }
    };
    definitions.extend(options.definitions);
    cluster_api::install(&bed.client().await?, &definitions).await?;
    Ok(bed)
}

/// The files of the programs.
#[derive(Debug)]
struct Programs {
    etcd: PathBuf,
    apiserver: PathBuf,
    registry: PathBuf,
    controller_manager: Option<PathBuf>,
    /// Cluster API's managers, and what they need in the API server.
    managers: Option<(managers::Programs, Manifests)>,
}

type Definitions = Vec<
    k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
>;

fn prepare(options: &Options) -> Result<(Programs, Definitions), Error> {
    let find = |asset| assets::find(asset).map_err(Error::Asset);
    let programs = Programs {
        etcd: find(Asset::Etcd)?,
        apiserver: find(Asset::KubeApiserver)?,
        registry: find(Asset::Registry)?,
        controller_manager: options
            .controller_manager
            .then(|| find(Asset::KubeControllerManager))
            .transpose()?,
        managers: options
            .cluster_api_managers
            .then(|| Ok((managers::Programs::find()?, cluster_api::manifests()?)))
            .transpose()?,
    };
    let mut definitions = if options.cluster_api && !options.cluster_api_managers {
        cluster_api::definitions()?
    } else {
        Vec::new()
    };
    if options.providers {
        definitions.extend(cluster_api::providers());
    }
    Ok((programs, definitions))
}

async fn attempt_launch(options: &Options, programs: &Programs) -> Result<TestBed, Error> {
    let (dir, sweeper) = folder(options)?;
    let files = |source| Error::Files {
        dir: dir.clone(),
        source,
    };
    let ports = Ports::free().map_err(files)?;
    let pki = Pki::create(&dir)?;
    let kubeconfig = kubeconfig::kubeconfig(ports.apiserver, &pki);
    write_private(&dir.join("kubeconfig"), &kubeconfig).map_err(files)?;

    let start =
        |name, program: &Path, arguments: &[String]| Process::start(name, program, arguments, &dir);
    let etcd = start("etcd", &programs.etcd, &programs::etcd(ports, &dir))?;
    let apiserver = start(
        "kube-apiserver",
        &programs.apiserver,
        &programs::apiserver(ports, &dir),
    )?;
    let registry = start(
        "registry",
        &programs.registry,
        &programs::registry(ports, &dir).map_err(files)?,
    )?;
    let mut processes = vec![apiserver, registry, etcd];
    ready::apiserver(&client(&kubeconfig).await?, &mut processes).await?;
    ready::registry(ports.registry, &mut processes).await?;
    if let Some(program) = &programs.controller_manager {
        processes.insert(
            0,
            start(
                "kube-controller-manager",
                program,
                &programs::controller_manager(&dir),
            )?,
        );
    }
    if let Some((programs, manifests)) = &programs.managers {
        let site = managers::Site {
            dir: &dir,
            authority: &pki.authority,
            announced: managers::announced(ports.apiserver),
            runtime_sdk: !options.no_runtime_sdk,
        };
        let started =
            managers::start(programs, manifests, &site, &client(&kubeconfig).await?).await?;
        processes.splice(0..0, started);
    }
    Ok(TestBed {
        ports,
        kubeconfig,
        pki,
        dir,
        processes,
        _sweeper: sweeper,
    })
}

/// A fresh folder that only the user can read, and the shell that removes it.
fn folder(options: &Options) -> Result<(PathBuf, Option<Sweeper>), Error> {
    let parent = std::env::temp_dir();
    let dir = tempfile::Builder::new()
        .prefix("cso-testbed-")
        .tempdir_in(&parent)
        .map_err(|source| Error::Files {
            dir: parent,
            source,
        })?
        .keep();
    let sweeper = if options.keep_files {
        None
    } else {
        Some(Sweeper::start(&dir)?)
    };
    Ok((dir, sweeper))
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?
        .write_all(text.as_bytes())
}

/// Runs work that may take minutes beside the runtime.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
