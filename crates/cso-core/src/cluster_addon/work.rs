//! What a pass has to make of the workload cluster: which objects, and which part of the inventory it may prune.
//!
//! An object that another stage of the release has is never pruned: it changes stages without going away.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use cluster_stack::Action;
use cso_api::{AddonResource, Resource};

use super::Observed;
use super::helm_hooks::{HookObject, When};
use super::observed::{StageObjects, deleted_stages, stages_of};
use super::run::{ACTING, Run};
use super::takeover::{looks_back, present, remaining, sorted};
use crate::failure::Failure;
use crate::hooks::Hook;
use crate::manifests::{Manifest, ObjectId, consents, inventoried};

/// What is to be made of the workload cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    /// Applied before the objects.
    pub(super) records: Vec<Manifest>,
    /// The objects.
    pub(super) objects: Vec<Manifest>,
    /// Hooks that run before the objects are applied.
    pub(super) before: Vec<HookObject>,
    /// Hooks that run when they are.
    pub(super) after: Vec<HookObject>,
    /// The inventory that is compared with them.
    pub(super) inventory: Vec<Resource>,
    /// The stage of each object.
    pub(super) stage_of: BTreeMap<ObjectId, String>,
    /// Stages that cannot be rendered.
    pub(super) failures: Vec<Failure>,
}

impl Work {
    /// Every wanted object, records among them.
    pub(super) fn desired(&self) -> Vec<Manifest> {
        let hooks = self.before.iter().chain(&self.after);
        self.records
            .iter()
            .chain(&self.objects)
            .chain(hooks.map(|hook| &hook.manifest))
            .cloned()
            .collect()
    }

    fn add(&mut self, stage: &str, objects: &StageObjects) {
        for manifest in std::iter::once(&objects.record).chain(&objects.manifests) {
            self.stage_of
                .insert(manifest.id().clone(), stage.to_owned());
        }
        self.records.push(objects.record.clone());
        self.objects.extend(objects.manifests.iter().cloned());
    }
}

impl Work {
    fn run_hooks(&mut self, stage: &str, objects: &StageObjects, during: Hook) {
        let meant = |when| {
            let hooks = objects.hooks.iter();
            hooks
                .filter(move |hook| hook.runs(during, when))
                .cloned()
                .collect()
        };
        self.before = meant(When::Before);
        self.after = meant(When::After);
        for hook in self.before.iter().chain(&self.after) {
            self.stage_of
                .insert(hook.manifest.id().clone(), stage.to_owned());
        }
    }
}

/// The work of this pass; `None` = there is nothing to apply or remove now.
pub(super) fn work(observed: &Observed, run: &Run) -> Option<Work> {
    let inventory = &observed.status().resources;
    match run {
        Run::Stage(at) if at.phase() == ACTING => {
            let stage = at.stage.name.as_str();
            let mut work = Work::default();
            match (at.stage.action, observed.stages.get(stage)) {
                (Action::Delete, _) => work.failures = unrendered(observed),
                (Action::Apply, Some(Ok(objects))) => {
                    work.add(stage, objects);
                    work.run_hooks(stage, objects, at.way.hook);
                }
                (Action::Apply, Some(Err(failure))) => work.failures.push(failure.clone()),
                (Action::Apply, None) => return None,
            }
            if work.failures.is_empty() {
                let own = entries(inventory, |name| name == stage);
                let goes = (at.stage.action == Action::Delete).then_some(stage);
                work.inventory = prunable(observed, own, &work, &goes.into_iter().collect());
            }
            Some(work)
        }
        Run::Finish(way) => {
            let gone = deleted_stages(observed.content()?, way.hook);
            let gone = gone.iter().map(String::as_str).collect();
            // What a stage wants that cannot be rendered is not known: nothing is removed then.
            let failures = unrendered(observed);
            let mut work = Work {
                failures,
                ..kept(observed, &gone)
            };
            if looks_back(observed) {
                take_over(observed, &mut work);
                match sorted(observed) {
                    Ok(sorted) => {
                        let former = prunable(observed, sorted.former, &work, &gone);
                        work.inventory.extend(former);
                    }
                    Err(failure) => work.failures.push(failure),
                }
            }
            Some(work)
        }
        Run::Steady => {
            let mut work = kept(observed, &BTreeSet::new());
            if consents(observed.addon.metadata.annotations.as_ref()) {
                work.inventory.extend(remaining(observed));
            }
            Some(work)
        }
        Run::Stage(_) | Run::Rollout(_) | Run::Blocked(_) => None,
    }
}

/// Every stage that upstream applied becomes ours.
fn take_over(observed: &Observed, work: &mut Work) {
    let Some(bundle) = observed.content() else {
        return;
    };
    let stages = stages_of(bundle, Hook::AfterControlPlaneInitialized);
    let applied = stages.iter().filter(|one| one.action == Action::Apply);
    let install = applied.map(|one| one.name.clone()).collect();
    let known: BTreeSet<String> = work.stage_of.values().cloned().collect();
    for stage in present(observed, &install).difference(&known) {
        if let Some(Ok(objects)) = observed.stages.get(stage) {
            work.add(stage, objects);
        }
    }
}

/// Every stage that is installed is kept as it is, and nothing else.
///
/// A stage is installed if the inventory names it, or has an object of it: stages may be renamed. Those that are `gone`
/// are not.
fn kept(observed: &Observed, gone: &BTreeSet<&str>) -> Work {
    let inventory = &observed.status().resources;
    let mut installed: BTreeSet<&str> =
        inventory.iter().map(|entry| entry.stage.as_str()).collect();
    let is_installed = |stage: &String| installed.contains(stage.as_str());
    if let (Some(owner), false) = (observed.owner(), observed.stages.keys().all(is_installed)) {
        let wanted = observed.wanted();
        let all = inventory.iter();
        let ids = all.filter_map(|one| inventoried(&one.resource, &owner, &observed.kinds));
        installed.extend(ids.filter_map(|id| wanted.get(&id).copied()));
    }
    let mut work = Work::default();
    for (stage, rendered) in &observed.stages {
        match rendered {
            _ if !installed.contains(stage.as_str()) || gone.contains(stage.as_str()) => {}
            Ok(objects) => work.add(stage, objects),
            Err(failure) => work.failures.push(failure.clone()),
        }
    }
    work.inventory = prunable(observed, entries(inventory, |_| true), &work, gone);
    work
}

fn entries(inventory: &[AddonResource], is_meant: impl Fn(&str) -> bool) -> Vec<Resource> {
    let meant = inventory.iter().filter(|entry| is_meant(&entry.stage));
    meant.map(|entry| entry.resource.clone()).collect()
}

/// Why stages of the release cannot be rendered.
fn unrendered(observed: &Observed) -> Vec<Failure> {
    let stages = observed.stages.values();
    stages
        .filter_map(|stage| stage.as_ref().err().cloned())
        .collect()
}

/// Leaves out what other stages of the release want, or may want; what stages want that go does not count.
fn prunable(
    observed: &Observed,
    inventory: Vec<Resource>,
    work: &Work,
    goes: &BTreeSet<&str>,
) -> Vec<Resource> {
    let Some(owner) = observed.owner() else {
        return Vec::new();
    };
    if !unrendered(observed).is_empty() {
        return inventory
            .into_iter()
            .filter(|resource| {
                inventoried(resource, &owner, &observed.kinds)
                    .is_some_and(|id| work.stage_of.contains_key(&id))
            })
            .collect();
    }
    // Mostly all is of this work.
    let wanted = LazyCell::new(|| observed.wanted());
    let temporary = LazyCell::new(|| observed.temporary());
    let is_elsewhere = |resource: &Resource| {
        inventoried(resource, &owner, &observed.kinds).is_some_and(|id| {
            !work.stage_of.contains_key(&id)
                && wanted.get(&id).is_some_and(|stage| !goes.contains(stage))
                && !temporary.contains(&id)
        })
    };
    inventory
        .into_iter()
        .filter(|resource| !is_elsewhere(resource))
        .collect()
}
