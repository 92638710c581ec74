//! What to do for a stack now: finalizer, releases to write and to delete, provider objects; or removal.

use std::sync::Arc;

use cluster_stack::ReleaseTag;
use cso_api::{ClusterStackRelease, labels};
use serde_json::json;

use super::{Observed, Retention, orphans, provider, retention, select};
use crate::cluster::tag_of;
use crate::effect::{Effect, Finalizer, Plan, Target};
use crate::failure::Failure;
use crate::manifests::{Manifest, own_id};
use crate::retry::{self, Retry};

/// Decides the writes of a pass.
pub fn plan(observed: &Observed) -> Plan {
    if observed.is_deleting() {
        return deletion(observed);
    }
    if observed.held().is_some() {
        return Plan::nothing(Retry::OnChange);
    }
    let (Ok(selection), Ok(releases)) = (select(&observed.stack.spec), &observed.releases) else {
        return Plan::nothing(idle(observed));
    };
    let retention = retention(observed, &selection);
    let mut effects = Vec::new();
    if !finalizers(observed)
        .iter()
        .any(|finalizer| finalizer == labels::STACK_FINALIZER)
    {
        let mut finalizers = finalizers(observed).to_vec();
        finalizers.push(labels::STACK_FINALIZER.to_owned());
        effects.push(Effect::AddFinalizer(finalizer(observed, finalizers)));
    }
    for tag in managed(observed, &retention, releases) {
        let existing = find(releases, &tag);
        effects.extend(release(observed, &tag, existing));
        effects.extend(existing.and_then(|existing| provider_object(observed, existing)));
    }
    effects.extend(
        retention
            .obsolete
            .iter()
            .filter_map(|name| named(releases, name))
            .filter(|release| !is_leaving(release))
            .map(delete),
    );
    let removals = orphans::removals(observed);
    let retry = if removals.is_empty() {
        idle(observed)
    } else {
        Retry::After(retry::DELETION)
    };
    effects.extend(removals);
    Plan::wave(effects, retry)
}

/// When to look again although nothing changed: soon after a read that failed, else at the polling interval of a
/// subscription.
fn idle(observed: &Observed) -> Retry {
    let poll = if observed.stack.spec.auto_subscribe {
        Retry::After(retry::poll_interval(&observed.stack.spec.interval).unwrap_or(retry::POLL))
    } else {
        Retry::OnChange
    };
    observed
        .failed_reads()
        .map(Failure::retry)
        .fold(poll, Retry::sooner)
}

/// The releases this stack writes: the wanted ones, and its others that stay.
fn managed(
    observed: &Observed,
    retention: &Retention,
    releases: &[Arc<ClusterStackRelease>],
) -> Vec<ReleaseTag> {
    let mut tags = retention.wanted.clone();
    tags.extend(
        releases
            .iter()
            .filter(|release| observed.owns(release))
            .filter_map(|release| tag_of(release))
            .filter(|tag| !retention.obsolete.contains(&tag.dash())),
    );
    tags.into_iter().collect()
}

fn release(
    observed: &Observed,
    tag: &ReleaseTag,
    existing: Option<&ClusterStackRelease>,
) -> Option<Effect> {
    let manifest = release_manifest(observed, tag);
    let Some(existing) = existing else {
        return older_claimant(observed, tag)
            .is_none()
            .then_some(Effect::ApplyRelease(manifest));
    };
    if is_leaving(existing) || observed.claimant(existing).is_some() {
        return None;
    }
    let provider = provider::reference(&observed.stack, &tag.dash());
    let owned = observed.owns(existing);
    let labelled = existing
        .metadata
        .labels
        .as_ref()
        .and_then(|labels| labels.get(labels::STACK_LABEL))
        == Some(&tag.stack());
    let sourced = existing.spec.source == observed.stack.spec.source;
    let gated = provider.is_none() || existing.spec.provider_ref == provider;
    if !(owned && labelled && sourced && gated) {
        return Some(Effect::ApplyRelease(manifest));
    }
    let stale = existing.spec.provider_ref.is_some() && observed.stack.spec.no_provider;
    stale.then(|| Effect::ClearProviderRef(target(existing)))
}

/// An older stack of the same namespace that pins the same release: it creates it, so that two stacks do not both.
pub(crate) fn older_claimant<'a>(observed: &'a Observed, tag: &ReleaseTag) -> Option<&'a str> {
    let age = |stack: &cso_api::ClusterStack| {
        (
            stack.metadata.creation_timestamp.clone().map(|time| time.0),
            stack.metadata.name.clone(),
        )
    };
    observed
        .siblings
        .iter()
        .filter(|sibling| {
            sibling.metadata.deletion_timestamp.is_none() && sibling.spec.suspend != Some(true)
        })
        .filter(|sibling| age(sibling) < age(&observed.stack))
        .find(|sibling| select(&sibling.spec).is_ok_and(|selection| selection.pinned.contains(tag)))
        .and_then(|sibling| sibling.metadata.name.as_deref())
}

fn release_manifest(observed: &Observed, tag: &ReleaseTag) -> Manifest {
    let name = tag.dash();
    let mut spec = serde_json::Map::new();
    if let Some(source) = &observed.stack.spec.source {
        spec.insert("source".to_owned(), json!(source));
    }
    if let Some(reference) = provider::reference(&observed.stack, &name) {
        spec.insert("providerRef".to_owned(), json!(reference));
    }
    let body = json!({
        "apiVersion": cso_api::API_VERSION,
        "kind": "ClusterStackRelease",
        "metadata": {
            "name": name,
            "namespace": observed.namespace(),
            "labels": {labels::STACK_LABEL: tag.stack()},
            "ownerReferences": [{
                "apiVersion": cso_api::API_VERSION, "kind": "ClusterStack", "name": observed.name(), "uid": observed.uid(),
            }],
        },
        "spec": spec,
    });
    Manifest::new(
        own_id("ClusterStackRelease", observed.namespace(), &name),
        cso_api::VERSION.to_owned(),
        &body,
    )
}

fn provider_object(observed: &Observed, release: &ClusterStackRelease) -> Option<Effect> {
    if is_leaving(release) || !observed.owns(release) {
        return None;
    }
    let manifest = provider::object(
        &observed.stack,
        release,
        observed.provider_template.found()?,
    )?;
    let live = observed
        .provider_objects
        .get(release.metadata.name.as_deref()?);
    provider::needs_write(&manifest, live).then_some(Effect::ApplyProviderObject(manifest))
}

/// A stack that is deleted lets its releases go one by one as their Clusters leave, and goes after the last.
fn deletion(observed: &Observed) -> Plan {
    if !finalizers(observed)
        .iter()
        .any(|finalizer| finalizer == labels::STACK_FINALIZER)
    {
        return Plan::nothing(Retry::OnChange);
    }
    let (releases, class_uses) = match (&observed.releases, &observed.clusters) {
        (Ok(releases), Ok(class_uses)) => (releases, class_uses),
        (Err(failure), _) | (_, Err(failure)) => return Plan::nothing(failure.retry()),
    };
    let own: Vec<&ClusterStackRelease> = releases
        .iter()
        .map(Arc::as_ref)
        .filter(|release| observed.owns(release))
        .collect();
    if own.is_empty() {
        let rest = finalizers(observed)
            .iter()
            .filter(|one| *one != labels::STACK_FINALIZER)
            .cloned()
            .collect();
        return Plan::wave(
            vec![Effect::RemoveFinalizer(finalizer(observed, rest))],
            Retry::OnChange,
        );
    }
    let free = own.into_iter().filter(|release| {
        !is_leaving(release) && crate::cluster::users_of(class_uses, release).is_empty()
    });
    Plan::wave(free.map(delete).collect(), Retry::After(retry::IN_USE))
}

fn delete(release: &ClusterStackRelease) -> Effect {
    Effect::DeleteRelease(target(release))
}

fn target(release: &ClusterStackRelease) -> Target {
    let metadata = &release.metadata;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Target {
        id: own_id(
            "ClusterStackRelease",
            &text(&metadata.namespace),
            &text(&metadata.name),
        ),
        version: cso_api::VERSION.to_owned(),
        uid: text(&metadata.uid),
    }
}

fn is_leaving(release: &ClusterStackRelease) -> bool {
    release.metadata.deletion_timestamp.is_some()
}

pub(crate) fn find<'a>(
    releases: &'a [Arc<ClusterStackRelease>],
    tag: &ReleaseTag,
) -> Option<&'a ClusterStackRelease> {
    named(releases, &tag.dash())
}

fn named<'a>(
    releases: &'a [Arc<ClusterStackRelease>],
    name: &str,
) -> Option<&'a ClusterStackRelease> {
    releases
        .iter()
        .map(Arc::as_ref)
        .find(|release| release.metadata.name.as_deref() == Some(name))
}

fn finalizers(observed: &Observed) -> &[String] {
    observed
        .stack
        .metadata
        .finalizers
        .as_deref()
        .unwrap_or_default()
}

fn finalizer(observed: &Observed, finalizers: Vec<String>) -> Finalizer {
    let metadata = &observed.stack.metadata;
    Finalizer {
        target: Target {
            id: own_id("ClusterStack", observed.namespace(), observed.name()),
            version: cso_api::VERSION.to_owned(),
            uid: metadata.uid.clone().unwrap_or_default(),
        },
        resource_version: metadata.resource_version.clone().unwrap_or_default(),
        finalizers,
    }
}
