//! An object as it is to be applied: kept as the text that is sent, which takes a fraction of the memory of its values.

use std::fmt;
use std::sync::Arc;

use cluster_stack::Digest;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::ObjectId;

/// An object as it is to be applied. `Debug` shows identity and digest, never the body: it may be a Secret.
///
/// Clones share the content.
#[derive(Clone)]
pub struct Manifest(Arc<Content>);

struct Content {
    id: ObjectId,
    version: String,
    text: Box<RawValue>,
    digest: Digest,
}

impl Manifest {
    /// Puts a manifest together; `body` is the complete object with the namespace of `id` in it.
    pub(crate) fn new(id: ObjectId, version: String, body: &Value) -> Self {
        let text = to_raw_value(body).expect("JSON values can always be written");
        let digest = Digest::of(text.get().as_bytes());
        Self(Arc::new(Content {
            id,
            version,
            text,
            digest,
        }))
    }

    /// Which object this is.
    pub fn id(&self) -> &ObjectId {
        &self.0.id
    }

    /// API version without group, for example `v1beta2`.
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// `apiVersion` as it stands in the manifest.
    pub fn api_version(&self) -> String {
        let Content { id, version, .. } = &*self.0;
        if id.kind.group.is_empty() {
            version.clone()
        } else {
            format!("{}/{version}", id.kind.group)
        }
    }

    /// The complete object as JSON text.
    pub fn text(&self) -> &RawValue {
        &self.0.text
    }

    /// The complete object. It is read from its text: look at it once.
    #[allow(
        clippy::missing_panics_doc,
        reason = "what was written from a JSON value can be read as one"
    )]
    pub fn body(&self) -> Value {
        serde_json::from_str(self.0.text.get()).expect("it was written from a JSON value")
    }

    /// Digest of the text.
    pub fn digest(&self) -> &Digest {
        &self.0.digest
    }

    /// The same object with these labels added.
    pub(crate) fn labelled<'a>(self, labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut body = self.body();
        label(&mut body, labels);
        Self::new(self.id().clone(), self.version().to_owned(), &body)
    }

    /// The same object with this label on the template of its Pods, if it is of a kind that upstream labelled there.
    /// Without it every Pod of an add-on would be replaced when the add-on is taken over.
    pub(crate) fn pods_labelled(self, key: &str, value: &str) -> Self {
        let kind = &self.id().kind;
        if !OF_PODS.contains(&(kind.group.as_str(), kind.kind.as_str())) {
            return self;
        }
        let mut body = self.body();
        if let Some(template) = body.pointer_mut("/spec/template") {
            label(template, [(key, value)]);
        }
        Self::new(self.id().clone(), self.version().to_owned(), &body)
    }
}

/// Equal content; the digest stands for the text.
impl PartialEq for Manifest {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
            && self.version() == other.version()
            && self.digest() == other.digest()
    }
}

/// Kinds whose Pods upstream labelled, too: these and no others.
const OF_PODS: [(&str, &str); 5] = [
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "Job"),
];

fn label<'a>(object: &mut Value, labels: impl IntoIterator<Item = (&'a str, &'a str)>) {
    let metadata = object.as_object_mut().map(|object| {
        object
            .entry("metadata")
            .or_insert_with(|| Value::Object(serde_json::Map::default()))
    });
    let Some(Value::Object(metadata)) = metadata else {
        return;
    };
    let slot = metadata.entry("labels").or_insert(Value::Null);
    if !slot.is_object() {
        *slot = Value::Object(serde_json::Map::default());
    }
    for (key, value) in labels {
        slot[key] = Value::from(value);
    }
}

impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Manifest({} {} {})",
            self.id(),
            self.version(),
            self.digest()
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Kind;
    use super::*;

    fn labels_of_pods(group: &str, kind: &str, spec: &Value) -> Value {
        let id = ObjectId {
            kind: Kind::new(group, kind),
            namespace: None,
            name: "x".to_owned(),
        };
        let manifest = Manifest::new(id, "v1".to_owned(), &json!({"kind": kind, "spec": spec}));
        let labelled = manifest.pods_labelled("a", "b");
        labelled.body()["spec"]["template"]["metadata"]["labels"].clone()
    }

    #[test]
    fn the_pods_of_a_workload_keep_the_label_upstream_gave_them() {
        let spec = json!({"template": {"metadata": {"labels": {"app": "x"}}}});
        for (group, kind) in OF_PODS {
            let labels = labels_of_pods(group, kind, &spec);
            assert_eq!(labels, json!({"app": "x", "a": "b"}));
        }
        assert_eq!(
            labels_of_pods("apps", "Deployment", &json!({"template": {}})),
            json!({"a": "b"})
        );
        assert_eq!(
            labels_of_pods("example.com", "Deployment", &spec),
            json!({"app": "x"})
        );
        assert_eq!(
            labels_of_pods("apps", "Deployment", &json!({})),
            Value::Null
        );
    }
}
