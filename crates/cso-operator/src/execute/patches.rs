//! Decides the JSON patches: each is guarded by the state it was computed from.

use cso_core::effect::Finalizer;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use serde_json::{Value, json};

/// Replaces the finalizers of exactly the object that was seen.
pub(super) fn finalizers(finalizer: &Finalizer) -> Value {
    json!([
        {"op": "test", "path": "/metadata/uid", "value": finalizer.target.uid},
        {"op": "test", "path": "/metadata/resourceVersion", "value": finalizer.resource_version},
        {"op": "add", "path": "/metadata/finalizers", "value": finalizer.finalizers},
    ])
}

/// Replaces the managedFields of exactly the object that was seen.
pub(super) fn managed_fields(
    uid: &str,
    resource_version: &str,
    entries: &[ManagedFieldsEntry],
) -> Value {
    json!([
        {"op": "test", "path": "/metadata/uid", "value": uid},
        {"op": "test", "path": "/metadata/resourceVersion", "value": resource_version},
        {"op": "replace", "path": "/metadata/managedFields", "value": entries},
    ])
}
