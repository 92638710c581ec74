//! Which releases Clusters use, whatever their namespace and API version, which Clusters get add-ons, and which
//! changes of a Cluster are admitted.

mod addons;
mod validate;

pub use addons::{ClusterHead, wanted_addon};
pub use validate::{Facts, Question, may_use};

use cluster_stack::ReleaseTag;
use cso_api::capi::{CLUSTER_GROUP, ClassReference, ClusterView};
use cso_api::{ClusterStackRelease, Resource};
use kube::core::DynamicObject;

/// A Cluster and the class it names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClassUse {
    /// The Cluster as `namespace/name`.
    pub cluster: String,
    /// The class.
    pub class: ClassReference,
}

/// The class a Cluster uses; `None` for Clusters without a managed topology. A Cluster that is being deleted still
/// needs its class.
pub fn class_use(cluster: &DynamicObject) -> Option<ClassUse> {
    let view = ClusterView(cluster);
    Some(ClassUse {
        cluster: format!("{}/{}", view.namespace(), view.name()),
        class: view.class()?,
    })
}

/// The tag a release is named after; `None` if it is named otherwise.
pub fn tag_of(release: &ClusterStackRelease) -> Option<ReleaseTag> {
    release.metadata.name.as_deref()?.parse().ok()
}

/// Whether a class belongs to a release: it lies in the release's namespace and is named after it (with dash or dot),
/// or is in its inventory.
pub fn is_class_of(class: &ClassReference, release: &ClusterStackRelease) -> bool {
    let metadata = &release.metadata;
    let tag = tag_of(release);
    class.namespace == metadata.namespace.as_deref().unwrap_or_default()
        && ((tag.is_some() && class.name.parse().ok() == tag)
            || brings(
                release
                    .status
                    .as_ref()
                    .map_or(&[][..], |status| &status.resources),
                &class.name,
            ))
}

/// The Clusters that use a class of a release, sorted.
pub fn users_of(class_uses: &[ClassUse], release: &ClusterStackRelease) -> Vec<String> {
    let mut users: Vec<String> = class_uses
        .iter()
        .filter(|one| is_class_of(&one.class, release))
        .map(|one| one.cluster.clone())
        .collect();
    users.sort();
    users.dedup();
    users
}

fn brings(inventory: &[Resource], class: &str) -> bool {
    inventory.iter().any(|resource| {
        resource.kind == "ClusterClass" && resource.group == CLUSTER_GROUP && resource.name == class
    })
}

/// Names for a message: at most five, then how many more.
pub fn listed(names: &[String]) -> String {
    const SHOWN: usize = 5;
    match names.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{} and {more} more", names[..SHOWN].join(", ")),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn use_of(namespace: &str, name: &str) -> ClassUse {
        ClassUse {
            cluster: "team-b/c1".to_owned(),
            class: ClassReference {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            },
        }
    }

    fn release(name: &str) -> ClusterStackRelease {
        let mut release =
            ClusterStackRelease::new(name, cso_api::ClusterStackReleaseSpec::default());
        release.metadata.namespace = Some("team-a".to_owned());
        release
    }

    #[test]
    fn u16_a_cluster_of_another_namespace_counts() {
        let class_uses = [use_of("team-a", "docker-scs-1-33-v1")];
        assert_eq!(
            users_of(&class_uses, &release("docker-scs-1-33-v1")),
            ["team-b/c1"]
        );
    }

    #[test]
    fn the_dotted_class_of_a_hash_release_is_that_release() {
        let class_uses = [use_of("team-a", "docker-scs-1-33-v0-sha.abc1234")];
        assert_eq!(
            users_of(&class_uses, &release("docker-scs-1-33-v0-sha-abc1234")),
            ["team-b/c1"]
        );
        assert!(users_of(&class_uses, &release("docker-scs-1-33-v0-sha-other")).is_empty());
    }

    #[test]
    fn a_class_of_the_same_name_in_another_namespace_is_another_class() {
        assert!(
            users_of(
                &[use_of("team-c", "docker-scs-1-33-v1")],
                &release("docker-scs-1-33-v1")
            )
            .is_empty()
        );
    }

    #[test]
    fn a_class_with_a_name_of_its_own_is_found_by_the_inventory() {
        let mut release = release("docker-scs-1-33-v1");
        release.status.get_or_insert_default().resources = vec![Resource {
            group: "cluster.x-k8s.io".to_owned(),
            kind: "ClusterClass".to_owned(),
            name: "special".to_owned(),
            ..Resource::default()
        }];
        assert_eq!(users_of(&[use_of("team-a", "special")], &release).len(), 1);
    }
}
