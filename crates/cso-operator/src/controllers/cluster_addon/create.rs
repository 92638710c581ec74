//! Creates the `ClusterAddon`s that are missing; which Clusters get one is decided in `cso_core::cluster`.

use std::time::Duration;

use cso_core::cluster::wanted_addon;
use cso_core::effect::{Effect, Plan};
use cso_core::hooks::addon_name;
use cso_core::retry::{self, Retry};
use kube::runtime::reflector::ObjectRef;

use crate::context::Context;
use crate::execute::execute;

/// Looks again although nothing was heard: whatever was missed is made up for.
const NOW_AND_THEN: Duration = Duration::from_mins(5);

/// Runs until the operator stops.
pub(crate) async fn run(context: &Context) {
    context.stores.filled().await;
    context.clusters.listed().await;
    let mut failures = 0;
    loop {
        let failed = create(context).await;
        failures = if failed { failures + 1 } else { 0 };
        let wait = match failures {
            0 => NOW_AND_THEN,
            failures => retry::delay(failures),
        };
        tokio::select! {
            () = context.addons_wanted.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Whether one could not be created.
async fn create(context: &Context) -> bool {
    let mut failed = false;
    let releases = context.stores.releases.state();
    for cluster in context.clusters.heads() {
        let only = context.config.namespace.as_ref();
        if only.is_some_and(|only| *only != cluster.namespace) {
            continue;
        }
        let name = ObjectRef::new(&addon_name(&cluster.name)).within(&cluster.namespace);
        if context.stores.addons.get(&name).is_some() {
            continue;
        }
        let releases = releases.iter().map(AsRef::as_ref);
        let Some(manifest) = wanted_addon(&cluster, releases) else {
            continue;
        };
        let plan = Plan::wave(vec![Effect::ApplyAddon(manifest)], Retry::OnChange);
        let executed = execute(context, &cluster.namespace, plan).await;
        for (_, failure) in executed.failures() {
            tracing::warn!(
                namespace = cluster.namespace,
                cluster = cluster.name,
                message = failure.message,
                "ClusterAddon not created"
            );
        }
        failed |= !executed.succeeded();
    }
    failed
}
