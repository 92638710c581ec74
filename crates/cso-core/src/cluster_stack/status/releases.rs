//! What a stack says of its releases together: written, of no other stack, ready.

use std::sync::Arc;

use cso_api::ClusterStackRelease;
use cso_api::conditions::{reasons, types};

use super::{failed, subject};
use crate::cluster::listed;
use crate::cluster_stack::observed::is_ready;
use crate::cluster_stack::plan::{find, older_claimant};
use crate::cluster_stack::{Observed, Remote, Retention, Selection};
use crate::conditions::{Conditions, Stance, Verdict};
use crate::effect::{Effect, Executed};

pub(super) fn releases(
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
    if let Some(tag) = &retention.unordered {
        let message = format!(
            "spec.autoSubscribe: no version of channel {} is newer than another ({} and the like): name the wanted ones in spec.versions and set autoSubscribe to false",
            selection.channel,
            tag.version.dot()
        );
        return stall(conditions, reasons::INVALID_SPEC, message);
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
    if retention.wanted.is_empty() && matches!(observed.remote, Remote::Tags(_)) {
        let message = format!(
            "the source offers no release of {} in channel {}: publish one, or correct spec",
            selection.stack.stack(),
            selection.channel
        );
        conditions.set(
            type_,
            Verdict::False,
            reasons::NOTHING_OFFERED,
            message.clone(),
        );
        return Stance::Reconciling(message);
    }
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
    existing: &[Arc<ClusterStackRelease>],
) -> Option<(String, &'a str)> {
    retention.wanted.iter().find_map(|tag| {
        let other = match find(existing, tag) {
            Some(release) => observed.claimant(release),
            None => older_claimant(observed, tag),
        };
        Some((tag.dash(), other?))
    })
}
