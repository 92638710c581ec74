//! Decides the `ExtensionConfig` by which Cluster API finds our runtime extension.

use serde_json::{Map, Value, json};

use super::{Catalogue, hooks_annotation};

/// Group of `ExtensionConfig`.
pub const RUNTIME_GROUP: &str = "runtime.cluster.x-k8s.io";
/// Its versions, newest first; the fields of the spec are the same. v1alpha1 is served by Cluster API up to 1.15.
pub const RUNTIME_VERSIONS: [&str; 2] = ["v1beta2", "v1alpha1"];
/// Tells Cluster API to copy `ca.crt` of a Secret (`namespace/name`) into the `caBundle`; upstream's chart sets it.
pub const INJECTION_ANNOTATION: &str = "runtime.cluster.x-k8s.io/inject-ca-from-secret";
/// The hooks we announce. A change makes Cluster API discover them anew.
pub const HOOKS_ANNOTATION: &str = "clusterstack.x-k8s.io/hooks";

/// Where Cluster API reaches us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Outside of the management cluster: `https://host:port`, with an optional path.
    Url(String),
    /// A Service, port 443.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

/// Who vouches for our certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// These certificates: base64 of PEM, as `caBundle` holds them.
    Bundle(String),
    /// Somebody else writes the bundle, as the annotation says.
    Injected,
}

/// What is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Name of the `ExtensionConfig`.
    pub name: String,
    /// Served version of its API.
    pub version: String,
    /// Where we are.
    pub endpoint: Endpoint,
    /// Who vouches for us.
    pub authority: Authority,
    /// The only namespace whose Clusters we care for; all if `None`.
    pub namespace: Option<String>,
    /// What the installed Cluster API knows.
    pub catalogue: Catalogue,
}

/// The manifest for a server-side apply. Settings are left to others: we read none.
pub fn registration(wanted: &Registration) -> Value {
    let mut client = Map::new();
    match &wanted.endpoint {
        Endpoint::Url(url) => client.insert("url".to_owned(), json!(url)),
        Endpoint::Service { namespace, name } => client.insert(
            "service".to_owned(),
            json!({"namespace": namespace, "name": name, "port": 443}),
        ),
    };
    if let Authority::Bundle(bundle) = &wanted.authority {
        client.insert("caBundle".to_owned(), json!(bundle));
    }
    let selector = match &wanted.namespace {
        // Every namespace has this label, with its name.
        Some(namespace) => json!({"matchLabels": {"kubernetes.io/metadata.name": namespace}}),
        None => json!({}),
    };
    json!({
        "apiVersion": format!("{RUNTIME_GROUP}/{}", wanted.version),
        "kind": "ExtensionConfig",
        "metadata": {
            "name": wanted.name,
            "annotations": {HOOKS_ANNOTATION: hooks_annotation(wanted.catalogue)},
        },
        "spec": {"clientConfig": client, "namespaceSelector": selector},
    })
}

/// Whether Cluster API copies a bundle from a Secret into this object.
pub fn injects(live: &Value) -> bool {
    let annotations = live
        .pointer("/metadata/annotations")
        .and_then(Value::as_object);
    annotations.is_some_and(|annotations| annotations.contains_key(INJECTION_ANNOTATION))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(endpoint: Endpoint, authority: Authority) -> Value {
        let wanted = Registration {
            name: "cso-hook-server-extensionconfig".to_owned(),
            version: "v1beta2".to_owned(),
            endpoint,
            authority,
            namespace: None,
            catalogue: Catalogue::Whole,
        };
        registration(&wanted)
    }

    #[test]
    fn a_service_is_named_with_its_bundle() {
        let service = Endpoint::Service {
            namespace: "cso-system".to_owned(),
            name: "cso-hook-server-svc".to_owned(),
        };
        let object = wanted(service, Authority::Bundle("UEVN".to_owned()));
        assert_eq!(object["apiVersion"], "runtime.cluster.x-k8s.io/v1beta2");
        assert_eq!(
            object["spec"],
            json!({
                "clientConfig": {
                    "caBundle": "UEVN",
                    "service": {"name": "cso-hook-server-svc", "namespace": "cso-system", "port": 443},
                },
                "namespaceSelector": {},
            })
        );
    }

    #[test]
    fn an_injected_bundle_is_not_ours_to_write() {
        let object = wanted(
            Endpoint::Url("https://127.0.0.1:9442".to_owned()),
            Authority::Injected,
        );
        assert_eq!(
            object["spec"]["clientConfig"],
            json!({"url": "https://127.0.0.1:9442"})
        );
    }

    #[test]
    fn an_operator_of_one_namespace_is_asked_about_that_one_only() {
        let wanted = Registration {
            name: "x".to_owned(),
            version: "v1alpha1".to_owned(),
            endpoint: Endpoint::Url("https://h".to_owned()),
            authority: Authority::Injected,
            namespace: Some("team-a".to_owned()),
            catalogue: Catalogue::Steps,
        };
        let object = registration(&wanted);
        assert_eq!(
            object["spec"]["namespaceSelector"],
            json!({"matchLabels": {"kubernetes.io/metadata.name": "team-a"}})
        );
    }

    #[test]
    fn the_annotation_of_upstream_is_seen() {
        assert!(injects(
            &json!({"metadata": {"annotations": {INJECTION_ANNOTATION: "a/b"}}})
        ));
        assert!(!injects(&json!({"metadata": {}})));
    }
}
