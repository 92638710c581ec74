//! An API server whose objects the operator applies: the management cluster's, or a workload cluster's.

use kube::Client;

use crate::discovery::Kinds;
use crate::tracker::Tracker;

/// One API server: how to reach it, what it serves, what of ours it holds. Clones share what they know.
#[derive(Clone)]
pub struct ApiServer {
    /// Sends requests.
    pub client: Client,
    /// What it serves.
    pub kinds: Kinds,
    /// The objects of releases as they are now.
    pub tracker: Tracker,
}
