//! Decides what is known of the objects of releases without asking, and when a change of one is drift: it is gone,
//! another, or our part of its managedFields changed, and we did not do it.

use std::collections::{BTreeMap, BTreeSet};

use cso_api::labels;
use cso_core::manifests::{Kind, LiveObject, ObjectId};
use kube::core::ObjectMeta;

use super::ReleaseKey;

/// The objects of releases, as last told by the API server.
#[derive(Default)]
pub(super) struct Known {
    objects: BTreeMap<ObjectId, LiveObject>,
    /// Uids of objects that we delete: that they go is no drift.
    leaving: BTreeSet<String>,
}

/// A change that makes a pass due.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// The release that brought the object, if its labels name one.
    pub(super) release: Option<ReleaseKey>,
    /// Whether others did it.
    pub(super) drift: bool,
}

impl Known {
    /// An object, if there is one.
    pub(super) fn of(&self, id: &ObjectId) -> Option<LiveObject> {
        self.objects.get(id).cloned()
    }

    /// The objects of a kind and namespace.
    pub(super) fn in_namespace(
        &self,
        kind: &Kind,
        namespace: &str,
    ) -> impl Iterator<Item = (&ObjectId, &LiveObject)> {
        self.objects
            .iter()
            .filter(move |(id, _)| id.kind == *kind && id.namespace.as_deref() == Some(namespace))
    }

    /// Takes in what a write of ours made of an object.
    pub(super) fn wrote(&mut self, id: &ObjectId, live: LiveObject) {
        self.objects.insert(id.clone(), live);
    }

    /// Notes that we delete the object with that uid.
    pub(super) fn deletes(&mut self, id: &ObjectId, uid: &str) {
        if self.objects.get(id).is_some_and(|live| live.uid == uid) {
            self.leaving.insert(uid.to_owned());
        }
    }

    /// Takes in a watch's list of all objects of a kind.
    pub(super) fn replace(
        &mut self,
        kind: &Kind,
        listed: BTreeMap<ObjectId, LiveObject>,
    ) -> Vec<Change> {
        let lost: Vec<(ObjectId, String)> = self
            .objects
            .iter()
            .filter(|(id, _)| id.kind == *kind && !listed.contains_key(*id))
            .map(|(id, live)| (id.clone(), live.uid.clone()))
            .collect();
        let mut changes: Vec<Change> = lost
            .iter()
            .filter_map(|(id, uid)| self.gone(id, uid))
            .collect();
        changes.extend(
            listed
                .into_iter()
                .filter_map(|(id, live)| self.changed(id, live)),
        );
        changes
    }

    /// Whether exactly this state of an object is known, as after most of our own writes: its uid and resource version
    /// tell it from every other.
    pub(super) fn is_known(&self, id: &ObjectId, metadata: &ObjectMeta) -> bool {
        self.objects.get(id).is_some_and(|known| {
            metadata.uid.as_ref() == Some(&known.uid)
                && metadata.resource_version.as_ref() == Some(&known.resource_version)
        })
    }

    /// Takes in that an object appeared or changed.
    pub(super) fn changed(&mut self, id: ObjectId, live: LiveObject) -> Option<Change> {
        let Some(before) = self.objects.get_mut(&id) else {
            self.objects.insert(id, live);
            return None;
        };
        if is_older(&live, before) {
            return None;
        }
        let before = std::mem::replace(before, live);
        let live = &self.objects[&id];
        if before.uid == live.uid
            && before.deleting == live.deleting
            && before.own_fields == live.own_fields
        {
            return None;
        }
        let another = before.uid != live.uid;
        Some(self.change(&before, another))
    }

    /// Takes in that the object with that uid is gone.
    pub(super) fn gone(&mut self, id: &ObjectId, uid: &str) -> Option<Change> {
        if self.objects.get(id)?.uid != uid {
            return None;
        }
        let last = self.objects.remove(id)?;
        Some(self.change(&last, true))
    }

    fn change(&mut self, before: &LiveObject, is_gone: bool) -> Change {
        let ours = if is_gone {
            self.leaving.remove(&before.uid)
        } else {
            self.leaving.contains(&before.uid)
        };
        let release = before.label(labels::RELEASE_LABEL).map(str::to_owned);
        let namespace = before
            .label(labels::RELEASE_NAMESPACE_LABEL)
            .map(str::to_owned);
        Change {
            release: namespace.zip(release),
            drift: !ours,
        }
    }
}

/// Whether an event tells of a state before the one we know: resource versions of one resource are ordered numbers.
fn is_older(event: &LiveObject, known: &LiveObject) -> bool {
    let number = |live: &LiveObject| live.resource_version.parse::<u64>().ok();
    event.uid == known.uid
        && number(event)
            .zip(number(known))
            .is_some_and(|(event, known)| event < known)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id() -> ObjectId {
        ObjectId {
            kind: Kind::new("", "ConfigMap"),
            namespace: Some("team-a".to_owned()),
            name: "a".to_owned(),
        }
    }

    fn live(uid: &str, version: &str, fields: &str) -> LiveObject {
        LiveObject::of(&json!({"metadata": {
            "uid": uid, "resourceVersion": version,
            "labels": {labels::RELEASE_LABEL: "docker-demo-1-36-v1", labels::RELEASE_NAMESPACE_LABEL: "team-a"},
            "managedFields": [{"manager": labels::FIELD_MANAGER, "operation": "Apply", "fieldsV1": {fields: {}}}],
        }}))
    }

    fn change(drift: bool) -> Option<Change> {
        let release = Some(("team-a".to_owned(), "docker-demo-1-36-v1".to_owned()));
        Some(Change { release, drift })
    }

    #[test]
    fn an_object_is_there_from_when_it_is_heard_of_until_it_is_gone() {
        let mut known = Known::default();
        assert_eq!(known.of(&id()), None);
        known.changed(id(), live("1", "5", "a"));
        assert_eq!(known.of(&id()), Some(live("1", "5", "a")));
        known.gone(&id(), "1");
        assert_eq!(known.of(&id()), None);
    }

    #[test]
    fn a_change_of_our_fields_and_a_deletion_are_drift_and_other_changes_are_no_news() {
        let mut known = Known::default();
        known.wrote(&id(), live("1", "5", "a"));
        assert_eq!(known.changed(id(), live("1", "5", "a")), None);
        assert_eq!(known.changed(id(), live("1", "6", "a")), None);
        assert_eq!(known.changed(id(), live("1", "7", "b")), change(true));
        assert_eq!(known.changed(id(), live("1", "6", "a")), None, "it is old");
        assert_eq!(known.changed(id(), live("2", "8", "b")), change(true));
        assert_eq!(known.gone(&id(), "1"), None, "that one went before");
        assert_eq!(known.gone(&id(), "2"), change(true));
    }

    #[test]
    fn a_state_is_known_by_uid_and_resource_version() {
        let mut known = Known::default();
        known.wrote(&id(), live("u", "7", "f:a"));
        let told = |uid: &str, version: &str| ObjectMeta {
            uid: Some(uid.to_owned()),
            resource_version: Some(version.to_owned()),
            ..ObjectMeta::default()
        };
        assert!(known.is_known(&id(), &told("u", "7")));
        assert!(!known.is_known(&id(), &told("u", "8")));
        assert!(!known.is_known(&id(), &told("other", "7")));
        assert!(!known.is_known(&id(), &ObjectMeta::default()));
    }

    #[test]
    fn what_we_delete_ourselves_is_no_drift() {
        let mut known = Known::default();
        known.wrote(&id(), live("1", "5", "a"));
        known.deletes(&id(), "1");
        let mut leaving = live("1", "6", "a");
        leaving.deleting = true;
        assert_eq!(known.changed(id(), leaving), change(false));
        assert_eq!(known.gone(&id(), "1"), change(false));
        // Another one of that name is missed again.
        known.wrote(&id(), live("2", "7", "a"));
        assert_eq!(known.gone(&id(), "2"), change(true));
        assert!(known.leaving.is_empty());
    }

    #[test]
    fn a_new_list_tells_of_what_went_while_nobody_watched() {
        let mut known = Known::default();
        known.wrote(&id(), live("1", "5", "a"));
        let kind = id().kind;
        assert_eq!(
            known.replace(&kind, BTreeMap::from([(id(), live("1", "5", "a"))])),
            []
        );
        let changes = known.replace(&kind, BTreeMap::new());
        assert_eq!(changes.into_iter().next(), change(true));
    }
}
