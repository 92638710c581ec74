//! `ClusterStackRelease`: one release of a stack, named by its tag, and the objects it brought.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ChartDependency, Condition, Resource, Source};

/// Where the release comes from and what gates it. The object's name is the release tag, for example `docker-scs-1-33-v1`.
#[derive(CustomResource, JsonSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "clusterstack.x-k8s.io",
    version = "v1alpha1",
    kind = "ClusterStackRelease",
    plural = "clusterstackreleases",
    shortname = "cskr",
    namespaced,
    status = "ClusterStackReleaseStatus",
    derive = "PartialEq",
    derive = "Default",
    doc = "ClusterStackRelease is one release of a cluster stack: pulled, rendered and applied in its namespace. Its name is the release tag.",
    printcolumn = r#"{"name":"K8s Version","type":"string","jsonPath":".status.kubernetesVersion"}"#,
    printcolumn = r#"{"name":"Ready","type":"boolean","jsonPath":".status.ready"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name":"Reason","type":"string","jsonPath":".status.conditions[?(@.type=='Ready')].reason"}"#,
    printcolumn = r#"{"name":"Message","type":"string","jsonPath":".status.conditions[?(@.type=='Ready')].message"}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = crate::source::one_place()))]
pub struct ClusterStackReleaseSpec {
    /// Provider object that must be ready before the release is applied; absent if the stack works without provider objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kubernetes-map-type" = "atomic"))]
    pub provider_ref: Option<ObjectReference>,
    /// Where the release comes from, copied from the stack; the operator's default source if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// What was pulled and applied.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStackReleaseStatus {
    /// Inventory: every object of the release that was applied or could not be applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// Kubernetes version of the release, for example `v1.33.4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes_version: Option<String>,
    /// Whether Clusters can use the release.
    #[serde(default)]
    pub ready: bool,
    /// Digest of the content that was pulled first, as `sha256:<hex>`. A tag that moves later is reported and not followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Charts that were fetched because charts of the release depend on them and the release does not ship them. Pinned like the digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<ChartDependency>,
    /// Conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Generation of the spec this status speaks about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}
