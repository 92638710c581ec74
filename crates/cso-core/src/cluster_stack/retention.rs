//! Which releases a stack wants, keeps and lets go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster_stack::ReleaseTag;
use cso_api::ClusterStackRelease;

use super::observed::is_usable;
use super::{Observed, Remote, Selection};
use crate::cluster::users_of;

/// What becomes of the releases of a stack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retention {
    /// Releases that are to exist: pinned ones and the newest of the channel.
    pub wanted: BTreeSet<ReleaseTag>,
    /// The newest version the source offers in the channel.
    pub newest: Option<ReleaseTag>,
    /// One of the versions the source offers in the channel, if none of them is newer than another.
    pub unordered: Option<ReleaseTag>,
    /// The newest ready release.
    pub newest_ready: Option<ReleaseTag>,
    /// Names of own releases that nothing asks for any more. Empty while a fact is missing.
    pub obsolete: BTreeSet<String>,
    /// Own releases that Clusters use, with these Clusters.
    pub in_use: BTreeMap<String, Vec<String>>,
}

/// Decides which releases are to exist and which are to go.
///
/// A release goes only if all is known: releases, Clusters of all namespaces, and, with a subscription, the tags of the
/// source. A release in use stays; one that does not exist is not created only because a Cluster names its class.
pub fn retention(observed: &Observed, selection: &Selection) -> Retention {
    let releases: &[Arc<ClusterStackRelease>] = observed.releases.as_deref().unwrap_or_default();
    let own: Vec<(&ClusterStackRelease, ReleaseTag)> = releases
        .iter()
        .map(Arc::as_ref)
        .filter(|release| observed.owns(release))
        .filter_map(|release| Some((release, release.metadata.name.as_deref()?.parse().ok()?)))
        .collect();
    let offered = offered(observed, selection);
    let newest = newest_of(offered.iter().filter(|tag| tag.version.is_comparable()));
    let unordered = match newest {
        Some(_) => None,
        None => offered.first().cloned(),
    };
    let newest_ready = newest_of(
        own.iter()
            .filter(|(release, _)| is_usable(release))
            .map(|(_, tag)| tag),
    );
    let wanted: BTreeSet<ReleaseTag> = selection.pinned.iter().chain(&newest).cloned().collect();
    let in_use: BTreeMap<String, Vec<String>> = own
        .iter()
        .map(|(release, tag)| {
            (
                tag.dash(),
                users_of(observed.clusters.as_deref().unwrap_or_default(), release),
            )
        })
        .filter(|(_, users)| !users.is_empty())
        .collect();
    let obsolete = if all_is_known(observed, selection) {
        own.iter()
            .filter(|(_, tag)| !wanted.contains(tag) && newest_ready.as_ref() != Some(tag))
            .map(|(_, tag)| tag.dash())
            .filter(|name| !in_use.contains_key(name))
            .collect()
    } else {
        BTreeSet::new()
    };
    Retention {
        wanted,
        newest,
        unordered,
        newest_ready,
        obsolete,
        in_use,
    }
}

fn all_is_known(observed: &Observed, selection: &Selection) -> bool {
    let remote = !observed.stack.spec.auto_subscribe || matches!(observed.remote, Remote::Tags(_));
    remote
        && observed.clusters.is_ok()
        && observed.releases.is_ok()
        && selection.problems.is_empty()
}

/// The tags of a subscribed stack's channel; tags of others are no business of ours.
fn offered(observed: &Observed, selection: &Selection) -> Vec<ReleaseTag> {
    let Remote::Tags(tags) = &observed.remote else {
        return Vec::new();
    };
    if !observed.stack.spec.auto_subscribe {
        return Vec::new();
    }
    tags.iter()
        .filter_map(|tag| tag.parse().ok())
        .filter(|tag: &ReleaseTag| tag.is_same_stack(&selection.stack))
        .filter(|tag| tag.version.channel() == selection.channel)
        .collect()
}

fn newest_of<'a>(tags: impl Iterator<Item = &'a ReleaseTag>) -> Option<ReleaseTag> {
    tags.max_by(|left, right| left.version.cmp(&right.version))
        .cloned()
}
