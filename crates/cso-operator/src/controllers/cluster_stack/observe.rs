//! Reads what a pass over a stack has to know.

use std::collections::BTreeMap;
use std::sync::Arc;

use cso_api::capi::CLUSTER_GROUP;
use cso_api::{ClusterStack, ClusterStackRelease};
use cso_core::cluster_stack::{MarkedClass, Observed, Remote};
use cso_core::failure::Failure;
use cso_core::fetched::Fetched;
use cso_core::manifests::Kind;
use cso_core::retry::{POLL, poll_interval};
use jiff::Timestamp;
use serde_json::Value;

use crate::context::Context;
use crate::controllers::pass::key_of;

pub(crate) async fn observe(context: &Context, stack: &ClusterStack) -> Observed {
    let (namespace, name) = key_of(stack);
    let is_here =
        |metadata: &kube::api::ObjectMeta| metadata.namespace.as_ref() == Some(&namespace);
    let siblings = context.stores.stacks.state_filter(|other| {
        is_here(&other.metadata) && other.metadata.name.as_ref() != Some(&name)
    });
    let releases = context
        .stores
        .releases
        .state_filter(|release| is_here(&release.metadata));
    let (provider_template, provider_objects) =
        providers(context, stack, &namespace, &releases).await;
    Observed {
        stack: stack.clone(),
        siblings,
        remote: remote(context, stack, &namespace, &name).await,
        clusters: context.clusters.uses(),
        releases: Ok(releases),
        provider_template,
        provider_objects,
        classes: classes(context, &namespace).await,
        now: Timestamp::now(),
    }
}

/// The classes of a namespace with our label, in whatever version is served.
async fn classes(context: &Context, namespace: &str) -> Result<Vec<MarkedClass>, Failure> {
    let kind = Kind::new(CLUSTER_GROUP, "ClusterClass");
    let marked = context
        .management
        .tracker
        .marked_in(&kind, namespace)
        .await?;
    let class = |(id, version, live)| MarkedClass { id, version, live };
    Ok(marked.into_iter().map(class).collect())
}

/// What the source offers, if the stack follows it.
async fn remote(context: &Context, stack: &ClusterStack, namespace: &str, name: &str) -> Remote {
    let key = (namespace.to_owned(), name.to_owned());
    if !stack.spec.auto_subscribe || stack.metadata.deletion_timestamp.is_some() {
        context.subscriptions.end(&key);
        return Remote::NotListed;
    }
    let interval = poll_interval(&stack.spec.interval).unwrap_or(POLL);
    match context
        .sources
        .find(namespace, stack.spec.source.as_ref())
        .await
    {
        Ok(source) => context.subscriptions.listing(&key, &source, interval),
        Err(failure) => Remote::Failed(failure),
    }
}

/// The template a stack names and the provider object of each release of its namespace.
async fn providers(
    context: &Context,
    stack: &ClusterStack,
    namespace: &str,
    releases: &[Arc<ClusterStackRelease>],
) -> (Fetched<Value>, BTreeMap<String, Fetched<Value>>) {
    let reference = stack
        .spec
        .provider_ref
        .as_ref()
        .filter(|_| !stack.spec.no_provider);
    let Some(reference) = reference else {
        return (Fetched::Missing, BTreeMap::new());
    };
    let template = context.providers.get(namespace, reference).await;
    let mut objects = BTreeMap::new();
    for release in releases {
        if let (Some(name), Some(reference)) = (&release.metadata.name, &release.spec.provider_ref)
        {
            objects.insert(
                name.clone(),
                context.providers.get(namespace, reference).await,
            );
        }
    }
    (template, objects)
}
