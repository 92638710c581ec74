//! Admission of `ClusterStackRelease`: may it be deleted?

use cso_api::ClusterStackRelease;

use crate::admission::Ruling;
use crate::cluster::{ClassUse, listed, users_of};

/// Admission of a release's deletion. The denial names the Clusters that use it. Where deletion has begun there is nothing
/// left to keep from it.
pub fn may_delete(release: &ClusterStackRelease, class_uses: &[ClassUse]) -> Ruling {
    let users = users_of(class_uses, release);
    if users.is_empty() || release.metadata.deletion_timestamp.is_some() {
        return Ruling::FINE;
    }
    let name = release.metadata.name.as_deref().unwrap_or_default();
    Ruling::InUse(format!(
        "ClusterStackRelease {name} is used by {}: move these Clusters to another class or delete them first",
        listed(&users)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cso_api::capi::ClassReference;

    fn release() -> ClusterStackRelease {
        serde_json::from_value(serde_json::json!({
            "metadata": {"name": "docker-scs-1-33-v0-sha-abc", "namespace": "team-a"}, "spec": {},
        }))
        .unwrap()
    }

    fn used(namespace: &str, class: &str) -> Vec<ClassUse> {
        vec![ClassUse {
            cluster: "team-b/c1".to_owned(),
            class: ClassReference {
                namespace: namespace.to_owned(),
                name: class.to_owned(),
            },
        }]
    }

    #[test]
    fn u16_a_release_that_a_cluster_of_another_namespace_uses_may_not_be_deleted() {
        // The class is spelt with a dot where the release has a dash.
        let ruling = may_delete(&release(), &used("team-a", "docker-scs-1-33-v0-sha.abc"));
        let Ruling::InUse(denial) = ruling else {
            panic!("it is in use");
        };
        assert!(
            denial.contains("docker-scs-1-33-v0-sha-abc") && denial.contains("team-b/c1"),
            "{denial}"
        );
    }

    #[test]
    fn a_release_that_nobody_uses_may_be_deleted() {
        assert_eq!(may_delete(&release(), &[]), Ruling::FINE);
        assert_eq!(
            may_delete(&release(), &used("team-a", "docker-scs-1-33-v0-sha.abd")),
            Ruling::FINE
        );
        assert_eq!(
            may_delete(&release(), &used("team-b", "docker-scs-1-33-v0-sha.abc")),
            Ruling::FINE
        );
    }
}
