//! Add-ons an upstream operator left: its word, its objects, and those of no release.

use super::super::is_former;
use super::super::takeover::{Word, complete, word};
use super::*;
use crate::hooks::Hook;

/// An object as upstream applied it.
fn upstream(name: &str) -> (ObjectId, LiveObject) {
    let id = object("ConfigMap", name, "").id().clone();
    let live = json!({"metadata": {
        "uid": name,
        "labels": {"clusterstack.x-k8s.io/instance": "owned"},
        "managedFields": [{
            "manager": "kubectl", "operation": "Apply",
            "fieldsV1": {"f:metadata": {"f:labels": {"f:clusterstack.x-k8s.io/instance": {}}}},
        }],
    }});
    (id, LiveObject::of(&live))
}

/// A Cluster of the second release, in which upstream had applied these objects.
fn left(spec: &Value, status: &Value, objects: &[&str]) -> World {
    let mut world = World::new();
    let stages = json!([
        {"name": "cni", "action": "apply"},
        {"name": "csi", "action": "apply", "waitForPreCondition": {"objects": [], "conditions": "false"}},
    ]);
    let config = json!({"AfterControlPlaneInitialized": stages, "BeforeClusterUpgrade": stages});
    world.class(V2, &config, &[("cni", &["net"]), ("csi", &["disk"])]);
    let addon = &mut world.observed.addon;
    addon.metadata.finalizers = Some(vec![cso_api::labels::ADDON_FINALIZER.to_owned()]);
    addon.spec.cluster_stack = spec["clusterStack"].as_str().map(str::to_owned);
    addon.spec.hook = spec["hook"].as_str().map(str::to_owned);
    addon.status = Some(serde_json::from_value(status.clone()).unwrap());
    for name in objects {
        let (id, live) = upstream(name);
        let resource = id.to_resource("v1");
        world.observed.live.insert(id, Fetched::Found(live));
        if !["net", "disk"].contains(name) {
            world.left.found.push(resource);
        }
    }
    world
}

fn stages(cni: &str, csi: &str) -> Value {
    json!([{"name": "cni", "phase": cni}, {"name": "csi", "phase": csi}])
}

fn orphans(world: &World) -> Vec<String> {
    world
        .status()
        .orphans
        .into_iter()
        .map(|one| one.name)
        .collect()
}

#[test]
fn what_is_installed_becomes_ours_whatever_its_conditions_say_now() {
    let spec = json!({"clusterStack": V2});
    let mut world = left(&spec, &json!({"ready": true}), &["net", "disk", "stray"]);
    world.settle();
    assert_eq!(world.applied().as_deref(), Some(V2));
    let mut written = world.written();
    written.sort();
    let expected = [
        "adopt disk",
        "adopt net",
        "apply cluster-addon.cni",
        "apply cluster-addon.csi",
        "apply disk",
        "apply net",
    ];
    assert_eq!(written, expected);
    assert!(world.status().ready, "an orphan makes nothing unready");
    assert_eq!(orphans(&world), ["stray"]);
    let (reason, message) = world.told(types::ORPHANED);
    assert_eq!(reason, "BelongsToNoRelease");
    assert!(
        message.contains("stray") && message.contains("delete-orphans=true"),
        "{message}"
    );
    world.settle();
    assert!(world.written().is_empty());
}

#[test]
fn objects_of_no_release_go_when_the_owner_consents() {
    let spec = json!({"clusterStack": V2});
    let mut world = left(&spec, &json!({"ready": true}), &["net", "disk", "stray"]);
    world.settle();
    world.written();
    let consent = (
        cso_api::labels::DELETE_ORPHANS_ANNOTATION.to_owned(),
        "true".to_owned(),
    );
    world.observed.addon.metadata.annotations = Some([consent].into());
    world.settle();
    assert_eq!(world.written(), ["delete stray"]);
    assert!(orphans(&world).is_empty());
    assert!(find(&world.status().conditions, types::ORPHANED).is_none());
}

#[test]
fn an_upgrade_in_flight_goes_on_where_it_was_and_what_the_release_before_had_goes_at_its_end() {
    // The release that is called complete is the one that is being installed.
    let spec = json!({"clusterStack": V2, "hook": "BeforeClusterUpgrade"});
    let status = json!({"ready": false, "stages": stages("done", "waitingForPreCondition")});
    let mut world = left(&spec, &status, &["net", "disk", "old", "stray"]);
    world.left.former = [upstream("old").0].into();
    for _ in 0..10 {
        world.pass();
    }
    assert_eq!(world.status().hook.as_deref(), Some("BeforeClusterUpgrade"));
    assert_eq!(
        world.written(),
        ["apply cluster-addon.cni", "adopt net", "apply net"]
    );
    assert_eq!(world.status().stages[1].phase, "waitingForPreCondition");
    let open = json!([{"name": "cni", "action": "apply"}, {"name": "csi", "action": "apply"}]);
    world.class(
        V2,
        &json!({"BeforeClusterUpgrade": open}),
        &[("cni", &["net"]), ("csi", &["disk"])],
    );
    world.settle();
    let expected = [
        "apply cluster-addon.csi",
        "adopt disk",
        "apply disk",
        "delete old",
    ];
    assert_eq!(world.written(), expected);
    assert_eq!(orphans(&world), ["stray"]);
}

#[test]
fn nothing_is_removed_or_called_complete_while_the_search_fails() {
    let spec = json!({"clusterStack": V2});
    let mut world = left(&spec, &json!({"ready": true}), &["net", "disk", "stray"]);
    world.left_fails = true;
    for _ in 0..10 {
        world.pass();
    }
    assert_eq!(world.applied(), None);
    assert!(world.written().iter().all(|one| !one.starts_with("delete")));
    world.left_fails = false;
    world.settle();
    assert_eq!(orphans(&world), ["stray"]);
}

#[test]
fn upstreams_word_counts_as_far_as_it_can_be_true() {
    let said = |spec: Value, status: Value| word(&left(&spec, &status, &[]).observed.addon, V2);
    let one_chart = json!({"ready": true, "resources": [{"kind": "ConfigMap", "name": "x"}]});
    let cases = [
        (json!({}), json!({}), Word::Nothing),
        (
            json!({"clusterStack": V1}),
            json!({"ready": true}),
            Word::Nothing,
        ),
        (
            json!({"clusterStack": V2}),
            json!({"ready": true}),
            Word::Installed,
        ),
        (
            json!({"clusterStack": V2}),
            json!({"ready": false}),
            Word::Installed,
        ),
        (
            json!({"clusterStack": V2}),
            one_chart,
            Word::Running(Hook::BeforeClusterUpgrade),
        ),
        (
            json!({"clusterStack": V2, "hook": "BeforeClusterUpgrade"}),
            json!({"ready": false}),
            Word::Running(Hook::BeforeClusterUpgrade),
        ),
        (
            json!({"hook": "AfterControlPlaneInitialized"}),
            json!({"ready": false}),
            Word::Running(Hook::AfterControlPlaneInitialized),
        ),
        (
            json!({"clusterStack": V2}),
            json!({"applied": {"release": V1}}),
            Word::Nothing,
        ),
    ];
    for (spec, status, expected) in cases {
        assert_eq!(
            said(spec.clone(), status.clone()),
            expected,
            "{spec} {status}"
        );
    }
}

#[test]
fn the_release_before_is_the_one_called_complete_or_any_of_the_stack_in_an_upgrade_to_it() {
    let is_former = |spec: Value, candidate: &str| {
        let world = left(&spec, &json!({}), &[]);
        is_former(&world.observed, &candidate.parse().unwrap())
    };
    let same = json!({"clusterStack": V2, "hook": "BeforeClusterUpgrade"});
    assert!(is_former(same.clone(), V1));
    assert!(!is_former(same.clone(), V2));
    assert!(!is_former(same, "docker-scs-1-29-v1"));
    let older = json!({"clusterStack": "docker-scs-1-29-v1", "hook": "BeforeClusterUpgrade"});
    assert!(is_former(older.clone(), "docker-scs-1-29-v1"));
    assert!(
        !is_former(older, V1),
        "what an earlier upgrade left is nobody's"
    );
    assert!(!is_former(json!({"clusterStack": V2}), V1));
    assert!(complete(&left(&json!({}), &json!({}), &[]).observed.addon).is_none());
}
