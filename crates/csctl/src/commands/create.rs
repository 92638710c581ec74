//! Decides how the sources of a stack become a release.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use cluster_stack::{Bundle, Digest, Files, Metadata, ReleaseTag, Version, file};
use cso_source::{ChartRepositories, Mirrors, Resolver};

use super::{publish, say, source, wait, warn};
use crate::args::{Create, Mode, Remote};
use crate::build;
use crate::bump::{self, Latest};
use crate::config::Config;
use crate::dependencies;
use crate::hash::Hashes;
use crate::tree::{self, Tree};

pub(super) fn run(args: &Create) -> Result<()> {
    ensure!(
        !args.publish || args.remote == Remote::Oci,
        "--publish needs --remote oci: GitHub releases are not written by this program"
    );
    let mut sources = tree::read(&args.cluster_stack)?;
    let config = build::config(&args.cluster_stack, &sources)?;
    let hashes = Hashes::of(&sources);
    let metadata = versions(args, &config, &hashes)?;
    let tag = config.tag(metadata.cluster_stack.clone())?;
    complete(args, &mut sources, &metadata)?;
    let built = build::files(&tag, &metadata, &hashes, &sources)?;
    for field in &built.unknown_fields {
        warn(&format!(
            "clusteraddon.yaml: field {field} is not known and has no effect"
        ));
    }
    let files = built.files;
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
        Mode::Hash => return build::hash_metadata(config, hashes),
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

/// Ships the charts that are missing, or says that the operator will have to fetch them.
fn complete(args: &Create, sources: &mut Tree, metadata: &Metadata) -> Result<()> {
    if args.vendor_dependencies {
        let mirrors = Mirrors::parse(args.chart_mirrors.iter().map(String::as_str))?;
        let resolver = Resolver::new(ChartRepositories {
            mirrors,
            credentials: args.chart_credentials.clone(),
            ..ChartRepositories::default()
        });
        for path in wait(dependencies::vendor(sources, metadata, &resolver))? {
            say(&format!("vendored {path}"));
        }
        return Ok(());
    }
    for (chart, dependency) in dependencies::missing(sources, metadata) {
        warn(&format!(
            "{chart} depends on chart {dependency}, which is not in its charts/ folder: the operator will have to fetch it, or ship it with --vendor-dependencies"
        ));
    }
    Ok(())
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
