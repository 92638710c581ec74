//! From the add-on bundle of a release to the objects of a stage, rendered as `helm template` does: release
//! `cluster-addon`, namespace `kube-system`, CRDs included, hooks with their annotations, tests left out.
//!
//! Unlike the Go operator the chart is told what the workload cluster really serves, and objects keep the namespace they
//! name. Clock and randomness come as [`Ambient`]: what a render took of them is in [`StageRender::record`], and replayed it
//! gives the same objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use cluster_stack::{AddonLayout, Bundle, CLUSTER_ADDON_CHART, Digest, file, stage_chart};
use helm_engine::chart::{
    ArchiveError, ArchiveLimits, files_from_archive, folders_from_archive, not_ignored,
};
use helm_engine::{
    Ambient, Capabilities, Chart, ChartFile, Data, Hook, HookEvent, Limits, Record, Release,
    RenderError, RenderInput, render,
};
use serde_json::Value;

use super::Values;
use crate::documents::{json, read_document};
use crate::failure::{Cause, Failure};
use crate::manifests::{Kinds, Manifest, parse};
use crate::vendored::vendored;

/// Helm's name of every stage's release, as upstream has it.
pub const RELEASE_NAME: &str = "cluster-addon";
/// Namespace of objects that name none.
pub const RELEASE_NAMESPACE: &str = "kube-system";
/// The only stage of a release without `clusteraddon.yaml`.
pub(crate) const ONLY_STAGE: &str = "cluster-addon";
/// Template of a stage's values, in its chart folder.
const OVERWRITE: &str = "overwrite.yaml";

/// What an add-on chart may use up: far beyond any real one, some seconds of work at most.
const LIMITS: Limits = Limits {
    steps: 50_000_000,
    output: 64 << 20,
    depth: 1_000,
};

/// The unpacked charts of an add-on bundle, by stage.
#[derive(Clone, Debug)]
pub struct AddonCharts {
    release: String,
    digest: Digest,
    folders: BTreeMap<String, Vec<ChartFile>>,
    values: Option<Arc<[u8]>>,
    /// What the charts need and the release does not ship.
    fetched: BTreeMap<String, Vec<ChartFile>>,
}

/// The chart of a stage.
#[derive(Clone, Debug)]
pub struct StageChart {
    /// Name of the stage.
    pub stage: String,
    /// Digest of the release it belongs to.
    pub release: Digest,
    /// The chart.
    pub chart: Chart,
    /// Name and content of the template of its values.
    pub values: Option<(&'static str, Arc<[u8]>)>,
}

impl AddonCharts {
    /// Unpacks the add-ons of a release: a chart folder per stage, or one chart, which is the stage `cluster-addon`.
    ///
    /// # Errors
    /// The archive is broken, hostile or too large.
    pub fn unpack(bundle: &Bundle) -> Result<Self, Failure> {
        let archive = bundle.cluster_addon();
        let limits = ArchiveLimits::default();
        let (folders, values) = match bundle.addon() {
            AddonLayout::Stages(_) => (folders_from_archive(archive, &limits), None),
            AddonLayout::SingleChart { values } => (
                files_from_archive(archive, &limits)
                    .map(|files| BTreeMap::from([(ONLY_STAGE.to_owned(), files)])),
                values.clone(),
            ),
        };
        let broken = |error: ArchiveError| {
            Failure::new(
                Cause::BrokenArchive,
                format!(
                    "the add-ons of {} cannot be read: {}: build and publish the release again",
                    bundle.tag(),
                    helm_engine::chain(&error)
                ),
            )
        };
        let folders = folders.map_err(broken)?;
        let mut fetched = BTreeMap::new();
        for stage in folders.keys() {
            let chart = match bundle.addon() {
                AddonLayout::Stages(_) => stage_chart(stage),
                AddonLayout::SingleChart { .. } => CLUSTER_ADDON_CHART.to_owned(),
            };
            let files = vendored(bundle.dependencies(), &chart).map_err(broken)?;
            fetched.insert(stage.clone(), files);
        }
        Ok(Self {
            release: bundle.tag().to_string(),
            digest: bundle.digest().clone(),
            folders,
            values,
            fetched,
        })
    }

    /// Names of the chart folders.
    pub fn stages(&self) -> impl Iterator<Item = &str> {
        self.folders.keys().map(String::as_str)
    }

    /// Loads the chart of a stage.
    ///
    /// # Errors
    /// There is no such folder, or it holds no chart.
    pub fn stage(&self, stage: &str) -> Result<StageChart, Failure> {
        let files = self.folders.get(stage).ok_or_else(|| {
            let found: Vec<&str> = self.stages().collect();
            Failure::new(
                Cause::MissingChart,
                format!(
                    "the add-ons of {} have no chart \"{stage}\" (they have: {}): correct clusteraddon.yaml and publish a new version",
                    self.release,
                    found.join(", ")
                ),
            )
        })?;
        let broken = |text: String| {
            Failure::new(
                Cause::BrokenArchive,
                format!(
                    "chart \"{stage}\" of {} cannot be read: {text}: build and publish the release again",
                    self.release
                ),
            )
        };
        let overwrite = files.iter().find(|file| file.name == OVERWRITE);
        let values = match (overwrite, &self.values) {
            (Some(file), None) => Some((OVERWRITE, Arc::from(file.data.as_bytes()))),
            (_, values) => values
                .clone()
                .map(|values| (file::CLUSTER_ADDON_VALUES, values)),
        };
        let mut files = not_ignored(files).map_err(|error| broken(helm_engine::chain(&error)))?;
        files.extend(self.fetched.get(stage).into_iter().flatten().cloned());
        let chart = Chart::from_files(files).map_err(|error| broken(helm_engine::chain(&error)))?;
        Ok(StageChart {
            stage: stage.to_owned(),
            release: self.digest.clone(),
            chart,
            values,
        })
    }
}

/// All that the objects of a stage depend on.
pub struct StageInput<'a> {
    /// Its chart.
    pub chart: &'a StageChart,
    /// Its values, over the chart's own.
    pub values: &'a Values,
    /// What the workload cluster serves, or served when the stage was first rendered.
    pub capabilities: &'a Capabilities,
    /// The scopes of what it serves.
    pub kinds: &'a Kinds,
    /// Clock and randomness, replaying what an earlier render took.
    pub ambient: Ambient,
}

/// The objects of a stage.
#[derive(Clone, Debug)]
pub struct StageRender {
    /// What is applied, CRDs first, in Helm's install order.
    pub manifests: Vec<Manifest>,
    /// What runs at certain moments, tests left out.
    pub hooks: Vec<HookManifest>,
    /// What was taken from clock and randomness. Holds generated keys: store it like a Secret.
    pub record: Record,
    /// Digest of all objects.
    pub digest: Digest,
}

/// An object with Helm's hook annotations.
#[derive(Clone, Debug, PartialEq)]
pub struct HookManifest {
    /// The object.
    pub manifest: Manifest,
    /// When it runs.
    pub events: Vec<HookEvent>,
    /// Its order among the hooks of one event, ascending.
    pub weight: i64,
    /// `before-hook-creation`, `hook-succeeded`, `hook-failed`; none = `before-hook-creation`.
    pub delete_policies: Vec<String>,
}

/// Renders a stage. The same input, the same record replayed, gives the same bytes.
///
/// # Errors
/// A chart that cannot be rendered, or whose output is no set of objects, with Helm's text.
pub fn render_stage(input: StageInput<'_>) -> Result<StageRender, Failure> {
    let stage = &input.chart.stage;
    let failed = |cause, text: String| {
        Failure::new(
            cause,
            format!(
                "chart \"{stage}\" cannot be rendered, correct it and publish a new version: {text}"
            ),
        )
    };
    let given = RenderInput {
        release: Release {
            name: RELEASE_NAME.to_owned(),
            namespace: RELEASE_NAMESPACE.to_owned(),
            revision: 1,
            is_upgrade: false,
        },
        values: input.values.clone(),
        capabilities: input.capabilities.clone(),
        ambient: input.ambient,
        limits: LIMITS,
    };
    let rendered = render(&input.chart.chart, given).map_err(|error| {
        let cause = match error {
            RenderError::MissingDependencies(_) => Cause::MissingDependency,
            _ => Cause::Template,
        };
        failed(cause, error.text())
    })?;
    let crds = rendered
        .crds
        .iter()
        .map(|(path, text)| (path.as_str(), text.to_str_lossy()));
    let others = rendered
        .manifests
        .iter()
        .map(|manifest| (manifest.source.as_str(), manifest.content.as_str().into()));
    let mut documents = Vec::new();
    for (source, text) in crds.chain(others) {
        for document in helm_engine::manifest::split_documents(&text) {
            documents.push(read_document(source, document)?);
        }
    }
    let objects = |documents: &[Value], kinds: &Kinds| {
        parse(documents, RELEASE_NAMESPACE, kinds)
            .map_err(|error| failed(Cause::Template, error.to_string()))
    };
    let manifests = objects(&documents, input.kinds)?;
    let kinds = input.kinds.with_crds(&documents);
    let mut hooks = Vec::new();
    for hook in rendered.hooks.iter().filter(|hook| !hook.is_test()) {
        let document = read_document(&hook.manifest.source, &hook.manifest.content)?;
        let manifests = objects(&[document], &kinds)?;
        hooks.extend(manifests.into_iter().map(|one| hook_manifest(hook, one)));
    }
    let digest = digest_of(&manifests, &hooks);
    Ok(StageRender {
        manifests,
        hooks,
        record: rendered.record,
        digest,
    })
}

fn hook_manifest(hook: &Hook, manifest: Manifest) -> HookManifest {
    HookManifest {
        manifest,
        events: hook.events.clone(),
        weight: hook.weight,
        delete_policies: hook
            .delete_policies
            .iter()
            .filter(|policy| !policy.is_empty())
            .cloned()
            .collect(),
    }
}

fn digest_of(manifests: &[Manifest], hooks: &[HookManifest]) -> Digest {
    let all = manifests
        .iter()
        .chain(hooks.iter().map(|hook| &hook.manifest));
    let lines: Vec<String> = all
        .map(|manifest| {
            format!(
                "{} {} {}\n",
                manifest.api_version(),
                manifest.id(),
                manifest.digest()
            )
        })
        .collect();
    Digest::of(lines.concat().as_bytes())
}

/// What identifies a render but for the kinds served: with the same identity and kinds it need not be made again.
/// `replayed` is the record the [`Ambient`] replays; without one every render is another.
pub fn render_identity(
    chart: &StageChart,
    values: &Values,
    capabilities: &Capabilities,
    replayed: &Record,
) -> Digest {
    let identity = serde_json::json!([
        chart.release.as_str(),
        chart.stage,
        json(Data::Map(values.clone())),
        capabilities.kube_version.version,
        capabilities.api_versions,
        capabilities.helm_version,
        json(replayed.to_data()),
    ]);
    Digest::of(identity.to_string().as_bytes())
}

#[cfg(test)]
mod tests;
