//! An object as it is to be applied.

use std::fmt;

use cluster_stack::Digest;
use serde_json::Value;

use super::ObjectId;

/// An object as it is to be applied. `Debug` shows identity and digest, never the body: it may be a Secret.
#[derive(Clone, PartialEq)]
pub struct Manifest {
    id: ObjectId,
    version: String,
    body: Value,
    digest: Digest,
}

impl Manifest {
    /// Puts a manifest together; `body` is the complete object with the namespace of `id` in it.
    pub(crate) fn new(id: ObjectId, version: String, body: Value) -> Self {
        let digest = Digest::of(body.to_string().as_bytes());
        Self {
            id,
            version,
            body,
            digest,
        }
    }

    /// Which object this is.
    pub fn id(&self) -> &ObjectId {
        &self.id
    }

    /// API version without group, for example `v1beta2`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// `apiVersion` as it stands in the manifest.
    pub fn api_version(&self) -> String {
        if self.id.kind.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.id.kind.group, self.version)
        }
    }

    /// The complete object.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// Digest of the body.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The same object with these labels added.
    pub(crate) fn labelled<'a>(
        mut self,
        labels: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let metadata = self.body.as_object_mut().map(|body| {
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
        Self::new(self.id, self.version, self.body)
    }
}

impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Manifest({} {} {})", self.id, self.version, self.digest)
    }
}
