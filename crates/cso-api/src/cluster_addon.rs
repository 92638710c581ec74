//! `ClusterAddon`: the add-ons of one Cluster.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Condition, Resource};

/// The Cluster whose add-ons these are. The other fields are read from an upstream installation once and never written by us.
#[derive(CustomResource, JsonSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "clusterstack.x-k8s.io",
    version = "v1alpha1",
    kind = "ClusterAddon",
    plural = "clusteraddons",
    shortname = "caddon",
    namespaced,
    status = "ClusterAddonStatus",
    derive = "PartialEq",
    derive = "Default",
    doc = "ClusterAddon reports the add-ons of one Cluster whose class belongs to a cluster stack. The operator creates it.",
    printcolumn = r#"{"name":"Cluster","type":"string","jsonPath":".metadata.ownerReferences[?(@.kind==\"Cluster\")].name"}"#,
    printcolumn = r#"{"name":"Release","type":"string","jsonPath":".status.applied.release"}"#,
    printcolumn = r#"{"name":"Hook","type":"string","jsonPath":".status.hook"}"#,
    printcolumn = r#"{"name":"Ready","type":"boolean","jsonPath":".status.ready"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name":"Reason","type":"string","jsonPath":".status.conditions[?(@.type=='Ready')].reason"}"#,
    printcolumn = r#"{"name":"Message","type":"string","jsonPath":".status.conditions[?(@.type=='Ready')].message"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct ClusterAddonSpec {
    /// The Cluster, in the namespace of this object.
    #[schemars(extend("x-kubernetes-map-type" = "atomic"))]
    pub cluster_ref: ObjectReference,
    /// ClusterClass whose add-ons the upstream operator had applied completely. Read once, not written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_stack: Option<String>,
    /// Add-on version the upstream operator had in hand. Not evidence of what is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Lifecycle hook the upstream operator was working on. Read once, not written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<String>,
}

/// What is installed in the Cluster and what is being done.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterAddonStatus {
    /// Inventory: every object of the add-ons, with the stage that brought it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<AddonResource>,
    /// The stages of the running hook, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageStatus>,
    /// Whether every add-on of the Cluster's class is installed and healthy.
    #[serde(default)]
    pub ready: bool,
    /// The lifecycle hook whose stages are running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<String>,
    /// The release whose add-ons are completely installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<AppliedRelease>,
    /// Name of the release whose add-ons are being installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Objects an earlier operator applied that belong to no release. They are deleted when the annotation
    /// `clusterstack.x-k8s.io/delete-orphans` is `true`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orphans: Vec<Resource>,
    /// Conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Generation of the spec this status speaks about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

/// An object of an add-on and the stage it belongs to.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct AddonResource {
    /// Name of the stage that applied the object; empty in entries written by upstream.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stage: String,
    /// The object.
    #[serde(flatten)]
    pub resource: Resource,
}

/// The release whose add-ons are completely installed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppliedRelease {
    /// Name of the `ClusterStackRelease`.
    pub release: String,
    /// Digest of the release's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Kubernetes version the add-ons were rendered for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes_version: Option<String>,
}

/// Where a stage stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StageStatus {
    /// Name of the stage: the name of its chart.
    pub name: String,
    /// What the stage does with its chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<StageAction>,
    /// `Pending`, `waitingForPreCondition`, `applyingOrDeleting`, `waitingForPostCondition`, `done` or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phase: String,
    /// What the stage waits for, or why it stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When the stage entered its phase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>,
}

/// What a stage does with its chart.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum StageAction {
    /// Apply the objects of the chart.
    Apply,
    /// Delete the objects of the chart.
    Delete,
}
