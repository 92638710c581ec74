//! Rendered documents to manifests: which object each is, in which namespace; lists are expanded.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Kind, Manifest, ObjectId};

/// Whether objects of a kind live in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In a namespace.
    Namespaced,
    /// In none.
    Cluster,
}

/// The scope of every kind the API server serves, as discovery tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds(BTreeMap<Kind, Scope>);

impl Kinds {
    /// The scope of a kind; `None` if it is not served.
    pub fn scope(&self, kind: &Kind) -> Option<Scope> {
        self.0.get(kind).copied()
    }

    /// The same kinds and those that these CRDs will serve once they are applied.
    pub(crate) fn with_crds(&self, documents: &[Value]) -> Self {
        let mut kinds = self.clone();
        for crd in documents
            .iter()
            .filter(|document| kind_of(document).is_some_and(|(kind, _)| kind.is_crd()))
        {
            if let (Some(group), Some(kind)) =
                (text(crd, "/spec/group"), text(crd, "/spec/names/kind"))
            {
                let scope = match text(crd, "/spec/scope") {
                    Some("Cluster") => Scope::Cluster,
                    _ => Scope::Namespaced,
                };
                kinds.0.entry(Kind::new(group, kind)).or_insert(scope);
            }
        }
        kinds
    }
}

impl FromIterator<(Kind, Scope)> for Kinds {
    fn from_iter<I: IntoIterator<Item = (Kind, Scope)>>(kinds: I) -> Self {
        Self(kinds.into_iter().collect())
    }
}

/// Why rendered documents are not a set of objects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not an object with `apiVersion`, `kind` and `metadata.name`.
    #[error(
        "document {position} of the rendered chart has no {field}: every object needs apiVersion, kind and metadata.name"
    )]
    Incomplete {
        /// Counted from 1, lists expanded.
        position: usize,
        /// What is missing.
        field: &'static str,
    },
    /// Two documents are the same object.
    #[error("the rendered chart contains {0} twice: remove one of them")]
    Duplicate(ObjectId),
}

/// Reads documents as objects, in their order. Objects without a namespace get `namespace`, unless their kind is
/// cluster-scoped; a namespace on a cluster-scoped object is dropped, as `kubectl` and Helm do. A kind that is not
/// served (yet) counts as namespaced.
///
/// # Errors
/// When a document is not a complete object, or two are the same.
pub fn parse(
    documents: &[Value],
    namespace: &str,
    kinds: &Kinds,
) -> Result<Vec<Manifest>, ParseError> {
    let documents = expanded(documents);
    let kinds = kinds.with_crds(&documents);
    let mut seen = BTreeSet::new();
    let mut manifests = Vec::with_capacity(documents.len());
    for (index, document) in documents.into_iter().enumerate() {
        let manifest = object(index + 1, document, namespace, &kinds)?;
        if !seen.insert(manifest.id().clone()) {
            return Err(ParseError::Duplicate(manifest.id().clone()));
        }
        manifests.push(manifest);
    }
    Ok(manifests)
}

/// Whether [`parse`] would place these objects where they are if these kinds were served.
pub fn are_placed(manifests: &[Manifest], kinds: &Kinds) -> bool {
    manifests.iter().all(|manifest| {
        let id = manifest.id();
        let is_cluster_scoped = kinds.scope(&id.kind) == Some(Scope::Cluster);
        is_cluster_scoped == id.namespace.is_none()
    })
}

/// Replaces each `…List` that has `items` by its items, at any depth, and drops empty documents.
fn expanded(documents: &[Value]) -> Vec<Value> {
    let mut flat = Vec::new();
    for document in documents {
        match document.get("items").and_then(Value::as_array) {
            Some(items) if text(document, "/kind").is_some_and(|kind| kind.ends_with("List")) => {
                flat.extend(expanded(items));
            }
            _ if document.is_null() => {}
            _ => flat.push(document.clone()),
        }
    }
    flat
}

fn object(
    position: usize,
    mut document: Value,
    namespace: &str,
    kinds: &Kinds,
) -> Result<Manifest, ParseError> {
    let incomplete = |field| ParseError::Incomplete { position, field };
    let (kind, version) = kind_of(&document).ok_or(incomplete("apiVersion or kind"))?;
    let name = text(&document, "/metadata/name")
        .ok_or(incomplete("metadata.name"))?
        .to_owned();
    let own = text(&document, "/metadata/namespace").map(str::to_owned);
    let namespace = match kinds.scope(&kind) {
        Some(Scope::Cluster) => None,
        Some(Scope::Namespaced) | None => Some(own.unwrap_or_else(|| namespace.to_owned())),
    };
    let metadata = document["metadata"]
        .as_object_mut()
        .ok_or(incomplete("metadata"))?;
    match &namespace {
        Some(namespace) => metadata.insert("namespace".to_owned(), Value::from(namespace.as_str())),
        None => metadata.remove("namespace"),
    };
    if let Some(body) = document.as_object_mut() {
        body.remove("status");
    }
    Ok(Manifest::new(
        ObjectId {
            name,
            namespace,
            kind,
        },
        version,
        &document,
    ))
}

fn kind_of(document: &Value) -> Option<(Kind, String)> {
    let api_version = text(document, "/apiVersion")?;
    let kind = text(document, "/kind")?;
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    Some((Kind::new(group, kind), version.to_owned()))
}

fn text<'a>(document: &'a Value, pointer: &str) -> Option<&'a str> {
    document
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kinds() -> Kinds {
        [
            (Kind::new("", "ConfigMap"), Scope::Namespaced),
            (Kind::new("", "Namespace"), Scope::Cluster),
        ]
        .into_iter()
        .collect()
    }

    fn ids(documents: &[Value]) -> Vec<String> {
        parse(documents, "team-a", &kinds())
            .unwrap()
            .iter()
            .map(|manifest| manifest.id().to_string())
            .collect()
    }

    fn map(name: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
    }

    #[test]
    fn u4_each_object_keeps_the_namespace_it_names() {
        let mut elsewhere = map("a");
        elsewhere["metadata"]["namespace"] = json!("cilium-secrets");
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "namespace": "x"}});
        assert_eq!(
            ids(&[elsewhere, map("b"), namespace]),
            [
                "ConfigMap cilium-secrets/a",
                "ConfigMap team-a/b",
                "Namespace n"
            ]
        );
    }

    #[test]
    fn u3_objects_of_one_name_and_different_kinds_are_different_objects() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}});
        assert_eq!(ids(&[map("a"), secret]).len(), 2);
        assert!(matches!(
            parse(&[map("a"), map("a")], "n", &kinds()),
            Err(ParseError::Duplicate(_))
        ));
    }

    #[test]
    fn lists_are_expanded_and_empty_documents_dropped() {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [map("a"), {"kind": "ConfigMapList", "items": [map("b")]}]});
        assert_eq!(
            ids(&[Value::Null, list]),
            ["ConfigMap team-a/a", "ConfigMap team-a/b"]
        );
    }

    #[test]
    fn objects_of_a_crd_of_the_same_release_get_its_scope() {
        let crd = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "w.x"},
            "spec": {"group": "x", "scope": "Cluster", "names": {"kind": "W"}}});
        let object = json!({"apiVersion": "x/v1", "kind": "W", "metadata": {"name": "one"}});
        assert_eq!(ids(&[object, crd])[0], "W one");
    }

    #[test]
    fn objects_are_where_they_belong_until_the_scope_of_a_kind_turns_out_to_be_another() {
        let object = json!({"apiVersion": "x/v1", "kind": "W", "metadata": {"name": "one"}});
        let manifests = parse(&[map("a"), object], "n", &kinds()).unwrap();
        assert!(are_placed(&manifests, &kinds()));
        let served = |scope| {
            let mut kinds = kinds();
            kinds.0.insert(Kind::new("x", "W"), scope);
            kinds
        };
        assert!(are_placed(&manifests, &served(Scope::Namespaced)));
        assert!(!are_placed(&manifests, &served(Scope::Cluster)));
    }

    #[test]
    fn an_incomplete_document_is_named_by_its_position() {
        let error = parse(&[map("a"), json!({"kind": "X"})], "n", &kinds()).unwrap_err();
        assert!(error.to_string().starts_with("document 2"), "{error}");
    }

    #[test]
    fn debug_never_shows_the_body() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"k": "hunter2"}});
        let manifest = parse(&[secret], "n", &kinds()).unwrap().remove(0);
        assert!(!format!("{manifest:?}").contains("hunter2"));
    }
}
