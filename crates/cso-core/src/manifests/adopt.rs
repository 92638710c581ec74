//! Takes the fields over that upstream applied to our objects under the field manager `kubectl`.
//!
//! Without this, a field that a later release drops would stay, as `kubectl` still owns it. A person's own
//! `kubectl apply --server-side` writes no label of ours, so an entry that does not own our label is left alone.

use cso_api::labels;
use serde_json::{Map, Value};

use super::LiveObject;
use super::live::is_apply_of;

/// The managedFields after the take-over; `None` if there is nothing to take over.
pub fn adopted_fields(live: &LiveObject) -> Option<Vec<Value>> {
    let former = live
        .managed_fields
        .iter()
        .position(|entry| is_apply_of(entry, labels::UPSTREAM_FIELD_MANAGER) && owns_mark(entry))?;
    let mut entries = live.managed_fields.clone();
    let mut former = entries.remove(former);
    match entries
        .iter_mut()
        .find(|entry| is_apply_of(entry, labels::FIELD_MANAGER))
    {
        // Fields of two API versions cannot be merged; ours covers what we apply, the rest is given up to nobody.
        Some(ours) if ours.get("apiVersion") == former.get("apiVersion") => {
            if let (Some(Value::Object(into)), Some(Value::Object(from))) =
                (ours.get_mut("fieldsV1"), former.get("fieldsV1"))
            {
                merge(into, from);
            }
        }
        Some(_) => {}
        None => {
            former["manager"] = Value::from(labels::FIELD_MANAGER);
            entries.push(former);
        }
    }
    Some(entries)
}

fn owns_mark(entry: &Value) -> bool {
    let field = format!("f:{}", labels::OWNED_LABEL);
    entry
        .get("fieldsV1")
        .and_then(|fields| fields.get("f:metadata")?.get("f:labels")?.get(field))
        .is_some()
}

fn merge(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (field, inner) in from {
        match (into.get_mut(field), inner) {
            (Some(Value::Object(into)), Value::Object(from)) => merge(into, from),
            (Some(_), _) => {}
            (None, _) => drop(into.insert(field.clone(), inner.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[allow(
        clippy::needless_pass_by_value,
        reason = "a literal at the call site reads better"
    )]
    fn entry(manager: &str, fields: Value) -> Value {
        json!({"manager": manager, "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields, "time": "t"})
    }

    fn live(entries: Vec<Value>) -> LiveObject {
        LiveObject {
            managed_fields: entries,
            ..LiveObject::default()
        }
    }

    #[allow(
        clippy::needless_pass_by_value,
        reason = "a literal at the call site reads better"
    )]
    fn upstream(spec: Value) -> Value {
        entry(
            "kubectl",
            json!({"f:metadata": {"f:labels": {"f:clusterstack.x-k8s.io/instance": {}}}, "f:spec": spec}),
        )
    }

    #[test]
    fn upstreams_entry_becomes_ours() {
        let status = json!({"manager": "capi-core", "operation": "Update", "subresource": "status", "fieldsV1": {}});
        let after =
            adopted_fields(&live(vec![upstream(json!({"f:a": {}})), status.clone()])).unwrap();
        assert_eq!(after[0], status);
        assert_eq!(after[1]["manager"], "cluster-stack-operator");
        assert_eq!(after[1]["fieldsV1"]["f:spec"], json!({"f:a": {}}));
    }

    #[test]
    fn it_is_merged_into_an_entry_of_ours() {
        let ours = entry("cluster-stack-operator", json!({"f:spec": {"f:b": {}}}));
        let after = adopted_fields(&live(vec![upstream(json!({"f:a": {}})), ours])).unwrap();
        assert_eq!(after.len(), 1);
        assert_eq!(
            after[0]["fieldsV1"]["f:spec"],
            json!({"f:a": {}, "f:b": {}})
        );
    }

    #[test]
    fn u19_the_fields_of_a_person_using_kubectl_are_left_alone() {
        assert_eq!(
            adopted_fields(&live(vec![entry(
                "kubectl",
                json!({"f:spec": {"f:a": {}}})
            )])),
            None
        );
        let mut update = upstream(json!({}));
        update["operation"] = json!("Update");
        assert_eq!(adopted_fields(&live(vec![update])), None);
    }

    #[test]
    fn u19_our_own_field_manager_is_not_kubectl() {
        assert_ne!(labels::FIELD_MANAGER, labels::UPSTREAM_FIELD_MANAGER);
    }
}
