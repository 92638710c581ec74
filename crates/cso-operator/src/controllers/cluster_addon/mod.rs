//! A pass over the add-ons of a Cluster: observe, plan, execute in its workload cluster, conclude.

mod create;
mod facts;
mod left_behind;
mod memory;
mod observe;
mod shared;
mod stages;

pub(crate) use create::run as create_missing;
pub(crate) use memory::AddonMemory;

use std::sync::Arc;

use cso_api::ClusterAddon;
use cso_core::cluster_addon::decide;
use cso_core::failure::Cause;
use cso_core::retry::Retry;

use super::Next;
use super::pass::{Pass, Step, memory_key};
use crate::context::Context;
use crate::execute::execute_on;
use observe::Scene;

const KIND: &str = super::ADDON;

pub(crate) async fn reconcile(addon: Arc<ClusterAddon>, context: Arc<Context>) -> Next {
    let pass = Pass::begin(&context, KIND, addon.as_ref());
    context.stores.filled().await;
    let addon = match pass.fresh(addon).await {
        Ok(Some(addon)) => addon,
        Ok(None) => return Ok(pass.end(Retry::OnChange)),
        Err(failure) => return Ok(pass.failed(&failure)),
    };
    let scene = Scene::default();
    pass.rounds(addon, |addon| {
        Box::pin(round(&context, &pass, &scene, addon))
    })
    .await
}

async fn round(
    context: &Context,
    pass: &Pass<'_>,
    scene: &Scene,
    addon: Arc<ClusterAddon>,
) -> Step<ClusterAddon> {
    let seen = observe::observe(context, scene, &addon).await;
    let decision = decide(&seen.observed);
    let planned = decision.plan();
    if let Some(step) = pass.tell_first(&addon, &planned).await {
        return step;
    }
    // Only a plan about a workload cluster that answers writes to it; any other writes to our own objects.
    let server = seen
        .workload
        .as_ref()
        .map_or(&context.management, |workload| &workload.server);
    let executed = execute_on(context, server, &pass.key().0, planned).await;
    context
        .memory
        .learn(&memory_key(KIND, pass.key()), &executed);
    context.addon_memory.wrote(pass.key(), &executed);
    for (_, failure) in executed.failures() {
        pass.count(failure);
        if let (Cause::Unreachable, Some(workload)) = (failure.cause, &seen.workload) {
            workload.doubt();
        }
    }
    let conclusion = decision.conclude(&executed);
    pass.conclude(addon, conclusion, &executed).await
}
