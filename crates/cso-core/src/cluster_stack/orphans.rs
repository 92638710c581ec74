//! Classes an earlier operator left when it deleted a release: which of them a stack speaks for.

use cso_api::conditions::{reasons, types};

use super::{Observed, select};
use crate::conditions::{Conditions, Verdict};
use crate::effect::{Effect, Event, Target};
use crate::manifests::{
    LiveObject, ObjectId, consents, is_left_behind, orphans_event, orphans_message,
};

/// A ClusterClass that carries our label.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkedClass {
    /// Its name.
    pub id: ObjectId,
    /// API version to address it in.
    pub version: String,
    /// Its metadata.
    pub live: LiveObject,
}

/// Classes of the stack that belong to no release and that no Cluster uses. None as long as that is not known.
fn orphans(observed: &Observed) -> Vec<&MarkedClass> {
    let (Ok(selection), Ok(releases), Ok(uses), Ok(classes)) = (
        select(&observed.stack.spec),
        &observed.releases,
        &observed.clusters,
        &observed.classes,
    ) else {
        return Vec::new();
    };
    let retention = super::retention(observed, &selection);
    let spec = &observed.stack.spec;
    let is_orphan = |class: &&MarkedClass| {
        let Ok(tag) = class.id.name.parse::<cluster_stack::ReleaseTag>() else {
            return false;
        };
        let is_of_stack = tag.provider == spec.provider
            && tag.name == spec.name
            && tag.kubernetes.to_string() == spec.kubernetes_version;
        let is_used = uses.iter().any(|one| {
            one.class.name == class.id.name
                && Some(&one.class.namespace) == class.id.namespace.as_ref()
        });
        is_of_stack
            && is_left_behind(&class.live)
            && !is_used
            && !retention.wanted.contains(&tag)
            && super::plan::find(releases, &tag).is_none()
    };
    classes.iter().filter(is_orphan).collect()
}

/// Deletes them if the owner consents; their templates are theirs and go with them.
pub(super) fn removals(observed: &Observed) -> Vec<Effect> {
    if !consents(observed.stack.metadata.annotations.as_ref()) {
        return Vec::new();
    }
    let delete = |class: &MarkedClass| {
        Effect::DeleteObject(Target {
            id: class.id.clone(),
            version: class.version.clone(),
            uid: class.live.uid.clone(),
        })
    };
    orphans(observed).into_iter().map(delete).collect()
}

/// Tells of them; an event only when they were not told of before.
pub(super) fn tell(observed: &Observed, conditions: &mut Conditions) -> Option<Event> {
    if observed.classes.is_err() {
        return None;
    }
    let ids: Vec<ObjectId> = orphans(observed).iter().map(|one| one.id.clone()).collect();
    if ids.is_empty() {
        conditions.remove(types::ORPHANED);
        return None;
    }
    let message = orphans_message(&ids);
    let is_new = conditions.get(types::ORPHANED).is_none();
    conditions.set(
        types::ORPHANED,
        Verdict::True,
        reasons::NO_RELEASE,
        message.clone(),
    );
    is_new.then(|| orphans_event(message))
}
