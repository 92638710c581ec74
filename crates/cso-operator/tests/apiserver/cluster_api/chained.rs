//! An upgrade by two minors at once, which Cluster API makes one after the other where the class says how, and which
//! admission allows for that reason.

use super::site::{DEADLINE, Site};
use super::stacks::{around_the_rollout, kubernetes};
use crate::admission::{refusal, told};

const FIRST: &str = "dev-chain-1-34-v1";
const LAST: &str = "dev-chain-1-36-v1";
const CHAIN: &[&str] = &["v1.34.7", "v1.35.7", "v1.36.7"];

#[tokio::test(flavor = "multi_thread")]
async fn two_minors_at_once_are_rolled_out_before_the_last_stages_run() {
    let site = Site::start("chained").await;
    for tag in [FIRST, LAST] {
        site.world
            .publish(&around_the_rollout(&site.world.namespace, tag, CHAIN))
            .await;
    }
    let operator = site.operator(&["--leader-elect=false"]);
    site.guard(&operator).await;
    let cluster = site.installed("c1", FIRST).await;

    site.want(&[LAST]).await;
    let early = site.ask_to_move_to(&cluster, LAST, "v1.35.7").await;
    let message = told(refusal(early), 422);
    assert!(
        message.contains("is for Kubernetes v1.36.7"),
        "a class comes with its version: {message}"
    );
    site.move_to(&cluster, LAST).await;
    site.addon("c1", |status| {
        status.hook.as_deref() == Some("AfterClusterUpgrade")
    })
    .await;
    let told = site.told("cni").await.unwrap();
    assert_eq!(
        told["release"], LAST,
        "the stages before the upgrade are done"
    );
    assert_eq!(site.told("late").await.unwrap()["release"], FIRST);
    site.applied("c1", LAST).await;
    let seen = cluster
        .condition("TopologyReconciled", DEADLINE)
        .await
        .unwrap();
    assert_eq!(site.control_plane(&seen).await, kubernetes(LAST));
    assert_eq!(site.told("late").await.unwrap()["release"], LAST);
}
