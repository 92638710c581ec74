//! The add-ons of a Cluster: installed, kept as they are, upgraded around the rollout. The test bed's API server is
//! management and workload cluster in one; Clusters are made by hand, as nobody reconciles them here.

use std::collections::BTreeMap;

use cso_api::conditions::{self, types};
use cso_api::{ClusterAddon, ClusterAddonStatus};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret};
use k8s_openapi::{ByteString, NamespaceResourceScope};
use kube::Api;
use kube::api::{DeleteParams, ObjectMeta, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::release::Release;
use crate::world::{World, bed};

const CLUSTER: (&str, &str) = ("cluster.x-k8s.io/v1beta2", "Cluster");
pub(crate) const FIRST: &str = "docker-demo-1-36-v1";
const SECOND: &str = "docker-demo-1-36-v2";

/// A config map and what it tells of the cluster.
pub(crate) const MAP: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: 'NAME'}
data:
  release: 'RELEASE'
  host: '{{ .Values.host }}'
  version: '{{ .Capabilities.KubeVersion.Version }}'
  deployments: '{{ .Capabilities.APIVersions.Has \"apps/v1/Deployment\" }}'
";
const KEYS: &str = "apiVersion: v1
kind: Secret
metadata: {name: 'NAME'}
stringData: {password: '{{ randAlphaNum 20 }}'}
";

/// What Helm runs once after installation.
const HOOK: &str = "apiVersion: v1
kind: Pod
metadata:
  name: 'NAME'
  annotations: {helm.sh/hook: post-install, helm.sh/hook-delete-policy: hook-succeeded}
spec: {restartPolicy: Never, containers: [{name: hook, image: hook}]}
";
const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: 'NAME'}
spec:
  replicas: 1
  selector: {matchLabels: {app: 'NAME'}}
  template:
    metadata: {labels: {app: 'NAME'}}
    spec: {containers: [{name: web, image: web}]}
";

/// A release whose add-ons have these stages, each a chart with these templates.
pub(crate) fn release(tag: &str, config: &Value, stages: &[(&str, &[(&str, &str)])]) -> Release {
    let files = |templates: &[(&str, &str)]| {
        let values = "values: |\n  host: \"{{ .Cluster.spec.controlPlaneEndpoint.host }}\"\n";
        let mut files = vec![("overwrite.yaml".to_owned(), values.to_owned())];
        files.extend(templates.iter().map(|(name, text)| {
            let text = text.replace("NAME", name).replace("RELEASE", tag);
            (format!("templates/{name}.yaml"), text)
        }));
        files
    };
    let stages: Vec<_> = stages
        .iter()
        .map(|(stage, templates)| (*stage, files(templates)))
        .collect();
    Release::small(tag).with_addons(config, &stages)
}

/// Makes a Cluster of a class, with a kubeconfig that leads to the test bed.
pub(crate) async fn cluster(world: &World, name: &str, class: &str) {
    let object = json!({
        "apiVersion": CLUSTER.0, "kind": CLUSTER.1, "metadata": {"name": name},
        "spec": {
            "controlPlaneEndpoint": {"host": "10.0.0.1", "port": 6443},
            "topology": {"classRef": {"name": class}, "version": "v1.36.7"},
        },
    });
    world.apply("test", &object).await;
    let kubeconfig = bed().await.kubeconfig();
    let secret = Secret {
        metadata: ObjectMeta {
            name: Some(format!("{name}-kubeconfig")),
            ..ObjectMeta::default()
        },
        data: Some([("value".to_owned(), ByteString(kubeconfig.into()))].into()),
        ..Secret::default()
    };
    let secrets: Api<Secret> = world.api();
    secrets
        .create(&PostParams::default(), &secret)
        .await
        .unwrap();
}

/// Says of a Cluster what Cluster API would.
pub(crate) async fn report(world: &World, name: &str, reconciled: &str) {
    let status = json!({"status": {
        "initialization": {"controlPlaneInitialized": true},
        "conditions": [{
            "type": "TopologyReconciled", "status": reconciled, "reason": "Test", "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }],
    }});
    world
        .kind(CLUSTER.0, CLUSTER.1)
        .patch_status(name, &PatchParams::default(), &Patch::Merge(&status))
        .await
        .unwrap();
}

pub(crate) async fn addon(
    world: &World,
    holds: impl Fn(&ClusterAddonStatus) -> bool,
) -> ClusterAddonStatus {
    let api: Api<ClusterAddon> = world.api();
    let found = world
        .until(&api, "cluster-addon-c1", |addon| {
            addon
                .and_then(|addon| addon.status.as_ref())
                .is_some_and(&holds)
        })
        .await;
    found.unwrap().status.unwrap()
}

pub(crate) fn has(status: &ClusterAddonStatus, release: &str) -> bool {
    let applied = status.applied.as_ref();
    applied.is_some_and(|applied| applied.release == release)
        && conditions::is_true(&status.conditions, types::READY)
}

pub(crate) fn stage(name: &str, action: &str) -> Value {
    json!({"name": name, "action": action})
}

fn shared<K>(world: &World) -> Api<K>
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    Api::namespaced(world.client.clone(), "kube-system")
}

/// A Cluster whose add-ons of the first release are installed.
async fn installed() -> World {
    let world = World::start("addons").await;
    let mut first = stage("one", "apply");
    first["waitForPostCondition"] = json!({
        "objects": [{"key": "map", "apiVersion": "v1", "kind": "ConfigMap", "name": "addon-map", "namespace": "kube-system"}],
        "conditions": "map.data.host == '10.0.0.1'",
    });
    let config =
        json!({"addonStages": {"AfterControlPlaneInitialized": [first, stage("two", "apply")]}});
    let stages: [(&str, &[(&str, &str)]); 2] = [
        ("one", &[("addon-map", MAP), ("addon-keys", KEYS)]),
        ("two", &[("addon-old", MAP), ("addon-hook", HOOK)]),
    ];
    world.publish(&release(FIRST, &config, &stages)).await;
    world.want("demo", &[FIRST]).await;
    world.ready("demo").await;
    cluster(&world, "c1", FIRST).await;
    addon(&world, |status| {
        let condition = conditions::find(&status.conditions, types::CLUSTER_READY);
        condition.is_some_and(|one| one.reason.as_deref() == Some("ControlPlaneNotReady"))
    })
    .await;
    report(&world, "c1", "True").await;
    let pods = shared::<Pod>(&world);
    world.until(&pods, "addon-hook", |pod| pod.is_some()).await;
    let maps = shared::<ConfigMap>(&world);
    assert!(maps.get_opt("addon-old").await.unwrap().is_some());
    let succeeded = json!({"status": {"phase": "Succeeded"}});
    pods.patch_status(
        "addon-hook",
        &PatchParams::default(),
        &Patch::Merge(&succeeded),
    )
    .await
    .unwrap();
    let status = addon(&world, |status| has(status, FIRST)).await;
    world.gone(&pods, "addon-hook").await;
    assert!(status.ready && status.stages.is_empty() && status.hook.is_none());
    world
}

/// Breaks what is installed, and waits until it is mended.
async fn broken_and_mended(world: &World, password: Option<&BTreeMap<String, ByteString>>) {
    let (maps, secrets) = (shared::<ConfigMap>(world), shared::<Secret>(world));
    let params = DeleteParams::default();
    maps.delete("addon-old", &params).await.unwrap();
    let edit = json!({"data": {"host": "elsewhere"}});
    maps.patch("addon-map", &PatchParams::default(), &Patch::Merge(&edit))
        .await
        .unwrap();
    secrets.delete("addon-keys", &params).await.unwrap();
    world.until(&maps, "addon-old", |map| map.is_some()).await;
    let is_mended = |map: Option<&ConfigMap>| {
        let data = map.and_then(|map| map.data.as_ref());
        data.is_some_and(|data| data["host"] == "10.0.0.1")
    };
    world.until(&maps, "addon-map", is_mended).await;
    let again = world
        .until(&secrets, "addon-keys", |keys| keys.is_some())
        .await;
    assert_eq!(
        again.unwrap().data.as_ref(),
        password,
        "a repair generates nothing anew"
    );
}

/// Moves the Cluster to the second release and rolls it out.
async fn upgraded(world: &World) {
    let maps = shared::<ConfigMap>(world);
    let config = json!({"addonStages": {
        "BeforeClusterUpgrade": [stage("one", "apply")],
        "AfterClusterUpgrade": [stage("three", "apply")],
    }});
    let stages: [(&str, &[(&str, &str)]); 2] = [
        ("one", &[("addon-map", MAP), ("addon-keys", KEYS)]),
        ("three", &[("addon-new", MAP), ("addon-web", WEB)]),
    ];
    world.publish(&release(SECOND, &config, &stages)).await;
    world.want("demo", &[FIRST, SECOND]).await;
    world.ready("demo").await;
    report(world, "c1", "False").await;
    let class = json!({"spec": {"topology": {"classRef": {"name": SECOND}}}});
    world
        .kind(CLUSTER.0, CLUSTER.1)
        .patch("c1", &PatchParams::default(), &Patch::Merge(&class))
        .await
        .unwrap();
    addon(world, |status| {
        status.target.as_deref() == Some(SECOND)
            && status.hook.as_deref() == Some("AfterClusterUpgrade")
    })
    .await;
    let map = maps.get("addon-map").await.unwrap().data.unwrap();
    assert_eq!(
        map["release"], SECOND,
        "the stages before the upgrade are done"
    );
    assert!(maps.get_opt("addon-new").await.unwrap().is_none());
    assert!(maps.get_opt("addon-old").await.unwrap().is_some());
    report(world, "c1", "True").await;
    addon(world, |status| {
        let health = conditions::find(&status.conditions, types::HEALTHY);
        let message = health.and_then(|health| health.message.as_deref());
        message.is_some_and(|text| text.contains("Deployment kube-system/addon-web"))
    })
    .await;
    let deployments: Api<Deployment> = Api::namespaced(world.client.clone(), "kube-system");
    let pods = json!({"status": {
        "observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
    }});
    deployments
        .patch_status("addon-web", &PatchParams::default(), &Patch::Merge(&pods))
        .await
        .unwrap();
    addon(world, |status| has(status, SECOND)).await;
    assert!(maps.get_opt("addon-new").await.unwrap().is_some());
    world.gone(&maps, "addon-old").await;
}

#[tokio::test]
async fn add_ons_are_installed_kept_as_they_are_and_upgraded_around_the_rollout() {
    let world = installed().await;
    let (maps, secrets) = (shared::<ConfigMap>(&world), shared::<Secret>(&world));
    let map = maps.get("addon-map").await.unwrap().data.unwrap();
    assert_eq!(map["host"], "10.0.0.1");
    assert_eq!(map["deployments"], "true");
    assert!(map["version"].starts_with("v1."));
    let password = secrets.get("addon-keys").await.unwrap().data;
    broken_and_mended(&world, password.as_ref()).await;
    upgraded(&world).await;
    let kept = secrets.get("addon-keys").await.unwrap().data;
    assert_eq!(kept, password, "an upgrade generates nothing anew");
}

#[tokio::test]
async fn a_cluster_of_a_foreign_class_gets_no_add_ons() {
    let world = World::applied("foreign", FIRST).await;
    cluster(&world, "other", "somebody-elses-class").await;
    cluster(&world, "c1", FIRST).await;
    let api: Api<ClusterAddon> = world.api();
    world
        .until(&api, "cluster-addon-c1", |addon| addon.is_some())
        .await;
    assert!(api.get_opt("cluster-addon-other").await.unwrap().is_none());
}
