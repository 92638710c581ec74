//! Decides how workloads fare on a server without controllers and nodes: each reports at once that all its pods run.

use futures::{StreamExt, pin_mut};
use kube::api::{
    ApiResource, DynamicObject, ListParams, Patch, PatchParams, WatchEvent, WatchParams,
};
use kube::core::GroupVersionKind;
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};

/// The kinds that run pods for as long as they exist.
pub(super) const KINDS: [&str; 3] = ["Deployment", "DaemonSet", "StatefulSet"];

/// Lets the workloads of a kind run, those that are there and those that come. Ends with the server.
pub(super) async fn run(client: Client, kind: &'static str) {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("apps", "v1", kind));
    let all: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
    loop {
        let Ok(listed) = all.list(&ListParams::default()).await else {
            return;
        };
        let version = listed.metadata.resource_version.clone().unwrap_or_default();
        for object in listed {
            let_run(&client, &resource, &object).await;
        }
        let Ok(events) = all.watch(&WatchParams::default(), &version).await else {
            return;
        };
        pin_mut!(events);
        while let Some(Ok(event)) = events.next().await {
            if let WatchEvent::Added(object) | WatchEvent::Modified(object) = event {
                let_run(&client, &resource, &object).await;
            }
        }
    }
}

async fn let_run(client: &Client, resource: &ApiResource, object: &DynamicObject) {
    let status = running(&resource.kind, object);
    if includes(&object.data["status"], &status) {
        return;
    }
    let namespace = object.namespace().unwrap_or_default();
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), &namespace, resource);
    let patch = Patch::Merge(json!({"status": status}));
    // Whoever changed or deleted it meanwhile causes another event.
    drop(
        api.patch_status(&object.name_any(), &PatchParams::default(), &patch)
            .await,
    );
}

/// What the controller of a workload would report once every pod is ready; a `DaemonSet` runs on one node.
fn running(kind: &str, object: &DynamicObject) -> Value {
    let seen = object.metadata.generation;
    if kind == "DaemonSet" {
        return json!({
            "observedGeneration": seen, "numberMisscheduled": 0, "currentNumberScheduled": 1,
            "desiredNumberScheduled": 1, "updatedNumberScheduled": 1, "numberReady": 1, "numberAvailable": 1,
        });
    }
    let replicas = object.data["spec"]["replicas"].as_i64().unwrap_or(1);
    json!({
        "observedGeneration": seen, "replicas": replicas, "updatedReplicas": replicas,
        "readyReplicas": replicas, "availableReplicas": replicas,
    })
}

/// Whether all of `wanted` is said already; zero is what an absent count means.
fn includes(told: &Value, wanted: &Value) -> bool {
    let mut fields = wanted.as_object().into_iter().flatten();
    fields.all(|(name, value)| {
        told[name] == *value || (told[name].is_null() && value.as_i64() == Some(0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workload_that_reports_its_last_generation_is_left_alone() {
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "generation": 2},
            "spec": {"replicas": 3},
        });
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let status = running("Deployment", &object);
        assert_eq!(status["availableReplicas"], 3);
        assert!(includes(&status, &status));
        let mut old = status.clone();
        old["observedGeneration"] = json!(1);
        assert!(!includes(&old, &status));
    }
}
