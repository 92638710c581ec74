//! Decides how an API server is connected: all requests and watches share one HTTP/2 connection, as in client-go. With
//! HTTP/1.1 every watch would keep a connection of its own, and so would every request that runs beside another.

#[cfg(test)]
mod tests;

use std::time::Duration;

use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::{Body, ClientBuilder, ConfigExt as _};
use kube::{Client, Config, Error};
use rustls::pki_types::ServerName;
use tower::{BoxError, ServiceBuilder};

use super::Counted;

/// When a connection is taken for dead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pings {
    /// It is asked whether it is alive when it was quiet for that long.
    quiet: Duration,
    /// And given up when it does not answer for that long; what waits for it fails, and the next request opens another.
    answer: Duration,
}

impl Pings {
    /// What client-go does.
    pub(super) const USUAL: Self = Self {
        quiet: Duration::from_secs(30),
        answer: Duration::from_secs(15),
    };
}

/// Connections of servers that speak HTTP/1.1 only are closed when nobody needed them for that long.
const IDLE: Duration = Duration::from_secs(30);

/// A client without a proxy.
///
/// # Errors
/// TLS or credentials of the configuration cannot be used.
pub(super) fn client(config: Config, counted: &Counted, pings: Pings) -> Result<Client, Error> {
    let connection = HttpClient::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .http2_keep_alive_interval(pings.quiet)
        .http2_keep_alive_timeout(pings.answer)
        .build::<_, Body>(connector(&config)?);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(connection);
    let builder = ClientBuilder::new(service, config.default_namespace);
    Ok(builder.with_layer(counted).build())
}

fn connector(config: &Config) -> Result<HttpsConnector<HttpConnector>, Error> {
    let mut tls = config.rustls_client_config()?;
    // There is one connection: nothing is gained by what it takes to resume it.
    tls.resumption = rustls::client::Resumption::disabled();
    let mut builder = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http();
    if let Some(name) = config.tls_server_name.clone() {
        let name = ServerName::try_from(name);
        let name = name.map_err(|error| Error::Service(error.into()))?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    let mut plain = HttpConnector::new();
    plain.enforce_http(false);
    plain.set_nodelay(true);
    plain.set_connect_timeout(config.connect_timeout);
    Ok(builder.enable_all_versions().wrap_connector(plain))
}
