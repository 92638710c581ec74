//! What is watched beside the applied objects, and how each becomes a fact of a pass.

mod clusters;
mod definitions;
mod providers;
mod subscriptions;

pub(crate) use clusters::Clusters;
pub(crate) use definitions::Definitions;
pub(crate) use providers::Providers;
pub(crate) use subscriptions::Subscriptions;

use cso_api::{ClusterStack, ClusterStackRelease};
use kube::runtime::reflector::Store;
use tokio::sync::watch;

/// Our own objects.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) stacks: Store<ClusterStack>,
    pub(crate) releases: Store<ClusterStackRelease>,
    listed: watch::Sender<bool>,
}

impl Stores {
    pub(crate) fn new(stacks: Store<ClusterStack>, releases: Store<ClusterStackRelease>) -> Self {
        Self {
            stacks,
            releases,
            listed: watch::Sender::new(false),
        }
    }

    /// Waits until both were listed once and tells all who wait in [`Self::filled`]. A store wakes only the last of
    /// those who wait for it, so this is awaited once, by the controllers' own task.
    pub(crate) async fn fill(&self) {
        let _stopped = futures::join!(
            self.stacks.wait_until_ready(),
            self.releases.wait_until_ready()
        );
        self.listed.send_replace(true);
    }

    /// Waits until both were listed once.
    pub(crate) async fn filled(&self) {
        // The sender lives in `self`, so this cannot fail.
        drop(self.listed.subscribe().wait_for(|listed| *listed).await);
    }
}
