//! What upstream's operator left behind: its objects are accepted, its releases go on, its fields become ours.

mod addons;
mod charts;
mod classes;
mod outcome;
mod recorded;
mod taken;

use std::collections::BTreeSet;

use kube::ResourceExt as _;
use kube::api::DynamicObject;
use serde_json::{Value, json};

use crate::release::{Release, small};
use crate::world::World;
use recorded::{Loader, State};

#[tokio::test]
async fn every_object_upstream_left_behind_is_accepted_with_its_status() {
    let Some(states) = State::all() else { return };
    let mut loaded = 0;
    for state in &states {
        let world = World::idle("recorded").await;
        let mut loader = Loader::new(&world.client, &world.namespace);
        for file in [
            "management/clusterstacks.yaml",
            "management/clusterstackreleases.yaml",
            "management/clusteraddons.yaml",
        ] {
            for object in state.objects(file) {
                let stored = loader.load(&object).await;
                for part in ["spec", "status"] {
                    let (is, was) = (&stored.data[part], &loader.moved(&object)[part]);
                    assert!(keeps(is, was), "{state:?}: {is} lacks some of {was}");
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
