//! `ClusterStack`: a family of releases a platform team wants in its namespace.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Condition, Source};

/// What releases of which stack are wanted.
#[derive(CustomResource, JsonSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "clusterstack.x-k8s.io",
    version = "v1alpha1",
    kind = "ClusterStack",
    plural = "clusterstacks",
    shortname = "csk",
    namespaced,
    status = "ClusterStackStatus",
    derive = "PartialEq",
    derive = "Default",
    doc = "ClusterStack selects the releases of a cluster stack that are kept ready in its namespace.",
    printcolumn = r#"{"name":"Provider","type":"string","jsonPath":".spec.provider"}"#,
    printcolumn = r#"{"name":"ClusterStack","type":"string","jsonPath":".spec.name"}"#,
    printcolumn = r#"{"name":"K8s","type":"string","jsonPath":".spec.kubernetesVersion"}"#,
    printcolumn = r#"{"name":"Channel","type":"string","jsonPath":".spec.channel"}"#,
    printcolumn = r#"{"name":"Autosubscribe","type":"string","jsonPath":".spec.autoSubscribe"}"#,
    printcolumn = r#"{"name":"Usable","type":"string","jsonPath":".status.usableVersions"}"#,
    printcolumn = r#"{"name":"Latest","type":"string","jsonPath":".status.latestRelease"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name":"Reason","type":"string","jsonPath":".status.conditions[?(@.type=='Ready')].reason"}"#,
    printcolumn = r#"{"name":"Message","type":"string","jsonPath":".status.conditions[?(@.type=='Ready')].message"}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = crate::source::one_place()))]
pub struct ClusterStackSpec {
    /// Provider of the stack: the first word of its release tags.
    #[schemars(length(min = 1))]
    pub provider: String,
    /// Name of the stack: the second word of its release tags.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Kubernetes version of the releases as `major.minor`, for example `1.33`.
    #[schemars(regex(pattern = r"^\d\.\d+$"))]
    pub kubernetes_version: String,
    /// Release channel to subscribe to: `stable`, or the word before the suffix of a version, for example `sha` for `v0-sha.abc1234`.
    #[serde(default = "stable")]
    #[schemars(regex(pattern = r"^[a-z][a-z0-9]*$"), length(max = 63))]
    pub channel: String,
    /// Versions that are kept whatever the channel offers, for example `v1` or `v0-sha.abc1234`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// Create a release for the newest version of the channel as soon as it is published.
    #[serde(default = "yes")]
    pub auto_subscribe: bool,
    /// Work without provider objects.
    #[serde(default)]
    pub no_provider: bool,
    /// Template of the provider objects, in the namespace of this object; required unless `noProvider` is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kubernetes-map-type" = "atomic"))]
    pub provider_ref: Option<ObjectReference>,
    /// Where releases come from; the operator's default source if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// How often the source is asked for new versions, as a Go duration such as `5m` or `1h30m`.
    #[serde(default = "five_minutes")]
    #[schemars(regex(pattern = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"))]
    pub interval: String,
    /// Leave this stack and its releases as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

fn stable() -> String {
    "stable".to_owned()
}

fn yes() -> bool {
    true
}

fn five_minutes() -> String {
    "5m".to_owned()
}

/// What was found and done.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStackStatus {
    /// Newest ready release and its Kubernetes version, for example `docker-scs-1-33-v2 | v1.33.4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_release: Option<String>,
    /// One line per release of this stack, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summary: Vec<ReleaseSummary>,
    /// Versions whose release is ready, separated by comma and space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usable_versions: Option<String>,
    /// Conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Generation of the spec this status speaks about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

/// Where a release of a stack stands.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseSummary {
    /// Version with dashes, for example `v1` or `v0-sha-abc1234`.
    pub name: String,
    /// Whether Clusters can use the release.
    pub ready: bool,
    /// What is being done for the release.
    pub phase: ReleasePhase,
    /// Reason of the release's `Ready` condition while it is not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What is being done for a release, in the words of upstream's summary.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum ReleasePhase {
    /// Nothing is known yet.
    #[default]
    Unknown,
    /// The release is being pulled.
    Downloading,
    /// The provider object is not ready yet.
    ProviderWork,
    /// The objects of the release are being applied.
    Applying,
    /// Everything is applied.
    Done,
    /// A word this version does not know; kept as it is.
    Other(String),
}

impl From<String> for ReleasePhase {
    fn from(word: String) -> Self {
        match word.as_str() {
            "" => Self::Unknown,
            "downloading release assets" => Self::Downloading,
            "provider-specific work" => Self::ProviderWork,
            "applying objects" => Self::Applying,
            "done" => Self::Done,
            _ => Self::Other(word),
        }
    }
}

impl From<ReleasePhase> for String {
    fn from(phase: ReleasePhase) -> Self {
        match phase {
            ReleasePhase::Unknown => String::new(),
            ReleasePhase::Downloading => "downloading release assets".to_owned(),
            ReleasePhase::ProviderWork => "provider-specific work".to_owned(),
            ReleasePhase::Applying => "applying objects".to_owned(),
            ReleasePhase::Done => "done".to_owned(),
            ReleasePhase::Other(word) => word,
        }
    }
}
