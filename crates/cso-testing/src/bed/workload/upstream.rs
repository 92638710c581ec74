//! Decides how a front reaches a server behind it: one connection per client connection and server, kept while it works.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderValue;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A server behind the front.
#[derive(Debug, Clone)]
pub(super) struct Upstream {
    pub(super) address: SocketAddr,
    pub(super) tls: Arc<ClientConfig>,
}

impl Upstream {
    /// The header by which the server knows itself.
    pub(super) fn host(&self) -> HeaderValue {
        HeaderValue::from_str(&self.address.to_string()).expect("an address is ASCII")
    }

    /// The kept connection if it still works, otherwise a new one.
    pub(super) async fn sender(
        &self,
        kept: Option<SendRequest<Body>>,
    ) -> Result<SendRequest<Body>, String> {
        if let Some(mut sender) = kept
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        self.connect()
            .await
            .map_err(|error| format!("failed to connect to {}: {error}", self.address))
    }

    async fn connect(&self) -> Result<SendRequest<Body>, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::IpAddress(self.address.ip().into());
        let stream = TlsConnector::from(Arc::clone(&self.tls))
            .connect(name, stream)
            .await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Its error is also the error of the request that was under way.
        tokio::spawn(connection.with_upgrades());
        Ok(sender)
    }
}
