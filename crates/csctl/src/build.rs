//! Decides the files of a release from the sources of a stack and its versions.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use cluster_stack::{AddonConfig, Channel, Files, Metadata, ReleaseTag, Version, file};

use crate::archive::{pack, pack_chart};
use crate::config::Config;
use crate::hash::Hashes;
use crate::substitute::substitute;
use crate::tree::{self, Tree, below};

/// A release that was built.
pub(crate) struct Built {
    pub(crate) files: Files,
    /// Fields of `clusteraddon.yaml` that have no effect.
    pub(crate) unknown_fields: Vec<String>,
}

/// Builds the release that `csctl create --mode hash` makes of a source folder, in memory: its tag and its files by name.
///
/// # Errors
/// The folder cannot be read, or its content makes no release.
pub fn hash_release(folder: &Path) -> Result<(ReleaseTag, Files)> {
    let sources = tree::read(folder)?;
    let config = config(folder, &sources)?;
    let hashes = Hashes::of(&sources);
    let metadata = hash_metadata(&config, &hashes)?;
    let tag = config.tag(metadata.cluster_stack.clone())?;
    let built = files(&tag, &metadata, &hashes, &sources)?;
    Ok((tag, built.files))
}

/// The `csctl.yaml` of a source folder.
pub(crate) fn config(folder: &Path, sources: &Tree) -> Result<Config> {
    let text = sources.get("csctl.yaml");
    Config::parse(text.with_context(|| format!("{} has no csctl.yaml", folder.display()))?)
}

/// The metadata of a release that is named by the hash of its sources.
pub(crate) fn hash_metadata(config: &Config, hashes: &Hashes) -> Result<Metadata> {
    let channel: Channel = Channel::HASH.parse()?;
    let version = Version::in_channel(0, channel, &hashes.short())?;
    Ok(Metadata {
        cluster_stack: version.clone(),
        kubernetes: config.kubernetes.clone(),
        cluster_addon: version.clone(),
        node_image: Some(version),
    })
}

/// The sources with the versions in them.
pub(crate) fn filled(metadata: &Metadata, sources: &Tree) -> Tree {
    let node_image = metadata
        .node_image
        .as_ref()
        .map(Version::dot)
        .unwrap_or_default();
    let values = BTreeMap::from([
        (".ClusterClassVersion", metadata.cluster_stack.dot()),
        (".ClusterAddonVersion", metadata.cluster_addon.dot()),
        (".NodeImageVersion", node_image),
    ]);
    let value = |name: &str| values.get(name).cloned();
    sources
        .iter()
        .map(|(path, bytes)| (path.clone(), substitute(bytes.clone(), &value)))
        .collect()
}

/// Builds the files of a release.
pub(crate) fn files(
    tag: &ReleaseTag,
    metadata: &Metadata,
    hashes: &Hashes,
    sources: &Tree,
) -> Result<Built> {
    let tree = filled(metadata, sources);
    let mut files = Files::new();
    let mut unknown_fields = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| files.insert(name, bytes.into());
    let class = pack_chart(
        &below(&tree, "cluster-class"),
        &tag.cluster_class_chart(),
        &tag.version.dot(),
    )
    .context("cluster-class")?;
    add(tag.cluster_class_archive(), class);
    let addon = below(&tree, "cluster-addon");
    let addon_version = metadata.cluster_addon.dot();
    // The stages are copied as they are written, upstream's rule.
    let addon = if let Some(stages) = sources.get(file::CLUSTER_ADDON) {
        unknown_fields = check_stages(stages, &addon)?;
        add(file::CLUSTER_ADDON.to_owned(), stages.clone());
        pack(&addon)?
    } else {
        let values = tree.get(file::CLUSTER_ADDON_VALUES);
        let values = values
            .context("the stack has neither clusteraddon.yaml nor cluster-addon-values.yaml")?;
        add(file::CLUSTER_ADDON_VALUES.to_owned(), values.clone());
        pack_chart(&addon, &tag.cluster_addon_chart(), &addon_version).context("cluster-addon")?
    };
    add(tag.cluster_addon_archive(&metadata.cluster_addon), addon);
    add(file::METADATA.to_owned(), metadata.to_yaml().into_bytes());
    add(file::HASHES.to_owned(), serde_json::to_vec_pretty(hashes)?);
    Ok(Built {
        files,
        unknown_fields,
    })
}

/// Checks that every applied stage has a chart; returns the fields that have no effect.
fn check_stages(stages: &[u8], addon: &Tree) -> Result<Vec<String>> {
    let config = AddonConfig::parse(stages).context("clusteraddon.yaml cannot be used")?;
    for stage in config.applied() {
        ensure!(
            addon.contains_key(&format!("{stage}/Chart.yaml")),
            "clusteraddon.yaml names stage {stage}, but cluster-addon/{stage} is no chart"
        );
    }
    Ok(config.unknown_fields)
}
