//! The runtime extension over HTTPS, called as Cluster API calls it: HTTP/1.1, no content type, a Cluster without status.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step is a failed test; the builders are not test functions"
)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use cso_api::{ClusterAddon, ClusterAddonSpec, ClusterAddonStatus, ClusterStackRelease};
use cso_core::certificates::Step;
use cso_core::hooks::{API_VERSION, BODY_LIMIT, Catalogue, Hook};
use cso_operator::Metrics;
use cso_operator::extension::{Answers, Sight, routes};
use cso_operator::serving::{Current, Material, serve};
use jiff::Timestamp;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const RELEASE: &str = "docker-demo-1-36-v2";

struct Server {
    address: SocketAddr,
    authority: String,
    current: Current,
    sight: Sight,
    metrics: Metrics,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

fn material() -> Material {
    let names = ["127.0.0.1".to_owned()];
    Material::default()
        .step(Step::StartOver, Timestamp::now(), &names)
        .unwrap()
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (answers, sight) = Answers::new(None);
        let material = material();
        let current = Current::default();
        current.install(&material.chain, &material.key).unwrap();
        let metrics = Metrics::default();
        let (_, catalogue) = watch::channel(Catalogue::Steps);
        let routes = routes(answers, catalogue, metrics.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = current.clone();
        let ended = tokio::spawn(serve(listener, serving, routes, async {
            drop(stopped.await);
        }));
        Self {
            address,
            authority: material.bundle,
            current,
            sight,
            metrics,
            stop,
            ended,
        }
    }

    async fn connect(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.authority.as_bytes()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("127.0.0.1").unwrap();
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }

    /// Calls a hook on a connection of its own.
    async fn call(&self, hook: Hook, body: &[u8]) -> Value {
        let mut stream = self.connect().await.unwrap();
        let (status, answer) = post(&mut stream, &hook.path(), body).await;
        assert_eq!(status, 200, "{hook}: {answer}");
        assert_eq!(answer["apiVersion"], API_VERSION);
        assert_eq!(answer["kind"], format!("{hook}Response"));
        answer
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.ended.await.unwrap();
    }
}

/// Posts as Cluster API does, with the connection kept.
async fn post(stream: &mut TlsStream<TcpStream>, path: &str, body: &[u8]) -> (u16, Value) {
    let head = format!(
        "POST {path}?timeout=10s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Go-http-client/1.1\r\n\
         Content-Length: {}\r\nAccept-Encoding: gzip\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    answer(stream).await
}

async fn answer(stream: &mut TlsStream<TcpStream>) -> (u16, Value) {
    let mut read = Vec::new();
    let end = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        let mut some = [0; 4096];
        let count = stream.read(&mut some).await.unwrap();
        assert_ne!(
            count,
            0,
            "the connection ended: {}",
            String::from_utf8_lossy(&read)
        );
        read.extend_from_slice(&some[..count]);
    };
    let head = String::from_utf8(read[..end].to_vec())
        .unwrap()
        .to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.unwrap_or("0").trim().parse().unwrap();
    let mut body = read[end..].to_vec();
    let have = body.len();
    body.resize(length, 0);
    if length > have {
        stream.read_exact(&mut body[have..]).await.unwrap();
    }
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    (status, body)
}

/// A request about Cluster team-a/c1 of our class.
fn request(hook: Hook) -> Value {
    json!({
        "kind": format!("{hook}Request"), "apiVersion": API_VERSION,
        "cluster": {
            "kind": "Cluster", "apiVersion": "cluster.x-k8s.io/v1beta2",
            "metadata": {"name": "c1", "namespace": "team-a", "resourceVersion": "7"},
            "spec": {"topology": {"classRef": {"name": RELEASE}, "version": "v1.36.1"}},
        },
        "fromKubernetesVersion": "v1.35.2", "toKubernetesVersion": "v1.36.1",
    })
}

fn body(hook: Hook) -> Vec<u8> {
    request(hook).to_string().into_bytes()
}

fn release() -> ClusterStackRelease {
    let mut release =
        ClusterStackRelease::new(RELEASE, cso_api::ClusterStackReleaseSpec::default());
    release.metadata.namespace = Some("team-a".to_owned());
    release
}

fn addon(status: Value) -> ClusterAddon {
    let mut addon = ClusterAddon::new("cluster-addon-c1", ClusterAddonSpec::default());
    addon.metadata.namespace = Some("team-a".to_owned());
    addon.status = Some(serde_json::from_value::<ClusterAddonStatus>(status).unwrap());
    addon
}

#[tokio::test]
async fn a_hook_waits_until_everything_was_seen_and_then_follows_the_add_ons() {
    let mut server = Server::start().await;
    let hook = Hook::BeforeClusterUpgrade;
    let early = server.call(hook, &body(hook)).await;
    assert_eq!(early["retryAfterSeconds"], 10);
    assert!(
        early["message"].as_str().unwrap().contains("just started"),
        "{early}"
    );

    let waiting = json!({
        "target": RELEASE, "hook": "BeforeClusterUpgrade",
        "stages": [{"name": "cni", "phase": "waitingForPostCondition"}],
    });
    server.sight.show([release()], [addon(waiting)]);
    let waits = server.call(hook, &body(hook)).await;
    assert_eq!(
        (&waits["status"], &waits["retryAfterSeconds"]),
        (&json!("Success"), &json!(10))
    );
    assert!(
        waits["message"].as_str().unwrap().contains("stage cni"),
        "{waits}"
    );
    assert_eq!(
        server.call(hook, &body(hook)).await,
        waits,
        "asked again, answered again"
    );

    server.sight.show(
        [release()],
        [addon(json!({"applied": {"release": RELEASE}}))],
    );
    let goes = server.call(hook, &body(hook)).await;
    assert_eq!(goes["retryAfterSeconds"], 0);
    assert_eq!(goes.get("message"), None);
    let text = exposed(&server.metrics);
    for line in [
        "cso_hook_requests_total{hook=\"BeforeClusterUpgrade\",result=\"wait\"} 3",
        "cso_hook_requests_total{hook=\"BeforeClusterUpgrade\",result=\"go\"} 1",
        "cso_hook_duration_seconds_count{hook=\"BeforeClusterUpgrade\"} 4",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    server.stop().await;
}

fn exposed(metrics: &Metrics) -> String {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &metrics.registry()).unwrap();
    text
}

#[tokio::test]
async fn u13_a_cluster_of_others_is_answered_at_once_even_before_anything_was_seen() {
    let server = Server::start().await;
    for hook in Hook::ALL {
        let mut plain = request(hook);
        plain["cluster"]["spec"] = json!({});
        let answer = server.call(hook, plain.to_string().as_bytes()).await;
        assert_eq!(answer["status"], "Success");
        if hook.may_wait() {
            assert_eq!(answer["retryAfterSeconds"], 0);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn discovery_names_a_handler_for_every_announced_hook_and_each_is_served() {
    let server = Server::start().await;
    let mut stream = server.connect().await.unwrap();
    let path = format!("/{API_VERSION}/discovery");
    let message = json!({"kind": "DiscoveryRequest", "apiVersion": API_VERSION}).to_string();
    let (status, found) = post(&mut stream, &path, message.as_bytes()).await;
    assert_eq!((status, &found["status"]), (200, &json!("Success")));
    let handlers = found["handlers"].as_array().unwrap();
    assert_eq!(handlers.len(), 7);
    for handler in handlers {
        let hook = Hook::named(handler["requestHook"]["hook"].as_str().unwrap()).unwrap();
        let path = format!(
            "/{API_VERSION}/{}/{}",
            hook.name().to_lowercase(),
            handler["name"].as_str().unwrap()
        );
        let (status, answer) = post(&mut stream, &path, &body(hook)).await;
        assert_eq!(status, 200, "{hook}: {answer}");
    }
    let (status, _) = post(
        &mut stream,
        &format!("/{API_VERSION}/beforeclusterupgrade/x"),
        b"{}",
    )
    .await;
    assert_eq!(status, 404);
    server.stop().await;
}

#[tokio::test]
async fn bad_requests_are_failures_with_a_stable_text_and_the_server_goes_on() {
    let server = Server::start().await;
    let hook = Hook::BeforeClusterUpgrade;
    let large = vec![b'{'; BODY_LIMIT + 1];
    for (body, text) in [
        (&b"{"[..], "is not a message of"),
        (b"{}", "names no Cluster"),
        (&large, "too large"),
    ] {
        let mut stream = server.connect().await.unwrap();
        let (status, answer) = post(&mut stream, &hook.path(), body).await;
        assert_eq!((status, &answer["status"]), (200, &json!("Failure")));
        assert!(
            answer["message"].as_str().unwrap().contains(text),
            "{answer}"
        );
    }
    server.call(hook, &body(hook)).await;
    server.stop().await;
}

#[tokio::test]
async fn a_new_certificate_is_served_without_a_restart() {
    let server = Server::start().await;
    let mut kept = server.connect().await.unwrap();
    let other = material();
    server.current.install(&other.chain, &other.key).unwrap();
    let refused = server.connect().await.unwrap_err();
    assert!(refused.to_string().contains("certificate"), "{refused}");
    let hook = Hook::BeforeClusterDelete;
    let (status, _) = post(&mut kept, &hook.path(), &body(hook)).await;
    assert_eq!(status, 200, "connections that exist go on");
    let renewed = Server {
        authority: other.bundle,
        ..server
    };
    renewed.call(hook, &body(hook)).await;
    renewed.stop().await;
}

#[tokio::test]
async fn a_request_that_runs_when_the_server_stops_is_answered() {
    let server = Server::start().await;
    let mut stream = server.connect().await.unwrap();
    let hook = Hook::BeforeClusterDelete;
    let body = body(hook);
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        hook.path(),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The interim answer tells that the request has begun.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100 Continue"));
    let address = server.address;
    server.stop.send(()).unwrap();
    stream.write_all(&body).await.unwrap();
    let (status, answer) = answer(&mut stream).await;
    assert_eq!((status, &answer["status"]), (200, &json!("Success")));
    server.ended.await.unwrap();
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
}

#[tokio::test]
async fn every_captured_request_is_answered_for_a_class_that_is_not_ours() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/testbed/capi/hooks");
    if !folder.is_dir() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "recorded hook requests are missing: expected them in {}",
            folder.display()
        );
        return;
    }
    let mut server = Server::start().await;
    server.sight.show([release()], []);
    for hook in Hook::ALL {
        let body = std::fs::read(folder.join(format!("first-{hook}.json"))).unwrap();
        let answer = server.call(hook, &body).await;
        assert_eq!(answer["status"], "Success", "{hook}: {answer}");
        assert_eq!(answer.get("message"), None, "{hook}: {answer}");
    }
    server.stop().await;
}
