//! From the bundle of a release to the documents of its cluster-class chart, rendered as `helm template` does.

use std::collections::BTreeMap;

use cluster_stack::{Bundle, CLUSTER_CLASS_CHART, Digest};
use helm_engine::chart::{ArchiveLimits, files_from_archive};
use helm_engine::{
    Ambient, Capabilities, Chart, Limits, LoadError, Release, RenderError, RenderInput, render,
};
use jiff::Timestamp;
use serde_json::Value;

use super::helm_release_name;
use crate::documents::read_document;
use crate::failure::{Cause, Failure};
use crate::vendored::vendored;

/// What a cluster-class chart may use up: far beyond any real one, some seconds of work at most.
const LIMITS: Limits = Limits {
    steps: 20_000_000,
    output: 64 << 20,
    depth: 1_000,
};

/// Renders the cluster-class chart into `namespace`, without values, with Helm's default capabilities; CRDs of the
/// chart come first, hooks that are not tests are ordinary objects.
///
/// `created` is the clock of the templates and, with the digest, the seed of their randomness: rendering the same
/// release again gives the same documents.
///
/// # Errors
/// A chart that cannot be loaded or rendered, or whose output is no YAML, with the text Helm would print.
pub fn documents(
    bundle: &Bundle,
    namespace: &str,
    created: Timestamp,
) -> Result<Vec<Value>, Failure> {
    let tag = bundle.tag();
    let chart = chart(bundle).map_err(|error| {
        let message = format!(
            "the cluster-class chart of {tag} cannot be read: {}: build and publish the release again",
            helm_engine::chain(&error)
        );
        Failure::new(Cause::BrokenArchive, message)
    })?;
    let input = RenderInput {
        release: Release {
            name: helm_release_name(tag),
            namespace: namespace.to_owned(),
            revision: 1,
            is_upgrade: false,
        },
        values: BTreeMap::new(),
        capabilities: Capabilities::default(),
        ambient: Ambient::seeded(created, seed(bundle, namespace)),
        limits: LIMITS,
    };
    let rendered = render(&chart, input).map_err(|error| failed(bundle, &error))?;
    let crds = rendered
        .crds
        .iter()
        .map(|(path, text)| (path.as_str(), text.to_str_lossy()));
    let manifests = rendered
        .manifests
        .iter()
        .map(|manifest| (manifest.source.as_str(), manifest.content.as_str().into()));
    let hooks = rendered
        .hooks
        .iter()
        .filter(|hook| !hook.is_test())
        .map(|hook| {
            (
                hook.manifest.source.as_str(),
                hook.manifest.content.as_str().into(),
            )
        });
    let mut documents = Vec::new();
    for (source, text) in crds.chain(manifests).chain(hooks) {
        for document in helm_engine::manifest::split_documents(&text) {
            documents.push(read_document(source, document)?);
        }
    }
    Ok(documents)
}

/// The chart with the charts it needs in it.
fn chart(bundle: &Bundle) -> Result<Chart, LoadError> {
    let files = files_from_archive(bundle.cluster_class(), &ArchiveLimits::default());
    let mut files = files.map_err(LoadError::Archive)?;
    let fetched = vendored(bundle.dependencies(), CLUSTER_CLASS_CHART);
    files.extend(fetched.map_err(LoadError::Archive)?);
    Chart::from_files(files)
}

fn failed(bundle: &Bundle, error: &RenderError) -> Failure {
    let cause = match error {
        RenderError::MissingDependencies(_) => Cause::MissingDependency,
        _ => Cause::Template,
    };
    let message = format!(
        "the cluster-class chart of {} cannot be rendered, correct it and publish a new version: {}",
        bundle.tag(),
        error.text()
    );
    Failure::new(cause, message)
}

fn seed(bundle: &Bundle, namespace: &str) -> [u8; 32] {
    let digest = Digest::of(format!("{}/{namespace}", bundle.digest()).as_bytes()).to_string();
    let mut seed = [0; 32];
    for (slot, byte) in seed.iter_mut().zip(digest.bytes().rev()) {
        *slot = byte;
    }
    seed
}
