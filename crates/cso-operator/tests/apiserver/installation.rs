//! The installation chart: the operator understands what it is started with, and may do what it has to.

use std::fs;
use std::path::Path;
use std::time::Duration;

use clap::Parser as _;
use cso_api::conditions::types;
use cso_api::{ClusterStack, ClusterStackRelease};
use cso_operator::{Args, Config};
use helm_engine::values::parse_values;
use helm_engine::{
    Ambient, Capabilities, Chart, ChartFile, Limits, Manifest, Release, RenderInput, Timestamp,
    render,
};
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::Api;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::addons::{self, FIRST, MAP};
use crate::world::{DEADLINE, Operator, World, find, resource};

/// The files of the chart. Its folder of definitions is a link.
fn files(folder: &Path, name: &str, into: &mut Vec<ChartFile>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            files(&path, &format!("{name}/"), into);
        } else {
            into.push(ChartFile::new(&name, &fs::read(&path).unwrap()));
        }
    }
}

/// What the chart consists of when it is installed in a namespace, under the namespace's name.
pub(crate) fn rendered(namespace: &str, values: &str) -> Vec<Manifest> {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts/cso");
    let mut all = Vec::new();
    files(&chart, "", &mut all);
    let input = RenderInput {
        release: Release {
            name: namespace.to_owned(),
            namespace: namespace.to_owned(),
            revision: 1,
            is_upgrade: false,
        },
        values: parse_values(values.as_bytes()).unwrap(),
        capabilities: Capabilities::default(),
        ambient: Ambient::seeded(Timestamp::UNIX_EPOCH, [0; 32]),
        limits: Limits::default(),
    };
    render(&Chart::from_files(all).unwrap(), input)
        .unwrap()
        .manifests
}

pub(crate) fn parsed(manifests: &[Manifest]) -> Vec<Value> {
    let values = manifests.iter().map(|manifest| {
        serde_saphyr::from_str(&manifest.content)
            .unwrap_or_else(|error| panic!("{}: {error}", manifest.source))
    });
    values.collect()
}

/// What the operator is started with.
fn arguments(objects: &[Value]) -> Args {
    let deployment = objects.iter().find(|one| one["kind"] == "Deployment");
    let container = &deployment.unwrap()["spec"]["template"]["spec"]["containers"][0];
    let given = container["args"].as_array().unwrap().iter();
    let given = given.map(|one| one.as_str().unwrap().to_owned());
    Args::try_parse_from(["cso-operator".to_owned()].into_iter().chain(given)).unwrap()
}

#[test]
fn the_operator_understands_what_the_chart_starts_it_with() {
    for values in [
        "",
        "controllerManager: {manager: {source: github, args: [--leader-elect, --no-remote-dependencies=true]}}",
        "clusterStackVariables: {ociUsername: u, ociPassword: p}\nnetworkPolicy: {enabled: true}",
        "fullnameOverride: x\npodDisruptionBudget: {enabled: true}\nmetrics: {serviceMonitor: {enabled: true}, prometheusRule: {enabled: true}, dashboard: {enabled: true}}",
    ] {
        let objects = parsed(&rendered("cso-system", values));
        let env = |name: &str| (name == "OCI_REPOSITORY").then(|| "example.com/stacks".to_owned());
        cso_operator::resolve(&arguments(&objects), &env, "cso-system").unwrap();
        let definitions = objects
            .iter()
            .filter(|one| one["kind"] == "CustomResourceDefinition");
        for definition in definitions.clone() {
            let kept = &definition["metadata"]["annotations"]["helm.sh/resource-policy"];
            assert_eq!(kept, "keep");
        }
        assert_eq!(definitions.count(), 3);
    }
}

/// Applies who the operator is and what it may do; its token.
pub(crate) async fn account(world: &World, objects: &[Value]) -> String {
    let kinds = [
        "ServiceAccount",
        "ClusterRole",
        "ClusterRoleBinding",
        "Role",
        "RoleBinding",
    ];
    let params = PatchParams::apply("test").force();
    for object in objects {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap();
        let kind = text("/kind");
        if kinds.contains(&kind) {
            let resource = resource(text("/apiVersion"), kind);
            let api: Api<DynamicObject> = match object.pointer("/metadata/namespace") {
                Some(_) => Api::namespaced_with(world.client.clone(), &world.namespace, &resource),
                None => Api::all_with(world.client.clone(), &resource),
            };
            api.patch(text("/metadata/name"), &params, &Patch::Apply(object))
                .await
                .unwrap();
        }
    }
    let accounts: Api<ServiceAccount> = world.api();
    let name = objects.iter().find(|one| one["kind"] == "ServiceAccount");
    let name = name.unwrap()["metadata"]["name"].as_str().unwrap();
    let request = accounts
        .create_token_request(name, &PostParams::default(), &TokenRequest::default())
        .await
        .unwrap();
    request.status.unwrap().token.unwrap()
}

/// Waits until the API server has taken the role in, which nothing tells.
pub(crate) async fn allowed_to_list_config_maps(world: &World) {
    let (namespace, account) = (
        &world.namespace,
        format!("{}-controller-manager", world.namespace),
    );
    let review = json!({"spec": {
        "user": format!("system:serviceaccount:{namespace}:{account}"),
        "resourceAttributes": {"verb": "list", "resource": "configmaps"},
    }});
    let review: SubjectAccessReview = serde_json::from_value(review).unwrap();
    let reviews: Api<SubjectAccessReview> = Api::all(world.client.clone());
    let is_allowed = async || {
        let answer = reviews.create(&PostParams::default(), &review).await;
        answer.unwrap().status.unwrap().allowed
    };
    let asked = async {
        while !is_allowed().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, asked).await.unwrap();
}

/// As the chart starts the operator, but that other tests run beside it.
pub(crate) fn config(world: &World, objects: &[Value]) -> Config {
    let env = |_: &str| None;
    let chart = cso_operator::resolve(&arguments(objects), &env, &world.namespace).unwrap();
    let mut extension = chart.extension.unwrap();
    extension.address = ([127, 0, 0, 1], 0).into();
    Config {
        election: chart.election,
        extension: Some(extension),
        ..world.config(&[])
    }
}

pub(crate) const CONFIG_MAPS: &str = "controllerManager: {rbac: {additionalRules: [{
  apiGroups: [''], resources: [configmaps], verbs: [get, list, watch, create, update, patch, delete]}]}}";

#[tokio::test]
async fn the_rights_the_chart_gives_are_enough() {
    let world = World::idle("cso").await;
    let objects = parsed(&rendered(&world.namespace, ""));
    let token = account(&world, &objects).await;
    let operator = Operator::start_with(token, config(&world, &objects)).await;

    let stage = addons::stage("one", "apply");
    let stages = json!({"addonStages": {"AfterControlPlaneInitialized": [stage]}});
    let name = format!("{}-map", world.namespace);
    let release = addons::release(FIRST, &stages, &[("one", &[(name.as_str(), MAP)])]);
    world.publish(&release).await;
    world.want("demo", &[FIRST]).await;
    // The class brings a ConfigMap, which is up to who installs the chart.
    let refused = world.told(FIRST, types::READY, "Forbidden").await;
    let message = find(&refused, types::READY)
        .unwrap()
        .message
        .clone()
        .unwrap();
    assert!(
        message.contains("cannot list resource \"configmaps\""),
        "{message}"
    );
    assert!(message.contains("additionalRules"), "{message}");
    account(&world, &parsed(&rendered(&world.namespace, CONFIG_MAPS))).await;
    allowed_to_list_config_maps(&world).await;
    // Without this it is tried again after a minute.
    let nudge = json!({"metadata": {"annotations": {"nudge": "now"}}});
    let releases: Api<ClusterStackRelease> = world.api();
    releases
        .patch(FIRST, &PatchParams::default(), &Patch::Merge(&nudge))
        .await
        .unwrap();
    world.ready("demo").await;
    addons::cluster(&world, "c1", FIRST).await;
    addons::report(&world, "c1", "True").await;
    addons::addon(&world, |status| addons::has(status, FIRST)).await;

    let leases: Api<Lease> = world.api();
    assert!(
        !leases
            .list(&ListParams::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let configs = resource("runtime.cluster.x-k8s.io/v1beta2", "ExtensionConfig");
    let configs: Api<DynamicObject> = Api::all_with(world.client.clone(), &configs);
    let hooks = format!("{}-hook-server-extensionconfig", world.namespace);
    world.until(&configs, &hooks, |one| one.is_some()).await;

    let delete = DeleteParams::default();
    let clusters = world.kind("cluster.x-k8s.io/v1beta2", "Cluster");
    clusters.delete("c1", &delete).await.unwrap();
    let stacks: Api<ClusterStack> = world.api();
    stacks.delete("demo", &delete).await.unwrap();
    world.gone(&stacks, "demo").await;
    let classes = world.kind("cluster.x-k8s.io/v1beta2", "ClusterClass");
    world.gone(&classes, FIRST).await;
    operator.stop().await;
}
