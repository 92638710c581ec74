//! Decides what the stacks of these tests consist of: a class whose machines are in memory, and add-ons of config maps.

use cluster_stack::ReleaseTag;
use cso_testing::cluster_api::in_memory;
use serde_json::{Value, json};

use crate::release::Release;

/// The post-condition that a person opens: a config map that names the release.
pub(super) const GATE: &str = "gate";

/// The Kubernetes version of a release.
pub(super) fn kubernetes(tag: &str) -> String {
    let tag: ReleaseTag = tag.parse().unwrap();
    format!("v{}.7", tag.kubernetes)
}

/// A release without add-ons; clusters of its class may be upgraded through these versions at once.
pub(super) fn release(namespace: &str, tag: &str, chain: &[&str]) -> Release {
    let mut objects = in_memory(namespace, tag);
    if !chain.is_empty() {
        let class = objects.last_mut().unwrap();
        class.data["spec"]["kubernetesVersions"] = json!(chain);
    }
    let documents: Vec<String> = objects
        .iter()
        .map(|object| serde_json::to_string(object).unwrap())
        .collect();
    Release::new(tag, &[("class.yaml", &documents.join("\n---\n"))])
}

/// A release with a stage before the rollout of an upgrade, `cni`, and one after it, `late`.
pub(super) fn around_the_rollout(namespace: &str, tag: &str, chain: &[&str]) -> Release {
    let config = json!({"addonStages": {
        "AfterControlPlaneInitialized": [stage("cni", None), stage("late", None)],
        "BeforeClusterUpgrade": [stage("cni", None)],
        "AfterClusterUpgrade": [stage("late", None)],
    }});
    let charts = ["cni", "late"].map(|name| (name, chart(name, tag)));
    release(namespace, tag, chain).with_addons(&config, &charts)
}

/// A stage of a chart, with what it waits for afterwards.
pub(super) fn stage(name: &str, opens_for: Option<&str>) -> Value {
    let mut stage = json!({"name": name, "action": "apply"});
    if let Some(release) = opens_for {
        stage["waitForPostCondition"] = json!({
            "objects": [{"key": "gate", "apiVersion": "v1", "kind": "ConfigMap", "name": GATE, "namespace": "kube-system"}],
            "conditions": format!("gate.data.open == '{release}'"),
        });
    }
    stage
}

/// A chart with one config map of this name; it tells the release and the Kubernetes version of the Cluster.
pub(super) fn chart(name: &str, release: &str) -> Vec<(String, String)> {
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
        "data": {"release": release, "version": "{{ .Values.version }}"},
    });
    vec![
        (
            "overwrite.yaml".to_owned(),
            "values: |\n  version: \"{{ .Cluster.spec.topology.version }}\"\n".to_owned(),
        ),
        ("templates/map.yaml".to_owned(), map.to_string()),
    ]
}
