//! Reads from the management cluster what add-ons are made for: the Cluster; and, once they are to be rendered, its other
//! shape and what it refers to.

use cso_api::capi::CLUSTER_GROUP;
use cso_core::cluster_addon::ValueSources;
use cso_core::fetched::Fetched;
use cso_core::manifests::{Kind, ObjectId};
use kube::Api;
use kube::core::{DynamicObject, GroupVersionKind};
use serde_json::Value;

use crate::api_server::ApiServer;
use crate::controllers::pass::key_of;
use crate::discovery::Served;
use crate::execute::{internal, of_api};

/// The API versions of a Cluster, newest first.
const VERSIONS: [&str; 2] = ["v1beta2", "v1beta1"];

/// The Cluster of that name, in the newest shape that is served.
pub(super) async fn cluster(
    server: &ApiServer,
    namespace: &str,
    name: &str,
) -> Fetched<DynamicObject> {
    for version in VERSIONS {
        match shape(server, version, namespace, name).await {
            Fetched::Missing => {}
            known => return known,
        }
    }
    Fetched::Missing
}

/// What values are made of, for a Cluster as [`cluster`] found it.
pub(super) async fn sources(server: &ApiServer, cluster: &DynamicObject) -> ValueSources {
    let (namespace, name) = key_of(cluster);
    let newest = value(&Fetched::Found(cluster.clone()));
    let body = newest.found().cloned().unwrap_or_default();
    let [newer, older] = VERSIONS;
    let (v1beta2, v1beta1) = if body["apiVersion"] == format!("{CLUSTER_GROUP}/{newer}") {
        let older = shape(server, older, &namespace, &name).await;
        (newest, value(&older))
    } else {
        (Fetched::Missing, newest)
    };
    ValueSources {
        v1beta1,
        v1beta2,
        control_plane: referenced(server, &namespace, &body["spec"]["controlPlaneRef"]).await,
        infra_cluster: referenced(server, &namespace, &body["spec"]["infrastructureRef"]).await,
    }
}

/// The Cluster as one version shows it; `Missing` if that is not served.
async fn shape(
    server: &ApiServer,
    version: &str,
    namespace: &str,
    name: &str,
) -> Fetched<DynamicObject> {
    let id = id(CLUSTER_GROUP, "Cluster", namespace, name);
    let gvk = GroupVersionKind::gvk(CLUSTER_GROUP, version, "Cluster");
    match server.kinds.resolve(&gvk).await {
        Ok(Some(served)) => get(server, &served, &id).await,
        Ok(None) => Fetched::Missing,
        Err(error) => Fetched::Failed(of_api("discover the kind of", &id, &error)),
    }
}

/// What a reference of a Cluster names: with `apiVersion` (v1beta1), or with `apiGroup` in whatever version is served.
async fn referenced(server: &ApiServer, namespace: &str, reference: &Value) -> Fetched<Value> {
    let text = |field: &str| reference[field].as_str().unwrap_or_default();
    if text("kind").is_empty() || text("name").is_empty() {
        return Fetched::Missing;
    }
    let (group, version) = match text("apiVersion").split_once('/') {
        Some((group, version)) => (group, version),
        None => (text("apiGroup"), ""),
    };
    let id = id(group, text("kind"), namespace, text("name"));
    let catalogue = match server.kinds.all().await {
        Ok(catalogue) => catalogue,
        Err(error) => return Fetched::Failed(of_api("discover the kind of", &id, &error)),
    };
    let mut served = catalogue
        .iter()
        .filter(|((of, _, kind), _)| *of == id.kind.group && *kind == id.kind.kind);
    let exact = served.clone().find(|((_, of, _), _)| of == version);
    let Some((_, served)) = exact.or_else(|| served.next_back()) else {
        return Fetched::Missing;
    };
    value(&get(server, served, &id).await)
}

/// An object as JSON.
fn value(object: &Fetched<DynamicObject>) -> Fetched<Value> {
    match object {
        Fetched::Found(object) => serde_json::to_value(object).map_or_else(
            |error| Fetched::Failed(internal(error.to_string())),
            Fetched::Found,
        ),
        Fetched::Missing => Fetched::Missing,
        Fetched::Failed(failure) => Fetched::Failed(failure.clone()),
    }
}

async fn get(server: &ApiServer, served: &Served, id: &ObjectId) -> Fetched<DynamicObject> {
    let namespace = id.namespace.as_deref().unwrap_or_default();
    let api: Api<DynamicObject> =
        Api::namespaced_with(server.client.clone(), namespace, &served.resource);
    match api.get_opt(&id.name).await {
        Ok(Some(object)) => Fetched::Found(object),
        Ok(None) => Fetched::Missing,
        Err(error) => Fetched::Failed(of_api("get", id, &error)),
    }
}

fn id(group: &str, kind: &str, namespace: &str, name: &str) -> ObjectId {
    ObjectId {
        kind: Kind::new(group, kind),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
    }
}
