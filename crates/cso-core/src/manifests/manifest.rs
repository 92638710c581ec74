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
        let metadata = body.as_object_mut().map(|body| {
            body.entry("metadata")
                .or_insert_with(|| Value::Object(serde_json::Map::default()))
        });
        if let Some(Value::Object(metadata)) = metadata {
            let slot = metadata.entry("labels").or_insert(Value::Null);
            if !slot.is_object() {
                *slot = Value::Object(serde_json::Map::default());
            }
            for (key, label) in labels {
                slot[key] = Value::from(label);
            }
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
