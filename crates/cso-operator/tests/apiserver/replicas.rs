//! Two replicas of the operator: one writes, and the other goes on when it leaves.

use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;

use crate::release::Release;
use crate::world::{Operator, World};

async fn replica(world: &World, name: &str) -> Operator {
    let mut config = world.config(&[]);
    config.release_dir = config.release_dir.join(name);
    let election = config.election.as_mut().expect("replicas elect a leader");
    name.clone_into(&mut election.identity);
    election.lease_duration = Duration::from_secs(6);
    election.renew_deadline = Duration::from_secs(4);
    election.retry_period = Duration::from_millis(500);
    Operator::start(config).await
}

async fn leads(world: &World, name: &str) {
    let leases: Api<Lease> = world.api();
    world
        .until(&leases, cso_operator::LEASE, |lease| {
            lease.and_then(|lease| lease.spec.as_ref()?.holder_identity.as_deref()) == Some(name)
        })
        .await;
}

#[tokio::test]
async fn the_second_replica_goes_on_when_the_first_leaves() {
    let world = World::idle("replicas").await;
    let tags = ["docker-demo-1-36-v1", "docker-demo-1-36-v2"];
    for tag in tags {
        world.publish(&Release::small(tag)).await;
    }
    let first = replica(&world, "first").await;
    leads(&world, "first").await;
    let second = replica(&world, "second").await;
    world.want("demo", &tags[..1]).await;
    world.ready("demo").await;
    leads(&world, "first").await;
    let began = Instant::now();
    first.stop().await;
    leads(&world, "second").await;
    eprintln!("the second replica leads {:?} later", began.elapsed());
    world.want("demo", &tags).await;
    world.ready("demo").await;
    second.stop().await;
    leads(&world, "").await;
}
