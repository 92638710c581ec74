//! What a chart is told about the cluster: the Kubernetes version and the API versions it serves.

use std::borrow::Cow;

/// `.Capabilities`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The Kubernetes version.
    pub kube_version: KubeVersion,
    /// The API versions, `apps/v1`, and kinds, `apps/v1/Deployment`, that are served.
    pub api_versions: Vec<Cow<'static, str>>,
    /// `.Capabilities.HelmVersion.Version`.
    pub helm_version: String,
    /// `.Capabilities.HelmVersion.GoVersion`.
    pub go_version: String,
}

/// A Kubernetes version as `.Capabilities.KubeVersion` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// With a `v` before it.
    pub version: String,
    /// The first number.
    pub major: String,
    /// The second number.
    pub minor: String,
}

/// A text that is no Kubernetes version; the wording is that of Kubernetes' version parser.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KubeVersionError {
    /// No number at all or stray characters.
    #[error("could not parse {0:?} as version")]
    NotAVersion(String),
    /// One number only.
    #[error("illegal version string {0:?}")]
    Illegal(String),
    /// A number with leading zeros.
    #[error("illegal zero-prefixed version component {component:?} in {version:?}")]
    LeadingZero {
        /// The number.
        component: String,
        /// The whole text.
        version: String,
    },
}

impl KubeVersion {
    /// Reads `1.29`, `v1.29.3`, `v1.29.3-gke.100`: at least two numbers, anything behind the third is dropped.
    ///
    /// # Errors
    /// A text that does not begin with two numbers.
    pub fn parse(text: &str) -> Result<Self, KubeVersionError> {
        let trimmed = text.trim();
        let trimmed = trimmed.strip_prefix('v').unwrap_or(trimmed);
        let end = trimmed
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(trimmed.len());
        let numbers = trimmed[..end].trim_end_matches('.');
        let parts: Vec<&str> = numbers.split('.').collect();
        if numbers.is_empty() || numbers.starts_with('.') || trimmed[..end].ends_with('.') {
            return Err(KubeVersionError::NotAVersion(text.to_owned()));
        }
        if parts.len() < 2 || parts.iter().any(|p| p.parse::<u64>().is_err()) {
            return Err(KubeVersionError::Illegal(text.to_owned()));
        }
        if let Some(bad) = parts.iter().find(|p| p.len() > 1 && p.starts_with('0')) {
            return Err(KubeVersionError::LeadingZero {
                component: (*bad).to_owned(),
                version: text.to_owned(),
            });
        }
        Ok(Self {
            version: format!("v{numbers}"),
            major: parts[0].to_owned(),
            minor: parts[1].to_owned(),
        })
    }
}

impl Default for Capabilities {
    /// What `helm template` assumes without a cluster: the Kubernetes version and API list that releases of Helm 3.22
    /// are built with.
    fn default() -> Self {
        Self {
            kube_version: KubeVersion {
                version: "v1.37.0".into(),
                major: "1".into(),
                minor: "37".into(),
            },
            api_versions: default_api_versions(),
            helm_version: "v3.22.0".into(),
            go_version: "go1.26.8".into(),
        }
    }
}

fn default_api_versions() -> Vec<Cow<'static, str>> {
    let mut versions = Vec::with_capacity(64);
    let all = DEFAULT_API_VERSIONS.split_ascii_whitespace();
    versions.extend(all.map(Cow::Borrowed));
    versions
}

/// The API versions of client-go's scheme that Helm 3.22 is built with, in the scheme's order.
const DEFAULT_API_VERSIONS: &str = "
v1 admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 admissionregistration.k8s.io/v1beta1
internal.apiserver.k8s.io/v1alpha1 apps/v1 apps/v1beta1 apps/v1beta2 authentication.k8s.io/v1
authentication.k8s.io/v1alpha1 authentication.k8s.io/v1beta1 authorization.k8s.io/v1 authorization.k8s.io/v1beta1
autoscaling/v1 autoscaling/v2 batch/v1 batch/v1beta1 certificates.k8s.io/v1 certificates.k8s.io/v1beta1
certificates.k8s.io/v1alpha1 coordination.k8s.io/v1alpha2 coordination.k8s.io/v1beta1 coordination.k8s.io/v1
discovery.k8s.io/v1 discovery.k8s.io/v1beta1 events.k8s.io/v1 events.k8s.io/v1beta1 extensions/v1beta1
flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1beta1 flowcontrol.apiserver.k8s.io/v1beta2
flowcontrol.apiserver.k8s.io/v1beta3 lifecycle.k8s.io/v1alpha1 networking.k8s.io/v1 networking.k8s.io/v1beta1
node.k8s.io/v1 node.k8s.io/v1alpha1 node.k8s.io/v1beta1 policy/v1 policy/v1beta1 rbac.authorization.k8s.io/v1
rbac.authorization.k8s.io/v1beta1 rbac.authorization.k8s.io/v1alpha1 resource.k8s.io/v1 resource.k8s.io/v1beta2
resource.k8s.io/v1beta1 resource.k8s.io/v1alpha3 scheduling.k8s.io/v1alpha3 scheduling.k8s.io/v1beta1
scheduling.k8s.io/v1 storage.k8s.io/v1beta1 storage.k8s.io/v1 storage.k8s.io/v1alpha1 storagemigration.k8s.io/v1
storagemigration.k8s.io/v1beta1 apiextensions.k8s.io/v1beta1 apiextensions.k8s.io/v1
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kube_version_needs_two_numbers_and_loses_its_suffix() {
        assert_eq!(
            KubeVersion::parse("v1.29.3-gke.100").unwrap().version,
            "v1.29.3"
        );
        assert_eq!(KubeVersion::parse("1.30").unwrap().version, "v1.30");
        assert!(KubeVersion::parse("1").is_err());
        assert!(KubeVersion::parse("x").is_err());
        assert!(KubeVersion::parse("1.01").is_err());
    }
}
