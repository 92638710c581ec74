//! Makes many workload clusters of one API server: each has a token, and a namespace that it takes for `kube-system`.
//!
//! Behind the front of its site a cluster sees nothing of the others: lists and watches of our objects are narrowed to its
//! namespace. All else, discovery and definitions, is the server's own. The raw loop takes the same way.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use cso_testing::TestBed;
use futures::{Stream, StreamExt as _};
use http::header::{AUTHORIZATION, HOST, TRANSFER_ENCODING};
use http::{Request, Response, Uri, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use kube::Client;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The namespace a cluster knows, in quotes as in JSON.
const SEEN: &[u8] = b"\"kube-system\"";

/// The namespace a cluster has: a name as long as the one it knows, so that texts keep their length.
pub(crate) fn namespace(cluster: usize) -> String {
    format!("site-{cluster:06}")
}

/// Serves the clusters of an API server on a port of its own, as long as the process lives.
pub(crate) async fn open(bed: &TestBed, upstream: Client) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = acceptor(bed);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, acceptor.clone(), upstream.clone()));
        }
    });
    address
}

fn acceptor(bed: &TestBed) -> TlsAcceptor {
    let identity = bed.server_identity();
    let certificates = CertificateDer::pem_slice_iter(identity.certificate.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates.map(Result::unwrap).collect(), key)
        .unwrap();
    config.alpn_protocols = [b"h2".to_vec(), b"http/1.1".to_vec()].into();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, upstream: Client) {
    // A client that breaks off knows it.
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let service = service_fn(move |request| {
        let upstream = upstream.clone();
        async move { Ok::<_, std::convert::Infallible>(answer(&upstream, request).await) }
    });
    let served = Builder::new(TokioExecutor::new());
    drop(served.serve_connection(TokioIo::new(stream), service).await);
}

async fn answer(upstream: &Client, request: Request<Incoming>) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let token = parts.headers.remove(AUTHORIZATION).unwrap();
    let own = token.to_str().unwrap().trim_start_matches("Bearer ");
    let quoted = format!("\"{own}\"").into_bytes();
    parts.headers.remove(HOST);
    parts.version = Version::HTTP_11;
    parts.uri = inside(&parts.uri, own);
    let body = to_bytes(Body::new(body), usize::MAX).await.unwrap();
    let body = kube::client::Body::from(replaced(&body, SEEN, &quoted));
    let answer = upstream.send(Request::from_parts(parts, body)).await;
    let (mut parts, body) = answer.unwrap().into_parts();
    parts.version = Version::default();
    // The connection to the client frames anew.
    parts.headers.remove(TRANSFER_ENCODING);
    let lines = lines(Body::new(body).into_data_stream());
    let lines = lines.map(move |line| line.map(|line| replaced(&line, &quoted, SEEN)));
    Response::from_parts(parts, Body::from_stream(lines))
}

/// The path in the namespace of a cluster; of what is asked for by our label, everywhere is there.
fn inside(uri: &Uri, own: &str) -> Uri {
    let path = uri
        .path()
        .replace("/namespaces/kube-system", &format!("/namespaces/{own}"));
    let query = uri
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    let path = match path.rsplit_once('/') {
        Some((version, kind))
            if query.contains("labelSelector") && !path.contains("/namespaces/") =>
        {
            format!("{version}/namespaces/{own}/{kind}")
        }
        _ => path,
    };
    format!("{path}{query}").parse().unwrap()
}

/// Whole lines: what is to be replaced never lies across the end of one.
fn lines<E>(
    stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> impl Stream<Item = Result<Vec<u8>, E>> {
    futures::stream::unfold((stream, Vec::new()), |(mut stream, mut rest)| async move {
        loop {
            match stream.next().await {
                Some(Ok(bytes)) => {
                    rest.extend_from_slice(&bytes);
                    if let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') {
                        let tail = rest.split_off(end + 1);
                        return Some((Ok(rest), (stream, tail)));
                    }
                }
                Some(Err(error)) => return Some((Err(error), (stream, Vec::new()))),
                None if rest.is_empty() => return None,
                None => return Some((Ok(std::mem::take(&mut rest)), (stream, rest))),
            }
        }
    })
}

/// The text with a word replaced by one as long.
fn replaced(text: &[u8], word: &[u8], by: &[u8]) -> Vec<u8> {
    let mut replaced = text.to_vec();
    for at in memchr::memmem::find_iter(text, word) {
        replaced[at..at + word.len()].copy_from_slice(by);
    }
    replaced
}
