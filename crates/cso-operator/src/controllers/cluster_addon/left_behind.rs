//! Looks for what an upstream installation left in a workload cluster, and renders the releases it may have come from.

use std::collections::BTreeSet;

use cso_api::ClusterStackRelease;
use cso_api::conditions::{is_true, types};
use cso_core::cluster::tag_of;
use cso_core::cluster_addon::{LeftBehind, Observed, is_former};
use cso_core::failure::{Cause, Failure};
use cso_core::manifests::{ObjectId, is_left_behind};

use super::observe::unpacked;
use super::stages::Target;

pub(super) async fn left_behind(
    target: &Target<'_>,
    observed: &Observed,
) -> Result<LeftBehind, Failure> {
    let marked = target.workload.server.tracker.marked().await?;
    let found = marked
        .into_iter()
        .filter(|(_, _, live)| is_left_behind(live));
    let mut left = LeftBehind {
        found: found
            .map(|(id, version, _)| id.to_resource(&version))
            .collect(),
        former: BTreeSet::new(),
    };
    if !left.found.is_empty() {
        left.former = former(target, observed).await?;
    }
    Ok(left)
}

/// The objects of the releases the add-ons may come from. What is not known of them is not removed.
async fn former(target: &Target<'_>, observed: &Observed) -> Result<BTreeSet<ObjectId>, Failure> {
    let namespace = observed
        .release
        .as_ref()
        .and_then(|release| release.metadata.namespace.as_ref());
    let is_meant = |release: &ClusterStackRelease| {
        release.metadata.namespace.as_ref() == namespace
            && tag_of(release).is_some_and(|tag| is_former(observed, &tag))
    };
    let releases = target.context.stores.releases.state_filter(is_meant);
    let mut objects = BTreeSet::new();
    for release in releases {
        match unpacked(target.context, &release).await {
            Ok(Some(addons)) => objects.extend(target.objects_of(&addons).await),
            Ok(None) if !is_stalled(&release) => {
                let name = release.metadata.name.as_deref().unwrap_or_default();
                return Err(Failure::new(
                    Cause::Unreachable,
                    format!("release {name}, which the add-ons may come from, is not pulled yet"),
                ));
            }
            Ok(None) | Err(_) => {}
        }
    }
    Ok(objects)
}

fn is_stalled(release: &ClusterStackRelease) -> bool {
    let status = release.status.as_ref();
    status.is_some_and(|status| is_true(&status.conditions, types::STALLED))
}
