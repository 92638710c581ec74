//! Decides which hooks we announce: those that gate add-ons, as far as the installed Cluster API knows them.
//!
//! Cluster API rejects a whole discovery that names a hook it does not know, so its version matters. The version is not
//! part of the request; it shows in the `ClusterClass` definition, whose `kubernetesVersions` came with chained upgrades
//! and the hooks of their steps in 1.12.

use serde_json::{Value, json};

use super::{API_VERSION, Hook};

/// The hooks a Cluster API knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Catalogue {
    /// Up to 1.11: those of a whole Cluster.
    #[default]
    Whole,
    /// From 1.12 on: also those of the steps of an upgrade.
    Steps,
}

impl Catalogue {
    /// Reads it off the definition of `ClusterClass`, as JSON.
    pub fn of(cluster_class_definition: &Value) -> Self {
        let versions = cluster_class_definition.pointer("/spec/versions");
        let knows_steps = |version: &Value| {
            let spec = version
                .pointer("/schema/openAPIV3Schema/properties/spec/properties/kubernetesVersions");
            spec.is_some()
        };
        let known = versions.and_then(Value::as_array).into_iter().flatten();
        if known.into_iter().any(knows_steps) {
            Self::Steps
        } else {
            Self::Whole
        }
    }
}

/// The hooks we ask to be called at. Creation and deletion of Clusters are not among them: nothing of ours has to happen
/// first, and an operator that is down must not hold them up.
pub fn announced(catalogue: Catalogue) -> Vec<Hook> {
    Hook::ALL
        .into_iter()
        .filter(|hook| {
            !matches!(hook, Hook::BeforeClusterCreate | Hook::BeforeClusterDelete)
                && hook.since() <= catalogue
        })
        .collect()
}

/// The announced hooks as one line. It stands in the `ExtensionConfig`, so that Cluster API asks anew when it changes.
pub fn hooks_annotation(catalogue: Catalogue) -> String {
    let names: Vec<&str> = announced(catalogue).into_iter().map(Hook::name).collect();
    names.join(",")
}

/// The JSON body of the response to a discovery. Cluster API's defaults are spelt out: 10 s, and no upgrade goes on
/// while nobody answers.
pub fn discovery(catalogue: Catalogue) -> Vec<u8> {
    let handlers: Vec<Value> = announced(catalogue)
        .into_iter()
        .map(|hook| {
            json!({
                "name": hook.handler(),
                "requestHook": {"apiVersion": API_VERSION, "hook": hook.name()},
                "timeoutSeconds": 10,
                "failurePolicy": "Fail",
            })
        })
        .collect();
    json!({
        "apiVersion": API_VERSION,
        "kind": "DiscoveryResponse",
        "status": "Success",
        "handlers": handlers,
    })
    .to_string()
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(spec: &Value) -> Value {
        json!({"spec": {"versions": [
            {"name": "v1beta1", "schema": {"openAPIV3Schema": {"properties": {"spec": {"properties": {}}}}}},
            {"name": "v1beta2", "schema": {"openAPIV3Schema": {"properties": {"spec": {"properties": spec}}}}},
        ]}})
    }

    #[test]
    fn an_older_cluster_api_is_not_told_of_hooks_it_would_reject() {
        let old = Catalogue::of(&definition(&json!({"workers": {}})));
        assert_eq!(old, Catalogue::Whole);
        assert_eq!(
            hooks_annotation(old),
            "AfterControlPlaneInitialized,BeforeClusterUpgrade,AfterControlPlaneUpgrade,AfterClusterUpgrade"
        );
        assert_eq!(Catalogue::of(&Value::Null), Catalogue::Whole);
    }

    #[test]
    fn a_cluster_api_with_chained_upgrades_is_told_of_their_steps() {
        let new = Catalogue::of(&definition(&json!({"kubernetesVersions": {}})));
        let body: Value = serde_json::from_slice(&discovery(new)).unwrap();
        let handlers = body["handlers"].as_array().unwrap();
        assert_eq!(handlers.len(), 7);
        assert_eq!(
            handlers[2],
            json!({
                "name": "before-control-plane-upgrade",
                "requestHook": {"apiVersion": API_VERSION, "hook": "BeforeControlPlaneUpgrade"},
                "timeoutSeconds": 10, "failurePolicy": "Fail",
            })
        );
        assert_eq!(body["status"], "Success");
    }

    #[test]
    fn clusters_are_created_and_deleted_without_us() {
        for catalogue in [Catalogue::Whole, Catalogue::Steps] {
            let names = hooks_annotation(catalogue);
            assert!(!names.contains("Create") && !names.contains("Delete"));
        }
    }
}
