//! Decides what `1.30` and `v1.30.10` mean: the minor version a stack is for, and the full version a release carries.

use std::fmt;
use std::str::FromStr;

use crate::version::canonical_number;

/// A Kubernetes minor version such as `1.30`: what a stack is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KubernetesVersion {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

impl KubernetesVersion {
    /// The spelling of tags: `1-30`.
    pub fn dash(self) -> String {
        format!("{}-{}", self.major, self.minor)
    }
}

impl FromStr for KubernetesVersion {
    type Err = KubernetesVersionError;

    /// Reads `1.30`, `v1.30`, and the spelling of tags, `1-30`.
    fn from_str(text: &str) -> Result<Self, KubernetesVersionError> {
        let parse = || {
            let (major, minor) = text
                .strip_prefix('v')
                .unwrap_or(text)
                .split_once(['.', '-'])?;
            Some(Self {
                major: canonical_number(major)?,
                minor: canonical_number(minor)?,
            })
        };
        parse().ok_or_else(|| KubernetesVersionError::Minor {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A full Kubernetes version such as `v1.30.10`: what a release installs. Ordered as Semantic Versioning 2 orders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KubernetesPatchVersion(semver::Version);

impl KubernetesPatchVersion {
    /// The minor version this patch belongs to.
    pub fn minor(&self) -> KubernetesVersion {
        // Both were at most u32 when the version was read.
        KubernetesVersion {
            major: self.0.major as u32,
            minor: self.0.minor as u32,
        }
    }

    /// The patch number.
    pub fn patch(&self) -> u64 {
        self.0.patch
    }
}

impl FromStr for KubernetesPatchVersion {
    type Err = KubernetesVersionError;

    /// Reads `v1.30.10` or `1.30.10`, with pre-release and build parts if any.
    fn from_str(text: &str) -> Result<Self, KubernetesVersionError> {
        let error = |source| KubernetesVersionError::Patch {
            text: text.to_owned(),
            source,
        };
        let version = semver::Version::parse(text.strip_prefix('v').unwrap_or(text))
            .map_err(|e| error(Some(e)))?;
        let small = |number: u64| u32::try_from(number).is_ok();
        if small(version.major) && small(version.minor) {
            Ok(Self(version))
        } else {
            Err(error(None))
        }
    }
}

impl fmt::Display for KubernetesPatchVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

/// Why a text is not a Kubernetes version.
#[derive(Debug, thiserror::Error)]
pub enum KubernetesVersionError {
    /// Not a minor version.
    #[error("\"{text}\" is not a Kubernetes minor version: write <major>.<minor>, such as 1.30")]
    Minor {
        /// What was given.
        text: String,
    },
    /// Not a full version.
    #[error(
        "\"{text}\" is not a Kubernetes version: write v<major>.<minor>.<patch>, such as v1.30.10"
    )]
    Patch {
        /// What was given.
        text: String,
        /// What the version parser says; absent when a number is too large.
        source: Option<semver::Error>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minor_version_is_read_in_every_spelling_in_use() {
        for text in ["1.30", "v1.30", "1-30"] {
            assert_eq!(
                text.parse::<KubernetesVersion>().unwrap(),
                KubernetesVersion {
                    major: 1,
                    minor: 30
                }
            );
        }
        for text in ["1", "1.x", "1.30.1", "1.030", "", "1.-1", "99999999999.1"] {
            assert!(text.parse::<KubernetesVersion>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn patch_versions_order_by_number_and_know_their_minor() {
        let parse = |text: &str| text.parse::<KubernetesPatchVersion>().unwrap();
        assert!(parse("v1.30.10") > parse("v1.30.9") && parse("v1.30.0") > parse("v1.30.0-rc.1"));
        assert_eq!(parse("v1.30.10").minor().to_string(), "1.30");
        assert_eq!(parse("1.27.7").to_string(), "v1.27.7");
        assert!("v1.34".parse::<KubernetesPatchVersion>().is_err());
    }
}
