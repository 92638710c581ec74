//! Reads a Cluster in its v1beta1 or v1beta2 shape: class, version, paused, deleting.

use kube::core::DynamicObject;
use serde_json::Value;

/// A Cluster and the few fields we read of it, in either shape. Absent and malformed fields read as absent.
#[derive(Clone, Copy, Debug)]
pub struct ClusterView<'a>(pub &'a DynamicObject);

/// The `ClusterClass` a Cluster names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClassReference {
    /// Namespace of the class; the Cluster's own unless the Cluster names another.
    pub namespace: String,
    /// Name of the class.
    pub name: String,
}

impl ClusterView<'_> {
    /// Namespace of the Cluster.
    pub fn namespace(&self) -> &str {
        self.0.metadata.namespace.as_deref().unwrap_or_default()
    }

    /// Name of the Cluster.
    pub fn name(&self) -> &str {
        self.0.metadata.name.as_deref().unwrap_or_default()
    }

    /// The class of a Cluster with a managed topology: `spec.topology.classRef` (v1beta2), else `class` and
    /// `classNamespace` (v1beta1). An empty namespace is the Cluster's own.
    pub fn class(&self) -> Option<ClassReference> {
        let (name, namespace) = match self.text("/spec/topology/classRef/name") {
            Some(name) => (name, self.text("/spec/topology/classRef/namespace")),
            None => (
                self.text("/spec/topology/class")?,
                self.text("/spec/topology/classNamespace"),
            ),
        };
        Some(ClassReference {
            namespace: namespace.unwrap_or_else(|| self.namespace()).to_owned(),
            name: name.to_owned(),
        })
    }

    /// Kubernetes version of the topology, for example `v1.33.4`.
    pub fn topology_version(&self) -> Option<&str> {
        self.text("/spec/topology/version")
    }

    /// Whether `spec.paused` or the pause annotation is set; the annotation counts with any value, as Cluster API reads it.
    pub fn is_paused(&self) -> bool {
        self.value("/spec/paused")
            .and_then(Value::as_bool)
            .unwrap_or(false)
            || self
                .0
                .metadata
                .annotations
                .as_ref()
                .is_some_and(|annotations| {
                    annotations.contains_key(crate::labels::PAUSED_ANNOTATION)
                })
    }

    /// Whether the Cluster is being deleted.
    pub fn is_deleting(&self) -> bool {
        self.0.metadata.deletion_timestamp.is_some()
    }

    fn value(&self, pointer: &str) -> Option<&Value> {
        self.0.data.pointer(pointer)
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.value(pointer)?
            .as_str()
            .filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[allow(
        clippy::needless_pass_by_value,
        reason = "a literal at the call site reads better"
    )]
    fn cluster(spec: Value) -> DynamicObject {
        serde_json::from_value(json!({
            "apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Cluster",
            "metadata": {"name": "c1", "namespace": "team-a"}, "spec": spec,
        }))
        .unwrap()
    }

    fn class(spec: Value) -> Option<(String, String)> {
        ClusterView(&cluster(spec))
            .class()
            .map(|class| (class.namespace, class.name))
    }

    #[allow(clippy::unnecessary_wraps, reason = "it is what the accessor returns")]
    fn pair(namespace: &str, name: &str) -> Option<(String, String)> {
        Some((namespace.to_owned(), name.to_owned()))
    }

    #[test]
    fn the_class_is_read_in_both_shapes() {
        assert_eq!(
            class(json!({"topology": {"class": "a", "version": "v1.33.4"}})),
            pair("team-a", "a")
        );
        assert_eq!(
            class(json!({"topology": {"class": "a", "classNamespace": "shared"}})),
            pair("shared", "a")
        );
        assert_eq!(
            class(json!({"topology": {"classRef": {"name": "a"}}})),
            pair("team-a", "a")
        );
        assert_eq!(
            class(json!({"topology": {"classRef": {"name": "a", "namespace": "shared"}}})),
            pair("shared", "a")
        );
    }

    #[test]
    fn a_cluster_without_topology_or_with_an_empty_class_has_none() {
        assert_eq!(class(json!({})), None);
        assert_eq!(class(json!({"topology": {"class": ""}})), None);
        assert_eq!(class(json!({"topology": {"class": 3}})), None);
    }

    #[test]
    fn paused_is_the_field_or_the_annotation() {
        assert!(!ClusterView(&cluster(json!({}))).is_paused());
        assert!(ClusterView(&cluster(json!({"paused": true}))).is_paused());
        let mut annotated = cluster(json!({}));
        annotated.metadata.annotations =
            Some([(crate::labels::PAUSED_ANNOTATION.to_owned(), String::new())].into());
        assert!(ClusterView(&annotated).is_paused());
    }
}
