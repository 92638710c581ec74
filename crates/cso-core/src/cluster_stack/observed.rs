//! Everything a pass over a stack knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use cso_api::{ClusterStack, ClusterStackRelease, ClusterStackReleaseStatus, labels};
use jiff::Timestamp;
use serde_json::Value;

use super::MarkedClass;
use crate::cluster::ClassUse;
use crate::failure::Failure;
use crate::fetched::Fetched;

/// Everything a pass over a stack knows.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The object.
    pub stack: ClusterStack,
    /// The other `ClusterStack`s of its namespace.
    pub siblings: Vec<Arc<ClusterStack>>,
    /// Every `ClusterStackRelease` of its namespace, whoever owns it.
    pub releases: Result<Vec<Arc<ClusterStackRelease>>, Failure>,
    /// What the source offers.
    pub remote: Remote,
    /// The classes all Clusters of all namespaces use.
    pub clusters: Result<Vec<ClassUse>, Failure>,
    /// The object `spec.providerRef` names, in the stack's namespace; not looked at with `noProvider`.
    pub provider_template: Fetched<Value>,
    /// Provider objects by name of their release, for every release of the namespace; not looked at with `noProvider`.
    pub provider_objects: BTreeMap<String, Fetched<Value>>,
    /// Every ClusterClass of its namespace that carries our label.
    pub classes: Result<Vec<MarkedClass>, Failure>,
    /// The time of the pass.
    pub now: Timestamp,
}

/// What the source of a stack offers.
#[derive(Clone, Debug, PartialEq)]
pub enum Remote {
    /// It was not asked: not yet, or nothing is subscribed.
    NotListed,
    /// Every tag of the repository, foreign ones included.
    Tags(Vec<String>),
    /// The listing failed.
    Failed(Failure),
}

impl Observed {
    /// Name of the stack.
    pub(crate) fn name(&self) -> &str {
        self.stack.metadata.name.as_deref().unwrap_or_default()
    }

    /// Its namespace.
    pub(crate) fn namespace(&self) -> &str {
        self.stack.metadata.namespace.as_deref().unwrap_or_default()
    }

    /// Its uid.
    pub(crate) fn uid(&self) -> &str {
        self.stack.metadata.uid.as_deref().unwrap_or_default()
    }

    /// Whether it is being deleted.
    pub(crate) fn is_deleting(&self) -> bool {
        self.stack.metadata.deletion_timestamp.is_some()
    }

    /// Why nothing may be done, if so: reason and message.
    pub(crate) fn held(&self) -> Option<(&'static str, String)> {
        use cso_api::conditions::reasons;
        let annotations = self.stack.metadata.annotations.as_ref();
        if self.stack.spec.suspend == Some(true) {
            Some((reasons::SUSPENDED, "spec.suspend is set".to_owned()))
        } else if annotations
            .is_some_and(|annotations| annotations.contains_key(labels::PAUSED_ANNOTATION))
        {
            Some((
                reasons::PAUSED,
                format!("annotation {} is set", labels::PAUSED_ANNOTATION),
            ))
        } else {
            None
        }
    }

    /// What could not be read from the management cluster.
    pub(crate) fn failed_reads(&self) -> impl Iterator<Item = &Failure> {
        let failures = [
            self.releases.as_ref().err(),
            self.clusters.as_ref().err(),
            self.classes.as_ref().err(),
            self.provider_template.failure(),
        ];
        let objects = self.provider_objects.values().filter_map(Fetched::failure);
        failures.into_iter().flatten().chain(objects)
    }

    /// Whether this stack owns the release (by uid).
    pub(crate) fn owns(&self, release: &ClusterStackRelease) -> bool {
        owners(release).any(|uid| uid == self.uid())
    }

    /// The other existing stack that owns the release, if one does and this one does not.
    pub(crate) fn claimant(&self, release: &ClusterStackRelease) -> Option<&str> {
        if self.owns(release) {
            return None;
        }
        let sibling = self.siblings.iter().find(|sibling| {
            let uid = sibling.metadata.uid.as_deref();
            uid.is_some() && owners(release).any(|owner| Some(owner) == uid)
        })?;
        sibling.metadata.name.as_deref()
    }
}

fn owners(release: &ClusterStackRelease) -> impl Iterator<Item = &str> {
    release
        .metadata
        .owner_references
        .iter()
        .flatten()
        .filter(|owner| {
            owner.kind == "ClusterStack" && owner.api_version.starts_with(cso_api::GROUP)
        })
        .map(|owner| owner.uid.as_str())
}

/// Whether Clusters can use the release, as far as anybody has said: by our own word for its present generation, or by
/// that of the operator that was here before, which wrote no generation.
pub(crate) fn is_usable(release: &ClusterStackRelease) -> bool {
    let Some(status) = &release.status else {
        return false;
    };
    let current = status.observed_generation.is_none()
        || status.observed_generation == release.metadata.generation;
    current
        && status.ready
        && release.metadata.deletion_timestamp.is_none()
        && cso_api::conditions::is_true(&status.conditions, cso_api::conditions::types::READY)
}

/// Whether the release is ready because we saw that it is: somebody else's word makes no stack `Ready`.
pub(crate) fn is_ready(release: &ClusterStackRelease) -> bool {
    let ours = |status: &ClusterStackReleaseStatus| status.observed_generation.is_some();
    is_usable(release) && release.status.as_ref().is_some_and(ours)
}
