//! Everything a pass over the add-ons of a Cluster knows, and what has to be looked up for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use cluster_stack::{Action, AddonLayout, Bundle, ReleaseTag, Stage, WaitCondition};
use cso_api::capi::ClusterView;
use cso_api::{ClusterAddon, ClusterAddonStatus, ClusterStackRelease, labels};
use jiff::Timestamp;
use kube::core::DynamicObject;
use serde_json::Value;

use super::cluster_state::is_initialized;
use super::health::tells_health;
use super::helm_hooks::{HookObject, tells_end};
use super::run::{Run, run};
use super::takeover::looks_back;
use super::work::work;
use super::{LeftBehind, ONLY_STAGE, RELEASE_NAME, RELEASE_NAMESPACE, StageRecord, StageRender};
use crate::failure::{Cause, Failure};
use crate::fetched::Fetched;
use crate::hooks::Hook;
use crate::manifests::{
    Applied, Kinds, LiveObject, Manifest, ObjectId, Owner, Situation, inventoried,
};

/// Everything a pass over the add-ons of a Cluster knows.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The object.
    pub addon: ClusterAddon,
    /// The Cluster, in either shape.
    pub cluster: Fetched<DynamicObject>,
    /// `status.version` of its control plane, if it tells one.
    pub control_plane_version: Option<String>,
    /// The release its class belongs to; `None` = the class is not ours.
    pub release: Option<ClusterStackRelease>,
    /// The content of that release; `None` = it is not pulled yet.
    pub bundle: Result<Option<Arc<Bundle>>, Failure>,
    /// Whether the workload cluster answers; missing = it has no kubeconfig yet.
    pub workload: Fetched<()>,
    /// The objects of every stage the release applies, as far as they were rendered.
    pub stages: BTreeMap<String, Result<Arc<StageObjects>, Failure>>,
    /// The objects of [`awaited`], by their keys.
    pub objects: BTreeMap<String, Fetched<Value>>,
    /// The workloads of [`workloads`], whole.
    pub health: BTreeMap<ObjectId, Fetched<Value>>,
    /// What the workload cluster serves.
    pub kinds: Arc<Kinds>,
    /// The objects of the workload cluster that [`reads`] asks for.
    pub live: BTreeMap<ObjectId, Fetched<LiveObject>>,
    /// Records of earlier applies, as far as remembered; forgetting is safe.
    pub applied: Arc<BTreeMap<ObjectId, Applied>>,
    /// What upstream left in the workload cluster; `None` unless [`looks_back`](super::looks_back) asks for it.
    pub left_behind: Option<Result<LeftBehind, Failure>>,
    /// The time of the pass.
    pub now: Timestamp,
}

/// The objects of a stage with our labels, and the Secret that remembers how they came about.
#[derive(Clone, Debug, PartialEq)]
pub struct StageObjects {
    /// Applied before any other: what was generated must be known before it is used.
    pub record: Manifest,
    /// The objects of the chart.
    pub manifests: Vec<Manifest>,
    /// Its Helm hooks, by weight.
    pub hooks: Vec<HookObject>,
}

impl StageObjects {
    /// Marks what was rendered as the Cluster's add-ons.
    ///
    /// # Errors
    /// The record is too large for a Secret.
    pub fn of(render: &StageRender, record: &StageRecord, owner: &Owner) -> Result<Self, Failure> {
        let record = record
            .to_manifest()
            .map_err(|error| Failure::new(Cause::Template, error.to_string()))?;
        let hooks = render.hooks.iter().map(|hook| HookObject::of(hook, owner));
        let mut hooks: Vec<HookObject> = hooks.collect();
        // Stable: hooks of one weight stay in Helm's install order.
        hooks.sort_by_key(|hook| hook.hook.weight);
        let manifests = render.manifests.iter();
        Ok(Self {
            record: owner.mark(record),
            manifests: manifests
                .map(|manifest| owner.mark(manifest.clone()))
                .collect(),
            hooks,
        })
    }

    /// Every object, the record and hooks among them.
    pub fn all(&self) -> impl Iterator<Item = &Manifest> {
        let hooks = self.hooks.iter().map(|hook| &hook.manifest);
        std::iter::once(&self.record)
            .chain(&self.manifests)
            .chain(hooks)
    }
}

/// Whose the objects in a workload cluster are. It has the add-ons of one Cluster only, whatever release they are of.
pub fn addon_owner(tag: &ReleaseTag) -> Owner {
    Owner {
        namespace: RELEASE_NAMESPACE.to_owned(),
        release: RELEASE_NAME.to_owned(),
        stack: tag.stack(),
    }
}

/// The stages of a hook in a release. One without `clusteraddon.yaml` has a single stage for installation and upgrade.
pub fn stages_of(bundle: &Bundle, hook: Hook) -> Vec<Stage> {
    match bundle.addon() {
        AddonLayout::Stages(config) => config.stages_of(hook.name()).to_vec(),
        AddonLayout::SingleChart { .. } => match hook {
            Hook::AfterControlPlaneInitialized | Hook::BeforeClusterUpgrade => vec![Stage {
                name: ONLY_STAGE.to_owned(),
                action: Action::Apply,
                wait_for_pre_condition: None,
                wait_for_post_condition: None,
            }],
            _ => Vec::new(),
        },
    }
}

/// The stages a release applies under any hook.
pub fn applied_stages(bundle: &Bundle) -> BTreeSet<String> {
    match bundle.addon() {
        AddonLayout::Stages(config) => config.applied().into_iter().map(str::to_owned).collect(),
        AddonLayout::SingleChart { .. } => [ONLY_STAGE.to_owned()].into(),
    }
}

/// The stages that a run which ends with this hook has deleted for good.
pub(super) fn deleted_stages(bundle: &Bundle, last: Hook) -> BTreeSet<String> {
    let hooks: &[Hook] = match last {
        Hook::AfterControlPlaneInitialized => &[Hook::AfterControlPlaneInitialized],
        _ => &[Hook::BeforeClusterUpgrade, Hook::AfterClusterUpgrade],
    };
    let mut deleted = BTreeSet::new();
    for stage in hooks.iter().flat_map(|hook| stages_of(bundle, *hook)) {
        match stage.action {
            Action::Apply => deleted.remove(&stage.name),
            Action::Delete => deleted.insert(stage.name),
        };
    }
    deleted
}

/// The condition the running stage waits for now: its objects are to be read.
pub fn awaited(observed: &Observed) -> Option<WaitCondition> {
    match run(observed) {
        Run::Stage(at) => at.condition().cloned(),
        Run::Blocked(_) | Run::Rollout(_) | Run::Finish(_) | Run::Steady => None,
    }
}

/// Whether the workload cluster may be looked at: neither the Cluster nor its add-ons go, its API server has come up
/// once, and there is something to apply.
pub fn may_look(observed: &Observed) -> bool {
    let cluster = observed.cluster.found();
    let is_up = cluster.is_some_and(|one| is_initialized(one) && !ClusterView(one).is_deleting());
    is_up && !observed.is_deleting() && observed.content().is_some()
}

/// The workloads that are read whole, each with the API version to ask for: those whose health is judged, or the hooks
/// of the running stage.
pub fn workloads(observed: &Observed) -> BTreeMap<ObjectId, String> {
    let mut rendered = (observed.stages.values().flatten()).flat_map(|stage| stage.all());
    if !rendered.any(|one| tells_health(&one.id().kind) || tells_end(&one.id().kind)) {
        return BTreeMap::new();
    }
    let run = run(observed);
    let meant: Vec<Manifest> = match &run {
        // Which stages of upstream's are there is seen later: all are judged until then.
        Run::Finish(_) if looks_back(observed) => {
            let stages = observed.stages.values().flatten();
            let objects = stages.flat_map(|stage| &stage.manifests).cloned();
            objects.filter(|one| tells_health(&one.id().kind)).collect()
        }
        Run::Steady | Run::Finish(_) => {
            let objects = work(observed, &run).unwrap_or_default().objects.into_iter();
            objects.filter(|one| tells_health(&one.id().kind)).collect()
        }
        _ => {
            let work = work(observed, &run).unwrap_or_default();
            let hooks = work.before.into_iter().chain(work.after);
            hooks
                .map(|hook| hook.manifest)
                .filter(|one| tells_end(&one.id().kind))
                .collect()
        }
    };
    let named = |one: &Manifest| (one.id().clone(), one.version().to_owned());
    meant.iter().map(named).collect()
}

/// The objects of the workload cluster a pass needs to know, each with the API version to ask for.
pub fn reads(observed: &Observed) -> BTreeMap<ObjectId, String> {
    let Some(owner) = observed.owner() else {
        return BTreeMap::new();
    };
    let status = observed.status();
    let left = observed.left_behind.iter().flatten();
    let resources = (status.resources.iter().map(|entry| &entry.resource))
        .chain(&status.orphans)
        .chain(left.flat_map(|left| &left.found));
    let mut reads: BTreeMap<ObjectId, String> = resources
        .filter_map(|resource| {
            let id = inventoried(resource, &owner, &observed.kinds)?;
            Some((id, resource.version.clone()))
        })
        .collect();
    let rendered = observed.stages.values().flatten();
    reads.extend(
        rendered
            .flat_map(|stage| stage.all())
            .map(|manifest| (manifest.id().clone(), manifest.version().to_owned())),
    );
    reads
}

impl Observed {
    /// The status it has.
    pub(crate) fn status(&self) -> &ClusterAddonStatus {
        static NONE: LazyLock<ClusterAddonStatus> = LazyLock::new(ClusterAddonStatus::default);
        self.addon.status.as_ref().unwrap_or(&NONE)
    }

    /// Whether it is being deleted.
    pub(crate) fn is_deleting(&self) -> bool {
        self.addon.metadata.deletion_timestamp.is_some()
    }

    /// Tag of the release that is wanted.
    pub(crate) fn tag(&self) -> Option<ReleaseTag> {
        self.release.as_ref()?.metadata.name.as_ref()?.parse().ok()
    }

    /// Its content, if it is at hand.
    pub(crate) fn content(&self) -> Option<&Arc<Bundle>> {
        self.bundle.as_ref().ok()?.as_ref()
    }

    /// Whose the objects are.
    pub(crate) fn owner(&self) -> Option<Owner> {
        self.tag().map(|tag| addon_owner(&tag))
    }

    /// Every object the wanted release has, by identity, with its stage.
    pub(crate) fn wanted(&self) -> BTreeMap<&ObjectId, &str> {
        let stages = self.stages.iter();
        let rendered = stages.filter_map(|(name, stage)| Some((name, stage.as_ref().ok()?)));
        rendered
            .flat_map(|(name, stage)| stage.all().map(move |one| (one.id(), name.as_str())))
            .collect()
    }

    /// The hooks of all stages that go once they have succeeded.
    pub(crate) fn temporary(&self) -> BTreeSet<&ObjectId> {
        let hooks = self
            .stages
            .values()
            .flatten()
            .flat_map(|stage| &stage.hooks);
        hooks
            .filter(|hook| hook.is_temporary())
            .map(|hook| hook.manifest.id())
            .collect()
    }

    /// What is known of the workload cluster.
    pub(crate) fn situation<'a>(
        &'a self,
        owner: &'a Owner,
        inventory: &'a [cso_api::Resource],
    ) -> Situation<'a> {
        Situation {
            owner,
            kinds: &self.kinds,
            inventory,
            live: &self.live,
            applied: &self.applied,
        }
    }

    /// Why nothing may be done, if so: reason and message.
    pub(crate) fn held(&self) -> Option<(&'static str, String)> {
        let annotations = self.addon.metadata.annotations.as_ref();
        if annotations.is_some_and(|all| all.contains_key(labels::PAUSED_ANNOTATION)) {
            return Some((
                cso_api::conditions::reasons::PAUSED,
                format!("annotation {} is set", labels::PAUSED_ANNOTATION),
            ));
        }
        let cluster = ClusterView(self.cluster.found()?);
        if cluster.is_deleting() {
            return Some((
                cso_api::conditions::reasons::DELETING,
                format!("Cluster {} is being deleted", cluster.name()),
            ));
        }
        cluster.is_paused().then(|| {
            (
                cso_api::conditions::reasons::PAUSED,
                format!("Cluster {} is paused", cluster.name()),
            )
        })
    }
}
