//! What goes and what stays: everything a stack made goes with it, nothing else does, and nothing that is in use.

use cso_api::{ClusterStack, ClusterStackRelease, conditions};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::release::{Release, objects_of, small};
use crate::world::{World, bed};

const TAG: &str = "docker-demo-1-36-v1";
const NEXT: &str = "docker-demo-1-36-v2";

async fn delete_stack(world: &World) {
    let stacks: Api<ClusterStack> = world.api();
    stacks
        .delete("demo", &DeleteParams::default())
        .await
        .unwrap();
}

async fn all_gone(world: &World, tag: &str) {
    for (version, kind, name) in objects_of(tag) {
        world.gone(&world.kind(version, kind), &name).await;
    }
    world.gone(&world.api::<ClusterStackRelease>(), tag).await;
}

fn config_map(name: &str, labels: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}})
}

#[tokio::test]
async fn u1_deleting_a_stack_removes_all_it_made_and_nothing_else() {
    let world = World::applied("removal", TAG).await;
    // One that nobody marked, and one that carries upstream's mark and belongs to another release.
    world
        .apply("somebody", &config_map("plain", &json!({})))
        .await;
    let others = json!({
        "clusterstack.x-k8s.io/instance": "owned", "clusterstack.x-k8s.io/release": "docker-demo-1-36-v9",
        "clusterstack.x-k8s.io/release-namespace": world.namespace,
    });
    world
        .apply("somebody", &config_map("marked", &others))
        .await;
    delete_stack(&world).await;
    world.gone(&world.api::<ClusterStack>(), "demo").await;
    all_gone(&world, TAG).await;
    let maps: Api<ConfigMap> = world.api();
    for name in ["plain", "marked"] {
        assert!(maps.get_opt(name).await.unwrap().is_some(), "{name}");
    }
}

#[tokio::test]
async fn u1_deleting_a_release_of_a_stopped_registry_still_removes_its_objects() {
    let world = World::applied("offline", TAG).await;
    world.registry.inject(cso_testing::registry::Fault::Status {
        path: String::new(),
        code: 503,
        times: u32::MAX,
    });
    delete_stack(&world).await;
    all_gone(&world, TAG).await;
}

#[tokio::test]
async fn a_newer_release_replaces_the_one_before() {
    let world = World::applied("replaced", TAG).await;
    world.publish(&Release::small(NEXT)).await;
    world.want("demo", &[NEXT]).await;
    world.ready("demo").await;
    all_gone(&world, TAG).await;
    for (version, kind, name) in objects_of(NEXT) {
        let api = world.kind(version, kind);
        assert!(api.get_opt(&name).await.unwrap().is_some(), "{kind} {name}");
    }
}

#[tokio::test]
async fn what_the_inventory_names_and_the_chart_has_not_is_removed_if_it_is_ours() {
    let mut world = World::applied("pruned", TAG).await;
    world.pause().await;
    let ours = json!({
        "clusterstack.x-k8s.io/instance": "owned", "clusterstack.x-k8s.io/release": TAG,
        "clusterstack.x-k8s.io/release-namespace": world.namespace,
    });
    world.apply("somebody", &config_map("left", &ours)).await;
    world
        .apply("somebody", &config_map("foreign", &json!({})))
        .await;
    let releases: Api<ClusterStackRelease> = world.api();
    let mut release = releases.get_status(TAG).await.unwrap();
    let resources = &mut release.status.as_mut().unwrap().resources;
    for name in ["left", "foreign"] {
        resources.push(cso_api::Resource {
            version: "v1".to_owned(),
            kind: "ConfigMap".to_owned(),
            namespace: world.namespace.clone(),
            name: name.to_owned(),
            ..cso_api::Resource::default()
        });
    }
    let patch = json!({"status": {"resources": resources}});
    releases
        .patch_status(TAG, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .unwrap();
    world.resume().await;
    let maps: Api<ConfigMap> = world.api();
    world.gone(&maps, "left").await;
    world
        .until(&releases, TAG, |release| {
            release
                .and_then(|release| release.status.as_ref())
                .is_some_and(|status| status.resources.len() == 4)
        })
        .await;
    assert!(maps.get_opt("foreign").await.unwrap().is_some());
}

#[tokio::test]
async fn what_a_newer_render_of_a_release_lacks_is_removed() {
    let mut world = World::applied("rendered-anew", TAG).await;
    let maps: Api<ConfigMap> = world.api();
    let notes = format!("{TAG}-notes");
    assert!(maps.get_opt(&notes).await.unwrap().is_some());
    world.pause().await;
    // A person lets go of the digest to have what the tag names now; the cache did not outlive the Pod.
    let releases: Api<ClusterStackRelease> = world.api();
    let unpinned = Patch::Merge(json!({"status": {"digest": null}}));
    releases
        .patch_status(TAG, &PatchParams::default(), &unpinned)
        .await
        .unwrap();
    let [class, templates, _] = small();
    world
        .move_tag(&Release::new(TAG, &[class, templates]))
        .await;
    world.forget_releases();
    world.resume().await;
    world.gone(&maps, &notes).await;
    world.ready("demo").await;
    for (version, kind, name) in objects_of(TAG) {
        let left = world.kind(version, kind).get_opt(&name).await.unwrap();
        assert_eq!(left.is_some(), kind != "ConfigMap", "{kind} {name}");
    }
    let resources = releases.get(TAG).await.unwrap().status.unwrap().resources;
    assert!(resources.iter().all(|one| one.kind != "ConfigMap"));
}

#[tokio::test]
async fn u16_a_release_that_a_cluster_of_another_namespace_uses_is_kept_and_the_cluster_is_named() {
    let world = World::applied("in-use", TAG).await;
    let other = bed().await.namespace("user").await.unwrap();
    let cluster = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
        "metadata": {"name": "prod", "namespace": other.name()},
        "spec": {"topology": {"version": "v1.36.7", "classRef": {"name": TAG, "namespace": world.namespace}}},
    });
    world.apply("a-user", &cluster).await;
    world.publish(&Release::small(NEXT)).await;
    world.want("demo", &[NEXT]).await;
    world.ready("demo").await;
    delete_stack(&world).await;

    let stacks: Api<ClusterStack> = world.api();
    let user = format!("{}/prod", other.name());
    let kept = world
        .until(&stacks, "demo", |stack| {
            stack
                .and_then(|stack| conditions::find(&stack.status.as_ref()?.conditions, "Deleting"))
                .is_some_and(|deleting| {
                    deleting.reason.as_deref() == Some("InUse")
                        && deleting.message.as_deref().unwrap().contains(&user)
                })
        })
        .await;
    assert!(kept.is_some());
    all_gone(&world, NEXT).await;
    for (version, kind, name) in objects_of(TAG) {
        let api = world.kind(version, kind);
        assert!(api.get_opt(&name).await.unwrap().is_some(), "{kind} {name}");
    }

    world
        .elsewhere(other.name(), "cluster.x-k8s.io/v1beta2", "Cluster")
        .delete("prod", &DeleteParams::default())
        .await
        .unwrap();
    all_gone(&world, TAG).await;
    world.gone(&stacks, "demo").await;
}

#[tokio::test]
async fn a_release_that_a_person_deletes_is_pulled_anew_from_its_tag() {
    let world = World::applied("anew", TAG).await;
    let maps: Api<ConfigMap> = world.api();
    let name = format!("{TAG}-notes");
    let before = maps.get(&name).await.unwrap();
    world
        .move_tag(&Release::new(TAG, &[("notes.yaml", NOTES)]))
        .await;
    let releases: Api<ClusterStackRelease> = world.api();
    releases
        .delete(TAG, &DeleteParams::default())
        .await
        .unwrap();
    let colour = |map: &ConfigMap| map.data.as_ref().unwrap()["colour"].clone();
    assert_eq!(colour(&before), "green");
    world
        .until(&maps, &name, |map| {
            map.is_some_and(|map| colour(map) == "blue")
        })
        .await;
    world.ready("demo").await;
    let release = releases.get(TAG).await.unwrap();
    assert_eq!(release.status.unwrap().resources.len(), 1);
}

/// What another release has under the same tag.
const NOTES: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-{{ .Chart.Version }}-notes'}\ndata: {colour: blue}\n";
