//! Measures the operator with a fleet: how fast all add-ons are applied, with how many requests, and what it sends at rest.

use std::net::SocketAddr;
use std::time::Duration;

use cso_operator::Config;

use crate::clusters::Fleet;
use crate::cpu::Cpu;
use crate::objects::{COUNT, Values, release};
use crate::scrape::{Figures, free_address};
use crate::site::Site;
use crate::world::{Operator, World, source, wanting};

/// The release of all fleets.
pub(crate) const TAG: &str = "docker-bench-1-36-v1";
/// How long an operator at rest is listened to.
pub(crate) const IDLE: Duration = Duration::from_secs(5);

/// One round.
pub(crate) struct Run {
    /// Objects per second, from the first control plane until the last Cluster's add-ons are ready.
    pub(crate) rate: f64,
    /// All requests, to the workload clusters and to the management cluster, from the first sight of the Clusters until
    /// all is quiet, by the number of objects; watches not counted.
    pub(crate) requests_per_object: f64,
    /// The part that may change something.
    pub(crate) writes_per_object: f64,
    /// Requests within [`IDLE`], watches not counted.
    pub(crate) idle_requests: f64,
    /// How often a stage was rendered.
    pub(crate) renders: f64,
}

/// An operator with a stack whose class is applied.
pub(crate) struct Running {
    pub(crate) world: World,
    metrics: SocketAddr,
    operator: Operator,
}

impl Running {
    pub(crate) async fn start(name: &str, values: Values) -> Self {
        let world = World::idle(name).await;
        let config = world.config(&["--leader-elect=false"]);
        Self::over(world, config, values).await
    }

    /// The same with this configuration.
    pub(crate) async fn over(world: World, mut config: Config, values: Values) -> Self {
        publish(&world, values).await;
        let metrics = free_address().await;
        config.metrics_address = Some(metrics);
        let operator = Operator::start(config).await;
        want(&world).await;
        Self {
            world,
            metrics,
            operator,
        }
    }

    pub(crate) async fn stop(self) {
        self.operator.stop().await;
    }
}

/// Publishes the release.
pub(crate) async fn publish(world: &World, values: Values) {
    world.publish(&release(TAG, values)).await;
}

/// Asks for the release and waits until its class is applied.
pub(crate) async fn want(world: &World) {
    let mut spec = wanting(&[TAG]);
    spec["source"] = source(&world.registry.host());
    world.stack("bench", spec).await;
    world.ready("bench").await;
}

/// One round: a new namespace, a new operator, new clusters.
pub(crate) async fn fleet(site: &mut Site, name: &str, clusters: usize, values: Values) -> Run {
    let running = Running::start(name, values).await;
    let insides = site.clusters(clusters).await;
    let before = Figures::settled(running.metrics).await;
    let mut fleet = Fleet::new(&running.world, TAG);
    let names = fleet.join(&insides).await;
    let idle = Cpu::now();
    let took = fleet.run(&names, &names).await;
    let used = Cpu::now().since(&idle);
    let last = took.into_iter().fold(0.0, f64::max);
    let after = Figures::settled(running.metrics).await;
    // The only wait that is meant: nothing must happen in it.
    tokio::time::sleep(IDLE).await;
    let later = Figures::settled(running.metrics).await;
    running.stop().await;
    println!("  operator: {used}");
    println!("  requests: {}", after.since(&before));
    let objects = (clusters * COUNT) as f64;
    Run {
        rate: objects / last,
        requests_per_object: (after.requests() - before.requests()) / objects,
        writes_per_object: (after.writes() - before.writes()) / objects,
        idle_requests: later.requests() - after.requests(),
        renders: after.renders() - before.renders(),
    }
}
