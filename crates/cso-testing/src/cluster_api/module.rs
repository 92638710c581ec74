//! Decides how Cluster API's own definitions are read from its Go modules: no webhooks, contract labels on providers.

use std::path::{Path, PathBuf};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::{Value, json};

use crate::assets::{self, cache_dir, install_bytes, module_dir};
use crate::bed::Error;
use crate::pins;

const MODULE: &str = "sigs.k8s.io/cluster-api";

/// Part of the cached file's name: to be raised when the rendering below changes.
const RENDERING: u32 = 2;

/// Folder below the module, and whether its kinds are found by contract labels (core's are not).
const FOLDERS: [(Module, &str, Kinds); 4] = [
    (Module::Main, "core", Kinds::Core),
    (Module::Main, "bootstrap/kubeadm", Kinds::Provider),
    (Module::Main, "controlplane/kubeadm", Kinds::Provider),
    (Module::Test, "infrastructure/docker", Kinds::Provider),
];

#[derive(Clone, Copy)]
enum Module {
    Main,
    Test,
}

#[derive(Clone, Copy)]
enum Kinds {
    Core,
    Provider,
}

/// The definitions of core, kubeadm bootstrap and control plane, and docker, at the pinned version.
///
/// Conversion webhooks are removed (strategy `None`): between `v1beta1` and `v1beta2` only the `apiVersion` changes. So
/// that an object still comes back as it was written, whichever version is stored, no schema prunes; each version
/// validates what it knows.
/// The result is kept in the cache.
///
/// # Errors
/// The modules cannot be fetched, or a file in them is not a definition.
pub fn definitions() -> Result<Vec<CustomResourceDefinition>, Error> {
    let path = cache_dir().map_err(Error::Asset)?.join(format!(
        "cluster-api-{}/crds.{RENDERING}.json",
        pins::cluster_api()
    ));
    if let Ok(bytes) = std::fs::read(&path) {
        let failed = |error: serde_json::Error| Error::Definitions {
            path: path.clone(),
            reason: error.to_string(),
        };
        return serde_json::from_slice(&bytes).map_err(failed);
    }
    let definitions = render()?;
    let text = serde_json::to_vec(&definitions).map_err(|error| Error::Definitions {
        path: path.clone(),
        reason: error.to_string(),
    })?;
    install_bytes(&path, &text).map_err(Error::Asset)?;
    Ok(definitions)
}

fn render() -> Result<Vec<CustomResourceDefinition>, Error> {
    let version = pins::cluster_api();
    let main = module_dir(MODULE, version).map_err(Error::Asset)?;
    let test = module_dir(&format!("{MODULE}/test"), version).map_err(Error::Asset)?;
    let mut definitions = Vec::new();
    for (module, folder, kinds) in FOLDERS {
        let root = match module {
            Module::Main => &main,
            Module::Test => &test,
        };
        for path in files(&root.join(folder).join("config/crd/bases"))? {
            definitions.push(read(&path, kinds)?);
        }
    }
    Ok(definitions)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let io = |source| {
        Error::Asset(assets::Error::Io {
            action: "read",
            path: dir.to_owned(),
            source,
        })
    };
    let entries = std::fs::read_dir(dir)
        .map_err(io)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(io)?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    paths.sort();
    Ok(paths)
}

fn read(path: &Path, kinds: Kinds) -> Result<CustomResourceDefinition, Error> {
    let failed = |reason: String| Error::Definitions {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let mut value: Value =
        serde_saphyr::from_str(&text).map_err(|error| failed(error.to_string()))?;
    if let Some(spec) = value["spec"].as_object_mut() {
        spec.remove("conversion");
        for version in spec
            .get_mut("versions")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            for part in ["spec", "status"] {
                let path = format!("/schema/openAPIV3Schema/properties/{part}");
                version
                    .pointer_mut(&path)
                    .into_iter()
                    .for_each(keep_unknown_fields);
            }
        }
    }
    if matches!(kinds, Kinds::Provider) {
        // The topology controller finds by these which versions of a kind speak which contract.
        value["metadata"]["labels"] =
            json!({"cluster.x-k8s.io/v1beta1": "v1beta1", "cluster.x-k8s.io/v1beta2": "v1beta2"});
    }
    serde_json::from_value(value).map_err(|error| failed(error.to_string()))
}

/// Marks every object with named properties, at any depth: the API server then prunes nothing below.
fn keep_unknown_fields(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else {
        return;
    };
    for nested in ["items", "additionalProperties"] {
        schema
            .get_mut(nested)
            .into_iter()
            .for_each(keep_unknown_fields);
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(keep_unknown_fields);
        schema.insert(
            "x-kubernetes-preserve-unknown-fields".to_owned(),
            Value::Bool(true),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::keep_unknown_fields;

    #[test]
    fn objects_at_any_depth_keep_fields_their_schema_does_not_name() {
        let mut schema = json!({"type": "object", "properties": {
            "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        }});
        keep_unknown_fields(&mut schema);
        let mark = "x-kubernetes-preserve-unknown-fields";
        assert_eq!(schema[mark], true);
        assert_eq!(schema["properties"]["list"]["items"][mark], true);
        assert!(schema["properties"]["labels"].get(mark).is_none());
        assert!(
            schema["properties"]["list"]["items"]["properties"]["a"]
                .get(mark)
                .is_none()
        );
    }
}
