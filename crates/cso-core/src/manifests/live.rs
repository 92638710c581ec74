//! What we know of an object in the cluster, and how we see that it still is what we applied.

use cluster_stack::Digest;
use cso_api::labels;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};
use serde::Deserialize as _;
use serde_json::Value;

use super::Manifest;
use super::adopt::adopted_fields;

/// What of the metadata of an object in the cluster counts for us. There is one for each object of each cluster: what
/// can be decided when it is read is not kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveObject {
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.resourceVersion`.
    pub resource_version: String,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Digest of the fields our applies own, whatever the time of the entry; `None` if we own none.
    ///
    /// When somebody else changes or takes a field of ours, the API server removes it from our entry: the digest changes.
    pub own_fields: Option<Digest>,
    /// `metadata.managedFields` as they are after the fields that upstream applied are taken over; `None` if there are none.
    pub adopted_fields: Option<Vec<ManagedFieldsEntry>>,
    /// Those of its labels that are [`KNOWN_LABELS`].
    labels: Vec<(&'static str, Box<str>)>,
}

/// The labels that say something to us.
const KNOWN_LABELS: [&str; 4] = [
    labels::OWNED_LABEL,
    labels::RELEASE_LABEL,
    labels::RELEASE_NAMESPACE_LABEL,
    labels::HOOK_LABEL,
];

impl LiveObject {
    /// Reads an object, or a `PartialObjectMetadata`. Malformed metadata reads as none.
    pub fn of(object: &Value) -> Self {
        let metadata = object.get("metadata").map(ObjectMeta::deserialize);
        metadata.map_or_else(Self::default, |read| Self::with(&read.unwrap_or_default()))
    }

    /// Reads the metadata of an object.
    pub fn with(metadata: &ObjectMeta) -> Self {
        let entries = metadata.managed_fields.as_deref().unwrap_or_default();
        let labels = metadata.labels.iter().flatten();
        Self {
            uid: metadata.uid.clone().unwrap_or_default(),
            resource_version: metadata.resource_version.clone().unwrap_or_default(),
            deleting: metadata.deletion_timestamp.is_some(),
            own_fields: own_fields(entries),
            adopted_fields: adopted_fields(entries),
            labels: labels
                .filter_map(|(key, label)| {
                    let known = KNOWN_LABELS.into_iter().find(|known| known == key)?;
                    Some((known, label.as_str().into()))
                })
                .collect(),
        }
    }

    /// Whether the object carries upstream's mark of an object that a release brought.
    pub fn is_marked(&self) -> bool {
        self.label(labels::OWNED_LABEL) == Some(labels::OWNED)
    }

    /// One of the labels that a release puts on its objects.
    pub fn label(&self, key: &str) -> Option<&str> {
        let mut labels = self.labels.iter();
        let (_, label) = labels.find(|(known, _)| *known == key)?;
        Some(label)
    }
}

fn own_fields(entries: &[ManagedFieldsEntry]) -> Option<Digest> {
    let entry = entries
        .iter()
        .find(|entry| is_apply_of(entry, labels::FIELD_MANAGER))?;
    let identity = serde_json::to_vec(&(&entry.api_version, &entry.fields_v1))
        .expect("JSON values can always be written");
    Some(Digest::of(&identity))
}

/// Whether an entry of managedFields is the one of a manager's server-side applies to the object itself.
pub(crate) fn is_apply_of(entry: &ManagedFieldsEntry, manager: &str) -> bool {
    entry.manager.as_deref() == Some(manager)
        && entry.operation.as_deref() == Some("Apply")
        && entry.subresource.as_deref().is_none_or(str::is_empty)
}

/// Proof of a successful apply. While object and manifest match it, applying again would change nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Digest of what was applied.
    pub manifest: Digest,
    /// Uid of the object it was applied to.
    pub uid: String,
    /// [`LiveObject::own_fields`] after the apply.
    pub own_fields: Option<Digest>,
}

impl Applied {
    /// The record of applying `manifest`, after which the object was like this.
    pub fn of(manifest: &Manifest, live: &LiveObject) -> Self {
        Self {
            manifest: manifest.digest().clone(),
            uid: live.uid.clone(),
            own_fields: live.own_fields.clone(),
        }
    }

    /// Whether the object is still what was applied, and that is what the manifest says.
    pub fn holds(&self, manifest: &Manifest, live: &LiveObject) -> bool {
        self.manifest == *manifest.digest()
            && self.uid == live.uid
            && self.own_fields.is_some()
            && self.own_fields == live.own_fields
    }
}
