//! What to do for the add-ons of a Cluster now: one phase of one stage, or keeping everything as it is.

use std::collections::{BTreeMap, BTreeSet};

use cso_api::{Resource, labels};

use super::Observed;
use super::decision::{Decision, Task, decide};
use super::helm_hooks::{HookObject, Row, row};
use super::run::{ACTING, At, Run};
use super::wait_condition::{Verdict, holds};
use super::work::Work;
use crate::effect::{Effect, Finalizer, Plan, Target};
use crate::failure::Failure;
use crate::manifests::{ApplyPlan, Manifest, ObjectId, apply_plan, inventoried, own_id};
use crate::retry::{self, Retry};

/// Decides the writes of a pass.
pub fn plan(observed: &Observed) -> Plan {
    decide(observed).plan()
}

/// The writes that were decided.
pub(super) fn planned(decision: &Decision<'_>) -> Plan {
    let observed = decision.observed;
    let Some(run) = &decision.run else {
        if observed.is_deleting() {
            return release_finalizer(observed);
        }
        return Plan::nothing(Retry::OnChange);
    };
    match (run, &decision.task) {
        (_, Some(task)) => worked(run, task),
        (Run::Blocked(blocked), None) => Plan::nothing(blocked.retry),
        (Run::Rollout(_), None) => Plan::nothing(Retry::After(retry::ROLLOUT)),
        (Run::Stage(at), None) if at.phase() == ACTING => Plan::nothing(Retry::Backoff),
        (Run::Stage(at), None) => Plan::nothing(match verdict(observed, at) {
            Verdict::Holds => Retry::Now,
            Verdict::NotYet(_) => Retry::After(retry::CONDITION),
            Verdict::Invalid(_) => Retry::OnChange,
        }),
        (Run::Finish(_) | Run::Steady, None) => Plan::nothing(Retry::Backoff),
    }
}

/// What the condition of a stage says; none always holds.
pub(super) fn verdict(observed: &Observed, at: &At) -> Verdict {
    at.condition().map_or(Verdict::Holds, |condition| {
        holds(condition, &observed.objects)
    })
}

fn worked(run: &Run, task: &Task) -> Plan {
    if !task.is_announced {
        return Plan::nothing(Retry::Now);
    }
    let plan = &task.objects;
    let is_acting = !matches!(run, Run::Steady);
    let mut waiting = task.work.failures.iter().chain(plan.blocked.values());
    let adopts = plan
        .waves
        .iter()
        .flatten()
        .any(|effect| matches!(effect, Effect::AdoptFields { .. }));
    let first = waiting.next().map(Failure::retry);
    let rest = waiting.map(Failure::retry);
    let blocked = first.map(|first| rest.fold(first, Retry::sooner));
    let retry = match blocked {
        _ if adopts => Retry::Now,
        Some(Retry::Now) => Retry::Backoff,
        Some(retry) => retry,
        None if !plan.leaving.is_empty() => Retry::After(retry::DELETION),
        None if is_acting || !plan.waves.is_empty() => Retry::Now,
        None => Retry::OnChange,
    };
    Plan::waves(plan.waves.clone(), retry)
}

/// What to apply and remove: the records, the hooks before, the objects, the hooks after. Each begins when the one before
/// is done.
pub(super) fn objects_plan(observed: &Observed, work: &Work) -> ApplyPlan {
    let Some(owner) = observed.owner() else {
        return ApplyPlan::default();
    };
    let objects: Vec<Manifest> = work.records.iter().chain(&work.objects).cloned().collect();
    let hooks: BTreeSet<&ObjectId> = work
        .before
        .iter()
        .chain(&work.after)
        .map(|hook| hook.manifest.id())
        .collect();
    let is_hook = |resource: &Resource| {
        inventoried(resource, &owner, &observed.kinds).is_some_and(|id| hooks.contains(&id))
    };
    let mut inventory = work.inventory.clone();
    inventory.retain(|resource| !is_hook(resource));
    let situation = observed.situation(&owner, &inventory);
    let mut plan = apply_plan(&objects, &situation);
    let records = apply_plan(&work.records, &observed.situation(&owner, &[]));
    let are_objects_settled = plan.settled.len() == objects.len();
    let before: Vec<&HookObject> = work.before.iter().collect();
    let after: Vec<&HookObject> = work.after.iter().collect();
    let before = row(&before, &situation, &observed.health);
    let is_apply = |effect: &Effect| matches!(effect, Effect::ApplyObject(_));
    if !records.blocked.is_empty() || !records.waves.iter().flatten().all(is_apply) {
        // What was generated must be remembered before it is used.
        plan.waves = records.waves;
    } else if before != Row::Done {
        plan.waves = records.waves;
        if plan.waves.is_empty() {
            take(&mut plan, before);
        }
    } else if !records.waves.is_empty() {
        let records = records.waves.into_iter();
        plan.waves = records.chain(without(plan.waves, &work.records)).collect();
    } else if are_objects_settled {
        let after = row(&after, &situation, &observed.health);
        if after == Row::Done {
            plan.settled.extend(hooks.into_iter().cloned());
        } else {
            take(&mut plan, after);
        }
    }
    plan
}

/// The waves without what they write of these objects.
fn without(mut waves: Vec<Vec<Effect>>, objects: &[Manifest]) -> Vec<Vec<Effect>> {
    let is_of = |effect: &Effect| match effect {
        Effect::ApplyObject(written) => objects.iter().any(|one| one.id() == written.id()),
        Effect::AdoptFields { id, .. } => objects.iter().any(|one| one.id() == id),
        _ => false,
    };
    for wave in &mut waves {
        wave.retain(|effect| !is_of(effect));
    }
    waves.retain(|wave| !wave.is_empty());
    waves
}

fn take(plan: &mut ApplyPlan, row: Row<'_>) {
    match row {
        Row::Done => {}
        Row::Write(effect) => plan.waves.push(vec![*effect]),
        Row::Stopped(id, failure) => drop(plan.blocked.insert(id.clone(), failure)),
    }
}

/// Whether the inventory names every object, under its stage: it must before any is applied.
pub(super) fn is_announced(observed: &Observed, work: &Work) -> bool {
    let Some(owner) = observed.owner() else {
        return false;
    };
    let status = observed.status();
    let mut missing: BTreeMap<&ObjectId, &String> = work.stage_of.iter().collect();
    for entry in &status.resources {
        let id = inventoried(&entry.resource, &owner, &observed.kinds);
        if let Some(id) = id.filter(|id| work.stage_of.get(id) == Some(&entry.stage)) {
            missing.remove(&id);
        }
    }
    missing.is_empty()
}

/// Nothing of a workload cluster is removed with its `ClusterAddon`: the cluster goes itself, or keeps what it has. Only
/// upstream's finalizer is taken away.
fn release_finalizer(observed: &Observed) -> Plan {
    let metadata = &observed.addon.metadata;
    let finalizers = metadata.finalizers.clone().unwrap_or_default();
    let is_ours = |finalizer: &String| finalizer == labels::ADDON_FINALIZER;
    if !finalizers.iter().any(is_ours) {
        return Plan::nothing(Retry::OnChange);
    }
    let namespace = metadata.namespace.as_deref().unwrap_or_default();
    let name = metadata.name.as_deref().unwrap_or_default();
    let effect = Effect::RemoveFinalizer(Finalizer {
        target: Target {
            id: own_id("ClusterAddon", namespace, name),
            version: cso_api::VERSION.to_owned(),
            uid: metadata.uid.clone().unwrap_or_default(),
        },
        resource_version: metadata.resource_version.clone().unwrap_or_default(),
        finalizers: finalizers.into_iter().filter(|one| !is_ours(one)).collect(),
    });
    Plan::wave(vec![effect], Retry::OnChange)
}
