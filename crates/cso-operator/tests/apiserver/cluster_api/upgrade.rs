//! An upgrade to the next Kubernetes minor: Cluster API waits for the add-ons before, they wait for it afterwards, and an
//! operator that is killed on the way loses nothing.

use serde_json::json;

use super::site::{DEADLINE, Site, topology};
use super::stacks::{chart, kubernetes, release, stage};
use crate::release::Release;

const FIRST: &str = "dev-demo-1-34-v1";
const SECOND: &str = "dev-demo-1-35-v1";
const BEFORE: &str = "BeforeClusterUpgrade";
const ALONE: &[&str] = &["--leader-elect=false"];

fn first(namespace: &str) -> Release {
    let config = json!({"addonStages": {"AfterControlPlaneInitialized": [
        stage("cni", None), stage("extras", Some(FIRST)), stage("old", None),
    ]}});
    let charts = ["cni", "extras", "old"].map(|name| (name, chart(name, FIRST)));
    release(namespace, FIRST, &[]).with_addons(&config, &charts)
}

fn second(namespace: &str) -> Release {
    let config = json!({"addonStages": {
        "AfterControlPlaneInitialized": [stage("cni", None), stage("extras", None), stage("new", None)],
        "BeforeClusterUpgrade": [stage("cni", None), stage("extras", Some(SECOND))],
        "AfterClusterUpgrade": [stage("new", None)],
    }});
    let charts = ["cni", "extras", "new"].map(|name| (name, chart(name, SECOND)));
    release(namespace, SECOND, &[]).with_addons(&config, &charts)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_to_the_next_minor_happens_around_the_add_ons_though_operators_are_killed() {
    let site = Site::start("upgrade").await;
    site.world.publish(&first(&site.world.namespace)).await;
    site.world.publish(&second(&site.world.namespace)).await;

    let operator = site.operator(ALONE);
    site.want(&[FIRST]).await;
    let cluster = site.cluster("c1", FIRST).await;
    site.at_the_gate("c1", FIRST, "AfterControlPlaneInitialized", "extras")
        .await;
    site.show("The first stages are in; the second waits for its post-condition.");
    assert_eq!(site.told("old").await, None, "no stage before its turn");
    drop(operator);
    let operator = site.operator(ALONE);
    site.open(FIRST).await;
    site.applied("c1", FIRST).await;
    site.show("Installed.");
    assert_eq!(
        site.told("old").await.unwrap()["version"],
        kubernetes(FIRST)
    );
    cluster
        .condition("TopologyReconciled", DEADLINE)
        .await
        .unwrap();

    site.want(&[SECOND]).await;
    site.move_to(&cluster, SECOND).await;
    site.at_the_gate("c1", SECOND, BEFORE, "extras").await;
    let held = |text: &str| text.contains(BEFORE) && text.contains("stage extras");
    let seen = site
        .until(&cluster, |cluster| held(&topology(cluster)))
        .await;
    site.show("The class is of the next minor; Cluster API waits for the add-ons.");
    assert_eq!(site.control_plane(&seen).await, kubernetes(FIRST));
    assert_eq!(site.told("new").await, None, "not before the rollout");

    // Killed while Cluster API waits; from here on two replicas, of which the first dies.
    drop(operator);
    let doomed = site.operator(&[]);
    site.open(SECOND).await;
    site.addon("c1", |status| {
        status.hook.as_deref() == Some("AfterClusterUpgrade")
    })
    .await;
    site.show("The add-ons of the next minor are in; Cluster API rolls it out.");
    let _heir = site.operator(&[]);
    drop(doomed);

    site.applied("c1", SECOND).await;
    site.show("Upgraded.");
    let seen = cluster
        .condition("TopologyReconciled", DEADLINE)
        .await
        .unwrap();
    assert_eq!(site.control_plane(&seen).await, kubernetes(SECOND));
    let told = site.told("new").await.unwrap();
    assert_eq!(
        (told["release"].as_str(), &told["version"]),
        (SECOND, &kubernetes(SECOND))
    );
    assert_eq!(
        site.told("old").await,
        None,
        "what the release lacks is gone"
    );
    cluster.delete(DEADLINE).await.unwrap();
}
