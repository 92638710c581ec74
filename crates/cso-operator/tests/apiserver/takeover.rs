//! What upstream's operator left behind: its objects are accepted, its releases go on, its fields become ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cso_testing::fixtures;
use kube::ResourceExt as _;
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::release::{Release, small};
use crate::world::{World, uid};

const OURS: [&str; 3] = ["ClusterStack", "ClusterStackRelease", "ClusterAddon"];

/// The recorded states in order.
fn states() -> Option<Vec<PathBuf>> {
    let folder = fixtures::shared("takeover")?;
    let mut states: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("management"))
        .filter(|path| path.is_dir())
        .collect();
    states.sort();
    Some(states)
}

/// The objects of a state that a file holds; none if there is no such file.
fn recorded(state: &Path, file: &str) -> Vec<Value> {
    match std::fs::read_to_string(state.join(file)) {
        Ok(text) => serde_saphyr::from_multiple(&text).unwrap(),
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
            Vec::new()
        }
    }
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap()
}

/// Puts a recorded object into the cluster as it was: create, then the owners of its fields, then its status.
async fn load(
    world: &World,
    recorded: &Value,
    uids: &mut BTreeMap<String, String>,
) -> DynamicObject {
    let mut object = recorded.clone();
    let metadata = object["metadata"].as_object_mut().unwrap();
    for field in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "managedFields",
        "generation",
    ] {
        metadata.remove(field);
    }
    metadata.insert("namespace".to_owned(), json!(world.namespace));
    let owners = metadata
        .get_mut("ownerReferences")
        .and_then(Value::as_array_mut);
    for owner in owners.into_iter().flatten() {
        let known = uids.get(owner["uid"].as_str().unwrap_or_default());
        if let Some(known) = known {
            owner["uid"] = json!(known);
        }
    }
    let (name, kind) = (text(recorded, "/metadata/name"), text(recorded, "/kind"));
    let api = world.kind(text(recorded, "/apiVersion"), kind);
    let created = api
        .create(
            &PostParams::default(),
            &serde_json::from_value(object).unwrap(),
        )
        .await
        .unwrap_or_else(|error| panic!("{kind} {name}: {error}"));
    uids.insert(text(recorded, "/metadata/uid").to_owned(), uid(&created));
    let fields = json!({"metadata": {"managedFields": recorded["metadata"]["managedFields"]}});
    let params = PatchParams::default();
    let mut loaded = api
        .patch(name, &params, &Patch::Merge(&fields))
        .await
        .unwrap();
    if recorded["status"].is_object() && OURS.contains(&kind) {
        let status = json!({"status": recorded["status"]});
        loaded = api
            .patch_status(name, &params, &Patch::Merge(&status))
            .await
            .unwrap();
    }
    loaded
}

#[tokio::test]
async fn every_object_upstream_left_behind_is_accepted_with_its_status() {
    let Some(states) = states() else { return };
    let mut loaded = 0;
    for state in &states {
        let world = World::idle("recorded").await;
        let mut uids = BTreeMap::new();
        for file in [
            "clusterstacks.yaml",
            "clusterstackreleases.yaml",
            "clusteraddons.yaml",
        ] {
            for object in recorded(state, file) {
                let stored = load(&world, &object, &mut uids).await;
                for part in ["spec", "status"] {
                    let (is, was) = (&stored.data[part], &object[part]);
                    assert!(
                        keeps(is, was),
                        "{}: {is} lacks some of {was}",
                        state.display()
                    );
                }
                loaded += 1;
            }
        }
    }
    assert!(loaded > 100, "{loaded} objects in {} states", states.len());
}

/// Whether nothing was lost; defaults may have been added.
fn keeps(is: &Value, was: &Value) -> bool {
    match (is, was) {
        (Value::Object(is), Value::Object(was)) => was
            .iter()
            .all(|(key, was)| is.get(key).is_some_and(|is| keeps(is, was))),
        (Value::Array(is), Value::Array(was)) => {
            is.len() == was.len() && is.iter().zip(was).all(|(is, was)| keeps(is, was))
        }
        (is, was) => is == was,
    }
}

/// A recorded object as a template of a chart.
fn as_template(recorded: &Value) -> String {
    let mut object = recorded.clone();
    object["metadata"] = json!({"name": recorded["metadata"]["name"]});
    object.as_object_mut().unwrap().remove("status");
    // Braces of the data must not read as actions of the template.
    format!("{{{{ `{object}` }}}}\n")
}

#[tokio::test]
async fn a_release_that_upstream_made_ready_is_taken_over_and_no_object_changes() {
    let Some(states) = states() else { return };
    let state = &states[0];
    let mut world = World::idle("takeover").await;
    let mut uids = BTreeMap::new();
    let mut objects = recorded(state, "clusterclasses.yaml");
    objects.extend(recorded(state, "templates.yaml"));
    assert_eq!(objects.len(), 6);
    let templates: Vec<String> = objects.iter().map(as_template).collect();
    let names: Vec<String> = (0..templates.len())
        .map(|number| format!("{number}.yaml"))
        .collect();
    let files: Vec<(&str, &str)> = names
        .iter()
        .map(String::as_str)
        .zip(templates.iter().map(String::as_str))
        .collect();
    world
        .publish(&Release::new("dev-demo-1-33-v1", &files))
        .await;
    let mut before = Vec::new();
    for object in &objects {
        before.push(load(&world, object, &mut uids).await);
    }
    for file in ["clusterstacks.yaml", "clusterstackreleases.yaml"] {
        for mut object in recorded(state, file) {
            move_inventory(&mut object, &world.namespace);
            load(&world, &object, &mut uids).await;
        }
    }
    world.resume().await;
    world.ready("demo-33").await;
    for (before, recorded) in before.iter().zip(&objects) {
        let api = world.kind(text(recorded, "/apiVersion"), text(recorded, "/kind"));
        let after = api.get(&before.name_any()).await.unwrap();
        assert_eq!(uid(&after), uid(before));
        assert_eq!(
            after.metadata.generation,
            before.metadata.generation,
            "{} is not changed",
            before.name_any()
        );
        let managers = appliers(&after);
        assert_eq!(managers, BTreeSet::from(["cluster-stack-operator"]));
    }
}

/// The recorded inventory names the namespace of its time.
fn move_inventory(object: &mut Value, namespace: &str) {
    let resources = object
        .pointer_mut("/status/resources")
        .and_then(Value::as_array_mut);
    for resource in resources.into_iter().flatten() {
        resource["namespace"] = json!(namespace);
    }
}

/// Who applied an object, server-side.
fn appliers(object: &DynamicObject) -> BTreeSet<&str> {
    object
        .managed_fields()
        .iter()
        .filter(|entry| entry.operation.as_deref() == Some("Apply"))
        .filter_map(|entry| entry.manager.as_deref())
        .collect()
}

#[tokio::test]
async fn u19_fields_upstream_applied_as_kubectl_become_ours_and_those_of_a_person_do_not() {
    let mut world = World::idle("kubectl").await;
    let tag = "docker-demo-1-36-v1";
    let map = |name: &str, labels: Value, data: Value| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels},
            "data": data,
        })
    };
    let mark = json!({"clusterstack.x-k8s.io/instance": "owned"});
    let upstream = map("upstream", mark, json!({"kept": "old", "dropped": "old"}));
    world.apply("kubectl", &upstream).await;
    let person = map("person", json!({}), json!({"kept": "old", "own": "old"}));
    world.apply("kubectl", &person).await;

    let both = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: upstream}\ndata: {kept: new}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: person}\ndata: {kept: new}\n";
    let mut templates = small().to_vec();
    templates.push(("both.yaml", both));
    world.publish(&Release::new(tag, &templates)).await;
    world.resume().await;
    world.want("demo", &[tag]).await;
    world.ready("demo").await;
    let maps = world.kind("v1", "ConfigMap");
    let taken = maps.get("upstream").await.unwrap();
    assert_eq!(taken.data["data"], json!({"kept": "new"}));
    assert_eq!(appliers(&taken), BTreeSet::from(["cluster-stack-operator"]));
    let shared = maps.get("person").await.unwrap();
    assert_eq!(shared.data["data"], json!({"kept": "new", "own": "old"}));
    let both = BTreeSet::from(["cluster-stack-operator", "kubectl"]);
    assert_eq!(appliers(&shared), both);
}
