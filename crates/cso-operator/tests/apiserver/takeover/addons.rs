//! Add-ons that upstream's operator left installed, half installed, half upgraded or forgotten are taken over in place.

use cso_api::conditions::{find, types};
use cso_core::hooks::{Answer, Hook};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use k8s_openapi::api::rbac::v1::Role;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::outcome::Outcome;
use super::taken::{Taken, names};
use crate::world::resource;

const NAMESPACE: &str = "cilium-secrets";
const NOT_GONE: &[&str] = &[];

fn is_wait(answer: &Answer) -> bool {
    matches!(answer, Answer::Wait { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn state_02_a_cluster_whose_control_plane_comes_up_later_gets_its_add_ons_then() {
    let Some(taken) = Taken::over(2).await else {
        return;
    };
    let status = taken
        .addon(|status| {
            let ready = find(&status.conditions, types::CLUSTER_READY);
            ready.is_some_and(|one| one.reason.as_deref() == Some("ControlPlaneNotReady"))
        })
        .await;
    assert!(status.applied.is_none());
    let initialized = json!({"status": {"initialization": {"controlPlaneInitialized": true}}});
    taken
        .world
        .kind("cluster.x-k8s.io/v1beta2", "Cluster")
        .patch_status("c1", &PatchParams::default(), &Patch::Merge(&initialized))
        .await
        .unwrap();
    let status = taken.applied("dev-demo-1-33-v1").await;
    assert!(status.orphans.is_empty());
    let maps: Api<ConfigMap> = Api::namespaced(taken.workload.clone(), "kube-system");
    assert!(maps.get_opt("extras-beta").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn state_03_an_object_of_another_namespace_is_applied_there_and_the_installation_goes_on() {
    let Some(taken) = Taken::over(3).await else {
        return;
    };
    let status = taken.applied("dev-demo-1-33-v1").await;
    let roles: Api<Role> = Api::namespaced(taken.workload.clone(), NAMESPACE);
    let role = roles
        .get_opt("cilium-tlsinterception-secrets")
        .await
        .unwrap();
    assert!(role.is_some(), "the manifest names the namespace");
    assert!(status.orphans.is_empty());
    taken.assert(&Outcome::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_04_an_installation_that_waits_for_its_second_stage_is_resumed_there() {
    let Some(mut taken) = Taken::idle(4).await else {
        return;
    };
    taken.gate("before", "closed").await;
    taken.world.resume().await;
    let status = taken
        .waits("metrics-server", "waitingForPreCondition")
        .await;
    assert_eq!(status.hook.as_deref(), Some("AfterControlPlaneInitialized"));
    taken.gate("before", "open").await;
    let status = taken.applied("dev-demo-1-33-v1").await;
    assert_eq!(names(&status.orphans), [NAMESPACE]);
    taken.assert(&Outcome::with_orphans(&[NAMESPACE])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_05_an_installation_that_waits_for_its_last_post_condition_only_waits() {
    let Some(mut taken) = Taken::idle(5).await else {
        return;
    };
    taken.gate("after", "closed").await;
    taken.world.resume().await;
    taken.waits("extras", "waitingForPostCondition").await;
    taken.gate("after", "open").await;
    taken.applied("dev-demo-1-33-v1").await;
    taken.assert(&Outcome::with_orphans(&[NAMESPACE])).await;
    taken.assert_at_rest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_06_what_is_installed_becomes_ours_and_nothing_changes_even_with_conditions_that_fail()
 {
    let Some(mut taken) = Taken::idle(6).await else {
        return;
    };
    taken.gate("before", "closed").await;
    taken.world.resume().await;
    let status = taken.applied("dev-demo-1-33-v1").await;
    assert_eq!(names(&status.orphans), [NAMESPACE]);
    let told = find(&status.conditions, types::ORPHANED).unwrap();
    let message = told.message.as_deref().unwrap();
    assert!(
        message.contains(NAMESPACE) && message.contains("delete-orphans=true"),
        "{message}"
    );
    taken.assert(&Outcome::with_orphans(&[NAMESPACE])).await;
    taken.assert_at_rest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_07_an_upgrade_to_the_release_upstream_calls_complete_already_is_finished() {
    let Some(mut taken) = Taken::idle(7).await else {
        return;
    };
    taken.gate("before", "closed").await;
    taken.world.resume().await;
    let status = taken
        .waits("metrics-server", "waitingForPreCondition")
        .await;
    assert_eq!(status.hook.as_deref(), Some("BeforeClusterUpgrade"));
    assert!(status.applied.is_none());
    taken.gate("before", "open").await;
    let status = taken.applied("dev-demo-1-33-v2").await;
    assert_eq!(names(&status.orphans), [NAMESPACE]);
    let outcome = Outcome {
        changed: &["metrics-server", "extras"],
        gone: &["extras-beta"],
        orphans: &[NAMESPACE],
    };
    taken.assert(&outcome).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_08_an_upgrade_that_waits_at_its_end_removes_what_the_release_before_had() {
    let Some(taken) = Taken::over(8).await else {
        return;
    };
    let status = taken.applied("dev-demo-1-33-v2").await;
    assert_eq!(names(&status.orphans), [NAMESPACE]);
    let outcome = Outcome {
        changed: NOT_GONE,
        gone: &["extras-beta"],
        orphans: &[NAMESPACE],
    };
    taken.assert(&outcome).await;
    taken.assert_at_rest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_09_what_belongs_to_no_release_is_named_and_deleted_only_when_the_owner_consents() {
    let Some(taken) = Taken::over(9).await else {
        return;
    };
    let status = taken.applied("dev-demo-1-33-v2").await;
    let orphans = ["extras-beta", NAMESPACE];
    assert_eq!(names(&status.orphans), orphans);
    taken
        .assert(&Outcome {
            orphans: &orphans,
            ..Outcome::default()
        })
        .await;
    taken.assert_at_rest().await;
    let told = taken.events("BelongsToNoRelease").await;
    assert!(
        told.iter().any(|one| one.contains("extras-beta")),
        "{told:?}"
    );
    taken.consent().await;
    let maps: Api<ConfigMap> = Api::namespaced(taken.workload.clone(), "kube-system");
    taken.world.gone(&maps, "extras-beta").await;
    // Nobody here ends a namespace; that it is asked to go is enough.
    let namespaces: Api<Namespace> = Api::all(taken.workload.clone());
    let is_leaving =
        |one: Option<&Namespace>| one.is_none_or(|one| one.metadata.deletion_timestamp.is_some());
    taken.world.until(&namespaces, NAMESPACE, is_leaving).await;
}

/// An upgrade in flight to another Kubernetes version is finished, and the hook waits for it.
async fn minor(number: u32, release: &str, outcome: &Outcome<'_>) {
    let Some(mut taken) = Taken::idle(number).await else {
        return;
    };
    taken.gate("before", "closed").await;
    assert!(is_wait(&taken.hook(Hook::BeforeClusterUpgrade).await));
    taken.world.resume().await;
    let status = taken
        .waits("metrics-server", "waitingForPreCondition")
        .await;
    assert_eq!(status.hook.as_deref(), Some("BeforeClusterUpgrade"));
    assert!(is_wait(&taken.hook(Hook::BeforeClusterUpgrade).await));
    taken.gate("before", "open").await;
    taken
        .addon(|status| status.hook.as_deref() == Some("AfterClusterUpgrade"))
        .await;
    assert_eq!(taken.hook(Hook::BeforeClusterUpgrade).await, Answer::Go);
    assert!(is_wait(&taken.hook(Hook::AfterClusterUpgrade).await));
    taken.roll_out().await;
    let mut status = taken.applied(release).await;
    status.orphans.sort_by(|a, b| a.name.cmp(&b.name));
    let mut orphans = outcome.orphans.to_vec();
    orphans.sort_unstable();
    assert_eq!(names(&status.orphans), orphans);
    taken.assert(outcome).await;
    taken.assert_at_rest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_10_a_minor_upgrade_in_flight_is_finished_while_its_hook_waits() {
    let orphans = &["extras-beta", NAMESPACE];
    let outcome = Outcome {
        changed: &["extras"],
        gone: &["extras-gamma"],
        orphans,
    };
    minor(10, "dev-demo-1-34-v1", &outcome).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_11_a_cluster_whose_add_ons_are_done_may_go_on_at_once() {
    let Some(mut taken) = Taken::idle(11).await else {
        return;
    };
    taken.gate("before", "closed").await;
    assert_eq!(taken.hook(Hook::BeforeClusterUpgrade).await, Answer::Go);
    taken.world.resume().await;
    taken.applied("dev-demo-1-34-v1").await;
    assert_eq!(taken.hook(Hook::BeforeClusterUpgrade).await, Answer::Go);
    taken
        .assert(&Outcome::with_orphans(&["extras-beta", NAMESPACE]))
        .await;
    taken.assert_at_rest().await;
}

/// Nothing is to be done but to take over.
async fn finished(number: u32, release: &str) {
    let Some(taken) = Taken::over(number).await else {
        return;
    };
    let status = taken.applied(release).await;
    let orphans = ["extras-beta", NAMESPACE];
    assert_eq!(names(&status.orphans), orphans);
    taken
        .assert(&Outcome {
            orphans: &orphans,
            ..Outcome::default()
        })
        .await;
    taken.assert_at_rest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_12_a_finished_upgrade_is_left_as_it_is() {
    finished(12, "dev-demo-1-34-v1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_13_an_upgrade_whose_hook_was_skipped_is_caught_up_with() {
    let Some(taken) = Taken::over(13).await else {
        return;
    };
    taken.applied("dev-demo-1-35-v1").await;
    let orphans = &["extras-beta", NAMESPACE];
    taken
        .assert(&Outcome {
            changed: &["extras"],
            gone: NOT_GONE,
            orphans,
        })
        .await;
    let maps: Api<ConfigMap> = Api::namespaced(taken.workload.clone(), "kube-system");
    let alpha = maps.get("extras-alpha").await.unwrap().data.unwrap();
    assert_eq!(alpha["revision"], "4");
    taken.assert_at_rest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_14_an_upgrade_whose_operator_died_is_finished_while_its_hook_waits() {
    let orphans = &["extras-beta", NAMESPACE];
    let outcome = Outcome {
        changed: &["extras"],
        gone: NOT_GONE,
        orphans,
    };
    minor(14, "dev-demo-1-36-v1", &outcome).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_15_an_upgrade_finished_after_a_restart_is_left_as_it_is() {
    finished(15, "dev-demo-1-36-v1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_18_a_release_of_one_chart_counts_as_installed_whatever_its_condition_says() {
    let Some(taken) = Taken::over(18).await else {
        return;
    };
    let status = taken.applied("dev-legacy-1-33-v1").await;
    assert!(status.orphans.is_empty());
    taken.assert(&Outcome::default()).await;
    taken.assert_at_rest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_19_objects_an_upgrade_passed_over_are_brought_up_to_date_and_that_is_announced() {
    let Some(taken) = Taken::over(19).await else {
        return;
    };
    taken.applied("dev-legacy-1-33-v2").await;
    taken
        .assert(&Outcome {
            changed: &["extras"],
            ..Outcome::default()
        })
        .await;
    assert_up_to_date(&taken, "2").await;
    let told = taken.events("TakingOver").await;
    assert!(
        told.iter().any(|one| one.contains("dev-legacy-1-33-v2")),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn state_20_a_cluster_that_waits_for_ever_goes_on_once_its_add_ons_are_up_to_date() {
    let Some(mut taken) = Taken::idle(20).await else {
        return;
    };
    assert!(is_wait(&taken.hook(Hook::BeforeClusterUpgrade).await));
    taken.world.resume().await;
    taken.applied("dev-legacy-1-34-v1").await;
    assert_eq!(taken.hook(Hook::BeforeClusterUpgrade).await, Answer::Go);
    assert_up_to_date(&taken, "3").await;
    taken
        .assert(&Outcome {
            changed: &["extras"],
            ..Outcome::default()
        })
        .await;
}

async fn assert_up_to_date(taken: &Taken, revision: &str) {
    let maps: Api<ConfigMap> = Api::namespaced(taken.workload.clone(), "kube-system");
    let alpha = maps.get("extras-alpha").await.unwrap().data.unwrap();
    assert_eq!(alpha["revision"], revision);
    let deployments = Api::<kube::api::DynamicObject>::namespaced_with(
        taken.workload.clone(),
        "kube-system",
        &resource("apps/v1", "Deployment"),
    );
    let deployment = deployments.get("extras").await.unwrap();
    let image = deployment.data["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    assert_eq!(image, format!("registry.example/extras:{revision}"));
}
