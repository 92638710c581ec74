//! The way of a stack that works: as in the published course, and with releases as they were really published.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use cso_api::{ClusterStack, ReleasePhase};
use cso_source::{Limits, read_folder};
use cso_testing::fixtures;
use flate2::read::GzDecoder;
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, ValidationDirective};
use serde_json::{Value, json};

use crate::release::{Release, objects_of};
use crate::world::{World, wanting};

/// As the published course has it.
const COURSE: &str = r#"
apiVersion: clusterstack.x-k8s.io/v1alpha1
kind: ClusterStack
metadata:
  name: docker
  namespace: cluster
spec:
  provider: docker
  name: scs
  kubernetesVersion: "1.30"
  channel: custom
  autoSubscribe: false
  noProvider: true
  versions:
    - v0-sha.rwvgrna
"#;

#[tokio::test]
async fn the_stack_of_the_course_becomes_ready_as_it_is_written_there() {
    let mut world = World::named("cluster").await;
    world
        .publish(&Release::small("docker-scs-1-30-v0-sha.rwvgrna"))
        .await;
    world.resume().await;
    let stack = serde_saphyr::from_str(COURSE).unwrap();
    world.apply("kubectl", &stack).await;
    let status = world.ready("docker").await.status.unwrap();
    assert_eq!(
        status.latest_release.as_deref(),
        Some("docker-scs-1-30-v0-sha.rwvgrna | v1.30.7")
    );
    assert_eq!(status.usable_versions.as_deref(), Some("v0-sha.rwvgrna"));
    assert_eq!(status.summary[0].phase, ReleasePhase::Done);
    for (version, kind, name) in objects_of("docker-scs-1-30-v0-sha.rwvgrna") {
        let object = world.kind(version, kind).get(&name).await.unwrap();
        let labels = object.metadata.labels.unwrap();
        assert_eq!(
            labels["clusterstack.x-k8s.io/release"],
            "docker-scs-1-30-v0-sha-rwvgrna"
        );
    }
}

/// Expects a ready release that has applied one object for every one its chart spells out.
async fn is_complete(world: &World, release: &Release) {
    let tag = release.tag.dash();
    let archive = &release.files[&release.tag.cluster_class_archive()];
    let resources = world.told(&tag, "Ready", "Succeeded").await;
    let resources = resources.status.unwrap().resources;
    let mut kinds: Vec<String> = resources.iter().map(|one| one.kind.clone()).collect();
    kinds.sort();
    assert_eq!(kinds, kinds_in(archive), "{tag}");
    for resource in resources {
        let version = format!("{}/{}", resource.group, resource.version);
        let api = world.elsewhere(&resource.namespace, &version, &resource.kind);
        let object = api.get(&resource.name).await.unwrap();
        assert_ne!(object.data["spec"], Value::Null, "{resource:?}");
    }
}

#[tokio::test]
async fn every_published_release_becomes_ready_with_all_its_objects() {
    let Some(folder) = fixtures::shared("stacks/releases/cluster-stacks") else {
        return;
    };
    let mut world = World::idle("published").await;
    let mut tags: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    tags.sort();
    assert_eq!(tags.len(), 4, "{tags:?}");
    let mut releases = Vec::new();
    for tag in &tags {
        let files = read_folder(&folder.join(tag), &Limits::default())
            .unwrap()
            .into_files();
        let tag = tag.parse().unwrap();
        let release = Release { tag, files };
        world.publish(&release).await;
        releases.push(release);
    }
    world.resume().await;
    let names: Vec<&str> = tags.iter().map(String::as_str).collect();
    world.want("ferrol", &names).await;
    let status = world.ready("ferrol").await.status.unwrap();
    assert_eq!(
        status.usable_versions.as_deref(),
        Some("v0-sha.hipstsw, v1, v2, v3")
    );
    for release in &releases {
        is_complete(&world, release).await;
    }
}

#[tokio::test]
async fn stacks_built_by_csctl_from_their_published_sources_become_ready_with_all_their_objects() {
    let Some(folder) = fixtures::shared("stacks/sources/main") else {
        return;
    };
    let world = World::start("built").await;
    for source in ["docker/scs", "openstack/scs"] {
        let (tag, files) = csctl::hash_release(&folder.join(source)).unwrap();
        let release = Release { tag, files };
        world.publish(&release).await;
        let stack = release.tag.stack();
        world.want(&stack, &[&release.tag.dash()]).await;
        world.ready(&stack).await;
        is_complete(&world, &release).await;
    }
}

#[tokio::test]
async fn every_published_example_of_a_stack_is_accepted() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut examples = yaml_below(&Path::new(root).join("examples"));
    assert!(!examples.is_empty());
    if let Some(folder) = fixtures::shared("stacks/sources") {
        examples.extend(yaml_below(&folder));
    }
    let world = World::idle("examples").await;
    let stacks: Api<ClusterStack> = world.api();
    let mut params = PatchParams::apply("a-person").force();
    params.field_validation = Some(ValidationDirective::Strict);
    params.dry_run = true;
    for path in examples {
        let text = std::fs::read_to_string(&path).unwrap();
        for mut stack in serde_saphyr::from_multiple::<Value>(&text).unwrap() {
            assert_eq!(stack["kind"], "ClusterStack", "{}", path.display());
            stack["metadata"]["namespace"] = json!(world.namespace);
            let name = stack["metadata"]["name"].as_str().unwrap().to_owned();
            let answer = stacks.patch(&name, &params, &Patch::Apply(&stack)).await;
            answer.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}

/// The examples of stacks at any depth below a folder.
fn yaml_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            found.extend(yaml_below(&path));
        } else if ["clusterstack.yaml", "clusterstack-pinned.yaml"]
            .iter()
            .any(|name| path.ends_with(name))
        {
            found.push(path);
        }
    }
    found
}

/// The kinds that the templates of a chart spell out, one per object, sorted.
fn kinds_in(archive: &[u8]) -> Vec<String> {
    let mut kinds = Vec::new();
    for entry in tar::Archive::new(GzDecoder::new(archive))
        .entries()
        .unwrap()
    {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        if path.contains("/templates/") {
            let lines = text.lines().filter_map(|line| line.strip_prefix("kind: "));
            kinds.extend(lines.map(|kind| kind.trim().to_owned()));
        }
    }
    kinds.sort();
    kinds
}

#[tokio::test]
async fn a_subscribed_stack_follows_the_newest_release() {
    let world = World::start("subscribed").await;
    world.publish(&Release::small("docker-demo-1-36-v1")).await;
    let mut spec = wanting(&["docker-demo-1-36-v1"]);
    spec["versions"] = json!([]);
    spec["autoSubscribe"] = json!(true);
    spec["interval"] = json!("10s");
    world.stack("demo", spec).await;
    let latest = |stack: ClusterStack| stack.status.unwrap().latest_release.unwrap();
    assert_eq!(
        latest(world.ready("demo").await),
        "docker-demo-1-36-v1 | v1.36.7"
    );
    world.publish(&Release::small("docker-demo-1-36-v2")).await;
    let newest = Some("docker-demo-1-36-v2 | v1.36.7");
    let stacks: Api<ClusterStack> = world.api();
    world
        .until(&stacks, "demo", |stack| {
            stack.and_then(|stack| stack.status.as_ref()?.latest_release.as_deref()) == newest
        })
        .await;
    let class = world.kind("cluster.x-k8s.io/v1beta1", "ClusterClass");
    world.gone(&class, "docker-demo-1-36-v1").await;
}

#[tokio::test]
async fn one_operator_serves_the_stacks_of_every_namespace_and_keeps_them_apart() {
    let mut world = World::everywhere().await;
    let tag = "docker-demo-1-36-v1";
    world.publish(&Release::small(tag)).await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}});
    let namespaces: Api<Namespace> = Api::all(world.client.clone());
    let params = PatchParams::apply("a-person");
    namespaces
        .patch("other", &params, &Patch::Apply(&namespace))
        .await
        .unwrap();
    for namespace in ["default", "other"] {
        namespace.clone_into(&mut world.namespace);
        world.want("demo", &[tag]).await;
        world.ready("demo").await;
    }
    let stacks: Api<ClusterStack> = world.api();
    stacks
        .delete("demo", &DeleteParams::default())
        .await
        .unwrap();
    for (version, kind, name) in objects_of(tag) {
        world.gone(&world.kind(version, kind), &name).await;
        let there = world.elsewhere("default", version, kind);
        assert!(there.get_opt(&name).await.unwrap().is_some(), "{kind}");
    }
}
