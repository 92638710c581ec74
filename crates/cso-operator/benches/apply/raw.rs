//! Measures a bare loop of concurrent server-side applies: what this API server and client can do.

use std::collections::BTreeMap;
use std::time::Instant;

use futures::StreamExt as _;
use kube::Api;
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::Value;

use crate::objects::objects;
use crate::world::{bed, resource};

const CONCURRENCIES: [usize; 4] = [16, 32, 64, 128];

/// Rates by concurrency, in objects per second.
#[derive(Debug, Default)]
pub(crate) struct Rates(BTreeMap<usize, Vec<f64>>);

impl Rates {
    /// One round of every concurrency, each with new objects in a new namespace.
    pub(crate) async fn measure(&mut self, round: usize) {
        for concurrency in CONCURRENCIES {
            let namespace = bed()
                .await
                .namespace(&format!("raw-{round}-{concurrency}"))
                .await
                .unwrap();
            let rate = rate(namespace.name(), concurrency).await;
            self.0.entry(concurrency).or_default().push(rate);
        }
    }

    /// The concurrency with the best median, and that median.
    pub(crate) fn best(self) -> (usize, f64) {
        self.0
            .into_iter()
            .map(|(concurrency, rates)| (concurrency, crate::median(rates)))
            .max_by(|left, right| left.1.total_cmp(&right.1))
            .unwrap()
    }
}

async fn rate(namespace: &str, concurrency: usize) -> f64 {
    let client = bed().await.client().await.unwrap();
    let objects = objects();
    let count = objects.len();
    let params = PatchParams::apply("bench").force();
    let began = Instant::now();
    futures::stream::iter(&objects)
        .map(|object| {
            let text = |key: &str| object[key].as_str().unwrap();
            let kind = resource(text("apiVersion"), text("kind"));
            let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &kind);
            let params = &params;
            async move {
                let name = object["metadata"]["name"].as_str().unwrap();
                api.patch(name, params, &Patch::<&Value>::Apply(object))
                    .await
                    .unwrap();
            }
        })
        .buffer_unordered(concurrency)
        .for_each(|()| std::future::ready(()))
        .await;
    count as f64 / began.elapsed().as_secs_f64()
}
