//! Reads what a pass over a release has to know.

use std::collections::BTreeMap;
use std::sync::Arc;

use cso_api::{ClusterStack, ClusterStackRelease};
use cso_core::cluster_stack_release::{Observed, reads};
use cso_core::failure::{Cause, Failure};
use cso_core::fetched::Fetched;
use jiff::Timestamp;

use crate::context::Context;
use crate::controllers::pass::key_of;

/// # Errors
/// Discovery failed: without it no object can be told from another.
pub(crate) async fn observe(
    context: &Context,
    release: &ClusterStackRelease,
) -> Result<Observed, Failure> {
    let key = key_of(release);
    let kinds = context.management.kinds.scopes().await.map_err(|_| {
        Failure::new(
            Cause::Unreachable,
            "the API server's kinds cannot be discovered",
        )
    })?;
    let pinned = release
        .status
        .as_ref()
        .and_then(|status| status.digest.as_ref()?.parse().ok());
    let (artifact, rendered) = context.memory.artifact(&key, pinned.as_ref(), &kinds);
    let provider = match &release.spec.provider_ref {
        Some(reference) => context.providers.get(&key.0, reference).await,
        None => Fetched::Missing,
    };
    let mut observed = Observed {
        release: release.clone(),
        stack: owner(context, release),
        artifact,
        remote_digest: context.memory.remote(&key),
        provider,
        rendered,
        kinds: kinds.as_ref().clone(),
        live: BTreeMap::new(),
        applied: context.memory.applied(&key).as_ref().clone(),
        clusters: context.clusters.uses(),
        now: Timestamp::now(),
    };
    observed.live = context.management.tracker.look_up(&reads(&observed)).await;
    Ok(observed)
}

/// The stack that owns the release, by uid.
fn owner(context: &Context, release: &ClusterStackRelease) -> Fetched<ClusterStack> {
    let owners = release.metadata.owner_references.iter().flatten();
    let uids: Vec<&str> = owners
        .filter(|owner| owner.kind == "ClusterStack")
        .map(|owner| owner.uid.as_str())
        .collect();
    let found: Option<Arc<ClusterStack>> = context.stores.stacks.find(|stack| {
        stack
            .metadata
            .uid
            .as_deref()
            .is_some_and(|uid| uids.contains(&uid))
    });
    found.map_or(Fetched::Missing, |stack| {
        Fetched::Found(stack.as_ref().clone())
    })
}
