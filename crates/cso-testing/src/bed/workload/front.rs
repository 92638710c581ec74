//! Decides what stands between the users of a workload cluster and its two API servers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::UPGRADE;
use axum::http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{ApiResource, DynamicObject};
use kube::core::GroupVersionKind;
use rustls::ClientConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::route::{Caller, Side, rewrite, side};
use super::upstream::Upstream;
use super::{kubeconfig, tls};
use crate::bed::{Error, TestBed, client};
use crate::wait;

/// Longer than any test: a hook may hold a cluster back before it gets an endpoint.
const ENDPOINT_DEADLINE: Duration = Duration::from_hours(1);

/// What the fronts of one API server share.
#[derive(Debug)]
pub(super) struct Site {
    management: String,
    acceptor: Arc<rustls::ServerConfig>,
    real: SocketAddr,
    /// For callers with a certificate, whose name the front passes on.
    as_proxy: Arc<ClientConfig>,
    /// For callers with a token or with nothing.
    as_nobody: Arc<ClientConfig>,
    pki: crate::bed::Pki,
}

impl Site {
    pub(super) fn new(bed: &TestBed, port: u16) -> Result<Self, Error> {
        let pki = &bed.pki;
        Ok(Self {
            management: bed.kubeconfig.clone(),
            acceptor: tls::server(&pki.authority, &pki.server)?,
            real: SocketAddr::from(([127, 0, 0, 1], port)),
            as_proxy: tls::client(&pki.authority, Some(&pki.front_proxy))?,
            as_nobody: tls::client(&pki.authority, None)?,
            pki: pki.clone(),
        })
    }
}

/// The open front of one cluster; closed when dropped.
#[derive(Debug)]
pub(crate) struct Front {
    kubeconfig: String,
    tasks: [JoinHandle<()>; 2],
}

/// The server in memory, or why it is not known yet.
type Memory = Arc<Mutex<Result<Upstream, String>>>;

impl Front {
    /// Listens on a port of its own and learns in the background where the cluster's machines are.
    pub(super) fn open(
        site: &Arc<Site>,
        runtime: &Handle,
        namespace: &str,
        name: &str,
    ) -> Result<Self, Error> {
        let io = |source| Error::Start {
            name: "front of a workload cluster",
            source,
        };
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(io)?;
        listener.set_nonblocking(true).map_err(io)?;
        let port = listener.local_addr().map_err(io)?.port();
        let memory: Memory = Arc::new(Mutex::new(Err(format!(
            "Cluster {namespace}/{name} has no endpoint yet"
        ))));
        let listener = {
            let _context = runtime.enter();
            TcpListener::from_std(listener).map_err(io)?
        };
        let serve = runtime.spawn(serve(listener, Arc::clone(site), Arc::clone(&memory)));
        let (management, namespace, name) = (
            site.management.clone(),
            namespace.to_owned(),
            name.to_owned(),
        );
        let learn = runtime.spawn(async move {
            let found = find_memory(&management, &namespace, &name).await;
            *memory.lock().expect("no holder panics") = found;
        });
        Ok(Self {
            kubeconfig: kubeconfig::kubeconfig(port, &site.pki),
            tasks: [serve, learn],
        })
    }

    /// The administrator's kubeconfig by way of this front.
    pub(crate) fn kubeconfig(&self) -> &str {
        &self.kubeconfig
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// The endpoint is in the Cluster once its infrastructure is ready; the authority behind it is in a Secret.
async fn find_memory(management: &str, namespace: &str, name: &str) -> Result<Upstream, String> {
    let say = |error: &dyn std::fmt::Display| {
        format!("failed to find the endpoint of Cluster {namespace}/{name}: {error}")
    };
    let client = client(management).await.map_err(|error| say(&error))?;
    let kind = GroupVersionKind::gvk("cluster.x-k8s.io", "v1beta2", "Cluster");
    let clusters: Api<DynamicObject> =
        Api::namespaced_with(client.clone(), namespace, &ApiResource::from_gvk(&kind));
    let mut address = None;
    let known = |cluster: Option<&DynamicObject>| {
        address = cluster.and_then(endpoint);
        address.is_some()
    };
    wait::until(&clusters, name, known, ENDPOINT_DEADLINE)
        .await
        .map_err(|error| say(&error))?;
    let address = address.ok_or_else(|| say(&"it is gone"))?;

    let secrets: Api<Secret> = Api::namespaced(client, namespace);
    let mut authority = None;
    let known = |secret: Option<&Secret>| {
        let bytes = secret.and_then(|secret| secret.data.as_ref()?.get("tls.crt"));
        authority = bytes.map(|bytes| String::from_utf8_lossy(&bytes.0).into_owned());
        authority.is_some()
    };
    wait::until(&secrets, &format!("{name}-ca"), known, ENDPOINT_DEADLINE)
        .await
        .map_err(|error| say(&error))?;
    let tls = tls::client(&authority.unwrap_or_default(), None).map_err(|error| say(&error))?;
    Ok(Upstream { address, tls })
}

fn endpoint(cluster: &DynamicObject) -> Option<SocketAddr> {
    let endpoint = &cluster.data["spec"]["controlPlaneEndpoint"];
    let port = u16::try_from(endpoint["port"].as_u64()?).ok()?;
    Some(SocketAddr::new(
        endpoint["host"].as_str()?.parse().ok()?,
        port,
    ))
}

async fn serve(listener: TcpListener, site: Arc<Site>, memory: Memory) {
    let acceptor = TlsAcceptor::from(Arc::clone(&site.acceptor));
    let mut connections = tokio::task::JoinSet::new();
    loop {
        // Out of file descriptors, for example: clients see it as well, and better times may come.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (acceptor, site, memory) = (acceptor.clone(), Arc::clone(&site), Arc::clone(&memory));
        connections.spawn(async move { Connection::serve(stream, acceptor, site, memory).await });
        while connections.try_join_next().is_some() {}
    }
}

/// One connection of a client; HTTP/1.1 sends its requests one after the other.
#[derive(Debug)]
struct Connection {
    site: Arc<Site>,
    memory: Memory,
    caller: Option<Caller>,
    to_memory: tokio::sync::Mutex<Option<SendRequest<Body>>>,
    to_real: tokio::sync::Mutex<Option<SendRequest<Body>>>,
}

impl Connection {
    async fn serve(stream: TcpStream, acceptor: TlsAcceptor, site: Arc<Site>, memory: Memory) {
        // A client that breaks off knows it; there is nobody else to tell.
        let Ok(stream) = acceptor.accept(stream).await else {
            return;
        };
        let certificates = stream.get_ref().1.peer_certificates();
        let connection = Arc::new(Self {
            site,
            memory,
            caller: certificates.and_then(|chain| Caller::of(chain.first()?)),
            to_memory: tokio::sync::Mutex::default(),
            to_real: tokio::sync::Mutex::default(),
        });
        let service = service_fn(move |request| {
            let connection = Arc::clone(&connection);
            async move { Ok::<_, std::convert::Infallible>(connection.answer(request).await) }
        });
        drop(
            http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades()
                .await,
        );
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let side = side(request.headers(), request.uri().path());
        let upstream = match side {
            Side::Memory => self.memory.lock().expect("no holder panics").clone(),
            Side::Real => Ok(Upstream {
                address: self.site.real,
                tls: Arc::clone(match &self.caller {
                    Some(_) => &self.site.as_proxy,
                    None => &self.site.as_nobody,
                }),
            }),
        };
        let answer = match upstream {
            Ok(upstream) => self.forward(side, &upstream, request).await,
            Err(reason) => Err((StatusCode::SERVICE_UNAVAILABLE, reason)),
        };
        answer.unwrap_or_else(|(status, reason)| {
            let mut response = Response::new(Body::from(reason));
            *response.status_mut() = status;
            response
        })
    }

    async fn forward(
        &self,
        side: Side,
        upstream: &Upstream,
        mut request: Request<Incoming>,
    ) -> Result<Response<Body>, (StatusCode, String)> {
        let failed = |reason: String| (StatusCode::BAD_GATEWAY, reason);
        let upgrade = request
            .headers()
            .contains_key(UPGRADE)
            .then(|| hyper::upgrade::on(&mut request));
        let (slot, caller) = match side {
            Side::Memory => (&self.to_memory, None),
            Side::Real => (&self.to_real, self.caller.as_ref()),
        };
        rewrite(request.headers_mut(), &upstream.host(), caller);
        let mut slot = slot.lock().await;
        let mut sender = upstream.sender(slot.take()).await.map_err(failed)?;
        let mut response = sender
            .send_request(request.map(Body::new))
            .await
            .map_err(|error| failed(format!("{} does not answer: {error}", upstream.address)))?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            if let Some(upgrade) = upgrade {
                tokio::spawn(splice(upgrade, hyper::upgrade::on(&mut response)));
            }
        } else {
            *slot = Some(sender);
        }
        Ok(response.map(Body::new))
    }
}

/// Passes bytes both ways until one side closes; the end of a connection is no news to either.
async fn splice(client: OnUpgrade, server: OnUpgrade) {
    if let (Ok(client), Ok(server)) = (client.await, server.await) {
        let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
        drop(tokio::io::copy_bidirectional(&mut client, &mut server).await);
    }
}
