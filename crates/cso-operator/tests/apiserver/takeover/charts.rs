//! Decides what the releases were whose objects are recorded: charts of what upstream applied, made from the states in
//! which a release is applied completely.

use serde_json::{Map, Value, json};

use super::recorded::{SECRET, State, text};
use crate::release::{Release, archive};

/// The state whose add-ons are those of a release.
fn complete(tag: &str) -> Option<u32> {
    Some(match tag {
        "dev-demo-1-33-v1" => 6,
        "dev-demo-1-33-v2" => 8,
        "dev-demo-1-34-v1" => 11,
        "dev-demo-1-35-v1" => 14,
        "dev-demo-1-36-v1" => 15,
        "dev-legacy-1-33-v1" => 18,
        "dev-legacy-1-33-v2" => 19,
        "dev-legacy-1-34-v1" => 20,
        _ => return None,
    })
}

/// A release as it was published.
pub(super) fn release(tag: &str, state: &State) -> Release {
    let templates = class_templates(tag, state);
    let named: Vec<(String, String)> = (0_u32..)
        .map(|number| format!("{number}.yaml"))
        .zip(templates)
        .collect();
    let files: Vec<(&str, &str)> = named
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let release = Release::new(tag, &files);
    let Some(complete) = complete(tag) else {
        return release;
    };
    let is_legacy = tag.contains("legacy");
    let mut objects = addons(tag, &State::numbered(complete).unwrap());
    if state.is_blocked() {
        objects = with_foreign_namespace(objects, state);
    }
    if is_legacy {
        let name = release.tag.cluster_addon_chart();
        let chart = chart(&name, &objects.iter().collect::<Vec<_>>());
        return carrying(release, &archive(&chart), None);
    }
    let mut entries = Vec::new();
    for stage in ["cni", "metrics-server", "extras"] {
        let own: Vec<&Value> = objects
            .iter()
            .filter(|object| stage_of(object) == stage)
            .collect();
        assert!(!own.is_empty(), "{tag} has stage {stage}");
        entries.extend(chart(stage, &own));
    }
    carrying(release, &archive(&entries), Some(&config()))
}

/// The release with this archive of add-on charts, and with stages or without.
fn carrying(release: Release, archive: &[u8], config: Option<&Value>) -> Release {
    let name = release.tag.cluster_addon_archive(&release.tag.version);
    let config = config.map(Value::to_string);
    release
        .with(&name, Some(archive))
        .with("clusteraddon.yaml", config.as_ref().map(String::as_bytes))
}

/// The stages: the second begins, and the third ends, when the `ConfigMap` named `gate` says so.
fn config() -> Value {
    let gate = |key: &str| {
        json!({
            "objects": [{"key": "gate", "apiVersion": "v1", "kind": "ConfigMap", "name": "gate", "namespace": "kube-system"}],
            "conditions": format!("gate.data.{key} == 'open'"),
        })
    };
    let stages = json!([
        {"name": "cni", "action": "apply"},
        {"name": "metrics-server", "action": "apply", "waitForPreCondition": gate("before")},
        {"name": "extras", "action": "apply", "waitForPostCondition": gate("after")},
    ]);
    json!({"addonStages": {"AfterControlPlaneInitialized": stages, "BeforeClusterUpgrade": stages}})
}

pub(super) fn stage_of(object: &Value) -> &'static str {
    let name = text(object, "/metadata/name");
    if name.starts_with("extras") {
        "extras"
    } else if name.contains("metrics") {
        "metrics-server"
    } else {
        "cni"
    }
}

/// Class and templates of a release.
fn class_templates(tag: &str, classes: &State) -> Vec<String> {
    let tag: cluster_stack::ReleaseTag = tag.parse().unwrap();
    let class = format!("{}-{}", tag.stack(), tag.version.dot());
    let mut objects = classes.objects("management/clusterclasses.yaml");
    objects.extend(classes.objects("management/templates.yaml"));
    let is_own = |object: &&Value| {
        let rest = text(object, "/metadata/name").strip_prefix(&class);
        rest.is_some_and(|rest| ["", "-cp", "-md"].contains(&rest))
    };
    objects.iter().filter(is_own).map(template).collect()
}

/// The add-ons of a release. The Namespace was in none; `extras-beta` was in the first only.
fn addons(tag: &str, state: &State) -> Vec<Value> {
    let is_first = tag.ends_with("33-v1");
    let mut objects = state.workload();
    objects.retain(|object| {
        let name = text(object, "/metadata/name");
        text(object, "/kind") != "Namespace" && (is_first || name != "extras-beta")
    });
    // Upstream's one-chart releases do not change what exists: what they meant is known from the table of releases.
    let number = match tag {
        "dev-legacy-1-33-v2" => 2,
        "dev-legacy-1-34-v1" => 3,
        _ => return objects,
    };
    let mut text = Value::from(objects).to_string();
    for old in 1..number {
        text = text
            .replace(&format!("extras:{old}\""), &format!("extras:{number}\""))
            .replace(
                &format!("\"revision\":\"{old}\""),
                &format!("\"revision\":\"{number}\""),
            );
    }
    serde_json::from_str(&text).unwrap()
}

/// The add-ons as the tag named them first: with a Namespace of their own, and some objects in it that were refused.
fn with_foreign_namespace(objects: Vec<Value>, state: &State) -> Vec<Value> {
    let mut first = state.workload();
    let known: Vec<(Value, Value)> = first.iter().map(identity).collect();
    for mut object in objects {
        if known.contains(&identity(&object)) {
            continue;
        }
        if text(&object, "/metadata/name") == "cilium-tlsinterception-secrets" {
            object["metadata"]["namespace"] = json!("cilium-secrets");
        }
        first.push(object);
    }
    first
}

fn identity(object: &Value) -> (Value, Value) {
    (object["kind"].clone(), object["metadata"]["name"].clone())
}

fn chart(name: &str, objects: &[&Value]) -> Vec<(String, String)> {
    let head = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
    let mut entries = vec![(format!("{name}/Chart.yaml"), head)];
    let templates = objects.iter().enumerate();
    entries.extend(
        templates
            .map(|(number, object)| (format!("{name}/templates/{number}.yaml"), template(object))),
    );
    entries
}

/// An object as it stood in the chart: what upstream applied, without the labels it added.
fn template(recorded: &Value) -> String {
    let fields = recorded["metadata"]["managedFields"].as_array().unwrap();
    let apply = fields
        .iter()
        .find(|entry| entry["manager"] == "kubectl")
        .unwrap();
    let mut object = if apply["apiVersion"] == recorded["apiVersion"] {
        owned(recorded, &apply["fieldsV1"])
    } else {
        // It was applied in another version, whose fields have other places.
        json!({"spec": recorded["spec"]})
    };
    for key in ["apiVersion", "kind"] {
        object[key] = recorded[key].clone();
    }
    object["metadata"]["name"] = recorded["metadata"]["name"].clone();
    // Those of one chart name none: they go where the others say.
    let is_meant =
        ["kube-system", "cilium-secrets"].contains(&text(recorded, "/metadata/namespace"));
    if is_meant && stage_of(recorded) != "extras" {
        object["metadata"]["namespace"] = recorded["metadata"]["namespace"].clone();
    }
    if let Some(Value::Object(data)) = recorded.get("data")
        && text(recorded, "/kind") == "Secret"
    {
        let plain: Map<String, Value> = data
            .keys()
            .map(|key| (key.clone(), json!(SECRET)))
            .collect();
        object["stringData"] = Value::Object(plain);
    }
    for labels in ["/metadata/labels", "/spec/template/metadata/labels"] {
        if let Some(Value::Object(labels)) = object.pointer_mut(labels) {
            labels.remove(cso_api::labels::OWNED_LABEL);
        }
    }
    // Braces and backquotes of the data must not read as part of the template.
    format!(
        "{{{{ `{}` }}}}\n",
        object.to_string().replace('`', "\\u0060")
    )
}

/// The part of a value that an entry of managedFields owns.
fn owned(value: &Value, fields: &Value) -> Value {
    let fields = fields.as_object().unwrap();
    if fields.keys().all(|key| key == ".") {
        return value.clone();
    }
    match value {
        Value::Object(object) => fields
            .iter()
            .filter_map(|(key, inner)| {
                let name = key.strip_prefix("f:")?;
                Some((name.to_owned(), owned(object.get(name)?, inner)))
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .filter_map(|item| {
                let (_, inner) = fields.iter().find(|(key, _)| names(key, item))?;
                Some(owned(item, inner))
            })
            .collect(),
        other => other.clone(),
    }
}

/// Whether the key of managedFields means that item of a list.
fn names(key: &str, item: &Value) -> bool {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    if let Some(keys) = key.strip_prefix("k:") {
        let keys = parsed(keys);
        return keys
            .as_object()
            .unwrap()
            .iter()
            .all(|(name, value)| item[name] == *value);
    }
    key.strip_prefix("v:")
        .is_some_and(|value| parsed(value) == *item)
}
