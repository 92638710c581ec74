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

/// Our own objects.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) stacks: Store<ClusterStack>,
    pub(crate) releases: Store<ClusterStackRelease>,
}

impl Stores {
    /// Waits until both were listed once. Stores of a stopped operator count as listed.
    pub(crate) async fn filled(&self) {
        let _stopped = futures::join!(
            self.stacks.wait_until_ready(),
            self.releases.wait_until_ready()
        );
    }
}
