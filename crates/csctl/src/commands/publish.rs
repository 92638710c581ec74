//! Decides how a release folder reaches a registry.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use cluster_stack::{Bundle, ReleaseTag, file};
use cso_source::{Limits, Pushed, read_folder};

use super::{say, source};
use crate::args::{Registry, Remote};
use crate::hash::Hashes;
use crate::progress::shown;

pub(super) async fn run(release: &Path, registry: &Registry) -> Result<()> {
    let name = release
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let tag: ReleaseTag = name.parse().with_context(|| {
        format!(
            "the folder {} is not named like a release",
            release.display()
        )
    })?;
    let artifact =
        read_folder(release, &Limits::default()).context("failed to read the release")?;
    let digest = artifact.digest();
    let bundle = Bundle::new(tag.clone(), digest, artifact.into_files())?;
    let annotations = annotations(&bundle)?;
    let source = source(Remote::Oci, registry)?;
    let push = source.push(&tag, bundle.files(), annotations);
    match shown(&source, "publishing", push)
        .await
        .with_context(|| format!("failed to publish {tag}"))?
    {
        Pushed::Created(digest) => {
            say(&format!("published {tag} to {} as {digest}", source.spec()));
        }
        Pushed::Unchanged(digest) => say(&format!(
            "{tag} is in {} already with the same content, {digest}",
            source.spec()
        )),
    }
    Ok(())
}

/// What the manifest says about the release.
pub(super) fn annotations(bundle: &Bundle) -> Result<BTreeMap<String, String>> {
    let kubernetes = bundle.metadata().kubernetes.to_string();
    let mut annotations = BTreeMap::from([("kubernetesVersion".to_owned(), kubernetes)]);
    if let Some(hashes) = bundle.files().get(file::HASHES) {
        let hashes: Hashes =
            serde_json::from_slice(hashes).context("hashes.json cannot be read")?;
        annotations.insert("hash".to_owned(), hashes.short());
    }
    Ok(annotations)
}
