//! What may be removed: an object that our inventory and our label both claim, and that is no CRD.

use cso_api::{Resource, labels};

use super::{Kinds, LiveObject, ObjectId, Owner, Scope};
use crate::effect::Target;
use crate::failure::{Cause, Failure};
use crate::fetched::Fetched;

/// What becomes of an inventory entry whose object is to go.
#[derive(Clone, Debug, PartialEq)]
pub enum Removal {
    /// The object is to be deleted.
    Delete(Target),
    /// It is being deleted already; its finalizers are somebody else's.
    Waiting,
    /// It is gone, was never ours, or stays on purpose (CRDs): forget the entry.
    Forget,
    /// The look-up failed: keep the entry.
    Unknown(Failure),
}

/// The object of an inventory entry. Upstream's entries lack the namespace where the manifest had none: it lies in
/// the namespace of the release.
pub(crate) fn inventoried(resource: &Resource, owner: &Owner, kinds: &Kinds) -> Option<ObjectId> {
    let mut id = ObjectId::of_resource(resource)?;
    if id.namespace.is_none() && kinds.scope(&id.kind) == Some(Scope::Namespaced) {
        id.namespace = Some(owner.namespace.clone());
    }
    Some(id)
}

/// Decides about one inventory entry whose object is not wanted any more.
pub fn removal(id: &ObjectId, version: &str, live: &Fetched<LiveObject>, owner: &Owner) -> Removal {
    match live {
        Fetched::Missing => Removal::Forget,
        // A kind that is not served has no objects.
        Fetched::Failed(failure) if failure.cause == Cause::KindUnknown => Removal::Forget,
        Fetched::Failed(failure) => Removal::Unknown(failure.clone()),
        Fetched::Found(live) if id.kind.is_crd() || !owner.owns(live) => Removal::Forget,
        Fetched::Found(live) if live.deleting => Removal::Waiting,
        Fetched::Found(live) => Removal::Delete(Target {
            id: id.clone(),
            version: version.to_owned(),
            uid: live.uid.clone(),
        }),
    }
}

impl Owner {
    /// Whether an existing object may be changed or removed for this release: it carries our mark and names no other
    /// release. Objects that upstream applied name none.
    pub fn owns(&self, live: &LiveObject) -> bool {
        live.is_marked()
            && live
                .label(labels::RELEASE_LABEL)
                .is_none_or(|release| release == self.release)
            && live
                .label(labels::RELEASE_NAMESPACE_LABEL)
                .is_none_or(|namespace| namespace == self.namespace)
    }
}
