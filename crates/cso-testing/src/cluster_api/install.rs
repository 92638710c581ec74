//! Decides when custom resource definitions are usable: applied, and reported as established.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{ApiResource, DynamicObject, ListParams, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::{Api, Client, ResourceExt};

use crate::bed::Error;

const DEADLINE: Duration = Duration::from_mins(1);
const AT_ONCE: usize = 8;

/// Applies objects of any kind, one after the other.
///
/// # Errors
/// One lacks its kind, or is refused.
pub async fn objects(client: &Client, objects: &[DynamicObject]) -> Result<(), Error> {
    for object in objects {
        let name = object.name_any();
        let types = object.types.clone().unwrap_or_default();
        let failed = |source| Error::Api {
            action: "apply",
            object: format!("{} {name}", types.kind),
            source: Box::new(source),
        };
        let kind = GroupVersionKind::try_from(&types)
            .map_err(|error| failed(kube::Error::Service(error.into())))?;
        let resource = ApiResource::from_gvk(&kind);
        let api: Api<DynamicObject> = match &object.metadata.namespace {
            Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
            None => Api::all_with(client.clone(), &resource),
        };
        let params = PatchParams::apply("cso-testing").force();
        api.patch(&name, &params, &Patch::Apply(object))
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// Applies the definitions and waits until the API server serves them.
///
/// # Errors
/// One is refused, or not established within a minute.
pub async fn install(
    client: &Client,
    definitions: &[CustomResourceDefinition],
) -> Result<(), Error> {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    let failed = |action, name: &str, source| Error::Api {
        action,
        object: format!("CustomResourceDefinition {name}"),
        source: Box::new(source),
    };
    let (api, failed) = (&api, &failed);
    stream::iter(definitions)
        .map(|definition| async move {
            let name = definition.name_any();
            let params = PatchParams::apply("cso-testing").force();
            api.patch(&name, &params, &Patch::Apply(definition))
                .await
                .map_err(|e| failed("apply", &name, e))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?;

    let started = Instant::now();
    let mut missing: BTreeSet<String> = definitions.iter().map(ResourceExt::name_any).collect();
    while !missing.is_empty() {
        let listed = api
            .list(&ListParams::default())
            .await
            .map_err(|e| failed("list", "*", e))?;
        for definition in listed.iter().filter(|definition| established(definition)) {
            missing.remove(&definition.name_any());
        }
        if started.elapsed() > DEADLINE {
            let names = missing.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Error::NotEstablished {
                deadline: DEADLINE,
                names,
            });
        }
        if !missing.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}

fn established(definition: &CustomResourceDefinition) -> bool {
    let conditions = definition
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_ref());
    conditions
        .into_iter()
        .flatten()
        .any(|condition| condition.type_ == "Established" && condition.status == "True")
}
