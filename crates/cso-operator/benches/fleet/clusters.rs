//! Makes Clusters by hand, as nobody reconciles them here, and tells when their add-ons are ready.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use cso_api::ClusterAddon;
use cso_api::conditions::{self, types};
use futures::StreamExt as _;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{ObjectMeta, Patch, PatchParams, PostParams};
use kube::runtime::{WatchStreamExt as _, watcher};
use serde_json::json;

use crate::site::Inside;
use crate::world::World;

pub(crate) const CLUSTER: (&str, &str) = ("cluster.x-k8s.io/v1beta2", "Cluster");
/// Requests at once.
const CONCURRENCY: usize = 16;

/// Clusters of a class, made one after the other.
pub(crate) struct Fleet<'a> {
    world: &'a World,
    class: String,
    made: usize,
}

impl<'a> Fleet<'a> {
    pub(crate) fn new(world: &'a World, class: &str) -> Self {
        Self {
            world,
            class: class.to_owned(),
            made: 0,
        }
    }

    /// A Cluster for each of these, whose control planes are not there yet; returns when their add-ons wait for them.
    pub(crate) async fn join(&mut self, insides: &[Inside]) -> Vec<String> {
        let first = self.made;
        self.made += insides.len();
        let names: Vec<String> = (first..self.made)
            .map(|number| format!("c{number}"))
            .collect();
        futures::stream::iter(names.iter().zip(insides))
            .for_each_concurrent(CONCURRENCY, |(name, inside)| self.create(name, inside))
            .await;
        self.each(&names, |addon| {
            let told = addon.status.as_ref().map(|status| &status.conditions);
            told.is_some_and(|all| conditions::find(all, types::CLUSTER_READY).is_some())
        })
        .await;
        names
    }

    async fn create(&self, name: &str, inside: &Inside) {
        let object = json!({
            "apiVersion": CLUSTER.0, "kind": CLUSTER.1, "metadata": {"name": name},
            "spec": {
                "controlPlaneEndpoint": {"host": "10.0.0.1", "port": 6443},
                "topology": {"classRef": {"name": self.class}, "version": "v1.36.7"},
            },
        });
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(format!("{name}-kubeconfig")),
                ..ObjectMeta::default()
            },
            data: Some(
                [(
                    "value".to_owned(),
                    ByteString(inside.kubeconfig.clone().into()),
                )]
                .into(),
            ),
            ..Secret::default()
        };
        let secrets: Api<Secret> = self.world.api();
        secrets
            .create(&PostParams::default(), &secret)
            .await
            .unwrap();
        self.world.apply("test", &object).await;
    }

    /// Says that the control planes are there; returns when each of these was ready, the first name's time first.
    pub(crate) async fn run(&self, names: &[String], awaited: &[String]) -> Vec<f64> {
        let began = Instant::now();
        let status = json!({"status": {
            "initialization": {"controlPlaneInitialized": true},
            "conditions": [{
                "type": "TopologyReconciled", "status": "True", "reason": "Test", "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }],
        }});
        let clusters = self.world.kind(CLUSTER.0, CLUSTER.1);
        let told = futures::stream::iter(names).for_each_concurrent(CONCURRENCY, |name| {
            let (clusters, status) = (clusters.clone(), &status);
            async move {
                let (params, patch) = (PatchParams::default(), Patch::Merge(status));
                clusters.patch_status(name, &params, &patch).await.unwrap();
            }
        });
        let ready = self.each(awaited, |addon| {
            addon.status.as_ref().is_some_and(|status| status.ready)
        });
        let ((), ready) = futures::join!(told, ready);
        let took = |name: &String| ready[name].duration_since(began).as_secs_f64();
        awaited.iter().map(took).collect()
    }

    /// When each of these was first seen so.
    async fn each(
        &self,
        names: &[String],
        holds: impl Fn(&ClusterAddon) -> bool,
    ) -> BTreeMap<String, Instant> {
        let mut missing: BTreeSet<&String> = names.iter().collect();
        let mut seen = BTreeMap::new();
        let api: Api<ClusterAddon> = self.world.api();
        let mut events = watcher(api, watcher::Config::default())
            .default_backoff()
            .applied_objects()
            .boxed();
        while !missing.is_empty() {
            let addon = events.next().await.unwrap().unwrap();
            let name = addon.spec.cluster_ref.name.clone().unwrap_or_default();
            if holds(&addon) && missing.remove(&name) {
                seen.insert(name, Instant::now());
            }
        }
        seen
    }
}
