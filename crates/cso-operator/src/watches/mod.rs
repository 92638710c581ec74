//! What is watched beside the applied objects, and how each becomes a fact of a pass.

mod clusters;
mod definitions;
mod providers;
mod subscriptions;

pub(crate) use clusters::{Clusters, cluster_kind};
pub(crate) use definitions::Definitions;
pub(crate) use providers::Providers;
pub(crate) use subscriptions::Subscriptions;

use std::collections::BTreeSet;

use cso_api::{ClusterAddon, ClusterStack, ClusterStackRelease};
use kube::runtime::reflector::Store;
use kube::runtime::watcher;
use tokio::sync::watch;

/// Our own objects.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) stacks: Store<ClusterStack>,
    pub(crate) releases: Store<ClusterStackRelease>,
    pub(crate) addons: Store<ClusterAddon>,
    listed: Listed,
}

/// Which of our kinds were listed once, by name.
type Listed = watch::Sender<BTreeSet<&'static str>>;

impl Stores {
    const KINDS: usize = 3;

    pub(crate) fn new(
        stacks: Store<ClusterStack>,
        releases: Store<ClusterStackRelease>,
        addons: Store<ClusterAddon>,
    ) -> Self {
        Self {
            stacks,
            releases,
            addons,
            listed: Listed::default(),
        }
    }

    /// Notes when a kind was listed. A store wakes only the last of those who wait for it, and that has to be its
    /// controller.
    pub(crate) fn listens<K>(
        &self,
        kind: &'static str,
    ) -> impl Fn(&Result<watcher::Event<K>, watcher::Error>) + use<K> {
        let listed = self.listed.clone();
        move |event| {
            if let Ok(watcher::Event::InitDone) = event {
                listed.send_if_modified(|kinds| kinds.insert(kind));
            }
        }
    }

    /// Waits until all were listed once.
    pub(crate) async fn filled(&self) {
        let mut listed = self.listed.subscribe();
        // The sender lives in `self`, so this cannot fail.
        drop(listed.wait_for(|kinds| kinds.len() == Self::KINDS).await);
    }
}
