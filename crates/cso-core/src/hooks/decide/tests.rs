//! Who is let through, who waits, and what is said.

use cso_api::{AppliedRelease, ClusterAddonSpec, ClusterStackReleaseSpec};
use serde_json::{Value, json};

use super::*;
use crate::hooks::parse;

const RELEASE: &str = "docker-demo-1-36-v2";

fn request(hook: Hook, topology: &Value) -> Request {
    let cluster =
        json!({"metadata": {"name": "c1", "namespace": "team-a"}, "spec": {"topology": topology}});
    parse(hook, json!({"cluster": cluster}).to_string().as_bytes()).unwrap()
}

fn ours(hook: Hook) -> Request {
    request(
        hook,
        &json!({"classRef": {"name": RELEASE}, "version": "v1.36.1"}),
    )
}

fn release() -> ClusterStackRelease {
    ClusterStackRelease::new(RELEASE, ClusterStackReleaseSpec::default())
}

fn addon(status: ClusterAddonStatus) -> ClusterAddon {
    let mut addon = ClusterAddon::new("cluster-addon-c1", ClusterAddonSpec::default());
    addon.status = Some(status);
    addon
}

fn applied(release: &str) -> Option<AppliedRelease> {
    Some(AppliedRelease {
        release: release.to_owned(),
        ..AppliedRelease::default()
    })
}

/// An upgrade whose stages of this hook are in these phases.
fn running(hook: Hook, phases: &[&str]) -> ClusterAddon {
    addon(ClusterAddonStatus {
        applied: applied("docker-demo-1-36-v1"),
        target: Some(RELEASE.to_owned()),
        hook: Some(hook.name().to_owned()),
        stages: phases
            .iter()
            .enumerate()
            .map(|(i, phase)| StageStatus {
                name: format!("stage-{i}"),
                phase: (*phase).to_owned(),
                message: (*phase != DONE).then(|| "Deployment cni is not available".to_owned()),
                ..StageStatus::default()
            })
            .collect(),
        ..ClusterAddonStatus::default()
    })
}

fn answer(request: &Request, addon: Option<&ClusterAddon>) -> Answer {
    let release = release();
    let facts = Facts {
        release: Some(&release),
        addon,
    };
    decide(request, &facts)
}

fn message(answer: Answer) -> String {
    match answer {
        Answer::Wait { message, .. } => message,
        other => panic!("expected to wait, got {other:?}"),
    }
}

#[test]
fn u13_clusters_of_others_are_let_through_at_every_hook() {
    let nothing = Facts {
        release: None,
        addon: None,
    };
    let (plain, foreign) = (json!(null), json!({"class": "somebody-elses"}));
    for hook in Hook::ALL {
        for topology in [&plain, &foreign] {
            assert_eq!(decide(&request(hook, topology), &nothing), Answer::Go);
        }
    }
}

#[test]
fn an_upgrade_waits_until_its_add_ons_are_taken_up() {
    let hook = ours(Hook::BeforeClusterUpgrade);
    let text = "the add-ons of release docker-demo-1-36-v2 are not taken up yet";
    assert_eq!(message(answer(&hook, None)), text);
    let former = addon(ClusterAddonStatus {
        applied: applied("docker-demo-1-36-v1"),
        ready: true,
        ..ClusterAddonStatus::default()
    });
    assert_eq!(message(answer(&hook, Some(&former))), text);
    let fresh = ClusterAddon::new("cluster-addon-c1", ClusterAddonSpec::default());
    assert_eq!(message(answer(&hook, Some(&fresh))), text);
}

#[test]
fn an_upgrade_waits_for_the_stage_that_is_not_done_and_says_why() {
    let addon = running(
        Hook::BeforeClusterUpgrade,
        &["done", "waitingForPostCondition"],
    );
    assert_eq!(
        message(answer(&ours(Hook::BeforeClusterUpgrade), Some(&addon))),
        "add-ons of release docker-demo-1-36-v2: stage stage-1 of hook BeforeClusterUpgrade is \
         waitingForPostCondition: Deployment cni is not available"
    );
}

#[test]
fn u12_the_same_state_gives_the_same_answer_however_often_it_is_asked() {
    let addon = running(Hook::BeforeClusterUpgrade, &["Pending"]);
    let hook = ours(Hook::BeforeClusterUpgrade);
    let first = answer(&hook, Some(&addon));
    for _ in 0..3 {
        assert_eq!(answer(&hook, Some(&addon)), first);
    }
}

#[test]
fn an_upgrade_goes_on_when_the_stages_of_the_hook_are_done() {
    let hook = ours(Hook::BeforeClusterUpgrade);
    let done = running(Hook::BeforeClusterUpgrade, &["done", "done"]);
    assert_eq!(answer(&hook, Some(&done)), Answer::Go);
    let later = running(Hook::AfterClusterUpgrade, &["Pending"]);
    assert_eq!(answer(&hook, Some(&later)), Answer::Go);
    let all = addon(ClusterAddonStatus {
        applied: applied(RELEASE),
        ..ClusterAddonStatus::default()
    });
    assert_eq!(answer(&hook, Some(&all)), Answer::Go);
}

#[test]
fn the_next_upgrade_waits_until_the_last_stage_of_this_one_is_done() {
    let hook = ours(Hook::AfterClusterUpgrade);
    let before = running(Hook::BeforeClusterUpgrade, &["done"]);
    assert_eq!(
        message(answer(&hook, Some(&before))),
        "the add-ons of release docker-demo-1-36-v2 have not begun with hook AfterClusterUpgrade yet"
    );
    let pending = running(Hook::AfterClusterUpgrade, &["applyingOrDeleting"]);
    assert!(message(answer(&hook, Some(&pending))).contains("stage-0 of hook AfterClusterUpgrade"));
}

#[test]
fn a_release_we_have_not_heard_of_holds_only_clusters_we_care_for() {
    let hook = ours(Hook::BeforeClusterUpgrade);
    let cared_for = running(Hook::BeforeClusterUpgrade, &["done"]);
    let unheard = Facts {
        release: None,
        addon: Some(&cared_for),
    };
    assert!(message(decide(&hook, &unheard)).contains("is not known yet"));
}

#[test]
fn a_paused_addon_holds_the_upgrade_and_says_how_to_go_on() {
    let mut paused = running(Hook::BeforeClusterUpgrade, &["done"]);
    paused.metadata.annotations =
        Some([(cso_api::labels::PAUSED_ANNOTATION.to_owned(), String::new())].into());
    assert!(
        message(answer(&ours(Hook::BeforeClusterUpgrade), Some(&paused))).contains("is paused")
    );
}

#[test]
fn nobody_waits_to_be_created_or_deleted() {
    for hook in [Hook::BeforeClusterCreate, Hook::BeforeClusterDelete] {
        assert_eq!(answer(&ours(hook), None), Answer::Go);
    }
    let mut deleted = ours(Hook::BeforeClusterUpgrade);
    deleted.cluster.metadata.deletion_timestamp =
        serde_json::from_value(json!("2026-11-24T00:00:00Z")).unwrap();
    assert_eq!(answer(&deleted, None), Answer::Go);
}

#[test]
fn who_goes_back_before_an_upgrade_is_done_waits_for_the_stages_again() {
    let mut addon = running(Hook::BeforeClusterUpgrade, &[DONE, "Pending"]);
    let status = addon.status.as_mut().unwrap();
    // It was this release that was applied, and the run is one for another.
    status.applied = applied(RELEASE);
    status.target = Some("docker-demo-1-36-v3".to_owned());
    let hook = ours(Hook::BeforeClusterUpgrade);
    assert_ne!(answer(&hook, Some(&addon)), Answer::Go);
}
