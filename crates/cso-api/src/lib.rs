//! The `clusterstack.x-k8s.io/v1alpha1` API: types, conditions, names, and the part of Cluster API we read. No client, no decisions.

pub mod capi;
mod chart_dependency;
mod cluster_addon;
mod cluster_stack;
mod cluster_stack_release;
pub mod conditions;
mod crds;
pub mod labels;
mod resource;
mod source;

pub use chart_dependency::ChartDependency;
pub use cluster_addon::{
    AddonResource, AppliedRelease, ClusterAddon, ClusterAddonSpec, ClusterAddonStatus, StageAction,
    StageStatus,
};
pub use cluster_stack::{
    ClusterStack, ClusterStackSpec, ClusterStackStatus, ReleasePhase, ReleaseSummary,
};
pub use cluster_stack_release::{
    ClusterStackRelease, ClusterStackReleaseSpec, ClusterStackReleaseStatus,
};
pub use conditions::Condition;
pub use crds::crds;
pub use resource::{Resource, ResourceStatus};
pub use source::{GithubSource, LocalSource, OciSource, SecretReference, Source};

/// The API group of every kind in this crate.
pub const GROUP: &str = "clusterstack.x-k8s.io";
/// The only served and stored version.
pub const VERSION: &str = "v1alpha1";
/// `GROUP/VERSION`, as it stands in manifests.
pub const API_VERSION: &str = "clusterstack.x-k8s.io/v1alpha1";
