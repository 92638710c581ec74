//! One entry of an inventory: an object we applied and how that went.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An object that was applied, or was to be applied, and the result.
///
/// Every field is optional in the schema, as upstream wrote entries without group or namespace.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// API group, empty for the core group.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// API version it was applied in. Not part of its identity.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Kind.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Namespace, empty for cluster-scoped objects.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Result of the last attempt: `synced` or `not-synced`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ResourceStatus>,
    /// Why it is `not-synced`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}

/// Result of the last attempt to apply or delete an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum ResourceStatus {
    /// The API server holds what the release says.
    Synced,
    /// The last attempt failed.
    NotSynced,
    /// A word this version does not know; kept as it is.
    Other(String),
}

impl From<String> for ResourceStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "synced" => Self::Synced,
            "not-synced" => Self::NotSynced,
            _ => Self::Other(word),
        }
    }
}

impl From<ResourceStatus> for String {
    fn from(status: ResourceStatus) -> Self {
        match status {
            ResourceStatus::Synced => "synced".to_owned(),
            ResourceStatus::NotSynced => "not-synced".to_owned(),
            ResourceStatus::Other(word) => word,
        }
    }
}
