//! Decides how the API server is called: no client-side rate limit, a deadline per call, every request counted.
//!
//! Nothing is retried here: a failed call is an outcome, and `cso_core::retry` decides when to try again.

mod pages;
mod transport;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Method, Request, Response};
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use tower::{BoxError, Layer, Service};

use crate::error::Error;
use crate::metrics::{self, Metrics};
pub(crate) use pages::list_all;
use transport::Pings;

/// Longest time until the head of an answer.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A client over this configuration.
///
/// # Errors
/// TLS or credentials of the configuration cannot be used.
pub fn client(config: Config, metrics: Metrics) -> Result<Client, Error> {
    client_within(config, metrics, DEADLINE)
}

/// A client over this configuration whose calls are answered within the deadline, or fail.
///
/// # Errors
/// As [`client`].
pub(crate) fn client_within(
    mut config: Config,
    metrics: Metrics,
    deadline: Duration,
) -> Result<Client, Error> {
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(5).min(deadline));
    config.write_timeout = Some(deadline);
    let counted = Counted { metrics, deadline };
    // What goes through a proxy goes by HTTP/1.1: the proxies a kubeconfig can name are kube's to know.
    let client = if config.proxy_url.is_some() {
        ClientBuilder::try_from(config).map(|client| client.with_layer(&counted).build())
    } else {
        transport::client(config, &counted, Pings::USUAL)
    };
    client.map_err(|source| Error::Client {
        source: Box::new(source),
    })
}

/// Adds the deadline and counts.
#[derive(Clone, Debug)]
struct Counted {
    metrics: Metrics,
    deadline: Duration,
}

impl<S> Layer<S> for Counted {
    type Service = CountedService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CountedService {
            inner,
            metrics: self.metrics.clone(),
            deadline: self.deadline,
        }
    }
}

#[derive(Clone, Debug)]
struct CountedService<S> {
    inner: S,
    metrics: Metrics,
    deadline: Duration,
}

impl<S, B> Service<Request<Body>> for CountedService<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<B>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let verb = verb(&request);
        let metrics = self.metrics.clone();
        let deadline = self.deadline;
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = match tokio::time::timeout(deadline, answer).await {
                Ok(answer) => answer.map_err(Into::into),
                Err(elapsed) => Err(elapsed.into()),
            };
            let code = answer.as_ref().map_or_else(
                |_| "error".to_owned(),
                |answer| answer.status().as_u16().to_string(),
            );
            metrics
                .requests
                .get_or_create(&metrics::Request { verb, code })
                .inc();
            answer
        })
    }
}

/// The Kubernetes verb of a request, as RBAC and the audit log name it.
fn verb(request: &Request<Body>) -> &'static str {
    let query = request.uri().query().unwrap_or_default();
    match *request.method() {
        Method::GET if query.contains("watch=true") || query.contains("watch=1") => "watch",
        Method::GET => "get",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "other",
    }
}
