//! Admission of a `ClusterAddon`: it belongs to one Cluster of its namespace for good.

use cso_api::ClusterAddon;

use crate::admission::{Problem, Ruling};

/// Admission of a new one.
pub fn may_create(addon: &ClusterAddon) -> Ruling {
    Ruling::of(problems(addon))
}

/// Admission of a changed one. A change of metadata, or of an object being deleted, is always admitted.
pub fn may_update(old: &ClusterAddon, new: &ClusterAddon) -> Ruling {
    if old.spec == new.spec || new.metadata.deletion_timestamp.is_some() {
        return Ruling::FINE;
    }
    let mut found = problems(new);
    if old.spec.cluster_ref.name != new.spec.cluster_ref.name {
        found.push(Problem::new("spec.clusterRef.name", "is immutable"));
    }
    Ruling::of(found)
}

fn problems(addon: &ClusterAddon) -> Vec<Problem> {
    let cluster = &addon.spec.cluster_ref;
    let is_empty = |text: &Option<String>| text.as_ref().is_none_or(String::is_empty);
    let mut problems = Vec::new();
    if is_empty(&cluster.name) {
        problems.push(Problem::new(
            "spec.clusterRef.name",
            "is required: name the Cluster",
        ));
    }
    if cluster.kind.as_deref() != Some("Cluster") {
        problems.push(Problem::new("spec.clusterRef.kind", "must be Cluster"));
    }
    if !is_empty(&cluster.namespace) && cluster.namespace != addon.metadata.namespace {
        problems.push(Problem::new(
            "spec.clusterRef.namespace",
            "must be the namespace of the ClusterAddon",
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn addon(cluster_ref: &Value) -> ClusterAddon {
        serde_json::from_value(json!({
            "metadata": {"name": "cluster-addon-c1", "namespace": "team"},
            "spec": {"clusterRef": cluster_ref},
        }))
        .unwrap()
    }

    #[test]
    fn it_names_a_cluster_of_its_namespace() {
        let named = addon(&json!({"kind": "Cluster", "name": "c1", "namespace": "team"}));
        assert_eq!(may_create(&named), Ruling::FINE);
        let wrong = addon(&json!({"kind": "Machine", "namespace": "other"}));
        assert_eq!(
            may_create(&wrong).fields(),
            [
                "spec.clusterRef.name",
                "spec.clusterRef.kind",
                "spec.clusterRef.namespace"
            ]
        );
    }

    #[test]
    fn it_stays_with_its_cluster() {
        let old = addon(&json!({"kind": "Cluster", "name": "c1"}));
        let other = addon(&json!({"kind": "Cluster", "name": "c2"}));
        assert_eq!(may_update(&old, &other).fields(), ["spec.clusterRef.name"]);
        let mut wrong = addon(&json!({"kind": "Machine", "name": "c1"}));
        let before = wrong.clone();
        wrong.metadata.finalizers = Some(vec!["x".to_owned()]);
        assert_eq!(may_update(&before, &wrong), Ruling::FINE);
    }
}
