//! Requests as Cluster API 1.10 to 1.14 sends them, and as nobody should.

use std::path::Path;

use serde_json::{Value, json};

use super::*;

fn body(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

fn upgrade(cluster: &Value) -> Vec<u8> {
    body(&json!({
        "apiVersion": API_VERSION, "kind": "BeforeClusterUpgradeRequest",
        "settings": {"a": "b"}, "cluster": cluster, "later": {"field": [1]},
        "fromKubernetesVersion": "v1.33.4", "toKubernetesVersion": "v1.34.1",
        "controlPlaneUpgrades": [{"version": "v1.34.1"}], "workersUpgrades": null,
    }))
}

#[test]
fn a_v1beta2_cluster_without_status_is_understood() {
    let cluster = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
        "metadata": {"name": "c1", "namespace": "team-a", "creationTimestamp": null},
        "spec": {"topology": {"classRef": {"name": "demo-1-36-v1", "namespace": "shared"}, "version": "v1.36.1"}},
    });
    let request = parse(Hook::BeforeClusterUpgrade, &upgrade(&cluster)).unwrap();
    let class = request.view().class().unwrap();
    assert_eq!(
        (class.namespace.as_str(), class.name.as_str()),
        ("shared", "demo-1-36-v1")
    );
    assert_eq!(request.view().topology_version(), Some("v1.36.1"));
    assert_eq!(
        (request.from.as_deref(), request.to.as_deref()),
        (Some("v1.33.4"), Some("v1.34.1"))
    );
    assert_eq!(request.control_plane_upgrades, ["v1.34.1"]);
    assert!(request.workers_upgrades.is_empty());
    assert_eq!(request.settings["a"], "b");
}

#[test]
fn a_whole_v1beta1_cluster_is_understood() {
    let cluster = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Cluster",
        "metadata": {
            "name": "c1", "namespace": "team-a", "uid": "u",
            "managedFields": [{"manager": "m", "operation": "Apply", "fieldsV1": {"f:spec": {}}}],
        },
        "spec": {"paused": true, "topology": {"class": "demo-1-36-v1", "version": "v1.36.1"}},
        "status": {"phase": "Provisioned", "conditions": []},
    });
    let request = parse(Hook::BeforeClusterUpgrade, &upgrade(&cluster)).unwrap();
    assert_eq!(request.view().class().unwrap().name, "demo-1-36-v1");
    assert!(request.view().is_paused());
}

#[test]
fn a_reached_version_is_the_target() {
    let cluster = json!({"metadata": {"name": "c", "namespace": "n"}});
    let body = body(&json!({"cluster": cluster, "kubernetesVersion": "v1.36.1"}));
    let request = parse(Hook::AfterClusterUpgrade, &body).unwrap();
    assert_eq!(request.to.as_deref(), Some("v1.36.1"));
}

#[test]
fn the_message_of_another_hook_is_refused() {
    let body = body(&json!({"apiVersion": API_VERSION, "kind": "BeforeClusterDeleteRequest"}));
    assert_eq!(
        parse(Hook::BeforeClusterUpgrade, &body)
            .unwrap_err()
            .to_string(),
        format!(
            "hook BeforeClusterUpgrade was called with {API_VERSION} BeforeClusterDeleteRequest: \
             expected {API_VERSION} BeforeClusterUpgradeRequest"
        )
    );
}

#[test]
fn a_request_without_a_usable_cluster_is_refused() {
    let long = "n".repeat(300);
    for cluster in [
        Value::Null,
        json!({"metadata": {"name": "c"}}),
        json!({"metadata": {"name": long, "namespace": "n"}}),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c", "namespace": "n"}}),
    ] {
        let refused = parse(Hook::BeforeClusterUpgrade, &upgrade(&cluster)).unwrap_err();
        assert!(matches!(refused, Error::NoCluster { .. }), "{refused}");
    }
}

#[test]
fn hostile_bodies_are_refused_with_a_text_that_never_varies() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep =
        format!(r#"{{"cluster": {{"metadata": {{"name":"c","namespace":"n"}}, "spec": {deep}}}}}"#);
    let bodies: [&[u8]; 5] = [
        b"",
        b"[]",
        b"\xff\xfe",
        br#"{"cluster": "c"}"#,
        deep.as_bytes(),
    ];
    for body in bodies {
        let refused = parse(Hook::BeforeClusterDelete, body).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("the request of hook BeforeClusterDelete is not a message of {API_VERSION}")
        );
    }
    let large = vec![b' '; BODY_LIMIT + 1];
    assert!(matches!(
        parse(Hook::BeforeClusterDelete, &large),
        Err(Error::TooLarge)
    ));
}

#[test]
fn every_captured_request_is_understood() {
    let Some(folder) = captured() else { return };
    for hook in Hook::ALL {
        let path = folder.join(format!("first-{hook}.json"));
        let body = read(&path);
        let request = parse(hook, &body).unwrap_or_else(|error| panic!("{hook}: {error}"));
        let whole: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            serde_json::to_value(&request.cluster).unwrap(),
            whole["cluster"],
            "{hook}: the Cluster is kept as it was sent"
        );
        assert_eq!(request.view().class().unwrap().name, "im", "{hook}");
        assert_eq!(
            request.view().is_deleting(),
            hook == Hook::BeforeClusterDelete
        );
        let versions = ["fromKubernetesVersion", "toKubernetesVersion"].map(|f| whole[f].as_str());
        if let [Some(from), Some(to)] = versions {
            assert_eq!(
                (request.from.as_deref(), request.to.as_deref()),
                (Some(from), Some(to))
            );
        }
    }
}

/// The recorded requests beside the workspace; `None` where they are not shared, which CI does not accept.
fn captured() -> Option<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/testbed/capi/hooks");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        option_env!("CI") != Some("true"),
        "recorded hook requests are missing: expected them in {}",
        folder.display()
    );
    None
}

#[expect(clippy::disallowed_methods, reason = "a test reads its data")]
fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
