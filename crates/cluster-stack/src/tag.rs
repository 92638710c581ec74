//! Decides what a tag such as `docker-scs-1-30-v1` means, and the names that follow from it.

use std::fmt;
use std::str::FromStr;

use crate::channel::is_word;
use crate::kubernetes_version::KubernetesVersion;
use crate::version::{Version, VersionError};

/// The identity of a release: provider, stack name, Kubernetes minor version and stack version.
///
/// Two spellings are in use and both are read: the **dash form** `docker-scs-1-30-v0-sha-abc1234` names tags,
/// `ClusterStackRelease` objects and folders; the **dot form** `docker-scs-1-30-v0-sha.abc1234` names
/// `ClusterClass` objects and, in some registries, tags. [`Display`](fmt::Display) writes the dash form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseTag {
    /// First segment, such as `docker` or `openstack`.
    pub provider: String,
    /// Second segment, the name of the stack, such as `scs`.
    pub name: String,
    /// The Kubernetes minor version the stack is for.
    pub kubernetes: KubernetesVersion,
    /// The version of the stack.
    pub version: Version,
}

impl ReleaseTag {
    /// Puts a tag together from its parts.
    ///
    /// # Errors
    /// When provider or name is not a word of lower-case letters and digits: a `-` would make the tag ambiguous.
    pub fn new(
        provider: &str,
        name: &str,
        kubernetes: KubernetesVersion,
        version: Version,
    ) -> Result<Self, TagError> {
        for (part, text) in [("provider", provider), ("name", name)] {
            if !is_word(text) {
                return Err(TagError::Word {
                    part,
                    text: text.to_owned(),
                });
            }
        }
        Ok(Self {
            provider: provider.to_owned(),
            name: name.to_owned(),
            kubernetes,
            version,
        })
    }

    /// The first four segments, `docker-scs-1-30`: the Helm release name of the cluster class chart, and the part
    /// that all releases of one stack have in common.
    pub fn stack(&self) -> String {
        format!("{}-{}-{}", self.provider, self.name, self.kubernetes.dash())
    }

    /// Whether two releases belong to the same stack, that is differ at most in version.
    pub fn is_same_stack(&self, other: &Self) -> bool {
        (&self.provider, &self.name, self.kubernetes)
            == (&other.provider, &other.name, other.kubernetes)
    }

    /// Tag, object and folder name: `docker-scs-1-30-v0-sha-abc1234`.
    pub fn dash(&self) -> String {
        format!("{}-{}", self.stack(), self.version.dash())
    }

    /// `ClusterClass` name: `docker-scs-1-30-v0-sha.abc1234`.
    pub fn dot(&self) -> String {
        format!("{}-{}", self.stack(), self.version.dot())
    }

    /// The name of the `ClusterClass` that the release brings.
    pub fn class_name(&self) -> String {
        self.dot()
    }

    /// Name of the cluster class chart: `docker-scs-1-30-cluster-class`.
    pub fn cluster_class_chart(&self) -> String {
        format!("{}-cluster-class", self.stack())
    }

    /// Name of the add-on chart or bundle: `docker-scs-1-30-cluster-addon`.
    pub fn cluster_addon_chart(&self) -> String {
        format!("{}-cluster-addon", self.stack())
    }

    /// File name of the packaged cluster class: `docker-scs-1-30-cluster-class-v1.tgz`.
    pub fn cluster_class_archive(&self) -> String {
        format!("{}-{}.tgz", self.cluster_class_chart(), self.version.dot())
    }

    /// File name of the packaged add-ons, whose version may differ from the stack's.
    pub fn cluster_addon_archive(&self, addon: &Version) -> String {
        format!("{}-{}.tgz", self.cluster_addon_chart(), addon.dot())
    }
}

impl FromStr for ReleaseTag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        let shape = || TagError::Shape {
            text: text.to_owned(),
        };
        let parts: Vec<&str> = text.splitn(5, '-').collect();
        let [provider, name, major, minor, version] = parts[..] else {
            return Err(shape());
        };
        let kubernetes = format!("{major}-{minor}").parse().map_err(|_| shape())?;
        let version = version.parse().map_err(|source| TagError::Version {
            text: text.to_owned(),
            source,
        })?;
        Self::new(provider, name, kubernetes, version)
    }
}

impl fmt::Display for ReleaseTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.dash())
    }
}

/// Why a text is not the tag of a cluster stack release.
///
/// In a repository that is no fault: other tags live there too. A lister skips what does not parse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// Not five segments with two numbers in the middle.
    #[error(
        "\"{text}\" is not a release tag: expected <provider>-<name>-<major>-<minor>-<version>, such as docker-scs-1-30-v1"
    )]
    Shape {
        /// What was given.
        text: String,
    },
    /// The last segment is not a version.
    #[error("\"{text}\" is not a release tag")]
    Version {
        /// What was given.
        text: String,
        /// What is wrong with the version.
        source: VersionError,
    },
    /// Provider or name has characters that a tag cannot carry.
    #[error(
        "\"{text}\" cannot be the {part} of a cluster stack: use lower-case letters and digits only, since \"-\" separates the parts of a tag"
    )]
    Word {
        /// `provider` or `name`.
        part: &'static str,
        /// What was given.
        text: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> ReleaseTag {
        text.parse().unwrap()
    }

    #[test]
    fn the_dash_form_and_the_class_name_are_one_release() {
        let dash = tag("docker-scs-1-30-v0-sha-rwvgrna");
        assert_eq!(dash, tag("docker-scs-1-30-v0-sha.rwvgrna"));
        assert_eq!(dash.class_name(), "docker-scs-1-30-v0-sha.rwvgrna");
        assert_eq!(dash.to_string(), "docker-scs-1-30-v0-sha-rwvgrna");
        assert_eq!(dash.stack(), "docker-scs-1-30");
    }

    #[test]
    fn file_names_carry_the_dot_form() {
        let release = tag("openstack-scs2-1-34-v0-git-17");
        assert_eq!(
            release.cluster_class_archive(),
            "openstack-scs2-1-34-cluster-class-v0-git.17.tgz"
        );
        assert_eq!(
            release.cluster_addon_archive(&Version::stable(2)),
            "openstack-scs2-1-34-cluster-addon-v2.tgz"
        );
    }

    #[test]
    fn tags_of_others_are_refused() {
        for text in [
            "openstack-scs-v5",
            "openstack-scs-1-29-v2-test",
            "latest",
            "",
            "a-b-c-d-v1",
            "a-b-1-30-v1-x-2-3",
            "Docker-scs-1-30-v1",
            "-scs-1-30-v1",
            "docker--1-30-v1",
            "a-hosted-control-plane-1-30-v1",
            "sha256-abc.sig",
        ] {
            assert!(
                text.parse::<ReleaseTag>().is_err(),
                "{text:?} was read as a tag"
            );
        }
    }

    #[test]
    fn releases_of_one_stack_differ_only_in_version() {
        assert!(tag("docker-scs-1-30-v1").is_same_stack(&tag("docker-scs-1-30-v2")));
        assert!(!tag("docker-scs-1-30-v1").is_same_stack(&tag("docker-scs-1-31-v1")));
    }
}
