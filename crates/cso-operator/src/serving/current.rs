//! Decides which certificate a handshake gets: the one installed last, without a restart.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// The certificate of a server. Clones share it; until one is installed every handshake is refused.
#[derive(Clone, Debug, Default)]
pub struct Current(Arc<Slot>);

#[derive(Debug, Default)]
struct Slot(ArcSwapOption<CertifiedKey>);

impl ResolvesServerCert for Slot {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.load_full()
    }
}

/// Why a certificate cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The certificate chain is not PEM, or empty.
    #[error("the serving certificate is not a PEM certificate")]
    Certificate {
        /// Cause; `None` if there simply is none.
        source: Option<rustls::pki_types::pem::Error>,
    },
    /// The key is not PEM.
    #[error("the key of the serving certificate is not a PEM key")]
    Key {
        /// Cause.
        source: rustls::pki_types::pem::Error,
    },
    /// The two do not belong together, or the algorithm is unknown.
    #[error("the serving certificate and its key do not fit")]
    Pair {
        /// Cause.
        source: rustls::Error,
    },
}

impl Current {
    /// Serves this chain from the next handshake on.
    ///
    /// # Errors
    /// The pair cannot be served; the former one stays.
    pub fn install(&self, chain: &str, key: &str) -> Result<(), Error> {
        let pair = pair(chain, key)?;
        self.0.0.store(Some(Arc::new(pair)));
        Ok(())
    }

    /// TLS 1.2 and 1.3 with this certificate; HTTP/1.1 only, which is all that Cluster API and the API server need.
    ///
    /// # Panics
    /// Never: the provider has the default protocol versions.
    pub fn server_config(&self) -> ServerConfig {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider has the default protocol versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.0) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config
    }
}

/// Reads a chain and the key of its first certificate.
pub(super) fn pair(chain: &str, key: &str) -> Result<CertifiedKey, Error> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|source| Error::Certificate {
            source: Some(source),
        })?;
    if chain.is_empty() {
        return Err(Error::Certificate { source: None });
    }
    let key =
        PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|source| Error::Key { source })?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(|source| Error::Pair { source })
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
