//! What to do for a release now: finalizer, pull, gate, announce, apply; or removal.

use std::collections::BTreeSet;

use cso_api::labels;

use super::{Artifact, Observed, Provider};
use crate::cluster::users_of;
use crate::effect::{Effect, Finalizer, Plan, Target};
use crate::failure::Failure;
use crate::manifests::{
    ApplyPlan, Manifest, ObjectId, Owner, Situation, apply_plan, inventoried, own_id,
};
use crate::retry::{self, Retry};

/// Decides the writes of a pass.
pub fn plan(observed: &Observed) -> Plan {
    if observed.is_deleting() {
        return deletion(observed);
    }
    let Some(tag) = observed.tag() else {
        return Plan::nothing(Retry::OnChange);
    };
    if observed.held().is_some() {
        return Plan::nothing(Retry::OnChange);
    }
    if !finalizers(observed)
        .iter()
        .any(|finalizer| finalizer == labels::RELEASE_FINALIZER)
    {
        let mut finalizers = finalizers(observed).to_vec();
        finalizers.push(labels::RELEASE_FINALIZER.to_owned());
        return Plan::wave(
            vec![Effect::AddFinalizer(finalizer(observed, finalizers))],
            Retry::Now,
        );
    }
    if needs_pull(observed) {
        let source = observed.release.spec.source.clone();
        return Plan::wave(
            vec![Effect::Pull {
                tag,
                source,
                pinned: observed.pin(),
            }],
            Retry::Now,
        );
    }
    match progress(observed) {
        Progress::Waiting(retry) => Plan::nothing(retry),
        Progress::Objects(desired) => objects(observed, desired),
    }
}

/// How far a release has come that is neither removed nor held and needs no pull.
pub(crate) enum Progress<'a> {
    /// Nothing can be applied now.
    Waiting(Retry),
    /// These objects are wanted.
    Objects(&'a [Manifest]),
}

pub(crate) fn progress(observed: &Observed) -> Progress<'_> {
    match &observed.artifact {
        Artifact::Broken { failure, .. } => return Progress::Waiting(failure.retry()),
        Artifact::NotPulled => return Progress::Waiting(Retry::Backoff),
        Artifact::Sound { digest, .. }
            if observed.pinned().is_some_and(|pinned| pinned != *digest) =>
        {
            return Progress::Waiting(Retry::Backoff);
        }
        Artifact::Sound { .. } => {}
    }
    // The gate holds back a release that was never applied; one that was is healed whatever the provider says.
    if observed.provider_gate() != Provider::Ready && observed.inventory().is_empty() {
        return Progress::Waiting(Retry::After(retry::PROVIDER));
    }
    match &observed.rendered {
        None => Progress::Waiting(Retry::Backoff),
        Some(Err(failure)) => Progress::Waiting(failure.retry()),
        Some(Ok(desired)) => Progress::Objects(desired),
    }
}

/// A release is pulled when the cache has nothing, or something broken that was never pinned and the tag has moved on.
fn needs_pull(observed: &Observed) -> bool {
    match &observed.artifact {
        Artifact::NotPulled => true,
        Artifact::Sound { .. } => false,
        Artifact::Broken { digest, .. } => {
            observed.pinned().is_none()
                && observed
                    .remote_digest
                    .as_ref()
                    .is_some_and(|remote| remote != digest)
        }
    }
}

fn objects(observed: &Observed, desired: &[Manifest]) -> Plan {
    if !is_announced(observed, desired) {
        return Plan::nothing(Retry::Now);
    }
    let plan = objects_plan(observed, desired);
    let adopts = plan
        .waves
        .iter()
        .flatten()
        .any(|effect| matches!(effect, Effect::AdoptFields { .. }));
    let blocked = plan
        .blocked
        .values()
        .map(Failure::retry)
        .reduce(Retry::sooner);
    let retry = match blocked {
        _ if adopts => Retry::Now,
        Some(Retry::Now) => Retry::Backoff,
        Some(retry) => retry,
        None if !plan.leaving.is_empty() => Retry::After(retry::DELETION),
        None => Retry::OnChange,
    };
    Plan::waves(plan.waves, retry)
}

/// Whether the inventory names every desired object. It must before any is applied: a crash between apply and status
/// would otherwise leave objects that nobody knows of.
pub(crate) fn is_announced(observed: &Observed, desired: &[Manifest]) -> bool {
    let owner = observed.owner();
    let inventory: BTreeSet<ObjectId> = observed
        .inventory()
        .iter()
        .filter_map(|resource| inventoried(resource, &owner, &observed.kinds))
        .collect();
    desired
        .iter()
        .all(|manifest| inventory.contains(manifest.id()))
}

pub(crate) fn objects_plan(observed: &Observed, desired: &[Manifest]) -> ApplyPlan {
    let owner = observed.owner();
    apply_plan(desired, &situation(observed, &owner))
}

pub(crate) fn situation<'a>(observed: &'a Observed, owner: &'a Owner) -> Situation<'a> {
    Situation {
        owner,
        kinds: &observed.kinds,
        inventory: observed.inventory(),
        live: &observed.live,
        applied: &observed.applied,
    }
}

/// Removal goes by the inventory alone: a release that cannot be pulled or rendered any more is removed all the same.
fn deletion(observed: &Observed) -> Plan {
    if !finalizers(observed)
        .iter()
        .any(|finalizer| finalizer == labels::RELEASE_FINALIZER)
    {
        return Plan::nothing(Retry::OnChange);
    }
    match &observed.clusters {
        Err(failure) => return Plan::nothing(failure.retry()),
        Ok(class_uses) if !users_of(class_uses, &observed.release).is_empty() => {
            return Plan::nothing(Retry::After(retry::IN_USE));
        }
        Ok(_) => {}
    }
    let removal = objects_plan(observed, &[]);
    if removal.leaving.is_empty() {
        let rest = finalizers(observed)
            .iter()
            .filter(|one| *one != labels::RELEASE_FINALIZER)
            .cloned()
            .collect();
        return Plan::wave(
            vec![Effect::RemoveFinalizer(finalizer(observed, rest))],
            Retry::OnChange,
        );
    }
    Plan::waves(removal.waves, Retry::After(retry::DELETION))
}

fn finalizers(observed: &Observed) -> &[String] {
    observed
        .release
        .metadata
        .finalizers
        .as_deref()
        .unwrap_or_default()
}

fn finalizer(observed: &Observed, finalizers: Vec<String>) -> Finalizer {
    let metadata = &observed.release.metadata;
    Finalizer {
        target: Target {
            id: own_id("ClusterStackRelease", observed.namespace(), observed.name()),
            version: cso_api::VERSION.to_owned(),
            uid: metadata.uid.clone().unwrap_or_default(),
        },
        resource_version: metadata.resource_version.clone().unwrap_or_default(),
        finalizers,
    }
}
