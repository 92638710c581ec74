//! How Cluster API finds and trusts the runtime extension: `ExtensionConfig` and certificates on a real API server.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cso_operator::Config;
use cso_operator::serving::Material;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{DeleteParams, DynamicObject};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::world::{Operator, World, resource};

const SECRET: &str = "cso-extension-cert";

/// A replica that answers hooks on a port of its own and registers itself under the namespace's name.
fn replica(world: &World, name: &str, more: &[&str]) -> Config {
    let register = format!("--extension-config={}", world.namespace);
    let mut flags = vec![
        "--hook-port=1",
        "--extension-url=https://127.0.0.1:0",
        &register,
    ];
    flags.extend(more);
    let mut config = world.config(&flags);
    config.release_dir = config.release_dir.join(name);
    let extension = config.extension.as_mut().expect("the extension is on");
    extension.address = ([127, 0, 0, 1], 0).into();
    config
}

fn configs(world: &World) -> Api<DynamicObject> {
    let kind = resource("runtime.cluster.x-k8s.io/v1beta2", "ExtensionConfig");
    Api::all_with(world.client.clone(), &kind)
}

async fn registered(world: &World, holds: impl Fn(&Value) -> bool) -> Value {
    let found = world
        .until(&configs(world), &world.namespace, |config| {
            config.is_some_and(|config| holds(&config.data["spec"]))
        })
        .await
        .unwrap();
    serde_json::to_value(found).unwrap()
}

fn bundle_of(config: &Value) -> String {
    let encoded = config["spec"]["clientConfig"]["caBundle"].as_str().unwrap();
    String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap()
}

fn has_bundle(spec: &Value) -> bool {
    spec["clientConfig"]["caBundle"].is_string()
}

async fn secret(world: &World) -> Material {
    let secrets: Api<Secret> = world.api();
    let secret = world
        .until(&secrets, SECRET, |secret| secret.is_some())
        .await
        .unwrap();
    let data = secret.data.unwrap_or_default().into_iter();
    Material::of(&data.map(|(key, bytes)| (key, bytes.0)).collect())
}

/// Discovers as Cluster API does: at the registered URL, trusting the registered bundle only.
async fn discover(config: &Value) -> Result<Value, Box<dyn std::error::Error>> {
    let url: http::Uri = config["spec"]["clientConfig"]["url"]
        .as_str()
        .unwrap()
        .parse()?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(bundle_of(config).as_bytes()) {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", url.port_u16().unwrap())).await?;
    let name = ServerName::try_from("127.0.0.1")?;
    let mut stream = tokio_rustls::TlsConnector::from(Arc::new(tls))
        .connect(name, stream)
        .await?;
    let path = format!("/{}/discovery", cso_core::hooks::API_VERSION);
    let request = format!(
        "POST {path}?timeout=10s HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("no body")?;
    Ok(serde_json::from_str(body)?)
}

#[tokio::test]
async fn cluster_api_finds_the_extension_and_can_trust_it() {
    let world = World::idle("extension").await;
    let operator = Operator::start(replica(&world, "one", &["--leader-elect=false"])).await;
    let config = registered(&world, has_bundle).await;
    assert_eq!(bundle_of(&config), secret(&world).await.bundle);
    assert_eq!(
        config["spec"]["namespaceSelector"],
        json!({"matchLabels": {"kubernetes.io/metadata.name": world.namespace}}),
        "an operator of one namespace is not asked about others"
    );
    let found = discover(&config).await.unwrap();
    let handlers = found["handlers"].as_array().unwrap();
    assert_eq!(
        handlers.len(),
        7,
        "the installed Cluster API knows chained upgrades"
    );
    operator.stop().await;
}

#[tokio::test]
async fn the_second_replica_uses_the_authority_of_the_first_and_only_the_leader_registers() {
    let world = World::idle("authority").await;
    let first = Operator::start(replica(&world, "first", &[])).await;
    let config = registered(&world, has_bundle).await;
    let made = secret(&world).await;
    let second = replica(&world, "second", &[]);
    let second = Operator::start(second).await;
    discover(&config).await.unwrap();
    first.stop().await;
    // The second replica leads now, registers itself, and is trusted through the same authority.
    let former = config["spec"]["clientConfig"]["url"].clone();
    let config = registered(&world, |spec| spec["clientConfig"]["url"] != former).await;
    assert_eq!(bundle_of(&config), made.bundle);
    assert_eq!(secret(&world).await, made);
    discover(&config).await.unwrap();
    second.stop().await;
}

#[tokio::test]
async fn a_lost_secret_and_a_changed_registration_are_mended() {
    let world = World::idle("mended").await;
    let operator = Operator::start(replica(&world, "one", &["--leader-elect=false"])).await;
    let config = registered(&world, has_bundle).await;
    let former = config["spec"]["clientConfig"]["caBundle"].clone();
    let secrets: Api<Secret> = world.api();
    secrets
        .delete(SECRET, &DeleteParams::default())
        .await
        .unwrap();
    let config = registered(&world, |spec| {
        has_bundle(spec) && spec["clientConfig"]["caBundle"] != former
    })
    .await;
    assert_eq!(bundle_of(&config), secret(&world).await.bundle);
    discover(&config).await.unwrap();
    let params = DeleteParams::default();
    configs(&world)
        .delete(&world.namespace, &params)
        .await
        .unwrap();
    let config = registered(&world, has_bundle).await;
    discover(&config).await.unwrap();
    operator.stop().await;
}

#[tokio::test]
async fn the_registration_of_upstreams_chart_is_taken_over() {
    let world = World::idle("upstream").await;
    world
        .apply(
            "helm",
            &json!({
                "apiVersion": "runtime.cluster.x-k8s.io/v1alpha1", "kind": "ExtensionConfig",
                "metadata": {
                    "name": world.namespace, "namespace": "",
                    "annotations": {"runtime.cluster.x-k8s.io/inject-ca-from-secret": "cso-system/x"},
                },
                "spec": {
                    "clientConfig": {"url": "https://127.0.0.1:1", "caBundle": STANDARD.encode("old")},
                    "namespaceSelector": {}, "settings": {"mine": "kept"},
                },
            }),
        )
        .await;
    let operator = Operator::start(replica(&world, "one", &["--leader-elect=false"])).await;
    let config = registered(&world, |spec| {
        spec["clientConfig"]["caBundle"] != STANDARD.encode("old")
    })
    .await;
    let annotations = config["metadata"]["annotations"].as_object().unwrap();
    assert!(!annotations.contains_key("runtime.cluster.x-k8s.io/inject-ca-from-secret"));
    assert_eq!(config["spec"]["settings"], json!({"mine": "kept"}));
    discover(&config).await.unwrap();
    operator.stop().await;
}

#[tokio::test]
async fn a_mounted_certificate_is_served_and_no_secret_is_made() {
    let world = World::idle("mounted").await;
    let folder = tempfile::tempdir().unwrap();
    let names = ["127.0.0.1".to_owned()];
    let step = cso_core::certificates::Step::StartOver;
    let made = Material::default()
        .step(step, jiff::Timestamp::now(), &names)
        .unwrap();
    for (name, text) in [
        ("tls.crt", &made.chain),
        ("tls.key", &made.key),
        ("ca.crt", &made.bundle),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let dir = format!("--hook-cert-dir={}", folder.path().display());
    let operator = Operator::start(replica(&world, "one", &["--leader-elect=false", &dir])).await;
    let config = registered(&world, has_bundle).await;
    assert_eq!(bundle_of(&config), made.bundle);
    discover(&config).await.unwrap();
    let secrets: Api<Secret> = world.api();
    assert!(secrets.get_opt(SECRET).await.unwrap().is_none());
    operator.stop().await;
}
