//! Translates a trusted kubeconfig into a client; which one is trusted is decided in `cso_core::cluster_addon`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cso_core::cluster_addon::WorkloadAccess;
use kube::config::{
    AuthInfo, Cluster, Context, KubeConfigOptions, Kubeconfig, NamedAuthInfo, NamedCluster,
    NamedContext,
};
use kube::{Client, Config};

use crate::api_client::client_within;
use crate::metrics::Metrics;

/// The only name in a kubeconfig made here.
const NAME: &str = "workload";

/// A client for a workload cluster. Without a proxy of its own it goes through the one of the environment, if any.
///
/// # Errors
/// A certificate or key is not what it seems, in words that name no content.
pub(super) async fn client(
    access: &WorkloadAccess,
    metrics: &Metrics,
    deadline: Duration,
) -> Result<Client, &'static str> {
    let config = Config::from_custom_kubeconfig(kubeconfig(access), &KubeConfigOptions::default())
        .await
        .map_err(|_| "its certificates or its proxy cannot be used")?;
    client_within(config, metrics.clone(), deadline)
        .map_err(|_| "its certificate or key cannot be used")
}

fn kubeconfig(access: &WorkloadAccess) -> Kubeconfig {
    let encoded = |bytes: &[u8]| STANDARD.encode(bytes);
    let cluster = Cluster {
        server: Some(access.server.clone()),
        certificate_authority_data: access.certificate_authority.as_deref().map(encoded),
        tls_server_name: access.tls_server_name.clone(),
        proxy_url: access.proxy.clone(),
        ..Cluster::default()
    };
    let identity = access.identity.as_ref();
    let user = AuthInfo {
        client_certificate_data: identity.map(|identity| encoded(&identity.certificate)),
        client_key_data: identity.map(|identity| encoded(&identity.key).into()),
        token: access.token.clone().map(Into::into),
        ..AuthInfo::default()
    };
    let context = Context {
        cluster: NAME.to_owned(),
        user: Some(NAME.to_owned()),
        ..Context::default()
    };
    Kubeconfig {
        current_context: Some(NAME.to_owned()),
        clusters: vec![NamedCluster {
            name: NAME.to_owned(),
            cluster: Some(cluster),
            ..NamedCluster::default()
        }],
        auth_infos: vec![NamedAuthInfo {
            name: NAME.to_owned(),
            auth_info: Some(user),
            ..NamedAuthInfo::default()
        }],
        contexts: vec![NamedContext {
            name: NAME.to_owned(),
            context: Some(context),
            ..NamedContext::default()
        }],
        ..Kubeconfig::default()
    }
}
