//! Measures the operator: how fast it applies a large release, with how many requests, and what it sends at rest.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use cso_api::ClusterStack;
use cso_api::conditions::{self, types};
use cso_testing::wait;
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::DeleteParams;

use crate::objects::{COUNT, templates};
use crate::release::Release;
use crate::scrape::{Figures, free_address};
use crate::world::{DEADLINE, Operator, World, bed, wanting};

const TAG: &str = "docker-bench-1-36-v1";
/// How long an operator at rest is listened to.
pub(crate) const IDLE: Duration = Duration::from_secs(5);

/// What one round took.
pub(crate) struct Applied {
    /// Objects per second, from the first apply to the last answer.
    pub(crate) rate: f64,
    /// All requests from the first sight of the stack until it is ready, by the number of objects; watches not counted.
    pub(crate) requests_per_object: f64,
    /// Seconds from the creation of the stack until it is ready.
    pub(crate) to_ready: f64,
}

/// One round: a new namespace, a new operator, a release of [`COUNT`] objects.
pub(crate) struct Round {
    world: World,
    operator: Operator,
    metrics: SocketAddr,
}

impl Round {
    pub(crate) async fn begin(round: usize) -> Self {
        let world = World::idle(&format!("operator-{round}")).await;
        let templates = templates();
        let templates: Vec<(&str, &str)> = templates
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        world.publish(&Release::new(TAG, &templates)).await;
        let metrics = free_address().await;
        let mut config = world.config(&["--leader-elect=false"]);
        config.metrics_address = Some(metrics);
        let operator = Operator::start(config).await;
        Self {
            world,
            operator,
            metrics,
        }
    }

    /// Asks for the release and waits until it is ready.
    pub(crate) async fn apply(&self) -> Applied {
        let before = Figures::settled(self.metrics).await;
        let began = Instant::now();
        self.world.stack("bench", wanting(&[TAG])).await;
        let stack: ClusterStack = self.world.ready("bench").await;
        let to_ready = began.elapsed().as_secs_f64();
        let status = stack.status.unwrap();
        assert!(conditions::is_true(&status.conditions, types::READY));
        let after = Figures::settled(self.metrics).await;
        let objects = COUNT as f64;
        Applied {
            rate: objects / (after.apply_seconds() - before.apply_seconds()),
            requests_per_object: (after.requests() - before.requests()) / objects,
            to_ready,
        }
    }

    /// Requests within [`IDLE`], watches not counted.
    pub(crate) async fn idle_requests(&self) -> f64 {
        let before = Figures::settled(self.metrics).await;
        // The only wait that is meant: nothing must happen in it.
        tokio::time::sleep(IDLE).await;
        let after = Figures::settled(self.metrics).await;
        after.requests() - before.requests()
    }

    /// Has the operator remove what it applied, and ends it.
    pub(crate) async fn end(self) {
        let stacks: Api<ClusterStack> = self.world.api();
        let delete = DeleteParams::default();
        stacks.delete("bench", &delete).await.unwrap();
        self.world.gone(&stacks, "bench").await;
        self.operator.stop().await;
        let name = self.world.namespace.clone();
        drop(self.world);
        removed(&name).await;
    }
}

/// Waits until a namespace that is being removed is gone, and everything in it.
pub(crate) async fn removed(namespace: &str) {
    let namespaces: Api<Namespace> = Api::all(bed().await.client().await.unwrap());
    wait::until(&namespaces, namespace, |one| one.is_none(), DEADLINE)
        .await
        .unwrap();
}
