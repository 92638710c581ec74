//! Whom to trust: servers with certificates of known and unknown issuers.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::serve::Listener;
use cso_source::{Access, OciRepository, Source, SourceSpec};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, peer) = self.listener.accept().await.unwrap();
            // Clients that do not trust us hang up here.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

fn issuer() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A registry with one tag and a certificate for `localhost`; its port and its issuer.
async fn server() -> (u16, String) {
    let (issuer, key) = (issuer(), KeyPair::generate().unwrap());
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let secret = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret)
        .unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let router = Router::new().fallback(|| async { r#"{"tags":["docker-tiny-1-30-v1"]}"# });
    tokio::spawn(async move { axum::serve(Tls { listener, acceptor }, router).await });
    (port, issuer.pem())
}

#[tokio::test]
async fn only_certificates_of_trusted_issuers_for_the_right_name_are_accepted() {
    let (port, known) = server().await;
    let unknown = issuer().pem();
    for (host, ca_certificates, skip_tls_verification, category) in [
        ("localhost", Some(&known), false, None),
        ("localhost", None, true, None),
        ("localhost", None, false, Some("Unreachable")),
        ("localhost", Some(&unknown), false, Some("Unreachable")),
        ("127.0.0.1", Some(&known), false, Some("Unreachable")),
    ] {
        let place = OciRepository::parse(&format!("{host}:{port}/kaas/stacks")).unwrap();
        let access = Access {
            ca_certificates: ca_certificates.map(|pem| pem.clone().into_bytes()),
            skip_tls_verification,
            ..Access::default()
        };
        let listed = Source::new(SourceSpec::Oci(place), access)
            .unwrap()
            .list_tags()
            .await;
        let found = listed.as_ref().err().map(cso_source::Error::category);
        assert_eq!(found, category, "{host}: {listed:?}");
        assert!(
            listed
                .err()
                .is_none_or(|error| error.to_string().contains("certificates"))
        );
    }
}
