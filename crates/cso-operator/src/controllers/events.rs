//! What is heard of our own objects: every event keeps the store and what is remembered true; those that are news make a
//! pass due.

use std::fmt::Debug;

use futures::{Stream, StreamExt as _};
use kube::core::NamespaceResourceScope;
use kube::core::object::HasStatus;
use kube::runtime::reflector::store::Writer;
use kube::runtime::watcher::{Config, Error};
use kube::runtime::{PredicateConfig, WatchStreamExt as _, watcher};
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::gone;
use super::news::news;
use crate::context::Context;

/// The objects of a kind that something was heard of; `writer` fills their store.
pub(super) fn touched<K>(
    context: &Context,
    kind: &'static str,
    config: Config,
    writer: Writer<K>,
) -> impl Stream<Item = Result<K, Error>> + Send + use<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    K: Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    let client = context.management.client.clone();
    let api = match &context.config.namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    watcher(api, config)
        .default_backoff()
        .modify(lean)
        .reflect(writer)
        .inspect(gone::forgets(kind, context.clone()))
        .inspect(context.stores.listens(kind))
        .touched_objects()
}

/// Those of them for which it is news.
pub(super) fn newsworthy<K, S>(
    context: &Context,
    kind: &'static str,
    touched: S,
) -> impl Stream<Item = Result<K, Error>> + Send + use<K, S>
where
    S: Stream<Item = Result<K, Error>> + Send,
    K: Resource + HasStatus + Send + 'static,
    K::Status: Serialize,
{
    touched.predicate_filter(
        news(kind, context.memory.clone()),
        PredicateConfig::default(),
    )
}

/// Who owns which field is never asked of our own objects, and may be more than all the rest.
fn lean<K: Resource>(object: &mut K) {
    object.meta_mut().managed_fields = None;
}
