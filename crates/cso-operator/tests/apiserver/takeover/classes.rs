//! Classes that upstream's operator applied: those of a release are taken over, those of no release are named and go
//! only when the owner consents.

use std::collections::BTreeSet;

use cso_api::ClusterStack;
use cso_api::conditions::{find, types};
use kube::Api;
use kube::api::{DynamicObject, ListParams, Patch, PatchParams};
use serde_json::json;

use super::outcome::Outcome;
use super::taken::Taken;
use crate::world::World;

const CLASS: (&str, &str) = ("cluster.x-k8s.io/v1beta2", "ClusterClass");

#[tokio::test(flavor = "multi_thread")]
async fn state_01_a_ready_release_is_taken_over_and_no_template_changes() {
    let Some(taken) = Taken::over(1).await else {
        return;
    };
    taken.world.ready("demo-33").await;
    taken.assert(&Outcome::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_17_a_release_named_by_a_hash_keeps_both_its_spellings() {
    let Some(taken) = Taken::over(17).await else {
        return;
    };
    taken.world.ready("demo-33").await;
    taken.assert(&Outcome::default()).await;
    let classes = taken.world.kind(CLASS.0, CLASS.1);
    assert!(
        classes
            .get_opt("dev-demo-1-33-v0-sha.a1b2c3d")
            .await
            .unwrap()
            .is_some()
    );
}

/// Waits until the stack names exactly these classes as belonging to no release.
async fn orphaned(world: &World, stack: &str, classes: &[&str]) {
    let api: Api<ClusterStack> = world.api();
    world
        .until(&api, stack, |stack| {
            let told = stack
                .and_then(|stack| find(&stack.status.as_ref()?.conditions, types::ORPHANED))
                .and_then(|told| told.message.clone());
            match told {
                Some(message) => {
                    classes.iter().all(|class| message.contains(class)) && !classes.is_empty()
                }
                None => classes.is_empty(),
            }
        })
        .await;
}

async fn consent(world: &World, stack: &str) {
    let api: Api<ClusterStack> = world.api();
    let annotation =
        json!({"metadata": {"annotations": {cso_api::labels::DELETE_ORPHANS_ANNOTATION: "true"}}});
    let params = PatchParams::default();
    api.patch(stack, &params, &Patch::Merge(&annotation))
        .await
        .unwrap();
}

async fn left(classes: &Api<DynamicObject>) -> BTreeSet<String> {
    let found = classes.list(&ListParams::default()).await.unwrap();
    found
        .items
        .into_iter()
        .filter_map(|class| class.metadata.name)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn state_16_the_class_of_a_deleted_release_goes_with_its_templates_when_the_owner_consents() {
    let Some(taken) = Taken::over(16).await else {
        return;
    };
    taken.applied("dev-demo-1-36-v1").await;
    let orphan = "dev-demo-1-33-v1";
    orphaned(&taken.world, "demo-33", &[orphan]).await;
    taken
        .assert(&Outcome::with_orphans(&["extras-beta", "cilium-secrets"]))
        .await;
    consent(&taken.world, "demo-33").await;
    let classes = taken.world.kind(CLASS.0, CLASS.1);
    taken.world.gone(&classes, orphan).await;
    let templates = taken.world.kind(
        "infrastructure.cluster.x-k8s.io/v1beta2",
        "DevClusterTemplate",
    );
    taken.world.gone(&templates, orphan).await;
    orphaned(&taken.world, "demo-33", &[]).await;
    let rest = [
        "dev-demo-1-33-v2",
        "dev-demo-1-34-v1",
        "dev-demo-1-35-v1",
        "dev-demo-1-36-v1",
    ];
    assert_eq!(
        left(&classes).await,
        BTreeSet::from(rest.map(str::to_owned))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn state_21_classes_of_stacks_that_are_gone_are_named_by_the_next_stack_of_that_name() {
    let Some(taken) = Taken::over(21).await else {
        return;
    };
    let world = &taken.world;
    let stack = json!({
        "provider": "dev", "name": "demo", "kubernetesVersion": "1.33", "channel": "stable",
        "autoSubscribe": false, "noProvider": true, "versions": [],
    });
    world.stack("again", stack).await;
    let orphans = ["dev-demo-1-33-v1", "dev-demo-1-33-v2"];
    orphaned(world, "again", &orphans).await;
    taken.assert(&Outcome::default()).await;
    consent(world, "again").await;
    let classes = world.kind(CLASS.0, CLASS.1);
    for orphan in orphans {
        world.gone(&classes, orphan).await;
    }
    let rest = ["dev-demo-1-34-v1", "dev-demo-1-35-v1", "dev-demo-1-36-v1"];
    assert_eq!(
        left(&classes).await,
        BTreeSet::from(rest.map(str::to_owned))
    );
}
