//! Decides whom the harness trusts over TLS: the bed's authority, or that of one workload cluster.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::bed::{Error, Identity};

/// A server that asks for client certificates of the authority and also serves clients without one.
pub(crate) fn server(authority: &str, identity: &Identity) -> Result<Arc<ServerConfig>, Error> {
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots(authority)?), provider())
            .allow_unauthenticated()
            .build()
            .map_err(|error| Error::Client(error.into()))?;
    let (certificates, key) = pair(identity)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_client_cert_verifier(clients)
                .with_single_cert(certificates, key)
        })
        .map_err(|error| Error::Client(error.into()))?;
    // Connections into pods need HTTP/1.1.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// A client that trusts the authority and may have a certificate of its own.
pub(super) fn client(
    authority: &str,
    identity: Option<&Identity>,
) -> Result<Arc<ClientConfig>, Error> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Client(error.into()))?
        .with_root_certificates(roots(authority)?);
    let mut config = match identity {
        Some(identity) => {
            let (certificates, key) = pair(identity)?;
            builder
                .with_client_auth_cert(certificates, key)
                .map_err(|error| Error::Client(error.into()))?
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn roots(authority: &str) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        let certificate = certificate.map_err(|error| Error::Client(error.into()))?;
        roots
            .add(certificate)
            .map_err(|error| Error::Client(error.into()))?;
    }
    Ok(roots)
}

fn pair(
    identity: &Identity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes())
        .map_err(|error| Error::Client(error.into()))?;
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes())
        .map_err(|error| Error::Client(error.into()))?;
    Ok((vec![certificate], key))
}
