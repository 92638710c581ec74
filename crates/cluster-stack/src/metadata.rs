//! Decides what `metadata.yaml` says: the versions of a release and of its parts.

use serde::Deserialize;

use crate::kubernetes_version::{KubernetesPatchVersion, KubernetesVersionError};
use crate::tag::ReleaseTag;
use crate::version::{Version, VersionError};
use crate::yaml::{self, YamlError};

/// The content of `metadata.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Version of the stack; the one of the tag.
    pub cluster_stack: Version,
    /// The Kubernetes version that clusters of this release run.
    pub kubernetes: KubernetesPatchVersion,
    /// Version of the add-on bundle, which may be older than the stack's.
    pub cluster_addon: Version,
    /// Version of the node images. Optional, as `csctl` declares it; upstream's operator insists on it.
    pub node_image: Option<Version>,
}

#[derive(Deserialize)]
struct Document {
    versions: Versions,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Versions {
    cluster_stack: String,
    kubernetes: String,
    components: Components,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Components {
    cluster_addon: String,
    node_image: Option<String>,
}

impl Metadata {
    /// The `apiVersion` of the file.
    pub const API_VERSION: &'static str = "metadata.clusterstack.x-k8s.io/v1alpha1";

    /// Reads the file.
    ///
    /// # Errors
    /// When the YAML lacks a field or a field is not a version. Unknown fields and the `apiVersion` are not looked at,
    /// as upstream.
    pub fn parse(bytes: &[u8]) -> Result<Self, MetadataError> {
        let Document { versions } = yaml::read(bytes).map_err(MetadataError::Yaml)?;
        let Versions {
            cluster_stack,
            kubernetes,
            components,
        } = versions;
        let version = |field, text: &str| {
            text.parse::<Version>()
                .map_err(|source| MetadataError::Version { field, source })
        };
        let node_image = components.node_image.filter(|text| !text.is_empty());
        Ok(Self {
            cluster_stack: version("versions.clusterStack", &cluster_stack)?,
            kubernetes: kubernetes.parse().map_err(MetadataError::Kubernetes)?,
            cluster_addon: version(
                "versions.components.clusterAddon",
                &components.cluster_addon,
            )?,
            node_image: node_image
                .map(|text| version("versions.components.nodeImage", &text))
                .transpose()?,
        })
    }

    /// Checks that the file belongs to the release it was found in. Upstream does not check.
    ///
    /// # Errors
    /// When the stack version or the Kubernetes minor version differ from the tag's.
    pub fn check(&self, tag: &ReleaseTag) -> Result<(), MetadataError> {
        let compare = |field, found: String, expected: String| {
            if found == expected {
                Ok(())
            } else {
                Err(MetadataError::Mismatch {
                    field,
                    found,
                    expected,
                })
            }
        };
        compare(
            "versions.clusterStack",
            self.cluster_stack.dot(),
            tag.version.dot(),
        )?;
        compare(
            "the minor version of versions.kubernetes",
            self.kubernetes.minor().to_string(),
            tag.kubernetes.to_string(),
        )
    }

    /// The file as text. All values are plain scalars by construction, so nothing needs quoting.
    pub fn to_yaml(&self) -> String {
        let node_image = self
            .node_image
            .as_ref()
            .map(|version| format!("    nodeImage: {version}\n"))
            .unwrap_or_default();
        format!(
            "apiVersion: {}\nversions:\n  clusterStack: {}\n  kubernetes: {}\n  components:\n    clusterAddon: {}\n{node_image}",
            Self::API_VERSION,
            self.cluster_stack,
            self.kubernetes,
            self.cluster_addon,
        )
    }
}

/// What is wrong with a `metadata.yaml`.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// Not YAML, or a required field is missing.
    #[error("failed to read the versions")]
    Yaml(#[source] YamlError),
    /// A field is not a version.
    #[error("field {field} is wrong")]
    Version {
        /// Path of the field.
        field: &'static str,
        /// What is wrong with it.
        source: VersionError,
    },
    /// `versions.kubernetes` is not a Kubernetes version.
    #[error("field versions.kubernetes is wrong")]
    Kubernetes(#[source] KubernetesVersionError),
    /// The file contradicts the tag.
    #[error(
        "{field} is {found}, but the release tag says {expected}: the release was published under the wrong tag"
    )]
    Mismatch {
        /// Path of the field.
        field: &'static str,
        /// What the file says.
        found: String,
        /// What the tag says.
        expected: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "apiVersion: metadata.clusterstack.x-k8s.io/v1alpha1
versions:
  clusterStack: v3
  kubernetes: v1.30.10
  components:
    clusterAddon: v2
    nodeImage: v0-sha.abc
";

    #[test]
    fn the_file_is_read_and_written_alike() {
        let metadata = Metadata::parse(FILE.as_bytes()).unwrap();
        assert_eq!(metadata.cluster_addon, Version::stable(2));
        assert_eq!(metadata.to_yaml(), FILE);
    }

    #[test]
    fn node_images_are_optional() {
        let file = FILE.replace("    nodeImage: v0-sha.abc\n", "");
        let metadata = Metadata::parse(file.as_bytes()).unwrap();
        assert_eq!(metadata.node_image, None);
        assert_eq!(metadata.to_yaml(), file);
    }

    #[test]
    fn a_release_under_the_wrong_tag_is_noticed() {
        let metadata = Metadata::parse(FILE.as_bytes()).unwrap();
        metadata
            .check(&"docker-scs-1-30-v3".parse().unwrap())
            .unwrap();
        let wrong_version = metadata
            .check(&"docker-scs-1-30-v4".parse().unwrap())
            .unwrap_err()
            .to_string();
        assert!(
            wrong_version.contains("versions.clusterStack is v3") && wrong_version.contains("v4"),
            "{wrong_version}"
        );
        assert!(
            metadata
                .check(&"docker-scs-1-31-v3".parse().unwrap())
                .is_err()
        );
    }

    #[test]
    fn errors_name_the_field() {
        let error = Metadata::parse(
            FILE.replace("clusterAddon: v2", "clusterAddon: two")
                .as_bytes(),
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "field versions.components.clusterAddon is wrong"
        );
        let error = Metadata::parse(b"versions: {clusterStack: v1}").unwrap_err();
        assert!(
            std::error::Error::source(&error)
                .unwrap()
                .to_string()
                .contains("kubernetes"),
            "{error:?}"
        );
    }
}
