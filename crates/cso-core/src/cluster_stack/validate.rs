//! What a stack's spec selects, and its admission.

use std::collections::BTreeSet;

use cluster_stack::{Channel, KubernetesVersion, ReleaseTag, Version};
use cso_api::{ClusterStack, ClusterStackRelease, ClusterStackSpec};

use crate::cluster::{ClassUse, listed, users_of};

/// What a spec selects.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// A release of the stack with any version: what all its releases have in common.
    pub stack: ReleaseTag,
    /// The channel.
    pub channel: Channel,
    /// The releases `spec.versions` names.
    pub pinned: BTreeSet<ReleaseTag>,
    /// What cannot be used; the rest is used all the same.
    pub problems: Vec<Problem>,
}

/// A field of a spec that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Problem {
    /// Path of the field.
    pub field: &'static str,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// Reads a spec.
///
/// # Errors
/// When provider, name, Kubernetes version or channel cannot be used: nothing is selected then.
pub fn select(spec: &ClusterStackSpec) -> Result<Selection, Problem> {
    let problem = |field| {
        move |error: &dyn std::fmt::Display| Problem {
            field,
            message: error.to_string(),
        }
    };
    let kubernetes: KubernetesVersion = spec
        .kubernetes_version
        .parse()
        .map_err(|error| problem("spec.kubernetesVersion")(&error))?;
    let channel: Channel = spec
        .channel
        .parse()
        .map_err(|error| problem("spec.channel")(&error))?;
    let stack = ReleaseTag::new(&spec.provider, &spec.name, kubernetes, Version::stable(0))
        .map_err(|error| problem("spec.provider, spec.name")(&error))?;
    let mut selection = Selection {
        stack,
        channel,
        pinned: BTreeSet::new(),
        problems: Vec::new(),
    };
    for text in &spec.versions {
        match text.parse() {
            Ok(version) => drop(selection.pinned.insert(ReleaseTag {
                version,
                ..selection.stack.clone()
            })),
            Err(error) => selection.problems.push(problem("spec.versions")(&error)),
        }
    }
    if spec.auto_subscribe && selection.channel.as_str() == Channel::HASH {
        selection.problems.push(Problem {
            field: "spec.autoSubscribe",
            message: format!(
                "versions of channel {} are hashes, and none is newer than another: name the wanted ones in spec.versions and set autoSubscribe to false",
                Channel::HASH
            ),
        });
    }
    if !spec.no_provider && spec.provider_ref.is_none() {
        selection.problems.push(Problem {
            field: "spec.providerRef",
            message:
                "is required: name the template of the provider objects, or set spec.noProvider"
                    .to_owned(),
        });
    }
    Ok(selection)
}

/// Admission of a new stack.
///
/// # Errors
/// Everything that is wrong with it.
pub fn may_create(stack: &ClusterStack) -> Result<(), Vec<Problem>> {
    let problems = match select(&stack.spec) {
        Ok(selection) => selection.problems,
        Err(problem) => vec![problem],
    };
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// Admission of a changed stack. A change of metadata, or of an object being deleted, is always admitted.
///
/// # Errors
/// Everything that is wrong with the change.
pub fn may_update(old: &ClusterStack, new: &ClusterStack) -> Result<(), Vec<Problem>> {
    if old.spec == new.spec || new.metadata.deletion_timestamp.is_some() {
        return Ok(());
    }
    let mut problems: Vec<Problem> = [
        ("spec.provider", old.spec.provider == new.spec.provider),
        ("spec.name", old.spec.name == new.spec.name),
        (
            "spec.kubernetesVersion",
            old.spec.kubernetes_version == new.spec.kubernetes_version,
        ),
        ("spec.channel", old.spec.channel == new.spec.channel),
    ]
    .into_iter()
    .filter(|(_, same)| !same)
    .map(|(field, _)| Problem {
        field,
        message: "is immutable: create another ClusterStack instead".to_owned(),
    })
    .collect();
    problems.extend(may_create(new).err().unwrap_or_default());
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// Admission of a stack's deletion; `releases` are those of its namespace.
///
/// # Errors
/// The denial: names releases and Clusters.
pub fn may_delete(
    stack: &ClusterStack,
    releases: &[ClusterStackRelease],
    class_uses: &[ClassUse],
) -> Result<(), String> {
    let uid = stack.metadata.uid.as_deref();
    let users: Vec<String> = releases
        .iter()
        .filter(|release| {
            let owners = release
                .metadata
                .owner_references
                .as_deref()
                .unwrap_or_default();
            uid.is_some_and(|uid| owners.iter().any(|owner| owner.uid == uid))
        })
        .flat_map(|release| users_of(class_uses, release))
        .collect();
    if users.is_empty() {
        return Ok(());
    }
    let name = stack.metadata.name.as_deref().unwrap_or_default();
    Err(format!(
        "ClusterStack {name} has releases that are used by {}: delete these Clusters first",
        listed(&users)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> ClusterStackSpec {
        serde_json::from_value(serde_json::json!({
            "provider": "docker", "name": "scs", "kubernetesVersion": "1.33", "noProvider": true, "versions": ["v1", "v0-sha.abc"],
        }))
        .unwrap()
    }

    #[test]
    fn versions_select_releases_and_a_bad_one_spoils_no_other() {
        let mut spec = spec();
        spec.versions.push("1".to_owned());
        let selection = select(&spec).unwrap();
        let names: Vec<String> = selection.pinned.iter().map(ReleaseTag::dash).collect();
        assert_eq!(names, ["docker-scs-1-33-v0-sha-abc", "docker-scs-1-33-v1"]);
        assert_eq!(selection.problems.len(), 1);
    }

    #[test]
    fn a_stack_that_needs_a_provider_template_must_name_one() {
        let stack = ClusterStack::new(
            "s",
            ClusterStackSpec {
                no_provider: false,
                ..spec()
            },
        );
        assert_eq!(may_create(&stack).unwrap_err()[0].field, "spec.providerRef");
        assert!(may_create(&ClusterStack::new("s", spec())).is_ok());
    }

    #[test]
    fn identity_and_channel_are_immutable_and_metadata_is_not() {
        let old = ClusterStack::new("s", spec());
        let new = ClusterStack::new(
            "s",
            ClusterStackSpec {
                name: "other".to_owned(),
                ..spec()
            },
        );
        assert_eq!(may_update(&old, &new).unwrap_err()[0].field, "spec.name");
        let mut bad = ClusterStack::new(
            "s",
            ClusterStackSpec {
                channel: "NO".to_owned(),
                ..spec()
            },
        );
        let before = bad.clone();
        bad.metadata.finalizers = None;
        assert!(may_update(&before, &bad).is_ok());
    }

    #[test]
    fn hashes_cannot_be_subscribed_to_and_can_be_pinned() {
        let mut spec = ClusterStackSpec {
            channel: "sha".to_owned(),
            auto_subscribe: true,
            ..spec()
        };
        let problems = select(&spec).unwrap().problems;
        assert_eq!(problems[0].field, "spec.autoSubscribe");
        spec.auto_subscribe = false;
        assert!(select(&spec).unwrap().problems.is_empty());
    }

    #[test]
    fn a_stack_in_use_may_not_be_deleted_and_one_whose_releases_are_not_its_own_may() {
        let mut stack = ClusterStack::new("s", spec());
        stack.metadata.uid = Some("stack".to_owned());
        let release = |owner: &str| -> ClusterStackRelease {
            serde_json::from_value(serde_json::json!({
                "metadata": {
                    "name": "docker-scs-1-33-v1", "namespace": "team-a",
                    "ownerReferences": [{"apiVersion": cso_api::API_VERSION, "kind": "ClusterStack", "name": "s", "uid": owner}],
                },
                "spec": {},
            }))
            .unwrap()
        };
        let used = [ClassUse {
            cluster: "team-b/c1".to_owned(),
            class: cso_api::capi::ClassReference {
                namespace: "team-a".to_owned(),
                name: "docker-scs-1-33-v1".to_owned(),
            },
        }];
        let denial = may_delete(&stack, &[release("stack")], &used).unwrap_err();
        assert!(
            denial.contains("ClusterStack s ") && denial.contains("team-b/c1"),
            "{denial}"
        );
        assert!(may_delete(&stack, &[release("stack")], &[]).is_ok());
        assert!(may_delete(&stack, &[release("other")], &used).is_ok());
        stack.metadata.uid = None;
        assert!(may_delete(&stack, &[release("stack")], &used).is_ok());
    }
}
