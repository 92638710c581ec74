//! Reads what rulings go by, now: the Clusters, the releases of a namespace, the versions a class leads through.

use std::future::Future;
use std::time::Duration;

use cso_api::ClusterStackRelease;
use cso_api::capi::{CLUSTER_GROUP, ClassReference};
use cso_core::cluster::{ClassUse, class_use};
use cso_core::failure::{Cause, Failure};
use cso_core::manifests::{Kind, ObjectId};
use kube::api::DynamicObject;
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Client};
use serde_json::Value;

use crate::api_client::list_all;
use crate::discovery::{Kinds, Served};
use crate::execute::of_api;
use crate::watches::cluster_kind;

/// Longest time for one read; the API server waits ten seconds for the ruling.
const DEADLINE: Duration = Duration::from_secs(4);

/// Reads facts.
#[derive(Clone)]
pub(super) struct Facts {
    pub(super) client: Client,
    pub(super) kinds: Kinds,
}

impl Facts {
    /// The classes that Clusters of any namespace use.
    pub(super) async fn class_uses(&self) -> Result<Vec<ClassUse>, Failure> {
        let clusters = Kind::new(CLUSTER_GROUP, "Cluster");
        let Some(served) = in_time(&clusters, self.clusters()).await? else {
            return Ok(Vec::new());
        };
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &served.resource);
        let listed = in_time(&clusters, list_all(&api, "")).await;
        if listed.is_err() {
            // It may be served in another version by now.
            self.kinds.invalidate().await;
        }
        Ok(listed?.iter().filter_map(class_use).collect())
    }

    /// The releases of a namespace.
    pub(super) async fn releases(
        &self,
        namespace: &str,
    ) -> Result<Vec<ClusterStackRelease>, Failure> {
        let api = Api::namespaced(self.client.clone(), namespace);
        in_time(&own("ClusterStackRelease"), list_all(&api, "")).await
    }

    /// `spec.kubernetesVersions` of a class; none if there is no such class or it tells none.
    pub(super) async fn chain(&self, class: &ClassReference) -> Result<Vec<String>, Failure> {
        let kind = Kind::new(CLUSTER_GROUP, "ClusterClass");
        let Some(clusters) = in_time(&kind, self.clusters()).await? else {
            return Ok(Vec::new());
        };
        let version = &clusters.resource.version;
        let gvk = GroupVersionKind::gvk(CLUSTER_GROUP, version, "ClusterClass");
        let resource = ApiResource::from_gvk_with_plural(&gvk, "clusterclasses");
        let api: Api<DynamicObject> =
            Api::namespaced_with(self.client.clone(), &class.namespace, &resource);
        let found = in_time(&kind, api.get_opt(&class.name)).await?;
        let versions = found.as_ref().and_then(|class| {
            let versions = class.data.pointer("/spec/kubernetesVersions")?;
            versions.as_array()
        });
        let texts = versions.into_iter().flatten().filter_map(Value::as_str);
        Ok(texts.map(str::to_owned).collect())
    }

    /// The kind of Clusters. It may have come since discovery was asked last.
    async fn clusters(&self) -> Result<Option<Served>, kube::Error> {
        if let Some(served) = cluster_kind(&self.kinds).await? {
            return Ok(Some(served));
        }
        self.kinds.invalidate_unknown().await;
        cluster_kind(&self.kinds).await
    }
}

async fn in_time<T>(
    kind: &Kind,
    read: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(DEADLINE, read).await {
        Ok(answer) => answer.map_err(|error| of_api("read the objects of", &any(kind), &error)),
        Err(_) => Err(Failure::new(
            Cause::Unreachable,
            format!(
                "the API server is too slow to read objects of kind {}",
                kind.kind
            ),
        )),
    }
}

fn own(kind: &str) -> Kind {
    Kind::new(cso_api::GROUP, kind)
}

fn any(kind: &Kind) -> ObjectId {
    ObjectId {
        kind: kind.clone(),
        ..ObjectId::default()
    }
}
