//! What is applied, left alone, adopted and removed.

use serde_json::{Value, json};

use super::*;
use crate::manifests::{Kind, Scope, parse};

fn owner() -> Owner {
    Owner {
        namespace: "team-a".to_owned(),
        release: "docker-scs-1-33-v1".to_owned(),
        stack: "docker-scs-1-33".to_owned(),
    }
}

fn kinds() -> Kinds {
    [
        (Kind::new("", "ConfigMap"), Scope::Namespaced),
        (Kind::new("", "Secret"), Scope::Namespaced),
    ]
    .into_iter()
    .collect()
}

fn manifest(kind: &str, name: &str) -> Manifest {
    let document = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    owner().mark(parse(&[document], "team-a", &kinds()).unwrap().remove(0))
}

fn ours(uid: &str) -> Value {
    json!({"metadata": {"uid": uid, "labels": {labels::OWNED_LABEL: labels::OWNED}, "managedFields": [
        {"manager": labels::FIELD_MANAGER, "operation": "Apply", "apiVersion": "v1", "fieldsV1": {"f:data": {}}, "time": "2026-01-01T00:00:01Z"},
    ]}})
}

#[derive(Default)]
struct Case {
    inventory: Vec<Resource>,
    live: BTreeMap<ObjectId, Fetched<LiveObject>>,
    applied: BTreeMap<ObjectId, Applied>,
}

impl Case {
    fn live(mut self, manifest: &Manifest, object: &Value) -> Self {
        self.live.insert(
            manifest.id().clone(),
            Fetched::Found(LiveObject::of(object)),
        );
        self
    }

    fn missing(mut self, manifest: &Manifest) -> Self {
        self.live.insert(manifest.id().clone(), Fetched::Missing);
        self
    }

    fn inventoried(mut self, manifest: &Manifest) -> Self {
        self.inventory.push(manifest.id().to_resource("v1"));
        self
    }

    fn applied(mut self, manifest: &Manifest, answer: &Value) -> Self {
        self.applied.insert(
            manifest.id().clone(),
            Applied::of(manifest, &LiveObject::of(answer)),
        );
        self
    }

    fn plan(&self, desired: &[Manifest]) -> ApplyPlan {
        let (owner, kinds) = (owner(), kinds());
        let situation = Situation {
            owner: &owner,
            kinds: &kinds,
            inventory: &self.inventory,
            live: &self.live,
            applied: &self.applied,
        };
        apply_plan(desired, &situation)
    }
}

#[test]
fn u5_what_is_applied_and_unchanged_costs_no_request_and_drift_is_repaired() {
    let map = manifest("ConfigMap", "a");
    let case = Case::default()
        .live(&map, &ours("1"))
        .applied(&map, &ours("1"));
    assert!(case.plan(std::slice::from_ref(&map)).waves.is_empty());
    let mut later = ours("1");
    later["metadata"]["managedFields"][0]["time"] = json!("2026-01-01T00:00:02Z");
    assert!(
        Case::default()
            .live(&map, &later)
            .applied(&map, &ours("1"))
            .plan(std::slice::from_ref(&map))
            .waves
            .is_empty()
    );
    let mut edited = ours("1");
    edited["metadata"]["managedFields"][0]["fieldsV1"] = json!({});
    for drifted in [edited, ours("2")] {
        let case = Case::default()
            .live(&map, &drifted)
            .applied(&map, &ours("1"));
        assert_eq!(
            case.plan(std::slice::from_ref(&map)).waves,
            [[Effect::ApplyObject(map.clone())]]
        );
    }
    let deleted = Case::default().missing(&map).applied(&map, &ours("1"));
    assert_eq!(deleted.plan(std::slice::from_ref(&map)).waves.len(), 1);
}

#[test]
fn u3_a_secret_is_applied_although_a_config_map_of_its_name_is() {
    let (map, secret) = (manifest("ConfigMap", "x"), manifest("Secret", "x"));
    let case = Case::default()
        .live(&map, &ours("1"))
        .applied(&map, &ours("1"))
        .missing(&secret);
    assert_eq!(
        case.plan(&[map, secret.clone()]).waves,
        [[Effect::ApplyObject(secret)]]
    );
}

#[test]
fn what_a_release_lacks_is_removed_only_with_inventory_and_label() {
    let map = manifest("ConfigMap", "a");
    let removed = Case::default()
        .inventoried(&map)
        .live(&map, &ours("1"))
        .plan(&[]);
    assert!(
        matches!(&removed.waves[..], [wave] if matches!(&wave[..], [Effect::DeleteObject(target)] if target.uid == "1"))
    );
    let unmarked = json!({"metadata": {"uid": "1"}});
    assert_eq!(
        Case::default()
            .inventoried(&map)
            .live(&map, &unmarked)
            .plan(&[]),
        ApplyPlan::default()
    );
    assert_eq!(
        Case::default().live(&map, &ours("1")).plan(&[]),
        ApplyPlan::default()
    );
    let mut others = ours("1");
    others["metadata"]["labels"][labels::RELEASE_LABEL] = json!("docker-scs-1-33-v2");
    assert_eq!(
        Case::default()
            .inventoried(&map)
            .live(&map, &others)
            .plan(&[]),
        ApplyPlan::default()
    );
}

#[test]
fn an_object_that_changes_its_api_version_is_applied_and_not_removed() {
    let document = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "a"}});
    let new = parse(&[document], "team-a", &kinds()).unwrap().remove(0);
    let new = owner().mark(new);
    let mut case = Case::default().live(&new, &ours("1"));
    case.inventory.push(new.id().to_resource("v1beta1"));
    let plan = case.plan(std::slice::from_ref(&new));
    assert_eq!(plan.waves, [[Effect::ApplyObject(new)]]);
    assert!(plan.leaving.is_empty());
}

#[test]
fn an_object_of_another_release_is_not_taken() {
    let map = manifest("ConfigMap", "a");
    let mut others = ours("1");
    others["metadata"]["labels"][labels::RELEASE_LABEL] = json!("docker-scs-1-33-v2");
    let plan = Case::default()
        .live(&map, &others)
        .plan(std::slice::from_ref(&map));
    assert!(plan.waves.is_empty());
    assert!(
        plan.blocked[map.id()]
            .message
            .contains("docker-scs-1-33-v2")
    );
}

#[test]
fn a_failed_look_up_neither_applies_nor_removes_anything_after_it() {
    let (map, old) = (manifest("ConfigMap", "a"), manifest("ConfigMap", "old"));
    let plan = Case::default()
        .inventoried(&old)
        .live(&old, &ours("1"))
        .plan(&[map]);
    assert!(plan.waves.is_empty());
    assert_eq!(plan.blocked.len(), 1);
    assert_eq!(plan.leaving.len(), 1);
}
