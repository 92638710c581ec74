//! The format of a cluster stack release: tags, versions, metadata, stages, files.
//!
//! Everything here is data and pure functions over it; the operator and `csctl` share it, so that what one
//! writes is by construction what the other reads.

mod addon_config;
mod bundle;
mod channel;
mod dependencies;
mod digest;
mod kubernetes_version;
mod metadata;
mod tag;
mod version;
mod yaml;

pub use addon_config::{Action, AddonConfig, AddonConfigError, ObjectRef, Stage, WaitCondition};
pub use bundle::{AddonLayout, Bundle, BundleError, Files};
pub use channel::{Channel, ChannelError};
pub use dependencies::{
    CLUSTER_ADDON_CHART, CLUSTER_CLASS_CHART, ChartDependency, Dependencies, Pin, stage_chart,
};
pub use digest::{Digest, DigestError};
pub use kubernetes_version::{KubernetesPatchVersion, KubernetesVersion, KubernetesVersionError};
pub use metadata::{Metadata, MetadataError};
pub use tag::{ReleaseTag, TagError};
pub use version::{Version, VersionError};
pub use yaml::YamlError;

/// Names of the files of a release, exactly as they appear as titles in an artifact.
pub mod file {
    /// Versions of the release and its parts; see [`Metadata`](crate::Metadata).
    pub const METADATA: &str = "metadata.yaml";
    /// Add-on stages; its presence makes a release multi-stage. See [`AddonConfig`](crate::AddonConfig).
    pub const CLUSTER_ADDON: &str = "clusteraddon.yaml";
    /// Template of the Helm values of a release without stages.
    pub const CLUSTER_ADDON_VALUES: &str = "cluster-addon-values.yaml";
    /// Hashes of the source folder, written and read by `csctl` only.
    pub const HASHES: &str = "hashes.json";
    /// Node images, read by provider operators only.
    pub const NODE_IMAGES: &str = "node-images.yaml";
    /// Template of a stage's values, inside the stage's chart folder.
    pub const OVERWRITE: &str = "overwrite.yaml";
}
