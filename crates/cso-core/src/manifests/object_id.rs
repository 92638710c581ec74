//! What identifies an object: group, kind, namespace and name. The version is a spelling, not identity.

use std::fmt;

use cso_api::Resource;

/// Group and kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// API group, empty for the core group.
    pub group: String,
    /// Kind in CamelCase.
    pub kind: String,
}

impl Kind {
    /// A kind of a group.
    pub fn new(group: &str, kind: &str) -> Self {
        Self {
            group: group.to_owned(),
            kind: kind.to_owned(),
        }
    }

    /// Whether this is `CustomResourceDefinition`.
    pub fn is_crd(&self) -> bool {
        self.kind == "CustomResourceDefinition" && self.group == "apiextensions.k8s.io"
    }
}

/// An object of a cluster. The name comes first in its order: it alone tells most objects from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId {
    /// Name.
    pub name: String,
    /// Namespace; `None` for cluster-scoped objects.
    pub namespace: Option<String>,
    /// Group and kind.
    pub kind: Kind,
}

impl ObjectId {
    /// The object an inventory entry speaks of; `None` if the entry names no kind or no name.
    ///
    /// An entry without a namespace is cluster-scoped: upstream's entries of namespaced objects without a namespace
    /// in the manifest are found by [`Kinds`](super::Kinds), see [`removal`](super::removal).
    pub fn of_resource(resource: &Resource) -> Option<Self> {
        (!resource.kind.is_empty() && !resource.name.is_empty()).then(|| Self {
            kind: Kind::new(&resource.group, &resource.kind),
            namespace: (!resource.namespace.is_empty()).then(|| resource.namespace.clone()),
            name: resource.name.clone(),
        })
    }

    /// The inventory entry of this object, without result.
    pub fn to_resource(&self, version: &str) -> Resource {
        Resource {
            group: self.kind.group.clone(),
            version: version.to_owned(),
            kind: self.kind.kind.clone(),
            namespace: self.namespace.clone().unwrap_or_default(),
            name: self.name.clone(),
            status: None,
            error: String::new(),
        }
    }
}

/// `ClusterClass team-a/docker-scs-1-33-v1`, or without namespace.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind.kind, self.name),
            None => write!(f, "{} {}", self.kind.kind, self.name),
        }
    }
}

/// An object of one of our own kinds.
pub(crate) fn own_id(kind: &str, namespace: &str, name: &str) -> ObjectId {
    ObjectId {
        kind: Kind::new(cso_api::GROUP, kind),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
    }
}
