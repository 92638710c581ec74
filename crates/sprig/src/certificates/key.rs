//! Private keys: making, reading and writing them, and signing with them.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
    ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
    KeyPair as _,
};

use super::{der, pem};
use crate::ambient::Random;

/// A private key of one of the kinds Sprig knows.
pub(super) enum Key {
    Rsa(Box<rsa::KeyPair>),
    Ec(EcdsaKeyPair, &'static Curve),
    Ed25519(Ed25519KeyPair, [u8; 32]),
    /// Its DER, as OpenSSL writes it. It can be kept, but signs nothing.
    Dsa(Vec<u8>),
}

/// A curve of NIST's.
pub(super) struct Curve {
    oid: &'static [u8],
    signing: &'static EcdsaSigningAlgorithm,
    /// ECDSA with the hash that fits.
    signature_oid: &'static [u8],
}

const P256: Curve = Curve {
    oid: &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
    signing: &ECDSA_P256_SHA256_ASN1_SIGNING,
    signature_oid: &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
};

static CURVES: [Curve; 3] = [
    P256,
    Curve {
        oid: &[0x2b, 0x81, 0x04, 0x00, 0x22],
        signing: &ECDSA_P384_SHA384_ASN1_SIGNING,
        signature_oid: &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03],
    },
    Curve {
        oid: &[0x2b, 0x81, 0x04, 0x00, 0x23],
        signing: &ECDSA_P521_SHA512_ASN1_SIGNING,
        signature_oid: &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04],
    },
];

const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

const NO_SIGNER: &str = "x509: certificate private key does not implement crypto.Signer";

/// An `AlgorithmIdentifier`.
fn algorithm(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::value(der::OID, oid), parameters])
}

/// What is inside the `PrivateKeyInfo` of PKCS#8: the algorithm's OID and the key.
fn unwrapped(pkcs8: &[u8]) -> Option<(&[u8], &[u8])> {
    let members = der::members(pkcs8)?;
    let oid = der::members(members.get(1)?.whole)?.first()?.content;
    Some((oid, members.get(2)?.content))
}

impl Key {
    /// A new RSA key.
    pub(super) fn rsa(size: KeySize) -> Result<Self, String> {
        let pair = rsa::KeyPair::generate(size).map_err(|e| e.to_string())?;
        Ok(Self::Rsa(Box::new(pair)))
    }

    /// A new key on P-256.
    pub(super) fn ecdsa() -> Result<Self, String> {
        let curve = &CURVES[0];
        let pair = EcdsaKeyPair::generate(curve.signing).map_err(|e| e.to_string())?;
        Ok(Self::Ec(pair, curve))
    }

    pub(super) fn ed25519(random: &mut Random) -> Result<Self, String> {
        let mut seed = [0; 32];
        random.fill(&mut seed);
        Self::ed25519_of(seed)
    }

    fn ed25519_of(seed: [u8; 32]) -> Result<Self, String> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|e| e.to_string())?;
        Ok(Self::Ed25519(pair, seed))
    }

    /// The key in a PEM text.
    ///
    /// # Errors
    /// Sprig's message; what the parser found wrong is said in our words, not in Go's.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        let block = pem::decode(text).ok_or("no PEM data in input")?;
        let key = block.der.as_slice();
        let Some(kind) = block.name.strip_suffix("PRIVATE KEY") else {
            let name = block.name;
            return Err(format!("no private key data in PEM block of type {name}"));
        };
        match kind {
            "" => Self::pkcs8(key).map_err(|e| format!("decoding PEM as PKCS#8: {e}")),
            "RSA " => {
                Self::pkcs1(key).map_err(|e| format!("parsing RSA private key from PEM: {e}"))
            }
            "EC " => Self::sec1(key).map_err(|e| format!("parsing EC private key from PEM: {e}")),
            "DSA " => match der::members(key) {
                Some(numbers) if numbers.len() == 6 => Ok(Self::Dsa(block.der)),
                _ => Err("parsing DSA private key from PEM: asn1: structure error".to_owned()),
            },
            _ => Err(format!("invalid private key type {}", block.name)),
        }
    }

    fn pkcs1(key: &[u8]) -> Result<Self, String> {
        let pair = rsa::KeyPair::from_der(key)
            .map_err(|e| format!("{e}: keys of 2048 to 8192 bits can be used"))?;
        Ok(Self::Rsa(Box::new(pair)))
    }

    fn sec1(key: &[u8]) -> Result<Self, String> {
        let parsed = CURVES.iter().find_map(|curve| {
            let pair = EcdsaKeyPair::from_private_key_der(curve.signing, key).ok()?;
            Some(Self::Ec(pair, curve))
        });
        parsed.ok_or_else(|| {
            "x509: failed to parse EC private key: P-256, P-384 and P-521 can be used".to_owned()
        })
    }

    fn pkcs8(key: &[u8]) -> Result<Self, String> {
        match unwrapped(key) {
            Some((RSA_ENCRYPTION, inner)) => Self::pkcs1(inner),
            Some((EC_PUBLIC_KEY, _)) => Self::sec1(key),
            Some((ED25519, inner)) => {
                let seed = der::read(inner).map(|(item, _)| item.content);
                match seed.and_then(|seed| <[u8; 32]>::try_from(seed).ok()) {
                    Some(seed) => Self::ed25519_of(seed),
                    None => Err("x509: invalid Ed25519 private key length".to_owned()),
                }
            }
            Some(_) => {
                Err("x509: PKCS#8 wrapping contained private key with unknown algorithm".to_owned())
            }
            None => Err("asn1: structure error".to_owned()),
        }
    }

    /// The key as PEM: PKCS#1 for RSA, SEC 1 for curves, PKCS#8 for Ed25519.
    pub(super) fn to_pem(&self) -> Result<String, String> {
        let lost = || "the key cannot be written".to_owned();
        Ok(match self {
            Self::Rsa(pair) => {
                let pkcs8 = pair.as_der().map_err(|e| e.to_string())?;
                let (_, inner) = unwrapped(pkcs8.as_ref()).ok_or_else(lost)?;
                pem::encode("RSA PRIVATE KEY", inner)
            }
            Self::Ec(pair, _) => {
                let sec1 = pair.private_key().as_der().map_err(|e| e.to_string())?;
                pem::encode("EC PRIVATE KEY", sec1.as_ref())
            }
            Self::Ed25519(_, seed) => {
                let inner = der::value(der::OCTET_STRING, seed);
                let pkcs8 = der::sequence(&[
                    &der::integer(&[0]),
                    &algorithm(ED25519, &[]),
                    &der::value(der::OCTET_STRING, &inner),
                ]);
                pem::encode("PRIVATE KEY", &pkcs8)
            }
            Self::Dsa(key) => pem::encode("DSA PRIVATE KEY", key),
        })
    }

    /// The bits of the public key, without what says of which kind it is.
    pub(super) fn public_bits(&self) -> Result<&[u8], String> {
        match self {
            Self::Rsa(pair) => Ok(pair.public_key().as_ref()),
            Self::Ec(pair, _) => Ok(pair.public_key().as_ref()),
            Self::Ed25519(pair, _) => Ok(pair.public_key().as_ref()),
            Self::Dsa(_) => Err("x509: unsupported public key type: *dsa.PublicKey".to_owned()),
        }
    }

    /// The `SubjectPublicKeyInfo`.
    pub(super) fn public_info(&self) -> Result<Vec<u8>, String> {
        let algorithm = match self {
            Self::Rsa(_) => algorithm(RSA_ENCRYPTION, der::NULL),
            Self::Ec(_, curve) => algorithm(EC_PUBLIC_KEY, &der::value(der::OID, curve.oid)),
            Self::Ed25519(..) | Self::Dsa(_) => algorithm(ED25519, &[]),
        };
        Ok(der::sequence(&[
            &algorithm,
            &der::bits(self.public_bits()?),
        ]))
    }

    /// The `AlgorithmIdentifier` of what [`Key::sign`] makes.
    pub(super) fn signature_algorithm(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Rsa(_) => Ok(algorithm(SHA256_WITH_RSA, der::NULL)),
            Self::Ec(_, curve) => Ok(algorithm(curve.signature_oid, &[])),
            Self::Ed25519(..) => Ok(algorithm(ED25519, &[])),
            Self::Dsa(_) => Err(NO_SIGNER.to_owned()),
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signed = vec![0; pair.public_modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut signed)
                    .map_err(|e| e.to_string())?;
                Ok(signed)
            }
            Self::Ec(pair, _) => {
                let signed = pair.sign(&random, message).map_err(|e| e.to_string())?;
                Ok(signed.as_ref().to_vec())
            }
            Self::Ed25519(pair, _) => Ok(pair.sign(message).as_ref().to_vec()),
            Self::Dsa(_) => Err(NO_SIGNER.to_owned()),
        }
    }
}
