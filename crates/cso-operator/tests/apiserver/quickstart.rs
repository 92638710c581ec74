//! The way of a stack that works: as in the published course, and with releases as they were really published.

use std::collections::BTreeMap;
use std::io::Read as _;

use cluster_stack::ReleaseTag;
use cso_api::{ClusterStack, ReleasePhase};
use cso_source::{Limits, read_folder};
use cso_testing::fixtures;
use flate2::read::GzDecoder;
use kube::Api;
use serde_json::{Value, json};

use crate::release::{Release, objects_of};
use crate::world::{World, wanting};

#[tokio::test]
async fn the_stack_of_the_course_becomes_ready_as_it_is_written_there() {
    let mut world = World::named("cluster").await;
    world
        .publish(&Release::small("docker-scs-1-30-v0-sha.rwvgrna"))
        .await;
    world.resume().await;
    let spec = json!({
        "provider": "docker", "name": "scs", "kubernetesVersion": "1.30", "channel": "custom",
        "autoSubscribe": false, "noProvider": true, "versions": ["v0-sha.rwvgrna"],
    });
    world.stack("clusterstack", spec).await;
    let status = world.ready("clusterstack").await.status.unwrap();
    assert_eq!(
        status.latest_release.as_deref(),
        Some("docker-scs-1-30-v0-sha.rwvgrna | v1.30.7")
    );
    assert_eq!(status.usable_versions.as_deref(), Some("v0-sha.rwvgrna"));
    assert_eq!(status.summary[0].phase, ReleasePhase::Done);
    for (version, kind, name) in objects_of("docker-scs-1-30-v0-sha.rwvgrna") {
        let object = world.kind(version, kind).get(&name).await.unwrap();
        let labels = object.metadata.labels.unwrap();
        assert_eq!(
            labels["clusterstack.x-k8s.io/release"],
            "docker-scs-1-30-v0-sha-rwvgrna"
        );
    }
}

#[tokio::test]
async fn every_published_release_becomes_ready_with_all_its_objects() {
    let Some(folder) = fixtures::shared("stacks/releases/cluster-stacks") else {
        return;
    };
    let mut world = World::idle("published").await;
    let mut tags: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    tags.sort();
    assert_eq!(tags.len(), 4, "{tags:?}");
    let mut objects = BTreeMap::new();
    for tag in &tags {
        let files = read_folder(&folder.join(tag), &Limits::default())
            .unwrap()
            .into_files();
        let parsed: ReleaseTag = tag.parse().unwrap();
        objects.insert(tag, kinds_in(&files[&parsed.cluster_class_archive()]).len());
        let tag = parsed;
        world.publish(&Release { tag, files }).await;
    }
    world.resume().await;
    let names: Vec<&str> = tags.iter().map(String::as_str).collect();
    world.want("ferrol", &names).await;
    let status = world.ready("ferrol").await.status.unwrap();
    assert_eq!(
        status.usable_versions.as_deref(),
        Some("v0-sha.hipstsw, v1, v2, v3")
    );

    for tag in &tags {
        let release = world.told(tag, "Ready", "Succeeded").await;
        let resources = release.status.unwrap().resources;
        assert_eq!(resources.len(), objects[tag], "{tag}: {resources:?}");
        for resource in resources {
            let version = format!("{}/{}", resource.group, resource.version);
            let api = world.elsewhere(&resource.namespace, &version, &resource.kind);
            let object = api.get(&resource.name).await.unwrap();
            assert_ne!(object.data["spec"], Value::Null, "{resource:?}");
        }
    }
}

/// The kinds that the templates of a chart spell out, one per object.
fn kinds_in(archive: &[u8]) -> Vec<String> {
    let mut kinds = Vec::new();
    for entry in tar::Archive::new(GzDecoder::new(archive))
        .entries()
        .unwrap()
    {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        if path.contains("/templates/") {
            let lines = text.lines().filter(|line| line.starts_with("kind:"));
            kinds.extend(lines.map(str::to_owned));
        }
    }
    kinds
}

#[tokio::test]
async fn a_subscribed_stack_follows_the_newest_release() {
    let world = World::start("subscribed").await;
    world.publish(&Release::small("docker-demo-1-36-v1")).await;
    let mut spec = wanting(&["docker-demo-1-36-v1"]);
    spec["versions"] = json!([]);
    spec["autoSubscribe"] = json!(true);
    spec["interval"] = json!("10s");
    world.stack("demo", spec).await;
    let latest = |stack: ClusterStack| stack.status.unwrap().latest_release.unwrap();
    assert_eq!(
        latest(world.ready("demo").await),
        "docker-demo-1-36-v1 | v1.36.7"
    );
    world.publish(&Release::small("docker-demo-1-36-v2")).await;
    let newest = Some("docker-demo-1-36-v2 | v1.36.7");
    let stacks: Api<ClusterStack> = world.api();
    world
        .until(&stacks, "demo", |stack| {
            stack.and_then(|stack| stack.status.as_ref()?.latest_release.as_deref()) == newest
        })
        .await;
    let class = world.kind("cluster.x-k8s.io/v1beta1", "ClusterClass");
    world.gone(&class, "docker-demo-1-36-v1").await;
}
