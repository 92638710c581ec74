//! Reads whole objects of a workload cluster: those that wait conditions name, and the records of stages.

use cluster_stack::ObjectRef;
use cso_core::fetched::Fetched;
use cso_core::manifests::{Kind, ObjectId};
use kube::Api;
use kube::core::{DynamicObject, GroupVersionKind};
use serde_json::Value;

use super::Workload;
use crate::execute::{internal, of_api};

/// Namespace of a namespaced object that names none, as for the objects of the charts.
const NAMESPACE: &str = cso_core::cluster_addon::RELEASE_NAMESPACE;

impl Workload {
    /// An object as it is now. One of a kind that is not served does not exist.
    pub async fn fetch(&self, wanted: &ObjectRef) -> Fetched<Value> {
        let (group, version) = wanted
            .api_version
            .split_once('/')
            .unwrap_or(("", &wanted.api_version));
        let gvk = GroupVersionKind::gvk(group, version, &wanted.kind);
        let mut id = ObjectId {
            kind: Kind::new(group, &wanted.kind),
            namespace: None,
            name: wanted.name.clone(),
        };
        let served = match self.server.kinds.resolve(&gvk).await {
            Ok(Some(served)) => served,
            Ok(None) => {
                self.server.kinds.invalidate_unknown().await;
                return Fetched::Missing;
            }
            Err(error) => return Fetched::Failed(of_api("discover the kind of", &id, &error)),
        };
        let client = self.server.client.clone();
        let api: Api<DynamicObject> = if served.namespaced {
            let named = wanted.namespace.as_deref().filter(|name| !name.is_empty());
            let namespace = named.unwrap_or(NAMESPACE);
            id.namespace = Some(namespace.to_owned());
            Api::namespaced_with(client, namespace, &served.resource)
        } else {
            Api::all_with(client, &served.resource)
        };
        match api.get_opt(&wanted.name).await {
            Ok(Some(object)) => serde_json::to_value(object).map_or_else(
                |error| Fetched::Failed(internal(error.to_string())),
                Fetched::Found,
            ),
            Ok(None) => Fetched::Missing,
            Err(error) => {
                self.doubt();
                Fetched::Failed(of_api("get", &id, &error))
            }
        }
    }
}
