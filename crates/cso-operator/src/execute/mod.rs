//! Executes a plan: one arm per effect, waves in order, effects of a wave in parallel, nothing without the lease.

mod failure;
mod objects;
mod patches;
mod pull;

pub(crate) use failure::{of_api, of_source};

use cso_core::effect::{Effect, Executed, Outcome, Plan};
use cso_core::failure::{Cause, Failure};
use cso_core::manifests::Applied;
use futures::StreamExt as _;

use crate::api_server::ApiServer;
use crate::context::Context;

/// Effects at once in one workload cluster: there may be hundreds of clusters, and each has its turn at the same time.
const WORKLOAD_CONCURRENCY: usize = 8;

/// Executes every wave that may run and says what became of each effect. `namespace` is the reconciled object's.
pub async fn execute(context: &Context, namespace: &str, plan: Plan) -> Executed {
    let concurrency = context.config.apply_concurrency.max(1);
    execute_with(context, &context.management, namespace, plan, concurrency).await
}

/// The same with the objects of charts on another API server: add-ons in their workload cluster.
pub(crate) async fn execute_on(
    context: &Context,
    server: &ApiServer,
    namespace: &str,
    plan: Plan,
) -> Executed {
    let concurrency = context
        .config
        .apply_concurrency
        .clamp(1, WORKLOAD_CONCURRENCY);
    execute_with(context, server, namespace, plan, concurrency).await
}

async fn execute_with(
    context: &Context,
    server: &ApiServer,
    namespace: &str,
    plan: Plan,
    concurrency: usize,
) -> Executed {
    let began = tokio::time::Instant::now();
    let applies = plan
        .effects()
        .any(|effect| matches!(effect, Effect::ApplyObject(_)));
    let mut execution = plan.start();
    while let Some(wave) = execution.next_wave() {
        let settled = futures::stream::iter(wave)
            .map(|ticket| async {
                let outcome = one(context, server, namespace, ticket.effect()).await;
                ticket.settle(outcome)
            })
            .buffer_unordered(concurrency)
            .collect()
            .await;
        execution.settle(settled);
    }
    if applies {
        context.metrics.step("apply", began.elapsed());
    }
    execution.finish()
}

async fn one(context: &Context, server: &ApiServer, namespace: &str, effect: &Effect) -> Outcome {
    let own = &context.management;
    if !*context.writing.borrow() {
        return Outcome::NotTried;
    }
    let done = match effect {
        Effect::AddFinalizer(finalizer) | Effect::RemoveFinalizer(finalizer) => {
            objects::json_patch(own, &finalizer.target, &patches::finalizers(finalizer))
                .await
                .map(drop)
        }
        Effect::ApplyRelease(manifest)
        | Effect::ApplyAddon(manifest)
        | Effect::ApplyProviderObject(manifest) => objects::apply(own, manifest).await.map(|_| ()),
        Effect::ApplyObject(manifest) => {
            return match objects::apply(server, manifest).await {
                Ok(live) => {
                    let record = Applied::of(manifest, &live);
                    server.tracker.wrote(manifest.id(), live);
                    Outcome::Applied(record)
                }
                Err(failure) => Outcome::Failed(failure),
            };
        }
        Effect::ClearProviderRef(target) => {
            let patch =
                serde_json::json!({"metadata": {"uid": target.uid}, "spec": {"providerRef": null}});
            objects::merge_patch(own, target, &patch).await
        }
        Effect::DeleteRelease(target) => objects::delete(own, target).await,
        Effect::DeleteObject(target) => objects::delete(server, target).await,
        Effect::Pull {
            tag,
            source,
            pinned,
        } => pull::pull(context, namespace, tag, source.as_ref(), pinned.as_ref()).await,
        Effect::AdoptFields {
            id,
            version,
            uid,
            resource_version,
            managed_fields,
        } => {
            let target = cso_core::effect::Target {
                id: id.clone(),
                version: version.clone(),
                uid: uid.clone(),
            };
            objects::json_patch(
                server,
                &target,
                &patches::managed_fields(uid, resource_version, managed_fields),
            )
            .await
            .map(|live| server.tracker.wrote(id, live))
        }
    };
    done.map_or_else(Outcome::Failed, |()| Outcome::Done)
}

/// A failure of ours that no request caused.
pub(crate) fn internal(message: impl Into<String>) -> Failure {
    Failure::new(Cause::Internal, message)
}
