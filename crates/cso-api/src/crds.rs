//! The list of our CRDs, normalised to what the API server and upstream's manifests have.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_json::{Map, Value};

use crate::{ClusterAddon, ClusterStack, ClusterStackRelease};

/// Every CRD of this API, ready to be written or applied.
pub fn crds() -> Vec<CustomResourceDefinition> {
    [
        ClusterAddon::crd(),
        ClusterStack::crd(),
        ClusterStackRelease::crd(),
    ]
    .into_iter()
    .map(|crd| normalised(&crd))
    .collect()
}

/// Labels by which `clusterctl` and Cluster API find the providers of a management cluster; the version is our own.
const LABELS: [(&str, &str); 2] = [
    ("cluster.x-k8s.io/provider", "cluster-stack-operator"),
    ("cluster.x-k8s.io/v1beta1", "v1alpha1"),
];

fn normalised(crd: &CustomResourceDefinition) -> CustomResourceDefinition {
    let mut value = serde_json::to_value(crd).expect("a CRD is plain data");
    if let Some(versions) = value
        .pointer_mut("/spec/versions")
        .and_then(Value::as_array_mut)
    {
        for version in versions {
            if let Some(schema) = version.pointer_mut("/schema/openAPIV3Schema") {
                normalise_schema(schema);
            }
        }
    }
    let mut crd: CustomResourceDefinition =
        serde_json::from_value(value).expect("normalising keeps the shape of a CRD");
    crd.metadata
        .labels
        .get_or_insert_default()
        .extend(LABELS.map(|(key, label)| (key.to_owned(), label.to_owned())));
    crd
}

/// Removes what schemars says and Kubernetes does not know or upstream does not have: formats and bounds of unsigned
/// integers, `null` among the values of an enum, `nullable` (the API server drops nulls of fields that are not nullable).
fn normalise_schema(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            normalise_fields(fields);
            fields.values_mut().for_each(normalise_schema);
        }
        Value::Array(items) => items.iter_mut().for_each(normalise_schema),
        _ => {}
    }
}

fn normalise_fields(fields: &mut Map<String, Value>) {
    // A property may be called `format` or `nullable`: then its value is a schema, an object.
    if fields
        .get("format")
        .and_then(Value::as_str)
        .is_some_and(|format| format.starts_with("uint"))
    {
        fields.remove("format");
        if fields.get("minimum").and_then(Value::as_f64) == Some(0.0) {
            fields.remove("minimum");
        }
    }
    if fields.get("nullable").is_some_and(Value::is_boolean) {
        fields.remove("nullable");
    }
    if let Some(Value::Array(values)) = fields.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
}

#[cfg(test)]
mod tests;
