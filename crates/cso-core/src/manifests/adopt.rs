//! Takes the fields over that upstream applied to our objects under the field manager `kubectl`.
//!
//! Without this, a field that a later release drops would stay, as `kubectl` still owns it. A person's own
//! `kubectl apply --server-side` writes no label of ours, so an entry that does not own our label is left alone.

use cso_api::labels;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use serde_json::{Map, Value};

use super::live::is_apply_of;

/// The managedFields after the take-over; `None` if there is nothing to take over.
pub(super) fn adopted_fields(entries: &[ManagedFieldsEntry]) -> Option<Vec<ManagedFieldsEntry>> {
    let former = entries
        .iter()
        .position(|entry| is_apply_of(entry, labels::UPSTREAM_FIELD_MANAGER) && owns_mark(entry))?;
    let mut entries = entries.to_vec();
    let mut former = entries.remove(former);
    match entries
        .iter_mut()
        .find(|entry| is_apply_of(entry, labels::FIELD_MANAGER))
    {
        // Fields of two API versions cannot be merged; ours covers what we apply, the rest is given up to nobody.
        Some(ours) if ours.api_version == former.api_version => {
            let into = ours.fields_v1.as_mut().map(|fields| &mut fields.0);
            if let (Some(Value::Object(into)), Some(Value::Object(from))) = (into, fields(&former))
            {
                merge(into, from);
            }
        }
        Some(_) => {}
        None => {
            former.manager = Some(labels::FIELD_MANAGER.to_owned());
            entries.push(former);
        }
    }
    Some(entries)
}

fn fields(entry: &ManagedFieldsEntry) -> Option<&Value> {
    entry.fields_v1.as_ref().map(|fields| &fields.0)
}

fn owns_mark(entry: &ManagedFieldsEntry) -> bool {
    let field = format!("f:{}", labels::OWNED_LABEL);
    fields(entry)
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
        json!({"manager": manager, "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields})
    }

    /// What becomes of these entries.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "a literal at the call site reads better"
    )]
    fn adopted(entries: Value) -> Option<Value> {
        let entries: Vec<ManagedFieldsEntry> = serde_json::from_value(entries).unwrap();
        adopted_fields(&entries).map(|after| json!(after))
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
        let status = json!({
            "manager": "capi-core", "operation": "Update", "subresource": "status", "fieldsV1": {},
            "time": "2026-01-02T03:04:05Z",
        });
        let after = adopted(json!([upstream(json!({"f:a": {}})), status])).unwrap();
        assert_eq!(after[0], status);
        assert_eq!(after[1]["manager"], "cluster-stack-operator");
        assert_eq!(after[1]["fieldsV1"]["f:spec"], json!({"f:a": {}}));
    }

    #[test]
    fn it_is_merged_into_an_entry_of_ours() {
        let ours = entry("cluster-stack-operator", json!({"f:spec": {"f:b": {}}}));
        let after = adopted(json!([upstream(json!({"f:a": {}})), ours])).unwrap();
        assert_eq!(after.as_array().map(Vec::len), Some(1));
        assert_eq!(
            after[0]["fieldsV1"]["f:spec"],
            json!({"f:a": {}, "f:b": {}})
        );
    }

    #[test]
    fn u19_the_fields_of_a_person_using_kubectl_are_left_alone() {
        let person = entry("kubectl", json!({"f:spec": {"f:a": {}}}));
        assert_eq!(adopted(json!([person])), None);
        let mut update = upstream(json!({}));
        update["operation"] = json!("Update");
        assert_eq!(adopted(json!([update])), None);
    }

    #[test]
    fn u19_our_own_field_manager_is_not_kubectl() {
        assert_ne!(labels::FIELD_MANAGER, labels::UPSTREAM_FIELD_MANAGER);
    }
}
