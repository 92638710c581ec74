//! Decides how a test answers Cluster API's runtime hooks: a server on loopback that remembers what it was asked.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, PostParams};
use kube::core::GroupVersionKind;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::bed::{Error, tls_server};
use crate::{TestBed, wait};

const HOOKS: &str = "hooks.runtime.cluster.x-k8s.io/v1alpha1";

/// Requests hold one Cluster and little more.
const LIMIT: usize = 4 << 20;

/// One request of Cluster API.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The hook, for example `BeforeClusterUpgrade`.
    pub hook: String,
    /// The request as it came.
    pub body: Value,
}

impl Call {
    /// The name of the cluster it is about.
    pub fn cluster(&self) -> &str {
        self.body["cluster"]["metadata"]["name"]
            .as_str()
            .unwrap_or_default()
    }
}

type Answer = dyn Fn(&Call) -> Value + Send + Sync;

/// A runtime extension with one handler per hook. It ends with the value, and with the runtime it was started in.
pub struct HookServer {
    url: String,
    bundle: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    hooks: Vec<String>,
    calls: Mutex<Vec<Call>>,
    answer: Box<Answer>,
}

impl HookServer {
    /// Serves these hooks with the bed's certificates. `answer` gives the fields of an answer beyond success: `{}` lets
    /// Cluster API go on, `{"retryAfterSeconds": 1, "message": "…"}` makes it wait and ask again.
    ///
    /// # Errors
    /// No port is left.
    pub async fn start(
        bed: &TestBed,
        hooks: &[&str],
        answer: impl Fn(&Call) -> Value + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let io = |source| Error::Start {
            name: "hook server",
            source,
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(io)?;
        let port = listener.local_addr().map_err(io)?.port();
        let acceptor = TlsAcceptor::from(tls_server(bed.authority(), bed.server_identity())?);
        let shared = Arc::new(Shared {
            hooks: hooks.iter().map(|&hook| hook.to_owned()).collect(),
            calls: Mutex::default(),
            answer: Box::new(answer),
        });
        Ok(Self {
            url: format!("https://127.0.0.1:{port}"),
            bundle: STANDARD.encode(bed.authority()),
            task: tokio::spawn(serve(listener, acceptor, Arc::clone(&shared))),
            shared,
        })
    }

    /// Everything that was asked so far, discovery aside.
    pub fn calls(&self) -> Vec<Call> {
        self.shared
            .calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Creates an `ExtensionConfig` for the clusters of one namespace and waits until Cluster API has asked what this
    /// server answers.
    ///
    /// # Errors
    /// It is refused, or not discovered in time.
    pub async fn register(
        &self,
        bed: &TestBed,
        name: &str,
        namespace: &str,
    ) -> Result<DynamicObject, Error> {
        let kind = GroupVersionKind::gvk("runtime.cluster.x-k8s.io", "v1beta2", "ExtensionConfig");
        let api: Api<DynamicObject> =
            Api::all_with(bed.client().await?, &ApiResource::from_gvk(&kind));
        let config = json!({
            "apiVersion": kind.api_version(), "kind": kind.kind, "metadata": {"name": name},
            "spec": {
                "clientConfig": {"url": self.url, "caBundle": self.bundle},
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            },
        });
        let config = serde_json::from_value(config).map_err(|error| Error::Client(error.into()))?;
        api.create(&PostParams::default(), &config)
            .await
            .map_err(|source| Error::Api {
                action: "create",
                object: format!("ExtensionConfig {name}"),
                source: Box::new(source),
            })?;
        let discovered = |config: Option<&DynamicObject>| {
            config.is_some_and(|config| super::cluster::holds(config, "Discovered"))
        };
        wait::until(&api, name, discovered, Duration::from_mins(1))
            .await
            .map_err(|error| Error::Client(error.into()))?
            .ok_or_else(|| Error::Client(format!("ExtensionConfig {name} is gone").into()))
    }
}

impl fmt::Debug for HookServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookServer")
            .field("url", &self.url)
            .field("hooks", &self.shared.hooks)
            .finish_non_exhaustive()
    }
}

impl Drop for HookServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        connections.spawn(async move {
            // A client that breaks off knows it.
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = service_fn(|request| {
                let shared = Arc::clone(&shared);
                async move { Ok::<_, Infallible>(shared.respond(request).await) }
            });
            drop(
                http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await,
            );
        });
        while connections.try_join_next().is_some() {}
    }
}

impl Shared {
    async fn respond<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: axum::body::HttpBody<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let path = request.uri().path().to_owned();
        let body = to_bytes(Body::new(request.into_body()), LIMIT).await;
        let body = body
            .map_err(|error| error.to_string())
            .and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()));
        let (status, answer) = match body {
            Ok(body) => match self.answer(&path, body) {
                Some(answer) => (StatusCode::OK, answer),
                None => (StatusCode::NOT_FOUND, json!(format!("no hook at {path}"))),
            },
            Err(reason) => (StatusCode::BAD_REQUEST, json!(reason)),
        };
        let mut response = Response::new(Body::from(answer.to_string()));
        *response.status_mut() = status;
        response
    }

    /// The path is `/<group>/<version>/<hook in lower case>/<handler>`, or `…/discovery`.
    fn answer(&self, path: &str, body: Value) -> Option<Value> {
        let asked = path
            .strip_prefix(&format!("/{HOOKS}/"))?
            .split('/')
            .next()?;
        if asked == "discovery" {
            let handler = |hook: &String| {
                json!({
                    "name": hook.to_lowercase(),
                    "requestHook": {"apiVersion": HOOKS, "hook": hook},
                })
            };
            return Some(json!({
                "apiVersion": HOOKS, "kind": "DiscoveryResponse", "status": "Success",
                "handlers": self.hooks.iter().map(handler).collect::<Vec<_>>(),
            }));
        }
        let hook = self
            .hooks
            .iter()
            .find(|hook| hook.to_lowercase() == asked)?;
        let call = Call {
            hook: hook.clone(),
            body,
        };
        let mut answer =
            json!({"apiVersion": HOOKS, "kind": format!("{hook}Response"), "status": "Success"});
        if let (Some(answer), Value::Object(more)) = (answer.as_object_mut(), (self.answer)(&call))
        {
            answer.extend(more);
        }
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(call);
        Some(answer)
    }
}
