//! What a stack reports after a pass: its releases line by line, and whether the wanted ones are ready.

mod provider;
mod releases;
mod removal;
mod source;
mod summary;

pub use summary::phase;

use cso_api::ClusterStackStatus;
use cso_api::conditions::{reasons, types};

use super::{Observed, Retention, Selection, orphans, retention, select};
use crate::conditions::{Conditions, Stance, Verdict, ready_event};
use crate::effect::{Conclusion, Effect, Event, Executed, Outcome, Severity};
use crate::failure::Failure;

/// The conditions `Ready` summarises, in the order of cause and effect. Those that do not apply are not set and not asked.
const PARTS: [&str; 5] = [
    types::ASSETS_CLIENT_API_AVAILABLE,
    types::RELEASES_SYNCED,
    types::PROVIDER_RELEASES_SYNCED,
    types::CLUSTER_STACK_RELEASES_SYNCED,
    types::RELEASE_AVAILABLE,
];

/// Derives status, retry and events from the facts and the outcomes.
pub fn conclude(observed: &Observed, executed: &Executed) -> Conclusion<ClusterStackStatus> {
    let before = observed.stack.status.clone().unwrap_or_default();
    let mut status = before.clone();
    let generation = observed.stack.metadata.generation;
    let mut conditions = Conditions::new(&before.conditions, generation, observed.now);
    let parts = parts(observed);
    let stance = match (select(&observed.stack.spec), observed.held()) {
        _ if observed.is_deleting() => removal::deletion(observed, executed, &mut conditions),
        (_, Some((reason, message))) => {
            conditions.set(types::SUSPENDED, Verdict::True, reason, message);
            Stance::Settled
        }
        (Err(problem), None) => {
            conditions.remove(types::SUSPENDED);
            let message = problem.to_string();
            conditions.set(
                types::CLUSTER_STACK_RELEASES_SYNCED,
                Verdict::False,
                reasons::INVALID_SPEC,
                message.clone(),
            );
            Stance::Stalled(reasons::INVALID_SPEC.to_owned(), message)
        }
        (Ok(selection), None) => {
            conditions.remove(types::SUSPENDED);
            let retention = retention(observed, &selection);
            if let Ok(releases) = &observed.releases {
                summary::summarise(observed, &retention, releases, &mut status);
            }
            working(observed, executed, &selection, &retention, &mut conditions)
        }
    };
    let told = (!observed.is_deleting() && observed.held().is_none())
        .then(|| orphans::tell(observed, &mut conditions))
        .flatten();
    status.conditions = conditions.summarise(&parts, "every wanted release is ready", stance);
    status.observed_generation = generation;
    let mut events = created(executed);
    events.extend(told);
    events.extend(ready_event(&before.conditions, &status.conditions));
    let unchanged = observed.stack.status.as_ref() == Some(&status);
    Conclusion {
        status: (!unchanged).then_some(status),
        retry: executed.retry(),
        events,
    }
}

fn parts(observed: &Observed) -> Vec<&'static str> {
    if observed.is_deleting() {
        return vec![types::CLUSTER_STACK_RELEASES_SYNCED];
    }
    let skip = |part: &str| match part {
        types::ASSETS_CLIENT_API_AVAILABLE | types::RELEASES_SYNCED => {
            !observed.stack.spec.auto_subscribe
        }
        types::PROVIDER_RELEASES_SYNCED => observed.stack.spec.no_provider,
        _ => false,
    };
    PARTS.into_iter().filter(|part| !skip(part)).collect()
}

fn working(
    observed: &Observed,
    executed: &Executed,
    selection: &Selection,
    retention: &Retention,
    conditions: &mut Conditions,
) -> Stance {
    let stances = [
        source::source(observed, conditions),
        provider::provider(observed, executed, conditions),
        releases::releases(observed, executed, selection, retention, conditions),
    ];
    stances
        .into_iter()
        .find(|stance| *stance != Stance::Settled)
        .unwrap_or(Stance::Settled)
}

/// Sets a condition to `False` for a failure and says what that means for the way to the goal.
fn failed(conditions: &mut Conditions, type_: &str, failure: &Failure, what: &str) -> Stance {
    let message = format!("{what}: {}", failure.message);
    conditions.set(
        type_,
        Verdict::False,
        failure.cause.reason(),
        message.clone(),
    );
    if failure.cause.needs_a_person() {
        Stance::Stalled(failure.cause.reason().to_owned(), message)
    } else {
        Stance::Reconciling(message)
    }
}

fn subject(effect: &Effect) -> String {
    match effect {
        Effect::ApplyRelease(manifest)
        | Effect::ApplyAddon(manifest)
        | Effect::ApplyProviderObject(manifest)
        | Effect::ApplyObject(manifest) => manifest.id().to_string(),
        Effect::AddFinalizer(finalizer) | Effect::RemoveFinalizer(finalizer) => {
            finalizer.target.id.to_string()
        }
        Effect::ClearProviderRef(target)
        | Effect::DeleteRelease(target)
        | Effect::DeleteObject(target) => target.id.to_string(),
        Effect::AdoptFields { id, .. } => id.to_string(),
        Effect::Pull { tag, .. } => tag.dash(),
    }
}

fn created(executed: &Executed) -> Vec<Event> {
    executed
        .settled()
        .filter_map(|(effect, outcome)| match (effect, outcome) {
            (Effect::ApplyRelease(manifest), Outcome::Done | Outcome::Applied(_)) => Some((
                "ClusterStackReleaseApplied",
                format!("wrote {}", manifest.id()),
            )),
            (Effect::DeleteRelease(target), Outcome::Done) => Some((
                "ClusterStackReleaseDeleted",
                format!("deleted {}", target.id),
            )),
            _ => None,
        })
        .map(|(reason, message)| Event {
            severity: Severity::Normal,
            reason: reason.to_owned(),
            message,
        })
        .collect()
}
