//! Decides how connections are treated: at most so many, a deadline for the handshake and for silence, a calm end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::Current;

/// Connections at once. Cluster API and API servers keep a handful.
const CONNECTIONS: usize = 512;
/// Longest handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest time between two requests of a connection. Go's clients close idle ones after 90 s; being the second to
/// close spares them a failed request.
const SILENCE: Duration = Duration::from_mins(2);
/// How long running requests may take after the end was asked for.
const FAREWELL: Duration = Duration::from_secs(5);

/// Serves `routes` over TLS until `shutdown`; then requests that run are finished.
pub async fn serve(
    listener: TcpListener,
    current: Current,
    routes: Router,
    shutdown: impl Future<Output = ()>,
) {
    let tls = TlsAcceptor::from(Arc::new(current.server_config()));
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    // Dropped with this future, and with it every connection.
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let permit = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
            permit = Arc::clone(&permits).acquire_owned() => permit,
        };
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let (tls, routes, watcher) = (tls.clone(), routes.clone(), graceful.watcher());
                connections.spawn(async move {
                    let _permit = permit;
                    let Some(stream) = handshake(tls, stream).await else {
                        return;
                    };
                    let connection = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .header_read_timeout(SILENCE)
                        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
                    if let Err(error) = watcher.watch(connection).await {
                        tracing::debug!(%error, "a connection ended early");
                    }
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: others have to end first.
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(FAREWELL, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests still ran when the server ended");
    }
}

async fn handshake(
    tls: TlsAcceptor,
    stream: TcpStream,
) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    // Answers are small and awaited.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection delays small packets");
    }
    match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a handshake failed");
            None
        }
        Err(_) => {
            tracing::debug!("a handshake took too long");
            None
        }
    }
}
