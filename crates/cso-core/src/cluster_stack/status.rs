//! What a stack reports after a pass: its releases line by line, and whether the wanted ones are ready.

use cluster_stack::ReleaseTag;
use cso_api::conditions::{find as condition, is_true, reasons, types};
use cso_api::{ClusterStackRelease, ClusterStackStatus, ReleasePhase, ReleaseSummary};

use super::observed::{is_ready, is_usable};
use super::plan::{find, older_claimant};
use super::provider::provider_name;
use super::{Observed, Remote, Retention, Selection, retention, select};
use crate::cluster::listed;
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
        _ if observed.is_deleting() => deletion(observed, executed, &mut conditions),
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
                summarise(observed, &retention, releases, &mut status);
            }
            working(observed, executed, &selection, &retention, &mut conditions)
        }
    };
    status.conditions = conditions.summarise(&parts, "every wanted release is ready", stance);
    status.observed_generation = generation;
    let mut events = created(executed);
    events.extend(ready_event(&before.conditions, &status.conditions));
    let unchanged = observed.stack.status.as_ref() == Some(&status);
    Conclusion {
        status: (!unchanged).then_some(status),
        retry: executed.retry(),
        events,
    }
}

fn parts(observed: &Observed) -> Vec<&'static str> {
    let skip = |part: &str| match part {
        types::ASSETS_CLIENT_API_AVAILABLE | types::RELEASES_SYNCED => {
            !observed.stack.spec.auto_subscribe
        }
        types::PROVIDER_RELEASES_SYNCED => observed.stack.spec.no_provider,
        _ => false,
    };
    PARTS.into_iter().filter(|part| !skip(part)).collect()
}

fn summarise(
    observed: &Observed,
    retention: &Retention,
    releases: &[ClusterStackRelease],
    status: &mut ClusterStackStatus,
) {
    let mut own: Vec<(ReleaseTag, &ClusterStackRelease)> = releases
        .iter()
        .filter(|release| observed.owns(release))
        .filter_map(|release| Some((release.metadata.name.as_deref()?.parse().ok()?, release)))
        .collect();
    own.sort_by(|left, right| left.0.cmp(&right.0));
    status.summary = own
        .iter()
        .map(|(tag, release)| line(tag, release))
        .collect();
    let usable: Vec<String> = own
        .iter()
        .filter(|(_, release)| is_usable(release))
        .map(|(tag, _)| tag.version.dot())
        .collect();
    status.usable_versions = (!usable.is_empty()).then(|| usable.join(", "));
    status.latest_release = retention.newest_ready.as_ref().and_then(|tag| {
        let version = find(releases, tag)?
            .status
            .as_ref()?
            .kubernetes_version
            .clone()?;
        Some(format!("{} | {version}", tag.dot()))
    });
}

fn line(tag: &ReleaseTag, release: &ClusterStackRelease) -> ReleaseSummary {
    let conditions = release
        .status
        .as_ref()
        .map_or(&[][..], |status| &status.conditions);
    let ready = is_ready(release);
    let downloaded = condition(conditions, types::RELEASE_DOWNLOADED);
    let phase = if ready {
        ReleasePhase::Done
    } else if downloaded.is_some_and(cso_api::Condition::is_false) {
        ReleasePhase::Downloading
    } else if is_true(conditions, types::PROVIDER_RELEASE_READY) {
        ReleasePhase::Applying
    } else if downloaded.is_some_and(cso_api::Condition::is_true) {
        ReleasePhase::ProviderWork
    } else {
        ReleasePhase::Unknown
    };
    let reason = condition(conditions, types::READY).and_then(|ready| ready.reason.clone());
    ReleaseSummary {
        name: tag.version.dash(),
        ready,
        phase,
        message: if ready { None } else { reason },
    }
}

fn working(
    observed: &Observed,
    executed: &Executed,
    selection: &Selection,
    retention: &Retention,
    conditions: &mut Conditions,
) -> Stance {
    let stances = [
        source(observed, conditions),
        provider(observed, executed, conditions),
        releases(observed, executed, selection, retention, conditions),
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

fn source(observed: &Observed, conditions: &mut Conditions) -> Stance {
    if !observed.stack.spec.auto_subscribe {
        conditions.remove(types::ASSETS_CLIENT_API_AVAILABLE);
        conditions.remove(types::RELEASES_SYNCED);
        return Stance::Settled;
    }
    match &observed.remote {
        Remote::Tags(_) => {
            conditions.set(
                types::ASSETS_CLIENT_API_AVAILABLE,
                Verdict::True,
                reasons::SUCCEEDED,
                "",
            );
            conditions.set(
                types::RELEASES_SYNCED,
                Verdict::True,
                reasons::SUCCEEDED,
                "",
            );
            Stance::Settled
        }
        Remote::NotListed => {
            let message = "the releases of the source are being listed";
            conditions.set(
                types::ASSETS_CLIENT_API_AVAILABLE,
                Verdict::Unknown,
                reasons::NOT_LISTED_YET,
                message,
            );
            conditions.set(
                types::RELEASES_SYNCED,
                Verdict::Unknown,
                reasons::NOT_LISTED_YET,
                message,
            );
            Stance::Reconciling(message.to_owned())
        }
        Remote::Failed(failure) => {
            let what = "the releases of the source could not be listed, none is deleted meanwhile";
            failed(conditions, types::RELEASES_SYNCED, failure, what);
            failed(
                conditions,
                types::ASSETS_CLIENT_API_AVAILABLE,
                failure,
                what,
            )
        }
    }
}

fn provider(observed: &Observed, executed: &Executed, conditions: &mut Conditions) -> Stance {
    let type_ = types::PROVIDER_RELEASES_SYNCED;
    if observed.stack.spec.no_provider {
        conditions.remove(type_);
        return Stance::Settled;
    }
    let name = provider_name(observed.stack.spec.provider_ref.as_ref());
    let template = match &observed.provider_template {
        crate::fetched::Fetched::Failed(failure) => {
            return failed(
                conditions,
                type_,
                failure,
                &format!("{name} could not be read"),
            );
        }
        crate::fetched::Fetched::Missing => Err(format!(
            "{name} does not exist: create it in namespace {} or correct spec.providerRef",
            observed.namespace()
        )),
        crate::fetched::Fetched::Found(template)
            if template.pointer("/spec/template").is_none() =>
        {
            Err(format!("{name} has no spec.template"))
        }
        crate::fetched::Fetched::Found(_)
            if super::provider::reference(&observed.stack, "x").is_none() =>
        {
            Err(format!(
                "{name}: the kind of spec.providerRef must end in Template"
            ))
        }
        crate::fetched::Fetched::Found(_) => Ok(()),
    };
    if let Err(message) = template {
        conditions.set(
            type_,
            Verdict::False,
            reasons::PROVIDER_TEMPLATE_NOT_FOUND,
            message.clone(),
        );
        return Stance::Stalled(reasons::PROVIDER_TEMPLATE_NOT_FOUND.to_owned(), message);
    }
    let write = executed
        .failures()
        .find(|(effect, _)| matches!(effect, Effect::ApplyProviderObject(_)));
    if let Some((Effect::ApplyProviderObject(manifest), failure)) = write {
        return failed(
            conditions,
            type_,
            failure,
            &format!("{} could not be written", manifest.id()),
        );
    }
    let unread = observed
        .provider_objects
        .values()
        .find_map(|object| match object {
            crate::fetched::Fetched::Failed(failure) => Some(failure),
            _ => None,
        });
    if let Some(failure) = unread {
        return failed(
            conditions,
            type_,
            failure,
            "a provider object could not be read",
        );
    }
    conditions.set(type_, Verdict::True, reasons::SUCCEEDED, "");
    Stance::Settled
}

fn releases(
    observed: &Observed,
    executed: &Executed,
    selection: &Selection,
    retention: &Retention,
    conditions: &mut Conditions,
) -> Stance {
    let type_ = types::CLUSTER_STACK_RELEASES_SYNCED;
    let existing = match &observed.releases {
        Ok(existing) => existing,
        Err(failure) => {
            return failed(
                conditions,
                type_,
                failure,
                "the ClusterStackReleases could not be listed",
            );
        }
    };
    let available = match &retention.newest_ready {
        Some(_) => (Verdict::True, reasons::SUCCEEDED, String::new()),
        None => (
            Verdict::False,
            reasons::NO_RELEASE_READY,
            "no release of this stack is ready".to_owned(),
        ),
    };
    conditions.set(
        types::RELEASE_AVAILABLE,
        available.0,
        available.1,
        available.2,
    );
    let stall = |conditions: &mut Conditions, reason: &str, message: String| {
        conditions.set(type_, Verdict::False, reason, message.clone());
        Stance::Stalled(reason.to_owned(), message)
    };
    if let Some(problem) = selection.problems.first() {
        return stall(conditions, reasons::INVALID_SPEC, problem.to_string());
    }
    if let Err(failure) = &observed.clusters {
        return failed(
            conditions,
            type_,
            failure,
            "the Clusters could not be listed, no release is deleted meanwhile",
        );
    }
    if let Some((effect, failure)) = executed
        .failures()
        .find(|(effect, _)| !matches!(effect, Effect::ApplyProviderObject(_)))
    {
        return failed(
            conditions,
            type_,
            failure,
            &format!("{} could not be written", subject(effect)),
        );
    }
    if let Some((tag, other)) = claimed(observed, retention, existing) {
        let message =
            format!("release {tag} belongs to ClusterStack {other}: take it out of one of the two");
        return stall(conditions, reasons::CLAIMED_BY_OTHER, message);
    }
    let waiting: Vec<String> = retention
        .wanted
        .iter()
        .filter(|tag| !find(existing, tag).is_some_and(is_ready))
        .map(|tag| tag.version.dot())
        .collect();
    if waiting.is_empty() {
        conditions.set(type_, Verdict::True, reasons::SUCCEEDED, "");
        return Stance::Settled;
    }
    let message = format!("not ready: {}", listed(&waiting));
    conditions.set(
        type_,
        Verdict::False,
        reasons::RELEASES_NOT_READY,
        message.clone(),
    );
    Stance::Reconciling(message)
}

fn claimed<'a>(
    observed: &'a Observed,
    retention: &Retention,
    existing: &[ClusterStackRelease],
) -> Option<(String, &'a str)> {
    retention.wanted.iter().find_map(|tag| {
        let other = match find(existing, tag) {
            Some(release) => observed.claimant(release),
            None => older_claimant(observed, tag),
        };
        Some((tag.dash(), other?))
    })
}

fn subject(effect: &Effect) -> String {
    match effect {
        Effect::ApplyRelease(manifest)
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

fn deletion(observed: &Observed, executed: &Executed, conditions: &mut Conditions) -> Stance {
    let (reason, message) = match (&observed.releases, &observed.clusters) {
        (Err(failure), _) | (_, Err(failure)) => (reasons::READ_FAILED, failure.message.clone()),
        (Ok(releases), Ok(class_uses)) => {
            let own: Vec<&ClusterStackRelease> = releases
                .iter()
                .filter(|release| observed.owns(release))
                .collect();
            let users: Vec<String> = own
                .iter()
                .filter_map(|release| {
                    let users = crate::cluster::users_of(class_uses, release);
                    let name = release.metadata.name.as_deref().unwrap_or_default();
                    (!users.is_empty()).then(|| format!("{name} is used by {}", listed(&users)))
                })
                .collect();
            match executed.failures().next() {
                _ if !users.is_empty() => (
                    reasons::IN_USE,
                    format!("{}: delete these Clusters first", users.join("; ")),
                ),
                Some((effect, failure)) => (
                    reasons::FAILED_TO_DELETE,
                    format!(
                        "{} could not be deleted: {}",
                        subject(effect),
                        failure.message
                    ),
                ),
                None => (
                    reasons::DELETING,
                    format!("{} releases to remove", own.len()),
                ),
            }
        }
    };
    conditions.set(types::DELETING, Verdict::True, reason, message.clone());
    conditions.set(
        types::CLUSTER_STACK_RELEASES_SYNCED,
        Verdict::False,
        reason,
        message.clone(),
    );
    Stance::Reconciling(message)
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
