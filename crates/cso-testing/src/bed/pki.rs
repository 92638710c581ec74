//! Decides the certificates of a bed: one EC authority, a leaf for the API server, a leaf for the administrator.

use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use super::Error;

/// The names under which the API server is reached.
const SERVER_NAMES: [&str; 6] = [
    "localhost",
    "127.0.0.1",
    "10.0.0.1",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
];

/// The common name by which a workload API server knows the front.
pub(super) const FRONT_PROXY: &str = "front-proxy";

/// The folder with the certificate of Cluster API's webhooks.
pub(super) const WEBHOOK_CERTIFICATES: &str = "webhook";

/// A certificate and its key, as PEM.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

/// Everything a bed needs to be reached by TLS.
#[derive(Debug, Clone)]
pub(super) struct Pki {
    /// The authority's certificate, as PEM.
    pub(super) authority: String,
    pub(super) admin: Identity,
    /// Any server on loopback.
    pub(super) server: Identity,
    /// Who may say on whose behalf it asks a workload API server.
    pub(super) front_proxy: Identity,
}

impl Pki {
    /// Makes the certificates and writes the servers' files into `dir`: `ca.crt`, `apiserver.{crt,key}`, `sa.{key,pub}`, and
    /// `webhook/tls.{crt,key}`.
    pub(super) fn create(dir: &Path) -> Result<Self, Error> {
        let authority = authority().map_err(|source| Error::Certificate {
            name: "test-bed-ca",
            source,
        })?;
        let leaf = |name, organization| {
            leaf(&authority, name, organization)
                .map_err(|source| Error::Certificate { name, source })
        };
        let apiserver = leaf("kube-apiserver", None)?;
        let admin = leaf("admin", Some("system:masters"))?;
        let server = leaf("loopback", None)?;
        let front_proxy = leaf(FRONT_PROXY, None)?;
        let service_accounts = KeyPair::generate().map_err(|source| Error::Certificate {
            name: "service accounts",
            source,
        })?;
        let authority = authority.pem();
        let files = |source| Error::Files {
            dir: dir.to_owned(),
            source,
        };
        std::fs::create_dir_all(dir.join(WEBHOOK_CERTIFICATES)).map_err(files)?;
        for (name, text) in [
            ("ca.crt", &authority),
            ("apiserver.crt", &apiserver.certificate),
            ("apiserver.key", &apiserver.key),
            ("sa.key", &service_accounts.serialize_pem()),
            ("sa.pub", &service_accounts.public_key_pem()),
            ("webhook/tls.crt", &server.certificate),
            ("webhook/tls.key", &server.key),
        ] {
            std::fs::write(dir.join(name), text).map_err(files)?;
        }
        Ok(Self {
            authority,
            admin,
            server,
            front_proxy,
        })
    }
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "test-bed-ca");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn leaf(
    authority: &CertifiedIssuer<'_, KeyPair>,
    name: &str,
    organization: Option<&str>,
) -> Result<Identity, rcgen::Error> {
    let mut params = CertificateParams::new(SERVER_NAMES.map(str::to_owned))?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    if let Some(organization) = organization {
        params
            .distinguished_name
            .push(DnType::OrganizationName, organization);
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, authority)?;
    Ok(Identity {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    })
}
