//! What a release reports after a pass. `ready` is computed from this pass's facts, never from a stored flag.

use cso_api::conditions::{reasons, types};
use cso_api::{ChartDependency, ClusterStackReleaseStatus, Resource};

use super::plan::{Progress, objects_plan, progress, situation};
use super::{Artifact, Observed, Provider};
use crate::cluster::{listed, users_of};
use crate::cluster_stack::provider_name;
use crate::conditions::{Conditions, Stance, Verdict, ready_event};
use crate::effect::{Conclusion, Effect, Executed};
use crate::failure::{Cause, Failure};
use crate::manifests::{Report, report};

/// The conditions `Ready` summarises, in the order of cause and effect.
const PARTS: [&str; 3] = [
    types::RELEASE_DOWNLOADED,
    types::PROVIDER_RELEASE_READY,
    types::HELM_CHART_APPLIED,
];

/// Derives status, retry and events from the facts and the outcomes.
pub fn conclude(observed: &Observed, executed: &Executed) -> Conclusion<ClusterStackReleaseStatus> {
    let before = observed.status();
    let mut status = before.clone();
    let generation = observed.release.metadata.generation;
    let mut conditions = Conditions::new(&before.conditions, generation, observed.now);
    let stance = if observed.is_deleting() {
        deletion(observed, executed, &mut conditions, &mut status.resources)
    } else if let Some((reason, message)) = observed.held() {
        conditions.set(types::SUSPENDED, Verdict::True, reason, message);
        Stance::Settled
    } else {
        conditions.remove(types::SUSPENDED);
        working(observed, executed, &mut conditions, &mut status)
    };
    status.conditions =
        conditions.summarise(&PARTS, "every object of the release is applied", stance);
    status.ready = cso_api::conditions::is_true(&status.conditions, types::READY);
    status.observed_generation = generation;
    let events = ready_event(&before.conditions, &status.conditions)
        .into_iter()
        .collect();
    let unchanged = observed.release.status.as_ref() == Some(&status);
    Conclusion {
        status: (!unchanged).then_some(status),
        retry: executed.retry(),
        events,
    }
}

fn working(
    observed: &Observed,
    executed: &Executed,
    conditions: &mut Conditions,
    status: &mut ClusterStackReleaseStatus,
) -> Stance {
    if observed.tag().is_none() {
        let message = format!(
            "\"{}\" is not a release tag such as docker-scs-1-33-v1: delete this object",
            observed.name()
        );
        conditions.set(
            types::RELEASE_DOWNLOADED,
            Verdict::False,
            reasons::INVALID_SPEC,
            message.clone(),
        );
        return Stance::Stalled(reasons::INVALID_SPEC.to_owned(), message);
    }
    let mut stances = vec![downloaded(observed, executed, conditions, status)];
    stances.push(provided(observed, conditions));
    stances.push(applied(
        observed,
        executed,
        conditions,
        &mut status.resources,
    ));
    // The first obstacle is the one to tell: later ones follow from it.
    stances
        .into_iter()
        .find(|stance| *stance != Stance::Settled)
        .unwrap_or(Stance::Settled)
}

fn stance_of(failure: &Failure) -> Stance {
    if failure.cause.needs_a_person() {
        Stance::Stalled(failure.cause.reason().to_owned(), failure.message.clone())
    } else {
        Stance::Reconciling(failure.message.clone())
    }
}

fn downloaded(
    observed: &Observed,
    executed: &Executed,
    conditions: &mut Conditions,
    status: &mut ClusterStackReleaseStatus,
) -> Stance {
    let type_ = types::RELEASE_DOWNLOADED;
    let pull_failure = executed.failures().find_map(|(effect, failure)| {
        matches!(effect, Effect::Pull { .. } | Effect::AddFinalizer(_)).then_some(failure)
    });
    let failure = match &observed.artifact {
        Artifact::Sound {
            digest,
            kubernetes_version,
            dependencies,
        } => {
            if let Some(pinned) = observed.pinned().filter(|pinned| pinned != digest) {
                let message = format!("the cache holds {digest}, but {pinned} is pinned");
                conditions.set(
                    type_,
                    Verdict::False,
                    reasons::WRONG_DIGEST,
                    message.clone(),
                );
                return Stance::Reconciling(message);
            }
            status.digest = Some(digest.to_string());
            status.kubernetes_version = Some(kubernetes_version.clone());
            status.dependencies = dependencies.iter().map(listed_chart).collect();
            conditions.set(type_, Verdict::True, reasons::SUCCEEDED, "");
            return tag_pinned(observed, digest, conditions);
        }
        Artifact::Broken { failure, .. } => Some(failure),
        Artifact::NotPulled => pull_failure,
    };
    let Some(failure) = failure else {
        let message = format!("pulling release {}", observed.name());
        conditions.set(
            type_,
            Verdict::False,
            reasons::NOT_DOWNLOADED_YET,
            message.clone(),
        );
        return Stance::Reconciling(message);
    };
    conditions.set(
        type_,
        Verdict::False,
        failure.cause.reason(),
        failure.message.clone(),
    );
    stance_of(failure)
}

fn listed_chart(one: &cluster_stack::ChartDependency) -> ChartDependency {
    ChartDependency {
        chart: one.chart.clone(),
        name: one.name.clone(),
        version: one.version.clone(),
        repository: one.repository.clone(),
        digest: one.digest.to_string(),
    }
}

/// A moved tag is told and not followed; what was pulled stays in use, so the release stays ready.
fn tag_pinned(
    observed: &Observed,
    digest: &cluster_stack::Digest,
    conditions: &mut Conditions,
) -> Stance {
    match &observed.remote_digest {
        Some(remote) if remote != digest => {
            let message = format!(
                "tag {} now names {remote}, not the pinned {digest}: publish a new version, or delete this release to pull the tag anew",
                observed.name()
            );
            conditions.set(
                types::TAG_PINNED,
                Verdict::False,
                reasons::TAG_MOVED,
                message,
            );
        }
        Some(_) => conditions.set(types::TAG_PINNED, Verdict::True, reasons::SUCCEEDED, ""),
        None => {}
    }
    Stance::Settled
}

fn provided(observed: &Observed, conditions: &mut Conditions) -> Stance {
    let type_ = types::PROVIDER_RELEASE_READY;
    let name = provider_name(observed.release.spec.provider_ref.as_ref());
    let (verdict, reason, message) = match observed.provider_gate() {
        Provider::Ready => {
            conditions.set(type_, Verdict::True, reasons::SUCCEEDED, "");
            return Stance::Settled;
        }
        Provider::NotReady => (
            Verdict::False,
            reasons::PROVIDER_NOT_READY,
            format!("{name} is not ready: see its status"),
        ),
        Provider::Missing => (
            Verdict::False,
            reasons::PROVIDER_OBJECT_MISSING,
            format!("{name} does not exist yet"),
        ),
        Provider::Unknown(failure) => (
            Verdict::Unknown,
            reasons::READ_FAILED,
            format!("{name} could not be read: {}", failure.message),
        ),
    };
    conditions.set(type_, verdict, reason, message.clone());
    Stance::Reconciling(message)
}

fn applied(
    observed: &Observed,
    executed: &Executed,
    conditions: &mut Conditions,
    resources: &mut Vec<Resource>,
) -> Stance {
    let type_ = types::HELM_CHART_APPLIED;
    let desired = match progress(observed) {
        Progress::Objects(desired) => desired,
        Progress::Waiting(_) => return not_applied(observed, conditions),
    };
    let owner = observed.owner();
    let plan = objects_plan(observed, desired);
    let report = report(desired, &plan, &situation(observed, &owner), executed);
    resources.clone_from(&report.resources);
    if report.is_complete() {
        conditions.set(
            type_,
            Verdict::True,
            reasons::SUCCEEDED,
            format!("{} objects", desired.len()),
        );
        return Stance::Settled;
    }
    let (stance, reason, message) = match report.first_failure() {
        Some((_, failure)) => (stance_of(failure), failure.cause.reason(), summary(&report)),
        None => (
            Stance::Reconciling(summary(&report)),
            reasons::APPLYING,
            summary(&report),
        ),
    };
    conditions.set(type_, Verdict::False, reason, message);
    stance
}

fn not_applied(observed: &Observed, conditions: &mut Conditions) -> Stance {
    let type_ = types::HELM_CHART_APPLIED;
    if let (Artifact::Sound { .. }, Some(Err(failure))) = (&observed.artifact, &observed.rendered) {
        conditions.set(
            type_,
            Verdict::False,
            failure.cause.reason(),
            failure.message.clone(),
        );
        return stance_of(failure);
    }
    // What was applied of a release that cannot be looked at now is not vouched for.
    let message = "waiting for the release and its provider";
    conditions.set(type_, Verdict::False, reasons::APPLYING, message);
    Stance::Reconciling(message.to_owned())
}

fn summary(report: &Report) -> String {
    let waiting = report.unsynced.len();
    let first = report.first_failure().map(|(id, failure)| {
        if failure.message.contains(&id.name) {
            failure.message.clone()
        } else {
            format!("{id}: {}", failure.message)
        }
    });
    let counts = match (waiting, report.leaving.len()) {
        (0, leaving) => format!("{leaving} objects to remove"),
        (waiting, 0) => format!("{waiting} of {} objects to apply", report.resources.len()),
        (waiting, leaving) => format!("{waiting} objects to apply, {leaving} to remove"),
    };
    let remedy = match report.first_failure() {
        Some((_, failure)) if failure.cause == Cause::Rejected => {
            ": correct the object in the chart and publish a new version"
        }
        _ => "",
    };
    match first {
        Some(first) => format!("{counts}; {first}{remedy}"),
        None => counts,
    }
}

fn deletion(
    observed: &Observed,
    executed: &Executed,
    conditions: &mut Conditions,
    resources: &mut Vec<Resource>,
) -> Stance {
    let (reason, message) = match &observed.clusters {
        Err(failure) => (
            reasons::READ_FAILED,
            format!("Clusters could not be listed: {}", failure.message),
        ),
        Ok(class_uses) => match users_of(class_uses, &observed.release) {
            users if !users.is_empty() => (
                reasons::IN_USE,
                format!(
                    "used by {}: move these Clusters to another class or delete them",
                    listed(&users)
                ),
            ),
            _ => removing(observed, executed, resources),
        },
    };
    conditions.set(types::DELETING, Verdict::True, reason, message.clone());
    conditions.set(
        types::HELM_CHART_APPLIED,
        Verdict::False,
        reason,
        message.clone(),
    );
    Stance::Reconciling(message)
}

fn removing(
    observed: &Observed,
    executed: &Executed,
    resources: &mut Vec<Resource>,
) -> (&'static str, String) {
    let owner = observed.owner();
    let plan = objects_plan(observed, &[]);
    let report = report(&[], &plan, &situation(observed, &owner), executed);
    resources.clone_from(&report.resources);
    let left: Vec<String> = report
        .leaving
        .iter()
        .map(|(id, _)| id.to_string())
        .collect();
    match report.first_failure() {
        Some((_, failure)) => (
            reasons::FAILED_TO_DELETE,
            summary_of_removal(&left, Some(failure)),
        ),
        None => (reasons::DELETING, summary_of_removal(&left, None)),
    }
}

fn summary_of_removal(left: &[String], failure: Option<&Failure>) -> String {
    match (left, failure) {
        ([], _) => "all objects are removed".to_owned(),
        (left, None) => format!("removing {}", listed(left)),
        (left, Some(failure)) => format!("removing {}: {}", listed(left), failure.message),
    }
}
