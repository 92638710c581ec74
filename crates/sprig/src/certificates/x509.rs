//! Certificates as `x509.CreateCertificate` makes them of Sprig's template, RFC 5280.

use std::net::IpAddr;

use sha2::{Digest as _, Sha256};

use super::der::{self, OID, SEQUENCE};
use super::key::Key;
use crate::dates;
use crate::print::quote;

/// What a certificate says.
pub(super) struct Template {
    pub(super) common_name: Vec<u8>,
    pub(super) ips: Vec<IpAddr>,
    pub(super) dns_names: Vec<Vec<u8>>,
    /// Seconds since 1970.
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    pub(super) serial: [u8; 16],
    pub(super) is_ca: bool,
}

/// Of a certificate that signs others: what those say of it.
pub(super) struct Issuer {
    subject: Vec<u8>,
    public_info: Vec<u8>,
    key_id: Vec<u8>,
}

const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 0x23];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const CLIENT_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/// Whether whoever does not understand an extension has to refuse the certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Critical {
    Yes,
    No,
}

fn extension(oid: &[u8], critical: Critical, content: &[u8]) -> Vec<u8> {
    let critical = match critical {
        Critical::Yes => der::TRUE,
        Critical::No => &[],
    };
    let content = der::value(der::OCTET_STRING, content);
    der::sequence(&[&der::value(OID, oid), critical, &content])
}

/// A certificate signed by itself.
pub(super) fn self_signed(template: &Template, key: &Key) -> Result<Vec<u8>, String> {
    key.signature_algorithm()?;
    let issuer = Issuer {
        subject: subject(&template.common_name)?,
        public_info: key.public_info()?,
        key_id: Vec::new(),
    };
    signed(template, key, &issuer, key)
}

/// A certificate for one key, signed by another.
pub(super) fn signed(
    template: &Template,
    key: &Key,
    issuer: &Issuer,
    signer: &Key,
) -> Result<Vec<u8>, String> {
    let algorithm = signer.signature_algorithm()?;
    let public_info = key.public_info()?;
    let subject = subject(&template.common_name)?;
    let extensions = template.extensions(key, &subject, issuer)?;
    if signer.public_info()? != issuer.public_info {
        return Err("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned());
    }
    let validity = der::sequence(&[&time(template.not_before), &time(template.not_after)]);
    let to_be_signed = der::sequence(&[
        &der::value(0xa0, &der::integer(&[2])),
        &der::integer(&template.serial),
        &algorithm,
        &issuer.subject,
        &validity,
        &subject,
        &public_info,
        &der::value(0xa3, &der::value(SEQUENCE, &extensions.concat())),
    ]);
    let signature = signer.sign(&to_be_signed)?;
    Ok(der::sequence(&[
        &to_be_signed,
        &algorithm,
        &der::bits(&signature),
    ]))
}

/// `UTCTime` up to 2049, `GeneralizedTime` from then on.
fn time(unix: i64) -> Vec<u8> {
    let text = dates::utc(unix, "20060102150405Z");
    match &text[..2] {
        "20" if text[2..4] < *"50" => der::value(0x17, &text.as_bytes()[2..]),
        "19" if text[2..4] >= *"50" => der::value(0x17, &text.as_bytes()[2..]),
        _ => der::value(0x18, text.as_bytes()),
    }
}

/// A name of a common name only; without one, the empty name.
fn subject(common_name: &[u8]) -> Result<Vec<u8>, String> {
    if common_name.is_empty() {
        return Ok(der::sequence(&[]));
    }
    if std::str::from_utf8(common_name).is_err() {
        return Err("asn1: string not valid UTF-8".to_owned());
    }
    let printable = |b: &u8| b.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(b);
    let tag = if common_name.iter().all(printable) {
        0x13
    } else {
        0x0c
    };
    let attribute = der::sequence(&[&der::value(OID, COMMON_NAME), &der::value(tag, common_name)]);
    Ok(der::sequence(&[&der::value(der::SET, &attribute)]))
}

impl Template {
    fn extensions(
        &self,
        key: &Key,
        subject: &[u8],
        issuer: &Issuer,
    ) -> Result<Vec<Vec<u8>>, String> {
        // Bits from the left: signature, repudiation, key encipherment … certificate signing is the sixth.
        let usage: &[u8] = if self.is_ca { &[2, 0xa4] } else { &[5, 0xa0] };
        let purposes = [SERVER_AUTH, CLIENT_AUTH].map(|oid| der::value(OID, oid));
        let constraints = der::sequence(&[if self.is_ca { der::TRUE } else { &[] }]);
        let mut all = vec![
            extension(
                KEY_USAGE,
                Critical::Yes,
                &der::value(der::BIT_STRING, usage),
            ),
            extension(
                EXTENDED_KEY_USAGE,
                Critical::No,
                &der::value(SEQUENCE, &purposes.concat()),
            ),
            extension(BASIC_CONSTRAINTS, Critical::Yes, &constraints),
        ];
        if self.is_ca {
            let hash = Sha256::digest(key.public_bits()?);
            let id = der::value(der::OCTET_STRING, &hash[..20]);
            all.push(extension(SUBJECT_KEY_ID, Critical::No, &id));
        }
        if issuer.subject != subject && !issuer.key_id.is_empty() {
            let id = der::sequence(&[&der::value(0x80, &issuer.key_id)]);
            all.push(extension(AUTHORITY_KEY_ID, Critical::No, &id));
        }
        if !self.ips.is_empty() || !self.dns_names.is_empty() {
            let critical = match self.common_name.as_slice() {
                b"" => Critical::Yes,
                _ => Critical::No,
            };
            all.push(extension(
                SUBJECT_ALT_NAME,
                critical,
                &self.alternative_names()?,
            ));
        }
        Ok(all)
    }

    fn alternative_names(&self) -> Result<Vec<u8>, String> {
        let mut names = Vec::new();
        for name in &self.dns_names {
            if !name.is_ascii() {
                let shown = quote(name);
                return Err(format!("x509: {shown} cannot be encoded as an IA5String"));
            }
            names.extend(der::value(0x82, name));
        }
        for ip in &self.ips {
            names.extend(match ip.to_canonical() {
                IpAddr::V4(ip) => der::value(0x87, &ip.octets()),
                IpAddr::V6(ip) => der::value(0x87, &ip.octets()),
            });
        }
        Ok(der::value(SEQUENCE, &names))
    }
}

impl Issuer {
    /// Reads a certificate. `None` = it is none.
    pub(super) fn parse(certificate: &[u8]) -> Option<Self> {
        let outer = der::members(certificate)?;
        let [to_be_signed, _, _] = outer.as_slice() else {
            return None;
        };
        let fields = der::members(to_be_signed.whole)?;
        let versioned = usize::from(fields.first()?.tag == 0xa0);
        let sequence_at = |index: usize| {
            let field = fields.get(versioned + index)?;
            (field.tag == SEQUENCE).then_some(field.whole.to_vec())
        };
        let extensions = fields.iter().find(|field| field.tag == 0xa3);
        let key_id = match extensions {
            Some(field) => key_id(field.content)?,
            None => Vec::new(),
        };
        Some(Self {
            subject: sequence_at(4)?,
            public_info: sequence_at(5)?,
            key_id,
        })
    }
}

/// The subject key identifier; empty when there is none.
fn key_id(extensions: &[u8]) -> Option<Vec<u8>> {
    for extension in der::members(extensions)? {
        let parts = der::members(extension.whole)?;
        if parts.first()?.content == SUBJECT_KEY_ID {
            let (id, _) = der::read(parts.last()?.content)?;
            return Some(id.content.to_vec());
        }
    }
    Some(Vec::new())
}
