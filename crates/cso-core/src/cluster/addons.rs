//! Which Clusters get a `ClusterAddon`: those whose class belongs to a release of ours. Foreign Clusters are never touched.

use cso_api::capi::{ClassReference, ClusterView};
use cso_api::{ClusterStackRelease, GROUP, VERSION};
use kube::core::DynamicObject;
use serde_json::json;

use super::is_class_of;
use crate::hooks::addon_name;
use crate::manifests::{Kind, Manifest, ObjectId};

/// Longest name of an object.
const LONGEST: usize = 253;

/// A Cluster, as far as its add-ons need an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterHead {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// The `apiVersion` it was seen in.
    pub api_version: String,
    /// Its class, if it has one.
    pub class: Option<ClassReference>,
    /// Whether it is being deleted.
    pub deleting: bool,
}

impl ClusterHead {
    /// Reads a Cluster that is watched in this `apiVersion`.
    pub fn of(cluster: &DynamicObject, api_version: &str) -> Self {
        let view = ClusterView(cluster);
        Self {
            namespace: view.namespace().to_owned(),
            name: view.name().to_owned(),
            uid: cluster.metadata.uid.clone().unwrap_or_default(),
            api_version: api_version.to_owned(),
            class: view.class(),
            deleting: view.is_deleting(),
        }
    }

    /// Whether its class belongs to that release.
    pub fn uses(&self, release: &ClusterStackRelease) -> bool {
        let class = self.class.as_ref();
        class.is_some_and(|class| is_class_of(class, release))
    }
}

/// The `ClusterAddon` a Cluster needs: none if it is going, or none of these releases has its class.
pub fn wanted_addon<'a>(
    cluster: &ClusterHead,
    releases: impl IntoIterator<Item = &'a ClusterStackRelease>,
) -> Option<Manifest> {
    let name = addon_name(&cluster.name);
    if cluster.deleting || cluster.uid.is_empty() || name.len() > LONGEST {
        return None;
    }
    releases
        .into_iter()
        .any(|release| cluster.uses(release))
        .then(|| addon(cluster, name))
}

fn addon(cluster: &ClusterHead, name: String) -> Manifest {
    let reference = json!({
        "apiVersion": cluster.api_version, "kind": "Cluster", "name": cluster.name, "uid": cluster.uid,
    });
    let mut of = reference.clone();
    of["namespace"] = json!(cluster.namespace);
    let body = json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": "ClusterAddon",
        "metadata": {"name": name, "namespace": cluster.namespace, "ownerReferences": [reference]},
        "spec": {"clusterRef": of},
    });
    let id = ObjectId {
        kind: Kind::new(GROUP, "ClusterAddon"),
        namespace: Some(cluster.namespace.clone()),
        name,
    };
    Manifest::new(id, VERSION.to_owned(), &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(class: &str) -> ClusterHead {
        let object = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
            "metadata": {"name": "c1", "namespace": "team-a", "uid": "u"},
            "spec": {"topology": {"classRef": {"name": class}}},
        });
        let object = serde_json::from_value(object).unwrap();
        ClusterHead::of(&object, "cluster.x-k8s.io/v1beta2")
    }

    fn release() -> ClusterStackRelease {
        let spec = cso_api::ClusterStackReleaseSpec::default();
        let mut release = ClusterStackRelease::new("docker-scs-1-33-v1", spec);
        release.metadata.namespace = Some("team-a".to_owned());
        release
    }

    #[test]
    fn a_cluster_of_one_of_our_classes_gets_one_that_it_owns() {
        let manifest = wanted_addon(&cluster("docker-scs-1-33-v1"), &[release()]).unwrap();
        assert_eq!(
            manifest.id().to_string(),
            "ClusterAddon team-a/cluster-addon-c1"
        );
        assert_eq!(
            manifest.body()["metadata"]["ownerReferences"][0]["uid"],
            "u"
        );
        let body = manifest.body();
        let spec = body["spec"].as_object().unwrap();
        assert_eq!(spec["clusterRef"]["namespace"], "team-a");
        assert_eq!(spec.len(), 1, "what is done is told by the status alone");
    }

    #[test]
    fn foreign_classless_and_leaving_clusters_get_none() {
        assert_eq!(wanted_addon(&cluster("other"), &[release()]), None);
        let mut classless = cluster("docker-scs-1-33-v1");
        classless.class = None;
        assert_eq!(wanted_addon(&classless, &[release()]), None);
        let mut leaving = cluster("docker-scs-1-33-v1");
        leaving.deleting = true;
        assert_eq!(wanted_addon(&leaving, &[release()]), None);
    }
}
