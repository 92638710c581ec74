//! Releases for the same Kubernetes version whose add-ons differ: one chart becomes stages, stages are renamed, one never
//! comes to its end.

use serde_json::json;

use super::site::{DEADLINE, Site};
use super::stacks::{chart, release, stage};
use crate::release::Release;

const LEGACY: &str = "dev-turn-1-34-v1";
const STAGES: &str = "dev-turn-1-34-v2";
const RENAMED: &str = "dev-turn-1-34-v3";
const STUCK: &str = "dev-turn-1-34-v4";
const BETTER: &str = "dev-turn-1-34-v5";
const ALL: &[&str] = &[LEGACY, STAGES, RENAMED, STUCK, BETTER];

/// Stages that are named for the config maps they apply, install and upgrade alike.
fn staged(namespace: &str, tag: &str, stages: &[(&str, Option<&str>)]) -> Release {
    let list: Vec<_> = stages
        .iter()
        .map(|(name, gate)| stage(name, *gate))
        .collect();
    let config = json!({"addonStages": {
        "AfterControlPlaneInitialized": list, "BeforeClusterUpgrade": list,
    }});
    let charts: Vec<_> = stages
        .iter()
        .map(|(name, _)| (*name, chart(name, tag)))
        .collect();
    release(namespace, tag, &[]).with_addons(&config, &charts)
}

/// One chart with the maps of both stages that follow it.
fn legacy(namespace: &str) -> Release {
    let templates = ["network", "metrics"].map(|name| {
        let [_, (_, map)] = <[_; 2]>::try_from(chart(name, LEGACY)).unwrap();
        (name, map)
    });
    let templates: Vec<_> = templates
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    release(namespace, LEGACY, &[]).with_legacy_addon(
        &templates,
        "version: \"{{ .Cluster.spec.topology.version }}\"\n",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn add_ons_of_another_shape_take_the_place_of_those_before_and_a_stuck_release_is_superseded()
{
    let site = Site::start("turn").await;
    let namespace = &site.world.namespace;
    let releases = [
        legacy(namespace),
        staged(namespace, STAGES, &[("network", None), ("metrics", None)]),
        staged(namespace, RENAMED, &[("net", None), ("metrics", None)]),
        staged(
            namespace,
            STUCK,
            &[("net", None), ("never", Some("never")), ("metrics", None)],
        ),
        staged(namespace, BETTER, &[("net", None), ("metrics", None)]),
    ];
    for one in &releases {
        site.world.publish(one).await;
    }
    let _operator = site.operator(&["--leader-elect=false"]);
    site.want(ALL).await;
    let cluster = site.cluster("c1", LEGACY).await;
    site.applied("c1", LEGACY).await;
    let before = site.told("network").await.unwrap();
    assert_eq!(
        (before["release"].as_str(), before["version"].as_str()),
        (LEGACY, "v1.34.7")
    );
    cluster
        .condition("TopologyReconciled", DEADLINE)
        .await
        .unwrap();
    let uid = |map: &str| {
        let name = map.to_owned();
        let site = &site;
        async move { site.maps().await.get(&name).await.unwrap().metadata.uid }
    };
    let kept = uid("metrics").await;

    site.move_to(&cluster, STAGES).await;
    site.applied("c1", STAGES).await;
    assert_eq!(site.told("network").await.unwrap()["release"], STAGES);

    site.move_to(&cluster, RENAMED).await;
    site.applied("c1", RENAMED).await;
    assert_eq!(
        site.told("network").await,
        None,
        "a stage that is gone takes its objects along"
    );
    assert_eq!(site.told("net").await.unwrap()["release"], RENAMED);

    site.move_to(&cluster, STUCK).await;
    site.at_the_gate("c1", STUCK, "BeforeClusterUpgrade", "never")
        .await;
    assert_eq!(
        site.told("metrics").await.unwrap()["release"],
        RENAMED,
        "later stages wait"
    );
    site.show("A release whose second stage never gets well.");

    site.move_to(&cluster, BETTER).await;
    site.applied("c1", BETTER).await;
    site.show("The next release took its place.");
    assert_eq!(site.told("metrics").await.unwrap()["release"], BETTER);
    assert_eq!(
        site.told("never").await,
        None,
        "nothing of the stuck release is left"
    );
    assert_eq!(
        uid("metrics").await,
        kept,
        "what was wanted all along was never deleted"
    );
}
