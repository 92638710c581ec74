//! What a stack says of its releases, line by line.

use std::sync::Arc;

use cluster_stack::ReleaseTag;
use cso_api::conditions::{find as condition, is_true, types};
use cso_api::{ClusterStackRelease, ClusterStackStatus, Condition, ReleasePhase, ReleaseSummary};

use crate::cluster_stack::observed::{is_ready, is_usable};
use crate::cluster_stack::plan::find;
use crate::cluster_stack::{Observed, Retention};

pub(super) fn summarise(
    observed: &Observed,
    retention: &Retention,
    releases: &[Arc<ClusterStackRelease>],
    status: &mut ClusterStackStatus,
) {
    let mut own: Vec<(ReleaseTag, &ClusterStackRelease)> = releases
        .iter()
        .map(Arc::as_ref)
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
    let conditions = conditions(release);
    let ready = is_ready(release);
    let reason = condition(conditions, types::READY).and_then(|ready| ready.reason.clone());
    ReleaseSummary {
        name: tag.version.dash(),
        ready,
        phase: phase(release),
        message: if ready { None } else { reason },
    }
}

/// How far a release has come.
pub fn phase(release: &ClusterStackRelease) -> ReleasePhase {
    let conditions = conditions(release);
    let downloaded = condition(conditions, types::RELEASE_DOWNLOADED);
    if is_ready(release) {
        ReleasePhase::Done
    } else if downloaded.is_some_and(Condition::is_false) {
        ReleasePhase::Downloading
    } else if is_true(conditions, types::PROVIDER_RELEASE_READY) {
        ReleasePhase::Applying
    } else if downloaded.is_some_and(Condition::is_true) {
        ReleasePhase::ProviderWork
    } else {
        ReleasePhase::Unknown
    }
}

fn conditions(release: &ClusterStackRelease) -> &[Condition] {
    let status = release.status.as_ref();
    status.map_or(&[], |status| &status.conditions)
}
