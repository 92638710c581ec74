//! Decides how a recorded state comes back to life: created, then given the owners of its fields, then its status.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cso_testing::fixtures;
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};

use crate::world::{resource, uid};

/// The namespaces the states were recorded in.
const NAMESPACES: [&str; 3] = ["team-a", "legacy", "hash"];
/// Kinds without a namespace.
const CLUSTER_SCOPED: [&str; 4] = [
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "Namespace",
];
/// What a Secret of a state holds: its content was not recorded.
pub(super) const SECRET: &str = "recorded";

/// A recorded state.
#[derive(Clone, Debug)]
pub(super) struct State(pub(super) PathBuf);

impl State {
    /// Every state in order; `None` without the data.
    pub(super) fn all() -> Option<Vec<Self>> {
        let folder = fixtures::shared("takeover")?;
        let entries = std::fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut states: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
        states.sort();
        Some(states.into_iter().map(Self).collect())
    }

    /// The state of that number.
    pub(super) fn numbered(number: u32) -> Option<Self> {
        let prefix = format!("{number:02}-");
        let is_meant = |state: &Self| {
            state
                .0
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with(&prefix)
        };
        Some(Self::all()?.into_iter().find(is_meant).unwrap())
    }

    /// Whether an object of another namespace blocks the installation.
    pub(super) fn is_blocked(&self) -> bool {
        self.0.to_str().unwrap().contains("foreign-namespace")
    }

    /// The objects of a file; none if there is no such file.
    pub(super) fn objects(&self, file: &str) -> Vec<Value> {
        match std::fs::read_to_string(self.0.join(file)) {
            Ok(text) => serde_saphyr::from_multiple(&text).unwrap(),
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
                Vec::new()
            }
        }
    }

    /// What upstream had applied in the workload cluster, Secrets with some content.
    pub(super) fn workload(&self) -> Vec<Value> {
        let mut objects = self.objects("workload/owned.yaml");
        for object in &mut objects {
            let keys = object.as_object_mut().unwrap().remove("dataKeys");
            for key in keys.iter().flat_map(|keys| keys.as_array().unwrap()) {
                object["data"][key.as_str().unwrap()] = json!(STANDARD.encode(SECRET));
            }
        }
        objects
    }
}

pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Where the objects of a kind are that a recorded object is one of.
pub(super) fn place(client: &Client, object: &Value, namespace: &str) -> Api<DynamicObject> {
    let kind = text(object, "/kind");
    let resource = resource(text(object, "/apiVersion"), kind);
    if CLUSTER_SCOPED.contains(&kind) {
        return Api::all_with(client.clone(), &resource);
    }
    let own = text(object, "/metadata/namespace");
    let namespace = if NAMESPACES.contains(&own) {
        namespace
    } else {
        own
    };
    Api::namespaced_with(client.clone(), namespace, &resource)
}

/// Loads recorded objects, one after the other: an owner before what it owns.
pub(super) struct Loader<'a> {
    pub(super) client: &'a Client,
    /// Where objects of the recorded namespaces go.
    pub(super) namespace: &'a str,
    uids: BTreeMap<String, String>,
}

impl<'a> Loader<'a> {
    pub(super) fn new(client: &'a Client, namespace: &'a str) -> Self {
        Self {
            client,
            namespace,
            uids: BTreeMap::new(),
        }
    }

    /// Puts a recorded object into the cluster as it was.
    pub(super) async fn load(&mut self, recorded: &Value) -> DynamicObject {
        let recorded = &self.moved(recorded);
        let (name, kind) = (text(recorded, "/metadata/name"), text(recorded, "/kind"));
        let api = place(self.client, recorded, self.namespace);
        let body = serde_json::from_value(self.fresh(recorded)).unwrap();
        let created = api.create(&PostParams::default(), &body).await;
        let created = created.unwrap_or_else(|error| panic!("{kind} {name}: {error}"));
        self.uids
            .insert(text(recorded, "/metadata/uid").to_owned(), uid(&created));
        let fields = json!({"metadata": {"managedFields": recorded["metadata"]["managedFields"]}});
        let params = PatchParams::default();
        let mut loaded = api
            .patch(name, &params, &Patch::Merge(&fields))
            .await
            .unwrap();
        let has_status = recorded["status"].is_object() && !kind.ends_with("Template");
        if has_status && text(recorded, "/apiVersion").contains("x-k8s.io/") {
            let status = json!({"status": recorded["status"]});
            loaded = api
                .patch_status(name, &params, &Patch::Merge(&status))
                .await
                .unwrap();
        }
        loaded
    }

    /// The object in the namespace of the test, wherever it names the one it was recorded in.
    pub(super) fn moved(&self, recorded: &Value) -> Value {
        let mut text = recorded.to_string();
        for namespace in NAMESPACES {
            text = text.replace(
                &format!("\"namespace\":\"{namespace}\""),
                &format!("\"namespace\":\"{}\"", self.namespace),
            );
        }
        serde_json::from_str(&text).unwrap()
    }

    /// The object without what an API server gives, and with its owners of today.
    fn fresh(&self, recorded: &Value) -> Value {
        let mut object = recorded.clone();
        let is_ours = text(recorded, "/apiVersion").starts_with(cso_api::GROUP);
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
        if !is_ours {
            // Nobody here would remove them.
            metadata.remove("finalizers");
        }
        if let Some(Value::Array(owners)) = metadata.get_mut("ownerReferences") {
            owners.retain(|owner| self.uids.contains_key(text(owner, "/uid")));
            for owner in owners {
                owner["uid"] = json!(self.uids[text(owner, "/uid")]);
            }
        }
        if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
            let is_given = |spec: &serde_json::Map<String, Value>| {
                text(recorded, "/kind") == "Service"
                    && spec.get("clusterIP") != Some(&json!("None"))
            };
            if is_given(spec) {
                spec.remove("clusterIP");
                spec.remove("clusterIPs");
            }
        }
        object
    }
}
