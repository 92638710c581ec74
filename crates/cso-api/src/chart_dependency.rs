//! One chart that was fetched for a release, because the release depends on it and does not ship it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A fetched chart.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct ChartDependency {
    /// The chart that depends on it: `cluster-class`, `cluster-addon`, `cluster-addon/<stage>`, or below one of these another fetched chart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub chart: String,
    /// Name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Version that was found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Repository, as the chart declares it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub repository: String,
    /// Digest of the archive, as `sha256:<hex>`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
}
