//! Follows a definition of Cluster API, to learn which versions it serves and which hooks it knows.

use cso_core::hooks::{Catalogue, RUNTIME_VERSIONS};
use futures::StreamExt as _;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use tokio::sync::watch;

/// The definition whose schema tells which hooks are known.
const CLUSTER_CLASSES: &str = "clusterclasses.cluster.x-k8s.io";
/// The definition of our registration.
const EXTENSION_CONFIGS: &str = "extensionconfigs.runtime.cluster.x-k8s.io";

/// Tells which hooks the installed Cluster API knows. Works until it is dropped.
pub(crate) async fn hooks(client: Client, sender: watch::Sender<Catalogue>) {
    follow(client, CLUSTER_CLASSES, sender, catalogue).await;
}

/// In which version our registration can be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum ServedVersion {
    /// Nobody looked yet.
    #[default]
    Unknown,
    /// In none.
    Nowhere,
    /// In this one.
    In(String),
}

/// Tells the version our registration is written in. Works until it is dropped.
pub(crate) async fn registrations(client: Client, sender: watch::Sender<ServedVersion>) {
    let read = |definition: Option<&CustomResourceDefinition>| {
        version(definition).map_or(ServedVersion::Nowhere, ServedVersion::In)
    };
    follow(client, EXTENSION_CONFIGS, sender, read).await;
}

/// Tells `sender` what follows from a definition, `None` if it is absent. Works until it is dropped.
async fn follow<T: PartialEq>(
    client: Client,
    name: &'static str,
    sender: watch::Sender<T>,
    read: impl Fn(Option<&CustomResourceDefinition>) -> T,
) {
    let api: Api<CustomResourceDefinition> = Api::all(client);
    let mut states = watcher::watch_object(api, name).default_backoff().boxed();
    while let Some(state) = states.next().await {
        match state {
            Ok(definition) => {
                let now = read(definition.as_ref());
                sender.send_if_modified(|known| {
                    let differs = *known != now;
                    *known = now;
                    differs
                });
            }
            Err(error) => tracing::debug!(%error, name, "watch of a definition failed"),
        }
    }
}

/// The hooks the installed Cluster API knows.
fn catalogue(definition: Option<&CustomResourceDefinition>) -> Catalogue {
    let value = definition.and_then(|definition| serde_json::to_value(definition).ok());
    value.as_ref().map(Catalogue::of).unwrap_or_default()
}

/// The version our registration is written in.
fn version(definition: Option<&CustomResourceDefinition>) -> Option<String> {
    let served = &definition?.spec.versions;
    RUNTIME_VERSIONS
        .into_iter()
        .find(|version| served.iter().any(|one| one.served && one.name == *version))
        .map(str::to_owned)
}
