//! Decides the kubeconfig of a bed's administrator.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::pki::Pki;

/// The kubeconfig as JSON, which every reader of YAML accepts.
pub(super) fn kubeconfig(port: u16, pki: &Pki) -> String {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test-bed",
        "clusters": [{"name": "test-bed", "cluster": {
            "server": format!("https://127.0.0.1:{port}"),
            "certificate-authority-data": STANDARD.encode(&pki.authority),
        }}],
        "users": [{"name": "admin", "user": {
            "client-certificate-data": STANDARD.encode(&pki.admin.certificate),
            "client-key-data": STANDARD.encode(&pki.admin.key),
        }}],
        "contexts": [{"name": "test-bed", "context": {"cluster": "test-bed", "user": "admin"}}],
    })
    .to_string()
}
