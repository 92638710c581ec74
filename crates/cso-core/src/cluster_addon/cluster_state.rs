//! Reads from a Cluster, in either shape, how far Cluster API is with it.

use cso_api::capi::ClusterView;
use kube::core::DynamicObject;
use serde_json::Value;

/// Whether the control plane has come up once: `status.initialization` (v1beta2) or the condition (v1beta1).
pub(super) fn is_initialized(cluster: &DynamicObject) -> bool {
    cluster
        .data
        .pointer("/status/initialization/controlPlaneInitialized")
        == Some(&Value::Bool(true))
        || condition(cluster, "ControlPlaneInitialized")
            .is_some_and(|condition| condition["status"] == "True")
}

/// Why the rollout of the topology is not finished; `None` = every machine has what the topology says.
///
/// Cluster API reports the topology as not reconciled, too, while it waits for our own answer to `AfterClusterUpgrade`:
/// that wait is not one of the rollout.
pub(super) fn rollout_waits_for(
    cluster: &DynamicObject,
    control_plane: Option<&str>,
) -> Option<String> {
    let view = ClusterView(cluster);
    let wanted = view.topology_version();
    if let (Some(wanted), Some(found)) = (wanted, control_plane)
        && wanted != found
    {
        return Some(format!(
            "the control plane has version {found} and not {wanted} yet"
        ));
    }
    if condition(cluster, "RollingOut").is_some_and(|one| one["status"] == "True") {
        return Some("machines are being replaced".to_owned());
    }
    let Some(topology) = condition(cluster, "TopologyReconciled") else {
        return Some("Cluster API has not reconciled the topology yet".to_owned());
    };
    let seen = topology["observedGeneration"].as_i64();
    if seen.is_some_and(|seen| Some(seen) < cluster.metadata.generation) {
        return Some("Cluster API has not looked at the topology yet".to_owned());
    }
    let waits_for_us = topology["message"]
        .as_str()
        .is_some_and(|message| message.contains("AfterClusterUpgrade"));
    if topology["status"] == "True" || waits_for_us {
        return None;
    }
    Some("Cluster API has not rolled the topology out yet".to_owned())
}

/// A condition, preferably of the v1beta2 kind.
fn condition<'a>(cluster: &'a DynamicObject, type_: &str) -> Option<&'a Value> {
    let lists = ["/status/v1beta2/conditions", "/status/conditions"];
    lists.iter().find_map(|list| {
        let conditions = cluster.data.pointer(list)?.as_array()?;
        conditions.iter().find(|one| one["type"] == type_)
    })
}
