//! Decides which kinds of absent infrastructure providers exist on a bed: those that published cluster classes name.
//!
//! Their definitions accept every field: the real ones belong to the providers and are not needed to apply an object.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::json;

const INFRASTRUCTURE: &str = "infrastructure.cluster.x-k8s.io";
const CONTROL_PLANE: &str = "controlplane.cluster.x-k8s.io";

/// Group, kind, versions with the newest last.
const KINDS: [(&str, &str, &[&str]); 13] = [
    (
        INFRASTRUCTURE,
        "OpenStackClusterTemplate",
        &["v1alpha7", "v1beta1"],
    ),
    (
        INFRASTRUCTURE,
        "OpenStackMachineTemplate",
        &["v1alpha7", "v1beta1"],
    ),
    (INFRASTRUCTURE, "HetznerClusterTemplate", &["v1beta1"]),
    (INFRASTRUCTURE, "HCloudMachineTemplate", &["v1beta1"]),
    (
        INFRASTRUCTURE,
        "HetznerBareMetalMachineTemplate",
        &["v1beta1"],
    ),
    (INFRASTRUCTURE, "Metal3ClusterTemplate", &["v1beta1"]),
    (INFRASTRUCTURE, "Metal3MachineTemplate", &["v1beta1"]),
    (INFRASTRUCTURE, "KubevirtClusterTemplate", &["v1alpha1"]),
    (INFRASTRUCTURE, "KubevirtMachineTemplate", &["v1alpha1"]),
    (CONTROL_PLANE, "KamajiControlPlaneTemplate", &["v1alpha1"]),
    (CONTROL_PLANE, "HostedControlPlaneTemplate", &["v1alpha1"]),
    ("openstack.k-orc.cloud", "Image", &["v1alpha1"]),
    (
        "infrastructure.clusterstack.x-k8s.io",
        "OpenStackClusterStackRelease",
        &["v1alpha1"],
    ),
];

/// A permissive, namespaced definition for every kind.
pub fn providers() -> Vec<CustomResourceDefinition> {
    KINDS
        .iter()
        .map(|(group, kind, versions)| permissive(group, kind, versions))
        .collect()
}

/// A namespaced definition that keeps every field; the last version is stored.
///
/// # Panics
/// Never: the definition is complete.
pub fn permissive(group: &str, kind: &str, versions: &[&str]) -> CustomResourceDefinition {
    let singular = kind.to_lowercase();
    let plural = format!("{singular}s");
    let any = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let versions: Vec<_> = versions
        .iter()
        .map(|version| {
            json!({
                "name": version, "served": true, "storage": versions.last() == Some(version),
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": any, "status": any}}},
                "subresources": {"status": {}},
            })
        })
        .collect();
    let labels = if group.ends_with("cluster.x-k8s.io") {
        json!({"cluster.x-k8s.io/v1beta1": versions.last().map(|version| version["name"].clone())})
    } else {
        json!({})
    };
    serde_json::from_value(json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}"), "labels": labels},
        "spec": {
            "group": group, "scope": "Namespaced", "versions": versions,
            "names": {"kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": singular},
        },
    }))
    .expect("the definition above has every required field")
}
