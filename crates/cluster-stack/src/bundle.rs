//! Decides whether a set of files is a complete, consistent release.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::addon_config::{AddonConfig, AddonConfigError};
use crate::dependencies::Dependencies;
use crate::digest::Digest;
use crate::file;
use crate::metadata::{Metadata, MetadataError};
use crate::tag::ReleaseTag;

/// The files of a release by exact name.
pub type Files = BTreeMap<String, Arc<[u8]>>;

/// A release whose files are all there and agree with each other.
///
/// Its identity is the digest it was pulled by: of the manifest, or of the files where there is no manifest.
#[derive(Clone)]
pub struct Bundle {
    tag: ReleaseTag,
    digest: Digest,
    metadata: Metadata,
    addon: AddonLayout,
    files: Files,
    dependencies: Dependencies,
}

/// How the add-ons of a release are packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddonLayout {
    /// With `clusteraddon.yaml`: the add-on archive holds one chart folder per stage.
    Stages(AddonConfig),
    /// Without: the add-on archive is one chart.
    SingleChart {
        /// Content of `cluster-addon-values.yaml`, a template of Helm values; absent when the release has none.
        values: Option<Arc<[u8]>>,
    },
}

impl Bundle {
    /// Checks the files of a release.
    ///
    /// Files are found by their exact name: upstream takes the first that contains a part of it, and so reads `v10`
    /// where `v1` is meant. Further files are kept and not looked at.
    ///
    /// # Errors
    /// When a file is missing or empty, cannot be read, or contradicts the tag.
    pub fn new(tag: ReleaseTag, digest: Digest, files: Files) -> Result<Self, BundleError> {
        let metadata = Metadata::parse(required(&tag, &files, file::METADATA)?)
            .and_then(|metadata| metadata.check(&tag).map(|()| metadata))
            .map_err(|source| BundleError::Metadata {
                tag: tag.to_string(),
                source: Box::new(source),
            })?;
        required(&tag, &files, &tag.cluster_class_archive())?;
        required(
            &tag,
            &files,
            &tag.cluster_addon_archive(&metadata.cluster_addon),
        )?;
        let addon = match files.get(file::CLUSTER_ADDON) {
            Some(bytes) => AddonLayout::Stages(AddonConfig::parse(bytes).map_err(|source| {
                BundleError::AddonConfig {
                    tag: tag.to_string(),
                    source: Box::new(source),
                }
            })?),
            None => AddonLayout::SingleChart {
                values: files.get(file::CLUSTER_ADDON_VALUES).cloned(),
            },
        };
        Ok(Self {
            tag,
            digest,
            metadata,
            addon,
            files,
            dependencies: Dependencies::default(),
        })
    }

    /// The same release with the charts that were fetched for it.
    pub fn with_dependencies(mut self, dependencies: Dependencies) -> Self {
        self.dependencies = dependencies;
        self
    }

    /// Which release this is.
    pub fn tag(&self) -> &ReleaseTag {
        &self.tag
    }

    /// What the release is identified by.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Versions of the release and its parts.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// How the add-ons are packed, and their stages.
    pub fn addon(&self) -> &AddonLayout {
        &self.addon
    }

    /// The packaged Helm chart of the cluster class.
    pub fn cluster_class(&self) -> &Arc<[u8]> {
        self.checked(&self.tag.cluster_class_archive())
    }

    /// The packaged add-ons; see [`AddonLayout`] for what is in them.
    pub fn cluster_addon(&self) -> &Arc<[u8]> {
        self.checked(&self.tag.cluster_addon_archive(&self.metadata.cluster_addon))
    }

    /// The charts that its charts declare and it does not ship.
    pub fn dependencies(&self) -> &Dependencies {
        &self.dependencies
    }

    /// All files, also those the operator has no use for.
    pub fn files(&self) -> &Files {
        &self.files
    }

    fn checked(&self, name: &str) -> &Arc<[u8]> {
        self.files
            .get(name)
            .expect("a bundle is only made with its archives, and files are never removed")
    }
}

/// Prints identity, never content.
impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bundle({}@{})", self.tag, self.digest)
    }
}

/// Bundles are equal when their tag and content identity are.
impl PartialEq for Bundle {
    fn eq(&self, other: &Self) -> bool {
        (&self.tag, &self.digest) == (&other.tag, &other.digest)
    }
}

impl Eq for Bundle {}

fn required<'a>(tag: &ReleaseTag, files: &'a Files, name: &str) -> Result<&'a [u8], BundleError> {
    match files.get(name) {
        Some(bytes) if !bytes.is_empty() => Ok(bytes),
        Some(_) => Err(BundleError::Empty {
            tag: tag.to_string(),
            file: name.to_owned(),
        }),
        None => {
            let found = files
                .keys()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ");
            Err(BundleError::Missing {
                tag: tag.to_string(),
                file: name.to_owned(),
                found,
            })
        }
    }
}

/// Why a set of files is not a release.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file is not there under its exact name.
    #[error(
        "release {tag} has no file \"{file}\" (it has: {found}): build and publish it again with csctl"
    )]
    Missing {
        /// The release.
        tag: String,
        /// The exact name looked for.
        file: String,
        /// The names that are there.
        found: String,
    },
    /// A file has no content.
    #[error("file \"{file}\" of release {tag} is empty: build and publish it again with csctl")]
    Empty {
        /// The release.
        tag: String,
        /// The file.
        file: String,
    },
    /// `metadata.yaml` cannot be used.
    #[error("file \"metadata.yaml\" of release {tag} cannot be used")]
    Metadata {
        /// The release.
        tag: String,
        /// What is wrong with it.
        source: Box<MetadataError>,
    },
    /// `clusteraddon.yaml` cannot be used.
    #[error("file \"clusteraddon.yaml\" of release {tag} cannot be used")]
    AddonConfig {
        /// The release.
        tag: String,
        /// What is wrong with it.
        source: Box<AddonConfigError>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> Files {
        let metadata =
            "versions: {clusterStack: v1, kubernetes: v1.30.1, components: {clusterAddon: v1}}";
        let mut files: Files = names
            .iter()
            .map(|name| ((*name).to_owned(), Arc::from(&b"x"[..])))
            .collect();
        files.insert("metadata.yaml".to_owned(), Arc::from(metadata.as_bytes()));
        files
    }

    fn bundle(files: Files) -> Result<Bundle, BundleError> {
        Bundle::new(
            "docker-scs-1-30-v1".parse().unwrap(),
            Digest::of(b""),
            files,
        )
    }

    const CLASS: &str = "docker-scs-1-30-cluster-class-v1.tgz";
    const ADDON: &str = "docker-scs-1-30-cluster-addon-v1.tgz";

    #[test]
    fn a_complete_release_without_stages_is_one_chart() {
        let bundle = bundle(files(&[CLASS, ADDON, "hashes.json"])).unwrap();
        assert_eq!(bundle.addon(), &AddonLayout::SingleChart { values: None });
        assert_eq!(&bundle.cluster_class()[..], b"x");
        assert_eq!(bundle.files().len(), 4);
    }

    #[test]
    fn version_10_is_not_taken_for_version_1() {
        let error = bundle(files(&["docker-scs-1-30-cluster-class-v10.tgz", ADDON]))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("no file \"docker-scs-1-30-cluster-class-v1.tgz\""),
            "{error}"
        );
        assert!(
            error.contains("docker-scs-1-30-cluster-class-v10.tgz"),
            "{error}"
        );
    }

    #[test]
    fn an_empty_file_is_not_a_file() {
        let mut files = files(&[CLASS, ADDON]);
        files.insert(CLASS.to_owned(), Arc::from(&b""[..]));
        assert!(matches!(bundle(files), Err(BundleError::Empty { .. })));
    }

    #[test]
    fn stages_are_read_when_the_file_is_there() {
        let mut files = files(&[CLASS, ADDON]);
        files.insert(
            "clusteraddon.yaml".to_owned(),
            Arc::from(&b"addonStages: {}"[..]),
        );
        assert!(matches!(
            bundle(files).unwrap().addon(),
            AddonLayout::Stages(_)
        ));
    }
}
