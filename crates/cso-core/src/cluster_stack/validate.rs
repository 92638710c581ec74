//! What a stack's spec selects, and its admission.

use std::collections::BTreeSet;

use cluster_stack::{Channel, KubernetesVersion, ReleaseTag, Version};
use cso_api::{ClusterStack, ClusterStackRelease, ClusterStackSpec};

use crate::admission::{Problem, Ruling};
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

/// Reads a spec.
///
/// # Errors
/// When provider, name, Kubernetes version or channel cannot be used: nothing is selected then.
pub fn select(spec: &ClusterStackSpec) -> Result<Selection, Problem> {
    let kubernetes: KubernetesVersion = spec
        .kubernetes_version
        .parse()
        .map_err(|error| Problem::new("spec.kubernetesVersion", error))?;
    let channel: Channel = spec
        .channel
        .parse()
        .map_err(|error| Problem::new("spec.channel", error))?;
    let stack = ReleaseTag::new(&spec.provider, &spec.name, kubernetes, Version::stable(0))
        .map_err(|error| Problem::new("spec.provider, spec.name", error))?;
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
            Err(error) => (selection.problems).push(Problem::new("spec.versions", error)),
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
pub fn may_create(stack: &ClusterStack) -> Ruling {
    Ruling::of(problems(&stack.spec))
}

fn problems(spec: &ClusterStackSpec) -> Vec<Problem> {
    match select(spec) {
        Ok(selection) => selection.problems,
        Err(problem) => vec![problem],
    }
}

/// Admission of a changed stack. A change of metadata, or of an object being deleted, is always admitted.
pub fn may_update(old: &ClusterStack, new: &ClusterStack) -> Ruling {
    if old.spec == new.spec || new.metadata.deletion_timestamp.is_some() {
        return Ruling::FINE;
    }
    let (before, after) = (&old.spec, &new.spec);
    let changed = [
        ("spec.provider", before.provider != after.provider),
        ("spec.name", before.name != after.name),
        (
            "spec.kubernetesVersion",
            before.kubernetes_version != after.kubernetes_version,
        ),
        ("spec.channel", before.channel != after.channel),
    ];
    let immutable = changed
        .into_iter()
        .filter(|(_, is_changed)| *is_changed)
        .map(|(field, _)| Problem::new(field, "is immutable: create another ClusterStack instead"));
    Ruling::of(immutable.chain(problems(after)).collect())
}

/// Admission of a stack's deletion; `releases` are those of its namespace. The denial names the Clusters. Where deletion
/// has begun there is nothing left to keep from it.
pub fn may_delete(
    stack: &ClusterStack,
    releases: &[ClusterStackRelease],
    class_uses: &[ClassUse],
) -> Ruling {
    let uid = stack.metadata.uid.as_deref();
    let is_own = |release: &&ClusterStackRelease| {
        let owners = release.metadata.owner_references.iter().flatten();
        uid.is_some_and(|uid| owners.into_iter().any(|owner| owner.uid == uid))
    };
    let users: Vec<String> = releases
        .iter()
        .filter(is_own)
        .flat_map(|release| users_of(class_uses, release))
        .collect();
    if users.is_empty() || stack.metadata.deletion_timestamp.is_some() {
        return Ruling::FINE;
    }
    let name = stack.metadata.name.as_deref().unwrap_or_default();
    Ruling::InUse(format!(
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
        assert_eq!(may_create(&stack).fields(), ["spec.providerRef"]);
        assert_eq!(may_create(&ClusterStack::new("s", spec())), Ruling::FINE);
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
        assert_eq!(may_update(&old, &new).fields(), ["spec.name"]);
        let mut bad = ClusterStack::new(
            "s",
            ClusterStackSpec {
                channel: "NO".to_owned(),
                ..spec()
            },
        );
        let before = bad.clone();
        bad.metadata.finalizers = None;
        assert_eq!(may_update(&before, &bad), Ruling::FINE);
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
        let Ruling::InUse(denial) = may_delete(&stack, &[release("stack")], &used) else {
            panic!("it is in use");
        };
        assert!(
            denial.contains("ClusterStack s ") && denial.contains("team-b/c1"),
            "{denial}"
        );
        assert_eq!(may_delete(&stack, &[release("stack")], &[]), Ruling::FINE);
        assert_eq!(may_delete(&stack, &[release("other")], &used), Ruling::FINE);
        stack.metadata.uid = None;
        assert_eq!(may_delete(&stack, &[release("stack")], &used), Ruling::FINE);
    }
}
