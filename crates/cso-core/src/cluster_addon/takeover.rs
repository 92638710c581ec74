//! What the operator that was here before says of the add-ons, how far that counts, and which of its objects belong to
//! no release: those it would have pruned go, any other is named and goes only when the owner consents.

use std::collections::BTreeSet;

use cluster_stack::ReleaseTag;
use cso_api::{ClusterAddon, ClusterAddonStatus, Resource, StageStatus, labels};

use super::Observed;
use super::run::{ACTING, AFTER, DONE, Run, run};
use crate::failure::Failure;
use crate::fetched::Fetched;
use crate::hooks::Hook;
use crate::manifests::{ObjectId, inventoried};

/// What an upstream installation says about the add-ons of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Nothing that is to be continued.
    Nothing,
    /// The stages of this hook were running.
    Running(Hook),
    /// They are complete, and what the release does not have was removed.
    Installed,
}

/// What upstream left in the workload cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeftBehind {
    /// Every object that is its alone, see [`is_left_behind`](crate::manifests::is_left_behind).
    pub found: Vec<Resource>,
    /// The objects of the releases the add-ons may come from, see [`is_former`].
    pub former: BTreeSet<ObjectId>,
}

/// Whether upstream made or changed the object. We write none of these fields.
fn is_upstreams(addon: &ClusterAddon) -> bool {
    let finalizers = addon.metadata.finalizers.as_deref().unwrap_or_default();
    let spec = &addon.spec;
    spec.cluster_stack.is_some()
        || spec.hook.is_some()
        || finalizers.iter().any(|one| one == labels::ADDON_FINALIZER)
}

/// Whether the add-ons are upstream's still: we have completed no release yet.
fn is_taken_over(addon: &ClusterAddon) -> bool {
    let status = addon.status.as_ref();
    is_upstreams(addon) && status.is_none_or(|status| status.applied.is_none())
}

/// What upstream says about the release of that name.
///
/// `spec.clusterStack` names the release that is complete, except while a hook is running: an upgrade with equal
/// Kubernetes version writes it first. An upgrade of a release with one chart changes no object that exists, so that it
/// is run again. Such releases are told by their inventory: no other has one.
pub(crate) fn word(addon: &ClusterAddon, release: &str) -> Word {
    if !is_taken_over(addon) {
        return Word::Nothing;
    }
    let none = ClusterAddonStatus::default();
    let status = addon.status.as_ref().unwrap_or(&none);
    // Once we have begun with another release, what upstream says is no longer so.
    if status.target.as_ref().is_some_and(|begun| begun != release) {
        return Word::Nothing;
    }
    let hook = addon.spec.hook.as_deref().and_then(Hook::named);
    if let (Some(hook), false) = (hook, status.ready) {
        return Word::Running(hook);
    }
    if complete(addon).is_none_or(|tag| tag.dash() != release) {
        return Word::Nothing;
    }
    if status.resources.iter().any(|one| one.stage.is_empty()) {
        return Word::Running(Hook::BeforeClusterUpgrade);
    }
    Word::Installed
}

/// The release upstream calls complete.
pub(super) fn complete(addon: &ClusterAddon) -> Option<ReleaseTag> {
    addon.spec.cluster_stack.as_deref()?.parse().ok()
}

/// The stages of a hook that upstream was running: what it had begun to apply is applied again, which makes it ours.
pub(super) fn resumed(stages: &mut [StageStatus], status: &ClusterAddonStatus) {
    let is_same = stages.len() == status.stages.len()
        && (stages.iter().zip(&status.stages)).all(|(stage, told)| stage.name == told.name);
    if !is_same {
        return;
    }
    for (stage, told) in stages.iter_mut().zip(&status.stages) {
        stage.phase = match told.phase.as_str() {
            ACTING | AFTER | DONE => ACTING.to_owned(),
            _ => told.phase.clone(),
        };
    }
}

/// Whether the workload cluster is to be searched for what upstream left there: all stages are done, and it is the first
/// release we complete.
pub fn looks_back(observed: &Observed) -> bool {
    is_taken_over(&observed.addon) && matches!(run(observed), Run::Finish(_))
}

/// Whether the add-ons may come from that release, so that what it had and the wanted one has not is to go: the one
/// upstream calls complete. While that is the wanted one in the midst of an upgrade, nobody knows from which version
/// of the stack it began.
pub fn is_former(observed: &Observed, candidate: &ReleaseTag) -> bool {
    let (Some(wanted), Some(complete)) = (observed.tag(), complete(&observed.addon)) else {
        return false;
    };
    if complete != wanted {
        return *candidate == complete;
    }
    let is_upgrading = observed.addon.spec.hook.is_some();
    is_upgrading && *candidate != wanted && candidate.stack() == wanted.stack()
}

/// What upstream left, sorted: objects that go with the release before, and those of no release.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sorted {
    pub(super) former: Vec<Resource>,
    pub(super) orphans: Vec<Resource>,
}

/// Sorts what was found; nothing is known before the search succeeded.
pub(super) fn sorted(observed: &Observed) -> Result<Sorted, Failure> {
    let Some(left) = &observed.left_behind else {
        return Ok(Sorted::default());
    };
    let left = left.as_ref().map_err(Clone::clone)?;
    let wanted = observed.wanted();
    let mut sorted = Sorted::default();
    for resource in &left.found {
        match ObjectId::of_resource(resource) {
            Some(id) if wanted.contains_key(&id) => {}
            Some(id) if left.former.contains(&id) => sorted.former.push(resource.clone()),
            _ => sorted.orphans.push(resource.clone()),
        }
    }
    sorted.orphans.sort();
    Ok(sorted)
}

/// The stages whose objects are in the workload cluster; if there are none of any, those of an installation.
pub(super) fn present(observed: &Observed, install: &BTreeSet<String>) -> BTreeSet<String> {
    let is_here = |id: &ObjectId| matches!(observed.live.get(id), Some(Fetched::Found(live)) if live.is_marked());
    let stages = observed.stages.iter().filter_map(|(name, stage)| {
        let objects = &stage.as_ref().ok()?.manifests;
        objects
            .iter()
            .any(|one| is_here(one.id()))
            .then(|| name.clone())
    });
    let present: BTreeSet<String> = stages.collect();
    if present.is_empty() {
        return install.clone();
    }
    present
}

/// The objects without a release that are still there and nobody has taken up.
pub(super) fn remaining(observed: &Observed) -> Vec<Resource> {
    let Some(owner) = observed.owner() else {
        return observed.status().orphans.clone();
    };
    if observed.status().orphans.is_empty() {
        return Vec::new();
    }
    let wanted = observed.wanted();
    let stays = |resource: &Resource| {
        let Some(id) = inventoried(resource, &owner, &observed.kinds) else {
            return false;
        };
        let is_there = match observed.live.get(&id) {
            Some(Fetched::Missing) => false,
            Some(Fetched::Found(live)) => owner.owns(live),
            Some(Fetched::Failed(_)) | None => true,
        };
        is_there && !wanted.contains_key(&id)
    };
    observed
        .status()
        .orphans
        .iter()
        .filter(|orphan| stays(orphan))
        .cloned()
        .collect()
}
