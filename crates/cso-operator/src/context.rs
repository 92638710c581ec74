//! What every pass may use.

use std::sync::Arc;

use kube::Client;
use tokio::sync::watch;

use crate::config::Config;
use crate::discovery::Kinds;
use crate::metrics::Metrics;
use crate::sources::Sources;
use crate::tracker::Tracker;

/// What every pass may use.
#[derive(Clone)]
pub struct Context {
    /// The management cluster.
    pub client: Client,
    /// What it serves.
    pub kinds: Kinds,
    /// Where releases come from.
    pub sources: Sources,
    /// The objects of releases as they are now.
    pub tracker: Tracker,
    /// Figures.
    pub metrics: Metrics,
    /// Flags.
    pub config: Arc<Config>,
    /// Whether we hold the lease.
    pub writing: watch::Receiver<bool>,
}
