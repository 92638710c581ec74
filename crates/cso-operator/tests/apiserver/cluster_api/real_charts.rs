//! A stack like docker/scs with the charts of cilium and metrics-server as they are published.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use kube::Api;
use serde_json::json;

use super::site::{DEADLINE, Site, topology};
use super::stacks::{kubernetes, release, stage};
use crate::release::Release;

const FIRST: &str = "dev-real-1-34-v1";
const SECOND: &str = "dev-real-1-35-v1";

/// The charts of the Helm corpus, beside the project.
fn charts() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/helm/charts");
    if !folder.is_dir() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "published charts are missing: expected them in {}",
            folder.display()
        );
        return None;
    }
    Some(folder)
}

/// A packed chart as subchart of a stage.
fn packed(path: &Path) -> Vec<(String, String)> {
    let bytes = std::fs::read(path).unwrap();
    let mut archive = tar::Archive::new(GzDecoder::new(&bytes[..]));
    let mut files = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        if entry.header().entry_type().is_file() && entry.read_to_string(&mut text).is_ok() {
            files.push((format!("charts/{path}"), text));
        }
    }
    files
}

/// A chart in a folder as subchart of a stage.
fn unpacked(folder: &Path, name: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut open = vec![(folder.to_owned(), format!("charts/{name}"))];
    while let Some((folder, at)) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let at = format!("{at}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                open.push((entry.path(), at));
            } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
                files.push((at, text));
            }
        }
    }
    files
}

fn of(
    namespace: &str,
    tag: &str,
    cilium: Vec<(String, String)>,
    metrics: Vec<(String, String)>,
) -> Release {
    let metrics_stage = |opens_for| {
        let mut stage = stage("metrics-server", opens_for);
        // As docker/scs does: Pods of metrics-server need a network.
        stage["waitForPreCondition"] = json!({
            "objects": [{"key": "cni", "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "cilium", "namespace": "kube-system"}],
            "conditions": "cni.status.numberReady == cni.status.desiredNumberScheduled && cni.status.observedGeneration == cni.metadata.generation",
        });
        stage
    };
    // The gate keeps the upgrade where Cluster API is sure to have asked.
    let config = json!({"addonStages": {
        "AfterControlPlaneInitialized": [stage("cni", None), metrics_stage(None)],
        "BeforeClusterUpgrade": [stage("cni", None), metrics_stage(Some(tag))],
        "AfterClusterUpgrade": [stage("metrics-server", None)],
    }});
    let values = |text: &str| ("overwrite.yaml".to_owned(), text.to_owned());
    let mut cni = cilium;
    cni.push(values(
        "values: |\n  cilium:\n    k8sServiceHost: {{ .Cluster.spec.controlPlaneEndpoint.host }}\n    k8sServicePort: {{ .Cluster.spec.controlPlaneEndpoint.port }}\n    ipam: {mode: kubernetes}\n",
    ));
    let mut metrics = metrics;
    metrics.push(values("values: |\n  metrics-server:\n    commonLabels:\n      domain: \"{{ .Cluster.metadata.name }}\"\n"));
    release(namespace, tag, &[]).with_addons(&config, &[("cni", cni), ("metrics-server", metrics)])
}

#[tokio::test(flavor = "multi_thread")]
async fn published_charts_are_installed_in_stages_and_upgraded_around_the_next_minor() {
    let Some(charts) = charts() else { return };
    let site = Site::start("real").await;
    let namespace = &site.world.namespace;
    for (tag, cilium, metrics) in [
        (FIRST, "cilium-1.18.9.tgz", "metrics-server-3.12.2"),
        (SECOND, "cilium-1.19.6.tgz", "metrics-server-3.13.1"),
    ] {
        let cilium = packed(&charts.join(cilium));
        let metrics = unpacked(&charts.join(metrics), "metrics-server");
        site.world
            .publish(&of(namespace, tag, cilium, metrics))
            .await;
    }
    let _operator = site.operator(&["--leader-elect=false"]);
    site.want(&[FIRST]).await;
    let cluster = site.cluster("c1", FIRST).await;
    let status = site.applied("c1", FIRST).await;
    site.show("cilium 1.18 and metrics-server 3.12 are installed.");
    let inside = site.inside.client().await.unwrap();
    let agents: Api<DaemonSet> = Api::namespaced(inside.clone(), "kube-system");
    let image = |set: &DaemonSet| {
        set.spec
            .as_ref()
            .unwrap()
            .template
            .spec
            .as_ref()
            .unwrap()
            .containers[0]
            .image
            .clone()
    };
    let first = image(&agents.get("cilium").await.unwrap());
    assert!(first.unwrap().contains("v1.18.9"));
    assert!(
        status.resources.len() > 30,
        "{} objects are in the inventory",
        status.resources.len()
    );
    cluster
        .condition("TopologyReconciled", DEADLINE)
        .await
        .unwrap();

    site.want(&[SECOND]).await;
    site.move_to(&cluster, SECOND).await;
    site.at_the_gate("c1", SECOND, "BeforeClusterUpgrade", "metrics-server")
        .await;
    site.until(&cluster, |cluster| {
        topology(cluster).contains("BeforeClusterUpgrade")
    })
    .await;
    site.show("Cluster API asks and is told to wait.");
    site.open(SECOND).await;
    site.addon("c1", |status| {
        status.hook.as_deref() == Some("AfterClusterUpgrade")
    })
    .await;
    site.show("cilium 1.19 is in before the first machine is replaced.");
    let second = image(&agents.get("cilium").await.unwrap());
    assert!(second.unwrap().contains("v1.19.6"));
    site.applied("c1", SECOND).await;
    site.show("Upgraded.");
    let seen = cluster
        .condition("TopologyReconciled", DEADLINE)
        .await
        .unwrap();
    assert_eq!(site.control_plane(&seen).await, kubernetes(SECOND));
    let deployments: Api<Deployment> = Api::namespaced(inside, "kube-system");
    let names: Vec<_> = deployments
        .list(&kube::api::ListParams::default())
        .await
        .unwrap()
        .items;
    assert!(names.iter().any(|one| {
        one.metadata
            .labels
            .as_ref()
            .is_some_and(|all| all.get("domain").is_some_and(|name| name == "c1"))
    }));
}
