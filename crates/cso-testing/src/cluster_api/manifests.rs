//! Decides what Cluster API's managers find in the API server: definitions, webhooks and namespaces out of their own
//! manifests, with every service replaced by an address on loopback.

use std::collections::BTreeMap;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::DynamicObject;
use serde_json::{Value, json};

use crate::assets::{self, Asset, cache_dir, install_bytes, module_dir};
use crate::bed::Error;
use crate::pins;

const MODULE: &str = "sigs.k8s.io/cluster-api";

/// Part of the cached file's name: to be raised when the rendering below changes.
const RENDERING: u32 = 1;

/// Each manager, and the module and folder with its manifests.
const SOURCES: [(Asset, &str, &str); 4] = [
    (Asset::ClusterApiCore, "", "core/config/default"),
    (
        Asset::ClusterApiKubeadmBootstrap,
        "",
        "bootstrap/kubeadm/config/default",
    ),
    (
        Asset::ClusterApiKubeadmControlPlane,
        "",
        "controlplane/kubeadm/config/default",
    ),
    (
        Asset::ClusterApiDev,
        "/test",
        "infrastructure/docker/config/default",
    ),
];

/// The rest makes pods run, which here are processes of an administrator: deployments, services, certificates, roles.
const KINDS: [&str; 4] = [
    "Namespace",
    "CustomResourceDefinition",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// What the managers need, by the name of the manager that serves the webhooks.
#[derive(Debug, Clone)]
pub struct Manifests {
    objects: BTreeMap<String, Vec<Value>>,
    namespaces: Vec<DynamicObject>,
}

impl Manifests {
    /// The namespaces of the managers.
    pub fn namespaces(&self) -> &[DynamicObject] {
        &self.namespaces
    }

    /// Definitions and webhook configurations that call `https://127.0.0.1:<port of the manager>` and trust `authority`
    /// (PEM).
    ///
    /// # Errors
    /// An object of the manifests is not what its kind says.
    pub fn served_at(
        &self,
        port: impl Fn(Asset) -> Option<u16>,
        authority: &str,
    ) -> Result<(Vec<CustomResourceDefinition>, Vec<DynamicObject>), Error> {
        let bundle = STANDARD.encode(authority);
        let (mut definitions, mut webhooks) = (Vec::new(), Vec::new());
        for (asset, _, _) in SOURCES {
            let Some(port) = port(asset) else { continue };
            for object in self.objects.get(asset.name()).into_iter().flatten() {
                let mut object = object.clone();
                call_loopback(&mut object, port, &bundle);
                if object["kind"] == "CustomResourceDefinition" {
                    definitions.push(typed(asset, object)?);
                } else if object["kind"] != "Namespace" {
                    webhooks.push(typed(asset, object)?);
                }
            }
        }
        Ok((definitions, webhooks))
    }
}

/// Renders the manifests of the pinned version with `kubectl kustomize`; the result is kept in the cache.
///
/// # Errors
/// The modules cannot be fetched, or their manifests are not understood.
pub fn manifests() -> Result<Manifests, Error> {
    let path = cache_dir().map_err(Error::Asset)?.join(format!(
        "cluster-api-{}/managers.{RENDERING}.json",
        pins::cluster_api()
    ));
    let failed = |error: serde_json::Error| Error::Definitions {
        path: path.clone(),
        reason: error.to_string(),
    };
    let objects: BTreeMap<String, Vec<Value>> = if let Ok(bytes) = std::fs::read(&path) {
        serde_json::from_slice(&bytes).map_err(failed)?
    } else {
        let objects = render()?;
        let text = serde_json::to_vec(&objects).map_err(failed)?;
        install_bytes(&path, &text).map_err(Error::Asset)?;
        objects
    };
    let namespaces = objects
        .values()
        .flatten()
        .filter(|object| object["kind"] == "Namespace")
        .map(|object| serde_json::from_value(object.clone()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    Ok(Manifests {
        objects,
        namespaces,
    })
}

fn render() -> Result<BTreeMap<String, Vec<Value>>, Error> {
    let kubectl = assets::find(Asset::Kubectl).map_err(Error::Asset)?;
    assets::say("rendering the manifests of Cluster API: 10 s, once");
    let mut objects = BTreeMap::new();
    for (asset, module, folder) in SOURCES {
        let module =
            module_dir(&format!("{MODULE}{module}"), pins::cluster_api()).map_err(Error::Asset)?;
        let folder = module.join(folder);
        let text = assets::output(Command::new(&kubectl).arg("kustomize").arg(&folder))
            .map_err(Error::Asset)?;
        let documents = documents(&text).map_err(|reason| Error::Definitions {
            path: folder,
            reason,
        })?;
        objects.insert(asset.name().to_owned(), documents);
    }
    Ok(objects)
}

fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut objects = Vec::new();
    for document in text.split("\n---\n") {
        let object: Value = serde_saphyr::from_str(document).map_err(|error| error.to_string())?;
        if KINDS.iter().any(|kind| object["kind"] == *kind) {
            objects.push(object);
        }
    }
    Ok(objects)
}

fn typed<T: serde::de::DeserializeOwned>(asset: Asset, object: Value) -> Result<T, Error> {
    serde_json::from_value(object).map_err(|error| Error::Definitions {
        path: asset.name().into(),
        reason: error.to_string(),
    })
}

/// Replaces services by addresses, and lets nobody inject another authority.
fn call_loopback(object: &mut Value, port: u16, bundle: &str) {
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        annotations.remove("cert-manager.io/inject-ca-from");
    }
    if let Some(config) = object.pointer_mut("/spec/conversion/webhook/clientConfig") {
        redirect(config, port, bundle);
    }
    let webhooks = object.get_mut("webhooks").and_then(Value::as_array_mut);
    for webhook in webhooks.into_iter().flatten() {
        if let Some(config) = webhook.get_mut("clientConfig") {
            redirect(config, port, bundle);
        }
    }
}

fn redirect(config: &mut Value, port: u16, bundle: &str) {
    let path = config["service"]["path"].as_str().unwrap_or_default();
    *config = json!({"url": format!("https://127.0.0.1:{port}{path}"), "caBundle": bundle});
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{call_loopback, documents};

    #[test]
    fn every_webhook_is_called_on_loopback() {
        let service =
            |path: &str| json!({"service": {"name": "s", "namespace": "n", "path": path}});
        let called =
            |path: &str| json!({"url": format!("https://127.0.0.1:7{path}"), "caBundle": "Y2E="});
        let mut definition = json!({
            "metadata": {"annotations": {"cert-manager.io/inject-ca-from": "n/c", "kept": "yes"}},
            "spec": {"conversion": {"webhook": {"clientConfig": service("/convert")}}},
        });
        call_loopback(&mut definition, 7, "Y2E=");
        let config = &definition["spec"]["conversion"]["webhook"]["clientConfig"];
        assert_eq!(*config, called("/convert"));
        assert_eq!(
            definition["metadata"]["annotations"],
            json!({"kept": "yes"})
        );

        let mut webhooks = json!({"metadata": {}, "webhooks": [
            {"clientConfig": service("/a")}, {"clientConfig": service("/b")},
        ]});
        call_loopback(&mut webhooks, 7, "Y2E=");
        assert_eq!(webhooks["webhooks"][1]["clientConfig"], called("/b"));
    }

    #[test]
    fn what_makes_pods_run_is_left_out() {
        let text = "kind: Namespace\n---\nkind: Deployment\n---\nkind: Role\n";
        assert_eq!(
            documents(text).expect("YAML"),
            [json!({"kind": "Namespace"})]
        );
    }
}
