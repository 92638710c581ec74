//! What we know of an object in the cluster, and how we see that it still is what we applied.

use cluster_stack::Digest;
use cso_api::labels;
use serde_json::Value;
use std::collections::BTreeMap;

use super::Manifest;

/// The metadata of an object in the cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveObject {
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.resourceVersion`.
    pub resource_version: String,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// `metadata.managedFields`.
    pub managed_fields: Vec<Value>,
}

impl LiveObject {
    /// Reads the metadata of an object, or of a `PartialObjectMetadata`. Malformed parts read as absent.
    pub fn of(object: &Value) -> Self {
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let labels = object
            .pointer("/metadata/labels")
            .and_then(Value::as_object);
        Self {
            uid: text("/metadata/uid"),
            resource_version: text("/metadata/resourceVersion"),
            labels: labels
                .into_iter()
                .flatten()
                .filter_map(|(key, label)| Some((key.clone(), label.as_str()?.to_owned())))
                .collect(),
            deleting: object
                .pointer("/metadata/deletionTimestamp")
                .is_some_and(Value::is_string),
            managed_fields: object
                .pointer("/metadata/managedFields")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// Digest of the fields our applies own, whatever the time of the entry; `None` if we own none.
    ///
    /// When somebody else changes or takes a field of ours, the API server removes it from our entry: the digest changes.
    pub fn own_fields(&self) -> Option<Digest> {
        let entry = self
            .managed_fields
            .iter()
            .find(|entry| is_apply_of(entry, labels::FIELD_MANAGER))?;
        let identity = serde_json::json!([entry.get("apiVersion"), entry.get("fieldsV1")]);
        Some(Digest::of(identity.to_string().as_bytes()))
    }

    /// Whether the object carries upstream's mark of an object that a release brought.
    pub fn is_marked(&self) -> bool {
        self.label(labels::OWNED_LABEL) == Some(labels::OWNED)
    }

    /// A label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(String::as_str)
    }
}

/// Whether an entry of managedFields is the one of a manager's server-side applies to the object itself.
pub(crate) fn is_apply_of(entry: &Value, manager: &str) -> bool {
    entry.get("manager").and_then(Value::as_str) == Some(manager)
        && entry.get("operation").and_then(Value::as_str) == Some("Apply")
        && entry
            .get("subresource")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
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
    /// The record of applying `manifest` with this answer of the API server.
    pub fn of(manifest: &Manifest, answer: &Value) -> Self {
        let live = LiveObject::of(answer);
        Self {
            manifest: manifest.digest().clone(),
            own_fields: live.own_fields(),
            uid: live.uid,
        }
    }

    /// Whether the object is still what was applied, and that is what the manifest says.
    pub fn holds(&self, manifest: &Manifest, live: &LiveObject) -> bool {
        self.manifest == *manifest.digest()
            && self.uid == live.uid
            && self.own_fields.is_some()
            && self.own_fields == live.own_fields()
    }
}
