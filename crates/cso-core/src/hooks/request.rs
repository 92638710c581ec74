//! Decides what a request asks: about which Cluster, between which versions. Unknown fields are passed over.

use std::collections::BTreeMap;

use cso_api::capi::{CLUSTER_GROUP, ClusterView};
use kube::core::DynamicObject;
use serde::Deserialize;

use super::{API_VERSION, Hook};

/// Largest request body in bytes. Objects of an API server stay below 1.5 MiB, and a request holds one.
pub const BODY_LIMIT: usize = 4 << 20;
/// Longest name of an object or namespace that an API server accepts.
const NAME_LIMIT: usize = 253;

/// What Cluster API asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// At which point.
    pub hook: Hook,
    /// The Cluster in its v1beta1 or v1beta2 shape, since Cluster API 1.11 without status. It has a name and a namespace.
    pub cluster: DynamicObject,
    /// The version that everything has before the upgrade or step.
    pub from: Option<String>,
    /// The version that is reached by the upgrade or step, or was reached.
    pub to: Option<String>,
    /// Versions the control plane still passes through, the target included.
    pub control_plane_upgrades: Vec<String>,
    /// Versions the workers still pass through, the target included.
    pub workers_upgrades: Vec<String>,
    /// Settings of the `ExtensionConfig` and the class.
    pub settings: BTreeMap<String, String>,
}

impl Request {
    /// Reads the Cluster.
    pub fn view(&self) -> ClusterView<'_> {
        ClusterView(&self.cluster)
    }
}

/// Why a request cannot be answered. The texts reach a condition of the Cluster: they never vary between two attempts.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Larger than [`BODY_LIMIT`].
    #[error("the request is larger than {} bytes", BODY_LIMIT)]
    TooLarge,
    /// Not JSON, or a known field has a wrong type.
    #[error("the request of hook {hook} is not a message of {}", API_VERSION)]
    Malformed {
        /// The hook that was called.
        hook: Hook,
        /// Cause. It names a position, which moves with the Cluster's resource version: for logs only.
        source: serde_json::Error,
    },
    /// The message of another hook or version.
    #[error(
        "hook {hook} was called with {found}: expected {} {hook}Request",
        API_VERSION
    )]
    OtherKind {
        /// The hook that was called.
        hook: Hook,
        /// `apiVersion` and `kind` of the message.
        found: String,
    },
    /// There is no Cluster in it, or it lacks its name or namespace.
    #[error("the request of hook {hook} names no Cluster")]
    NoCluster {
        /// The hook that was called.
        hook: Hook,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    kind: Option<String>,
    api_version: Option<String>,
    settings: Option<BTreeMap<String, String>>,
    cluster: Option<DynamicObject>,
    from_kubernetes_version: Option<String>,
    to_kubernetes_version: Option<String>,
    kubernetes_version: Option<String>,
    control_plane_upgrades: Option<Vec<StepInfo>>,
    workers_upgrades: Option<Vec<StepInfo>>,
}

#[derive(Deserialize)]
struct StepInfo {
    #[serde(default)]
    version: String,
}

/// Reads the request of a hook.
///
/// # Errors
/// See [`Error`].
pub fn parse(hook: Hook, body: &[u8]) -> Result<Request, Error> {
    if body.len() > BODY_LIMIT {
        return Err(Error::TooLarge);
    }
    let message: Message =
        serde_json::from_slice(body).map_err(|source| Error::Malformed { hook, source })?;
    let kind = message.kind.as_deref().filter(|text| !text.is_empty());
    let version = message
        .api_version
        .as_deref()
        .filter(|text| !text.is_empty());
    // Upstream's server reads a message without looking at its type; only a type that contradicts is refused.
    let is_ours = kind.is_none_or(|kind| kind.strip_suffix("Request") == Some(hook.name()))
        && version.is_none_or(|version| version == API_VERSION);
    if !is_ours {
        let found = format!(
            "{} {}",
            shown(version.unwrap_or_default()),
            shown(kind.unwrap_or_default())
        );
        return Err(Error::OtherKind { hook, found });
    }
    let cluster = message
        .cluster
        .filter(is_cluster)
        .ok_or(Error::NoCluster { hook })?;
    let versions = |steps: Option<Vec<StepInfo>>| {
        let steps = steps.unwrap_or_default().into_iter();
        steps
            .map(|step| step.version)
            .filter(|version| !version.is_empty())
            .collect()
    };
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(Request {
        hook,
        cluster,
        from: text(message.from_kubernetes_version),
        to: text(message.to_kubernetes_version).or(text(message.kubernetes_version)),
        control_plane_upgrades: versions(message.control_plane_upgrades),
        workers_upgrades: versions(message.workers_upgrades),
        settings: message.settings.unwrap_or_default(),
    })
}

fn is_cluster(object: &DynamicObject) -> bool {
    let is_name = |name: &str| !name.is_empty() && name.len() <= NAME_LIMIT;
    let view = ClusterView(object);
    let group = object.types.as_ref().map_or("", |types| &types.api_version);
    is_name(view.name())
        && is_name(view.namespace())
        && (group.is_empty()
            || group
                .split_once('/')
                .is_some_and(|(group, _)| group == CLUSTER_GROUP))
}

/// A caller's word in a message: not longer than a line.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
