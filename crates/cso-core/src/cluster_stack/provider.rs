//! The provider object of a release: made from the template the stack names.

use cso_api::{ClusterStack, ClusterStackRelease, labels};
use k8s_openapi::api::core::v1::ObjectReference;
use serde_json::{Value, json};

use crate::fetched::Fetched;
use crate::manifests::{Kind, Manifest, ObjectId};

/// Labels by which deployment tools recognise what they deployed; a copy would make them prune the provider object.
const TOOL_LABELS: [&str; 4] = [
    "app.kubernetes.io/",
    "argocd.argoproj.io/",
    "kustomize.toolkit.fluxcd.io/",
    "helm.toolkit.fluxcd.io/",
];

/// The reference a release of this stack has to its provider object: the template's kind without `Template`, the
/// release's name. `None` without providers, or if the template's kind has another ending.
pub(crate) fn reference(stack: &ClusterStack, release: &str) -> Option<ObjectReference> {
    if stack.spec.no_provider {
        return None;
    }
    let template = stack.spec.provider_ref.as_ref()?;
    Some(ObjectReference {
        api_version: template.api_version.clone(),
        kind: Some(
            template
                .kind
                .as_deref()?
                .strip_suffix("Template")?
                .to_owned(),
        ),
        name: Some(release.to_owned()),
        namespace: stack.metadata.namespace.clone(),
        ..ObjectReference::default()
    })
}

/// The provider object of an existing release: `spec.template` of the template with the stack's labels, owned by the
/// release. Annotations of the stack are not copied.
pub(crate) fn object(
    stack: &ClusterStack,
    release: &ClusterStackRelease,
    template: &Value,
) -> Option<Manifest> {
    let name = release.metadata.name.as_deref()?;
    let reference = reference(stack, name)?;
    let namespace = stack.metadata.namespace.clone()?;
    let api_version = reference.api_version?;
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    let kind = reference.kind?;
    let mut body = template
        .pointer("/spec/template")
        .filter(|inner| inner.is_object())?
        .clone();
    body["apiVersion"] = json!(api_version);
    body["kind"] = json!(kind);
    let from_template = body
        .pointer("/metadata/labels")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let mut all: serde_json::Map<String, Value> = stack
        .metadata
        .labels
        .iter()
        .flatten()
        .filter(|(key, _)| !TOOL_LABELS.iter().any(|tool| key.starts_with(tool)))
        .map(|(key, label)| (key.clone(), json!(label)))
        .collect();
    all.extend(from_template);
    let mut metadata = json!({
        "name": name, "namespace": namespace,
        "ownerReferences": [{
            "apiVersion": cso_api::API_VERSION, "kind": "ClusterStackRelease", "name": name,
            "uid": release.metadata.uid, "controller": true, "blockOwnerDeletion": true,
        }],
    });
    if !all.is_empty() {
        metadata["labels"] = Value::Object(all);
    }
    if let Some(Value::Object(annotations)) = body.pointer("/metadata/annotations") {
        let mut annotations = annotations.clone();
        annotations.remove(labels::LAST_APPLIED_ANNOTATION);
        metadata["annotations"] = Value::Object(annotations);
    }
    body["metadata"] = metadata;
    let id = ObjectId {
        kind: Kind::new(group, &kind),
        namespace: Some(namespace),
        name: name.to_owned(),
    };
    Some(Manifest::new(id, version.to_owned(), &body))
}

/// Whether the provider object has to be written: it is missing, or lacks something of the manifest. Fields that the
/// manifest does not name, such as defaults, are not compared. Unknown counts as no.
pub(crate) fn needs_write(manifest: &Manifest, live: Option<&Fetched<Value>>) -> bool {
    match live {
        Some(Fetched::Missing) => true,
        Some(Fetched::Found(live)) => !contains(live, &manifest.body()),
        Some(Fetched::Failed(_)) | None => false,
    }
}

fn contains(live: &Value, wanted: &Value) -> bool {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| live.get(key).is_some_and(|live| contains(live, wanted))),
        (Value::Array(live), Value::Array(wanted)) => {
            live.len() == wanted.len()
                && live
                    .iter()
                    .zip(wanted)
                    .all(|(live, wanted)| contains(live, wanted))
        }
        (live, wanted) => live == wanted,
    }
}

/// A provider object as messages name it: kind and name.
pub(crate) fn provider_name(reference: Option<&ObjectReference>) -> String {
    reference.map_or_else(String::new, |reference| {
        let kind = reference.kind.as_deref().unwrap_or_default();
        let name = reference.name.as_deref().unwrap_or_default();
        format!("{kind} {name}")
    })
}
