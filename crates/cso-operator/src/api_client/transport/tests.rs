//! What becomes of a connection whose other end is gone without a word, as when a node dies or a firewall forgets it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use futures::{AsyncBufReadExt as _, StreamExt as _, TryStreamExt as _};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::metrics::Metrics;

/// Much longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// An API server that begins every answer and never ends one.
struct Endless {
    address: SocketAddr,
    certificate: Vec<u8>,
    connections: Arc<AtomicUsize>,
}

impl Endless {
    async fn start() -> Self {
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let mut tls = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        tls.alpn_protocols = vec![b"h2".to_vec()];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endless = Self {
            address: listener.local_addr().unwrap(),
            certificate: own.cert.der().to_vec(),
            connections: Arc::default(),
        };
        let (acceptor, connections) = (
            TlsAcceptor::from(Arc::new(tls)),
            endless.connections.clone(),
        );
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, acceptor.clone()));
            }
        });
        endless
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor) {
    let stream = acceptor.accept(stream).await.unwrap();
    let service = service_fn(|_| {
        let begin = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from("begun\n"))]);
        let body = begin.chain(futures::stream::pending());
        let answer = http::Response::new(axum::body::Body::from_stream(body));
        std::future::ready(Ok::<_, std::convert::Infallible>(answer))
    });
    // The client may give the connection up.
    drop(
        Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}

/// A way to the server on which connections can be made to hang, without either end being told.
async fn way_to(server: SocketAddr) -> (SocketAddr, Arc<Notify>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let hang = Arc::new(Notify::new());
    let hangs = hang.clone();
    tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut far = TcpStream::connect(server).await.unwrap();
            let hangs = hangs.clone();
            tokio::spawn(async move {
                tokio::select! {
                    ended = tokio::io::copy_bidirectional(&mut near, &mut far) => drop(ended),
                    () = hangs.notified() => std::future::pending().await,
                }
            });
        }
    });
    (address, hang)
}

async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.unwrap()
}

#[tokio::test]
async fn a_watch_on_a_connection_that_died_in_silence_fails_and_the_next_goes_by_another() {
    let server = Endless::start().await;
    let (way, hang) = way_to(server.address).await;
    let mut config = Config::new(format!("https://{way}").parse().unwrap());
    config.root_cert = Some(vec![server.certificate.clone()]);
    let counted = Counted {
        metrics: Metrics::default(),
        deadline: PATIENCE,
    };
    let pings = Pings {
        quiet: Duration::from_millis(50),
        answer: Duration::from_millis(50),
    };
    let client = client(config, &counted, pings).unwrap();
    let watch = async || {
        let request = http::Request::get("/api/v1/secrets?watch=1").body(Vec::new());
        let answer = client.request_stream(request.unwrap()).await.unwrap();
        let mut lines = Box::pin(answer.lines());
        assert_eq!(lines.try_next().await.unwrap().as_deref(), Some("begun"));
        lines
    };
    let mut first = within(watch()).await;
    hang.notify_waiters();
    within(first.try_next()).await.unwrap_err();
    drop(within(watch()).await);
    assert_eq!(server.connections.load(Ordering::SeqCst), 2);
}
