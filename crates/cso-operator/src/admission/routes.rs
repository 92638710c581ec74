//! Decides what each path answers, within which limits; every ruling is counted by kind and result. The paths are those
//! of upstream, so that its registration finds us.

use std::future::Future;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{MethodRouter, post};
use cso_core::admission::Ruling;
use kube::Resource;
use serde::de::DeserializeOwned;

use super::Judge;
use super::judge::Change;
use super::review::{answer, parse};
use crate::error::chain;
use crate::metrics::Metrics;
use crate::serving;

/// An object and what it was before, each as large as the API server stores them.
const LIMIT: usize = 8 << 20;

#[derive(Clone)]
struct Shared {
    judge: Judge,
    metrics: Metrics,
}

/// One path for each kind.
pub(crate) fn routes(judge: Judge, metrics: Metrics) -> Router {
    let own = |kind: &str| format!("/validate-clusterstack-x-k8s-io-v1alpha1-{kind}");
    Router::new()
        .route(&own("clusterstack"), ruled("ClusterStack", Judge::stack))
        .route(
            &own("clusterstackrelease"),
            ruled("ClusterStackRelease", Judge::release),
        )
        .route(&own("clusteraddon"), ruled("ClusterAddon", Judge::addon))
        .route(
            "/validate-cluster-x-k8s-io-v1beta1-cluster",
            ruled("Cluster", Judge::cluster),
        )
        .with_state(Shared { judge, metrics })
}

fn ruled<K, F>(kind: &'static str, rule: fn(Judge, Change<K>) -> F) -> MethodRouter<Shared>
where
    K: Resource + DeserializeOwned + Send + 'static,
    F: Future<Output = Ruling> + Send + 'static,
{
    post(move |State(shared): State<Shared>, body: Body| review(kind, shared, body, rule))
}

async fn review<K, F>(
    kind: &'static str,
    shared: Shared,
    body: Body,
    rule: fn(Judge, Change<K>) -> F,
) -> Response
where
    K: Resource + DeserializeOwned,
    F: Future<Output = Ruling>,
{
    let bytes = match serving::read(body, LIMIT).await {
        Ok(bytes) => bytes,
        Err(problem) => return refused(kind, problem.to_owned()),
    };
    let (change, asked) = match parse::<K>(&bytes) {
        Ok(read) => read,
        Err(error) => return refused(kind, chain(&error)),
    };
    let ruling = rule(shared.judge, change).await;
    shared.metrics.admission(kind, ruling.word());
    tracing::debug!(
        kind,
        namespace = asked.namespace,
        name = asked.name,
        ?ruling,
        "ruled on a write"
    );
    Json(answer(asked, ruling)).into_response()
}

fn refused(kind: &'static str, problem: String) -> Response {
    tracing::warn!(kind, problem, "a review is refused");
    (StatusCode::BAD_REQUEST, problem).into_response()
}
