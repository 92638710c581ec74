//! What was applied stays as it was applied: deleted and edited objects, with and without an operator at that time.
//! How long a repair takes is told, not asserted.

use std::time::Instant;

use cso_api::ClusterStackRelease;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt as _;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;

use crate::release::{Release, objects_of};
use crate::world::{World, uid};

const TAG: &str = "docker-demo-1-36-v1";
const CLASS: (&str, &str) = ("cluster.x-k8s.io/v1beta1", "ClusterClass");

#[tokio::test]
async fn u5_a_deleted_class_comes_back() {
    let world = World::applied("deleted", TAG).await;
    let api = world.kind(CLASS.0, CLASS.1);
    let before = uid(&api.get(TAG).await.unwrap());
    let began = Instant::now();
    api.delete(TAG, &DeleteParams::default()).await.unwrap();
    world
        .until(&api, TAG, |class| {
            class.is_some_and(|class| uid(class) != before)
        })
        .await;
    eprintln!("a deleted class came back after {:?}", began.elapsed());
    world.ready("demo").await;
}

#[tokio::test]
async fn u5_an_edited_object_is_set_right_and_what_others_added_stays() {
    let world = World::applied("edited", TAG).await;
    let api: kube::Api<ConfigMap> = world.api();
    let name = format!("{TAG}-notes");
    let edit = json!({"metadata": {"annotations": {"by": "a person"}}, "data": {"colour": "red", "more": "kept"}});
    let began = Instant::now();
    api.patch(&name, &PatchParams::default(), &Patch::Merge(&edit))
        .await
        .unwrap();
    let mended = world
        .until(&api, &name, |map| {
            map.and_then(|map| map.data.as_ref())
                .is_some_and(|data| data.get("colour").map(String::as_str) == Some("green"))
        })
        .await
        .unwrap();
    eprintln!("an edited object was set right after {:?}", began.elapsed());
    assert_eq!(mended.data.as_ref().unwrap()["more"], "kept");
    assert_eq!(mended.annotations()["by"], "a person");
}

#[tokio::test]
async fn u5_what_happened_while_no_operator_ran_is_set_right_by_the_next() {
    let mut world = World::applied("restarted", TAG).await;
    world.pause().await;
    let api = world.kind(CLASS.0, CLASS.1);
    api.delete(TAG, &DeleteParams::default()).await.unwrap();
    let maps: kube::Api<ConfigMap> = world.api();
    let name = format!("{TAG}-notes");
    let edit = Patch::Merge(json!({"data": {"colour": "red"}}));
    maps.patch(&name, &PatchParams::default(), &edit)
        .await
        .unwrap();
    world.resume().await;
    world.until(&api, TAG, |class| class.is_some()).await;
    world
        .until(&maps, &name, |map| {
            map.is_some_and(|map| map.data.as_ref().unwrap()["colour"] == "green")
        })
        .await;
}

#[tokio::test]
async fn a_restart_changes_no_object() {
    let mut world = World::applied("unchanged", TAG).await;
    let releases: kube::Api<ClusterStackRelease> = world.api();
    let mut versions = Vec::new();
    for (version, kind, name) in objects_of(TAG) {
        let object = world.kind(version, kind).get(&name).await.unwrap();
        versions.push((version, kind, name, object.resource_version()));
    }
    let before = releases.get(TAG).await.unwrap().resource_version();
    world.pause().await;
    world.resume().await;
    // Something to do, so that we know the new operator has been here.
    world
        .kind(CLASS.0, CLASS.1)
        .delete(TAG, &DeleteParams::default())
        .await
        .unwrap();
    world
        .until(&world.kind(CLASS.0, CLASS.1), TAG, |class| class.is_some())
        .await;
    for (version, kind, name, before) in versions.into_iter().skip(1) {
        let after = world.kind(version, kind).get(&name).await.unwrap();
        assert_eq!(after.resource_version(), before, "{kind} {name}");
    }
    assert!(before.is_some());
}

#[tokio::test]
async fn a_suspended_stack_is_left_alone_until_it_goes_on() {
    let world = World::applied("suspended", TAG).await;
    let mut spec = crate::world::wanting(&[TAG]);
    spec["suspend"] = json!(true);
    world.stack("demo", spec).await;
    world
        .until(&world.api::<cso_api::ClusterStack>(), "demo", |stack| {
            stack
                .and_then(|stack| stack.status.as_ref())
                .is_some_and(|status| cso_api::conditions::is_true(&status.conditions, "Suspended"))
        })
        .await;
    world.told(TAG, "Suspended", "Suspended").await;
    let api = world.kind(CLASS.0, CLASS.1);
    api.delete(TAG, &DeleteParams::default()).await.unwrap();
    // A second stack gives the operator time and proves that it works meanwhile.
    let other = "docker-other-1-36-v1";
    world.publish(&Release::small(other)).await;
    world.want("other", &[other]).await;
    world.ready("other").await;
    assert!(api.get_opt(TAG).await.unwrap().is_none());
    world.want("demo", &[TAG]).await;
    world.until(&api, TAG, |class| class.is_some()).await;
}
