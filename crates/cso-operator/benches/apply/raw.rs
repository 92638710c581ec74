//! Measures a bare loop of concurrent server-side applies: what this API server and client can do.

use std::collections::BTreeMap;
use std::time::Instant;

use futures::StreamExt as _;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::{Api, Client};
use serde_json::Value;

use crate::parts::median;
use crate::world::resource;

/// The concurrencies of which the best counts.
pub(crate) const CONCURRENCIES: [usize; 4] = [16, 32, 64, 128];

/// Objects to apply in a namespace of an API server.
pub(crate) struct Target {
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) objects: Vec<Value>,
}

/// Rates by concurrency, in objects per second.
#[derive(Debug)]
pub(crate) struct Rates(BTreeMap<usize, Vec<f64>>);

impl Rates {
    /// Nothing measured yet.
    pub(crate) fn new(concurrencies: &[usize]) -> Self {
        let none = |concurrency: &usize| (*concurrency, Vec::new());
        Self(concurrencies.iter().map(none).collect())
    }

    /// Takes in one round of a concurrency.
    pub(crate) fn add(&mut self, concurrency: usize, rate: f64) {
        self.0.entry(concurrency).or_default().push(rate);
    }

    /// The concurrency with the best median, and that median.
    pub(crate) fn best(self) -> (usize, f64) {
        self.0
            .into_iter()
            .map(|(concurrency, rates)| (concurrency, median(rates)))
            .max_by(|left, right| left.1.total_cmp(&right.1))
            .unwrap()
    }
}

/// One round over all targets.
pub(crate) async fn rate(targets: &[Target], concurrency: usize) -> f64 {
    let objects = in_turn(targets);
    let count = objects.len();
    let began = Instant::now();
    futures::stream::iter(objects)
        .map(|(_, target, object)| apply(target, object))
        .buffer_unordered(concurrency)
        .for_each(|()| std::future::ready(()))
        .await;
    count as f64 / began.elapsed().as_secs_f64()
}

/// One object of each target after the other, so that none needs a connection for each of its own.
fn in_turn(targets: &[Target]) -> Vec<(usize, &Target, &Value)> {
    let mut objects = Vec::new();
    for target in targets {
        let turns = target.objects.iter().enumerate();
        objects.extend(turns.map(|(turn, object)| (turn, target, object)));
    }
    objects.sort_by_key(|(turn, ..)| *turn);
    objects
}

async fn apply(target: &Target, object: &Value) {
    let text = |key: &str| object[key].as_str().unwrap();
    let kind = resource(text("apiVersion"), text("kind"));
    let client = target.client.clone();
    let api: Api<DynamicObject> = Api::namespaced_with(client, &target.namespace, &kind);
    let params = PatchParams::apply("bench").force();
    let name = object["metadata"]["name"].as_str().unwrap();
    api.patch(name, &params, &Patch::Apply(object))
        .await
        .unwrap();
}
