//! Measures the operator: how fast it applies a large release, with how many requests, and what it sends at rest.

use std::time::{Duration, Instant};

use cso_api::ClusterStack;
use cso_api::conditions::{self, types};

use crate::objects::{COUNT, templates};
use crate::release::Release;
use crate::scrape::{Figures, free_address};
use crate::world::{Operator, World, wanting};

/// How long an operator at rest is listened to.
pub(crate) const IDLE: Duration = Duration::from_secs(5);

/// One round.
pub(crate) struct Applied {
    /// Objects per second, from the first apply to the last answer.
    pub(crate) rate: f64,
    /// All requests from the first sight of the stack until it is ready, by the number of objects; watches not counted.
    pub(crate) requests_per_object: f64,
    /// Requests within [`IDLE`], watches not counted.
    pub(crate) idle_requests: f64,
    /// Seconds from the creation of the stack until it is ready.
    pub(crate) to_ready: f64,
}

/// One round: a new namespace, a new operator, a release of [`COUNT`] objects.
pub(crate) async fn apply(round: usize) -> Applied {
    let world = World::idle(&format!("operator-{round}")).await;
    let tag = "docker-bench-1-36-v1";
    let templates = templates();
    let templates: Vec<(&str, &str)> = templates
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    world.publish(&Release::new(tag, &templates)).await;
    let address = free_address().await;
    let mut config = world.config(&["--leader-elect=false"]);
    config.metrics_address = Some(address);
    let operator = Operator::start(config).await;
    let before = Figures::settled(address).await;
    let began = Instant::now();
    world.stack("bench", wanting(&[tag])).await;
    let stack: ClusterStack = world.ready("bench").await;
    let to_ready = began.elapsed().as_secs_f64();
    let status = stack.status.unwrap();
    assert!(conditions::is_true(&status.conditions, types::READY));
    let after = Figures::settled(address).await;
    // The only wait that is meant: nothing must happen in it.
    tokio::time::sleep(IDLE).await;
    let later = Figures::settled(address).await;
    operator.stop().await;
    println!("  requests: {}", after.since(&before));
    let objects = COUNT as f64;
    Applied {
        rate: objects / (after.apply_seconds() - before.apply_seconds()),
        requests_per_object: (after.requests() - before.requests()) / objects,
        idle_requests: later.requests() - after.requests(),
        to_ready,
    }
}
