//! Decides how the sources of a stack become a release.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use cluster_stack::{
    AddonConfig, Bundle, Channel, Digest, Files, Metadata, ReleaseTag, Version, file,
};
use serde::Deserialize;

use super::{publish, say, source, wait, warn};
use crate::archive::{pack, pack_chart};
use crate::args::{Create, Mode, Remote};
use crate::bump::{self, Latest};
use crate::config::Config;
use crate::hash::Hashes;
use crate::substitute::substitute;
use crate::tree::{self, Tree, below};

pub(super) fn run(args: &Create) -> Result<()> {
    ensure!(
        !args.publish || args.remote == Remote::Oci,
        "--publish needs --remote oci: GitHub releases are not written by this program"
    );
    let sources = tree::read(&args.cluster_stack)?;
    let config = sources.get("csctl.yaml");
    let config = Config::parse(
        config.with_context(|| format!("{} has no csctl.yaml", args.cluster_stack.display()))?,
    )?;
    let hashes = Hashes::of(&sources);
    let metadata = versions(args, &config, &hashes)?;
    let tag = config.tag(metadata.cluster_stack.clone())?;
    let files = build(&tag, &metadata, &hashes, &sources)?;
    let identity = Digest::of_files(
        files
            .iter()
            .map(|(name, bytes)| (name.as_str(), &bytes[..])),
    );
    let bundle = Bundle::new(tag.clone(), identity, files.clone())
        .context("the sources do not make a complete release")?;
    let digest = Digest::of(&cso_source::manifest(
        &files,
        publish::annotations(&bundle)?,
    ));
    for (stage, dependency) in unvendored(&below(&sources, "cluster-addon")) {
        warn(&format!(
            "stage {stage} depends on chart {dependency}, which is not in its charts/ folder: the operator will have to fetch it"
        ));
    }
    let folder = write(args, &tag, &files)?;
    say(&format!(
        "created {} with {} files, {digest}",
        folder.display(),
        files.len()
    ));
    if args.publish {
        return wait(publish::run(&folder, &args.registry));
    }
    say(&format!("next: csctl publish {}", folder.display()));
    Ok(())
}

fn versions(args: &Create, config: &Config, hashes: &Hashes) -> Result<Metadata> {
    let given = |flag: &str, value: &Option<String>| {
        let text = value
            .as_deref()
            .with_context(|| format!("mode custom needs --{flag}"))?;
        text.parse::<Version>()
            .with_context(|| format!("--{flag} is wrong"))
    };
    let [cluster_stack, cluster_addon, node_image] = match args.mode {
        Mode::Stable => {
            let latest = wait(latest(args, config)).context(
                "mode stable asks --remote for the latest release (modes hash and custom do not)",
            )?;
            return bump::next(latest.as_ref(), hashes, config.kubernetes.clone());
        }
        Mode::Hash => {
            let channel: Channel = "sha".parse().context("sha is a channel")?;
            let version = Version::in_channel(0, channel, &hashes.short())?;
            [version.clone(), version.clone(), version]
        }
        Mode::Custom => [
            given("cluster-stack-version", &args.cluster_stack_version)?,
            given("cluster-addon-version", &args.cluster_addon_version)?,
            given("node-image-version", &args.node_image_version)?,
        ],
    };
    Ok(Metadata {
        cluster_stack,
        kubernetes: config.kubernetes.clone(),
        cluster_addon,
        node_image: Some(node_image),
    })
}

/// The latest stable release of the stack, from where releases live.
async fn latest(args: &Create, config: &Config) -> Result<Option<Latest>> {
    let source = source(args.remote, &args.registry)?;
    let releases = match source.list_tags().await {
        Ok(listed) => listed.releases,
        // A registry knows no repository before the first release is in it.
        Err(cso_source::Error::NotFound { .. }) => {
            warn(&format!("{} does not exist yet", source.spec()));
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let Some(tag) = bump::latest(&releases, &config.tag(Version::stable(1))?) else {
        return Ok(None);
    };
    let digest = source.resolve(tag).await?;
    let artifact = source.pull(tag, &digest).await?;
    let read = |name| artifact.files().get(name);
    let metadata = read(file::METADATA).with_context(|| format!("{tag} has no metadata.yaml"))?;
    let metadata = Metadata::parse(metadata)
        .with_context(|| format!("metadata.yaml of {tag} cannot be read"))?;
    let hashes = read(file::HASHES)
        .map(|bytes| serde_json::from_slice(bytes))
        .transpose()
        .with_context(|| format!("hashes.json of {tag} cannot be read"))?;
    Ok(Some(Latest {
        tag: tag.clone(),
        metadata,
        hashes,
    }))
}

fn build(tag: &ReleaseTag, metadata: &Metadata, hashes: &Hashes, sources: &Tree) -> Result<Files> {
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
    let tree: Tree = sources
        .iter()
        .map(|(path, bytes)| (path.clone(), substitute(bytes.clone(), &value)))
        .collect();

    let mut files = Files::new();
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
        check_stages(stages, &addon)?;
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
    Ok(files)
}

fn check_stages(stages: &[u8], addon: &Tree) -> Result<()> {
    let config = AddonConfig::parse(stages).context("clusteraddon.yaml cannot be used")?;
    for field in &config.unknown_fields {
        warn(&format!(
            "clusteraddon.yaml: field {field} is not known and has no effect"
        ));
    }
    for stage in config.applied() {
        ensure!(
            addon.contains_key(&format!("{stage}/Chart.yaml")),
            "clusteraddon.yaml names stage {stage}, but cluster-addon/{stage} is no chart"
        );
    }
    Ok(())
}

#[derive(Deserialize)]
struct Chart {
    #[serde(default)]
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
}

/// Stage charts and those of their dependencies that are not in `charts/`.
fn unvendored(addon: &Tree) -> Vec<(String, String)> {
    let mut missing = Vec::new();
    for (path, bytes) in addon {
        let Some(stage) = path
            .strip_suffix("/Chart.yaml")
            .filter(|stage| !stage.contains('/'))
        else {
            continue;
        };
        let Ok(chart) = serde_saphyr::from_slice::<Chart>(bytes) else {
            continue;
        };
        for Dependency { name } in chart.dependencies {
            let prefixes = [
                format!("{stage}/charts/{name}-"),
                format!("{stage}/charts/{name}/"),
            ];
            if !addon
                .keys()
                .any(|file| prefixes.iter().any(|prefix| file.starts_with(prefix)))
            {
                missing.push((stage.to_owned(), name));
            }
        }
    }
    missing
}

fn write(args: &Create, tag: &ReleaseTag, files: &Files) -> Result<PathBuf> {
    let folder = args.output.join(tag.dash());
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("failed to clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("failed to make {}", folder.display()))?;
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).with_context(|| format!("failed to write {name}"))?;
    }
    Ok(folder)
}
