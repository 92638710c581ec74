//! The test bed as its users see it: it answers, isolates, and leaves nothing behind.

#![expect(
    clippy::unwrap_used,
    reason = "a failed step is a failed test; helpers are not test functions"
)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cso_testing::{Options, TestBed, wait};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{DynamicObject, ListParams, ObjectMeta, Patch, PatchParams, PostParams};
use kube::{Api, core::GroupVersionKind};
use serde_json::json;
use tokio::sync::OnceCell;

/// One bed with everything for all tests that do not end it.
async fn bed() -> &'static TestBed {
    static BED: OnceCell<TestBed> = OnceCell::const_new();
    BED.get_or_init(|| async {
        let options = Options::default()
            .controller_manager()
            .cluster_api()
            .providers();
        TestBed::start(options).await.unwrap()
    })
    .await
}

fn config_map(name: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    }
}

#[tokio::test]
async fn an_object_is_stored_and_seen_by_a_watch() {
    let bed = bed().await;
    let namespace = bed.namespace("stored").await.unwrap();
    let api: Api<ConfigMap> = Api::namespaced(bed.client().await.unwrap(), namespace.name());
    api.create(&PostParams::default(), &config_map("a"))
        .await
        .unwrap();
    wait::until(
        &api,
        "a",
        |object| object.is_some(),
        Duration::from_secs(20),
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn a_namespace_goes_away_with_its_value() {
    let bed = bed().await;
    let namespace = bed.namespace("short").await.unwrap();
    let name = namespace.name().to_owned();
    let api: Api<Namespace> = Api::all(bed.client().await.unwrap());
    assert!(api.get_opt(&name).await.unwrap().is_some());
    drop(namespace);
    wait::gone(&api, &name, Duration::from_mins(1))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_failed_wait_shows_the_last_seen_object() {
    let bed = bed().await;
    let namespace = bed.namespace("waits").await.unwrap();
    let api: Api<ConfigMap> = Api::namespaced(bed.client().await.unwrap(), namespace.name());
    api.create(&PostParams::default(), &config_map("seen"))
        .await
        .unwrap();
    let error = wait::until(&api, "seen", |_| false, Duration::from_millis(300))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("ConfigMap seen") && error.contains("\"uid\""),
        "{error}"
    );
}

#[tokio::test]
async fn cluster_classes_and_machine_templates_of_absent_providers_are_accepted() {
    let bed = bed().await;
    let namespace = bed.namespace("capi").await.unwrap();
    let client = bed.client().await.unwrap();
    let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
    let listed = definitions
        .list(&ListParams::default().labels("cluster.x-k8s.io/v1beta2=v1beta2"))
        .await
        .unwrap();
    assert!(
        listed.items.len() >= 16,
        "{} definitions carry the contract label",
        listed.items.len()
    );

    let infrastructure = "infrastructure.cluster.x-k8s.io/v1beta1";
    for (version, kind, spec) in [
        (
            "cluster.x-k8s.io/v1beta1",
            "ClusterClass",
            json!({"controlPlane": {"ref": {"kind": "X", "apiVersion": "a/v1", "name": "x"}}}),
        ),
        (
            infrastructure,
            "OpenStackMachineTemplate",
            json!({"template": {"spec": {"any": 1}}}),
        ),
        (
            infrastructure,
            "DockerMachineTemplate",
            json!({"template": {"spec": {"customImage": "i"}}}),
        ),
        (
            "openstack.k-orc.cloud/v1alpha1",
            "Image",
            json!({"cloud": "any"}),
        ),
    ] {
        let (group, version_only) = version.split_once('/').unwrap();
        let kind_of = GroupVersionKind::gvk(group, version_only, kind);
        let (resource, _) = kube::discovery::pinned_kind(&client, &kind_of)
            .await
            .unwrap();
        let api: Api<DynamicObject> =
            Api::namespaced_with(client.clone(), namespace.name(), &resource);
        let object =
            json!({"apiVersion": version, "kind": kind, "metadata": {"name": "one"}, "spec": spec});
        let params = PatchParams::apply("test");
        for _ in ["created", "unchanged"] {
            api.patch("one", &params, &Patch::Apply(&object))
                .await
                .unwrap_or_else(|error| panic!("{kind}: {error}"));
        }
        let stored = api.get("one").await.unwrap();
        assert_eq!(stored.data["spec"], object["spec"], "{kind} keeps its spec");
        assert_eq!(
            stored.metadata.generation,
            Some(1),
            "{kind} is not changed by the second apply"
        );
    }
}

#[tokio::test]
async fn two_beds_stand_side_by_side() {
    let first = bed().await;
    let second = TestBed::start(Options::default()).await.unwrap();
    assert_ne!(first.apiserver(), second.apiserver());
    let namespace = first.namespace("only-here").await.unwrap();
    let elsewhere: Api<Namespace> = Api::all(second.client().await.unwrap());
    assert!(elsewhere.get_opt(namespace.name()).await.unwrap().is_none());
}

#[tokio::test]
async fn nothing_is_left_after_a_drop() {
    let bed = TestBed::start(Options::default()).await.unwrap();
    let dir = bed.dir().to_owned();
    assert!(running(&dir) >= 3, "etcd, kube-apiserver and registry run");
    drop(bed);
    assert_eq!(running(&dir), 0);
    assert!(!dir.exists());
}

#[test]
fn nothing_is_left_after_the_owner_is_killed() {
    let mut owner = Command::new(env!("CARGO_BIN_EXE_testbed"))
        .arg("up")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    let kubeconfig = lines
        .map_while(Result::ok)
        .find_map(|line| {
            Some(PathBuf::from(
                line.trim().strip_prefix("kubeconfig")?.trim(),
            ))
        })
        .expect("the bed comes up and prints its kubeconfig");
    let dir = kubeconfig.parent().unwrap().to_owned();
    assert!(running(&dir) >= 3);
    owner.kill().unwrap(); // SIGKILL: nothing of the owner runs after this
    owner.wait().unwrap();
    let started = Instant::now();
    while running(&dir) > 0 || dir.exists() {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "{} processes of {dir:?} are left",
            running(&dir)
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Processes that name the folder in their command line.
fn running(dir: &Path) -> usize {
    let needle = dir.to_string_lossy().into_owned();
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).contains(&needle))
        .count()
}
