//! Writes single objects: server-side apply as `cluster-stack-operator`, guarded patches, guarded deletes.
//!
//! Answers are asked for as metadata alone: nothing else of them is looked at, and whole objects cost the API server and
//! us a good part of an apply.

use cso_api::labels::FIELD_MANAGER;
use cso_core::effect::Target;
use cso_core::failure::{Cause, Failure};
use cso_core::manifests::{LiveObject, Manifest, ObjectId};
use kube::Api;
use kube::api::{
    DeleteParams, DynamicObject, Patch, PatchParams, Preconditions, PropagationPolicy,
};
use kube::core::GroupVersionKind;
use serde_json::Value;

use super::{internal, of_api};
use crate::api_server::ApiServer;

/// Applies an object, taking over conflicting fields, and returns what the API server holds now.
pub(super) async fn apply(server: &ApiServer, manifest: &Manifest) -> Result<LiveObject, Failure> {
    let api = api(server, manifest.id(), manifest.version()).await?;
    let mut params = PatchParams::apply(FIELD_MANAGER).force();
    params.field_validation = Some(kube::api::ValidationDirective::Strict);
    let answer = api
        .patch_metadata(&manifest.id().name, &params, &Patch::Apply(manifest.text()))
        .await;
    match answer {
        Ok(object) => Ok(LiveObject::with(&object.metadata)),
        Err(error) => Err(failed(server, "apply", manifest.id(), &error).await),
    }
}

/// A JSON patch that carries its own tests; returns what the API server holds now.
pub(super) async fn json_patch(
    server: &ApiServer,
    target: &Target,
    patch: &Value,
) -> Result<LiveObject, Failure> {
    let api = api(server, &target.id, &target.version).await?;
    let patch =
        serde_json::from_value(patch.clone()).map_err(|error| internal(error.to_string()))?;
    match api
        .patch_metadata(&target.id.name, &manager(), &Patch::Json::<()>(patch))
        .await
    {
        Ok(object) => Ok(LiveObject::with(&object.metadata)),
        // A failed test is answered with 422; the object changed since it was read.
        Err(kube::Error::Api(status)) if status.code == 422 && status.message.contains("test") => {
            Err(Failure::new(
                Cause::Conflict,
                format!("{} changed meanwhile", target.id),
            ))
        }
        Err(error) => Err(failed(server, "patch", &target.id, &error).await),
    }
}

/// A merge patch; the uid in it is the precondition.
pub(super) async fn merge_patch(
    server: &ApiServer,
    target: &Target,
    patch: &Value,
) -> Result<(), Failure> {
    let api = api(server, &target.id, &target.version).await?;
    match api
        .patch_metadata(&target.id.name, &manager(), &Patch::Merge(patch))
        .await
    {
        Ok(_) => Ok(()),
        Err(error) => Err(failed(server, "patch", &target.id, &error).await),
    }
}

/// Deletes exactly the object with that uid; an object that is gone is deleted.
pub(super) async fn delete(server: &ApiServer, target: &Target) -> Result<(), Failure> {
    let api = match api(server, &target.id, &target.version).await {
        Err(failure) if failure.cause == Cause::KindUnknown => return Ok(()),
        answer => answer?,
    };
    let params = DeleteParams {
        preconditions: Some(Preconditions {
            uid: Some(target.uid.clone()),
            resource_version: None,
        }),
        propagation_policy: Some(PropagationPolicy::Background),
        ..DeleteParams::default()
    };
    server.tracker.deletes(&target.id, &target.uid);
    match api.delete(&target.id.name, &params).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(failed(server, "delete", &target.id, &error).await),
    }
}

fn manager() -> PatchParams {
    PatchParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    }
}

async fn api(
    server: &ApiServer,
    id: &ObjectId,
    version: &str,
) -> Result<Api<DynamicObject>, Failure> {
    let kind = GroupVersionKind::gvk(&id.kind.group, version, &id.kind.kind);
    let served = server
        .kinds
        .resolve(&kind)
        .await
        .map_err(|error| of_api("discover the kind of", id, &error))?;
    let Some(served) = served else {
        server.kinds.invalidate_unknown().await;
        let message = format!(
            "{id}: {}/{version} is not served: install its definition",
            id.kind.group
        );
        return Err(Failure::new(Cause::KindUnknown, message));
    };
    let client = server.client.clone();
    Ok(
        match id.namespace.as_deref().filter(|_| served.namespaced) {
            Some(namespace) => Api::namespaced_with(client, namespace, &served.resource),
            None => Api::all_with(client, &served.resource),
        },
    )
}

/// The failure of a request. A 404 for a collection means that discovery is out of date.
async fn failed(server: &ApiServer, verb: &str, id: &ObjectId, error: &kube::Error) -> Failure {
    let failure = of_api(verb, id, error);
    if failure.cause == Cause::KindUnknown {
        server.kinds.invalidate().await;
    }
    failure
}
