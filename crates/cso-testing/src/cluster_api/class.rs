//! Decides the smallest cluster class whose machines are in memory: one kind of control plane, one of workers.

use kube::api::DynamicObject;
use serde_json::{Value, json};

/// The class of machine deployments in [`in_memory`].
pub(super) const WORKER_CLASS: &str = "worker";

const BOOTSTRAP: &str = "bootstrap.cluster.x-k8s.io/v1beta2";
const CONTROL_PLANE: &str = "controlplane.cluster.x-k8s.io/v1beta2";
const CORE: &str = "cluster.x-k8s.io/v1beta2";
const INFRASTRUCTURE: &str = "infrastructure.cluster.x-k8s.io/v1beta2";

/// The class and its templates in the order in which Cluster API wants them: a class that precedes its templates makes
/// it back off for minutes.
///
/// # Panics
/// Never: the objects are complete.
pub fn in_memory(namespace: &str, name: &str) -> Vec<DynamicObject> {
    let object = |version: &str, kind: &str, name: &str, spec: Value| {
        serde_json::from_value(json!({
            "apiVersion": version, "kind": kind,
            "metadata": {"name": name, "namespace": namespace}, "spec": spec,
        }))
        .expect("the object has every required field")
    };
    let named = |version: &str, kind: &str, name: &str| json!({"templateRef": {"apiVersion": version, "kind": kind, "name": name}});

    let at_once = json!({"provisioning": {"startupDuration": "0s"}});
    let machine = json!({"template": {"spec": {"backend": {"inMemory": {
        "vm": at_once, "node": at_once, "apiServer": at_once, "etcd": at_once,
    }}}}});
    let (control_plane, worker) = (format!("{name}-control-plane"), format!("{name}-worker"));
    let names = json!({"apiServer": {"certSANs": ["localhost", "127.0.0.1"]}});
    let socket = json!({"criSocket": "unix:///run/containerd/containerd.sock"});

    let mut first = json!({"machineInfrastructure": named(INFRASTRUCTURE, "DevMachineTemplate", &control_plane)});
    first["templateRef"] =
        named(CONTROL_PLANE, "KubeadmControlPlaneTemplate", name)["templateRef"].take();
    vec![
        object(
            INFRASTRUCTURE,
            "DevClusterTemplate",
            name,
            json!({"template": {"spec": {"backend": {"inMemory": {}}}}}),
        ),
        object(
            INFRASTRUCTURE,
            "DevMachineTemplate",
            &control_plane,
            machine.clone(),
        ),
        object(INFRASTRUCTURE, "DevMachineTemplate", &worker, machine),
        object(
            CONTROL_PLANE,
            "KubeadmControlPlaneTemplate",
            name,
            json!({"template": {"spec": {"kubeadmConfigSpec": {"clusterConfiguration": names}}}}),
        ),
        object(
            BOOTSTRAP,
            "KubeadmConfigTemplate",
            name,
            // Cluster API refuses an empty joinConfiguration.
            json!({"template": {"spec": {"joinConfiguration": {"nodeRegistration": socket}}}}),
        ),
        object(
            CORE,
            "ClusterClass",
            name,
            json!({
                "infrastructure": named(INFRASTRUCTURE, "DevClusterTemplate", name),
                "controlPlane": first,
                "workers": {"machineDeployments": [{
                    "class": WORKER_CLASS,
                    "bootstrap": named(BOOTSTRAP, "KubeadmConfigTemplate", name),
                    "infrastructure": named(INFRASTRUCTURE, "DevMachineTemplate", &worker),
                }]},
            }),
        ),
    ]
}
