//! What the add-ons of a Cluster report after a pass. `ready` is computed from this pass's facts, never from a stored flag.

use std::collections::{BTreeMap, BTreeSet};

use cso_api::conditions::{reasons, types};
use cso_api::{AddonResource, AppliedRelease, ClusterAddonStatus, Resource, StageStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::Observed;
use super::decision::{Decision, Task, decide};
use super::health::{Health, health};
use super::plan::verdict;
use super::run::{ACTING, AFTER, At, BEFORE, DONE, PENDING, Run};
use super::takeover::{Word, looks_back, remaining, sorted, word};
use super::wait_condition::Verdict as Waits;
use super::work::Work;
use crate::conditions::{Conditions, Stance, Verdict, ready_event};
use crate::effect::{Conclusion, Event, Executed, Severity};
use crate::failure::Failure;
use crate::manifests::{ObjectId, inventoried, orphans_event, orphans_message, report};

/// The conditions `Ready` summarises, in the order of cause and effect.
const PARTS: [&str; 4] = [
    types::RELEASE_DOWNLOADED,
    types::CLUSTER_READY,
    types::HELM_CHART_APPLIED,
    types::HEALTHY,
];

/// How a pass came out.
struct Outcome {
    /// Reason and message of `HelmChartApplied`; `None` = everything is applied.
    open: Option<(&'static str, String)>,
    stance: Stance,
}

/// Derives status, retry and events from the facts and the outcomes.
pub fn conclude(observed: &Observed, executed: &Executed) -> Conclusion<ClusterAddonStatus> {
    decide(observed).conclude(executed)
}

/// What comes of a decision with these outcomes.
pub(super) fn concluded(
    decision: &Decision<'_>,
    executed: &Executed,
) -> Conclusion<ClusterAddonStatus> {
    let observed = decision.observed;
    let before = observed.status();
    let mut status = before.clone();
    let generation = observed.addon.metadata.generation;
    let mut conditions = Conditions::new(&before.conditions, generation, observed.now);
    let stance = match (&decision.run, observed.held()) {
        (Some(run), _) => {
            conditions.remove(types::SUSPENDED);
            working(decision, run, executed, &mut conditions, &mut status)
        }
        (None, Some((reason, message))) if !observed.is_deleting() => {
            conditions.set(types::SUSPENDED, Verdict::True, reason, message);
            Stance::Settled
        }
        (None, _) => {
            conditions.set(types::DELETING, Verdict::True, reasons::DELETING, "");
            Stance::Reconciling("the add-ons are given up".to_owned())
        }
    };
    status.conditions = conditions.summarise(&PARTS, "every add-on is applied and healthy", stance);
    status.ready = cso_api::conditions::is_true(&status.conditions, types::READY);
    status.observed_generation = generation;
    let mut events: Vec<Event> = ready_event(&before.conditions, &status.conditions)
        .into_iter()
        .collect();
    events.extend(takeover_events(observed, before, &status));
    let unchanged = observed.addon.status.as_ref() == Some(&status);
    Conclusion {
        status: (!unchanged).then_some(status),
        retry: executed.retry(),
        events,
    }
}

/// What is told when upstream's add-ons are taken over, before anything is changed, and when some belong to no release.
fn takeover_events(
    observed: &Observed,
    before: &ClusterAddonStatus,
    after: &ClusterAddonStatus,
) -> Vec<Event> {
    let mut events = Vec::new();
    if let (None, Some(release)) = (&before.target, &after.target)
        && word(&observed.addon, release) != Word::Nothing
    {
        events.push(Event {
            severity: Severity::Normal,
            reason: reasons::TAKING_OVER.to_owned(),
            message: format!(
                "takes over the add-ons an earlier operator applied: objects that differ from release {release} are changed to what it says"
            ),
        });
    }
    if before.orphans.is_empty() && !after.orphans.is_empty() {
        events.push(orphans_event(told_orphans(&after.orphans)));
    }
    events
}

fn tell_orphans(conditions: &mut Conditions, orphans: &[Resource]) {
    if orphans.is_empty() {
        conditions.remove(types::ORPHANED);
    } else {
        let message = told_orphans(orphans);
        conditions.set(types::ORPHANED, Verdict::True, reasons::NO_RELEASE, message);
    }
}

fn told_orphans(orphans: &[Resource]) -> String {
    let ids: Vec<ObjectId> = orphans.iter().filter_map(ObjectId::of_resource).collect();
    orphans_message(&ids)
}

fn working(
    decision: &Decision<'_>,
    run: &Run,
    executed: &Executed,
    conditions: &mut Conditions,
    status: &mut ClusterAddonStatus,
) -> Stance {
    let observed = decision.observed;
    if observed.content().is_some() {
        let downloaded = types::RELEASE_DOWNLOADED;
        conditions.set(downloaded, Verdict::True, reasons::SUCCEEDED, "");
    }
    if let Run::Blocked(blocked) = run {
        let failure = &blocked.failure;
        let reason = blocked.reason.unwrap_or(failure.cause.reason());
        let message = failure.message.clone();
        conditions.set(blocked.condition, Verdict::False, reason, message.clone());
        return match blocked.reason {
            None if failure.cause.needs_a_person() => Stance::Stalled(reason.to_owned(), message),
            _ => Stance::Reconciling(message),
        };
    }
    conditions.set(types::CLUSTER_READY, Verdict::True, reasons::SUCCEEDED, "");
    status.target = observed.tag().map(|tag| tag.dash());
    if let Run::Stage(At { way, .. }) | Run::Rollout(way) | Run::Finish(way) = run {
        status.hook = Some(way.hook.name().to_owned());
        status.stages.clone_from(&way.told);
    }
    let outcome = match &decision.task {
        Some(task) => worked(observed, run, task, executed, status),
        None => waited(observed, run, status),
    };
    tell_orphans(conditions, &status.orphans);
    for (index, stage) in status.stages.iter_mut().enumerate() {
        stage.since = Some(since(observed, index, stage));
    }
    match outcome.open {
        None => conditions.set(
            types::HELM_CHART_APPLIED,
            Verdict::True,
            reasons::SUCCEEDED,
            "",
        ),
        Some((reason, message)) => {
            conditions.set(types::HELM_CHART_APPLIED, Verdict::False, reason, message);
        }
    }
    match outcome.stance {
        Stance::Settled => healthy(observed, conditions),
        stance => {
            // While add-ons change, nobody vouches for the health of those there were.
            conditions.remove(types::HEALTHY);
            stance
        }
    }
}

/// Since when a stage is in its phase.
fn since(observed: &Observed, index: usize, stage: &StageStatus) -> Time {
    let before = (observed.status().stages)
        .get(index)
        .filter(|before| before.name == stage.name && before.phase == stage.phase);
    before
        .and_then(|before| before.since.clone())
        .unwrap_or(Time(observed.now))
}

fn healthy(observed: &Observed, conditions: &mut Conditions) -> Stance {
    let (verdict, reason, message, stance) = match health(&observed.health) {
        Health::Healthy => {
            conditions.set(types::HEALTHY, Verdict::True, reasons::SUCCEEDED, "");
            return Stance::Settled;
        }
        Health::Progressing(text) => (
            Verdict::False,
            reasons::PROGRESSING,
            text.clone(),
            Stance::Reconciling(text),
        ),
        Health::Degraded(text) => (
            Verdict::False,
            reasons::DEGRADED,
            text.clone(),
            Stance::Stalled(reasons::DEGRADED.to_owned(), text),
        ),
        Health::Unknown(failure) => (
            Verdict::Unknown,
            reasons::READ_FAILED,
            failure.message.clone(),
            Stance::Reconciling(failure.message),
        ),
    };
    conditions.set(types::HEALTHY, verdict, reason, message);
    stance
}

/// A pass that had nothing to apply: a condition, or the rollout, is waited for.
fn waited(observed: &Observed, run: &Run, status: &mut ClusterAddonStatus) -> Outcome {
    let at = match run {
        Run::Stage(at) => at,
        Run::Rollout(way) => {
            let waits = way.waits.clone().unwrap_or_default();
            if let Some(next) = status.stages.iter_mut().find(|stage| stage.phase != DONE) {
                next.message = Some(waits.clone());
            }
            return under_way(
                reasons::PROGRESSING,
                format!("waits for the upgrade: {waits}"),
            );
        }
        Run::Blocked(_) | Run::Finish(_) | Run::Steady => {
            return under_way(reasons::PROGRESSING, "the add-ons are looked at".to_owned());
        }
    };
    let is_before = matches!(at.phase(), PENDING | BEFORE);
    let stage = &mut status.stages[at.index];
    let name = stage.name.clone();
    let named = |text: &str| format!("stage {name}: {text}");
    if at.phase() == ACTING {
        return under_way(reasons::APPLYING, named("its chart is not rendered yet"));
    }
    let reason = if is_before {
        reasons::PRE_CONDITION
    } else {
        reasons::POST_CONDITION
    };
    match verdict(observed, at) {
        Waits::Holds => {
            let (next, open) = if is_before {
                (ACTING, named("its objects are next"))
            } else {
                (DONE, named("done"))
            };
            enter(stage, next, None);
            under_way(reasons::APPLYING, open)
        }
        Waits::NotYet(text) => {
            let phase = if is_before { BEFORE } else { AFTER };
            enter(stage, phase, Some(text.clone()));
            let since = since(observed, at.index, stage).0.strftime("%FT%TZ");
            under_way(reason, named(&format!("{text} (since {since})")))
        }
        Waits::Invalid(text) => {
            let open = named(&text);
            let phase = if is_before { BEFORE } else { AFTER };
            enter(stage, phase, Some(text));
            Outcome {
                stance: Stance::Stalled(reason.to_owned(), open.clone()),
                open: Some((reason, open)),
            }
        }
    }
}

fn worked(
    observed: &Observed,
    run: &Run,
    task: &Task,
    executed: &Executed,
    status: &mut ClusterAddonStatus,
) -> Outcome {
    let Some(owner) = observed.owner() else {
        return under_way(reasons::PROGRESSING, "the release is not known".to_owned());
    };
    let (work, plan) = (&task.work, &task.objects);
    status.orphans = remaining(observed);
    let desired = work.desired();
    let situation = observed.situation(&owner, &work.inventory);
    let mut report = report(&desired, plan, &situation, executed);
    // An outcome counts for the objects only when those were planned.
    report
        .resources
        .retain(|resource| !resource.kind.is_empty());
    status.resources = merged(observed, work, &report.resources);
    let failed = work.failures.first().cloned().or_else(|| {
        let (id, failure) = report.first_failure()?;
        let message = if failure.message.contains(&id.name) {
            failure.message.clone()
        } else {
            format!("{id}: {}", failure.message)
        };
        Some(Failure::new(failure.cause, message))
    });
    let message = failed.as_ref().map(|failure| failure.message.clone());
    // A hook that was applied has not run yet.
    let mut hooks = work.before.iter().chain(&work.after);
    let have_hooks_run = hooks.all(|hook| plan.settled.contains(hook.manifest.id()));
    if failed.is_none() && have_hooks_run && report.is_complete() && task.is_announced {
        return complete(observed, run, status);
    }
    let counts = format!(
        "{} objects to apply, {} to remove",
        report.unsynced.len(),
        report.leaving.len()
    );
    if let Run::Stage(at) = run {
        let told = message.clone().unwrap_or_else(|| counts.clone());
        enter(&mut status.stages[at.index], ACTING, Some(told));
    }
    let Some(failure) = failed else {
        return under_way(reasons::APPLYING, counts);
    };
    let reason = failure.cause.reason();
    Outcome {
        stance: if failure.cause.needs_a_person() {
            Stance::Stalled(reason.to_owned(), failure.message.clone())
        } else {
            Stance::Reconciling(failure.message.clone())
        },
        open: Some((reason, failure.message)),
    }
}

/// Everything this pass was about is as it should be.
fn complete(observed: &Observed, run: &Run, status: &mut ClusterAddonStatus) -> Outcome {
    if looks_back(observed) {
        status.orphans = sorted(observed).unwrap_or_default().orphans;
    }
    if let Run::Stage(at) = run {
        let stage = &mut status.stages[at.index];
        let open = format!("stage {}: its objects are applied", stage.name);
        let next = match at.stage.wait_for_post_condition {
            Some(_) => AFTER,
            None => DONE,
        };
        enter(stage, next, None);
        return under_way(reasons::APPLYING, open);
    }
    if let (Some(tag), Some(bundle)) = (observed.tag(), observed.content()) {
        status.applied = Some(AppliedRelease {
            release: tag.dash(),
            digest: Some(bundle.digest().to_string()),
            kubernetes_version: Some(bundle.metadata().kubernetes.to_string()),
        });
    }
    status.hook = None;
    status.stages.clear();
    Outcome {
        open: None,
        stance: Stance::Settled,
    }
}

fn enter(stage: &mut StageStatus, phase: &str, message: Option<String>) {
    phase.clone_into(&mut stage.phase);
    stage.message = message;
}

fn under_way(reason: &'static str, message: String) -> Outcome {
    Outcome {
        open: Some((reason, message.clone())),
        stance: Stance::Reconciling(message),
    }
}

/// The inventory after the pass: what it was about is told anew, everything else stays, and an object has one stage.
fn merged(observed: &Observed, work: &Work, told: &[cso_api::Resource]) -> Vec<AddonResource> {
    let Some(owner) = observed.owner() else {
        return observed.status().resources.clone();
    };
    let id = |resource: &cso_api::Resource| inventoried(resource, &owner, &observed.kinds);
    let before = &observed.status().resources;
    let stages: BTreeMap<ObjectId, String> = before
        .iter()
        .filter_map(|entry| Some((id(&entry.resource)?, entry.stage.clone())))
        .collect();
    let about: BTreeSet<ObjectId> = work
        .inventory
        .iter()
        .filter_map(id)
        .chain(work.stage_of.keys().cloned())
        .collect();
    let stays = before
        .iter()
        .filter(|entry| id(&entry.resource).is_none_or(|id| !about.contains(&id)))
        .cloned();
    let anew = told.iter().filter_map(|resource| {
        let id = id(resource)?;
        let stage = work.stage_of.get(&id).or_else(|| stages.get(&id))?;
        Some(AddonResource {
            stage: stage.clone(),
            resource: resource.clone(),
        })
    });
    let mut all: Vec<AddonResource> = stays.chain(anew).collect();
    all.sort();
    all
}
