//! Makes and inspects certificates: an authority of our own and the serving certificates it signs. When is decided in
//! [`cso_core::certificates`].

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use cso_core::certificates::{AUTHORITY_LIFE, Held, SERVING_LIFE, Step, Validity};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData as _,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use super::current::pair;

/// Keys of a Secret, those of `kubernetes.io/tls` and cert-manager, and the key of the authority.
const BUNDLE: &str = "ca.crt";
const AUTHORITY_KEY: &str = "ca.key";
const CHAIN: &str = "tls.crt";
const KEY: &str = "tls.key";

/// An authority and a serving certificate, as PEM. `Debug` shows no key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Material {
    /// The authorities that may have signed what is served; the first one signs.
    pub bundle: String,
    /// Key of the first authority.
    pub authority_key: String,
    /// The serving certificate.
    pub chain: String,
    /// Its key.
    pub key: String,
}

impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Material")
            .field("bundle", &self.bundle)
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}

/// Why a certificate cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("failed to make {what}")]
pub struct Error {
    what: &'static str,
    source: rcgen::Error,
}

impl Material {
    /// Reads the data of a Secret; what is missing or not text is empty.
    pub fn of(data: &BTreeMap<String, Vec<u8>>) -> Self {
        let text = |key: &str| {
            let bytes = data.get(key).map_or(&[][..], Vec::as_slice);
            String::from_utf8(bytes.to_vec()).unwrap_or_default()
        };
        Self {
            bundle: text(BUNDLE),
            authority_key: text(AUTHORITY_KEY),
            chain: text(CHAIN),
            key: text(KEY),
        }
    }

    /// The data of a Secret.
    pub fn data(&self) -> BTreeMap<String, Vec<u8>> {
        [
            (BUNDLE, &self.bundle),
            (AUTHORITY_KEY, &self.authority_key),
            (CHAIN, &self.chain),
            (KEY, &self.key),
        ]
        .into_iter()
        .map(|(key, text)| (key.to_owned(), text.clone().into_bytes()))
        .collect()
    }

    /// What this is worth to a server that is called under these names (DNS names and IP addresses).
    pub fn inspect(&self, names: &[String]) -> Held {
        let authorities = certificates(&self.bundle);
        let authority = authorities
            .first()
            .and_then(|der| validity_of_authority(der, &self.authority_key));
        let serving = pair(&self.chain, &self.key).ok().and_then(|pair| {
            validity_of_serving(pair.end_entity_cert().ok()?, &authorities, names)
        });
        Held { authority, serving }
    }

    /// Takes a step.
    ///
    /// # Errors
    /// A key or certificate cannot be made, for example because a name is neither a DNS name nor an address.
    pub fn step(&self, step: Step, now: Timestamp, names: &[String]) -> Result<Self, Error> {
        match step {
            Step::Keep { .. } => Ok(self.clone()),
            Step::Issue => self.issue(now, names),
            Step::AddAuthority => {
                let former = usable(&self.bundle, now);
                let mut made = self.with_authority(now)?;
                made.bundle.push_str(&former);
                Ok(made)
            }
            Step::StartOver => self.with_authority(now)?.issue(now, names),
        }
    }

    fn with_authority(&self, now: Timestamp) -> Result<Self, Error> {
        let failed = |source| Error {
            what: "an authority",
            source,
        };
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = params(now, Validity::starting(now, AUTHORITY_LIFE), "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let certificate = params.self_signed(&key).map_err(failed)?;
        Ok(Self {
            bundle: certificate.pem(),
            authority_key: key.serialize_pem(),
            ..self.clone()
        })
    }

    fn issue(&self, now: Timestamp, names: &[String]) -> Result<Self, Error> {
        let failed = |source| Error {
            what: "a serving certificate",
            source,
        };
        let authority = certificates(&self.bundle)
            .into_iter()
            .next()
            .ok_or(rcgen::Error::CouldNotParseCertificate)
            .map_err(failed)?;
        let signer = KeyPair::from_pem(&self.authority_key).map_err(failed)?;
        let issuer = Issuer::from_ca_cert_der(&authority, signer).map_err(failed)?;
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = params(now, Validity::starting(now, SERVING_LIFE), "server");
        params.subject_alt_names = CertificateParams::new(names)
            .map_err(failed)?
            .subject_alt_names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &issuer).map_err(failed)?;
        Ok(Self {
            chain: certificate.pem(),
            key: key.serialize_pem(),
            ..self.clone()
        })
    }
}

/// The subject carries the moment of creation: two authorities of a bundle must not look alike.
fn params(now: Timestamp, validity: Validity, role: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(
        DnType::CommonName,
        format!("cluster-stack-operator {role} {}", now.as_second()),
    );
    params.not_before = moment(validity.not_before);
    params.not_after = moment(validity.not_after);
    params
}

fn moment(at: Timestamp) -> OffsetDateTime {
    // Certificates know no time after the year 9999, which is where both types end.
    OffsetDateTime::from_unix_timestamp(at.as_second()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The certificates of a text, up to the first that is none.
fn certificates(pem: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .map_while(Result::ok)
        .collect()
}

/// The authorities of a bundle that are still worth something.
fn usable(bundle: &str, now: Timestamp) -> String {
    const END: &str = "-----END CERTIFICATE-----";
    bundle
        .split_inclusive(END)
        .map(str::trim_start)
        .filter(|block| {
            certificates(block).iter().any(|der| {
                parse_x509_certificate(der)
                    .is_ok_and(|(_, parsed)| validity(&parsed).is_some_and(|v| v.contains(now)))
            })
        })
        .flat_map(|block| [block, "\n"])
        .collect()
}

fn validity_of_authority(der: &[u8], key: &str) -> Option<Validity> {
    let (_, parsed) = parse_x509_certificate(der).ok()?;
    let key = KeyPair::from_pem(key).ok()?;
    let belongs = key.subject_public_key_info() == parsed.public_key().raw;
    (belongs && parsed.is_ca())
        .then(|| validity(&parsed))
        .flatten()
}

fn validity_of_serving(
    der: &[u8],
    authorities: &[CertificateDer<'_>],
    names: &[String],
) -> Option<Validity> {
    let (_, parsed) = parse_x509_certificate(der).ok()?;
    let is_signed = authorities.iter().any(|authority| {
        parse_x509_certificate(authority).is_ok_and(|(_, authority)| {
            parsed
                .verify_signature(Some(authority.public_key()))
                .is_ok()
        })
    });
    let has = names_of(&parsed);
    let is_named = names.iter().all(|name| has.contains(name));
    (is_signed && is_named).then(|| validity(&parsed)).flatten()
}

fn names_of(certificate: &X509Certificate<'_>) -> BTreeSet<String> {
    let extension = certificate.subject_alternative_name().ok().flatten();
    let names = extension
        .iter()
        .flat_map(|names| &names.value.general_names);
    names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => {
                let address = match bytes.len() {
                    4 => IpAddr::from(<[u8; 4]>::try_from(*bytes).ok()?),
                    _ => IpAddr::from(<[u8; 16]>::try_from(*bytes).ok()?),
                };
                Some(address.to_string())
            }
            _ => None,
        })
        .collect()
}

fn validity(certificate: &X509Certificate<'_>) -> Option<Validity> {
    let validity = certificate.validity();
    Some(Validity {
        not_before: Timestamp::from_second(validity.not_before.timestamp()).ok()?,
        not_after: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
    })
}

#[cfg(test)]
mod tests;
