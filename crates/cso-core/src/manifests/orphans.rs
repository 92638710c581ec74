//! Objects an earlier operator applied that belong to no release: which they are, what a person is told, and when they
//! may go. Without the owner's consent they stay.

use std::collections::BTreeMap;

use cso_api::conditions::reasons;
use cso_api::labels;

use super::{LiveObject, ObjectId};
use crate::effect::{Event, Severity};

/// How many objects a message names.
const NAMED: usize = 10;

/// Whether an object was applied by upstream and nobody took it up since. What controllers copied the label to is not.
pub fn is_left_behind(live: &LiveObject) -> bool {
    live.is_marked()
        && !live.deleting
        && live.label(labels::RELEASE_LABEL).is_none()
        && live.adopted_fields.is_some()
}

/// Whether the owner consents to the deletion of what belongs to no release.
pub(crate) fn consents(annotations: Option<&BTreeMap<String, String>>) -> bool {
    let consent = annotations.and_then(|all| all.get(labels::DELETE_ORPHANS_ANNOTATION));
    consent.is_some_and(|consent| consent == "true")
}

/// What a person is told about objects that belong to no release.
pub(crate) fn orphans_message(orphans: &[ObjectId]) -> String {
    let mut names: Vec<String> = orphans
        .iter()
        .take(NAMED)
        .map(ToString::to_string)
        .collect();
    if orphans.len() > NAMED {
        names.push(format!("{} more", orphans.len() - NAMED));
    }
    format!(
        "an earlier operator left objects that belong to no release: {}; annotate with {}=true to have them deleted",
        names.join(", "),
        labels::DELETE_ORPHANS_ANNOTATION
    )
}

/// The event about them.
pub(crate) fn orphans_event(message: String) -> Event {
    Event {
        severity: Severity::Warning,
        reason: reasons::NO_RELEASE.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Kind;
    use super::*;

    fn live(manager: &str, more: &[(&str, &str)]) -> LiveObject {
        let mut labels = json!({labels::OWNED_LABEL: labels::OWNED});
        for (key, value) in more {
            labels[*key] = json!(value);
        }
        LiveObject::of(&json!({"metadata": {"labels": labels, "managedFields": [{
            "manager": manager, "operation": "Apply",
            "fieldsV1": {"f:metadata": {"f:labels": {"f:clusterstack.x-k8s.io/instance": {}}}},
        }]}}))
    }

    #[test]
    fn only_what_upstream_applied_itself_and_we_did_not_is_left_behind() {
        assert!(is_left_behind(&live("kubectl", &[])));
        assert!(
            !is_left_behind(&live("capi-topology", &[])),
            "a copy Cluster API made"
        );
        assert!(!is_left_behind(&live(
            "kubectl",
            &[(labels::RELEASE_LABEL, "x")]
        )));
        assert!(!is_left_behind(&LiveObject::default()));
    }

    #[test]
    fn consent_is_the_word_true_and_nothing_else() {
        let annotated = |value: &str| {
            BTreeMap::from([(
                labels::DELETE_ORPHANS_ANNOTATION.to_owned(),
                value.to_owned(),
            )])
        };
        assert!(consents(Some(&annotated("true"))));
        assert!(!consents(Some(&annotated("false"))));
        assert!(!consents(Some(&BTreeMap::new())));
        assert!(!consents(None));
    }

    #[test]
    fn a_message_names_some_and_says_how_to_consent() {
        let ids: Vec<ObjectId> = (0..12)
            .map(|number| ObjectId {
                kind: Kind::new("", "ConfigMap"),
                namespace: None,
                name: format!("map-{number}"),
            })
            .collect();
        let message = orphans_message(&ids);
        assert!(message.contains("map-9, 2 more;"), "{message}");
        assert!(
            message.contains("clusterstack.x-k8s.io/delete-orphans=true"),
            "{message}"
        );
    }
}
