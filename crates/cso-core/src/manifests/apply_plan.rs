//! Desired objects against inventory and cluster: what to adopt, apply and remove, in waves.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use cluster_stack::ReleaseTag;
use cso_api::{Resource, labels};

use super::prune::inventoried;
use super::{Applied, Kinds, LiveObject, Manifest, ObjectId, Removal, removal, wave_of};
use crate::effect::Effect;
use crate::failure::{Cause, Failure};
use crate::fetched::Fetched;

/// The release objects belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Namespace of the `ClusterStackRelease`.
    pub namespace: String,
    /// Its name.
    pub release: String,
    /// Stack it belongs to, `<provider>-<name>-<major>-<minor>`.
    pub stack: String,
}

impl Owner {
    /// The release of that tag in that namespace.
    pub fn of(tag: &ReleaseTag, namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            release: tag.dash(),
            stack: tag.stack(),
        }
    }

    /// The manifest with the labels that say whose it is, its Pods with the one that upstream gave them.
    pub fn mark(&self, manifest: Manifest) -> Manifest {
        manifest
            .labelled([
                (labels::OWNED_LABEL, labels::OWNED),
                (labels::RELEASE_LABEL, self.release.as_str()),
                (labels::RELEASE_NAMESPACE_LABEL, self.namespace.as_str()),
                (labels::STACK_LABEL, self.stack.as_str()),
            ])
            .pods_labelled(labels::OWNED_LABEL, labels::OWNED)
    }
}

/// What is known of the cluster, for [`apply_plan`].
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The release the objects belong to.
    pub owner: &'a Owner,
    /// Kinds that are served.
    pub kinds: &'a Kinds,
    /// Inventory of the last pass.
    pub inventory: &'a [Resource],
    /// Every desired and every inventoried object in the cluster. An object that is not listed was not looked up.
    pub live: &'a BTreeMap<ObjectId, Fetched<LiveObject>>,
    /// Records of earlier applies, as far as remembered.
    pub applied: &'a BTreeMap<ObjectId, Applied>,
}

impl Situation<'_> {
    /// What is known of an object.
    pub fn look(&self, id: &ObjectId) -> Cow<'_, Fetched<LiveObject>> {
        self.live.get(id).map_or_else(
            || {
                Cow::Owned(Fetched::Failed(Failure::new(
                    Cause::Unreachable,
                    format!("{id} was not looked up yet"),
                )))
            },
            Cow::Borrowed,
        )
    }
}

/// What to do so that the cluster holds exactly the desired objects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApplyPlan {
    /// Adoptions and applies in order of [`wave_of`], then the removals.
    pub waves: Vec<Vec<Effect>>,
    /// Desired objects that are already as desired.
    pub settled: BTreeSet<ObjectId>,
    /// Desired objects that cannot be applied, and why.
    pub blocked: BTreeMap<ObjectId, Failure>,
    /// Inventory entries whose object is still to go.
    pub leaving: BTreeSet<ObjectId>,
}

/// Decides what to apply and what to remove. `desired` carries the owner's labels already (see [`Owner::mark`]).
///
/// A blocked object stops the waves after its own, and every removal.
pub fn apply_plan(desired: &[Manifest], situation: &Situation<'_>) -> ApplyPlan {
    let mut plan = ApplyPlan::default();
    let mut waves: BTreeMap<usize, Vec<Effect>> = BTreeMap::new();
    for manifest in desired {
        match step(manifest, situation) {
            Step::Settled => drop(plan.settled.insert(manifest.id().clone())),
            Step::Blocked(failure) => drop(plan.blocked.insert(manifest.id().clone(), failure)),
            Step::Write(effect) => waves
                .entry(wave_of(&manifest.id().kind))
                .or_default()
                .push(*effect),
        }
    }
    let last = plan.blocked.keys().map(|id| wave_of(&id.kind)).min();
    plan.waves = waves
        .into_iter()
        .filter(|(wave, _)| last.is_none_or(|last| *wave <= last))
        .map(|(_, effects)| effects)
        .collect();
    let (leaving, removals) = removals(desired, situation);
    plan.leaving = leaving;
    if last.is_none() {
        plan.waves.extend(removals);
    }
    plan
}

enum Step {
    Settled,
    Blocked(Failure),
    Write(Box<Effect>),
}

fn step(manifest: &Manifest, situation: &Situation<'_>) -> Step {
    let id = manifest.id();
    let apply = || Step::Write(Box::new(Effect::ApplyObject(manifest.clone())));
    match situation.look(id).as_ref() {
        Fetched::Failed(failure) => Step::Blocked(failure.clone()),
        Fetched::Missing => apply(),
        Fetched::Found(live) if live.deleting => Step::Blocked(Failure::new(
            Cause::Conflict,
            format!("{id} is being deleted; it is applied again when it is gone"),
        )),
        Fetched::Found(live) if !may_take(live, situation.owner) => Step::Blocked(Failure::new(
            Cause::NotOurs,
            format!(
                "{id} belongs to release {}/{}: delete it there or rename the object",
                live.label(labels::RELEASE_NAMESPACE_LABEL)
                    .unwrap_or_default(),
                live.label(labels::RELEASE_LABEL).unwrap_or_default(),
            ),
        )),
        Fetched::Found(live) => match &live.adopted_fields {
            Some(managed_fields) => Step::Write(Box::new(Effect::AdoptFields {
                id: id.clone(),
                version: manifest.version().to_owned(),
                uid: live.uid.clone(),
                resource_version: live.resource_version.clone(),
                managed_fields: managed_fields.clone(),
            })),
            None if situation
                .applied
                .get(id)
                .is_some_and(|record| record.holds(manifest, live)) =>
            {
                Step::Settled
            }
            None => apply(),
        },
    }
}

/// An existing object is applied over unless it names another release. (Objects nobody marked are taken: the release
/// says they are its own, and an apply keeps the fields of others that it does not mention.)
fn may_take(live: &LiveObject, owner: &Owner) -> bool {
    !live.is_marked() || owner.owns(live)
}

/// Inventory entries that are not desired: which stay in the inventory, and the deletes in reverse order of apply.
fn removals(
    desired: &[Manifest],
    situation: &Situation<'_>,
) -> (BTreeSet<ObjectId>, Vec<Vec<Effect>>) {
    let wanted: BTreeSet<&ObjectId> = desired.iter().map(Manifest::id).collect();
    let mut leaving = BTreeSet::new();
    let mut waves: BTreeMap<usize, Vec<Effect>> = BTreeMap::new();
    for resource in situation.inventory {
        let Some(id) = inventoried(resource, situation.owner, situation.kinds) else {
            continue;
        };
        if wanted.contains(&id) || leaving.contains(&id) {
            continue;
        }
        match removal(
            &id,
            &resource.version,
            &situation.look(&id),
            situation.owner,
        ) {
            Removal::Forget => continue,
            Removal::Delete(target) => waves
                .entry(wave_of(&id.kind))
                .or_default()
                .push(Effect::DeleteObject(target)),
            Removal::Waiting | Removal::Unknown(_) => {}
        }
        leaving.insert(id);
    }
    (leaving, waves.into_values().rev().collect())
}

#[cfg(test)]
mod tests;
