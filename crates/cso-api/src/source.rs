//! Where the releases of a stack come from: an OCI repository, a GitHub repository or a folder.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where releases are pulled from. Exactly one member is set.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// An OCI repository whose tags are release tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oci: Option<OciSource>,
    /// A GitHub repository whose releases carry the files as assets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github: Option<GithubSource>,
    /// A folder in the operator's own file system, for development.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<LocalSource>,
}

/// An OCI repository.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct OciSource {
    /// Registry and repository without tag, for example `registry.example.com/scs/cluster-stacks`. A leading `oci://` is allowed.
    #[schemars(length(min = 1))]
    pub url: String,
    /// Secret of type `kubernetes.io/dockerconfigjson`, or with the keys `username` and `password`, in the namespace of this object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretReference>,
    /// Secret with the keys `ca.crt` (trusted issuer) and optionally `tls.crt` and `tls.key` (client certificate), in the namespace of this object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_secret_ref: Option<SecretReference>,
    /// Speak plain HTTP to the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insecure: Option<bool>,
}

/// A GitHub repository.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct GithubSource {
    /// Organisation or user that owns the repository.
    #[schemars(length(min = 1))]
    pub owner: String,
    /// Name of the repository.
    #[schemars(length(min = 1))]
    pub repository: String,
    /// Secret with the key `token`, in the namespace of this object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretReference>,
}

/// A folder with one sub-folder per release tag.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct LocalSource {
    /// Path in the operator's file system, below the folder the operator was allowed to read.
    #[schemars(length(min = 1))]
    pub path: String,
}

/// The name of a Secret in the namespace of the object that refers to it.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct SecretReference {
    /// Name of the Secret.
    #[schemars(length(min = 1))]
    pub name: String,
}

/// The CEL rule of a spec with a `source`: it names exactly one place.
pub(crate) fn one_place() -> serde_json::Value {
    serde_json::json!([{
        "rule": "!has(self.source) || [has(self.source.oci), has(self.source.github), has(self.source.local)].filter(set, set).size() == 1",
        "message": "spec.source must name exactly one of oci, github and local",
    }])
}
