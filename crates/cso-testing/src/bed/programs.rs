//! Decides the command line of every program of a bed.

use std::path::Path;

use super::pki::FRONT_PROXY;

/// The controllers that make an API server behave: ownership, namespaces, aggregated roles, default service accounts.
const CONTROLLERS: &str = "garbage-collector-controller,namespace-controller,clusterrole-aggregation-controller,\
                           serviceaccount-controller";

/// The ports of one bed, all on loopback.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    pub(super) etcd_client: u16,
    pub(super) etcd_peer: u16,
    pub(super) apiserver: u16,
    pub(super) registry: u16,
}

impl Ports {
    /// Four ports that were free a moment ago.
    pub(super) fn free() -> std::io::Result<Self> {
        let [etcd_client, etcd_peer, apiserver, registry] = free_ports()?;
        Ok(Self {
            etcd_client,
            etcd_peer,
            apiserver,
            registry,
        })
    }
}

/// Different ports on loopback that were free a moment ago. All are held until the last one is known.
pub(super) fn free_ports<const N: usize>() -> std::io::Result<[u16; N]> {
    let mut held = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

pub(super) fn etcd(ports: Ports, dir: &Path) -> Vec<String> {
    let client = format!("http://127.0.0.1:{}", ports.etcd_client);
    let peer = format!("http://127.0.0.1:{}", ports.etcd_peer);
    vec![
        "--name=test-bed".to_owned(),
        format!("--data-dir={}", dir.join("etcd").display()),
        "--unsafe-no-fsync".to_owned(),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=test-bed={peer}"),
        "--log-level=warn".to_owned(),
    ]
}

/// The management cluster's API server.
pub(super) fn apiserver(ports: Ports, dir: &Path) -> Vec<String> {
    let mut arguments = apiserver_on(ports.etcd_client, ports.apiserver, dir);
    arguments.push(format!("--cert-dir={}", dir.join("generated").display()));
    arguments
}

/// Another one on the same store, below a prefix of its own, which believes the front whom it speaks for.
pub(super) fn workload_apiserver(ports: Ports, port: u16, dir: &Path) -> Vec<String> {
    let mut arguments = apiserver_on(ports.etcd_client, port, dir);
    arguments.extend([
        format!("--etcd-prefix=/workload-{port}"),
        format!(
            "--requestheader-client-ca-file={}",
            dir.join("ca.crt").display()
        ),
        format!("--requestheader-allowed-names={FRONT_PROXY}"),
        "--requestheader-username-headers=X-Remote-User".to_owned(),
        "--requestheader-group-headers=X-Remote-Group".to_owned(),
        "--requestheader-extra-headers-prefix=X-Remote-Extra-".to_owned(),
        format!(
            "--cert-dir={}",
            dir.join(format!("generated-{port}")).display()
        ),
    ]);
    arguments
}

fn apiserver_on(etcd: u16, port: u16, dir: &Path) -> Vec<String> {
    let file = |name: &str| dir.join(name).display().to_string();
    vec![
        format!("--etcd-servers=http://127.0.0.1:{etcd}"),
        format!("--secure-port={port}"),
        "--bind-address=127.0.0.1".to_owned(),
        "--advertise-address=127.0.0.1".to_owned(),
        "--endpoint-reconciler-type=none".to_owned(),
        format!("--tls-cert-file={}", file("apiserver.crt")),
        format!("--tls-private-key-file={}", file("apiserver.key")),
        format!("--client-ca-file={}", file("ca.crt")),
        "--authorization-mode=RBAC".to_owned(),
        "--allow-privileged=true".to_owned(),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-signing-key-file={}", file("sa.key")),
        format!("--service-account-key-file={}", file("sa.pub")),
    ]
}

pub(super) fn controller_manager(dir: &Path) -> Vec<String> {
    let file = |name: &str| dir.join(name).display().to_string();
    vec![
        format!("--kubeconfig={}", file("kubeconfig")),
        "--leader-elect=false".to_owned(),
        "--secure-port=0".to_owned(),
        format!("--cert-dir={}", file("generated-kcm")),
        format!("--controllers={CONTROLLERS}"),
        "--use-service-account-credentials=false".to_owned(),
    ]
}

/// The registry takes its settings from a file; deletion of blobs and manifests is on.
pub(super) fn registry(ports: Ports, dir: &Path) -> std::io::Result<Vec<String>> {
    let config = serde_json::json!({
        "version": "0.1",
        "log": {"level": "warn"},
        "storage": {
            "filesystem": {"rootdirectory": dir.join("registry")},
            "delete": {"enabled": true},
        },
        "http": {"addr": format!("127.0.0.1:{}", ports.registry)},
    });
    let path = dir.join("registry.json");
    std::fs::write(&path, config.to_string())?;
    Ok(vec!["serve".to_owned(), path.display().to_string()])
}
