//! The CRDs accept everything upstream's objects contain and refuse what nobody should write.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;

/// Removes nulls, as the API server does before it validates fields that are not nullable.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn crd(kind: &str) -> CustomResourceDefinition {
    crds()
        .into_iter()
        .find(|crd| crd.spec.names.kind == kind)
        .expect("a kind of ours")
}

fn schema(kind: &str) -> Value {
    let crd = crd(kind);
    serde_json::to_value(
        crd.spec.versions[0]
            .schema
            .as_ref()
            .unwrap()
            .open_api_v3_schema
            .as_ref()
            .unwrap(),
    )
    .unwrap()
}

fn errors(object: &Value) -> Vec<String> {
    let kind = object["kind"].as_str().expect("an object has a kind");
    let validator = jsonschema::validator_for(&schema(kind)).unwrap();
    validator
        .iter_errors(&without_nulls(object.clone()))
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// Fields of the object that the schema does not have: the API server would drop them silently.
fn unknown_fields(object: &Value, schema: &Value, path: &str, found: &mut Vec<String>) {
    if schema.get("x-kubernetes-preserve-unknown-fields").is_some() {
        return;
    }
    match object {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = format!("{path}.{key}");
                match schema.pointer(&format!("/properties/{key}")) {
                    Some(inner) => unknown_fields(value, inner, &path, found),
                    None => found.push(path),
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| unknown_fields(item, &schema["items"], &format!("{path}[]"), found)),
        _ => {}
    }
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "a literal at the call site reads better"
)]
fn stack(spec: Value) -> Value {
    json!({"apiVersion": "clusterstack.x-k8s.io/v1alpha1", "kind": "ClusterStack", "metadata": {"name": "s"}, "spec": spec})
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "a literal at the call site reads better"
)]
fn spec_with(extra: Value) -> Value {
    let mut spec = json!({"provider": "docker", "name": "scs", "kubernetesVersion": "1.33"});
    spec.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    stack(spec)
}

#[test]
fn names_scope_and_columns_are_upstreams_and_an_add_on_tells_its_release() {
    let of = |kind| {
        let crd = crd(kind);
        let columns: Vec<String> = crd.spec.versions[0]
            .additional_printer_columns
            .iter()
            .flatten()
            .map(|column| column.name.clone())
            .collect();
        (
            crd.spec.names.short_names.unwrap().join(","),
            crd.spec.scope,
            columns.join(","),
        )
    };
    assert_eq!(
        of("ClusterStack"),
        (
            "csk".into(),
            "Namespaced".into(),
            "Provider,ClusterStack,K8s,Channel,Autosubscribe,Usable,Latest,Age,Reason,Message"
                .into()
        )
    );
    assert_eq!(
        of("ClusterStackRelease"),
        (
            "cskr".into(),
            "Namespaced".into(),
            "K8s Version,Ready,Age,Reason,Message".into()
        )
    );
    assert_eq!(
        of("ClusterAddon"),
        (
            "caddon".into(),
            "Namespaced".into(),
            "Cluster,Release,Hook,Ready,Age,Reason,Message".into()
        )
    );
}

#[test]
fn required_fields_patterns_and_defaults_are_upstreams() {
    let spec = schema("ClusterStack")["properties"]["spec"].clone();
    assert_eq!(
        spec["required"],
        json!(["kubernetesVersion", "name", "provider"])
    );
    assert_eq!(
        spec["properties"]["kubernetesVersion"]["pattern"],
        json!(r"^\d\.\d+$")
    );
    assert_eq!(spec["properties"]["channel"]["default"], json!("stable"));
    assert_eq!(spec["properties"]["autoSubscribe"]["default"], json!(true));
    assert_eq!(spec["properties"]["noProvider"]["default"], json!(false));
    assert_eq!(spec["properties"]["interval"]["default"], json!("5m"));
    assert_eq!(
        spec["properties"]["providerRef"]["x-kubernetes-map-type"],
        json!("atomic")
    );
    assert_eq!(
        schema("ClusterStackRelease")["properties"]["status"]["properties"]["ready"]["default"],
        json!(false)
    );
    let addon = schema("ClusterAddon")["properties"]["spec"].clone();
    assert_eq!(addon["required"], json!(["clusterRef"]));
    let condition =
        schema("ClusterStack")["properties"]["status"]["properties"]["conditions"]["items"].clone();
    assert_eq!(
        condition["required"],
        json!(["lastTransitionTime", "status", "type"])
    );
}

#[test]
fn upstreams_manifests_are_accepted_and_nothing_of_them_is_dropped() {
    let minimal = spec_with(json!({}));
    let full = spec_with(json!({
        "channel": "custom", "versions": ["v1", "v0-sha.abc1234"], "autoSubscribe": false, "noProvider": false,
        "providerRef": {"apiVersion": "infrastructure.clusterstack.x-k8s.io/v1alpha1", "kind": "OpenStackClusterStackReleaseTemplate", "name": "t"},
    }));
    let nulls = spec_with(json!({"versions": null, "providerRef": null}));
    for object in [minimal, full, nulls] {
        assert_eq!(errors(&object), Vec::<String>::new());
    }
}

#[test]
fn a_channel_is_any_lower_case_word() {
    for (channel, good) in [
        ("stable", true),
        ("sha", true),
        ("git", true),
        ("Beta", false),
        ("a-b", false),
        ("", false),
    ] {
        assert_eq!(
            errors(&spec_with(json!({ "channel": channel }))).is_empty(),
            good,
            "{channel:?}"
        );
    }
}

#[test]
fn an_interval_is_a_go_duration() {
    for (interval, good) in [
        ("5m", true),
        ("1h30m", true),
        ("500ms", true),
        ("5", false),
        ("five", false),
    ] {
        assert_eq!(
            errors(&spec_with(json!({ "interval": interval }))).is_empty(),
            good,
            "{interval:?}"
        );
    }
}

#[test]
fn a_source_must_name_exactly_one_place() {
    let rules = schema("ClusterStack")["properties"]["spec"]["x-kubernetes-validations"].clone();
    assert_eq!(rules.as_array().map(Vec::len), Some(1), "{rules}");
    assert!(rules[0]["rule"].as_str().unwrap().contains("size() == 1"));
}

#[test]
fn the_schema_has_nothing_kubernetes_does_not_know() {
    let text = serde_json::to_string(&crds()).unwrap();
    for word in ["\"uint", "\"nullable\"", "\"$ref\"", "\"$schema\""] {
        assert!(!text.contains(word), "{word} in the schema");
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a missing folder may not pass unseen in CI"
)]
fn takeover_folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/takeover");
    let present = folder.is_dir();
    assert!(
        present || std::env::var("CI").as_deref() != Ok("true"),
        "{} is missing",
        folder.display()
    );
    present.then_some(folder)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the test reads objects of a real installation"
)]
fn upstream_objects(folder: &Path) -> Vec<(PathBuf, Value)> {
    let mut objects = Vec::new();
    for state in std::fs::read_dir(folder).unwrap() {
        let management = state.unwrap().path().join("management");
        let Ok(files) = std::fs::read_dir(&management) else {
            continue;
        };
        for file in files {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
            objects.extend(documents.into_iter().map(|object| (path.clone(), object)));
        }
    }
    objects
}

#[test]
fn every_object_of_an_upstream_installation_is_accepted() {
    let Some(folder) = takeover_folder() else {
        return;
    };
    let mut seen = 0;
    for (path, object) in upstream_objects(&folder) {
        if object["apiVersion"] != json!(crate::API_VERSION) {
            continue;
        }
        seen += 1;
        assert_eq!(errors(&object), Vec::<String>::new(), "{}", path.display());
        let kind = object["kind"].as_str().unwrap();
        let mut unknown = Vec::new();
        for part in ["spec", "status"] {
            unknown_fields(
                &object[part],
                &schema(kind)["properties"][part],
                part,
                &mut unknown,
            );
        }
        assert_eq!(unknown, Vec::<String>::new(), "{}", path.display());
        read(kind, object.clone());
    }
    assert!(seen >= 60, "only {seen} objects found");
}

fn read(kind: &str, object: Value) {
    let result = match kind {
        "ClusterStack" => serde_json::from_value::<ClusterStack>(object).map(drop),
        "ClusterStackRelease" => serde_json::from_value::<ClusterStackRelease>(object).map(drop),
        "ClusterAddon" => serde_json::from_value::<ClusterAddon>(object).map(drop),
        other => panic!("unexpected kind {other}"),
    };
    result.unwrap();
}
