//! What every pass may use, and how it is put together.

use std::sync::Arc;

use cso_source::{Cache, Limits, Store};
use kube::runtime::events::{Recorder, Reporter};
use kube::runtime::reflector;
use tokio::sync::{Notify, watch};

use crate::api_server::ApiServer;
use crate::config::Config;
use crate::controllers::{AddonMemory, Attempts, Inputs};
use crate::discovery::Kinds;
use crate::error::Error;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::processors::Processors;
use crate::sources::Sources;
use crate::tracker::{Tracker, Whose};
use crate::watches::{Clusters, Definitions, Providers, Stores, Subscriptions};
use crate::workload::{Settings, Workloads};

/// How much of the disk pulled releases may take; those in use are never evicted.
const CACHE_BYTES: u64 = 2 << 30;

/// What every pass may use.
#[derive(Clone)]
pub struct Context {
    /// The management cluster's API server.
    pub management: ApiServer,
    /// Where releases come from.
    pub sources: Sources,
    /// Figures.
    pub metrics: Metrics,
    /// Flags.
    pub config: Arc<Config>,
    /// Whether we hold the lease.
    pub writing: watch::Receiver<bool>,
    pub(crate) stores: Stores,
    pub(crate) clusters: Clusters,
    pub(crate) providers: Providers,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) definitions: Definitions,
    pub(crate) memory: Memory,
    pub(crate) attempts: Attempts,
    pub(crate) recorder: Recorder,
    pub(crate) processors: Processors,
    pub(crate) workloads: Workloads,
    pub(crate) addon_memory: AddonMemory,
    /// Wakes the creation of missing `ClusterAddon`s.
    pub(crate) addons_wanted: Arc<Notify>,
}

/// A context and what its watches report, for the controllers.
pub(crate) struct Parts {
    pub(crate) context: Context,
    pub(crate) inputs: Inputs,
}

impl Context {
    /// Puts everything together; nothing is sent yet.
    pub(crate) fn assemble(
        config: Arc<Config>,
        cluster: kube::Config,
        writing: watch::Receiver<bool>,
    ) -> Result<Parts, Error> {
        let metrics = Metrics::default();
        let client = crate::run::client(cluster, &metrics)?;
        let kinds = Kinds::new(client.clone());
        let cache = Cache::open(
            &config.release_dir.join("by-digest"),
            CACHE_BYTES,
            Limits::default(),
        )
        .map_err(|source| Error::Store {
            source: Box::new(source),
        })?;
        let sources = Sources::new(
            client.clone(),
            Arc::clone(&config),
            Arc::new(Store::with_repositories(cache, config.charts.clone())),
            metrics.clone(),
        );
        let (drifted, drift) = futures::channel::mpsc::unbounded();
        let (touched, uses) = futures::channel::mpsc::unbounded();
        let (moved, provided) = futures::channel::mpsc::unbounded();
        let (listed, listings) = futures::channel::mpsc::unbounded();
        let (seen, clusters) = futures::channel::mpsc::unbounded();
        let (told, workloads) = futures::channel::mpsc::unbounded();
        let (stacks, stack_writer) = reflector::store();
        let (releases, release_writer) = reflector::store();
        let (addons, addon_writer) = reflector::store();
        let reporter = Reporter {
            controller: "cluster-stack-operator".to_owned(),
            instance: std::env::var("HOSTNAME").ok(),
        };
        let context = Self {
            clusters: Clusters::new(client.clone(), kinds.clone(), touched, seen),
            providers: Providers::new(
                client.clone(),
                kinds.clone(),
                config.namespace.clone(),
                moved,
            ),
            subscriptions: Subscriptions::new(listed),
            definitions: Definitions::new(client.clone(), kinds.clone()),
            stores: Stores::new(stacks, releases, addons),
            memory: Memory::default(),
            attempts: Attempts::default(),
            recorder: Recorder::new(client.clone(), reporter),
            processors: Processors::all(),
            workloads: Workloads::new(client.clone(), metrics.clone(), Settings::default(), told),
            addon_memory: AddonMemory::default(),
            addons_wanted: Arc::default(),
            management: ApiServer {
                tracker: Tracker::new(
                    client.clone(),
                    kinds.clone(),
                    metrics.clone(),
                    drifted,
                    Whose::Labelled,
                ),
                client,
                kinds,
            },
            sources,
            metrics,
            config,
            writing,
        };
        let inputs = Inputs {
            stacks: stack_writer,
            releases: release_writer,
            drift,
            uses,
            provided,
            listings,
            addons: addon_writer,
            clusters,
            workloads,
        };
        Ok(Parts { context, inputs })
    }
}
