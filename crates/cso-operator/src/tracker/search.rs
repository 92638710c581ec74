//! Finds every object with our label in a cluster, of any kind or of one. For what no inventory names.

use std::collections::BTreeMap;
use std::sync::Arc;

use cso_api::labels;
use cso_core::failure::Failure;
use cso_core::manifests::{Kind, LiveObject, ObjectId};
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use kube::Api;
use kube::api::{DynamicObject, PartialObjectMeta};

use super::{Tracker, id_of};
use crate::api_client::list_all;
use crate::discovery::{Catalogue, Served};
use crate::execute::of_api;

/// How many kinds are listed at a time.
const AT_ONCE: usize = 8;

/// An object, the version to address it in, and its metadata.
pub(crate) type Marked = (ObjectId, String, LiveObject);

impl Tracker {
    /// Every object that carries our label.
    ///
    /// # Errors
    /// A kind cannot be listed.
    pub(crate) async fn marked(&self) -> Result<Vec<Marked>, Failure> {
        let catalogue = self.catalogue().await?;
        let mut kinds: BTreeMap<(&str, &str), &Served> = BTreeMap::new();
        for ((group, _, kind), served) in catalogue.iter() {
            // Any version of a kind has all its objects.
            kinds.entry((group, kind)).or_insert(served);
        }
        let mut lists: Vec<BoxFuture<'static, Result<Vec<Marked>, Failure>>> = Vec::new();
        for served in kinds.into_values() {
            let (tracker, served) = (self.clone(), served.clone());
            lists.push(async move { tracker.marked_of(&served).await }.boxed());
        }
        let lists = futures::stream::iter(lists).buffered(AT_ONCE);
        let found: Vec<Vec<Marked>> = lists.try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The objects of a kind and namespace that carry our label, as the watch of the kind tells; none if the kind is not
    /// served.
    ///
    /// # Errors
    /// They cannot be listed.
    pub(crate) async fn marked_in(
        &self,
        kind: &Kind,
        namespace: &str,
    ) -> Result<Vec<Marked>, Failure> {
        let Some(version) = self.version(kind).await? else {
            return Ok(Vec::new());
        };
        self.watched(&(kind.clone(), version.clone())).await?;
        let state = self.lock();
        let found = state.known.in_namespace(kind, namespace);
        Ok(found
            .map(|(id, live)| (id.clone(), version.clone(), live.clone()))
            .collect())
    }

    /// The version in which a kind is watched, else the newest that is served.
    async fn version(&self, kind: &Kind) -> Result<Option<String>, Failure> {
        let watched = {
            let state = self.lock();
            let mut watched = state.watches.keys().filter(|(of, _)| of == kind);
            watched.next().map(|(_, version)| version.clone())
        };
        if watched.is_some() {
            return Ok(watched);
        }
        let catalogue = self.catalogue().await?;
        let is_meant =
            |(group, _, of): &&(String, String, String)| *group == kind.group && *of == kind.kind;
        let newest = catalogue.keys().rfind(is_meant);
        Ok(newest.map(|(_, version, _)| version.clone()))
    }

    async fn catalogue(&self) -> Result<Arc<Catalogue>, Failure> {
        let found = self.kinds.all().await;
        found.map_err(|error| of_api("discover the kinds of", &ObjectId::default(), &error))
    }

    async fn marked_of(&self, served: &Served) -> Result<Vec<Marked>, Failure> {
        let resource = &served.resource;
        let kind = Kind::new(&resource.group, &resource.kind);
        let api: Api<PartialObjectMeta<DynamicObject>> =
            Api::all_with(self.client.clone(), resource);
        let selector = format!("{}={}", labels::OWNED_LABEL, labels::OWNED);
        let objects = match list_all(&api, &selector).await {
            Ok(objects) => objects,
            Err(error) if has_no_list(&error) => return Ok(Vec::new()),
            Err(error) => {
                let any = ObjectId {
                    kind,
                    ..ObjectId::default()
                };
                return Err(of_api("list the objects of", &any, &error));
            }
        };
        let marked = objects.iter().map(|object| {
            (
                id_of(&kind, &object.metadata),
                resource.version.clone(),
                LiveObject::with(&object.metadata),
            )
        });
        Ok(marked.collect())
    }
}

/// Reviews and the like are kinds that can only be created; an aggregated API may have nobody behind it.
fn has_no_list(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if [404, 405, 503].contains(&status.code))
}
