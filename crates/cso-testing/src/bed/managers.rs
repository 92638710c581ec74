//! Decides how Cluster API's managers run beside a bed: their switches, their ports, when they are ready.

use std::path::{Path, PathBuf};

use kube::Client;

use crate::assets::{self, Asset};
use crate::cluster_api::{Manifests, install};

use super::pki::WEBHOOK_CERTIFICATES;
use super::process::Process;
use super::programs::free_ports;
use super::{Error, ready};

/// The managers and the features they have switched on beyond their defaults; `RuntimeSDK` is a choice of the bed.
const MANAGERS: [(Asset, &str); 4] = [
    (
        Asset::ClusterApiCore,
        "ClusterTopology=true,MachinePool=true",
    ),
    (Asset::ClusterApiKubeadmBootstrap, "MachinePool=true"),
    (
        Asset::ClusterApiKubeadmControlPlane,
        "ClusterTopology=true,MachinePool=true",
    ),
    (
        Asset::ClusterApiDev,
        "ClusterTopology=true,MachinePool=true",
    ),
];

/// The files of the managers, in the order of [`MANAGERS`].
#[derive(Debug)]
pub(super) struct Programs([PathBuf; 4]);

impl Programs {
    /// Finds the managers, building those that are missing.
    pub(super) fn find() -> Result<Self, Error> {
        let find = |index: usize| assets::find(MANAGERS[index].0).map_err(Error::Asset);
        Ok(Self([find(0)?, find(1)?, find(2)?, find(3)?]))
    }
}

/// Where the managers run.
#[derive(Debug)]
pub(super) struct Site<'a> {
    /// The bed's folder, with kubeconfig and certificates.
    pub(super) dir: &'a Path,
    /// The authority behind the webhooks' certificate, as PEM.
    pub(super) authority: &'a str,
    /// The address at which machines in memory serve their clusters.
    pub(super) announced: String,
    /// Whether runtime hooks are asked.
    pub(super) runtime_sdk: bool,
}

/// A loopback address that no other bed has: the API server's port belongs to one bed, and is written as an address.
pub(super) fn announced(apiserver_port: u16) -> String {
    let [high, low] = apiserver_port.to_be_bytes();
    format!("127.{high}.{low}.1")
}

/// Installs what the managers need, starts them together and waits until all are ready.
pub(super) async fn start(
    programs: &Programs,
    manifests: &Manifests,
    site: &Site<'_>,
    client: &Client,
) -> Result<Vec<Process>, Error> {
    assets::say("installing Cluster API and starting its managers: 10 to 30 s");
    let ports: [[u16; 2]; 4] = {
        let ports: [u16; 8] = free_ports().map_err(|source| Error::Files {
            dir: site.dir.to_owned(),
            source,
        })?;
        std::array::from_fn(|index| [ports[2 * index], ports[2 * index + 1]])
    };
    let webhook_port = |asset: Asset| {
        let index = MANAGERS.iter().position(|(manager, _)| *manager == asset);
        index.map(|index| ports[index][0])
    };
    let (definitions, objects) = manifests.served_at(webhook_port, site.authority)?;
    install::objects(client, manifests.namespaces()).await?;
    install::install(client, &definitions).await?;
    install::objects(client, &objects).await?;

    let mut processes = Vec::new();
    for ((program, (asset, gates)), [webhook, health]) in programs.0.iter().zip(MANAGERS).zip(ports)
    {
        let gates = match asset {
            Asset::ClusterApiCore => format!("{gates},RuntimeSDK={}", site.runtime_sdk),
            _ => gates.to_owned(),
        };
        let arguments = arguments(site, &gates, webhook, health);
        let environment = [
            ("POD_NAMESPACE", "capi-system".to_owned()),
            ("POD_NAME", asset.name().to_owned()),
            ("POD_UID", asset.name().to_owned()),
            ("POD_IP", site.announced.clone()),
        ];
        processes.push(Process::start_in(
            asset.name(),
            program,
            &arguments,
            site.dir,
            &environment,
        )?);
    }
    for ((asset, _), [_, health]) in MANAGERS.into_iter().zip(ports) {
        ready::http(asset.name(), health, "/readyz", &mut processes).await?;
    }
    Ok(processes)
}

fn arguments(site: &Site<'_>, gates: &str, webhook: u16, health: u16) -> Vec<String> {
    let file = |name: &str| site.dir.join(name).display().to_string();
    vec![
        format!("--kubeconfig={}", file("kubeconfig")),
        format!("--webhook-port={webhook}"),
        format!("--webhook-cert-dir={}", file(WEBHOOK_CERTIFICATES)),
        format!("--health-addr=127.0.0.1:{health}"),
        "--diagnostics-address=0".to_owned(),
        "--leader-elect=false".to_owned(),
        format!("--feature-gates={gates}"),
        "--v=2".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::announced;

    #[test]
    fn beds_with_different_ports_announce_different_loopback_addresses() {
        assert_eq!(announced(0x8001), "127.128.1.1");
        assert_ne!(announced(40_000), announced(40_001));
    }
}
